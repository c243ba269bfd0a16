package dev.refrain.series;

import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.OptionalInt;

/** When the rows of a series happened, and when those after its end will. */
public final class TimeIndex {
  private final List<LocalDateTime> times;
  private final Frequency frequency;
  private final DateTimeFormatter format;

  /**
   * Makes an index.
   *
   * @param times one a row, at least one, strictly increasing and without gaps
   * @param frequency the distance between them, which goes on after the last
   * @param format how {@link #label} writes a time
   * @throws IllegalArgumentException if there are no times or they do not follow the frequency
   */
  public TimeIndex(List<LocalDateTime> times, Frequency frequency, DateTimeFormatter format) {
    this.times = List.copyOf(times);
    this.frequency = frequency;
    this.format = format;
    if (times.isEmpty()) {
      throw new IllegalArgumentException("a time index needs at least one time");
    }
    OptionalInt gap = frequency.firstGap(this.times);
    if (gap.isPresent()) {
      int row = gap.getAsInt();
      throw new IllegalArgumentException(
          "row %d is at %s, which does not follow %s of the row before: the series is %s"
              .formatted(row, times.get(row), times.get(row - 1), frequency));
    }
  }

  /**
   * Makes an index of times that tell their frequency themselves. Labels are dates ({@code
   * 2024-01-31}) where all times are midnights, else dates and times ({@code 2024-01-31T13:45:00}).
   *
   * @param times one a row, at least two, strictly increasing and without gaps
   * @throws IllegalArgumentException if they are not, or follow no frequency; the message says at
   *     which row
   */
  public static TimeIndex of(List<LocalDateTime> times) {
    for (int row = 1; row < times.size(); row++) {
      if (!times.get(row).isAfter(times.get(row - 1))) {
        throw new IllegalArgumentException(
            "row %d is at %s, which does not come after %s of the row before; sort the rows and drop repeats"
                .formatted(row, times.get(row), times.get(row - 1)));
      }
    }
    Frequency frequency =
        Frequency.detect(times)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%d times follow no regular step; give at least two of one frequency, or a"
                                .formatted(times.size())
                            + " series without times"));
    boolean dates = times.stream().allMatch(time -> time.toLocalTime().equals(LocalTime.MIDNIGHT));
    return new TimeIndex(
        times,
        frequency,
        dates ? DateTimeFormatter.ISO_LOCAL_DATE : DateTimeFormatter.ISO_LOCAL_DATE_TIME);
  }

  /** Number of rows that the index was made with. */
  public int size() {
    return times.size();
  }

  /**
   * The index of the first rows alone.
   *
   * @param count how many, at least 1
   */
  public TimeIndex head(int count) {
    return new TimeIndex(times.subList(0, count), frequency, format);
  }

  /** The distance between rows. */
  public Frequency frequency() {
    return frequency;
  }

  /**
   * The time of a row.
   *
   * @param row from 0; from {@link #size()} on it is a time to come
   * @return the time, in the time zone of the data, whichever that is
   * @throws IndexOutOfBoundsException if the row is negative
   */
  public LocalDateTime at(int row) {
    if (row < times.size()) {
      return times.get(row);
    }
    int last = times.size() - 1;
    // Months count from the first row (31 January, 28 February, 31 March); weekdays count from the
    // last, since holidays may be missing before it.
    return frequency.unit() == Frequency.Unit.WEEKDAY
        ? frequency.plus(times.get(last), row - last)
        : frequency.plus(times.get(0), row);
  }

  /**
   * The time of a row as the data writes it.
   *
   * @param row as in {@link #at}
   * @return for instance {@code 1949-01}
   * @throws IndexOutOfBoundsException if the row is negative
   */
  public String label(int row) {
    return format.format(at(row));
  }
}
