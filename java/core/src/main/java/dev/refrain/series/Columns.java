package dev.refrain.series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which columns of a series are what.
 *
 * @param targets names of those that are forecast, at least one
 * @param covariates names of those that are known for the past alone
 * @param known names of those that are known ahead
 * @param calendar whether dates count among what is known ahead
 */
record Columns(
    List<String> targets, List<String> covariates, List<String> known, boolean calendar) {
  private static final String TARGETS = "name.target.";
  private static final String COVARIATES = "name.covariate.";
  private static final String KNOWN = "name.known.";
  private static final String CALENDAR = "calendar";

  /** A series of one column. */
  static final Columns SINGLE = new Columns(List.of("value"), List.of(), List.of(), false);

  /**
   * Sorts the columns of a series.
   *
   * @param targets names; if empty, the first column that is not known ahead
   * @param known names of those that are known ahead
   * @throws IllegalArgumentException if a name is not of the series, or dates are wanted of a
   *     series without them
   */
  static Columns of(Series series, List<String> targets, List<String> known, boolean calendar) {
    List<String> wanted = new ArrayList<>(targets);
    wanted.addAll(known);
    for (String name : wanted) {
      if (!series.names().contains(name)) {
        throw new IllegalArgumentException(
            "there is no column '" + name + "'; the series has " + series.names());
      }
      if (wanted.indexOf(name) != wanted.lastIndexOf(name)) {
        throw new IllegalArgumentException(
            "column '" + name + "' is named twice among targets and what is known ahead");
      }
    }
    if (calendar && series.times().isEmpty()) {
      throw new IllegalArgumentException(
          "calendar features need dates, and the rows of this series are merely numbered");
    }
    List<String> others = new ArrayList<>(series.names());
    others.removeAll(wanted);
    List<String> chosen = targets;
    if (targets.isEmpty()) {
      if (others.isEmpty()) {
        throw new IllegalArgumentException(
            "all columns are known ahead; there is none to forecast");
      }
      chosen = List.of(others.remove(0));
    }
    return new Columns(List.copyOf(chosen), List.copyOf(others), List.copyOf(known), calendar);
  }

  /** Rows in the order of a task: targets, covariates, what is known ahead, dates. */
  double[][] rows(Series series) {
    List<String> order = new ArrayList<>(targets);
    order.addAll(covariates);
    order.addAll(known);
    int[] from = order.stream().mapToInt(series.names()::indexOf).toArray();
    double[][] values = series.rows(0, series.rows());
    double[][] rows = new double[values.length][];
    for (int row = 0; row < rows.length; row++) {
      double[] own = values[row];
      double[] sorted = Arrays.stream(from).mapToDouble(column -> own[column]).toArray();
      rows[row] = calendar ? joined(sorted, series.times().orElseThrow(), row) : sorted;
    }
    return rows;
  }

  private static double[] joined(double[] values, TimeIndex times, int row) {
    double[] features = CalendarFeatures.of(times.at(row), times.frequency());
    double[] all = Arrays.copyOf(values, values.length + features.length);
    System.arraycopy(features, 0, all, values.length, features.length);
    return all;
  }

  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    write(config, TARGETS, targets);
    write(config, COVARIATES, covariates);
    write(config, KNOWN, known);
    config.put(CALENDAR, Boolean.toString(calendar));
    return config;
  }

  private static void write(Map<String, String> config, String key, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      config.put(key + i, names.get(i));
    }
  }

  static Columns fromConfig(Map<String, String> config) {
    return new Columns(
        read(config, TARGETS),
        read(config, COVARIATES),
        read(config, KNOWN),
        Boolean.parseBoolean(config.get(CALENDAR)));
  }

  private static List<String> read(Map<String, String> config, String key) {
    List<String> names = new ArrayList<>();
    while (config.containsKey(key + names.size())) {
      names.add(config.get(key + names.size()));
    }
    return List.copyOf(names);
  }
}
