package dev.refrain.cli.csv;

import dev.refrain.cli.NearestNames;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a series from a CSV file: UTF-8 text with a header and one row a step, oldest first. Cells
 * are separated by commas, semicolons or tabs (which, the file tells), and may be quoted; numbers
 * have a decimal point, or a comma if the column leaves no doubt. A file whose first line is a row
 * of numbers has no header: its columns are called {@code column1}, {@code column2} and so on.
 *
 * <p>The leftmost column whose first cell is a date gives the times; a first column that merely
 * counts the rows is left out.
 */
public final class SeriesCsv {
  private static final Logger LOG = LoggerFactory.getLogger(SeriesCsv.class);

  private final CsvSource source;
  private final List<NumericColumn> columns = new ArrayList<>();
  private DateColumn dates;
  private int dateColumn = -1;
  private int rows;

  private SeriesCsv(CsvSource source) {
    this.source = source;
  }

  /**
   * Reads a file.
   *
   * @param file path of a file, or the name of one of the {@link Samples}
   * @param names of the columns to read, in their order; if empty, the only column of numbers
   * @return the series, with its times if the file has a column of regular dates
   * @throws dev.refrain.cli.BadInputException if the file cannot be read or is no such file, a cell
   *     of a wanted column is no number, dates are missing or out of order, a named column does not
   *     exist, or none is named and there is not exactly one column of numbers
   */
  public static Series read(String file, List<String> names) {
    return read(file, names, Missing.ERROR);
  }

  /** As {@link #read(String, List)}, but what is missing may be made up for. */
  public static Series read(String file, List<String> names, Missing missing) {
    return read(file, names, missing, HeldOut.NONE);
  }

  /**
   * As {@link #read(String, List, Missing)}, with last rows that are held out to be compared with:
   * they tell nothing about gaps before them, and must not have gaps themselves.
   *
   * @param heldOut how many; ignored where the file has no more rows
   */
  public static Series read(String file, List<String> names, Missing missing, HeldOut heldOut) {
    return read(file, names, missing, heldOut, Decimal.AUTO);
  }

  /** As above, of a file whose numbers have the decimals that are said. */
  public static Series read(
      String file, List<String> names, Missing missing, HeldOut heldOut, Decimal decimal) {
    SeriesCsv csv = new SeriesCsv(Samples.find(file).with(decimal));
    csv.readRows();
    return csv.series(names, missing, heldOut);
  }

  private void readRows() {
    CsvRows.read(
        source,
        new CsvRows.Receiver() {
          @Override
          public void header(List<String> names, NumberForms forms) {
            names.forEach(name -> columns.add(new NumericColumn(name, forms.of(columns.size()))));
          }

          @Override
          public void row(List<String> cells, Place place) {
            addRow(cells, place);
          }
        });
  }

  private void addRow(List<String> cells, Place place) {
    if (rows == 0) {
      findDateColumn(cells);
    }
    rows++;
    for (int column = 0; column < columns.size(); column++) {
      columns.get(column).add(cells.get(column), place);
    }
    if (dates != null) {
      dates.add(cells.get(dateColumn), place);
    }
  }

  private void findDateColumn(List<String> cells) {
    for (int column = 0; column < columns.size() && dates == null; column++) {
      String name = columns.get(column).name();
      if (!DateForm.candidates(name, cells.get(column)).isEmpty()) {
        dates = new DateColumn(source, name);
        dateColumn = column;
      }
    }
  }

  private Series series(List<String> names, Missing missing, HeldOut heldOut) {
    List<NumericColumn> chosen =
        names.isEmpty() ? List.of(onlyNumericColumn()) : names.stream().map(this::column).toList();
    for (NumericColumn column : chosen) {
      (missing == Missing.ERROR ? column.firstProblem() : column.firstFault())
          .ifPresent(
              problem -> {
                throw source.refuseAt(problem.place(), problem.what());
              });
    }
    List<String> found = chosen.stream().map(NumericColumn::name).toList();
    double[][] values = new double[rows][chosen.size()];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < chosen.size(); column++) {
        values[row][column] = chosen.get(column).value(row);
      }
    }
    for (int column = 0; column < chosen.size(); column++) {
      int own = column;
      double[] numbers = Arrays.stream(values).mapToDouble(row -> row[own]).toArray();
      Magnitude.problem(found.get(column), numbers)
          .ifPresent(
              problem -> {
                throw source.refuse("has numbers of a size that cannot be learnt: " + problem);
              });
    }
    return switch (missing) {
      case ERROR -> new Series(found, values, index());
      case INTERPOLATE -> interpolated(found, values, heldOut);
      case DROP -> dropped(found, values);
    };
  }

  private TimeIndex index() {
    return Optional.ofNullable(dates).flatMap(DateColumn::index).orElse(null);
  }

  private Series interpolated(List<String> names, double[][] values, HeldOut heldOut) {
    Optional<DateColumn.Grid> grid = Optional.ofNullable(dates).flatMap(DateColumn::grid);
    int all = grid.map(it -> it.times().size()).orElse(rows);
    double[][] filled = new double[all][names.size()];
    int test = heldOut.rows() < all ? Math.max(0, heldOut.rows()) : 0;
    int count = 0;
    for (int column = 0; column < names.size(); column++) {
      double[] own = new double[all];
      Arrays.fill(own, Double.NaN);
      for (int row = 0; row < rows; row++) {
        own[grid.isPresent() ? grid.get().rows()[row] : row] = values[row][column];
      }
      if (Arrays.stream(own, 0, all - test).allMatch(Double::isNaN)) {
        throw source.refuse(
            "has no number in column '%s'%s"
                .formatted(names.get(column), test > 0 ? " before the rows held out" : ""));
      }
      count += Gaps.interpolateBefore(own, test);
      int gap = Gaps.first(own);
      if (gap >= 0) {
        String when = grid.map(it -> "at " + it.times().label(gap)).orElse("in row " + (gap + 1));
        throw source.refuse(
            ("has a gap in column '%s' %s, among the last %d rows, which are held out to compare the"
                    + " forecast with; fill it in, or give %s")
                .formatted(names.get(column), when, test, heldOut.mend()));
      }
      for (int row = 0; row < all; row++) {
        filled[row][column] = own[row];
      }
    }
    if (count > 0 && !heldOut.equals(HeldOut.UNKNOWN)) {
      LOG.warn("{} missing values of '{}' were interpolated", count, source.name());
    }
    return new Series(names, filled, grid.map(DateColumn.Grid::times).orElse(null));
  }

  private Series dropped(List<String> names, double[][] values) {
    int[] kept =
        IntStream.range(0, rows)
            .filter(row -> Arrays.stream(values[row]).noneMatch(Double::isNaN))
            .toArray();
    if (kept.length == 0) {
      throw source.refuse("has no row without a gap in " + names);
    }
    if (kept.length < rows) {
      LOG.warn("{} rows of '{}' with gaps were dropped", rows - kept.length, source.name());
    }
    return new Series(
        names,
        Arrays.stream(kept).mapToObj(row -> values[row]).toArray(double[][]::new),
        dates == null ? null : dates.only(kept).unlessGaps().orElse(null));
  }

  private NumericColumn onlyNumericColumn() {
    List<NumericColumn> candidates = new ArrayList<>(columns);
    if (dates != null) {
      candidates.remove(dateColumn);
    } else if (columns.size() > 1 && columns.get(0).countsRows()) {
      candidates.remove(0);
    }
    if (candidates.isEmpty()) {
      throw source.refuse("has dates but no column of numbers; add the values beside the dates");
    }
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    List<NumericColumn> numeric =
        candidates.stream().filter(NumericColumn::isMostlyNumbers).toList();
    if (numeric.size() == 1) {
      return numeric.get(0);
    }
    if (numeric.isEmpty()) {
      throw source.refuse(
          "has no column of numbers among %s; the series must be numbers"
              .formatted(quotedNames(candidates)));
    }
    throw source.refuse(
        "has %d columns of numbers, %s; choose one with --column NAME, or take all with forecast --fleet"
            .formatted(numeric.size(), quotedNames(numeric)));
  }

  private NumericColumn column(String name) {
    List<NumericColumn> named =
        columns.stream().filter(column -> column.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw source.refuse(
          "has no column '%s'; %s"
              .formatted(
                  name,
                  NearestNames.suggestion(
                      name, columns.stream().map(NumericColumn::name).distinct().toList())));
    }
    if (named.size() > 1) {
      throw source.refuse(
          "has %d columns '%s'; give them different names".formatted(named.size(), name));
    }
    if (dates != null && columns.indexOf(named.get(0)) == dateColumn) {
      throw source.refuse("has dates in column '" + name + "'; choose a column of numbers");
    }
    return named.get(0);
  }

  private static String quotedNames(List<NumericColumn> columns) {
    return columns.stream()
        .map(column -> "'" + column.name() + "'")
        .collect(Collectors.joining(", "));
  }
}
