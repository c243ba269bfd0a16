package dev.refrain.series;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a {@link Forecaster} was asked for, with all that follows from it for a given history:
 * season, window, transformations to try, network. A builder fills one in; from then on nothing
 * changes it.
 */
final class ForecastSettings {
  /** The automatic window spans this many seasons: one to know its shape, one to see it change. */
  private static final int SEASONS_A_WINDOW = 2;

  private static final int SHORTEST_AUTOMATIC_WINDOW = 12;
  private static final int USUAL_WINDOW = 24;
  private static final int LONGEST_AUTOMATIC_WINDOW = 192;

  /** Seasonal differences are tried where that many seasons are known. */
  private static final int SEASONS_TO_DIFFERENCE = 5;

  private static final int USUAL_DIRECT_STEPS = 12;

  /** Rows that training ends early by, where no number is given. */
  private static final int USUAL_TAIL = 12;

  Device device = Device.AUTO;
  List<String> targets = List.of();
  List<String> known = List.of();
  boolean calendar;
  Cell cell = new GruCell(Activation.TANH, GruForm.RESET_AFTER);
  int layers = 1;
  int units = 32;
  int window;
  int season;
  int horizon;
  boolean direct;
  String scaling = StandardScaler.NAME;
  Transformation transformation;
  Bounds bounds = Bounds.NONE;
  int validationRows = -1;
  Loss loss = Loss.MSE;
  Optimizer optimizer = new Adam();
  Schedule schedule;
  double learningRate = 0.005;
  double clipNorm = 1;
  int steps = 300;
  int patience;
  int batch = 32;
  int members = 5;
  long seed = 1;

  ForecastSettings() {}

  /** A copy, which the builder that goes on does not change. */
  ForecastSettings(ForecastSettings other) {
    device = other.device;
    targets = other.targets;
    known = other.known;
    calendar = other.calendar;
    cell = other.cell;
    layers = other.layers;
    units = other.units;
    window = other.window;
    season = other.season;
    horizon = other.horizon;
    direct = other.direct;
    scaling = other.scaling;
    transformation = other.transformation;
    bounds = other.bounds;
    validationRows = other.validationRows;
    loss = other.loss;
    optimizer = other.optimizer;
    schedule = other.schedule;
    learningRate = other.learningRate;
    clipNorm = other.clipNorm;
    steps = other.steps;
    patience = other.patience;
    batch = other.batch;
    members = other.members;
    seed = other.seed;
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

  /** Makes sure that a task can be learnt at all; returns the window. */
  int check(Task task, FrameShape shape) {
    if (task.rows().length == 0) {
      throw new TooFewRowsException(0, Math.max(1, window), Math.max(1, window) + 1L, "window");
    }
    bounds.require(task, shape.targets());
    Transformation chosen = unvalidated(task, shape.targets());
    if (chosen.logarithm()) {
      requireLogarithms(task, shape.targets());
    }
    int lost =
        (int) Math.min(Integer.MAX_VALUE, (long) chosen.lost(task.season()) + shape.block() - 1);
    int length = windowOf(task.rows().length, lost, task.season());
    if (task.rows().length - lost <= length) {
      throw new TooFewRowsException(
          task.rows().length,
          length,
          length + 1L + lost,
          shorten(task, chosen.lost(task.season())));
    }
    return length;
  }

  /**
   * Makes sure that the rows of a validation leave some to learn from.
   *
   * @throws IllegalArgumentException if they do not
   */
  void checkValidation(Task task) {
    int rows = task.rows().length;
    if (validationRows > 0 && validationRows >= rows) {
      throw new IllegalArgumentException(
          "validationRows is %d, but %s has %d rows, and some must be left to learn from; give fewer,"
                  .formatted(
                      validationRows,
                      task.name().isEmpty() ? "the history" : "'" + task.name() + "'",
                      rows)
              + " or 0 for no validation");
    }
  }

  /** What makes a history too short. */
  private String shorten(Task task, int lost) {
    boolean seasonal = task.season() > 1 && (window == 0 || lost >= task.season());
    return "window"
        + (seasonal ? (direct ? ", season" : " or season") : "")
        + (direct ? " or horizon" : "");
  }

  private static void requireLogarithms(Task task, int targets) {
    for (int row = 0; row < task.rows().length; row++) {
      for (int target = 0; target < targets; target++) {
        if (!(task.rows()[row][target] > 0)) {
          throw new IllegalArgumentException(
              "row %d is %s, which has no logarithm; choose a transformation without it"
                  .formatted(row, task.rows()[row][target]));
        }
      }
    }
  }

  static void checkFinite(double[] history) {
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
    // Values may jump where their logarithms do not, and the other way round.
    for (boolean logarithm : new boolean[] {false, true}) {
      List<Transformation> alike =
          candidates.stream().filter(each -> each.logarithm() == logarithm).toList();
      if (!alike.isEmpty() && hasLevelShifts(logarithm, task, targets)) {
        candidates.addAll(alike.stream().map(Transformation::ofLeveled).toList());
      }
    }
    return candidates;
  }

  private static boolean hasLevelShifts(boolean logarithm, Task task, int targets) {
    Transformation leveled = new Transformation(logarithm, false).ofLeveled();
    return IntStream.range(0, targets)
        .anyMatch(target -> !leveled.shifts(task.column(target), task.season()).isEmpty());
  }

  /** The transformation where no validation says otherwise. */
  Transformation unvalidated(Task task, int targets) {
    if (transformation != null) {
      return transformation;
    }
    Transformation chosen = Transformation.choose(task.column(0), task.season());
    boolean logarithm = chosen.logarithm() && task.isPositive(targets);
    return new Transformation(
        logarithm,
        hasLevelShifts(logarithm, task, targets),
        Transformation.Seasonal.KEPT,
        chosen.difference());
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
    long wished = seasonLength > 1 ? (long) SEASONS_A_WINDOW * seasonLength : USUAL_WINDOW;
    int least = Math.max(seasonLength, SHORTEST_AUTOMATIC_WINDOW);
    int most = (int) Math.min(Math.max(wished, USUAL_WINDOW), LONGEST_AUTOMATIC_WINDOW);
    return Math.min(most, Math.max((rows - lost) / 2, least));
  }

  /** Rows that a frame of so many can spare at its end for training to end early by. */
  int tail(int frameRows, FrameShape shape, int windowLength) {
    if (patience == 0) {
      return 0;
    }
    int wished = validationRows > 0 ? validationRows : USUAL_TAIL;
    // The last row of a frame has its targets in the block of rows that follows.
    int rows = frameRows - (shape.block() - 1);
    return Math.max(0, Math.min(wished, (rows - windowLength) / 2));
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

  boolean fitsAnArray() {
    try {
      long networks = Math.multiplyExact((long) members, 4);
      return Math.multiplyExact(ParameterLayout.of(spec(singleShape())).size(), networks)
          <= Integer.MAX_VALUE;
    } catch (ArithmeticException e) {
      return false;
    }
  }

  /** Makes sure that no columns were asked for where values have none. */
  void requireNoColumns() {
    String asked =
        !targets.isEmpty()
            ? "targets is " + targets
            : !known.isEmpty() ? "known is " + known : calendar ? "calendar is true" : null;
    if (asked != null) {
      throw new IllegalArgumentException(
          asked + ", but these values are one column without a name or dates; give a Series");
    }
  }

  /** What of a series is read and forecast. */
  Columns columns(Series history) {
    return Columns.of(history, targets, known, calendar);
  }
}
