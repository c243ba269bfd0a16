package dev.refrain.series;

import dev.refrain.series.Predictions.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds out which transformations suit a history: networks learn all but its tail by each of them,
 * and forecast the tail from every row of it on. What forecasts best is weighted most, and the
 * residuals of the weighted forecast tell how wide intervals must be. Nothing outside the history
 * is looked at.
 *
 * @param task the history
 * @param shape of its columns
 * @param trainingRows rows before the tail
 * @param horizon steps that are forecast from each origin
 * @param origins how many
 * @param window length of the networks' window
 * @param candidates transformations to try
 */
record Validation(
    Task task,
    FrameShape shape,
    int trainingRows,
    int horizon,
    int origins,
    int window,
    List<Transformation> candidates) {
  /** The automatic tail: so many seasons, or steps without a season, but no more than a share. */
  private static final int SEASONS = 3;

  private static final int STEPS_WITHOUT_SEASON = 24;
  private static final int LARGEST_SHARE = 3;
  private static final int LONGEST = 200;
  private static final int SHORTEST = 6;

  private static final int USUAL_HORIZON = 12;
  private static final int LONGEST_HORIZON = 48;
  private static final int MOST_ORIGINS = 32;

  /** A candidate is kept if its error is at most this times the least. */
  private static final double KEPT_ERROR = 1.5;

  private static final int MOST_KEPT = 4;

  /**
   * Plans the validation of a task.
   *
   * @return null if the history is too short for one
   */
  static Validation plan(ForecastSettings settings, Task task, FrameShape shape) {
    int tail =
        settings.validationRows >= 0
            ? settings.validationRows
            : automaticTail(task.rows().length, task.season());
    int wished = settings.horizon > 0 ? settings.horizon : usualHorizon(task.season());
    int horizon = Math.min(wished, Math.max(1, tail / 2));
    int trainingRows = task.rows().length - tail;
    if (tail < 1 || trainingRows < 1) {
      return null;
    }
    List<Transformation> all = settings.candidates(task, shape.targets());
    boolean lateShift =
        IntStream.range(0, shape.targets())
            .anyMatch(
                target -> isShiftedLate(all, task.column(target), trainingRows, task.season()));
    // One that has not seen the shift says nothing of one that has.
    List<Transformation> candidates =
        all.stream().filter(each -> !lateShift || each.leveled()).toList();
    int lost = candidates.stream().mapToInt(each -> each.lost(task.season())).max().orElse(0);
    int window = settings.windowOf(trainingRows, lost + shape.block() - 1, task.season());
    if (trainingRows - lost - shape.block() < window + 1) {
      return null;
    }
    int origins = Math.min(MOST_ORIGINS, tail - horizon + 1);
    return new Validation(task, shape, trainingRows, horizon, origins, window, candidates);
  }

  /** Whether the training rows end before a shift can be found in them. */
  private static boolean isShiftedLate(
      List<Transformation> candidates, double[] values, int trainingRows, int season) {
    return candidates.stream()
        .flatMap(each -> each.shifts(values, season).stream())
        .anyMatch(shift -> shift.row() > trainingRows - LevelShifts.fewestAfter(season));
  }

  private static int usualHorizon(int season) {
    return season > 1 ? Math.min(season, LONGEST_HORIZON) : USUAL_HORIZON;
  }

  private static int automaticTail(int rows, int season) {
    int wished = season > 1 ? Math.min(SEASONS * season, LONGEST) : STEPS_WITHOUT_SEASON;
    int tail = Math.min(wished, rows / LARGEST_SHARE);
    return tail < SHORTEST ? 0 : tail;
  }

  /**
   * The training part, prepared by each candidate. Level shifts are those of the whole history,
   * also one that the training part does not show: the forecast will know it, and that it came
   * could not have been forecast.
   */
  List<Frame> frames(String scaling) {
    double[][] training = Arrays.copyOf(task.rows(), trainingRows);
    List<Frame> frames = new ArrayList<>();
    for (Transformation each : candidates) {
      Preparation preparation =
          Preparation.fit(training, task.rows(), shape, each, task.season(), scaling);
      frames.add(Frame.of(preparation, training));
    }
    return frames;
  }

  /** Where forecasts start: spread evenly over the tail. */
  List<Start> starts(Preparation preparation) {
    List<Start> starts = new ArrayList<>();
    for (int origin = 0; origin < origins; origin++) {
      int row = row(origin);
      double[][] future = Arrays.copyOfRange(task.rows(), row, row + horizon);
      for (int step = 0; step < future.length; step++) {
        future[step] = Arrays.copyOfRange(future[step], shape.values(), shape.columns());
      }
      starts.add(
          new Start(preparation.origin(task.rows(), row, window), preparation.scaledKnown(future)));
    }
    return starts;
  }

  private int row(int origin) {
    int last = task.rows().length - horizon - trainingRows;
    return trainingRows + (origins == 1 ? last : (int) ((long) origin * last / (origins - 1)));
  }

  /**
   * What came of it.
   *
   * @param kept the candidates to go on with, best first
   * @param weights of theirs
   * @param residuals one a target
   * @param result for people; null where there was no validation
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Verdict(
      List<Transformation> kept,
      double[] weights,
      List<Residuals> residuals,
      ValidationResult result) {

    /** That of one who did not look. */
    static Verdict unvalidated(Transformation only) {
      return new Verdict(List.of(only), new double[] {1}, List.of(), null);
    }
  }

  /**
   * Judges.
   *
   * @param starts one list a candidate
   * @param predictions {@code [candidates · members][origins][targets][horizon]}
   */
  Verdict judge(List<List<Start>> starts, double[][][][] predictions) {
    int members = predictions.length / candidates.size();
    double[][][][] values = values(starts, predictions, members);
    double[] errors = new double[candidates.size()];
    for (int candidate = 0; candidate < errors.length; candidate++) {
      errors[candidate] = error(values, List.of(candidate), new double[] {1}, members);
    }
    List<Integer> order =
        IntStream.range(0, errors.length)
            .boxed()
            .filter(candidate -> Double.isFinite(errors[candidate]))
            .sorted(Comparator.comparingDouble(candidate -> errors[candidate]))
            .toList();
    if (order.isEmpty()) {
      return null;
    }
    double least = errors[order.get(0)];
    // Where levelled values are forecast best, the jump is an event: whoever learns it learns
    // wrong.
    boolean leveled = candidates.get(order.get(0)).leveled();
    List<Integer> kept =
        order.stream()
            .filter(candidate -> errors[candidate] <= KEPT_ERROR * least)
            .filter(candidate -> candidates.get(candidate).leveled() == leveled)
            .limit(MOST_KEPT)
            .toList();
    double[] weights = weights(kept, errors);
    return new Verdict(
        kept.stream().map(candidates::get).toList(),
        weights,
        residuals(values, kept, weights, members),
        result(order, errors, error(values, kept, weights, members)));
  }

  private ValidationResult result(List<Integer> order, double[] errors, double model) {
    int targets = shape.targets();
    Map<Transformation, Double> each = new LinkedHashMap<>();
    order.forEach(candidate -> each.put(candidates.get(candidate), errors[candidate] / targets));
    int season = Math.min(task.season(), trainingRows);
    List<FittedTransformation> leveled =
        IntStream.range(0, targets).mapToObj(target -> leveled(task.column(target))).toList();
    return new ValidationResult(
        task.rows().length - trainingRows,
        horizon,
        origins,
        each,
        model / targets,
        error((origin, target) -> naive(origin, target, leveled, season)) / targets,
        error((origin, target) -> naive(origin, target, leveled, 1)) / targets);
  }

  /** How a target is levelled by the candidates that level; left as it is where none does. */
  private FittedTransformation leveled(double[] values) {
    return candidates.stream()
        .filter(Transformation::leveled)
        .map(
            each -> new Transformation(each.logarithm(), true, Transformation.Seasonal.KEPT, false))
        .map(each -> each.fit(values, task.season()))
        .filter(each -> !each.shifts().isEmpty())
        .findFirst()
        .orElseGet(() -> Transformation.NONE.fit(values, task.season()));
  }

  /** Knows the jumps that the networks know. */
  private double[] naive(int origin, int target, List<FittedTransformation> leveled, int season) {
    int row = row(origin);
    double[] last = task.column(target, row - season, row);
    double[] levels = leveled.get(target).apply(last, row - season);
    return leveled.get(target).invert(Baselines.seasonalNaive(levels, season, horizon), last, row);
  }

  /** Inverse squares of the errors: Bates and Granger, "The combination of forecasts" (1969). */
  private static double[] weights(List<Integer> kept, double[] errors) {
    double[] weights = new double[kept.size()];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double error = Math.max(errors[kept.get(i)], Double.MIN_NORMAL);
      double ratio = Math.max(errors[kept.get(0)], Double.MIN_NORMAL) / error;
      weights[i] = ratio * ratio;
      sum += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  /** Predictions as values {@code [groups][origins][targets][horizon]}. */
  private double[][][][] values(List<List<Start>> starts, double[][][][] predictions, int members) {
    double[][][][] values = new double[predictions.length][origins][shape.targets()][];
    for (int group = 0; group < values.length; group++) {
      for (int origin = 0; origin < origins; origin++) {
        ForecastOrigin end = starts.get(group / members).get(origin).origin();
        for (int target = 0; target < shape.targets(); target++) {
          values[group][origin][target] = end.values(predictions[group][origin][target], target);
        }
      }
    }
    return values;
  }

  /** Error of the weighted forecast of some candidates. */
  private double error(double[][][][] values, List<Integer> chosen, double[] weights, int members) {
    return error(
        (origin, target) ->
            combined(values, chosen, weights, members, origin, target, false).values());
  }

  /** What is forecast from an origin. */
  private interface PathSource {
    double[] path(int origin, int target);
  }

  /**
   * Mean absolute errors of forecasts, in units of each target's mean change in a season, summed.
   */
  private double error(PathSource forecasts) {
    double sum = 0;
    for (int target = 0; target < shape.targets(); target++) {
      double[] own = task.column(target, 0, trainingRows);
      double unit = ForecastMetrics.seasonalNaiveError(own, task.season());
      double mean = 0;
      for (int origin = 0; origin < origins; origin++) {
        double[] forecast = forecasts.path(origin, target);
        mean += ForecastMetrics.mae(actual(origin, target), forecast) / origins;
      }
      sum += mean / (unit > 0 ? unit : 1);
    }
    return sum;
  }

  private List<Residuals> residuals(
      double[][][][] values, List<Integer> kept, double[] weights, int members) {
    boolean relative = kept.stream().allMatch(candidate -> candidates.get(candidate).logarithm());
    List<Residuals> residuals = new ArrayList<>();
    for (int target = 0; target < shape.targets(); target++) {
      double[][] actual = new double[origins][];
      double[][] forecasts = new double[origins][];
      double[][] spreads = new double[origins][];
      for (int origin = 0; origin < origins; origin++) {
        Combination combined = combined(values, kept, weights, members, origin, target, relative);
        actual[origin] = actual(origin, target);
        forecasts[origin] = combined.values();
        spreads[origin] = combined.spread();
      }
      residuals.add(Residuals.of(relative, actual, forecasts, spreads));
    }
    return residuals;
  }

  private static Combination combined(
      double[][][][] values,
      List<Integer> chosen,
      double[] weights,
      int members,
      int origin,
      int target,
      boolean relative) {
    List<double[]> paths = new ArrayList<>();
    for (int candidate : chosen) {
      for (int member = 0; member < members; member++) {
        paths.add(values[candidate * members + member][origin][target]);
      }
    }
    return Combination.of(paths, weights, relative);
  }

  private double[] actual(int origin, int target) {
    int row = row(origin);
    return task.column(target, row, row + horizon);
  }
}
