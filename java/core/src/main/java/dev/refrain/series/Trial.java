package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One origin of a {@link Backtest}: what was known there, and what came true.
 *
 * @param series whole
 * @param columns of it
 * @param row the first that is forecast
 * @param horizon steps
 */
record Trial(Series series, Columns columns, int row, int horizon) {

  /** What several learnings of the rows before forecast, judged; one a target. */
  List<Backtest.Origin> origins(Kernels kernels, ForecastSettings settings, List<Learnt> learnt) {
    int targets = columns.targets().size();
    double[][][] forecasts = new double[targets][learnt.size()][];
    List<Transformation> transformations = List.of();
    Map<Long, String> failures = new LinkedHashMap<>();
    Timeline timeline = series.head(row).times().map(Timeline::of).orElse(null);
    for (int seed = 0; seed < learnt.size(); seed++) {
      Learnt own = learnt.get(seed);
      if (own.failure() != null) {
        double[] none = new double[horizon];
        Arrays.fill(none, Double.NaN);
        for (int target = 0; target < targets; target++) {
          forecasts[target][seed] = none;
        }
        failures.put(own.task().seed(), own.failure());
        continue;
      }
      try (ForecastModel model =
          ForecastModel.of(
              kernels,
              settings.spec(own.shape()),
              LearntSeries.of(own, columns, timeline, settings.bounds))) {
        List<Forecast> each = model.predict(horizon, Double.NaN, known());
        for (int target = 0; target < targets; target++) {
          forecasts[target][seed] = each.get(target).values();
        }
        if (transformations.isEmpty()) {
          transformations = List.copyOf(model.transformations().keySet());
        }
      }
    }
    List<Backtest.Origin> origins = new ArrayList<>();
    for (int target = 0; target < targets; target++) {
      origins.add(
          origin(
              learnt.get(0).task(),
              target,
              forecasts[target],
              transformations,
              Collections.unmodifiableMap(failures)));
    }
    return origins;
  }

  private Backtest.Origin origin(
      Task task,
      int target,
      double[][] forecasts,
      List<Transformation> transformations,
      Map<Long, String> failures) {
    double[] history = task.column(target);
    int season = task.season();
    double[] all = series.column(series.names().indexOf(columns.targets().get(target)));
    double[] actual = Arrays.copyOfRange(all, row, row + horizon);
    double[] mase = new double[forecasts.length];
    Arrays.setAll(mase, seed -> ForecastMetrics.mase(actual, forecasts[seed], history, season));
    double[] naive = Baselines.seasonalNaive(history, Math.min(season, row), horizon);
    double[] last = Baselines.lastValue(history, horizon);
    return new Backtest.Origin(
        row,
        actual,
        forecasts,
        mase,
        ForecastMetrics.mase(actual, naive, history, season),
        ForecastMetrics.mase(actual, last, history, season),
        transformations,
        failures);
  }

  /** What is known ahead of the steps that are forecast. */
  private double[][] known() {
    int[] from = columns.known().stream().mapToInt(series.names()::indexOf).toArray();
    double[][] known = series.rows(row, row + horizon);
    for (int step = 0; step < known.length; step++) {
      double[] own = known[step];
      known[step] = Arrays.stream(from).mapToDouble(column -> own[column]).toArray();
    }
    return known;
  }
}
