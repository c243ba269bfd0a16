package dev.refrain.series;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * When the rows that follow a history will be: what a model keeps of its {@link TimeIndex}.
 *
 * @param frequency distance between rows
 * @param first time of row 0
 * @param last time of the last row of the history
 * @param rows of the history
 * @param labels how the data writes some of its times
 */
record Timeline(
    Frequency frequency,
    LocalDateTime first,
    LocalDateTime last,
    int rows,
    Map<LocalDateTime, String> labels) {
  private static final String FREQUENCY = "time.frequency";
  private static final String FIRST = "time.first";
  private static final String LAST = "time.last";
  private static final String ROWS = "time.rows";
  private static final String LABEL = "time.label.";

  /** Rows from the start whose labels are kept, beside that of the last: days and months differ. */
  private static final int LABELS = 3;

  /** Rows that a history may lie behind another. */
  private static final int MOST_ROWS_BETWEEN = 10_000_000;

  static Timeline of(TimeIndex times) {
    int last = times.size() - 1;
    Map<LocalDateTime, String> labels = new LinkedHashMap<>();
    for (int row = 0; row < Math.min(LABELS, last); row++) {
      labels.put(times.at(row), times.label(row));
    }
    labels.put(times.at(last), times.label(last));
    return new Timeline(
        times.frequency(),
        times.at(0),
        times.at(last),
        times.size(),
        Collections.unmodifiableMap(labels));
  }

  /**
   * Rows of another history to skip, so that it begins in the same place of the season as this one.
   *
   * @throws IllegalArgumentException if its times do not lie on this one's steps
   */
  int rowsToPhase(Timeline other, int season) {
    if (season <= 1) {
      return 0;
    }
    boolean later = !other.first.isBefore(first);
    Frequency step =
        other.frequency.unit() == Frequency.Unit.MONTH_END ? other.frequency : frequency;
    LocalDateTime from = later ? first : other.first;
    LocalDateTime to = later ? other.first : first;
    int steps = 0;
    while (steps < MOST_ROWS_BETWEEN && step.plus(from, steps).isBefore(to)) {
      steps++;
    }
    if (!step.plus(from, steps).equals(to)) {
      throw new IllegalArgumentException(
          "%s is no whole number of steps from %s, where the series that was learnt begins; it is %s"
              .formatted(other.first, first, frequency));
    }
    return later ? Math.floorMod(-steps, season) : steps % season;
  }

  /** The time of a row after the history; see {@link TimeIndex#at}. */
  LocalDateTime at(long row) {
    return frequency.unit() == Frequency.Unit.WEEKDAY
        ? frequency.plus(last, row - (rows - 1L))
        : frequency.plus(first, row);
  }

  Map<String, String> toConfig() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put(FREQUENCY, frequency.count() + " " + frequency.unit());
    config.put(FIRST, first.toString());
    config.put(LAST, last.toString());
    config.put(ROWS, Integer.toString(rows));
    labels.forEach((time, label) -> config.put(LABEL + time, label));
    return config;
  }

  /**
   * Reads what {@link #toConfig} wrote; null if nothing was.
   *
   * @throws IllegalArgumentException if it is not what it should be
   */
  static Timeline fromConfig(Map<String, String> config) {
    if (!config.containsKey(FREQUENCY)) {
      return null;
    }
    Map<LocalDateTime, String> labels = new TreeMap<>();
    String[] words = config.get(FREQUENCY).split(" ", -1);
    try {
      config.forEach(
          (key, value) -> {
            if (key.startsWith(LABEL)) {
              labels.put(LocalDateTime.parse(key.substring(LABEL.length())), value);
            }
          });
      return new Timeline(
          new Frequency(Long.parseLong(words[0]), Frequency.Unit.valueOf(words[1])),
          LocalDateTime.parse(ForecastOrigin.required(config, FIRST)),
          LocalDateTime.parse(ForecastOrigin.required(config, LAST)),
          (int) ForecastOrigin.numbers(config, ROWS)[0],
          Collections.unmodifiableMap(labels));
    } catch (DateTimeException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException("its times are not what they should be", e);
    }
  }
}
