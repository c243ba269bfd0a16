package dev.refrain.series;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Learns to forecast a series: recurrent networks that read a window of past values and predict the
 * next value at every step, so that a forecast is made by feeding predictions back in, or several
 * steps at once ({@link Builder#direct}).
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
 * <p>The values are transformed ({@link Transformation}) and scaled ({@link Scaler}), fitted on the
 * history alone. Which transformation suits is found out on the history's own tail: networks that
 * have not seen it forecast it from every row of it on, by each candidate; those that did well go
 * on, weighted by how well. Their residuals say how wide intervals must be ({@link
 * ForecastModel#predict}). Then networks are trained on the whole history, for each transformation
 * several that differ in their seeds, all in one launch: the forecast is the weighted mean of the
 * medians. The learning rate falls to zero along half a cosine.
 *
 * <p>Immutable; {@link #fit} may be called any number of times. The same seed on the same engine
 * gives the same model, bit for bit.
 */
public final class Forecaster {
  final ForecastSettings settings;

  private Forecaster(ForecastSettings settings) {
    this.settings = settings;
  }

  /** Starts a forecaster; every value has a default that suits a few years of monthly values. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * As {@link #fit(Kernels, double[], FitListener)}, in silence, on the {@link Builder#device} that
   * was chosen; the model closes it.
   */
  public ForecastModel fit(double[] history) {
    Kernels kernels = Engines.open(settings.device);
    try {
      return fit(kernels, history).owning(kernels);
    } catch (RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
  }

  /** As {@link #fit(Kernels, double[], FitListener)}, in silence. */
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
   * @throws IllegalArgumentException if a value is not finite, a logarithm is wanted of values that
   *     are not all positive, or columns were asked for: give a {@link Series} then
   * @throws dev.refrain.network.NonFiniteLossException if the loss or a gradient becomes NaN or
   *     infinite; the message says what to change
   */
  public ForecastModel fit(Kernels kernels, double[] history, FitListener listener) {
    settings.requireNoColumns();
    return training(kernels, listener, null).fit(settings.task(history), Columns.SINGLE, null);
  }

  /**
   * Trains on a series of several columns: targets that are forecast ({@link Builder#targets}),
   * columns that are known ahead ({@link Builder#known}), and others that are read for what they
   * tell. As {@link #fit(Kernels, double[], FitListener)} otherwise.
   */
  public ForecastModel fit(Kernels kernels, Series history, FitListener listener) {
    return fitColumns(history, training(kernels, listener, null));
  }

  /**
   * As {@link #fit(Kernels, Series, FitListener)}, but keeps checkpoints on the way, from which
   * {@link #resume(Kernels, Checkpoints, Series, FitListener)} goes on after a run was killed.
   * There is none before so many steps of training, and none of a constant series.
   *
   * @throws IOException if a checkpoint cannot be written; its file is then as it was before
   */
  public ForecastModel fit(
      Kernels kernels, Series history, FitListener listener, Checkpoints checkpoints)
      throws IOException {
    try {
      return fitColumns(history, training(kernels, listener, checkpoints));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ForecastModel fitColumns(Series history, ForecastTraining training) {
    Columns columns = settings.columns(history);
    return training.fit(settings.task(history, columns), columns, timeline(history));
  }

  private ForecastTraining training(
      Kernels kernels, FitListener listener, Checkpoints checkpoints) {
    return new ForecastTraining(kernels, this, listener, checkpoints);
  }

  private static Timeline timeline(Series history) {
    return history.times().map(Timeline::of).orElse(null);
  }

  /**
   * Goes on with a training that {@link ForecastModel#saveTraining} saved, until {@link #steps} are
   * done in all. With the same settings and history the model is, bit for bit, the one that would
   * have come of it without a stop; with more steps, or a history that has grown, training goes on
   * from where it stood. Transformations and scalers stay those of the file.
   *
   * @param kernels where to compute; must stay open as long as the model
   * @param file what saveTraining wrote
   * @param history that it was trained on, or a longer one with the same beginning
   * @param listener hears how training goes
   * @return the model, for the caller to close
   * @throws dev.refrain.io.MalformedFileException if the file is damaged or holds no forecast model
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it holds no training, or one of other settings or columns,
   *     or its history has grown and it is to end early ({@link Builder#earlyStopping})
   */
  public ForecastModel resume(Kernels kernels, Path file, double[] history, FitListener listener)
      throws IOException {
    settings.requireNoColumns();
    return training(kernels, listener, null).resume(file, settings.task(history), null, null);
  }

  /** As {@link #resume(Kernels, Path, double[], FitListener)}, with several columns. */
  public ForecastModel resume(Kernels kernels, Path file, Series history, FitListener listener)
      throws IOException {
    return resumeColumns(file, history, training(kernels, listener, null));
  }

  /**
   * As {@link #resume(Kernels, Path, Series, FitListener)}, from the file of the checkpoints, which
   * are kept from there on as well.
   */
  public ForecastModel resume(
      Kernels kernels, Checkpoints checkpoints, Series history, FitListener listener)
      throws IOException {
    try {
      return resumeColumns(checkpoints.file(), history, training(kernels, listener, checkpoints));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ForecastModel resumeColumns(Path file, Series history, ForecastTraining training)
      throws IOException {
    Columns columns = settings.columns(history);
    return training.resume(file, settings.task(history, columns), columns, timeline(history));
  }

  /**
   * The window that {@link #fit} uses for a history if the choice is {@link
   * Transformation#choose}'s; another one where the validation chooses otherwise and the history is
   * short.
   *
   * @throws TooFewRowsException if the history is too short for it
   * @throws IllegalArgumentException as fit does
   */
  public int windowFor(double[] history) {
    return settings.check(settings.task(history), settings.singleShape());
  }

  /** Steps of training that {@link #fit} takes. */
  public int steps() {
    return settings.steps;
  }

  /** Bytes of memory that one network takes in training, about. */
  public double bytesPerNetwork(int window) {
    return (double) Float.BYTES * settings.floats(settings.singleShape(), window);
  }

  /** What is trained and how, for people. */
  @Override
  public String toString() {
    return "%d x %s of %d x %d units, %s, learning rate %s, %d steps"
        .formatted(
            settings.members,
            settings.cell,
            settings.layers,
            settings.units,
            settings.optimizer,
            settings.learningRate,
            settings.steps);
  }

  /** Collects the values of a {@link Forecaster}. */
  public static final class Builder {
    private static final int MOST_LAYERS = 100;

    private final ForecastSettings settings = new ForecastSettings();

    private Builder() {}

    /** Where {@link Forecaster#fit(double[])} computes; by default the fastest that works. */
    public Builder device(Device newDevice) {
      settings.device = Objects.requireNonNull(newDevice, "device");
      return this;
    }

    /**
     * Columns of a {@link Series} that are forecast; by default the first that is not known ahead.
     * Columns that are neither are read for what they tell, and forecast as well where the forecast
     * feeds on itself.
     */
    public Builder targets(String... names) {
      settings.targets = List.of(names);
      return this;
    }

    /** Columns that are known ahead, such as prices or holidays; by default none. */
    public Builder known(String... names) {
      settings.known = List.of(names);
      return this;
    }

    /** Whether the dates of a series tell the network the time of year, week and day. */
    public Builder calendar(boolean newCalendar) {
      settings.calendar = newCalendar;
      return this;
    }

    /** What the recurrent layers are made of; by default a GRU with tanh. */
    public Builder cell(Cell newCell) {
      settings.cell = Objects.requireNonNull(newCell, "cell");
      return this;
    }

    /** Recurrent layers upon each other, at most 100; by default 1. */
    public Builder layers(int count) {
      if (count > MOST_LAYERS) {
        throw new IllegalArgumentException(
            "layers is " + count + "; it must be at most " + MOST_LAYERS);
      }
      settings.layers = positive(count, "layers");
      return this;
    }

    /** Units of each layer; by default 32. */
    public Builder units(int count) {
      settings.units = positive(count, "units");
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
      settings.window = steps;
      return this;
    }

    /**
     * Length of a season in steps, 1 for none; 0, the default, for what {@link Seasonality#detect}
     * finds.
     */
    public Builder season(int steps) {
      settings.season = notNegative(steps, "season");
      return this;
    }

    /**
     * Steps that forecasts are judged by in validation, and that are predicted at once where {@link
     * #direct} is asked for; 0, the default, for a season, or 12 where there is none.
     */
    public Builder horizon(int steps) {
      settings.horizon = notNegative(steps, "horizon");
      return this;
    }

    /**
     * Whether all steps of the horizon are predicted at once, from true values alone; by default
     * they are predicted one by one, each from those before.
     */
    public Builder direct(boolean newDirect) {
      settings.direct = newDirect;
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
      settings.scaling = name;
      return this;
    }

    /** How values are transformed; null, the default, for what the validation finds best. */
    public Builder transformation(Transformation newTransformation) {
      settings.transformation = newTransformation;
      return this;
    }

    /**
     * Last rows of the history that transformations are chosen and intervals measured by: networks
     * that have not seen them forecast them. 0 for no validation: {@link Transformation#choose}
     * chooses, and there are no intervals. By default three seasons (24 rows without a season), at
     * most a third of the history.
     */
    public Builder validationRows(int rows) {
      settings.validationRows = notNegative(rows, "validationRows");
      return this;
    }

    /** What training minimises, on scaled values; by default the mean squared error. */
    public Builder loss(Loss newLoss) {
      if (newLoss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY) {
        throw new IllegalArgumentException(
            "loss is SOFTMAX_CROSS_ENTROPY, which is for classes; choose MSE, RMSE, MAE or HUBER");
      }
      settings.loss = newLoss;
      return this;
    }

    /** How gradients become new parameters; by default Adam. */
    public Builder optimizer(Optimizer newOptimizer) {
      settings.optimizer = Objects.requireNonNull(newOptimizer, "optimizer");
      return this;
    }

    /** Learning rate of the first step; by default 0.005. */
    public Builder learningRate(double rate) {
      if (!(rate > 0 && Double.isFinite(rate))) {
        throw new IllegalArgumentException(
            "learning rate is " + rate + "; it must be finite and above 0");
      }
      settings.learningRate = rate;
      return this;
    }

    /** How the learning rate follows the step; null, the default, for half a cosine to 0. */
    public Builder schedule(Schedule newSchedule) {
      settings.schedule = newSchedule;
      return this;
    }

    /** Bound of a network's gradient norm; by default 1, and 0 for none. */
    public Builder clipNorm(double limit) {
      if (!(limit >= 0 && Double.isFinite(limit))) {
        throw new IllegalArgumentException(
            "clipNorm is " + limit + "; give a positive bound, or 0 for none");
      }
      settings.clipNorm = limit;
      return this;
    }

    /** Training steps; by default 300. */
    public Builder steps(int count) {
      settings.steps = positive(count, "steps");
      return this;
    }

    /**
     * Lets training end early: the last rows of the history ({@link #validationRows}, or 12; fewer
     * where it is short) are not learnt from, each network is looked at 40 times on its way, ended
     * once that many looks have shown nothing better, and given the parameters that did best. 0,
     * the default, to learn from all rows for all steps.
     */
    public Builder earlyStopping(int looks) {
      settings.patience = notNegative(looks, "earlyStopping");
      return this;
    }

    /** Windows of one training step; by default 32. */
    public Builder batch(int windows) {
      settings.batch = positive(windows, "batch");
      return this;
    }

    /** Networks of each transformation, whose median is its forecast; by default 5. */
    public Builder members(int count) {
      settings.members = positive(count, "members");
      return this;
    }

    /** Seed of the first network; the others have those that follow. By default 1. */
    public Builder seed(long newSeed) {
      settings.seed = newSeed;
      return this;
    }

    /**
     * The forecaster.
     *
     * @throws IllegalArgumentException if its networks have more parameters than fit an array
     */
    public Forecaster build() {
      Forecaster forecaster = new Forecaster(new ForecastSettings(settings));
      if (!forecaster.settings.fitsAnArray()) {
        throw new IllegalArgumentException(
            "%d networks of %d layers of %d units have too many parameters; choose fewer units"
                .formatted(settings.members, settings.layers, settings.units));
      }
      return forecaster;
    }

    private static int notNegative(int value, String name) {
      if (value < 0) {
        throw new IllegalArgumentException(
            name + " is " + value + "; it must be at least 1, or 0 for an automatic one");
      }
      return value;
    }

    private static int positive(int value, String name) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
      }
      return value;
    }
  }
}
