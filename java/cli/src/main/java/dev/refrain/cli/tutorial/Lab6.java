package dev.refrain.cli.tutorial;

import dev.refrain.io.TensorFlowLayout;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Sgd;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterLayout;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The lab's training: a recurrent layer of relu neurons with a dense output learns to continue
 * {@link Lab6Series} by one step, on batches of 50 random sequences of 20. Numbers are drawn as the
 * lab drew them (graph seed 42, NumPy's seed 42 anew for each training), so that it prints the
 * lab's digits.
 *
 * @param optimizer the lab's two
 * @param loss {@link Loss#MSE} or {@link Loss#RMSE}
 * @param activation of the neurons
 * @param neurons of the recurrent layer
 * @param learningRate constant
 * @param iterations training steps
 */
record Lab6(
    Descent optimizer,
    Loss loss,
    Activation activation,
    int neurons,
    double learningRate,
    int iterations) {
  /** Sequences are computed ahead; more of them would fill the memory. */
  static final int MOST_ITERATIONS = 50_000;

  static final int GENERATED = 300;

  static final int STEPS = 20;
  private static final int BATCH = 50;

  private static final int NUMPY_SEED = 42;
  private static final GraphInitializers GRAPH = new GraphInitializers(42);
  private static final long KERNEL_OP_SEED = 88;
  private static final long DENSE_KERNEL_OP_SEED = 137;

  /** Rows of the series for each sequence: its inputs, and the target of the last. */
  private static final int BLOCK = STEPS + 1;

  /** The optimizers of the lab. */
  enum Descent {
    /** TensorFlow's GradientDescentOptimizer. */
    GDO(new Sgd()),
    /** TensorFlow's AdamOptimizer. */
    ADAM(new Adam());

    private final Optimizer rule;

    Descent(Optimizer rule) {
      this.rule = rule;
    }
  }

  /**
   * What comes out of a training.
   *
   * @param losses of every 100th iteration
   * @param prediction {@code [20]}, what follows the steps of the sequence that starts at 12.2
   * @param generated {@code [300]}, what the network goes on with after 20 zeros
   */
  record Outcome(List<PrintedLoss> losses, List<Float> prediction, List<Float> generated) {

    /** How far the prediction is from what follows in the series. */
    double predictionRmse() {
      float[] targets = Lab6Series.prediction(STEPS).targets();
      double squares = 0;
      for (int t = 0; t < STEPS; t++) {
        double error = prediction.get(t) - targets[t];
        squares += error * error;
      }
      return Math.sqrt(squares / STEPS);
    }
  }

  /** Does something with the trained network while it is there. */
  @FunctionalInterface
  interface Keeper {
    void keep(Network network) throws IOException;
  }

  /**
   * Trains, predicts and generates.
   *
   * @param keeper is given the trained network
   */
  Outcome run(Kernels kernels, PrintedLoss.Training training, Keeper keeper) throws IOException {
    try (Network network = network(kernels)) {
      List<PrintedLoss> losses = train(network, training);
      keeper.keep(network);
      try (WindowReader reader = new WindowReader(network, STEPS)) {
        return new Outcome(
            losses,
            list(reader.read(Lab6Series.prediction(STEPS).inputs())),
            list(reader.goOn(new float[STEPS], GENERATED, 1)));
      }
    }
  }

  private static List<Float> list(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private Network network(Kernels kernels) {
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(activation), neurons).projection(1).build();
    TensorFlowLayout layout = TensorFlowLayout.rnn(1, neurons);
    float[] kernel = GRAPH.glorotUniform(KERNEL_OP_SEED, 1 + neurons, neurons);
    // Biases start at zero, as a new network's parameters do.
    Network network = new Network(kernels, spec, 1);
    network.write(0, ParameterLayout.name(0, false, "w"), layout.w(kernel));
    network.write(0, ParameterLayout.name(0, false, "r"), layout.r(kernel));
    network.write(
        0, ParameterLayout.OUTPUT_WEIGHT, GRAPH.glorotUniform(DENSE_KERNEL_OP_SEED, neurons, 1));
    return network;
  }

  private List<PrintedLoss> train(Network network, PrintedLoss.Training training)
      throws IOException {
    try (Trainer trainer =
        Trainer.builder(network, windows())
            .loss(loss)
            .optimizer(optimizer.rule)
            .learningRate(learningRate)
            .build()) {
      return training.run(trainer, loss);
    }
  }

  /** All batches of the training as one series that stays on the device, a block a sequence. */
  private SeriesWindows windows() {
    NumpyRandom random = new NumpyRandom(NUMPY_SEED);
    float[] series = new float[iterations * BATCH * BLOCK];
    int[] starts = new int[iterations * BATCH];
    for (int iteration = 0; iteration < iterations; iteration++) {
      Lab6Series.Batch batch = Lab6Series.next(random, BATCH, STEPS);
      for (int n = 0; n < BATCH; n++) {
        int sequence = iteration * BATCH + n;
        starts[sequence] = sequence * BLOCK;
        for (int t = 0; t < STEPS; t++) {
          series[starts[sequence] + t] = batch.inputs()[t * BATCH + n];
        }
        series[starts[sequence] + STEPS] = batch.targets()[(STEPS - 1) * BATCH + n];
      }
    }
    return SeriesWindows.shared(series, 1, STEPS, BATCH).startingAt(starts);
  }
}
