package dev.refrain.series;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The end of a history: what a network reads to go on from there, and how its predictions become
 * values again.
 *
 * @param preparation of the history
 * @param window the last rows {@code [T][columns]}, transformed and scaled
 * @param tail for each target its last values, as they came
 * @param nextRow the row that a forecast begins at, counted from the first training row
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ForecastOrigin(Preparation preparation, float[][] window, double[][] tail, int nextRow) {
  private static final String TRANSFORMATION = "transformation";
  private static final String SEASON = "season";
  private static final String INDICES = "indices.";
  private static final String SHIFT_ROWS = "shift_rows.";
  private static final String SHIFT_SIZES = "shift_sizes.";
  private static final String SHIFT_BASE = "shift_base.";
  private static final String SCALER = "scaler";
  private static final String SCALER_PREFIX = "scaler.";
  private static final String WINDOW = "window";
  private static final String TAIL = "tail.";
  private static final String NEXT_ROW = "next_row";
  private static final String SEPARATOR = " ";

  /** Share of the least jump by which levels differ that are not the same. */
  private static final double ANOTHER_LEVEL = 0.5;

  /** The last value of a target. */
  double lastValue(int target) {
    return tail[target][tail[target].length - 1];
  }

  /** Turns predictions of the steps that follow into values of a target. */
  double[] values(double[] predictions, int target) {
    return preparation.values(predictions, target, tail[target], nextRow);
  }

  /**
   * The end of other rows than those of the training. Levels that networks have not seen tell them
   * nothing: where rows are levelled and end at another level than training did, they are moved to
   * that one, and forecasts back.
   */
  ForecastOrigin of(double[][] others) {
    Preparation own = preparation.of(others);
    ForecastOrigin end = own.origin(others, window.length);
    FittedTransformation[] moved = own.transformations().clone();
    boolean any = false;
    for (int target = 0; target < tail.length; target++) {
      double gap = level(target) - end.level(target);
      double least =
          Stream.concat(
                      preparation.transformations()[target].shifts().stream(),
                      moved[target].shifts().stream())
                  .mapToDouble(shift -> Math.abs(shift.size()))
                  .min()
                  .orElse(Double.POSITIVE_INFINITY)
              * ANOTHER_LEVEL;
      if (Math.abs(gap) > least && Double.isFinite(gap)) {
        moved[target] = moved[target].raised(gap);
        any = true;
      }
    }
    return any
        ? new Preparation(own.shape(), moved, own.scaler()).origin(others, window.length)
        : end;
  }

  /** The median of the window, transformed; not a number if its phases or differences hide it. */
  private double level(int target) {
    FittedTransformation own = preparation.transformations()[target];
    // Whole seasons, so that two medians compare wherever they end.
    int season = own.transformation().seasonal() == Transformation.Seasonal.KEPT ? own.season() : 1;
    int rows = window.length - window.length % season;
    if (rows == 0 || !own.keepsLevel()) {
      return Double.NaN;
    }
    double[] last = new double[rows];
    Arrays.setAll(last, row -> window[window.length - rows + row][target]);
    return preparation.scaler().inverse(LevelShifts.median(last), target);
  }

  /** As remarks of a checkpoint, with all digits. */
  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    FittedTransformation first = preparation.transformations()[0];
    config.put(TRANSFORMATION, first.transformation().toString());
    config.put(SEASON, Integer.toString(first.season()));
    for (int target = 0; target < tail.length; target++) {
      FittedTransformation own = preparation.transformations()[target];
      config.put(INDICES + target, written(own.indices()));
      if (!own.shifts().isEmpty()) {
        double[] rows = own.shifts().stream().mapToDouble(LevelShift::row).toArray();
        double[] sizes = own.shifts().stream().mapToDouble(LevelShift::size).toArray();
        config.put(SHIFT_ROWS + target, written(rows));
        config.put(SHIFT_SIZES + target, written(sizes));
      }
      if (own.base() != 0 || !own.shifts().isEmpty()) {
        config.put(SHIFT_BASE + target, Double.toString(own.base()));
      }
      config.put(TAIL + target, written(tail[target]));
    }
    Scaler scaler = preparation.scaler();
    config.put(SCALER, scaler.name());
    scaler
        .parameters()
        .forEach((name, values) -> config.put(SCALER_PREFIX + name, written(values)));
    double[] wide =
        Arrays.stream(window)
            .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]))
            .toArray();
    config.put(WINDOW, written(wide));
    config.put(NEXT_ROW, Integer.toString(nextRow));
    return config;
  }

  /**
   * Reads what {@link #toConfig} wrote.
   *
   * @throws IllegalArgumentException if a remark is missing or is not what it should be; the
   *     message names it
   */
  static ForecastOrigin fromConfig(Map<String, String> config, FrameShape shape) {
    Transformation transformation = Transformation.parse(required(config, TRANSFORMATION));
    int season = (int) numbers(config, SEASON)[0];
    FittedTransformation[] fitted = new FittedTransformation[shape.values()];
    double[][] tail = new double[shape.targets()][];
    for (int column = 0; column < fitted.length; column++) {
      boolean target = column < shape.targets();
      fitted[column] =
          new FittedTransformation(
              target ? transformation : Transformation.NONE,
              season,
              target ? numbers(config, INDICES + column) : new double[] {0},
              target ? shifts(config, column) : List.of(),
              config.containsKey(SHIFT_BASE + column) && target
                  ? numbers(config, SHIFT_BASE + column)[0]
                  : 0);
      if (target) {
        tail[column] = numbers(config, TAIL + column);
      }
    }
    Map<String, double[]> parameters = new LinkedHashMap<>();
    config.forEach(
        (key, text) -> {
          if (key.startsWith(SCALER_PREFIX)) {
            parameters.put(key.substring(SCALER_PREFIX.length()), numbers(config, key));
          }
        });
    Scaler scaler = Scaler.restore(required(config, SCALER), parameters);
    if (scaler.columns() != shape.columns()) {
      throw new IllegalArgumentException(
          "its scaler is of %d columns, its network of %d"
              .formatted(scaler.columns(), shape.columns()));
    }
    ForecastOrigin origin =
        new ForecastOrigin(
            new Preparation(shape, fitted, scaler),
            window(numbers(config, WINDOW), shape.columns()),
            tail,
            (int) numbers(config, NEXT_ROW)[0]);
    for (double[] values : tail) {
      if (values.length < origin.preparation.tail()) {
        throw new IllegalArgumentException(
            "it holds %d last values, its transformation needs %d"
                .formatted(values.length, origin.preparation.tail()));
      }
    }
    return origin;
  }

  /** None where the file says nothing of them, as those of earlier versions. */
  private static List<LevelShift> shifts(Map<String, String> config, int column) {
    if (!config.containsKey(SHIFT_ROWS + column)) {
      return List.of();
    }
    double[] rows = numbers(config, SHIFT_ROWS + column);
    double[] sizes = numbers(config, SHIFT_SIZES + column);
    if (rows.length != sizes.length) {
      throw new IllegalArgumentException(
          "it has %d rows and %d sizes of level shifts".formatted(rows.length, sizes.length));
    }
    return IntStream.range(0, rows.length)
        .mapToObj(i -> new LevelShift((int) rows[i], sizes[i]))
        .toList();
  }

  private static float[][] window(double[] wide, int columns) {
    if (wide.length % columns != 0) {
      throw new IllegalArgumentException(
          "its window of %d numbers does not divide into rows of %d"
              .formatted(wide.length, columns));
    }
    float[][] window = new float[wide.length / columns][columns];
    for (int i = 0; i < wide.length; i++) {
      window[i / columns][i % columns] = (float) wide[i];
    }
    return window;
  }

  static String written(double[] values) {
    return Arrays.stream(values).mapToObj(Double::toString).collect(Collectors.joining(SEPARATOR));
  }

  static double[] numbers(Map<String, String> config, String key) {
    String text = required(config, key);
    try {
      return Arrays.stream(text.split(SEPARATOR)).mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + key + "' is '" + text + "', not numbers", e);
    }
  }

  static String required(Map<String, String> config, String key) {
    String value = config.get(key);
    if (value == null) {
      throw new IllegalArgumentException("it says nothing of '" + key + "', as a forecaster does");
    }
    return value;
  }
}
