package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.refrain.cli.NearestNames;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a series from a CSV file: UTF-8 text with a header and one row a step, oldest first. Cells
 * are separated by commas, semicolons or tabs (which, the file tells), and may be quoted; numbers
 * have a decimal point. A file whose first line is a row of numbers has no header: its columns are
 * called {@code column1}, {@code column2} and so on.
 *
 * <p>The leftmost column whose first cell is a date gives the times; a first column that merely
 * counts the rows is left out.
 */
public final class SeriesCsv {
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
    SeriesCsv csv = new SeriesCsv(Samples.find(file));
    csv.readRows();
    return csv.series(names);
  }

  private void readRows() {
    try (InputStream in = new BufferedInputStream(source.open(), FileHead.BYTES)) {
      in.mark(FileHead.BYTES);
      FileHead head = FileHead.of(source, in.readNBytes(FileHead.BYTES));
      in.reset();
      in.skipNBytes(head.byteOrderMarkBytes());
      // A decoder made this way reports malformed text, rather than replacing it.
      Reader text = new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
      try (CsvReader<CsvRecord> lines =
          FileHead.csv(head.delimiter()).allowUnclosedQuote(false).ofCsvRecord(text)) {
        readLines(lines);
      }
    } catch (IOException e) {
      throw unreadable(e);
    } catch (UncheckedIOException e) {
      throw unreadable(e.getCause());
    } catch (CsvParseException e) {
      throw source.refuse("is not well-formed CSV: " + e.getMessage() + "; correct its quotes");
    }
  }

  private void readLines(Iterable<CsvRecord> lines) {
    long blankLine = 0;
    for (CsvRecord line : lines) {
      if (isBlankLine(line)) {
        blankLine = blankLine == 0 ? line.getStartingLineNumber() : blankLine;
        continue;
      }
      if (columns.isEmpty()) {
        addHeader(line);
      } else {
        if (blankLine > 0 && columns.size() == 1) {
          // Where there is one column only, a blank line between rows is a blank cell.
          addRow(List.of(""), blankLine);
        }
        addRow(line.getFields(), line.getStartingLineNumber());
      }
      blankLine = 0;
    }
    if (rows == 0) {
      throw source.refuse("has a header but no rows; it needs one row a step");
    }
  }

  private void addHeader(CsvRecord line) {
    boolean headless = line.getFields().stream().allMatch(SeriesCsv::isData);
    for (String cell : line.getFields()) {
      boolean named = !headless && !cell.isBlank();
      columns.add(new NumericColumn(named ? cell.strip() : "column" + (columns.size() + 1)));
    }
    if (headless) {
      addRow(line.getFields(), line.getStartingLineNumber());
    }
  }

  private void addRow(List<String> cells, long line) {
    Place place = new Place(rows + 1, line);
    if (cells.size() != columns.size()) {
      throw source.refuseAt(
          place,
          " has %d %s, but the header has %d; give each row one cell a column"
              .formatted(cells.size(), cells.size() == 1 ? "cell" : "cells", columns.size()));
    }
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

  private Series series(List<String> names) {
    List<NumericColumn> chosen =
        names.isEmpty() ? List.of(onlyNumericColumn()) : names.stream().map(this::column).toList();
    for (NumericColumn column : chosen) {
      column
          .firstProblem()
          .ifPresent(
              problem -> {
                throw source.refuseAt(problem.place(), problem.what());
              });
    }
    Optional<TimeIndex> times = Optional.ofNullable(dates).flatMap(DateColumn::index);
    double[][] values = new double[rows][chosen.size()];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < chosen.size(); column++) {
        values[row][column] = chosen.get(column).value(row);
      }
    }
    return new Series(
        chosen.stream().map(NumericColumn::name).toList(), values, times.orElse(null));
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
        "has %d columns of numbers, %s; choose one with --column NAME"
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

  private RuntimeException unreadable(IOException e) {
    return e instanceof CharacterCodingException
        ? source.refuse("is not UTF-8 text; save it as UTF-8")
        : source.unreadable(e);
  }

  static boolean isBlankLine(CsvRecord line) {
    return line.getFieldCount() == 1 && line.getField(0).isBlank();
  }

  private static boolean isData(String cell) {
    return NumericColumn.isNumber(cell) || DateForm.isDate(cell);
  }

  private static String quotedNames(List<NumericColumn> columns) {
    return columns.stream()
        .map(column -> "'" + column.name() + "'")
        .collect(Collectors.joining(", "));
  }
}
