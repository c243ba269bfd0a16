package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@link Forecaster} has learnt of one series: networks, and the end of the series, from
 * which forecasts go on.
 *
 * <p>Lifecycle: from {@link Forecaster#fit} or {@link #load}; forecast and save as often as you
 * like; close. The kernels must stay open as long. One thread at a time uses a model.
 */
public final class ForecastModel implements AutoCloseable {
  private static final String STEPS = "steps";

  private final Network network;

  /** The training that made it; null where it was loaded or there was none. */
  private final Trainer trainer;

  private final ForecastOrigin origin;
  private final long steps;

  private ForecastModel(Network network, Trainer trainer, ForecastOrigin origin, long steps) {
    this.network = network;
    this.trainer = trainer;
    this.origin = origin;
    this.steps = steps;
  }

  /** The model after some training; takes over the trainer and its network. */
  static ForecastModel trained(Trainer trainer, ForecastOrigin origin) {
    return new ForecastModel(trainer.network(), trainer, origin, trainer.steps());
  }

  /** The model of a constant series, which there is nothing to learn of; takes over the network. */
  static ForecastModel untrained(Network network, ForecastOrigin origin) {
    return new ForecastModel(network, null, origin, 0);
  }

  /**
   * Loads a model that {@link #save} or {@link #saveTraining} wrote. It forecasts the same, bit for
   * bit on the same engine.
   *
   * @param file a checkpoint
   * @param kernels where to compute, must stay open as long as the model
   * @return the model, for the caller to close
   * @throws MalformedFileException if the file is damaged or holds no forecast model
   * @throws IOException if it cannot be read
   */
  public static ForecastModel load(Path file, Kernels kernels) throws IOException {
    Checkpoint checkpoint = Checkpoint.load(file);
    ForecastOrigin origin;
    long steps;
    try {
      origin = ForecastOrigin.fromConfig(checkpoint.config());
      steps = Long.parseLong(checkpoint.config().getOrDefault(STEPS, "0"));
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, "holds no forecast model: " + e.getMessage(), e);
    }
    return new ForecastModel(checkpoint.network(kernels), null, origin, steps);
  }

  /**
   * Forecasts the values that follow the history: each member predicts one step, reads its own
   * prediction as if it were known, and so on; the forecast is the median of the members.
   *
   * @param horizon how many values, at least 1
   * @return {@code [horizon]}, in the units of the history
   */
  public double[] forecast(int horizon) {
    if (horizon < 1) {
      throw new IllegalArgumentException("horizon is " + horizon + "; it must be at least 1");
    }
    if (steps == 0) {
      double[] constant = new double[horizon];
      Arrays.fill(constant, origin.lastValue());
      return constant;
    }
    double[][] predictions = predictions(horizon);
    double[][] paths = new double[predictions.length][];
    Arrays.setAll(paths, member -> origin.values(predictions[member]));
    double[] forecast = new double[horizon];
    Arrays.setAll(forecast, step -> median(paths, step));
    return forecast;
  }

  /** What each member predicts on the network's scale, {@code [G][horizon]}. */
  private double[][] predictions(int horizon) {
    int members = network.groups();
    int length = origin.window().length;
    double[][] predictions = new double[members][horizon];
    float[] windows = new float[members * length];
    for (int member = 0; member < members; member++) {
      System.arraycopy(origin.window(), 0, windows, member * length, length);
    }
    try (UnrolledNetwork unrolled = network.unroll(length, 1).build()) {
      for (int step = 0; step < horizon; step++) {
        unrolled.input().write(windows);
        unrolled.forward();
        float[] outputs = unrolled.output().read();
        for (int member = 0; member < members; member++) {
          int first = member * length;
          int last = first + length - 1;
          predictions[member][step] = outputs[last];
          System.arraycopy(windows, first + 1, windows, first, length - 1);
          windows[last] = outputs[last];
        }
      }
    }
    return predictions;
  }

  private static double median(double[][] paths, int step) {
    double[] values = Arrays.stream(paths).mapToDouble(path -> path[step]).sorted().toArray();
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  /**
   * Saves the networks and all that a forecast needs.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public void save(Path file) throws IOException {
    Checkpoint.save(file, network, config());
  }

  /**
   * As {@link #save}, with the state of the training that made the model, from which it could go
   * on.
   *
   * @throws IllegalStateException if the model was loaded, or its series is constant
   */
  public void saveTraining(Path file) throws IOException {
    if (trainer == null) {
      throw new IllegalStateException("this model was not trained here; save it without training");
    }
    Checkpoint.save(file, trainer, config());
  }

  private Map<String, String> config() {
    Map<String, String> config = new LinkedHashMap<>(origin.toConfig());
    config.put(STEPS, Long.toString(steps));
    return config;
  }

  /** Training steps behind it; 0 for a constant series. */
  public long steps() {
    return steps;
  }

  /** Length of the window that it reads. */
  public int window() {
    return origin.window().length;
  }

  /** How values are transformed before they are scaled. */
  public Transformation transformation() {
    return origin.transformation();
  }

  /** Gives the device's memory back; the kernels stay open. */
  @Override
  public void close() {
    if (trainer != null) {
      trainer.close();
    }
    network.close();
  }
}
