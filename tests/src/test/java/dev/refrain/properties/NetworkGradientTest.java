package dev.refrain.properties;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.network.Initialization;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.UnrolledNetwork;
import dev.refrain.parity.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of whole networks against central differences of their loss, in float64 on the
 * reference: of every parameter, of the input and of the initial states.
 */
class NetworkGradientTest {
  /** Half the distance that a central difference looks to both sides. */
  private static final double H = 1e-5;

  /** A sixth of the third derivative times h²; the derivatives grow to some ten times the first. */
  private static final double CURVATURE = 30 * H * H;

  /** A loss of size 1 with some ten roundings, over h. */
  private static final double ROUNDING = 10 * 0x1p-53 / H;

  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int INPUTS = 2;
  private static final int OUTPUTS = 2;
  private static final int[] LENGTHS = {4, 1, 3};

  static Stream<Arguments> networks() {
    List<Arguments> arguments = new ArrayList<>();
    List<Loss> losses =
        List.of(Loss.MSE, Loss.RMSE, Loss.MAE, Loss.huber(0.4), Loss.SOFTMAX_CROSS_ENTROPY);
    for (Loss loss : losses) {
      arguments.add(Arguments.of("bidirectional LSTM", bidirectionalLstm(), loss));
    }
    NetworkSpec.Builder gru = builder();
    for (GruForm form : GruForm.values()) {
      gru.layer(new GruCell(Activation.TANH, form), 4);
    }
    arguments.add(Arguments.of("GRUs of both forms", gru.projection(OUTPUTS).build(), Loss.MSE));
    NetworkSpec rnn =
        builder()
            .layer(new RnnCell(Activation.ELU), 5)
            .bidirectionalLayer(new RnnCell(Activation.TANH), 3)
            .projection(OUTPUTS)
            .build();
    arguments.add(Arguments.of("RNNs, the last in both directions", rnn, Loss.RMSE));
    LstmCell everything = new LstmCell(Activation.SOFTSIGN, 0.5, true, 0.8, 3);
    NetworkSpec lstm =
        builder()
            .layer(everything, 5)
            .layer(new GruCell(Activation.SIGMOID, GruForm.RESET_AFTER), OUTPUTS)
            .dropout(0.3)
            .recurrentBias(true)
            .build();
    arguments.add(Arguments.of("LSTM with everything, dropout, GRU", lstm, Loss.MSE));
    return arguments.stream();
  }

  private static NetworkSpec bidirectionalLstm() {
    LstmCell cell = new LstmCell(Activation.TANH);
    return builder()
        .bidirectionalLayer(cell, 3)
        .bidirectionalLayer(cell, 4)
        .projection(OUTPUTS)
        .build();
  }

  private static NetworkSpec.Builder builder() {
    return NetworkSpec.builder(INPUTS).initialization(Initialization.PYTORCH);
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("networks")
  void equalsCentralDifferences(String name, NetworkSpec spec, Loss loss) {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 17);
        UnrolledNetwork unrolled =
            network.unroll(STEPS, BATCH).training().lengths().states().inputGradient().build()) {
      Training training = new Training(kernels, unrolled, loss);
      unrolled.forward(training.state);
      training.loss();
      unrolled.backward(training.state);
      training.check("parameters", network.values(), network.gradients().readDoubles());
      training.check("input", unrolled.input(), unrolled.inputGradient().readDoubles());
      training.check(
          "initial h",
          unrolled.initialState().hidden(),
          unrolled.initialStateGradient().hidden().readDoubles());
      if (spec.layers().get(0).cell().hasCellState()) {
        training.check(
            "initial c",
            unrolled.initialState().cell(),
            unrolled.initialStateGradient().cell().readDoubles());
      }
    }
  }

  /** A network with its data and loss. */
  private static final class Training {
    private final Kernels kernels;
    private final UnrolledNetwork unrolled;
    private final Loss loss;
    private final LossArguments arguments;
    private final StepState state;

    Training(Kernels kernels, UnrolledNetwork unrolled, Loss loss) {
      this.kernels = kernels;
      this.unrolled = unrolled;
      this.loss = loss;
      Random random = new Random(5);
      fill(random, unrolled.input());
      fill(random, unrolled.initialState().hidden());
      if (unrolled.network().spec().layers().get(0).cell().hasCellState()) {
        fill(random, unrolled.initialState().cell());
      }
      unrolled.lengths().write(LENGTHS);
      arguments = arguments(random).lengths(unrolled.lengths());
      state = kernels.allocateState(1, 0);
      state.write(0, GroupState.initial(3, 0));
    }

    private LossArguments arguments(Random random) {
      View prediction = unrolled.outputView();
      View gradient = unrolled.outputGradientView();
      if (loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY) {
        IndexBuffer labels = kernels.allocateIndices((long) STEPS * BATCH);
        labels.write(random.ints((long) STEPS * BATCH, 0, OUTPUTS).toArray());
        return LossArguments.of(prediction, labels, gradient);
      }
      Buffer target = kernels.allocate((long) STEPS * BATCH * OUTPUTS);
      fill(random, target);
      return LossArguments.of(prediction, View.of(target, STEPS * BATCH, OUTPUTS), gradient);
    }

    private static void fill(Random random, Buffer buffer) {
      buffer.writeDoubles(random.doubles(buffer.size(), -1, 1).toArray());
    }

    double loss() {
      kernels.loss(loss, new LossShape(1, STEPS, BATCH, OUTPUTS), arguments, state);
      return state.read(0).loss();
    }

    /** Moves each number of a buffer up and down. */
    void check(String name, Buffer buffer, double[] gradient) {
      double[] differences = new double[gradient.length];
      double[] values = buffer.readDoubles();
      for (int i = 0; i < values.length; i++) {
        differences[i] =
            (lossWith(buffer, i, values[i] + H) - lossWith(buffer, i, values[i] - H)) / (2 * H);
        put(buffer, i, values[i]);
      }
      double largest = DoubleStream.of(gradient).map(Math::abs).max().orElseThrow();
      Comparison.assertWithin(name, differences, gradient, CURVATURE * largest + ROUNDING);
    }

    private double lossWith(Buffer buffer, int place, double value) {
      put(buffer, place, value);
      unrolled.forward(state);
      return loss();
    }

    private static void put(Buffer buffer, int place, double value) {
      buffer.writeDoubles(place, new double[] {value}, 0, 1);
    }
  }
}
