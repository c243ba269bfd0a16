package dev.refrain.cli.csv;

import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Makes the series of a fleet from their cells: each by itself, but dates that are alike once. */
final class FleetSeries {
  /** Those of more are made anew. */
  private static final int MOST_DATINGS = 8;

  private final FleetTable table;
  private final CsvSource source;

  /** Column of dates, or −1. */
  private final int date;

  private final Missing missing;
  private final int heldOut;

  /** Dates by their cells: all series of a wide file have them, and many of a long one. */
  private final Map<List<String>, Dating> datings =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, Dating> eldest) {
          return size() > MOST_DATINGS;
        }
      };

  /**
   * When the rows of a series happened.
   *
   * @param times null where they follow no step
   * @param grid that the rows lie on, where some may be missing; else null
   */
  private record Dating(TimeIndex times, DateColumn.Grid grid) {}

  FleetSeries(FleetTable table, int date, Missing missing, int heldOut) {
    this.table = table;
    this.source = table.source();
    this.date = date;
    this.missing = missing;
    this.heldOut = heldOut;
  }

  /**
   * A series without the gaps at its ends.
   *
   * @param own its rows
   * @param column of its values
   * @throws dev.refrain.cli.BadInputException if it cannot be used
   */
  Series of(String name, List<FleetTable.Row> own, int column) {
    NumericColumn numbers = table.numbers(column, own);
    numbers
        .firstFault()
        .ifPresent(
            problem -> {
              throw source.refuseAt(problem.place(), problem.what());
            });
    int from = 0;
    int to = own.size();
    while (from < to && Double.isNaN(numbers.value(from))) {
      from++;
    }
    while (to > from && Double.isNaN(numbers.value(to - 1))) {
      to--;
    }
    if (from == to) {
      throw source.refuse("has no number in series '" + name + "'");
    }
    double[] values = IntStream.range(from, to).mapToDouble(numbers::value).toArray();
    Magnitude.problem(name, values)
        .ifPresent(
            problem -> {
              throw source.refuse("has numbers of a size that cannot be learnt: " + problem);
            });
    if (missing == Missing.ERROR) {
      int gap = Gaps.first(values);
      if (gap >= 0) {
        throw source.refuseAt(
            own.get(from + gap).place(),
            ", series '" + name + "' has a gap; fill it in, or give --missing interpolate");
      }
    }
    TimeIndex times = null;
    if (date >= 0) {
      Dating dating = dating(own.subList(from, to));
      times = dating.times;
      values = dating.grid == null ? values : spread(values, dating.grid);
    }
    fill(name, values, times, from);
    double[][] rows = new double[values.length][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = new double[] {values[row]};
    }
    return new Series(List.of(name), rows, times);
  }

  private Dating dating(List<FleetTable.Row> own) {
    List<String> cells = new ArrayList<>(own.size());
    own.forEach(row -> cells.add(row.cell(date)));
    Dating known = datings.get(cells);
    if (known != null) {
      return known;
    }
    DateColumn dates = new DateColumn(source, table.header().get(date));
    own.forEach(row -> dates.add(row.cell(date), row.place()));
    Optional<DateColumn.Grid> grid = missing == Missing.ERROR ? Optional.empty() : dates.grid();
    TimeIndex times =
        missing == Missing.ERROR
            ? dates.index().orElse(null)
            : grid.map(DateColumn.Grid::times).orElse(null);
    Dating made = new Dating(times, grid.orElse(null));
    datings.put(cells, made);
    return made;
  }

  private static double[] spread(double[] values, DateColumn.Grid grid) {
    double[] wide = new double[grid.times().size()];
    Arrays.fill(wide, Double.NaN);
    for (int row = 0; row < values.length; row++) {
      wide[grid.rows()[row]] = values[row];
    }
    return wide;
  }

  private void fill(String name, double[] values, TimeIndex times, int from) {
    int test = heldOut < values.length ? heldOut : 0;
    Gaps.interpolateBefore(values, test);
    int gap = Gaps.first(values);
    if (gap >= 0) {
      String when = times == null ? "in row " + (from + gap + 1) : "at " + times.label(gap);
      throw source.refuse(
          ("has a gap in series '%s' %s, among its last %d rows, which are held out to compare the"
                  + " forecast with; fill it in, or give another --test-rows")
              .formatted(name, when, test));
    }
  }
}
