package dev.refrain.cli.csv;

import dev.refrain.cli.BadInputException;
import dev.refrain.series.Series;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads many series from one CSV file: wide, a column a series, or long, a row a value with the
 * name of its series in a column of its own. Series may begin later or end earlier than others:
 * gaps at the ends are no part of a series. What is wrong with one series is its own problem, and
 * the others go on.
 */
public final class FleetCsv {
  private static final Logger LOG = LoggerFactory.getLogger(FleetCsv.class);

  /** What rows of a long file are listed as that belong to no series. */
  private static final String NO_SERIES = "(no series)";

  private final FleetTable table;
  private final CsvSource source;
  private final Missing missing;

  /** Column of dates, or −1. */
  private final int date;

  private final FleetSeries maker;
  private final List<Series> series = new ArrayList<>();
  private final Map<String, String> problems = new LinkedHashMap<>();

  private FleetCsv(FleetTable table, Missing missing, int heldOut) {
    this.table = table;
    this.source = table.source();
    this.missing = missing;
    date = table.dateColumn();
    maker = new FleetSeries(table, date, missing, heldOut);
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
   * @param wanted names of the columns of a wide file to read, or of the column of values of a long
   *     one; empty for all, or the only one of numbers
   * @param missing what to do about gaps within a series; {@link Missing#DROP} is not for fleets
   * @param heldOut last rows of each series that tell nothing about gaps before them, and must not
   *     have gaps themselves
   * @throws BadInputException if the file cannot be read, or is neither wide nor long, or a row is
   *     bad that is every series'
   */
  public static Fleet read(
      String file, String id, List<String> wanted, Missing missing, int heldOut) {
    return read(file, id, wanted, missing, heldOut, Decimal.AUTO);
  }

  /** As above, of a file whose numbers have the decimals that are said. */
  public static Fleet read(
      String file, String id, List<String> wanted, Missing missing, int heldOut, Decimal decimal) {
    FleetTable table = FleetTable.read(Samples.find(file).with(decimal));
    FleetCsv csv = new FleetCsv(table, missing, heldOut);
    csv.collect(id, wanted);
    return new Fleet(csv.series, csv.problems);
  }

  private void collect(String id, List<String> wanted) {
    if (id != null) {
      longFleet(table.column(id), wanted);
      return;
    }
    List<Integer> texts = columns().filter(table::isText).boxed().toList();
    if (texts.isEmpty() || isWide(texts)) {
      wideFleet(wanted);
    } else if (texts.size() > 1) {
      throw source.refuse(
          "has several columns of text, %s; name the one that tells series apart with --id"
              .formatted(FleetTable.quoted(names(texts))));
    } else {
      longFleet(texts.get(0), wanted);
    }
  }

  /** All but that of dates. */
  private IntStream columns() {
    return IntStream.range(0, table.header().size()).filter(column -> column != date);
  }

  private List<String> names(List<Integer> columns) {
    return columns.stream().map(table.header()::get).toList();
  }

  /**
   * Whether columns of text are bad series of a wide file, not names of a long one: there every
   * date comes once for all series, and several columns are numbers.
   */
  private boolean isWide(List<Integer> texts) {
    return date >= 0
        && table.hasDistinct(date)
        && columns().count() - texts.size() > 1
        && texts.stream().noneMatch(table::isConstant);
  }

  private void wideFleet(List<String> wanted) {
    refuseLong();
    Map<String, Integer> all = new LinkedHashMap<>();
    boolean counted = date < 0 && table.header().size() > 1 && table.countsRows(0);
    columns()
        .filter(column -> !(column == 0 && counted))
        .forEach(
            column -> {
              if (all.put(table.header().get(column), column) != null) {
                throw source.refuse(
                    "has two columns '" + table.header().get(column) + "'; rename one");
              }
            });
    if (all.isEmpty()) {
      throw source.refuse("has no columns of values, only dates");
    }
    Map<String, Integer> chosen = new LinkedHashMap<>();
    for (String name : wanted) {
      if (table.column(name) == date) {
        throw source.refuse("has dates in column '" + name + "'; choose columns of numbers");
      }
      chosen.put(name, table.column(name));
    }
    List<FleetTable.Row> usable = usableRows();
    (wanted.isEmpty() ? all : chosen)
        .forEach(
            (name, column) -> {
              usable.stream()
                  .filter(row -> row.cells().size() <= column)
                  .findFirst()
                  .ifPresent(row -> problems.put(name, row.refusal().getMessage()));
              add(name, usable, column);
            });
  }

  /**
   * The rows of a wide file. Of one with too few cells the last are missing, as spreadsheets leave
   * off blanks; one with too many might have any of them in a wrong column.
   */
  private List<FleetTable.Row> usableRows() {
    List<FleetTable.Row> usable = new ArrayList<>();
    for (FleetTable.Row row : table.rows()) {
      if (row.isWhole() || (row.cells().size() < table.header().size() && hasDate(row))) {
        usable.add(row);
        continue;
      }
      if (missing == Missing.ERROR) {
        throw new BadInputException(
            row.refusal().getMessage()
                + "; which series it is wrong for cannot be told; --missing interpolate leaves the"
                + " row out",
            row.refusal());
      }
      LOG.warn("{}; the row is taken as missing", row.refusal().getMessage());
      if (date < 0) {
        usable.add(
            new FleetTable.Row(
                PackedCells.blank(table.header().size()), row.place(), row.refusal()));
      }
    }
    return usable;
  }

  private boolean hasDate(FleetTable.Row row) {
    return date < row.cells().size();
  }

  /** Dates that come again are those of several series: a long file whose names are numbers. */
  private void refuseLong() {
    if (date < 0 || table.hasDistinct(date)) {
      return;
    }
    columns()
        .filter(this::tellsRowsApart)
        .findFirst()
        .ifPresent(
            column -> {
              throw source.refuse(
                  "has dates that come again, as a long file has, but no column of text; if '%s' tells"
                          .formatted(table.header().get(column))
                      + " its series apart, give --id "
                      + table.header().get(column));
            });
  }

  /** Whether it does so together with the date, and only then. */
  private boolean tellsRowsApart(int column) {
    Set<String> keys = new HashSet<>();
    return !table.hasDistinct(column)
        && table.wholeRows().stream()
            .allMatch(row -> keys.add(row.cell(column) + "\n" + row.cell(date)));
  }

  private void longFleet(int id, List<String> wanted) {
    int value = valueColumn(id, wanted);
    Map<String, List<FleetTable.Row>> rowsOf = new LinkedHashMap<>();
    List<String> unascribed = new ArrayList<>();
    for (FleetTable.Row row : table.wholeRows()) {
      String name = row.cell(id).strip();
      if (name.isEmpty()) {
        unascribed.add(
            "'%s', %s, column '%s' is blank; name the series"
                .formatted(source.name(), row.place(), table.header().get(id)));
      } else {
        rowsOf.computeIfAbsent(name, key -> new ArrayList<>()).add(row);
      }
    }
    for (FleetTable.Row row : table.rows()) {
      if (row.isWhole()) {
        continue;
      }
      // Only a name that other rows have is surely one, and no cell that slipped there.
      String name = row.cell(id).strip();
      if (rowsOf.containsKey(name)) {
        problems.putIfAbsent(name, row.refusal().getMessage());
      } else {
        unascribed.add(row.refusal().getMessage());
      }
    }
    reportUnascribed(unascribed);
    rowsOf.forEach((name, own) -> add(name, own, value));
  }

  private void reportUnascribed(List<String> unascribed) {
    if (unascribed.isEmpty()) {
      return;
    }
    String rows =
        unascribed.get(0)
            + (unascribed.size() == 1 ? "" : "; and " + (unascribed.size() - 1) + " more rows");
    if (date < 0) {
      throw source.refuse(
          "has rows that belong to no series, and no dates that would tell where one is missing: "
              + rows);
    }
    problems.put(NO_SERIES, rows);
  }

  private int valueColumn(int id, List<String> wanted) {
    if (wanted.size() > 1) {
      throw source.refuse(
          "is a long file, whose series are told apart by column '%s': its values are in one column;"
                  .formatted(table.header().get(id))
              + " name one with --column");
    }
    if (!wanted.isEmpty()) {
      return table.column(wanted.get(0));
    }
    List<Integer> found =
        columns().filter(column -> column != id && !table.isText(column)).boxed().toList();
    if (found.size() != 1) {
      throw source.refuse(
          found.isEmpty()
              ? "has no column of values beside those of names and dates"
              : "has several columns of values, %s; choose one with --column NAME, or, if each is a series, drop the column of text '%s'"
                  .formatted(FleetTable.quoted(names(found)), table.header().get(id)));
    }
    return found.get(0);
  }

  /** Adds a series, or its problem. */
  private void add(String name, List<FleetTable.Row> own, int column) {
    if (problems.containsKey(name)) {
      return;
    }
    try {
      series.add(maker.of(name, own, column));
    } catch (BadInputException e) {
      problems.put(name, e.getMessage());
    }
  }
}
