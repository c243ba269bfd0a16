package dev.refrain.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.parity.Comparison;
import dev.refrain.parity.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold of a recurrent layer whatever its numbers are. */
class CellPropertiesTest {
  private static final int STEPS = 6;
  private static final int BATCH = 5;
  private static final int INPUTS = 3;
  private static final int HIDDEN = 19;

  /** Arguments and results that have no steps: {@code [N,columns]}. */
  private static final Set<String> STATES =
      Set.of("hx", "cx", "hy", "cy", "dhx", "dcx", "dhy", "dcy");

  static Stream<Arguments> cells() {
    return TestEngines.times(
        List.of(
            new RnnCell(Activation.TANH),
            new LstmCell(Activation.TANH),
            new LstmCell(Activation.SOFTSIGN, 0.5, true, 0.7, 11),
            new GruCell(Activation.TANH, GruForm.RESET_BEFORE),
            new GruCell(Activation.TANH, GruForm.RESET_AFTER)));
  }

  private static LayerRun layer(Cell cell, int groups) {
    return LayerRun.random(cell, groups, STEPS, BATCH, INPUTS, HIDDEN);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void eachSequenceOfABatchIsOnItsOwn(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun whole = layer(cell, 1);
      Map<String, float[]> expected = whole.on(kernels);
      float[] gradients = new float[whole.parameterCount()];
      for (int n = 0; n < BATCH; n++) {
        Map<String, float[]> single = pick(whole, n).on(kernels);
        gradients = Slices.sum(gradients, single.get("dparameters"));
        assertSequences(whole, expected, single, n);
      }
      assertClose(whole, "dparameters", expected.get("dparameters"), gradients);
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void threeGroupsAreThreeNetworksInOneCall(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun three = layer(cell, 3);
      three.lengths = new int[] {6, 0, 3, 5, 1, 2, 2, 6, 4, 0, 1, 6, 6, 3, 5};
      long before = kernels.operationCount();
      Map<String, float[]> together = three.on(kernels);
      assertEquals(2, kernels.operationCount() - before, "one forward and one backward");
      for (int g = 0; g < 3; g++) {
        LayerRun alone = three.resized(1, STEPS, BATCH);
        for (Map.Entry<String, float[]> argument : three.in.entrySet()) {
          alone.in.put(argument.getKey(), Slices.part(argument.getValue(), 3, g));
        }
        alone.lengths = Arrays.copyOfRange(three.lengths, g * BATCH, (g + 1) * BATCH);
        Map<String, float[]> single = alone.on(kernels);
        for (String name : single.keySet()) {
          Comparison.assertSameBits(
              "group " + g + ": " + name, single.get(name), Slices.part(together.get(name), 3, g));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aLengthCutsItsSequenceShort(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      for (boolean reverse : new boolean[] {false, true}) {
        LayerRun whole = layer(cell, 1);
        whole.reverse = reverse;
        whole.lengths = new int[] {6, 1, 4, 2, 5};
        Map<String, float[]> expected = whole.on(kernels);
        float[] gradients = new float[whole.parameterCount()];
        for (int n = 0; n < BATCH; n++) {
          int length = whole.lengths[n];
          LayerRun cut = cut(pick(whole, n), length);
          Map<String, float[]> single = cut.on(kernels);
          gradients = Slices.sum(gradients, single.get("dparameters"));
          padWithZeros(single, length);
          assertSequences(whole, expected, single, n);
        }
        assertClose(whole, "dparameters", expected.get("dparameters"), gradients);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aSequenceOfLengthZeroPassesItsStateThrough(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun run = layer(cell, 1);
      run.lengths = new int[BATCH];
      Map<String, float[]> out = run.on(kernels);
      assertZero(out, "y", "dx", "dparameters");
      Comparison.assertSameBits("hy", run.in.get("hx"), out.get("hy"));
      Comparison.assertSameBits("dhx", run.in.get("dhy"), out.get("dhx"));
      if (cell.hasCellState()) {
        Comparison.assertSameBits("cy", run.in.get("cx"), out.get("cy"));
        Comparison.assertSameBits("dcx", run.in.get("dcy"), out.get("dcx"));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void reverseIsForwardOverTheReversedSequence(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun reverse = layer(cell, 1);
      reverse.reverse = true;
      Map<String, float[]> backwards = reverse.on(kernels);
      LayerRun forward = layer(cell, 1);
      forward.in.computeIfPresent("x", (name, x) -> Slices.backwards(x, STEPS));
      forward.in.computeIfPresent("dy", (name, dy) -> Slices.backwards(dy, STEPS));
      Map<String, float[]> turned = forward.on(kernels);
      turned.computeIfPresent("y", (name, y) -> Slices.backwards(y, STEPS));
      turned.computeIfPresent("dx", (name, dx) -> Slices.backwards(dx, STEPS));
      for (String name : turned.keySet()) {
        assertClose(forward, name, turned.get(name), backwards.get(name));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void aSequenceInTwoPartsIsTheWhole(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun whole = layer(cell, 1);
      Map<String, float[]> expected = whole.on(kernels);
      int middle = 2;
      LayerRun first = partOf(whole, 0, middle);
      LayerRun second = partOf(whole, middle, STEPS);
      // forward hands the state on, backward its gradient, so the second part runs in between
      Map<String, float[]> firstForward = first.on(kernels);
      second.in.put("hx", firstForward.get("hy"));
      second.in.computeIfPresent("cx", (name, cx) -> firstForward.get("cy"));
      Map<String, float[]> secondOut = second.on(kernels);
      first.in.put("dhy", secondOut.get("dhx"));
      first.in.computeIfPresent("dcy", (name, dcy) -> secondOut.get("dcx"));
      Map<String, float[]> firstOut = first.on(kernels);
      for (String name : List.of("y", "dx")) {
        float[] joined = Slices.join(firstOut.get(name), secondOut.get(name));
        assertClose(whole, name, expected.get(name), joined);
      }
      assertClose(whole, "hy", expected.get("hy"), secondOut.get("hy"));
      assertClose(whole, "dhx", expected.get("dhx"), firstOut.get("dhx"));
      float[] gradients = Slices.sum(firstOut.get("dparameters"), secondOut.get("dparameters"));
      assertClose(whole, "dparameters", expected.get("dparameters"), gradients);
    }
  }

  @ParameterizedTest
  @MethodSource("cells")
  void theOrderOfSequencesDoesNotMatter(TestEngine engine, Cell cell) {
    try (Kernels kernels = engine.open()) {
      LayerRun whole = layer(cell, 1);
      whole.lengths = new int[] {6, 0, 4, 2, 5};
      int[] order = {3, 1, 4, 0, 2};
      LayerRun permuted = pick(whole, order);
      Map<String, float[]> expected = whole.on(kernels);
      Map<String, float[]> out = permuted.on(kernels);
      for (String name : out.keySet()) {
        float[] inOrder =
            name.equals("dparameters")
                ? expected.get(name)
                : Slices.sequences(expected.get(name), stepsOf(name, STEPS), BATCH, order);
        assertClose(whole, name, inOrder, out.get(name));
      }
    }
  }

  /** The same layer over some of its sequences. */
  private static LayerRun pick(LayerRun whole, int... order) {
    LayerRun run = whole.resized(1, STEPS, order.length);
    for (Map.Entry<String, float[]> argument : whole.in.entrySet()) {
      String name = argument.getKey();
      float[] values = argument.getValue();
      run.in.put(
          name,
          name.equals("parameters")
              ? values
              : Slices.sequences(values, stepsOf(name, STEPS), BATCH, order));
    }
    if (whole.lengths != null) {
      run.lengths = IntStream.of(order).map(n -> whole.lengths[n]).toArray();
    }
    return run;
  }

  /** The first steps of all sequences, at full length. */
  private static LayerRun cut(LayerRun run, int length) {
    LayerRun cut = partOf(run, 0, length);
    cut.lengths = null;
    return cut;
  }

  private static LayerRun partOf(LayerRun whole, int from, int to) {
    LayerRun part = whole.resized(1, to - from, whole.shape.batch());
    part.in.putAll(whole.in);
    part.in.computeIfPresent("x", (name, x) -> Slices.steps(x, STEPS, from, to));
    part.in.computeIfPresent("dy", (name, dy) -> Slices.steps(dy, STEPS, from, to));
    return part;
  }

  private static void padWithZeros(Map<String, float[]> out, int length) {
    for (String name : List.of("y", "dx")) {
      float[] values = out.get(name);
      out.put(name, Arrays.copyOf(values, values.length / length * STEPS));
    }
  }

  private static int stepsOf(String name, int steps) {
    return STATES.contains(name) ? 1 : steps;
  }

  private static void assertSequences(
      LayerRun whole, Map<String, float[]> expected, Map<String, float[]> single, int n) {
    for (String name : single.keySet()) {
      if (!name.equals("dparameters")) {
        float[] sequence = Slices.sequences(expected.get(name), stepsOf(name, STEPS), BATCH, n);
        assertClose(whole, name + " of sequence " + n, single.get(name), sequence);
      }
    }
  }

  private static void assertZero(Map<String, float[]> out, String... names) {
    for (String name : names) {
      float[] values = out.get(name);
      Comparison.assertClose(name, new double[values.length], doubles(values), 0);
    }
  }

  private static void assertClose(LayerRun run, String name, float[] expected, float[] actual) {
    Comparison.assertClose(
        name, doubles(expected), doubles(actual), Tolerance.recurrence(run.shape));
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
