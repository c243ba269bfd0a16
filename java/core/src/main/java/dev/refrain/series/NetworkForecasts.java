package dev.refrain.series;

import dev.refrain.network.Network;
import dev.refrain.series.Predictions.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What the networks of a model say together: the weighted mean, over its variants, of the medians
 * of their networks' paths, with intervals.
 */
final class NetworkForecasts {
  /** More would be years of computing, and more than arrays hold. */
  private static final int MOST_STEPS = 10_000_000;

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
    requireSteps(horizon, "horizon");
    Objects.requireNonNull(known, "known");
    if (level <= 0 || level >= 1) {
      throw new IllegalArgumentException("level is " + level + "; it must lie between 0 and 1");
    }
    shape.requireHorizon(horizon, columns);
    double[][] future = future(horizon, known);
    List<Forecast> forecasts = new ArrayList<>();
    double[][][] paths = model.constant() ? null : paths(horizon, future);
    for (int target = 0; target < shape.targets(); target++) {
      forecasts.add(
          model.constant() ? constant(target, horizon, level) : combined(paths, target, level));
    }
    return forecasts;
  }

  /**
   * See {@link ForecastModel#generateAll}.
   *
   * @param from where to go on: at the end of rows that the model did not learn, or of its history
   * @param zeros whether its window is replaced by zeros
   * @return one array a target
   */
  List<double[]> generate(int length, ModelDescription from, boolean zeros, Generation generation) {
    requireSteps(length, "length");
    List<List<Start>> starts = new ArrayList<>();
    for (int group = 0; group < network.groups(); group++) {
      ForecastOrigin end = origin(from, group);
      ForecastOrigin start =
          zeros
              ? new ForecastOrigin(
                  end.preparation(),
                  new float[model.window()][shape.columns()],
                  end.tail(),
                  end.nextRow())
              : end;
      starts.add(List.of(new Start(start, new float[0][])));
    }
    double[][][][] predictions =
        generation == Generation.STATEFUL
            ? Predictions.stateful(network, starts, length)
            : Predictions.of(network, starts, length);
    List<double[]> generated = new ArrayList<>();
    for (int target = 0; target < shape.targets(); target++) {
      List<double[]> paths = new ArrayList<>();
      for (int group = 0; group < network.groups(); group++) {
        ForecastOrigin origin = starts.get(group).get(0).origin();
        paths.add(origin.values(predictions[group][0][target], target));
      }
      generated.add(model.bounds().clamped(Combination.of(paths, model.weights(), false).values()));
    }
    return generated;
  }

  static void requireSteps(int steps, String name) {
    if (steps < 1 || steps > MOST_STEPS) {
      throw new IllegalArgumentException(
          "%s is %d; it must be at least 1 and at most %d".formatted(name, steps, MOST_STEPS));
    }
  }

  /**
   * A network can be fed its own predictions only where they are all that it reads.
   *
   * @throws IllegalStateException if they are not
   */
  void requireGoesOnByItself(Generation generation) {
    Objects.requireNonNull(generation, "generation");
    if (shape.known() > 0) {
      throw new IllegalStateException(
          "this model reads %s ahead, of which nothing is known where it goes on by itself; use predict"
              .formatted(columns.calendar() ? "the calendar" : columns.known()));
    }
    if (shape.ahead() > 0 && shape.covariates() > 0) {
      throw new IllegalStateException(
          "this model predicts %d steps at once, but not %s, which it reads for the steps after"
                  .formatted(shape.ahead(), columns.covariates())
              + " these; use predict for up to "
              + shape.ahead());
    }
    if (shape.ahead() > 0 && generation == Generation.STATEFUL) {
      throw new IllegalStateException(
          "this model predicts %d steps at once, so that there is no state to carry from one to the"
                  .formatted(shape.ahead())
              + " next; choose WINDOWS");
    }
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
                        known.length == 0 ? 0 : known[Math.min(step, known.length - 1)].length)
                + "; predict(horizon, level, known) takes them");
      }
      for (int column = 0; column < known[step].length; column++) {
        if (!Double.isFinite(known[step][column])) {
          throw new IllegalArgumentException(
              "row %d of what is known ahead, column '%s', is %s; it must be a finite number"
                  .formatted(step, columns.known().get(column), known[step][column]));
        }
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
      return new Forecast(model.bounds().clamped(values), null, null, level);
    }
    double[] lower = new double[values.length];
    double[] upper = new double[values.length];
    for (int step = 0; step < values.length; step++) {
      double half = residuals.get(target).halfWidth(level, step, combined.spread()[step]);
      lower[step] = relative ? values[step] * Math.exp(-half) : values[step] - half;
      upper[step] = relative ? values[step] * Math.exp(half) : values[step] + half;
    }
    // What comes keeps to the bounds, so that an interval holds no less without the rest of it.
    return new Forecast(
        model.bounds().clamped(values),
        model.bounds().clamped(lower),
        model.bounds().clamped(upper),
        level);
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
    return origin(model, group);
  }

  private ForecastOrigin origin(ModelDescription of, int group) {
    return of.variants().get(group / (network.groups() / of.variants().size())).origin();
  }
}
