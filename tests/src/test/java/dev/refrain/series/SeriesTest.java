package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.refrain.series.Frequency.Unit;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class SeriesTest {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
  private static final Frequency MONTHLY = new Frequency(1, Unit.MONTH);
  private static final double[][] VALUES = {{1, 10}, {2, 20}, {3, 30}};

  @Test
  void columnsAndRowsAreCopies() {
    double[][] values = {{1, 10}, {2, 20}, {3, 30}};
    Series series = new Series(List.of("a", "b"), values);
    values[0][0] = 99;
    series.column(0)[1] = 99;
    series.rows(0, 3)[2][0] = 99;
    assertArrayEquals(new double[] {1, 2, 3}, series.column(0));
    assertArrayEquals(new double[][] {{2, 20}, {3, 30}}, series.rows(1, 3));
    assertEquals(3, series.rows());
    assertEquals(2, series.columns());
    assertEquals("Series of 3 rows, columns [a, b]", series.toString());
  }

  @Test
  void labelsGoOnAfterTheEnd() {
    Series numbered = new Series(List.of("a", "b"), VALUES);
    assertEquals("5", numbered.label(5));

    Series dated = new Series(List.of("a", "b"), VALUES, monthEnds());
    assertEquals("2019-01-31", dated.label(0));
    assertEquals("2019-03-31", dated.label(2));
    assertEquals("2019-04-30", dated.label(3));
    assertEquals("2019-05-31", dated.label(4));
    assertEquals("Series of 3 rows, columns [a, b], monthly", dated.toString());
  }

  @Test
  void weekdaysGoOnFromTheLastRowWhateverHolidaysCameBefore() {
    TimeIndex index =
        new TimeIndex(
            List.of(date(2020, 12, 23), date(2020, 12, 24), date(2020, 12, 28)),
            new Frequency(1, Unit.WEEKDAY),
            DAY);
    assertEquals("2020-12-29", index.label(3));
    assertEquals("2021-01-04", index.label(7));
  }

  @Test
  void timesTellTheirFrequency() {
    LocalDateTime first = date(2024, 1, 31);
    TimeIndex months = TimeIndex.of(List.of(first, date(2024, 2, 29), date(2024, 3, 31)));
    assertEquals(MONTHLY, months.frequency().ofCalendar());
    assertEquals("2024-04-30", months.label(3));
    TimeIndex hours = TimeIndex.of(List.of(first, first.plusHours(1)));
    assertEquals("2024-01-31T02:00:00", hours.label(2));
    assertRefused(
        "row 1 is at 2024-01-30T00:00, which does not come after 2024-01-31T00:00 of the row before;"
            + " sort the rows and drop repeats",
        () -> TimeIndex.of(List.of(first, first.minusDays(1))));
    assertRefused(
        "1 times follow no regular step; give at least two of one frequency, or a series without"
            + " times",
        () -> TimeIndex.of(List.of(first)));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertRefused(
        "row 1, column 'b' is NaN; a series holds finite numbers only",
        () -> new Series(List.of("a", "b"), new double[][] {{1, 2}, {3, Double.NaN}}));
    assertRefused("row 0 has 2 values for 1 columns", () -> new Series(List.of("a"), VALUES));
    assertRefused(
        "a series needs at least one column", () -> new Series(List.of(), new double[0][]));
    assertRefused(
        "there are 2 rows but 3 times",
        () -> new Series(List.of("a"), new double[][] {{1}, {2}}, monthEnds()));
    assertRefused(
        "a time index needs at least one time", () -> new TimeIndex(List.of(), MONTHLY, DAY));
    assertRefused(
        "row 1 is at 2019-03-01T00:00, which does not follow 2019-01-01T00:00 of the row before:"
            + " the series is monthly",
        () -> new TimeIndex(List.of(date(2019, 1, 1), date(2019, 3, 1)), MONTHLY, DAY));
  }

  private static TimeIndex monthEnds() {
    return new TimeIndex(
        List.of(date(2019, 1, 31), date(2019, 2, 28), date(2019, 3, 31)), MONTHLY, DAY);
  }

  private static LocalDateTime date(int year, int month, int day) {
    return LocalDateTime.of(year, month, day, 0, 0);
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
