package dev.refrain.cli.tutorial;

import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Network;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import dev.refrain.series.MinMaxScaler;
import dev.refrain.series.Series;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * The exercise's training: a network learns all years of the milk production but the last, one
 * random window of twelve months a training step, by Adam on the mean squared error, and generates
 * the twelve months that follow.
 *
 * @param cell of the network
 * @param neurons of each layer
 * @param window months that the network reads
 * @param ahead months that its targets lie ahead; as many are taken from its outputs at once when
 *     it generates
 * @param batch windows of a training step
 * @param learningRate constant
 * @param iterations training steps
 * @param seed of initial weights and windows
 */
record Milk(
    TutorialCell cell,
    int neurons,
    int window,
    int ahead,
    int batch,
    double learningRate,
    int iterations,
    long seed) {
  static final String FILE = "monthly-milk-production.csv";

  /** Months that are held out. */
  static final int TEST_ROWS = 12;

  /**
   * What comes out of a training.
   *
   * @param losses of every 100th iteration, on the scale of the network
   * @param generated {@code [12]}, the months after the training part, in pounds
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Outcome(List<PrintedLoss> losses, double[] generated) {}

  /** Does something with the trained network while it is there. */
  @FunctionalInterface
  interface Keeper {
    void keep(Network network, MinMaxScaler scaler) throws IOException;
  }

  /** All 168 months. */
  static Series series() {
    return SeriesCsv.read(FILE, List.of());
  }

  /** Months that are learnt from. */
  static int trainingRows(Series series) {
    return series.rows() - TEST_ROWS;
  }

  /** Trains and generates. */
  Outcome run(Kernels kernels, PrintedLoss.Training training, Keeper keeper) throws IOException {
    Series series = series();
    double[][] learnt = series.rows(0, trainingRows(series));
    MinMaxScaler scaler = MinMaxScaler.fit(learnt);
    float[] scaled = new float[learnt.length];
    for (int row = 0; row < scaled.length; row++) {
      scaled[row] = (float) scaler.transform(learnt[row][0], 0);
    }
    try (Network network = Network.create(kernels, cell.network(neurons), seed)) {
      List<PrintedLoss> losses;
      try (Trainer trainer =
          Trainer.builder(network, SeriesWindows.shared(scaled, 1, window, batch).ahead(ahead))
              .loss(Loss.MSE)
              .optimizer(new Adam())
              .learningRate(learningRate)
              .seed(seed)
              .build()) {
        losses = training.run(trainer, Loss.MSE);
      }
      keeper.keep(network, scaler);
      try (WindowReader reader = new WindowReader(network, window)) {
        float[] last = Arrays.copyOfRange(scaled, scaled.length - window, scaled.length);
        float[] generated = reader.goOn(last, TEST_ROWS, ahead);
        double[] pounds = new double[TEST_ROWS];
        Arrays.setAll(pounds, month -> scaler.inverse(generated[month], 0));
        return new Outcome(losses, pounds);
      }
    }
  }
}
