package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a {@link Forecaster} has learnt of one series: networks, and the end of the series, from
 * which forecasts go on.
 *
 * <p>Lifecycle: from {@link Forecaster#fit} or {@link #load}; forecast and save as often as you
 * like; close. The kernels must stay open as long. One thread at a time uses a model.
 */
public final class ForecastModel implements AutoCloseable {
  private final Network network;

  /** The training that made it; null where it was loaded or there was none. */
  private final GroupTraining training;

  /** What the model closes with itself, or null. */
  private Kernels owned;

  private final ModelDescription description;

  /** What a training that goes on must have in common with this one; empty where there was none. */
  private final Map<String, String> record;

  private ForecastModel(
      Network network,
      GroupTraining training,
      ModelDescription description,
      Map<String, String> record) {
    this.network = network;
    this.training = training;
    this.description = description;
    this.record = Map.copyOf(record);
  }

  /** Closes the kernels with itself. */
  ForecastModel owning(Kernels kernels) {
    owned = kernels;
    return this;
  }

  /** The model of a training, at any time of it; takes over the training. */
  static ForecastModel trained(
      GroupTraining training, ModelDescription description, Map<String, String> record) {
    return new ForecastModel(training.network(), training, description, record);
  }

  /** The model of what was learnt, with networks of its own. */
  static ForecastModel of(Kernels kernels, NetworkSpec spec, LearntSeries learnt) {
    float[][] parameters = learnt.parameters();
    Network network = new Network(kernels, spec, parameters.length);
    for (int group = 0; group < parameters.length && !learnt.description().constant(); group++) {
      network.write(group, parameters[group]);
    }
    return new ForecastModel(network, null, learnt.description(), Map.of());
  }

  /**
   * As {@link #load(Path, Kernels)}, on the fastest engine that works; the model closes it.
   *
   * @throws MalformedFileException if the file is damaged or holds no forecast model
   * @throws IOException if it cannot be read
   */
  public static ForecastModel load(Path file) throws IOException {
    Kernels kernels = Engines.open(Device.AUTO);
    try {
      return load(file, kernels).owning(kernels);
    } catch (IOException | RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
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
    ModelDescription description = ModelDescription.of(file, checkpoint);
    return new ForecastModel(checkpoint.bestNetwork(kernels), null, description, Map.of());
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
   * Forecasts the first target with intervals.
   *
   * @param horizon how many values, at least 1
   * @param level share of true values that the intervals are meant to hold, above 0 and below 1;
   *     NaN for no intervals. They never reach farther, in the units of their step, than the
   *     validation's forecasts missed by at most: with few rows in it, high levels hold less.
   * @return the forecast; without intervals where there was no validation to measure them by
   * @throws IllegalArgumentException if a number is out of range, or the model has columns that are
   *     known ahead: give them to {@link #predict(int, double, double[][])}
   */
  public Forecast predict(int horizon, double level) {
    return predict(horizon, level, nothing(horizon)).get(0);
  }

  /**
   * Forecasts all targets.
   *
   * @param horizon how many values, at least 1
   * @param level as in {@link #predict(int, double)}
   * @param known what is known of the steps to come, {@code [horizon][columns known ahead]}, in the
   *     order in which they were named
   * @return one forecast a target, in their order
   */
  public List<Forecast> predict(int horizon, double level, double[][] known) {
    return forecasts(description).of(horizon, level, known);
  }

  /**
   * Forecasts what follows other rows than those that were learnt: newer ones, or those of a series
   * that is like it. Nothing is trained; transformations, scalers and networks are those of the
   * model, and so is the measure of its intervals.
   *
   * @param newHistory rows of the same columns, at least a {@link #window} and what the
   *     transformations take of it; with dates of the same frequency where the model's series had
   *     dates, otherwise beginning in the same place of the season as the rows that were learnt
   * @param horizon how many values, at least 1
   * @param level as in {@link #predict(int, double)}
   * @param known as in {@link #predict(int, double, double[][])}
   * @return one forecast a target, in their order
   * @throws IllegalArgumentException if the rows do not suit the model; the message says why
   */
  public List<Forecast> predict(Series newHistory, int horizon, double level, double[][] known) {
    return forecasts(NewHistory.of(description, newHistory)).of(horizon, level, known);
  }

  /** As {@link #predict(Series, int, double, double[][])}, of a model of one column. */
  public Forecast predict(double[] newHistory, int horizon, double level) {
    return forecasts(NewHistory.of(description, newHistory))
        .of(horizon, level, nothing(horizon))
        .get(0);
  }

  /**
   * Lets the networks go on by themselves: each is fed its own predictions. Of a model with one
   * column.
   *
   * @param length values to generate, at least 1
   * @param seed values to go on from, at least a {@link #window} and what the transformations take
   *     of it; null for a window of zeros on the networks' own scale, after the end of the history
   * @param generation how a network gets from one step to the next
   * @return {@code [length]}, without the seed
   * @throws IllegalArgumentException if the seed is too short, or holds what is no number or has no
   *     logarithm where the model takes it
   * @throws IllegalStateException if the model has other columns, reads what is known ahead, or
   *     predicts many steps at once and is to carry a state
   */
  public double[] generate(int length, double[] seed, Generation generation) {
    NetworkForecasts forecasts = forecasts(description);
    forecasts.requireGoesOnByItself(generation);
    if (description.shape().values() > 1) {
      throw new IllegalStateException(
          "this model has other columns; give generateAll a series of all of them");
    }
    ModelDescription from = seed == null ? description : NewHistory.of(description, seed);
    return forecasts.generate(length, from, seed == null, generation).get(0);
  }

  /**
   * As {@link #generate(int, double[], Generation)}, of a model of several columns: all that are
   * neither targets nor known ahead are predicted and fed back as well. What is known ahead, the
   * calendar included, is not known where a model goes on by itself: such models have {@link
   * #predict(Series, int, double, double[][])} for it.
   *
   * @param seed rows to go on from, as predict takes them; null for zeros
   * @return one array a target, in their order
   */
  public List<double[]> generateAll(int length, Series seed, Generation generation) {
    NetworkForecasts forecasts = forecasts(description);
    forecasts.requireGoesOnByItself(generation);
    ModelDescription from = seed == null ? description : NewHistory.of(description, seed);
    return forecasts.generate(length, from, seed == null, generation);
  }

  /** What is known ahead where no column is. */
  private static double[][] nothing(int horizon) {
    NetworkForecasts.requireSteps(horizon, "horizon");
    double[][] rows = new double[horizon][];
    Arrays.fill(rows, new double[0]);
    return rows;
  }

  private NetworkForecasts forecasts(ModelDescription model) {
    return new NetworkForecasts(network, model);
  }

  /**
   * Saves the networks and all that a forecast needs.
   *
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public void save(Path file) throws IOException {
    Checkpoint.save(file, network, description.toConfig(steps()));
  }

  /**
   * As {@link #save}, with the state of the training that made the model, from which it could go
   * on.
   *
   * @throws IllegalStateException if the model was loaded, its series is constant, or no step was
   *     taken: what an interrupted validation would have chosen is not known
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public void saveTraining(Path file) throws IOException {
    if (training == null) {
      throw new IllegalStateException("this model was not trained here; save it without training");
    }
    if (steps() == 0) {
      throw new IllegalStateException("no training step was taken; there is nothing to go on from");
    }
    Map<String, String> config = description.toConfig(steps());
    config.putAll(record);
    training.save(file, config);
  }

  /** Names of the columns that it forecasts. */
  public List<String> targets() {
    return description.columns().targets();
  }

  /** Names of the columns that it reads beside them and that are known for the past alone. */
  public List<String> covariates() {
    return description.columns().covariates();
  }

  /** Names of the columns that must be known ahead. */
  public List<String> known() {
    return description.columns().known();
  }

  /**
   * When a step of the forecast will be.
   *
   * @param step from 0
   * @return its time; empty if the rows of the history were merely numbered
   * @throws IllegalArgumentException if the step is negative
   */
  public Optional<LocalDateTime> timeOf(int step) {
    if (step < 0) {
      throw new IllegalArgumentException("step is " + step + "; it must be at least 0");
    }
    return Optional.ofNullable(description.timeline()).map(it -> it.at((long) it.rows() + step));
  }

  /**
   * How the data wrote some of its times, from which its form can be told; empty if its rows were
   * merely numbered, and in models that earlier versions saved.
   */
  public Map<LocalDateTime, String> timeLabels() {
    return description.timeline() == null ? Map.of() : description.timeline().labels();
  }

  /** Training steps behind it; 0 for a constant series. */
  public long steps() {
    return training == null ? description.steps() : training.trainer().steps();
  }

  /** Whether its series is constant, so that there was nothing to train. */
  public boolean isConstant() {
    return description.constant();
  }

  /** Length of the window that it reads. */
  public int window() {
    return description.window();
  }

  /** Length of the season that it was trained for; 1 for none. */
  public int season() {
    return description.season();
  }

  /** How values are transformed before they are scaled; the one with the most weight. */
  public Transformation transformation() {
    return transformations().keySet().iterator().next();
  }

  /** All transformations and the weights of the forecasts made by them, which add up to 1. */
  public Map<Transformation, Double> transformations() {
    return description.transformations();
  }

  /**
   * How the last rows of its history were forecast in validation; empty where there was none, and
   * in models that earlier versions saved.
   */
  public Optional<ValidationResult> validation() {
    return Optional.ofNullable(description.validation());
  }

  /**
   * Where a target's history jumped to another level, as far as it was levelled: sizes are those
   * that the weightiest {@link Transformation#leveled} transformation found, of logarithms where it
   * takes them. Empty where none is levelled.
   *
   * @param target in their order
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public List<LevelShift> levelShifts(int target) {
    Objects.checkIndex(target, targets().size());
    return description.variants().stream()
        .map(each -> each.origin().preparation().transformations()[target])
        .filter(each -> each.transformation().leveled())
        .findFirst()
        .map(FittedTransformation::shifts)
        .orElse(List.of());
  }

  /** Gives the device's memory back; the kernels stay open if they were given. */
  @Override
  public void close() {
    if (training != null) {
      training.close();
    } else {
      network.close();
    }
    if (owned != null) {
      owned.close();
    }
  }
}
