package dev.refrain.series;

import dev.refrain.network.Network;
import dev.refrain.series.Predictions.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the networks of a model say together: the weighted mean, over its variants, of the medians
 * of their networks' paths, with intervals.
 */
final class NetworkForecasts {
  private final Network network;
  private final ModelDescription model;
  private final FrameShape shape;
  private final Columns columns;

  NetworkForecasts(Network network, ModelDescription model) {
    this.network = network;
    this.model = model;
    shape = model.shape();
    columns = model.columns();
  }

  /** One forecast a target; see {@link ForecastModel#predict(int, double, double[][])}. */
  List<Forecast> of(int horizon, double level, double[][] known) {
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
    double[][][] paths = model.constant() ? null : paths(horizon, future);
    for (int target = 0; target < shape.targets(); target++) {
      forecasts.add(
          model.constant() ? constant(target, horizon, level) : combined(paths, target, level));
    }
    return forecasts;
  }

  /** See {@link ForecastModel#generate}. */
  double[] generate(int length, double[] seed, Generation generation) {
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
    return Combination.of(paths, model.weights(), false).values();
  }

  private ForecastOrigin startOf(ForecastOrigin end, double[] seed) {
    if (seed == null) {
      return new ForecastOrigin(
          end.preparation(), new float[model.window()][1], end.tail(), end.nextRow());
    }
    int needed = model.window() + end.preparation().lost();
    if (seed.length < needed) {
      throw new IllegalArgumentException(
          "the seed has %d values; a window of %d and the transformations need %d"
              .formatted(seed.length, model.window(), needed));
    }
    double[][] rows = NewHistory.rows(seed);
    NewHistory.requireSuited(model, rows);
    return end.preparation().origin(rows, model.window());
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
              ? CalendarFeatures.of(
                  model.timeline().at(model.timeline().rows() + step), model.timeline().frequency())
              : new double[0];
      future[step] = Arrays.copyOf(known[step], known[step].length + features.length);
      System.arraycopy(features, 0, future[step], known[step].length, features.length);
    }
    return future;
  }

  private Forecast constant(int target, int horizon, double level) {
    double[] values = new double[horizon];
    Arrays.fill(values, model.variants().get(0).origin().lastValue(target));
    return new Forecast(values, null, null, level);
  }

  private Forecast combined(double[][][] paths, int target, double level) {
    List<Residuals> residuals = model.residuals();
    boolean measured = !Double.isNaN(level) && !residuals.isEmpty();
    boolean relative = measured && residuals.get(target).relative();
    List<double[]> own = Arrays.stream(paths).map(path -> path[target]).toList();
    Combination combined = Combination.of(own, model.weights(), relative);
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
    return model.variants().get(group / (network.groups() / model.variants().size())).origin();
  }
}
