package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Schedule;
import dev.refrain.network.EncoderDecoder;
import dev.refrain.network.EncoderDecoderTrainer;
import dev.refrain.series.FittedTransformation;
import dev.refrain.series.ForecastModel;
import dev.refrain.series.Forecaster;
import dev.refrain.series.StandardScaler;
import dev.refrain.series.Transformation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The encoder–decoder's training: pairs of networks learn, from all rows but the last, to say a
 * horizon after each window; the forecast is the median of what they say. Beside it the recursive
 * forecaster, with the same cell, units, window, transformation and training, at most 300 steps of
 * it.
 *
 * @param cell of encoder and decoder
 * @param units of each
 * @param window rows that the encoder reads
 * @param horizon rows that the decoder says
 * @param members pairs of networks
 * @param batch windows of a training step
 * @param learningRate of the first step; it falls to zero along half a cosine
 * @param iterations training steps
 * @param seed of the first pair; the others have those that follow
 * @param transformation of the values before they are scaled
 */
record Seq2Seq(
    TutorialCell cell,
    int units,
    int window,
    int horizon,
    int members,
    int batch,
    double learningRate,
    int iterations,
    long seed,
    Transformation transformation) {
  static final int PRINT_INTERVAL = 100;

  private static final int MOST_LOSSES = 100_000;

  /** The forecaster's own default: it learns sooner, and worse when it learns for longer. */
  private static final int RECURSIVE_ITERATIONS = 300;

  /** A recurrent network's gradient explodes now and then. */
  private static final double CLIP_NORM = 1;

  /**
   * What comes out of a training.
   *
   * @param losses means over the pairs, of every 100th iteration on its batch, before its update
   * @param forecast {@code [horizon]}, in the units of the history
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Outcome(List<PrintedLoss> losses, double[] forecast) {}

  /** Takes all steps of a training. */
  @FunctionalInterface
  interface Training {
    /**
     * Trains.
     *
     * @param scaling the scaler of the values, by name, for whoever keeps the networks
     */
    void train(EncoderDecoderTrainer trainer, Map<String, String> scaling) throws IOException;
  }

  /** Trains and forecasts what follows a history. */
  Outcome run(Kernels kernels, double[] history, int season, Training training) throws IOException {
    FittedTransformation fitted = transformation.fit(history, season);
    double[] transformed = fitted.apply(history);
    double[][] rows = new double[transformed.length][1];
    Arrays.setAll(rows, row -> new double[] {transformed[row]});
    StandardScaler scaler = StandardScaler.fit(rows);
    float[] scaled = new float[rows.length];
    for (int row = 0; row < scaled.length; row++) {
      scaled[row] = (float) scaler.transform(transformed[row], 0);
    }
    long[] seeds = LongStream.range(seed, seed + members).toArray();
    try (EncoderDecoder model = EncoderDecoder.create(kernels, cell.network(units), seeds);
        EncoderDecoderTrainer trainer = trainer(model, scaled, seeds)) {
      training.train(trainer, config(scaler));
      int kept = (int) Math.min(trainer.steps(), trainer.state().historyLength());
      List<PrintedLoss> losses = printed(trainer.steps(), trainer.lastLosses(kept));
      float[] last = Arrays.copyOfRange(scaled, scaled.length - window, scaled.length);
      float[][] said = model.predict(Collections.nCopies(members, last), horizon);
      double[][] paths = new double[members][horizon];
      for (int member = 0; member < members; member++) {
        double[] values = new double[horizon];
        for (int step = 0; step < horizon; step++) {
          values[step] = scaler.inverse(said[member][step], 0);
        }
        paths[member] = fitted.invert(values, history, history.length);
      }
      return new Outcome(losses, medians(paths));
    }
  }

  private EncoderDecoderTrainer trainer(EncoderDecoder model, float[] scaled, long[] seeds) {
    return EncoderDecoderTrainer.builder(model, scaled, window, horizon, batch)
        .optimizer(new Adam())
        .learningRate(learningRate)
        .schedule(Schedule.cosine(iterations, 0))
        .clipNorm(CLIP_NORM)
        .seed(seeds)
        .historyLength(Math.min(MOST_LOSSES, Math.max(PRINT_INTERVAL, iterations)))
        .build();
  }

  private static Map<String, String> config(StandardScaler scaler) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("scaler.name", scaler.name());
    scaler
        .parameters()
        .forEach((name, values) -> config.put("scaler." + name, Double.toString(values[0])));
    return config;
  }

  /**
   * Those losses that are printed, as means over the pairs.
   *
   * @param steps taken so far
   * @param losses of each pair, of the last of these steps
   */
  List<PrintedLoss> printed(long steps, List<double[]> losses) {
    List<PrintedLoss> printed = new ArrayList<>();
    int count = losses.get(0).length;
    for (int i = 0; i < count; i++) {
      int at = i;
      long iteration = steps - count + i;
      if (iteration % PRINT_INTERVAL == 0) {
        double mean = losses.stream().mapToDouble(each -> each[at]).average().orElseThrow();
        printed.add(new PrintedLoss((int) iteration, (float) mean));
      }
    }
    return printed;
  }

  /** Of the members, at each step. */
  private static double[] medians(double[][] paths) {
    double[] medians = new double[paths[0].length];
    for (int step = 0; step < medians.length; step++) {
      int at = step;
      double[] sorted = Arrays.stream(paths).mapToDouble(path -> path[at]).sorted().toArray();
      int middle = sorted.length / 2;
      medians[step] =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
    return medians;
  }

  /** What networks that predict one row, and read it again, forecast. */
  double[] recursive(Kernels kernels, double[] history, int season) {
    Forecaster forecaster =
        Forecaster.builder()
            .cell(cell.cell())
            .layers(cell.layers())
            .units(units)
            .window(window)
            .season(season)
            .transformation(transformation)
            .validationRows(0)
            .members(members)
            .batch(batch)
            .learningRate(learningRate)
            .clipNorm(CLIP_NORM)
            .steps(Math.min(iterations, RECURSIVE_ITERATIONS))
            .seed(seed)
            .build();
    try (ForecastModel model =
        forecaster.fit(kernels, history, progress -> InterruptedTutorial.check())) {
      return model.forecast(horizon);
    }
  }
}
