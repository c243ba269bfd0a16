package dev.refrain.series;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterLayout;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import dev.refrain.network.TrainingListener;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns to forecast one series: a recurrent network that reads a window of past values and
 * predicts the next value at every step, so that a forecast is made by feeding predictions back in.
 *
 * <pre>{@code
 * Forecaster forecaster = Forecaster.builder().season(12).build();
 * try (Kernels kernels = Engines.open(Device.AUTO);
 *     ForecastModel model = forecaster.fit(kernels, history)) {
 *   double[] nextYear = model.forecast(12);
 *   model.save(Path.of("milk.safetensors"));
 * }
 * }</pre>
 *
 * <p>The values are transformed ({@link Transformation}) and scaled ({@link Scaler}); both are
 * fitted on the history alone. The series then stays on the device, and every training step draws
 * {@code batch} windows from it. The learning rate falls to zero along half a cosine. Several
 * networks that differ in their seeds are trained at once, one group each, and the forecast is the
 * median of theirs: on short series that is steadier than any one of them.
 *
 * <p>Immutable; {@link #fit} may be called any number of times. The same seed on the same engine
 * gives the same model, bit for bit.
 */
public final class Forecaster {
  private static final Logger LOG = LoggerFactory.getLogger(Forecaster.class);

  /** The automatic window spans this many seasons: one to know its shape, one to see it change. */
  private static final int SEASONS_A_WINDOW = 2;

  private static final int SHORTEST_AUTOMATIC_WINDOW = 12;
  private static final int USUAL_WINDOW = 24;
  private static final int LONGEST_AUTOMATIC_WINDOW = 192;

  /** Losses kept on the device, which bounds the steps between two reports. */
  private static final int HISTORY_LENGTH = 1_000;

  /** Reports come about this often. */
  private static final double REPORT_SECONDS = 0.1;

  private final Cell cell;
  private final int layers;
  private final int units;
  private final int window;
  private final int season;
  private final String scaling;
  private final Transformation transformation;
  private final Loss loss;
  private final Optimizer optimizer;
  private final double learningRate;
  private final double clipNorm;
  private final int steps;
  private final int batch;
  private final int members;
  private final long seed;

  private Forecaster(Builder builder) {
    cell = builder.cell;
    layers = builder.layers;
    units = builder.units;
    window = builder.window;
    season = builder.season;
    scaling = builder.scaling;
    transformation = builder.transformation;
    loss = builder.loss;
    optimizer = builder.optimizer;
    learningRate = builder.learningRate;
    clipNorm = builder.clipNorm;
    steps = builder.steps;
    batch = builder.batch;
    members = builder.members;
    seed = builder.seed;
  }

  /** Starts a forecaster; every value has a default that suits a few years of monthly values. */
  public static Builder builder() {
    return new Builder();
  }

  /** As {@link #fit(Kernels, double[], TrainingListener)}, in silence. */
  public ForecastModel fit(Kernels kernels, double[] history) {
    return fit(kernels, history, progress -> {});
  }

  /**
   * Trains on a series.
   *
   * <p>A constant series is not trained on, with a warning in the log: the model forecasts its
   * value. If the thread is interrupted, training ends after the step it is in, the thread's
   * interrupted status stays set, and {@link ForecastModel#steps} of the model says how far it
   * came.
   *
   * @param kernels where to compute; must stay open as long as the model
   * @param history the values to learn from, oldest first, all finite
   * @param listener hears how training goes, about ten times a second
   * @return the model, for the caller to close
   * @throws TooFewRowsException if the history is too short for the window
   * @throws IllegalArgumentException if a value is not finite, or a logarithm is wanted of values
   *     that are not all positive
   * @throws dev.refrain.network.NonFiniteLossException if the loss or a gradient becomes NaN or
   *     infinite; the message says what to change
   */
  public ForecastModel fit(Kernels kernels, double[] history, TrainingListener listener) {
    int windowLength = windowFor(history);
    Transformation chosen = transformationFor(history);
    PreparedSeries series = PreparedSeries.of(history, chosen, scaling);
    ForecastOrigin origin = series.origin(windowLength);
    Network network = Network.create(kernels, spec(), seeds());
    if (isConstant(history)) {
      LOG.warn(
          "the series is constant, {} in all {} rows: that is the forecast, and nothing is trained",
          history[0],
          history.length);
      return ForecastModel.untrained(network, origin);
    }
    Trainer trainer = null;
    try {
      trainer = trainer(network, series, windowLength);
      train(trainer, listener);
      return ForecastModel.trained(trainer, origin);
    } catch (RuntimeException e) {
      if (trainer != null) {
        trainer.close();
      }
      network.close();
      throw e;
    }
  }

  /**
   * The window that {@link #fit} uses for a history.
   *
   * @throws TooFewRowsException if the history is too short for it
   * @throws IllegalArgumentException as fit does
   */
  public int windowFor(double[] history) {
    checkFinite(history);
    int lost = transformationFor(history).lost();
    int rows = history.length - lost;
    int length = window > 0 ? window : automaticWindow(rows);
    if (rows <= length) {
      throw new TooFewRowsException(history.length, length, length + 1 + lost);
    }
    return length;
  }

  private static void checkFinite(double[] history) {
    for (int row = 0; row < history.length; row++) {
      if (!Double.isFinite(history[row])) {
        throw new IllegalArgumentException(
            "row " + row + " is " + history[row] + "; a series holds finite numbers only");
      }
    }
  }

  private Transformation transformationFor(double[] history) {
    return transformation != null ? transformation : Transformation.choose(history, season);
  }

  private static boolean isConstant(double[] history) {
    return Arrays.stream(history).allMatch(value -> value == history[0]);
  }

  /** Some seasons, but at most half of the rows, so that windows differ; never under one season. */
  private int automaticWindow(int rows) {
    int wished = season > 1 ? SEASONS_A_WINDOW * season : USUAL_WINDOW;
    int least = Math.max(season, SHORTEST_AUTOMATIC_WINDOW);
    int most = Math.min(Math.max(wished, USUAL_WINDOW), LONGEST_AUTOMATIC_WINDOW);
    return Math.min(most, Math.max(rows / 2, least));
  }

  private NetworkSpec spec() {
    NetworkSpec.Builder spec = NetworkSpec.builder(1);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell, units);
    }
    return spec.projection(1).build();
  }

  private boolean fitsAnArray() {
    try {
      return Math.multiplyExact(ParameterLayout.of(spec()).size(), members) <= Integer.MAX_VALUE;
    } catch (ArithmeticException e) {
      return false;
    }
  }

  private long[] seeds() {
    return LongStream.range(seed, seed + members).toArray();
  }

  private Trainer trainer(Network network, PreparedSeries series, int windowLength) {
    return Trainer.builder(network, SeriesWindows.shared(series.scaled(), 1, windowLength, batch))
        .loss(loss)
        .optimizer(optimizer)
        .schedule(Schedule.cosine(steps, 0))
        .learningRate(learningRate)
        .clipNorm(clipNorm)
        .seed(seeds())
        .historyLength(HISTORY_LENGTH)
        .build();
  }

  /** Trains in stretches of {@link #REPORT_SECONDS}, whatever the speed of the engine. */
  private void train(Trainer trainer, TrainingListener listener) {
    int stretch = 1;
    int left = steps;
    while (left > 0) {
      long begun = System.nanoTime();
      try {
        trainer.train(stretch, stretch, listener);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      left -= stretch;
      double seconds = (System.nanoTime() - begun) * 1e-9;
      long fitting = Math.round(stretch * REPORT_SECONDS / seconds);
      stretch = (int) Math.max(1, Math.min(fitting, Math.min(left, HISTORY_LENGTH)));
    }
  }

  /** Steps of training that {@link #fit} takes. */
  public int steps() {
    return steps;
  }

  /** What is trained and how, for people. */
  @Override
  public String toString() {
    return "%d x %s of %d x %d units, %s, learning rate %s, %d steps"
        .formatted(members, cell, layers, units, optimizer, learningRate, steps);
  }

  /** Collects the values of a {@link Forecaster}. */
  public static final class Builder {
    private static final int MOST_LAYERS = 100;

    private Cell cell = new GruCell(Activation.TANH, GruForm.RESET_AFTER);
    private int layers = 1;
    private int units = 32;
    private int window;
    private int season = 1;
    private String scaling = StandardScaler.NAME;
    private Transformation transformation;
    private Loss loss = Loss.MSE;
    private Optimizer optimizer = new Adam();
    private double learningRate = 0.005;
    private double clipNorm = 1;
    private int steps = 300;
    private int batch = 32;
    private int members = 5;
    private long seed = 1;

    private Builder() {}

    /** What the recurrent layers are made of; by default a GRU with tanh. */
    public Builder cell(Cell newCell) {
      cell = Objects.requireNonNull(newCell, "cell");
      return this;
    }

    /** Recurrent layers upon each other, at most 100; by default 1. */
    public Builder layers(int count) {
      if (count > MOST_LAYERS) {
        throw new IllegalArgumentException(
            "layers is " + count + "; it must be at most " + MOST_LAYERS);
      }
      layers = positive(count, "layers");
      return this;
    }

    /** Units of each layer; by default 32. */
    public Builder units(int count) {
      units = positive(count, "units");
      return this;
    }

    /**
     * Past values that a prediction is made from; 0, the default, for two seasons (24 without a
     * season), fewer where the history is short.
     */
    public Builder window(int steps) {
      if (steps < 0) {
        throw new IllegalArgumentException(
            "window is " + steps + "; give at least 1, or 0 for an automatic one");
      }
      window = steps;
      return this;
    }

    /** Length of a season in steps; by default 1, which is none. */
    public Builder season(int steps) {
      season = positive(steps, "season");
      return this;
    }

    /**
     * How transformed values are scaled for the network; by default {@value StandardScaler#NAME}.
     *
     * @param name one of {@link Scaler#NAMES}
     */
    public Builder scaling(String name) {
      if (!Scaler.NAMES.contains(name)) {
        throw new IllegalArgumentException(
            "scaling is '" + name + "'; choose one of " + String.join(", ", Scaler.NAMES));
      }
      scaling = name;
      return this;
    }

    /** How values are transformed; null, the default, for {@link Transformation#choose}. */
    public Builder transformation(Transformation newTransformation) {
      transformation = newTransformation;
      return this;
    }

    /** What training minimises, on scaled values; by default the mean squared error. */
    public Builder loss(Loss newLoss) {
      if (newLoss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY) {
        throw new IllegalArgumentException(
            "loss is SOFTMAX_CROSS_ENTROPY, which is for classes; choose MSE, RMSE, MAE or HUBER");
      }
      loss = newLoss;
      return this;
    }

    /** How gradients become new parameters; by default Adam. */
    public Builder optimizer(Optimizer newOptimizer) {
      optimizer = Objects.requireNonNull(newOptimizer, "optimizer");
      return this;
    }

    /** Learning rate of the first step; by default 0.005. */
    public Builder learningRate(double rate) {
      if (!(rate > 0 && Double.isFinite(rate))) {
        throw new IllegalArgumentException(
            "learning rate is " + rate + "; it must be finite and above 0");
      }
      learningRate = rate;
      return this;
    }

    /** Bound of a network's gradient norm; by default 1, and 0 for none. */
    public Builder clipNorm(double limit) {
      if (!(limit >= 0 && Double.isFinite(limit))) {
        throw new IllegalArgumentException(
            "clipNorm is " + limit + "; give a positive bound, or 0 for none");
      }
      clipNorm = limit;
      return this;
    }

    /** Training steps; by default 300. */
    public Builder steps(int count) {
      steps = positive(count, "steps");
      return this;
    }

    /** Windows of one training step; by default 32. */
    public Builder batch(int windows) {
      batch = positive(windows, "batch");
      return this;
    }

    /** Networks whose median is the forecast; by default 5. */
    public Builder members(int count) {
      members = positive(count, "members");
      return this;
    }

    /** Seed of the first network; the others have those that follow. By default 1. */
    public Builder seed(long newSeed) {
      seed = newSeed;
      return this;
    }

    /**
     * The forecaster.
     *
     * @throws IllegalArgumentException if its networks have more parameters than fit an array
     */
    public Forecaster build() {
      Forecaster forecaster = new Forecaster(this);
      if (!forecaster.fitsAnArray()) {
        throw new IllegalArgumentException(
            "%d networks of %d layers of %d units have too many parameters; choose fewer units"
                .formatted(members, layers, units));
      }
      return forecaster;
    }

    private static int positive(int value, String name) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
      }
      return value;
    }
  }
}
