package dev.refrain.cli.chart;

import dev.refrain.series.TimeIndex;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The horizontal axis: puts rows at their times, counted in calendar units of about the right size.
 * The chart marks round numbers of units, which are then whole years, months, days and so on.
 */
final class TimeAxis {
  /** The smallest number of units that an axis is counted in. */
  private static final int LEAST_UNITS = 4;

  private static final double LEFT_MARGIN = 0.005;
  private static final double RIGHT_MARGIN = 0.015;
  private static final double ROUNDING = 1e-6;
  private static final int MONTHS_A_YEAR = 12;
  private static final int MONTHS_A_HALF_YEAR = 6;
  private static final int MONTHS_A_QUARTER = 3;
  private static final double SECONDS_A_DAY = 86_400;
  private static final double NANOS_A_DAY = SECONDS_A_DAY * 1e9;

  private final TimeIndex times;
  private final Unit unit;
  private final double first;
  private final double last;

  /** What the axis is counted in, largest first. */
  private enum Unit {
    YEAR("uuuu"),
    HALF_YEAR("uuuu-MM"),
    QUARTER("uuuu-MM"),
    MONTH("uuuu-MM"),
    DAY("uuuu-MM-dd"),
    HOUR("MM-dd HH:mm"),
    MINUTE("HH:mm"),
    SECOND("HH:mm:ss"),
    /** Numbers of rows: where there are no dates, or nearer ones than these. */
    ROW("");

    private final DateTimeFormatter format;

    Unit(String pattern) {
      format = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

    double position(LocalDateTime time) {
      double days = time.toLocalDate().toEpochDay() + dayFraction(time.toLocalTime());
      return switch (this) {
        case YEAR -> months(time) / MONTHS_A_YEAR;
        case HALF_YEAR -> months(time) / MONTHS_A_HALF_YEAR;
        case QUARTER -> months(time) / MONTHS_A_QUARTER;
        case MONTH -> months(time);
        case DAY -> days;
        case HOUR -> days * 24;
        case MINUTE -> days * 24 * 60;
        case SECOND -> days * SECONDS_A_DAY;
        case ROW -> throw new IllegalStateException("rows have no time");
      };
    }

    String label(long position) {
      return switch (this) {
        case YEAR -> format.format(LocalDate.of((int) position, 1, 1));
        case HALF_YEAR -> format.format(ofMonths(position * MONTHS_A_HALF_YEAR));
        case QUARTER -> format.format(ofMonths(position * MONTHS_A_QUARTER));
        case MONTH -> format.format(ofMonths(position));
        case DAY -> format.format(LocalDate.ofEpochDay(position));
        case HOUR -> format.format(ofSeconds(position * 60 * 60));
        case MINUTE -> format.format(ofSeconds(position * 60));
        case SECOND -> format.format(ofSeconds(position));
        case ROW -> Long.toString(position);
      };
    }

    private static LocalDate ofMonths(long months) {
      return LocalDate.of(
          (int) Math.floorDiv(months, MONTHS_A_YEAR), Math.floorMod(months, MONTHS_A_YEAR) + 1, 1);
    }

    private static LocalDateTime ofSeconds(long seconds) {
      return LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
    }

    private static double months(LocalDateTime time) {
      double dayOfMonth = time.getDayOfMonth() - 1 + dayFraction(time.toLocalTime());
      return time.getYear() * (double) MONTHS_A_YEAR
          + time.getMonthValue()
          - 1
          + dayOfMonth / time.toLocalDate().lengthOfMonth();
    }

    private static double dayFraction(LocalTime time) {
      return time.toNanoOfDay() / NANOS_A_DAY;
    }
  }

  /**
   * Makes the axis of some rows.
   *
   * @param times when the rows happened, or null if they are numbered
   * @param firstRow the first that is shown
   * @param lastRow the last that is shown, not before the first
   */
  TimeAxis(TimeIndex times, int firstRow, int lastRow) {
    this.times = times;
    this.unit = times == null ? Unit.ROW : unit(times.at(firstRow), times.at(lastRow));
    this.first = position(firstRow);
    this.last = position(lastRow);
  }

  /**
   * Where the axis begins. The margins on both sides differ, because XChart marks arbitrary rows
   * rather than round numbers where it finds all positions equally far from each other.
   */
  double min() {
    return first - LEFT_MARGIN * (last - first);
  }

  /** Where the axis ends. */
  double max() {
    return last + RIGHT_MARGIN * (last - first);
  }

  /** Where a row is put. */
  double position(int row) {
    return unit == Unit.ROW ? row : unit.position(times.at(row));
  }

  /**
   * What is written at a mark. Marks are whole units, but XChart asks for the ends of the axis too,
   * and leaves out all marks if both read alike.
   */
  String label(double position) {
    long whole = Math.round(position);
    boolean isWhole = Math.abs(position - whole) < ROUNDING;
    return isWhole ? unit.label(whole) : Double.toString(position);
  }

  /**
   * The least distance of two marks.
   *
   * @param width of the axis, in pixels
   * @return in pixels: a unit, and not so near that the labels touch
   */
  int markSpacing(int width) {
    double widthOfUnit = width / Math.max(1, last - first);
    int widthOfLabel = unit == Unit.ROW ? 60 : 90;
    return (int) Math.ceil(Math.max(widthOfUnit, widthOfLabel));
  }

  private static Unit unit(LocalDateTime first, LocalDateTime last) {
    for (Unit unit : Unit.values()) {
      if (unit == Unit.ROW || unit.position(last) - unit.position(first) >= LEAST_UNITS) {
        return unit;
      }
    }
    throw new IllegalStateException("rows are a unit of any axis");
  }
}
