package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.series.Frequency;
import dev.refrain.series.Frequency.Unit;
import dev.refrain.series.TimeIndex;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeAxisTest {
  /** The row at {@code marked} lies at a whole number of units, which is labelled so. */
  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00, 1, MONTH, 72, 12, 1971",
    "1970-01-01T00:00, 1, MONTH, 30, 18, 1971-07",
    "1970-01-01T00:00, 1, MONTH, 24, 15, 1971-04",
    "1970-01-01T00:00, 1, MONTH, 12, 4, 1970-05",
    "2023-01-30T00:00, 1, DAY, 200, 2, 2023-02",
    "2023-01-30T00:00, 1, DAY, 60, 2, 2023-02-01",
    "2016-12-31T00:00, 1, HOUR, 480, 24, 2017-01-01",
    "2016-12-31T22:00, 1, HOUR, 48, 3, 01-01 01:00",
    "2016-12-31T22:00, 15, MINUTE, 48, 8, 01-01 00:00",
    "2016-12-31T23:59, 1, MINUTE, 48, 1, 00:00",
    "2016-12-31T23:59:50, 1, SECOND, 48, 10, 00:00:00",
    "2016-12-31T23:59:50, 10, MILLISECOND, 48, 7, 7",
  })
  void marksAreWholeUnitsOfAFittingSize(
      LocalDateTime start, int count, Unit unit, int rows, int marked, String label) {
    TimeIndex times =
        new TimeIndex(
            List.of(start), new Frequency(count, unit), DateTimeFormatter.ISO_LOCAL_DATE_TIME);
    TimeAxis axis = new TimeAxis(times, 0, rows - 1);
    double position = axis.position(marked);
    assertEquals(Math.rint(position), position, 1e-6);
    assertEquals(label, axis.label(position));
  }

  @Test
  void rowsWithoutDatesAreNumbered() {
    TimeAxis axis = new TimeAxis(null, 100, 199);
    assertEquals(150, axis.position(150));
    assertEquals("150", axis.label(150));
  }

  @Test
  void theEndsOfTheAxisReadDifferentlyAndEncloseTheRows() {
    TimeAxis axis = new TimeAxis(null, 100, 199);
    assertTrue(axis.min() < 100 && axis.max() > 199);
    assertNotEquals(axis.label(axis.min()), axis.label(axis.max()));
  }

  @Test
  void marksAreAUnitApartAndLeaveRoomForLabels() {
    assertEquals(250, new TimeAxis(null, 0, 4).markSpacing(1000));
    assertEquals(60, new TimeAxis(null, 0, 1000).markSpacing(1000));
  }
}
