package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * How a {@link Forecaster} would have done: it learns the series up to several rows, the origins,
 * with several seeds each, and its forecasts are compared with what came true. Whatever it chooses,
 * it chooses on the rows before the origin alone. All origins and seeds are trained together.
 *
 * @param season length of a season in steps, which the mean absolute scaled error is scaled by
 * @param horizon steps that were forecast from each origin
 * @param origins oldest first
 */
public record Backtest(int season, int horizon, List<Origin> origins) {
  /** More would not end, and their results fill the memory. */
  private static final int MOST_TRAININGS = 1_000_000;

  /**
   * The forecasts from one origin.
   *
   * @param row the first that was forecast
   * @param actual what came true {@code [horizon]}
   * @param forecasts one a seed {@code [seeds][horizon]}
   * @param mase mean absolute scaled error of each seed's forecast
   * @param seasonalNaive error of the last season again
   * @param lastValue error of the last value again
   * @param transformations that the first forecast was made by, the weightiest first
   * @param failures seeds without a forecast, and why; their forecast and error are NaN
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Origin(
      int row,
      double[] actual,
      double[][] forecasts,
      double[] mase,
      double seasonalNaive,
      double lastValue,
      List<Transformation> transformations,
      Map<Long, String> failures) {

    /** Error of the model's forecast, averaged over the seeds where it is defined; else NaN. */
    public double model() {
      return mean(Arrays.stream(mase));
    }
  }

  /**
   * Runs one. The last origin lies {@code horizon} rows before the end, the others {@code stride}
   * rows before each other.
   *
   * @param kernels where to compute
   * @param forecaster what to judge; its seed is that of the first
   * @param values all rows, oldest first
   * @param horizon steps to forecast, at least 1
   * @param count of origins, at least 1
   * @param stride rows from one origin to the next, at least 1
   * @param seeds how often to train at each origin, at least 1
   * @param listener hears how it gets on
   * @throws TooFewRowsException if the history before the first origin is too short
   * @throws IllegalArgumentException as {@link Forecaster#fit} does
   * @throws IllegalStateException if all trainings failed; the message says where and why
   * @throws CancellationException if the thread was interrupted; its status stays set
   */
  public static Backtest run(
      Kernels kernels,
      Forecaster forecaster,
      double[] values,
      int horizon,
      int count,
      int stride,
      int seeds,
      FitListener listener) {
    forecaster.settings.requireNoColumns();
    ForecastSettings.checkFinite(values);
    Series series = new Series(Columns.SINGLE.targets(), NewHistory.rows(values));
    return run(kernels, forecaster, series, horizon, count, stride, seeds, listener).get(0);
  }

  /**
   * As {@link #run(Kernels, Forecaster, double[], int, int, int, int, FitListener)}, of a series of
   * several columns: each forecast reads the rows before its origin, and of those that follow only
   * the columns that the forecaster was told are known ahead, and the dates.
   *
   * @return one backtest a target, in their order
   */
  public static List<Backtest> run(
      Kernels kernels,
      Forecaster forecaster,
      Series series,
      int horizon,
      int count,
      int stride,
      int seeds,
      FitListener listener) {
    if (horizon < 1 || count < 1 || stride < 1 || seeds < 1) {
      throw new IllegalArgumentException(
          "horizon is %d, origins %d, stride %d and seeds %d; all must be at least 1"
              .formatted(horizon, count, stride, seeds));
    }
    if ((long) count * seeds > MOST_TRAININGS) {
      throw new IllegalArgumentException(
          "%d origins with %d seeds each are more than %d trainings; choose fewer"
              .formatted(count, seeds, MOST_TRAININGS));
    }
    ForecastSettings settings = forecaster.settings;
    Columns columns = settings.columns(series);
    FrameShape shape = settings.shape(columns, series.times().map(Timeline::of).orElse(null));
    shape.requireHorizon(horizon, columns);
    List<Task> tasks = new ArrayList<>();
    for (int origin = 0; origin < count; origin++) {
      long row = row(series.rows(), horizon, count, stride, origin);
      if (row < 1) {
        long needed = horizon + (count - 1L) * stride + settings.window + 1L;
        throw new TooFewRowsException(
            "%d rows are too few for %d origins, %d rows apart, with a horizon of %d: at least %d are"
                    .formatted(series.rows(), count, stride, horizon, needed)
                + " needed; add rows, or choose fewer origins, or a shorter stride or horizon",
            series.rows(),
            settings.window,
            needed);
      }
      Task history = settings.task(series.head((int) row), columns);
      for (int seed = 0; seed < seeds; seed++) {
        // Networks of one run have seeds that follow each other: runs must not share any.
        long first = settings.seed + (long) seed * settings.members;
        Task task = new Task("origin " + row, history.rows(), history.season(), first);
        settings.checkValidation(task);
        settings.check(task, shape);
        tasks.add(task);
      }
    }
    Learning learning = new Learning(kernels, settings, shape, listener);
    List<Learnt> learnt = learning.train(learning.plan(tasks));
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("the backtest was interrupted");
    }
    List<List<Origin>> origins = new ArrayList<>();
    columns.targets().forEach(target -> origins.add(new ArrayList<>()));
    for (int origin = 0; origin < count; origin++) {
      int row = (int) row(series.rows(), horizon, count, stride, origin);
      Trial trial = new Trial(series, columns, row, horizon);
      List<Learnt> own = learnt.subList(origin * seeds, (origin + 1) * seeds);
      List<Origin> each = trial.origins(kernels, settings, own);
      for (int target = 0; target < each.size(); target++) {
        origins.get(target).add(each.get(target));
      }
    }
    requireForecasts(origins.get(0), seeds);
    int last = learnt.get(learnt.size() - 1).task().season();
    return origins.stream().map(own -> new Backtest(last, horizon, List.copyOf(own))).toList();
  }

  private static void requireForecasts(List<Origin> origins, int seeds) {
    if (origins.stream().allMatch(origin -> origin.failures().size() == seeds)) {
      Map.Entry<Long, String> first = origins.get(0).failures().entrySet().iterator().next();
      throw new IllegalStateException(
          "there is no forecast from any row; from row %d with seed %d: %s"
              .formatted(origins.get(0).row(), first.getKey(), first.getValue()));
    }
  }

  private static long row(int rows, int horizon, int count, int stride, int origin) {
    return (long) rows - horizon - (count - 1L - origin) * stride;
  }

  /** Number of seeds at each origin. */
  public int seeds() {
    return origins.get(0).forecasts().length;
  }

  /** The model's error, averaged over origins and seeds where it is defined. */
  public double model() {
    return mean(Origin::model);
  }

  /** The error of the last season again, averaged over the origins. */
  public double seasonalNaive() {
    return mean(Origin::seasonalNaive);
  }

  /** The error of the last value again, averaged over the origins. */
  public double lastValue() {
    return mean(Origin::lastValue);
  }

  private double mean(ToDoubleFunction<Origin> error) {
    return mean(origins.stream().mapToDouble(error));
  }

  /** An error is not defined where the rows before have no change to scale it by. */
  private static double mean(DoubleStream errors) {
    return errors.filter(error -> !Double.isNaN(error)).average().orElse(Double.NaN);
  }
}
