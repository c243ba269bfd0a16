package dev.refrain.cli.csv;

import static dev.refrain.cli.csv.NumericColumn.quoted;

import dev.refrain.series.Frequency;
import dev.refrain.series.TimeIndex;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The column of a file that tells when its rows happened. */
final class DateColumn {
  private static final Logger LOG = LoggerFactory.getLogger(DateColumn.class);

  private final CsvSource source;
  private final String name;
  private final List<String> cells = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();

  DateColumn(CsvSource source, String name) {
    this.source = source;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** Takes the cell of the next row. */
  void add(String cell, Place place) {
    cells.add(cell);
    places.add(place);
  }

  /**
   * Makes the index of all rows.
   *
   * @return empty, with a warning, if the dates are irregular; and if there are fewer than two
   * @throws dev.refrain.cli.BadInputException if a cell is no date, a date does not come after the
   *     one before, or dates are missing
   */
  Optional<TimeIndex> index() {
    List<Reading> readings = readings();
    for (Reading reading : readings) {
      Optional<Frequency> frequency = reading.frequency();
      if (frequency.isPresent()) {
        refuseGap(reading, frequency.get());
        return Optional.of(new TimeIndex(reading.times, frequency.get(), reading.writer));
      }
    }
    readings.get(0).firstDisorder().ifPresent(this::refuseDisorder);
    if (cells.size() > 1) {
      LOG.warn(
          "the dates in column '{}' of '{}' follow no regular step: rows are numbered instead",
          name,
          source.name());
    }
    return Optional.empty();
  }

  /** The same column with some of its rows. */
  DateColumn only(int[] rows) {
    DateColumn some = new DateColumn(source, name);
    for (int row : rows) {
      some.add(cells.get(row), places.get(row));
    }
    return some;
  }

  /** As {@link #index}, but empty, with a warning, where dates are missing. */
  Optional<TimeIndex> unlessGaps() {
    Optional<Grid> grid = grid();
    if (grid.isPresent() && grid.get().times.size() > cells.size()) {
      LOG.warn("dates are missing from '{}': rows are numbered instead", source.name());
      return Optional.empty();
    }
    return grid.map(Grid::times);
  }

  /**
   * The rows of a regular grid that the dates lie on, gaps among them filled.
   *
   * @param times of all rows of the grid
   * @param rows of the grid that the file's rows lie on
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Grid(TimeIndex times, int[] rows) {}

  /**
   * As {@link #index}, but dates may be missing.
   *
   * @throws dev.refrain.cli.BadInputException if a cell is no date, or a date does not come after
   *     the one before
   */
  Optional<Grid> grid() {
    for (Reading reading : readings()) {
      Optional<Frequency> frequency = reading.frequency();
      if (frequency.isPresent()) {
        return Optional.of(grid(reading, frequency.get()));
      }
    }
    return index().map(times -> new Grid(times, IntStream.range(0, times.size()).toArray()));
  }

  private static Grid grid(Reading reading, Frequency frequency) {
    List<LocalDateTime> all = new ArrayList<>();
    int[] rows = new int[reading.times.size()];
    LocalDateTime first = reading.times.get(0);
    for (int row = 0; row < rows.length; row++) {
      // Holidays are no gaps in a series of weekdays; what is missing lies between two rows.
      boolean closed =
          frequency.unit() == Frequency.Unit.WEEKDAY
              && row > 0
              && frequency.firstGap(reading.times.subList(row - 1, row + 1)).isEmpty();
      while (!closed
          && !all.isEmpty()
          && next(all, first, frequency).isBefore(reading.times.get(row))) {
        all.add(next(all, first, frequency));
      }
      rows[row] = all.size();
      all.add(reading.times.get(row));
    }
    return new Grid(new TimeIndex(all, frequency, reading.writer), rows);
  }

  private static LocalDateTime next(
      List<LocalDateTime> all, LocalDateTime first, Frequency frequency) {
    return frequency.unit() == Frequency.Unit.WEEKDAY
        ? frequency.plus(all.get(all.size() - 1), 1)
        : frequency.plus(first, all.size());
  }

  /**
   * All cells as times.
   *
   * @param times local times at the first row's offset, so that daylight saving makes no gaps
   * @param writer writes such times as the cells are written
   */
  private record Reading(List<LocalDateTime> times, DateTimeFormatter writer) {

    Optional<Frequency> frequency() {
      return firstDisorder().isPresent() ? Optional.empty() : Frequency.detect(times);
    }

    /** The first row that does not come after the one before. */
    OptionalInt firstDisorder() {
      return IntStream.range(1, times.size())
          .filter(row -> !times.get(row).isAfter(times.get(row - 1)))
          .findFirst();
    }
  }

  /** The column in each form that all its cells are written in; at least one. */
  private List<Reading> readings() {
    List<Reading> readings = new ArrayList<>();
    int firstBadRow = 0;
    String date = firstDate();
    for (DateForm form : DateForm.candidates(name, date)) {
      ZoneOffset offset = form.parse(date).orElseThrow().getOffset();
      List<LocalDateTime> times = timesUntilMisfit(form, offset);
      if (times.size() == cells.size()) {
        readings.add(new Reading(times, form.writer(offset)));
      }
      firstBadRow = Math.max(firstBadRow, times.size());
    }
    if (readings.isEmpty()) {
      throw refuseCell(firstBadRow, date);
    }
    return readings;
  }

  /** The first cell that is a date; the first of all if none is. */
  private String firstDate() {
    return cells.stream()
        .filter(cell -> !DateForm.candidates(name, cell).isEmpty())
        .findFirst()
        .orElse(cells.get(0));
  }

  private List<LocalDateTime> timesUntilMisfit(DateForm form, ZoneOffset offset) {
    List<LocalDateTime> times = new ArrayList<>(cells.size());
    for (String cell : cells) {
      Optional<OffsetDateTime> time = form.parse(cell);
      if (time.isEmpty()) {
        break;
      }
      times.add(time.get().withOffsetSameInstant(offset).toLocalDateTime());
    }
    return times;
  }

  private RuntimeException refuseCell(int row, String date) {
    String cell = cells.get(row);
    String like = cell.equals(date) ? "" : " like " + quoted(date);
    return refuse(
        row,
        cell.isBlank()
            ? "is blank; write the date"
            : "is %s, not a date%s; correct it".formatted(quoted(cell), like));
  }

  private void refuseDisorder(int row) {
    throw refuse(
        row,
        "is %s, which does not come after that of the row before, %s; sort the rows and drop repeats"
            .formatted(quoted(cells.get(row)), quoted(cells.get(row - 1))));
  }

  private void refuseGap(Reading reading, Frequency frequency) {
    OptionalInt gap = frequency.firstGap(reading.times);
    if (gap.isPresent()) {
      int row = gap.getAsInt();
      TimeIndex before = new TimeIndex(reading.times.subList(0, row), frequency, reading.writer);
      throw refuse(
          row,
          ("is %s, but the rows are %s, so that %s is missing before it; add the missing rows, or"
                  + " give --missing where the command takes it")
              .formatted(quoted(cells.get(row)), frequency, quoted(before.label(row))));
    }
  }

  private RuntimeException refuse(int row, String what) {
    return source.refuseAt(places.get(row), ", column '" + name + "' " + what);
  }
}
