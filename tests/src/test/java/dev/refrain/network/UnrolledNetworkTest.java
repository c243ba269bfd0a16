package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnrolledNetworkTest {
  private static final int STEPS = 4;
  private static final int BATCH = 3;

  /**
   * Of the same sums in another order: some ten terms below 1 with 2⁻²⁴ of rounding each, passed on
   * through a few steps and layers.
   */
  private static final float ANOTHER_ORDER = 1e-5f;

  /** Every gradient of a deep, ragged, stateful network with dropout, by central differences. */
  @Test
  void gradientsAreThoseOfFiniteDifferences() {
    NetworkSpec spec = Networks.everything(0.3);
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 5);
        UnrolledNetwork unrolled =
            network.unroll(STEPS, BATCH).training().lengths().states().inputGradient().build();
        StepState state = firstStep(kernels)) {
      write(unrolled);
      unrolled.forward(state);
      unrolled.backward(state);
      Differences differences = new Differences(unrolled, state);
      differences.check("parameters", network.values(), network.gradients());
      differences.check("input", unrolled.input(), unrolled.inputGradient());
      differences.check(
          "h", unrolled.initialState().hidden(), unrolled.initialStateGradient().hidden());
      differences.check(
          "c", unrolled.initialState().cell(), unrolled.initialStateGradient().cell());
    }
  }

  /** The loss Σ y·dy + Σ hy·dhy + Σ cy·dcy, whose gradients are what is written into backward. */
  private record Differences(UnrolledNetwork unrolled, StepState state) {
    /**
     * Around {@code ε^(1/3)}, which balances truncation and rounding of a central difference: both
     * then are near {@code ε^(2/3) = 4e-11} of values of order 1, and the losses here are sums of
     * about a hundred.
     */
    private static final double STEP = 6e-6;

    private static final double TOLERANCE = 1e-8;

    void check(String name, Buffer values, Buffer gradient) {
      double[] at = values.readDoubles();
      double[] actual = gradient.readDoubles();
      for (int i = 0; i < at.length; i++) {
        int element = i;
        IntToDoubleFunction shifted =
            sign -> {
              double[] moved = at.clone();
              moved[element] += sign * STEP;
              values.writeDoubles(moved);
              return loss();
            };
        double expected = (shifted.applyAsDouble(1) - shifted.applyAsDouble(-1)) / (2 * STEP);
        assertEquals(expected, actual[i], TOLERANCE, name + " " + i);
      }
      values.writeDoubles(at);
    }

    private double loss() {
      unrolled.forward(state);
      return dot(unrolled.output().readDoubles(), unrolled.outputGradient().readDoubles())
          + dot(
              unrolled.finalState().hidden().readDoubles(),
              unrolled.finalStateGradient().hidden().readDoubles())
          + dot(
              unrolled.finalState().cell().readDoubles(),
              unrolled.finalStateGradient().cell().readDoubles());
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }
  }

  private static void write(UnrolledNetwork unrolled) {
    fill(unrolled.input(), 1);
    fill(unrolled.outputGradient(), 2);
    fill(unrolled.initialState().hidden(), 3);
    fill(unrolled.initialState().cell(), 4);
    fill(unrolled.finalStateGradient().hidden(), 5);
    fill(unrolled.finalStateGradient().cell(), 6);
    unrolled.lengths().write(2, STEPS, 3);
  }

  private static void fill(Buffer buffer, long stream) {
    buffer.write(Networks.numbers((int) buffer.size(), stream));
  }

  private static StepState firstStep(Kernels kernels) {
    StepState state = kernels.allocateState(1, 0);
    state.write(0, GroupState.initial(11, 0));
    kernels.advance(Schedule.CONSTANT, new Sgd(), state);
    return state;
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void twoHalvesWithCarriedStateAreTheWhole(TestEngine engine) {
    NetworkSpec spec = Networks.various().get(1);
    float[] input = Networks.numbers(6 * BATCH * spec.inputs(), 1);
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 5);
        UnrolledNetwork whole = network.unroll(6, BATCH).build();
        UnrolledNetwork half = network.unroll(3, BATCH).states().build()) {
      whole.input().write(input);
      whole.forward();
      float[] expected = whole.output().read();

      int middle = input.length / 2;
      half.input().write(Arrays.copyOf(input, middle));
      half.forward();
      float[] first = half.output().read();
      half.carryState();
      half.input().write(Arrays.copyOfRange(input, middle, input.length));
      half.forward();
      float[] second = half.output().read();

      assertArrayEquals(Arrays.copyOf(expected, first.length), first, ANOTHER_ORDER);
      assertArrayEquals(
          Arrays.copyOfRange(expected, first.length, expected.length), second, ANOTHER_ORDER);

      half.initialState().clear();
      half.input().write(Arrays.copyOf(input, middle));
      half.forward();
      assertArrayEquals(first, half.output().read());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void dropoutActsInTrainingAlone(TestEngine engine) {
    NetworkSpec dropping = Networks.everything(0.5);
    NetworkSpec plain = Networks.everything(0);
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, dropping, 5);
        Network same = Network.create(kernels, plain, 5);
        UnrolledNetwork training = network.unroll(STEPS, BATCH).training().build();
        UnrolledNetwork predicting = network.unroll(STEPS, BATCH).build();
        UnrolledNetwork without = same.unroll(STEPS, BATCH).build();
        StepState state = firstStep(kernels)) {
      for (UnrolledNetwork each : new UnrolledNetwork[] {training, predicting, without}) {
        fill(each.input(), 1);
      }
      predicting.forward();
      without.forward();
      assertArrayEquals(without.output().read(), predicting.output().read());
      training.forward(state);
      float[] first = training.output().read();
      assertFalse(Arrays.equals(without.output().read(), first));
      training.forward(state);
      assertArrayEquals(first, training.output().read(), "the same step drops the same");
      kernels.advance(Schedule.CONSTANT, new Sgd(), state);
      training.forward(state);
      assertFalse(Arrays.equals(first, training.output().read()), "another step drops others");
      assertThrows(IllegalStateException.class, training::forward);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void lengthsActAsShorterSequences(TestEngine engine) {
    NetworkSpec spec = Networks.everything(0);
    try (Kernels kernels = engine.open();
        Network network = Network.create(kernels, spec, 5);
        UnrolledNetwork ragged = network.unroll(STEPS, 1).lengths().states().build();
        UnrolledNetwork shorter = network.unroll(STEPS - 1, 1).states().build()) {
      float[] input = Networks.numbers(STEPS * spec.inputs(), 1);
      ragged.input().write(input);
      ragged.lengths().write(STEPS - 1);
      ragged.forward();
      shorter.input().write(Arrays.copyOf(input, (STEPS - 1) * spec.inputs()));
      shorter.forward();
      float[] expected = shorter.output().read();
      assertArrayEquals(
          expected, Arrays.copyOf(ragged.output().read(), expected.length), ANOTHER_ORDER);
      assertArrayEquals(
          shorter.finalState().hidden().read(), ragged.finalState().hidden().read(), ANOTHER_ORDER);
      assertArrayEquals(
          shorter.finalState().cell().read(), ragged.finalState().cell().read(), ANOTHER_ORDER);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void closingGivesTheMemoryBack(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      long before = kernels.allocatedBytes();
      Network network = Network.create(kernels, Networks.everything(0.5), 1, 2);
      UnrolledNetwork unrolled =
          network.unroll(STEPS, BATCH).training().lengths().states().inputGradient().build();
      assertTrue(kernels.allocatedBytes() > before);
      unrolled.close();
      unrolled.close();
      network.close();
      assertEquals(before, kernels.allocatedBytes());
    }
  }

  @Test
  void partsThatWereNotAskedForAreNamed() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = new Network(kernels, Networks.various().get(0), 1);
        UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).build()) {
      names("training()", unrolled::backward);
      names("training()", unrolled::outputGradient);
      names("lengths()", unrolled::lengths);
      names("states()", unrolled::initialState);
      names("inputGradient()", unrolled::inputGradient);
      names("training()", () -> network.unroll(1, 1).inputGradient().build());
    }
  }

  private static void names(String option, Executable call) {
    String message = assertThrows(IllegalStateException.class, call).getMessage();
    assertTrue(message.contains(option), message);
  }

  @Test
  void parametersAreReadAndWrittenByNameAndGroup() {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, Networks.various().get(0), 1, 2)) {
      float[] other = network.read(1);
      network.write(0, "output.weight", new float[10]);
      assertArrayEquals(new float[10], network.read(0, "output.weight"));
      assertArrayEquals(other, network.read(1));
      assertThrows(
          IllegalArgumentException.class, () -> network.write(0, "output.weight", new float[9]));
      assertThrows(IndexOutOfBoundsException.class, () -> network.read(2));
    }
  }
}
