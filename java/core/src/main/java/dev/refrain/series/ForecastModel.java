package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import dev.refrain.series.Predictions.Start;
import dev.refrain.series.Validation.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
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
  private static final String CONSTANT = "constant";
  private static final String SHAPE = "columns";
  private static final String VARIANTS = "variants";
  private static final String WEIGHT = "weight";
  private static final String RESIDUALS = "residuals.";

  private final Network network;

  /** The training that made it; null where it was loaded or there was none. */
  private final Trainer trainer;

  private final FrameShape shape;
  private final List<Variant> variants;

  /** One a target; empty where there was no validation. */
  private final List<Residuals> residuals;

  private final long steps;
  private final boolean constant;

  private ForecastModel(
      Network network,
      Trainer trainer,
      FrameShape shape,
      List<Variant> variants,
      List<Residuals> residuals,
      long steps,
      boolean constant) {
    this.network = network;
    this.trainer = trainer;
    this.shape = shape;
    this.variants = List.copyOf(variants);
    this.residuals = List.copyOf(residuals);
    this.steps = steps;
    this.constant = constant;
  }

  /** The model after some training; takes over the training. */
  static ForecastModel trained(
      GroupTraining training, FrameShape shape, List<Variant> variants, Verdict verdict) {
    return new ForecastModel(
        training.network(),
        training.trainer(),
        shape,
        variants,
        verdict.residuals(),
        training.trainer().steps(),
        false);
  }

  /** The model of what was learnt, with networks of its own. */
  static ForecastModel of(Kernels kernels, Forecaster settings, Learnt learnt) {
    Network network =
        new Network(kernels, settings.spec(learnt.shape()), learnt.parameters().length);
    for (int group = 0; group < learnt.parameters().length && !learnt.constant(); group++) {
      network.write(group, learnt.parameters()[group]);
    }
    return new ForecastModel(
        network,
        null,
        learnt.shape(),
        learnt.variants(),
        learnt.residuals(),
        learnt.steps(),
        learnt.constant());
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
    Map<String, String> config = checkpoint.config();
    try {
      FrameShape shape = shape(config);
      List<Variant> variants = new ArrayList<>();
      int count = (int) ForecastOrigin.numbers(config, VARIANTS)[0];
      for (int i = 0; i < count; i++) {
        Map<String, String> own = within(config, "variant." + i + ".");
        variants.add(
            new Variant(
                ForecastOrigin.fromConfig(own, shape), ForecastOrigin.numbers(own, WEIGHT)[0]));
      }
      if (count < 1 || checkpoint.groups() % count != 0) {
        throw new IllegalArgumentException(
            "it has %d networks for %d variants".formatted(checkpoint.groups(), count));
      }
      if (checkpoint.spec().inputs() != shape.inputs()
          || checkpoint.spec().outputs() != shape.outputs()) {
        throw new IllegalArgumentException("its network does not fit its columns");
      }
      List<Residuals> residuals = new ArrayList<>();
      for (int target = 0; config.containsKey(RESIDUALS + target + ".scores"); target++) {
        residuals.add(Residuals.fromConfig(within(config, RESIDUALS + target + ".")));
      }
      return new ForecastModel(
          checkpoint.network(kernels),
          null,
          shape,
          variants,
          residuals,
          Long.parseLong(config.getOrDefault(STEPS, "0")),
          Boolean.parseBoolean(config.get(CONSTANT)));
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, "holds no forecast model: " + e.getMessage(), e);
    }
  }

  private static FrameShape shape(Map<String, String> config) {
    double[] sizes = ForecastOrigin.numbers(config, SHAPE);
    if (sizes.length != 4 || Arrays.stream(sizes).anyMatch(size -> size < 0) || sizes[0] < 1) {
      throw new IllegalArgumentException("its '" + SHAPE + "' are " + Arrays.toString(sizes));
    }
    return new FrameShape((int) sizes[0], (int) sizes[1], (int) sizes[2], (int) sizes[3]);
  }

  private static Map<String, String> within(Map<String, String> config, String prefix) {
    Map<String, String> own = new LinkedHashMap<>();
    config.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            own.put(key.substring(prefix.length()), value);
          }
        });
    return own;
  }

  /**
   * Forecasts the values that follow the history: each network predicts one step (or as many as it
   * was trained for), reads its own predictions as if they were known, and so on; the forecast is
   * the weighted mean over the variants of the medians of their networks.
   *
   * @param horizon how many values, at least 1
   * @return {@code [horizon]}, in the units of the history
   */
  public double[] forecast(int horizon) {
    return predict(horizon, Double.NaN).values();
  }

  /**
   * Forecasts with intervals.
   *
   * @param horizon how many values, at least 1
   * @param level share of true values that the intervals are meant to hold, above 0 and below 1;
   *     NaN for no intervals
   * @return the forecast; without intervals where there was no validation to measure them by
   */
  public Forecast predict(int horizon, double level) {
    if (horizon < 1) {
      throw new IllegalArgumentException("horizon is " + horizon + "; it must be at least 1");
    }
    if (level <= 0 || level >= 1) {
      throw new IllegalArgumentException("level is " + level + "; it must lie between 0 and 1");
    }
    if (constant) {
      double[] values = new double[horizon];
      Arrays.fill(values, variants.get(0).origin().lastValue(0));
      return new Forecast(values, null, null, level);
    }
    boolean measured = !Double.isNaN(level) && !residuals.isEmpty();
    boolean relative = measured && residuals.get(0).relative();
    Combination combined = Combination.of(paths(horizon), weights(), relative);
    if (!measured) {
      return new Forecast(combined.values(), null, null, level);
    }
    double[] lower = new double[horizon];
    double[] upper = new double[horizon];
    for (int step = 0; step < horizon; step++) {
      double half = residuals.get(0).halfWidth(level, step, combined.spread()[step]);
      double value = combined.values()[step];
      lower[step] = relative ? value * Math.exp(-half) : value - half;
      upper[step] = relative ? value * Math.exp(half) : value + half;
    }
    return new Forecast(combined.values(), lower, upper, level);
  }

  /** What each network forecasts, as values. */
  private List<double[]> paths(int horizon) {
    List<List<Start>> starts = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      starts.add(List.of(new Start(origin(group), new float[0][])));
    }
    double[][][][] predictions = Predictions.of(network, starts, horizon);
    List<double[]> paths = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      paths.add(origin(group).values(predictions[group][0][0], 0));
    }
    return paths;
  }

  private ForecastOrigin origin(int group) {
    return variants.get(group / (network.groups() / variants.size())).origin();
  }

  private double[] weights() {
    return variants.stream().mapToDouble(Variant::weight).toArray();
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
    Map<String, String> config = new LinkedHashMap<>();
    config.put(
        SHAPE,
        "%d %d %d %d".formatted(shape.targets(), shape.covariates(), shape.known(), shape.ahead()));
    config.put(VARIANTS, Integer.toString(variants.size()));
    for (int i = 0; i < variants.size(); i++) {
      String prefix = "variant." + i + ".";
      variants.get(i).origin().toConfig().forEach((key, text) -> config.put(prefix + key, text));
      config.put(prefix + WEIGHT, Double.toString(variants.get(i).weight()));
    }
    for (int target = 0; target < residuals.size(); target++) {
      String prefix = RESIDUALS + target + ".";
      residuals.get(target).toConfig().forEach((key, text) -> config.put(prefix + key, text));
    }
    config.put(STEPS, Long.toString(steps));
    config.put(CONSTANT, Boolean.toString(constant));
    return config;
  }

  /** Training steps behind it; 0 for a constant series. */
  public long steps() {
    return steps;
  }

  /** Length of the window that it reads. */
  public int window() {
    return variants.get(0).origin().window().length;
  }

  /** Length of the season that it was trained for; 1 for none. */
  public int season() {
    return variants.get(0).origin().preparation().transformations()[0].season();
  }

  /** How values are transformed before they are scaled; the one with the most weight. */
  public Transformation transformation() {
    return transformations().keySet().iterator().next();
  }

  /** All transformations and the weights of the forecasts made by them, which add up to 1. */
  public Map<Transformation, Double> transformations() {
    Map<Transformation, Double> weights = new LinkedHashMap<>();
    for (Variant variant : variants) {
      weights.put(
          variant.origin().preparation().transformations()[0].transformation(), variant.weight());
    }
    return weights;
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
