package dev.refrain.cli.csv;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.NearestNames;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The cells of a file with many series, and what can be told of its columns. All are held at once,
 * in about as many bytes as the file has and four a cell, until the series are made of them.
 */
final class FleetTable {
  /** Rows that are looked at for dates, where the first has none. */
  private static final int ROWS_TRIED = 5;

  private static final int MOST_QUOTED = 5;

  private final CsvSource source;
  private final List<String> header = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private List<Row> whole = List.of();
  private NumberForms forms;

  /**
   * A row.
   *
   * @param refusal of a row of more or fewer cells than there are columns; else null
   */
  record Row(PackedCells cells, Place place, BadInputException refusal) {
    boolean isWhole() {
      return refusal == null;
    }

    /** A cell; blank where the row does not reach so far. */
    String cell(int column) {
      return cells.get(column);
    }
  }

  private FleetTable(CsvSource source) {
    this.source = source;
  }

  static FleetTable read(CsvSource source) {
    FleetTable table = new FleetTable(source);
    CsvRows.read(
        source,
        new CsvRows.Receiver() {
          @Override
          public void header(List<String> names, NumberForms forms) {
            table.forms = forms;
            table.header.addAll(names);
          }

          @Override
          public void row(List<String> cells, Place place) {
            table.rows.add(new Row(PackedCells.of(cells), place, null));
          }

          @Override
          public void misfit(List<String> cells, Place place, BadInputException refusal) {
            table.rows.add(new Row(PackedCells.of(cells), place, refusal));
          }
        });
    table.whole = table.rows.stream().filter(Row::isWhole).toList();
    if (table.whole.isEmpty()) {
      throw table.rows.get(0).refusal;
    }
    return table;
  }

  CsvSource source() {
    return source;
  }

  List<String> header() {
    return header;
  }

  /** All rows, in their order. */
  List<Row> rows() {
    return rows;
  }

  List<Row> wholeRows() {
    return whole;
  }

  /**
   * Where a column is.
   *
   * @throws BadInputException if no column, or several, have that name
   */
  int column(String name) {
    int at = header.indexOf(name);
    if (at < 0) {
      throw source.refuse("has no column '" + name + "'; " + suggestion(name));
    }
    if (at != header.lastIndexOf(name)) {
      throw source.refuse("has two columns '" + name + "'; rename one");
    }
    return at;
  }

  private String suggestion(String name) {
    List<String> nearest = NearestNames.of(name, header);
    return nearest.isEmpty() && header.size() > MOST_QUOTED
        ? "its columns begin with " + quoted(header)
        : NearestNames.suggestion(name, header);
  }

  /** Some names, for messages. */
  static String quoted(List<String> names) {
    String first =
        String.join(", ", names.stream().limit(MOST_QUOTED).map(name -> "'" + name + "'").toList());
    int more = names.size() - MOST_QUOTED;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /** The leftmost column of dates, or −1; one bad date does not make it another one. */
  int dateColumn() {
    List<Row> whole = wholeRows();
    for (int at : rowsTried(whole.size())) {
      for (int column = 0; column < header.size(); column++) {
        if (isDate(column, whole.get(at)) && isMostlyDates(column, whole)) {
          return column;
        }
      }
    }
    return -1;
  }

  private boolean isMostlyDates(int column, List<Row> whole) {
    int[] tried = rowsTried(whole.size());
    long dates = IntStream.of(tried).filter(row -> isDate(column, whole.get(row))).count();
    return 2 * dates >= tried.length;
  }

  private boolean isDate(int column, Row row) {
    return !DateForm.candidates(header.get(column), row.cell(column)).isEmpty();
  }

  /** The first, and others over all the file. */
  private static int[] rowsTried(int rows) {
    return IntStream.range(0, ROWS_TRIED)
        .map(i -> (int) ((long) i * (rows - 1) / (ROWS_TRIED - 1)))
        .distinct()
        .toArray();
  }

  boolean hasDistinct(int column) {
    Set<String> values = new HashSet<>();
    return wholeRows().stream().allMatch(row -> values.add(row.cell(column).strip()));
  }

  boolean isConstant(int column) {
    return wholeRows().stream().map(row -> row.cell(column).strip()).distinct().count() == 1;
  }

  boolean isText(int column) {
    NumericColumn numbers = numbers(column, wholeRows());
    return numbers.firstFault().isPresent() && !numbers.isMostlyNumbers();
  }

  boolean countsRows(int column) {
    return numbers(column, wholeRows()).countsRows();
  }

  NumericColumn numbers(int column, List<Row> some) {
    NumericColumn numbers = new NumericColumn(header.get(column), forms.of(column));
    some.forEach(row -> numbers.add(row.cell(column), row.place));
    return numbers;
  }
}
