package dev.refrain.series;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(Forecaster.class);

  /** The automatic window spans this many seasons: one to know its shape, one to see it change. */
  private static final int SEASONS_A_WINDOW = 2;

  private static final int SHORTEST_AUTOMATIC_WINDOW = 12;
  private static final int USUAL_WINDOW = 24;
  private static final int LONGEST_AUTOMATIC_WINDOW = 192;

  /** Seasonal differences are tried where that many seasons are known. */
  private static final int SEASONS_TO_DIFFERENCE = 5;

  private static final int USUAL_DIRECT_STEPS = 12;

  final Device device;
  final List<String> targets;
  final List<String> known;
  final boolean calendar;
  final Cell cell;
  final int layers;
  final int units;
  final int window;
  final int season;
  final int horizon;
  final boolean direct;
  final String scaling;
  final Transformation transformation;
  final int validationRows;
  final Loss loss;
  final Optimizer optimizer;
  final Schedule schedule;
  final double learningRate;
  final double clipNorm;
  final int steps;
  final int patience;
  final int batch;
  final int members;
  final long seed;

  private Forecaster(Builder builder) {
    device = builder.device;
    targets = builder.targets;
    known = builder.known;
    calendar = builder.calendar;
    cell = builder.cell;
    layers = builder.layers;
    units = builder.units;
    window = builder.window;
    season = builder.season;
    horizon = builder.horizon;
    direct = builder.direct;
    scaling = builder.scaling;
    transformation = builder.transformation;
    validationRows = builder.validationRows;
    loss = builder.loss;
    optimizer = builder.optimizer;
    schedule = builder.schedule;
    learningRate = builder.learningRate;
    clipNorm = builder.clipNorm;
    steps = builder.steps;
    patience = builder.patience;
    batch = builder.batch;
    members = builder.members;
    seed = builder.seed;
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
    Kernels kernels = Engines.open(device);
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
   * @throws IllegalArgumentException if a value is not finite, or a logarithm is wanted of values
   *     that are not all positive
   * @throws dev.refrain.network.NonFiniteLossException if the loss or a gradient becomes NaN or
   *     infinite; the message says what to change
   */
  public ForecastModel fit(Kernels kernels, double[] history, FitListener listener) {
    return fit(kernels, task(history), Columns.SINGLE, null, listener, null);
  }

  /**
   * Trains on a series of several columns: targets that are forecast ({@link Builder#targets}),
   * columns that are known ahead ({@link Builder#known}), and others that are read for what they
   * tell. As {@link #fit(Kernels, double[], FitListener)} otherwise.
   */
  public ForecastModel fit(Kernels kernels, Series history, FitListener listener) {
    return fitColumns(kernels, history, listener, null);
  }

  /**
   * As {@link #fit(Kernels, Series, FitListener)}, but keeps checkpoints on the way, from which
   * {@link #resume(Kernels, Checkpoints, Series, FitListener)} goes on after a run was killed.
   * There is none before so many steps of training, and none of a constant series.
   *
   * @throws IOException if a checkpoint cannot be written; its file is then as it was before
   * @throws IllegalArgumentException also if training is to end early
   */
  public ForecastModel fit(
      Kernels kernels, Series history, FitListener listener, Checkpoints checkpoints)
      throws IOException {
    requireNoEarlyStopping();
    try {
      return fitColumns(kernels, history, listener, checkpoints);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ForecastModel fitColumns(
      Kernels kernels, Series history, FitListener listener, Checkpoints checkpoints) {
    Columns columns = Columns.of(history, targets, known, calendar);
    Timeline timeline = history.times().map(Timeline::of).orElse(null);
    return fit(kernels, task(history, columns), columns, timeline, listener, checkpoints);
  }

  /** Checkpoints are null where none are wanted. */
  private ForecastModel fit(
      Kernels kernels,
      Task task,
      Columns columns,
      Timeline timeline,
      FitListener listener,
      Checkpoints checkpoints) {
    FrameShape shape = shape(columns, timeline);
    check(task, shape);
    Learning learning = new Learning(kernels, this, shape, listener);
    Learning.Plan plan = learning.plan(List.of(task)).get(0);
    if (task.isConstant(shape.targets())) {
      LOG.warn(
          "the series is constant, {} in all {} rows: that is the forecast, and nothing is trained",
          task.rows()[0][0],
          task.rows().length);
      Learnt learnt = learning.train(List.of(plan)).get(0);
      return ForecastModel.of(kernels, this, learnt, columns, timeline);
    }
    GroupTraining training = learning.begin(plan);
    try {
      ForecastModel model =
          ForecastModel.trained(
              training,
              shape,
              columns,
              timeline,
              learning.variants(plan),
              plan.verdict().residuals(),
              TrainingRecord.of(this, task));
      run(training, model, learning, checkpoints);
      return model;
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  /** Takes the steps that are left, and keeps checkpoints where they are wanted. */
  private void run(
      GroupTraining training, ForecastModel model, Learning learning, Checkpoints checkpoints) {
    if (checkpoints != null) {
      training.keeping(checkpoints.interval(), () -> keep(model, checkpoints.file()));
    }
    long left = Math.max(0, steps - training.trainer().steps());
    training.run(left, learning.progress().of(training.network().groups()));
    training.trainer().check();
  }

  private static void keep(ForecastModel model, Path file) {
    // An interrupt closes a file that is being written: it has to wait.
    boolean interrupted = Thread.interrupted();
    try {
      model.saveTraining(file);
    } catch (IOException e) {
      // One that came meanwhile is not lost, and the file is as it was before.
      if (!Thread.currentThread().isInterrupted()) {
        throw new UncheckedIOException(e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireNoEarlyStopping() {
    if (patience > 0) {
      throw new IllegalArgumentException(
          "earlyStopping is "
              + patience
              + ", but a training that ends early cannot be resumed: the file does not hold its best"
              + " parameters so far; fit anew");
    }
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
   *     or training is to end early ({@link Builder#earlyStopping})
   */
  public ForecastModel resume(Kernels kernels, Path file, double[] history, FitListener listener)
      throws IOException {
    Task task = task(history);
    return resume(kernels, file, task, null, null, listener, null);
  }

  /** As {@link #resume(Kernels, Path, double[], FitListener)}, with several columns. */
  public ForecastModel resume(Kernels kernels, Path file, Series history, FitListener listener)
      throws IOException {
    Columns columns = Columns.of(history, targets, known, calendar);
    Timeline timeline = history.times().map(Timeline::of).orElse(null);
    return resume(kernels, file, task(history, columns), columns, timeline, listener, null);
  }

  /**
   * As {@link #resume(Kernels, Path, Series, FitListener)}, from the file of the checkpoints, which
   * are kept from there on as well.
   */
  public ForecastModel resume(
      Kernels kernels, Checkpoints checkpoints, Series history, FitListener listener)
      throws IOException {
    Columns columns = Columns.of(history, targets, known, calendar);
    Timeline timeline = history.times().map(Timeline::of).orElse(null);
    Task task = task(history, columns);
    try {
      return resume(kernels, checkpoints.file(), task, columns, timeline, listener, checkpoints);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Columns are null where they have no names. */
  private ForecastModel resume(
      Kernels kernels,
      Path file,
      Task task,
      Columns columns,
      Timeline timeline,
      FitListener listener,
      Checkpoints checkpoints)
      throws IOException {
    requireNoEarlyStopping();
    Checkpoint checkpoint = Checkpoint.load(file);
    ForecastModel.Saved saved = ForecastModel.Saved.of(file, checkpoint);
    if (task.rows()[0].length != saved.shape().columns()) {
      throw new IllegalArgumentException(
          "the history has %d columns, the model in %s has %d"
              .formatted(task.rows()[0].length, file, saved.shape().columns()));
    }
    if (columns != null && !columns.equals(saved.columns())) {
      throw new IllegalArgumentException(
          "the history is read as %s, the model in %s was trained on %s; give the same columns"
              .formatted(columns, file, saved.columns()));
    }
    if (checkpoint.hasTraining()) {
      TrainingRecord.requireSame(file, checkpoint.config(), this, task);
    }
    // The engine takes what the one that saved had found by timing, for the same bits.
    checkpoint.network(kernels).close();
    Learning learning = new Learning(kernels, this, saved.shape(), listener);
    GroupTraining training = learning.begin(task, saved.variants(), checkpoint.groups());
    try {
      checkpoint.resume(training.trainer());
      List<Variant> variants = new ArrayList<>();
      for (Variant each : saved.variants()) {
        ForecastOrigin end = each.origin();
        variants.add(
            new Variant(end.preparation().origin(task.rows(), end.window().length), each.weight()));
      }
      ForecastModel model =
          ForecastModel.trained(
              training,
              saved.shape(),
              saved.columns(),
              timeline,
              variants,
              saved.residuals(),
              TrainingRecord.of(this, task));
      run(training, model, learning, checkpoints);
      return model;
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  /** Some columns as a task. */
  Task task(Series history, Columns columns) {
    double[][] rows = columns.rows(history);
    double[] first = Preparation.column(rows, 0);
    int length =
        season > 0
            ? season
            : history
                .times()
                .map(times -> times.frequency().usualSeason())
                .filter(usual -> usual > 1)
                .orElseGet(() -> Seasonality.detect(first));
    return new Task(columns.targets().get(0), rows, length, seed);
  }

  /** One series as a task. */
  Task task(double[] history) {
    checkFinite(history);
    double[][] rows = new double[history.length][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = new double[] {history[row]};
    }
    return new Task("", rows, season > 0 ? season : Seasonality.detect(history), seed);
  }

  /** What goes into the networks and comes out. */
  FrameShape shape(Columns columns, Timeline timeline) {
    int ahead = direct ? (horizon > 0 ? horizon : USUAL_DIRECT_STEPS) : 0;
    int features = columns.calendar() ? CalendarFeatures.count(timeline.frequency()) : 0;
    return new FrameShape(
        columns.targets().size(),
        columns.covariates().size(),
        columns.known().size() + features,
        ahead);
  }

  /** The shape of a series of one column. */
  FrameShape singleShape() {
    return shape(Columns.SINGLE, null);
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
    return check(task(history), singleShape());
  }

  /** Makes sure that a task can be learnt at all; returns the window. */
  int check(Task task, FrameShape shape) {
    if (task.rows().length == 0) {
      throw new TooFewRowsException(0, Math.max(1, window), Math.max(1, window) + 1);
    }
    Transformation chosen = unvalidated(task, shape.targets());
    if (chosen.logarithm()) {
      for (int target = 0; target < shape.targets(); target++) {
        chosen.levels(task.column(target));
      }
    }
    int lost = chosen.lost(task.season()) + shape.block() - 1;
    int length = windowOf(task.rows().length, lost, task.season());
    if (task.rows().length - lost <= length) {
      throw new TooFewRowsException(task.rows().length, length, length + 1 + lost);
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

  /** The transformations that the validation tries. */
  List<Transformation> candidates(Task task, int targets) {
    if (transformation != null) {
      return List.of(transformation);
    }
    List<Transformation> candidates = new ArrayList<>();
    boolean seasonal =
        task.season() > 1 && task.rows().length >= SEASONS_TO_DIFFERENCE * task.season();
    for (int logarithm = 0; logarithm <= (task.isPositive(targets) ? 1 : 0); logarithm++) {
      candidates.add(new Transformation(logarithm == 1, false));
      candidates.add(new Transformation(logarithm == 1, true));
      if (seasonal) {
        candidates.add(
            new Transformation(logarithm == 1, Transformation.Seasonal.DIFFERENCE, false));
      }
    }
    return candidates;
  }

  /** The transformation where no validation says otherwise. */
  Transformation unvalidated(Task task, int targets) {
    if (transformation != null) {
      return transformation;
    }
    Transformation chosen = Transformation.choose(task.column(0), task.season());
    return task.isPositive(targets) ? chosen : new Transformation(false, chosen.difference());
  }

  /**
   * The window for so many rows, of which some are lost.
   *
   * <p>The automatic one spans some seasons, but at most half of the rows, so that windows differ;
   * and never less than a season.
   */
  int windowOf(int rows, int lost, int seasonLength) {
    if (window > 0) {
      return window;
    }
    int wished = seasonLength > 1 ? SEASONS_A_WINDOW * seasonLength : USUAL_WINDOW;
    int least = Math.max(seasonLength, SHORTEST_AUTOMATIC_WINDOW);
    int most = Math.min(Math.max(wished, USUAL_WINDOW), LONGEST_AUTOMATIC_WINDOW);
    return Math.min(most, Math.max((rows - lost) / 2, least));
  }

  NetworkSpec spec(FrameShape shape) {
    NetworkSpec.Builder spec = NetworkSpec.builder(shape.inputs());
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell, units);
    }
    return spec.projection(shape.outputs()).build();
  }

  Schedule scheduleOver(int trainingSteps) {
    return schedule != null ? schedule : Schedule.cosine(trainingSteps, 0);
  }

  /** Floats that the activations of one network in training take, about. */
  long activations(FrameShape shape, int windowLength) {
    long perStep = shape.inputs() + 3L * shape.outputs() + 10L * layers * units;
    return perStep * windowLength * batch;
  }

  /** Floats that one network in training takes in all, about. */
  long floats(FrameShape shape, int windowLength) {
    // Parameters, gradients, and the optimizer's arrays.
    return activations(shape, windowLength)
        + (2L + optimizer.slots()) * ParameterLayout.of(spec(shape)).size();
  }

  private boolean fitsAnArray() {
    try {
      long networks = Math.multiplyExact((long) members, 4);
      return Math.multiplyExact(ParameterLayout.of(spec(singleShape())).size(), networks)
          <= Integer.MAX_VALUE;
    } catch (ArithmeticException e) {
      return false;
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

    private Device device = Device.AUTO;
    private List<String> targets = List.of();
    private List<String> known = List.of();
    private boolean calendar;
    private Cell cell = new GruCell(Activation.TANH, GruForm.RESET_AFTER);
    private int layers = 1;
    private int units = 32;
    private int window;
    private int season;
    private int horizon;
    private boolean direct;
    private String scaling = StandardScaler.NAME;
    private Transformation transformation;
    private int validationRows = -1;
    private Loss loss = Loss.MSE;
    private Optimizer optimizer = new Adam();
    private Schedule schedule;
    private double learningRate = 0.005;
    private double clipNorm = 1;
    private int steps = 300;
    private int patience;
    private int batch = 32;
    private int members = 5;
    private long seed = 1;

    private Builder() {}

    /** Where {@link Forecaster#fit(double[])} computes; by default the fastest that works. */
    public Builder device(Device newDevice) {
      device = Objects.requireNonNull(newDevice, "device");
      return this;
    }

    /**
     * Columns of a {@link Series} that are forecast; by default the first that is not known ahead.
     * Columns that are neither are read for what they tell, and forecast as well where the forecast
     * feeds on itself.
     */
    public Builder targets(String... names) {
      targets = List.of(names);
      return this;
    }

    /** Columns that are known ahead, such as prices or holidays; by default none. */
    public Builder known(String... names) {
      known = List.of(names);
      return this;
    }

    /** Whether the dates of a series tell the network the time of year, week and day. */
    public Builder calendar(boolean newCalendar) {
      calendar = newCalendar;
      return this;
    }

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

    /**
     * Length of a season in steps, 1 for none; 0, the default, for what {@link Seasonality#detect}
     * finds.
     */
    public Builder season(int steps) {
      season = notNegative(steps, "season");
      return this;
    }

    /**
     * Steps that forecasts are judged by in validation, and that are predicted at once where {@link
     * #direct} is asked for; 0, the default, for a season, or 12 where there is none.
     */
    public Builder horizon(int steps) {
      horizon = notNegative(steps, "horizon");
      return this;
    }

    /**
     * Whether all steps of the horizon are predicted at once, from true values alone; by default
     * they are predicted one by one, each from those before.
     */
    public Builder direct(boolean newDirect) {
      direct = newDirect;
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

    /** How values are transformed; null, the default, for what the validation finds best. */
    public Builder transformation(Transformation newTransformation) {
      transformation = newTransformation;
      return this;
    }

    /**
     * Last rows of the history that transformations are chosen and intervals measured by: networks
     * that have not seen them forecast them. 0 for no validation: {@link Transformation#choose}
     * chooses, and there are no intervals. By default three seasons (24 rows without a season), at
     * most a third of the history.
     */
    public Builder validationRows(int rows) {
      validationRows = notNegative(rows, "validationRows");
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

    /** How the learning rate follows the step; null, the default, for half a cosine to 0. */
    public Builder schedule(Schedule newSchedule) {
      schedule = newSchedule;
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

    /**
     * Lets training end early: the last rows of the history ({@link #validationRows}, or 12; fewer
     * where it is short) are not learnt from, each network is looked at 40 times on its way, ended
     * once that many looks have shown nothing better, and given the parameters that did best. 0,
     * the default, to learn from all rows for all steps.
     */
    public Builder earlyStopping(int looks) {
      patience = notNegative(looks, "earlyStopping");
      return this;
    }

    /** Windows of one training step; by default 32. */
    public Builder batch(int windows) {
      batch = positive(windows, "batch");
      return this;
    }

    /** Networks of each transformation, whose median is its forecast; by default 5. */
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
