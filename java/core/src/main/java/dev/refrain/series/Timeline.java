package dev.refrain.series;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When the rows that follow a history will be: what a model keeps of its {@link TimeIndex}.
 *
 * @param frequency distance between rows
 * @param first time of row 0
 * @param last time of the last row of the history
 * @param rows of the history
 */
record Timeline(Frequency frequency, LocalDateTime first, LocalDateTime last, int rows) {
  private static final String FREQUENCY = "time.frequency";
  private static final String FIRST = "time.first";
  private static final String LAST = "time.last";
  private static final String ROWS = "time.rows";

  static Timeline of(TimeIndex times) {
    return new Timeline(times.frequency(), times.at(0), times.at(times.size() - 1), times.size());
  }

  /** The time of a row after the history; see {@link TimeIndex#at}. */
  LocalDateTime at(int row) {
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
    String[] words = config.get(FREQUENCY).split(" ", -1);
    try {
      return new Timeline(
          new Frequency(Long.parseLong(words[0]), Frequency.Unit.valueOf(words[1])),
          LocalDateTime.parse(ForecastOrigin.required(config, FIRST)),
          LocalDateTime.parse(ForecastOrigin.required(config, LAST)),
          (int) ForecastOrigin.numbers(config, ROWS)[0]);
    } catch (DateTimeException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException("its times are not what they should be", e);
    }
  }
}
