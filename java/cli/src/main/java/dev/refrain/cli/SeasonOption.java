package dev.refrain.cli;

import dev.refrain.series.Seasonality;
import dev.refrain.series.Series;
import java.util.Arrays;

/** The season that a command works with. */
final class SeasonOption {
  private SeasonOption() {}

  /**
   * What was given, or what the dates suggest, or what the values show.
   *
   * @param given length in steps, or null
   * @param series to forecast
   * @param rows that may be looked at
   */
  static int of(Integer given, Series series, int rows) {
    if (given != null) {
      return given;
    }
    return series
        .times()
        .map(times -> times.frequency().usualSeason())
        .orElseGet(() -> Seasonality.detect(Arrays.copyOf(series.column(0), rows)));
  }
}
