package dev.refrain.series;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The regular distance in time between the rows of a series: monthly, hourly, every 15 minutes.
 *
 * @param count how many units a step is, at least 1
 * @param unit the largest unit that divides the step
 */
public record Frequency(long count, Unit unit) {

  /** What a step is counted in. */
  public enum Unit {
    /** 10⁻⁶ seconds. */
    MICROSECOND(1),
    /** 10⁻³ seconds. */
    MILLISECOND(1_000),
    /** A second. */
    SECOND(1_000_000),
    /** A minute. */
    MINUTE(60_000_000L),
    /** An hour. */
    HOUR(3_600_000_000L),
    /** A day of 24 hours. */
    DAY(86_400_000_000L),
    /** A week. */
    WEEK(7 * 86_400_000_000L),
    /** Monday to Friday; holidays may be missing. */
    WEEKDAY(0),
    /** A calendar month, always on the day of the first row, or the last day if there is none. */
    MONTH(0),
    /** A calendar month, always on its last day. */
    MONTH_END(0),
    /** A calendar year. */
    YEAR(0);

    /** Length in microseconds; 0 where it depends on the calendar. */
    private final long micros;

    Unit(long micros) {
      this.micros = micros;
    }
  }

  private static final int MONTHS_A_YEAR = 12;
  private static final int WEEKS_A_YEAR = 52;
  private static final int WEEKDAYS_A_WEEK = 5;
  private static final int DAYS_A_WEEK = 7;
  private static final int SECONDS_A_MINUTE = 60;

  /** Markets close for a holiday, for some days at worst; more is a gap. */
  private static final int LONGEST_CLOSURE_WEEKDAYS = 5;

  /**
   * With fewer steps than this share alike, dates are called irregular rather than full of gaps.
   */
  private static final double REGULAR_SHARE = 0.75;

  /**
   * Checks the count.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public Frequency {
    if (count < 1) {
      throw new IllegalArgumentException("a step of " + count + " units; it must be at least 1");
    }
  }

  /**
   * Finds the frequency that times follow. Rows may be missing as long as three quarters of the
   * steps are alike and the others are multiples of them: {@link #firstGap} tells where.
   *
   * @param times strictly increasing
   * @return the frequency, or empty if there are fewer than two times or they follow none
   */
  public static Optional<Frequency> detect(List<LocalDateTime> times) {
    if (times.size() < 2) {
      return Optional.empty();
    }
    return commonStep(monthPositions(times))
        .map(months -> ofMonths(months, Unit.MONTH))
        .or(() -> commonStep(monthEndPositions(times)).map(m -> ofMonths(m, Unit.MONTH_END)))
        .or(() -> weekdays(times))
        .or(() -> commonStep(microPositions(times)).map(Frequency::ofMicros));
  }

  /**
   * Finds the first row before which rows are missing.
   *
   * @param times strictly increasing, from which this frequency was detected
   * @return its index, or empty if the times have no gap
   */
  public OptionalInt firstGap(List<LocalDateTime> times) {
    for (int row = 1; row < times.size(); row++) {
      boolean gap =
          unit == Unit.WEEKDAY
              ? weekdaysBetween(times.get(row - 1), times.get(row)) > LONGEST_CLOSURE_WEEKDAYS + 1
              : !plus(times.get(0), row).equals(times.get(row));
      if (gap) {
        return OptionalInt.of(row);
      }
    }
    return OptionalInt.empty();
  }

  /**
   * The time some steps after another. Steps of months count from {@code start}, so that a series
   * of 31 January, 28 February, 31 March is had by counting from its first row.
   *
   * @param start where to count from
   * @param steps how many, not negative
   * @return the time
   */
  public LocalDateTime plus(LocalDateTime start, long steps) {
    long units = Math.multiplyExact(steps, count);
    return switch (unit) {
      case YEAR -> start.plusYears(units);
      case MONTH -> start.plusMonths(units);
      case MONTH_END -> start.plusMonths(units).with(TemporalAdjusters.lastDayOfMonth());
      case WEEKDAY -> plusWeekdays(start, units);
      default -> start.plus(Math.multiplyExact(units, unit.micros), ChronoUnit.MICROS);
    };
  }

  /**
   * The same for months whatever their day: what series are compared by. Last days that begin with
   * 31 January are months of the 31st as well and detected as these; those that begin with 28
   * February are last days alone.
   */
  public Frequency ofCalendar() {
    return unit == Unit.MONTH_END ? ofMonths(count, Unit.MONTH) : this;
  }

  /**
   * The length in steps of the cycle that such data usually has: a year for months, quarters and
   * weeks, a week for days, a day for hours and minutes, a minute for seconds. It is 1, which means
   * no season, where the step does not divide the cycle or there is no usual one.
   */
  public int usualSeason() {
    return switch (unit) {
      case MONTH, MONTH_END -> cycle(MONTHS_A_YEAR);
      case WEEK -> cycle(WEEKS_A_YEAR);
      case WEEKDAY -> cycle(WEEKDAYS_A_WEEK);
      case DAY -> cycle(DAYS_A_WEEK);
      case HOUR, MINUTE -> cycle(Unit.DAY.micros / unit.micros);
      case SECOND -> cycle(SECONDS_A_MINUTE);
      case MICROSECOND, MILLISECOND, YEAR -> 1;
    };
  }

  /** In words: {@code monthly}, {@code quarterly}, {@code every 15 minutes}. */
  @Override
  public String toString() {
    if (count == 3 && (unit == Unit.MONTH || unit == Unit.MONTH_END)) {
      return "quarterly";
    }
    if (count == 1) {
      return switch (unit) {
        case YEAR -> "yearly";
        case MONTH, MONTH_END -> "monthly";
        case WEEK -> "weekly";
        case DAY -> "daily";
        case HOUR -> "hourly";
        default -> "every " + unitName();
      };
    }
    return "every " + count + " " + unitName() + "s";
  }

  private String unitName() {
    return unit == Unit.MONTH_END ? "month" : unit.name().toLowerCase(Locale.ROOT);
  }

  private int cycle(long units) {
    return units % count == 0 ? (int) (units / count) : 1;
  }

  private static Frequency ofMonths(long months, Unit monthUnit) {
    boolean wholeYears = months % MONTHS_A_YEAR == 0 && monthUnit == Unit.MONTH;
    return wholeYears
        ? new Frequency(months / MONTHS_A_YEAR, Unit.YEAR)
        : new Frequency(months, monthUnit);
  }

  private static Frequency ofMicros(long micros) {
    Unit largest = Unit.MICROSECOND;
    for (Unit unit : Unit.values()) {
      if (unit.micros > 0 && micros % unit.micros == 0) {
        largest = unit;
      }
    }
    return new Frequency(micros / largest.micros, largest);
  }

  /** The step that most positions keep, if the others are multiples of it. */
  private static Optional<Long> commonStep(Optional<long[]> positions) {
    if (positions.isEmpty()) {
      return Optional.empty();
    }
    long[] at = positions.get();
    Map<Long, Integer> counts = new HashMap<>();
    long common = at[1] - at[0];
    for (int row = 1; row < at.length; row++) {
      long step = at[row] - at[row - 1];
      counts.merge(step, 1, Integer::sum);
      if (counts.get(step) > counts.get(common)) {
        common = step;
      }
    }
    long step = common;
    boolean regular =
        step > 0
            && counts.get(step) >= REGULAR_SHARE * (at.length - 1)
            && counts.keySet().stream().allMatch(other -> other % step == 0);
    return regular ? Optional.of(step) : Optional.empty();
  }

  /** Months since the first time, if all times lie whole months after it. */
  private static Optional<long[]> monthPositions(List<LocalDateTime> times) {
    LocalDateTime first = times.get(0);
    long[] months = new long[times.size()];
    for (int row = 0; row < months.length; row++) {
      LocalDateTime time = times.get(row);
      months[row] = calendarMonths(first, time);
      if (!first.plusMonths(months[row]).equals(time)) {
        return Optional.empty();
      }
    }
    return Optional.of(months);
  }

  /** Months since the first time, if all times are last days of months at one time of day. */
  private static Optional<long[]> monthEndPositions(List<LocalDateTime> times) {
    LocalDateTime first = times.get(0);
    long[] months = new long[times.size()];
    for (int row = 0; row < months.length; row++) {
      LocalDateTime time = times.get(row);
      months[row] = calendarMonths(first, time);
      if (!time.with(TemporalAdjusters.lastDayOfMonth()).equals(time)
          || !time.toLocalTime().equals(first.toLocalTime())) {
        return Optional.empty();
      }
    }
    return Optional.of(months);
  }

  private static long calendarMonths(LocalDateTime from, LocalDateTime to) {
    return ChronoUnit.MONTHS.between(
        from.toLocalDate().withDayOfMonth(1), to.toLocalDate().withDayOfMonth(1));
  }

  private static Optional<long[]> microPositions(List<LocalDateTime> times) {
    LocalDateTime first = times.get(0);
    long[] micros = new long[times.size()];
    Arrays.setAll(micros, row -> ChronoUnit.MICROS.between(first, times.get(row)));
    return Optional.of(micros);
  }

  /** Days without weekends: no time on a weekend although a weekend lies between them. */
  private static Optional<Frequency> weekdays(List<LocalDateTime> times) {
    LocalTime timeOfDay = times.get(0).toLocalTime();
    int consecutive = 0;
    boolean weekendSkipped = false;
    for (int row = 0; row < times.size(); row++) {
      LocalDateTime time = times.get(row);
      if (isWeekend(time) || !time.toLocalTime().equals(timeOfDay)) {
        return Optional.empty();
      }
      if (row > 0 && weekdaysBetween(times.get(row - 1), time) == 1) {
        consecutive++;
        weekendSkipped |= ChronoUnit.DAYS.between(times.get(row - 1), time) > 1;
      }
    }
    return weekendSkipped && consecutive >= REGULAR_SHARE * (times.size() - 1)
        ? Optional.of(new Frequency(1, Unit.WEEKDAY))
        : Optional.empty();
  }

  private static long weekdaysBetween(LocalDateTime from, LocalDateTime to) {
    long days = ChronoUnit.DAYS.between(from.toLocalDate(), to.toLocalDate());
    long weekdays = days / DAYS_A_WEEK * WEEKDAYS_A_WEEK;
    for (long day = days - days % DAYS_A_WEEK + 1; day <= days; day++) {
      if (!isWeekend(from.plusDays(day))) {
        weekdays++;
      }
    }
    return weekdays;
  }

  private static LocalDateTime plusWeekdays(LocalDateTime start, long weekdays) {
    LocalDateTime time = start.plusWeeks(weekdays / WEEKDAYS_A_WEEK);
    for (long left = weekdays % WEEKDAYS_A_WEEK; left > 0; ) {
      time = time.plusDays(1);
      if (!isWeekend(time)) {
        left--;
      }
    }
    return time;
  }

  private static boolean isWeekend(LocalDateTime time) {
    DayOfWeek day = time.getDayOfWeek();
    return day == DayOfWeek.SATURDAY || day == DayOfWeek.SUNDAY;
  }
}
