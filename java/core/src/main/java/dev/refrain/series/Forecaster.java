package dev.refrain.series;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
    return new ForecastTraining(
        Objects.requireNonNull(kernels, "kernels"),
        this,
        Objects.requireNonNull(listener, "listener"),
        checkpoints);
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
    Cell cell = settings.cell;
    return "%d network%s of %d layer%s of %d %s units (%s), %s, learning rate %s, %d steps, seed %d"
        .formatted(
            settings.members,
            settings.members == 1 ? "" : "s",
            settings.layers,
            settings.layers == 1 ? "" : "s",
            settings.units,
            cell.getClass().getSimpleName().replace("Cell", "").toUpperCase(Locale.ROOT),
            cell.activation().name().toLowerCase(Locale.ROOT),
            settings.optimizer.getClass().getSimpleName(),
            settings.learningRate,
            settings.steps,
            settings.seed);
  }

  /** Collects the values of a {@link Forecaster}. */
  public static final class Builder extends ForecastTrainingBuilder<Builder> {
    private Builder() {}

    @Override
    Builder self() {
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

    /**
     * Past values that a prediction is made from; 0, the default, for two seasons (24 without a
     * season), fewer where the history is short.
     */
    public Builder window(int steps) {
      settings.window = notNegative(steps, "window", AUTOMATIC);
      return this;
    }

    /**
     * Length of a season in steps, 1 for none; 0, the default, for what the dates of a {@link
     * Series} suggest ({@link Frequency#usualSeason}), or else {@link Seasonality#detect} finds.
     */
    public Builder season(int steps) {
      settings.season = notNegative(steps, "season", AUTOMATIC);
      return this;
    }

    /**
     * Steps that forecasts are judged by in validation, and that are predicted at once where {@link
     * #direct} is asked for; 0, the default, for a season, or 12 where there is none.
     */
    public Builder horizon(int steps) {
      settings.horizon = notNegative(steps, "horizon", AUTOMATIC);
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
     * Least value that a target can have, such as 0 of counts: forecasts and intervals that would
     * reach below it end there, and a history that does is refused. By default there is none: that
     * a series was never negative does not tell that it cannot be.
     */
    public Builder minimum(double least) {
      return bounds(least, settings.bounds.maximum());
    }

    /** Largest value that a target can have, such as 100 of percentages; as {@link #minimum}. */
    public Builder maximum(double largest) {
      return bounds(settings.bounds.minimum(), largest);
    }

    private Builder bounds(double least, double largest) {
      if (!(least < largest)) {
        throw new IllegalArgumentException(
            "minimum is %s and maximum %s; the minimum must be a number below the maximum"
                .formatted(least, largest));
      }
      settings.bounds = new Bounds(least, largest);
      return this;
    }

    /**
     * Last rows of the history that transformations are chosen and intervals measured by: networks
     * that have not seen them forecast them. 0 for no validation: {@link Transformation#choose}
     * chooses, and there are no intervals. By default three seasons (24 rows without a season), at
     * most a third of the history.
     */
    public Builder validationRows(int rows) {
      settings.validationRows = notNegative(rows, "validationRows", NONE);
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
            ("%d networks of %d layers of %d units%s have too many parameters; choose fewer units,"
                    + " layers or members%s")
                .formatted(
                    settings.members,
                    settings.layers,
                    settings.units,
                    settings.direct ? " that predict " + settings.horizon + " steps at once" : "",
                    settings.direct ? " or a shorter horizon" : ""));
      }
      return forecaster;
    }
  }
}
