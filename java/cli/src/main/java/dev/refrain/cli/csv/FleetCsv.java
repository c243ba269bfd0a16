package dev.refrain.cli.csv;

import dev.refrain.cli.BadInputException;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Reads many series from one CSV file: wide, a column a series, or long, a row a value with the
 * name of its series in a column of its own. Series may begin later or end earlier than others:
 * gaps at the ends are no part of a series. What is wrong with one series is its own problem.
 */
public final class FleetCsv {
  private final CsvSource source;
  private final Missing missing;
  private final int heldOut;
  private final List<String> header = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();

  private FleetCsv(CsvSource source, Missing missing, int heldOut) {
    this.source = source;
    this.missing = missing;
    this.heldOut = heldOut;
  }

  /**
   * What was read.
   *
   * @param series of one column each
   * @param problems names of series that cannot be used, and why
   */
  public record Fleet(List<Series> series, Map<String, String> problems) {}

  /**
   * Reads a file.
   *
   * @param file path of a file, or the name of a sample
   * @param id name of the column that says whose a row is, for a long file; null to look for one of
   *     text
   * @param value name of the column of values of a long file; null for the only one of numbers
   * @param missing what to do about gaps within a series; {@link Missing#DROP} is not for fleets
   * @param heldOut last rows of each series that tell nothing about gaps before them, and must not
   *     have gaps themselves
   * @throws BadInputException if the file cannot be read, or is neither wide nor long
   */
  public static Fleet read(String file, String id, String value, Missing missing, int heldOut) {
    FleetCsv csv = new FleetCsv(Samples.find(file), missing, heldOut);
    CsvRows.read(
        csv.source,
        new CsvRows.Receiver() {
          @Override
          public void header(List<String> names) {
            csv.header.addAll(names);
          }

          @Override
          public void row(List<String> cells, Place place) {
            csv.rows.add(cells);
            csv.places.add(place);
          }
        });
    return csv.fleet(id, value);
  }

  private Fleet fleet(String id, String value) {
    int date = dateColumn();
    int idColumn = id != null ? column(id) : textColumn(date);
    return idColumn >= 0 ? longFleet(idColumn, date, value) : wideFleet(date);
  }

  private int column(String name) {
    int at = header.indexOf(name);
    if (at < 0) {
      throw source.refuse("has no column '" + name + "' among " + header);
    }
    return at;
  }

  private int dateColumn() {
    for (int column = 0; column < header.size(); column++) {
      if (!DateForm.candidates(header.get(column), rows.get(0).get(column)).isEmpty()) {
        return column;
      }
    }
    return -1;
  }

  /** The only column of text, or −1. */
  private int textColumn(int date) {
    int found = -1;
    for (int column = 0; column < header.size(); column++) {
      if (column != date && isText(column)) {
        if (found >= 0) {
          throw source.refuse(
              "has several columns of text, '%s' and '%s'; name the one that tells series apart with"
                      .formatted(header.get(found), header.get(column))
                  + " --id");
        }
        found = column;
      }
    }
    return found;
  }

  private boolean isText(int column) {
    NumericColumn numbers = new NumericColumn(header.get(column));
    for (int row = 0; row < rows.size(); row++) {
      numbers.add(rows.get(row).get(column), places.get(row));
    }
    return numbers.firstFault().isPresent() && !numbers.isMostlyNumbers();
  }

  private Fleet wideFleet(int date) {
    refuseLong(date);
    Map<String, List<Integer>> all = new LinkedHashMap<>();
    List<Integer> every = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      every.add(row);
    }
    Map<String, Integer> columns = new LinkedHashMap<>();
    for (int column = 0; column < header.size(); column++) {
      if (column != date && !(column == 0 && date < 0 && header.size() > 1 && counts())) {
        if (columns.put(header.get(column), column) != null) {
          throw source.refuse("has two columns '" + header.get(column) + "'; rename one");
        }
        all.put(header.get(column), every);
      }
    }
    return collect(all, columns, date);
  }

  /** Dates that come again are those of several series: a long file whose names are numbers. */
  private void refuseLong(int date) {
    if (date < 0) {
      return;
    }
    List<String> dates = rows.stream().map(row -> row.get(date).strip()).toList();
    if (new HashSet<>(dates).size() == dates.size()) {
      return;
    }
    for (int column = 0; column < header.size(); column++) {
      int own = column;
      Set<String> keys = new HashSet<>();
      if (column != date
          && rows.stream().allMatch(row -> keys.add(row.get(own) + "\n" + row.get(date)))
          && rows.stream().map(row -> row.get(own)).distinct().count() < rows.size()) {
        throw source.refuse(
            "has dates that come again, as a long file has, but no column of text; if '%s' tells its"
                    .formatted(header.get(column))
                + " series apart, give --id "
                + header.get(column));
      }
    }
  }

  private boolean counts() {
    NumericColumn first = new NumericColumn("");
    for (int row = 0; row < rows.size(); row++) {
      first.add(rows.get(row).get(0), places.get(row));
    }
    return first.countsRows();
  }

  private Fleet longFleet(int id, int date, String value) {
    int valueColumn = value != null ? column(value) : onlyValueColumn(id, date);
    Map<String, List<Integer>> all = new LinkedHashMap<>();
    Map<String, Integer> columns = new LinkedHashMap<>();
    Map<String, String> nameless = new LinkedHashMap<>();
    for (int row = 0; row < rows.size(); row++) {
      String name = rows.get(row).get(id).strip();
      if (name.isEmpty()) {
        nameless.putIfAbsent(
            "(no name)",
            "%s: column '%s' is blank; name the series".formatted(places.get(row), header.get(id)));
        continue;
      }
      all.computeIfAbsent(name, key -> new ArrayList<>()).add(row);
      columns.put(name, valueColumn);
    }
    Fleet fleet = collect(all, columns, date);
    Map<String, String> problems = new LinkedHashMap<>(nameless);
    problems.putAll(fleet.problems());
    return new Fleet(fleet.series(), problems);
  }

  private int onlyValueColumn(int id, int date) {
    List<String> found = new ArrayList<>();
    for (int column = 0; column < header.size(); column++) {
      if (column != id && column != date && !isText(column)) {
        found.add(header.get(column));
      }
    }
    if (found.size() != 1) {
      throw source.refuse(
          found.isEmpty()
              ? "has no column of values beside those of names and dates"
              : "has several columns of values, " + found + "; choose one with --column NAME");
    }
    return header.indexOf(found.get(0));
  }

  private Fleet collect(Map<String, List<Integer>> rowsOf, Map<String, Integer> columns, int date) {
    List<Series> series = new ArrayList<>();
    Map<String, String> problems = new LinkedHashMap<>();
    rowsOf.forEach(
        (name, own) -> {
          try {
            series.add(series(name, own, columns.get(name), date));
          } catch (BadInputException e) {
            problems.put(name, e.getMessage());
          }
        });
    return new Fleet(series, problems);
  }

  private Series series(String name, List<Integer> own, int column, int date) {
    NumericColumn numbers = new NumericColumn(header.get(column));
    own.forEach(row -> numbers.add(rows.get(row).get(column), places.get(row)));
    numbers.firstFault().ifPresent(this::refuse);
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
    double[] values = new double[to - from];
    Magnitude.problem(name, IntStream.range(from, to).mapToDouble(numbers::value).toArray())
        .ifPresent(
            problem -> {
              throw source.refuse("has numbers of a size that cannot be learnt: " + problem);
            });
    for (int row = from; row < to; row++) {
      values[row - from] = numbers.value(row);
      if (Double.isNaN(values[row - from]) && missing == Missing.ERROR) {
        throw source.refuseAt(
            places.get(own.get(row)),
            ", series '" + name + "' has a gap; fill it in, or give --missing interpolate");
      }
    }
    TimeIndex times = null;
    if (date >= 0) {
      DateColumn dates = new DateColumn(source, header.get(date));
      own.subList(from, to).forEach(row -> dates.add(rows.get(row).get(date), places.get(row)));
      if (missing == Missing.ERROR) {
        times = dates.index().orElse(null);
      } else {
        Optional<DateColumn.Grid> grid = dates.grid();
        if (grid.isPresent()) {
          times = grid.get().times();
          double[] wide = new double[times.size()];
          Arrays.fill(wide, Double.NaN);
          for (int row = 0; row < values.length; row++) {
            wide[grid.get().rows()[row]] = values[row];
          }
          values = wide;
        }
      }
    }
    fill(name, values, times, from);
    double[][] column1 = new double[values.length][];
    for (int row = 0; row < column1.length; row++) {
      column1[row] = new double[] {values[row]};
    }
    return new Series(List.of(name), column1, times);
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

  private void refuse(NumericColumn.Problem problem) {
    throw source.refuseAt(problem.place(), problem.what());
  }
}
