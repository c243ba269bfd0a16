package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * The notebook's training: a recurrent layer with a linear projection learns to continue {@link
 * SineSeries} by one step, one random sequence a step, by Adam on the mean squared error.
 *
 * @param cell of the network
 * @param neurons of each layer
 * @param learningRate constant
 * @param iterations training steps
 * @param seed of initial weights and sequences
 */
record Sine(TutorialCell cell, int neurons, double learningRate, int iterations, long seed) {
  /** Sequences are computed ahead; more of them would fill the memory. */
  static final int MOST_ITERATIONS = 10_000_000;

  private static final int STEPS = SineSeries.STEPS;

  /**
   * What comes out of a training. Generated values are as many as the series has points, the first
   * 30 of them given.
   *
   * @param losses of every 100th iteration
   * @param seriesMse mean squared error of the predictions one step ahead, over all sequences of
   *     the series
   * @param prediction {@code [30]}, one step ahead of the training instance
   * @param fromZeros {@code [250]}, what the network goes on with after 30 zeros
   * @param fromInstance {@code [250]}, what it goes on with after the first 30 points
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Outcome(
      List<PrintedLoss> losses,
      double seriesMse,
      float[] prediction,
      float[] fromZeros,
      float[] fromInstance) {}

  /** Does something with the trained network while it is there. */
  @FunctionalInterface
  interface Keeper {
    void keep(Network network) throws IOException;
  }

  /** Trains, predicts and generates. */
  Outcome run(Kernels kernels, PrintedLoss.Training training, Keeper keeper) throws IOException {
    try (Network network = Network.create(kernels, cell.network(neurons), seed)) {
      List<PrintedLoss> losses;
      try (Trainer trainer =
          Trainer.builder(network, SineSeries.sequences(iterations, seed))
              .loss(Loss.MSE)
              .optimizer(new Adam())
              .learningRate(learningRate)
              .build()) {
        losses = training.run(trainer, Loss.MSE);
      }
      keeper.keep(network);
      float[] series = TutorialCharts.floats(SineSeries.at(SineSeries.x()));
      try (WindowReader reader = new WindowReader(network, STEPS)) {
        float[] instance = TutorialCharts.floats(SineSeries.at(SineSeries.instance()));
        return new Outcome(
            losses,
            seriesMse(network, series),
            reader.read(Arrays.copyOf(instance, STEPS)),
            continued(reader, new float[STEPS]),
            continued(reader, Arrays.copyOf(series, STEPS)));
      }
    }
  }

  private static float[] continued(WindowReader reader, float[] seed) {
    float[] generated = reader.goOn(seed, SineSeries.POINTS - STEPS, 1);
    float[] all = Arrays.copyOf(seed, SineSeries.POINTS);
    System.arraycopy(generated, 0, all, STEPS, generated.length);
    return all;
  }

  /** All windows of the series as one batch. */
  private static double seriesMse(Network network, float[] series) {
    int windows = series.length - STEPS;
    float[] inputs = new float[STEPS * windows];
    for (int t = 0; t < STEPS; t++) {
      System.arraycopy(series, t, inputs, t * windows, windows);
    }
    double squares = 0;
    try (UnrolledNetwork unrolled = network.unroll(STEPS, windows).build()) {
      unrolled.input().write(inputs);
      unrolled.forward();
      float[] outputs = unrolled.output().read();
      for (int t = 0; t < STEPS; t++) {
        for (int n = 0; n < windows; n++) {
          double error = outputs[t * windows + n] - series[n + t + 1];
          squares += error * error;
        }
      }
    }
    return squares / (STEPS * windows);
  }
}
