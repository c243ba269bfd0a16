package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.Trainer;
import dev.refrain.series.Predictions.Start;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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

  /** What the model closes with itself, or null. */
  private Kernels owned;

  private final FrameShape shape;
  private final Columns columns;

  /** Null where rows are merely numbered. */
  private final Timeline timeline;

  private final List<Variant> variants;

  /** One a target; empty where there was no validation. */
  private final List<Residuals> residuals;

  /** What a training that goes on must have in common with this one; empty where there was none. */
  private final Map<String, String> record;

  private final long steps;
  private final boolean constant;

  private ForecastModel(
      Network network,
      Trainer trainer,
      FrameShape shape,
      Columns columns,
      Timeline timeline,
      List<Variant> variants,
      List<Residuals> residuals,
      Map<String, String> record,
      long steps,
      boolean constant) {
    this.network = network;
    this.trainer = trainer;
    this.shape = shape;
    this.columns = columns;
    this.timeline = timeline;
    this.variants = List.copyOf(variants);
    this.residuals = List.copyOf(residuals);
    this.record = Map.copyOf(record);
    this.steps = steps;
    this.constant = constant;
  }

  /** Closes the kernels with itself. */
  ForecastModel owning(Kernels kernels) {
    owned = kernels;
    return this;
  }

  /** The model of a training, at any time of it; takes over the training. */
  static ForecastModel trained(
      GroupTraining training,
      FrameShape shape,
      Columns columns,
      Timeline timeline,
      List<Variant> variants,
      List<Residuals> residuals,
      Map<String, String> record) {
    return new ForecastModel(
        training.network(),
        training.trainer(),
        shape,
        columns,
        timeline,
        variants,
        residuals,
        record,
        0,
        false);
  }

  /** The model of what was learnt, with networks of its own. */
  static ForecastModel of(
      Kernels kernels, Forecaster settings, Learnt learnt, Columns columns, Timeline timeline) {
    Network network =
        new Network(kernels, settings.spec(learnt.shape()), learnt.parameters().length);
    for (int group = 0; group < learnt.parameters().length && !learnt.constant(); group++) {
      network.write(group, learnt.parameters()[group]);
    }
    return new ForecastModel(
        network,
        null,
        learnt.shape(),
        columns,
        timeline,
        learnt.variants(),
        learnt.residuals(),
        Map.of(),
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
    Saved saved = Saved.of(file, checkpoint);
    return new ForecastModel(
        checkpoint.network(kernels),
        null,
        saved.shape,
        saved.columns,
        saved.timeline,
        saved.variants,
        saved.residuals,
        Map.of(),
        saved.steps,
        saved.constant);
  }

  /** What a file says of a model beside its networks. */
  record Saved(
      FrameShape shape,
      Columns columns,
      Timeline timeline,
      List<Variant> variants,
      List<Residuals> residuals,
      long steps,
      boolean constant) {

    static Saved of(Path file, Checkpoint checkpoint) throws MalformedFileException {
      try {
        return of(checkpoint);
      } catch (IllegalArgumentException e) {
        throw new MalformedFileException(file, "holds no forecast model: " + e.getMessage(), e);
      }
    }

    private static Saved of(Checkpoint checkpoint) {
      Map<String, String> config = checkpoint.config();
      FrameShape shape = ForecastModel.shape(config, checkpoint.spec());
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
      int window = variants.get(0).origin().window().length;
      if (variants.stream().anyMatch(each -> each.origin().window().length != window)) {
        throw new IllegalArgumentException("its variants have windows of different lengths");
      }
      Columns columns = Columns.fromConfig(config);
      Timeline timeline = Timeline.fromConfig(config);
      if (columns.targets().size() != shape.targets() || (columns.calendar() && timeline == null)) {
        throw new IllegalArgumentException("its columns do not fit their names");
      }
      List<Residuals> residuals = new ArrayList<>();
      while (config.containsKey(RESIDUALS + residuals.size() + ".scores")) {
        residuals.add(Residuals.fromConfig(within(config, RESIDUALS + residuals.size() + ".")));
      }
      if (!residuals.isEmpty() && residuals.size() != shape.targets()) {
        throw new IllegalArgumentException(
            "it has residuals of %d targets and forecasts %d"
                .formatted(residuals.size(), shape.targets()));
      }
      return new Saved(
          shape,
          columns,
          timeline,
          variants,
          residuals,
          Long.parseLong(config.getOrDefault(STEPS, "0")),
          Boolean.parseBoolean(config.get(CONSTANT)));
    }
  }

  /** Reads the shape, and makes sure that it is the network's before anything is made of it. */
  private static FrameShape shape(Map<String, String> config, NetworkSpec spec) {
    double[] sizes = ForecastOrigin.numbers(config, SHAPE);
    int most = Math.max(spec.inputs(), spec.outputs());
    if (sizes.length != 4
        || !Arrays.stream(sizes).allMatch(size -> size >= 0 && size <= most)
        || sizes[0] < 1) {
      throw new IllegalArgumentException("its '" + SHAPE + "' are " + Arrays.toString(sizes));
    }
    long targets = (long) sizes[0];
    long values = targets + (long) sizes[1];
    long known = (long) sizes[2];
    long block = Math.max(1, (long) sizes[3]);
    long inputs = values + known * block;
    long outputs = sizes[3] >= 1 ? targets * block : values;
    if (inputs != spec.inputs() || outputs != spec.outputs()) {
      throw new IllegalArgumentException(
          "its network of %d inputs and %d outputs does not fit its columns, which need %d and %d"
              .formatted(spec.inputs(), spec.outputs(), inputs, outputs));
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
   * Forecasts the first target with intervals.
   *
   * @param horizon how many values, at least 1
   * @param level share of true values that the intervals are meant to hold, above 0 and below 1;
   *     NaN for no intervals
   * @return the forecast; without intervals where there was no validation to measure them by
   * @throws IllegalArgumentException if a number is out of range, or the model has columns that are
   *     known ahead: give them to {@link #predict(int, double, double[][])}
   */
  public Forecast predict(int horizon, double level) {
    return predict(horizon, level, new double[Math.max(0, horizon)][0]).get(0);
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
    if (horizon < 1) {
      throw new IllegalArgumentException("horizon is " + horizon + "; it must be at least 1");
    }
    if (level <= 0 || level >= 1) {
      throw new IllegalArgumentException("level is " + level + "; it must lie between 0 and 1");
    }
    if (shape.ahead() > 0 && shape.covariates() > 0 && horizon > shape.ahead()) {
      throw new IllegalArgumentException(
          "horizon is %d, but this model predicts %d steps at once and does not know %s of later ones"
              .formatted(horizon, shape.ahead(), columns.covariates()));
    }
    double[][] future = future(horizon, known);
    List<Forecast> forecasts = new ArrayList<>();
    double[][][] paths = constant ? null : paths(horizon, future);
    for (int target = 0; target < shape.targets(); target++) {
      forecasts.add(constant ? constant(target, horizon, level) : combined(paths, target, level));
    }
    return forecasts;
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
    return after(newHistory).predict(horizon, level, known);
  }

  /** As {@link #predict(Series, int, double, double[][])}, of a model of one column. */
  public Forecast predict(double[] newHistory, int horizon, double level) {
    double[][] rows = new double[newHistory.length][];
    Arrays.setAll(rows, row -> new double[] {newHistory[row]});
    if (shape.columns() > 1 || columns.calendar()) {
      throw new IllegalStateException("this model has other columns; give a series of all of them");
    }
    requireSuited(rows);
    return at(rows, null).predict(horizon, level);
  }

  /** The same networks at the end of other rows; not to be closed. */
  private ForecastModel after(Series newHistory) {
    Columns own = columns;
    if (newHistory.columns() == 1 && shape.values() == 1 && columns.known().isEmpty()) {
      own = new Columns(newHistory.names(), List.of(), List.of(), columns.calendar());
    }
    List<String> wanted = new ArrayList<>(own.targets());
    wanted.addAll(own.covariates());
    wanted.addAll(own.known());
    wanted.removeAll(newHistory.names());
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "the rows lack the columns %s that the model reads; they have %s"
              .formatted(wanted, newHistory.names()));
    }
    Timeline newTimeline = newHistory.times().map(Timeline::of).orElse(null);
    if (timeline != null
        && newTimeline != null
        && !timeline.frequency().equals(newTimeline.frequency())) {
      throw new IllegalArgumentException(
          "the rows are %s, and the model learnt a series that is %s"
              .formatted(newTimeline.frequency(), timeline.frequency()));
    }
    if (columns.calendar() && newTimeline == null) {
      throw new IllegalArgumentException(
          "the model reads the calendar, and the rows have no dates");
    }
    double[][] rows = own.rows(newHistory);
    int skipped =
        timeline == null || newTimeline == null ? 0 : timeline.rowsToPhase(newTimeline, season());
    double[][] inPhase = Arrays.copyOfRange(rows, Math.min(skipped, rows.length), rows.length);
    requireSuited(inPhase);
    return at(inPhase, newTimeline);
  }

  private ForecastModel at(double[][] rows, Timeline newTimeline) {
    List<Variant> moved = new ArrayList<>();
    for (Variant each : variants) {
      Preparation preparation = each.origin().preparation();
      moved.add(new Variant(preparation.origin(rows, window()), each.weight()));
    }
    return new ForecastModel(
        network, null, shape, columns, newTimeline, moved, residuals, record, steps(), constant);
  }

  /** Makes sure that the networks can go on from some rows. */
  private void requireSuited(double[][] rows) {
    int lost = variants.stream().mapToInt(it -> it.origin().preparation().lost()).max().orElse(0);
    if (rows.length < window() + lost) {
      throw new IllegalArgumentException(
          "there are %d rows to go on from; a window of %d and the transformations need %d"
              .formatted(rows.length, window(), window() + lost));
    }
    boolean logarithm = transformations().keySet().stream().anyMatch(Transformation::logarithm);
    for (int row = 0; row < rows.length; row++) {
      for (int column = 0; column < rows[row].length; column++) {
        double value = rows[row][column];
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "row %d is %s; the rows to go on from hold finite numbers only"
                  .formatted(row, value));
        }
        if (logarithm && column < shape.targets() && value <= 0) {
          throw new IllegalArgumentException(
              "row %d is %s, which has no logarithm, and the model takes logarithms"
                  .formatted(row, value));
        }
      }
    }
  }

  /**
   * Lets the networks go on by themselves: each is fed its own predictions. Of a model with one
   * column that predicts step by step.
   *
   * @param length values to generate, at least 1
   * @param seed values to go on from, at least a {@link #window} and what the transformations take
   *     of it; null for a window of zeros on the networks' own scale, after the end of the history
   * @param generation how a network gets from one step to the next
   * @return {@code [length]}, without the seed
   * @throws IllegalArgumentException if the seed is too short, or holds what is no number or has no
   *     logarithm where the model takes it
   * @throws IllegalStateException if the model has other columns or predicts many steps at once
   */
  public double[] generate(int length, double[] seed, Generation generation) {
    if (length < 1) {
      throw new IllegalArgumentException("length is " + length + "; it must be at least 1");
    }
    if (shape.columns() > 1 || shape.ahead() > 0) {
      throw new IllegalStateException(
          "this model has other columns or predicts many steps at once; use predict");
    }
    List<List<Start>> starts = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      starts.add(List.of(new Start(startOf(origin(group), seed), new float[0][])));
    }
    double[][][][] predictions =
        generation == Generation.STATEFUL
            ? Predictions.stateful(network, starts, length)
            : Predictions.of(network, starts, length);
    List<double[]> paths = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      paths.add(starts.get(group).get(0).origin().values(predictions[group][0][0], 0));
    }
    return Combination.of(paths, weights(), false).values();
  }

  private ForecastOrigin startOf(ForecastOrigin end, double[] seed) {
    if (seed == null) {
      return new ForecastOrigin(
          end.preparation(), new float[window()][1], end.tail(), end.nextRow());
    }
    int needed = window() + end.preparation().lost();
    if (seed.length < needed) {
      throw new IllegalArgumentException(
          "the seed has %d values; a window of %d and the transformations need %d"
              .formatted(seed.length, window(), needed));
    }
    double[][] rows = new double[seed.length][];
    Arrays.setAll(rows, row -> new double[] {seed[row]});
    requireSuited(rows);
    return end.preparation().origin(rows, window());
  }

  /** What is known of the steps to come: what is given, and dates. */
  private double[][] future(int horizon, double[][] known) {
    double[][] future = new double[horizon][];
    for (int step = 0; step < horizon; step++) {
      if (known.length != horizon || known[step].length != columns.known().size()) {
        throw new IllegalArgumentException(
            "the forecast needs %d rows of what is known ahead, %s; %d are given, with %d numbers"
                .formatted(
                    horizon,
                    columns.known(),
                    known.length,
                    known.length == 0 ? 0 : known[Math.min(step, known.length - 1)].length));
      }
      double[] features =
          columns.calendar()
              ? CalendarFeatures.of(timeline.at(timeline.rows() + step), timeline.frequency())
              : new double[0];
      future[step] = Arrays.copyOf(known[step], known[step].length + features.length);
      System.arraycopy(features, 0, future[step], known[step].length, features.length);
    }
    return future;
  }

  private Forecast constant(int target, int horizon, double level) {
    double[] values = new double[horizon];
    Arrays.fill(values, variants.get(0).origin().lastValue(target));
    return new Forecast(values, null, null, level);
  }

  private Forecast combined(double[][][] paths, int target, double level) {
    boolean measured = !Double.isNaN(level) && !residuals.isEmpty();
    boolean relative = measured && residuals.get(target).relative();
    List<double[]> own = Arrays.stream(paths).map(path -> path[target]).toList();
    Combination combined = Combination.of(own, weights(), relative);
    double[] values = combined.values();
    if (!measured) {
      return new Forecast(values, null, null, level);
    }
    double[] lower = new double[values.length];
    double[] upper = new double[values.length];
    for (int step = 0; step < values.length; step++) {
      double half = residuals.get(target).halfWidth(level, step, combined.spread()[step]);
      lower[step] = relative ? values[step] * Math.exp(-half) : values[step] - half;
      upper[step] = relative ? values[step] * Math.exp(half) : values[step] + half;
    }
    return new Forecast(values, lower, upper, level);
  }

  /** What each network forecasts, as values {@code [G][targets][horizon]}. */
  private double[][][] paths(int horizon, double[][] future) {
    List<List<Start>> starts = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      ForecastOrigin origin = origin(group);
      starts.add(List.of(new Start(origin, origin.preparation().scaledKnown(future))));
    }
    double[][][][] predictions = Predictions.of(network, starts, horizon);
    double[][][] paths = new double[network.groups()][shape.targets()][];
    for (int group = 0; group < paths.length; group++) {
      for (int target = 0; target < shape.targets(); target++) {
        paths[group][target] = origin(group).values(predictions[group][0][target], target);
      }
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
   * @throws IllegalStateException if the model was loaded, its series is constant, or no step was
   *     taken: what an interrupted validation would have chosen is not known
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public void saveTraining(Path file) throws IOException {
    if (trainer == null) {
      throw new IllegalStateException("this model was not trained here; save it without training");
    }
    if (steps() == 0) {
      throw new IllegalStateException("no training step was taken; there is nothing to go on from");
    }
    Map<String, String> config = config();
    config.putAll(record);
    Checkpoint.save(file, trainer, config);
  }

  private Map<String, String> config() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(
        SHAPE,
        String.format(
            Locale.ROOT,
            "%d %d %d %d",
            shape.targets(),
            shape.covariates(),
            shape.known(),
            shape.ahead()));
    config.putAll(columns.toConfig());
    if (timeline != null) {
      config.putAll(timeline.toConfig());
    }
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
    config.put(STEPS, Long.toString(steps()));
    config.put(CONSTANT, Boolean.toString(constant));
    return config;
  }

  /** Names of the columns that it forecasts. */
  public List<String> targets() {
    return columns.targets();
  }

  /** Names of the columns that must be known ahead. */
  public List<String> known() {
    return columns.known();
  }

  /**
   * When a step of the forecast will be.
   *
   * @param step from 0
   * @return its time; empty if the rows of the history were merely numbered
   */
  public Optional<LocalDateTime> timeOf(int step) {
    return Optional.ofNullable(timeline).map(it -> it.at(it.rows() + step));
  }

  /**
   * How the data wrote some of its times, from which its form can be told; empty if its rows were
   * merely numbered, and in models that earlier versions saved.
   */
  public Map<LocalDateTime, String> timeLabels() {
    return timeline == null ? Map.of() : timeline.labels();
  }

  /** Training steps behind it; 0 for a constant series. */
  public long steps() {
    return trainer == null ? steps : trainer.steps();
  }

  /** Whether its series is constant, so that there was nothing to train. */
  public boolean isConstant() {
    return constant;
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

  /** Gives the device's memory back; the kernels stay open if they were given. */
  @Override
  public void close() {
    if (trainer != null) {
      trainer.close();
    }
    network.close();
    if (owned != null) {
      owned.close();
    }
  }
}
