package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.refrain.series.Frequency.Unit;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrequencyTest {
  @ParameterizedTest
  @CsvSource({
    "1962-01-01T01:00, 1962-02-01T01:00, 1962-03-01T01:00, monthly, 12",
    "2020-01-31T00:00, 2020-02-29T00:00, 2020-03-31T00:00, monthly, 12",
    "2020-02-29T00:00, 2020-03-31T00:00, 2020-04-30T00:00, monthly, 12",
    "2020-01-01T00:00, 2020-04-01T00:00, 2020-07-01T00:00, quarterly, 4",
    "2020-03-31T00:00, 2020-06-30T00:00, 2020-09-30T00:00, quarterly, 4",
    "2019-01-01T00:00, 2020-01-01T00:00, 2021-01-01T00:00, yearly, 1",
    "2020-01-06T00:00, 2020-01-13T00:00, 2020-01-20T00:00, weekly, 52",
    "2020-01-01T00:00, 2020-01-02T00:00, 2020-01-03T00:00, daily, 7",
    "2020-01-02T00:00, 2020-01-03T00:00, 2020-01-06T00:00, every weekday, 5",
    "2016-07-01T00:00, 2016-07-01T01:00, 2016-07-01T02:00, hourly, 24",
    "2016-07-01T00:00, 2016-07-01T00:15, 2016-07-01T00:30, every 15 minutes, 96",
    "2016-07-01T00:00, 2016-07-01T00:00:10, 2016-07-01T00:00:20, every 10 seconds, 6",
    "2016-07-01T00:00, 2016-07-01T00:00:00.25, 2016-07-01T00:00:00.5, every 250 milliseconds, 1",
  })
  void stepsAreNamedAndHaveAUsualSeason(
      LocalDateTime first, LocalDateTime second, LocalDateTime third, String name, int season) {
    List<LocalDateTime> times = List.of(first, second, third);
    Frequency frequency = Frequency.detect(times).orElseThrow();
    assertEquals(name, frequency.toString());
    assertEquals(season, frequency.usualSeason());
    assertEquals(OptionalInt.empty(), frequency.firstGap(times));
    assertEquals(third, new TimeIndex(times.subList(0, 2), frequency, null).at(2));
  }

  @Test
  void oneTimeOrIrregularOnesHaveNoFrequency() {
    assertEquals(Optional.empty(), Frequency.detect(days(1)));
    assertEquals(Optional.empty(), Frequency.detect(days(1, 2, 4, 7, 11)));
    assertEquals(Optional.empty(), Frequency.detect(List.of()));
  }

  @Test
  void aMissingRowIsAGapInARegularSeries() {
    List<LocalDateTime> daily = days(1, 2, 3, 4, 5, 7, 8);
    Frequency frequency = Frequency.detect(daily).orElseThrow();
    assertEquals(new Frequency(1, Unit.DAY), frequency);
    assertEquals(OptionalInt.of(5), frequency.firstGap(daily));

    List<LocalDateTime> monthly =
        IntStream.of(0, 1, 2, 3, 5, 6)
            .mapToObj(month -> LocalDateTime.of(1949, 1, 31, 0, 0).plusMonths(month))
            .toList();
    frequency = Frequency.detect(monthly).orElseThrow();
    assertEquals(new Frequency(1, Unit.MONTH), frequency);
    assertEquals(OptionalInt.of(4), frequency.firstGap(monthly));
  }

  @Test
  void weekdaysForgiveHolidaysButNotMonths() {
    List<LocalDateTime> trading =
        new ArrayList<>(
            LocalDate.of(2020, 12, 1)
                .datesUntil(LocalDate.of(2021, 2, 1))
                .filter(date -> date.getDayOfWeek().getValue() <= 5)
                .map(LocalDate::atStartOfDay)
                .toList());
    trading.remove(LocalDateTime.of(2020, 12, 25, 0, 0));
    trading.remove(LocalDateTime.of(2021, 1, 1, 0, 0));
    Frequency frequency = Frequency.detect(trading).orElseThrow();
    assertEquals(new Frequency(1, Unit.WEEKDAY), frequency);
    assertEquals(OptionalInt.empty(), frequency.firstGap(trading));

    List<LocalDateTime> halted =
        Stream.concat(
                trading.stream(),
                Stream.of(LocalDateTime.of(2021, 3, 1, 0, 0), LocalDateTime.of(2021, 3, 2, 0, 0)))
            .toList();
    assertEquals(OptionalInt.of(trading.size()), frequency.firstGap(halted));
  }

  @Test
  void weekdaysGoOnFromFridayToMonday() {
    Frequency weekdays = new Frequency(1, Unit.WEEKDAY);
    LocalDateTime friday = LocalDateTime.of(2024, 5, 3, 0, 0);
    assertEquals(LocalDateTime.of(2024, 5, 6, 0, 0), weekdays.plus(friday, 1));
    assertEquals(LocalDateTime.of(2024, 5, 10, 0, 0), weekdays.plus(friday, 5));
    assertEquals(LocalDateTime.of(2024, 5, 13, 0, 0), weekdays.plus(friday, 6));
  }

  @Test
  void aStepIsAtLeastOneUnit() {
    assertEquals(
        "a step of 0 units; it must be at least 1",
        assertThrows(IllegalArgumentException.class, () -> new Frequency(0, Unit.DAY))
            .getMessage());
  }

  private static List<LocalDateTime> days(int... days) {
    return IntStream.of(days).mapToObj(day -> LocalDateTime.of(2024, 5, day, 0, 0)).toList();
  }
}
