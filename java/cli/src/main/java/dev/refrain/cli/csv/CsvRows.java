package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.refrain.cli.BadInputException;
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
import java.util.stream.IntStream;

/** Reads the header and the rows of a CSV file, in whatever way its cells are separated. */
final class CsvRows {
  private final CsvSource source;
  private final Receiver receiver;
  private NumberForms forms;
  private int columns;
  private int rows;

  /** Takes what is read. */
  interface Receiver {
    /** Takes the names of the columns and the forms of their numbers, first of all. */
    void header(List<String> names, NumberForms forms);

    /** Takes a row, as many cells as there are columns. */
    void row(List<String> cells, Place place);

    /**
     * Takes a row of more or fewer cells than there are columns; refuses the file unless it can do
     * better.
     *
     * @param refusal of the file, with the row's place
     */
    default void misfit(List<String> cells, Place place, BadInputException refusal) {
      throw refusal;
    }
  }

  private CsvRows(CsvSource source, Receiver receiver) {
    this.source = source;
    this.receiver = receiver;
  }

  /**
   * Reads all of a file. One whose first line is a row of numbers has no header: its columns are
   * called {@code column1}, {@code column2} and so on.
   *
   * @throws dev.refrain.cli.BadInputException if the file cannot be read, is no CSV file or has no
   *     rows, or a row has more or fewer cells than the header and the receiver refuses it
   */
  static void read(CsvSource source, Receiver receiver) {
    new CsvRows(source, receiver).read();
  }

  private void read() {
    try (InputStream in = new BufferedInputStream(source.open(), FileHead.BYTES)) {
      in.mark(FileHead.BYTES);
      FileHead head = FileHead.of(source, in.readNBytes(FileHead.BYTES));
      forms = head.forms();
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
      if (columns == 0) {
        addHeader(line);
      } else {
        if (blankLine > 0 && columns == 1) {
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
    boolean headless =
        IntStream.range(0, line.getFieldCount())
            .allMatch(column -> isData(line.getField(column), column));
    List<String> names = new ArrayList<>();
    for (String cell : line.getFields()) {
      boolean named = !headless && !cell.isBlank();
      names.add(named ? cell.strip() : "column" + (names.size() + 1));
    }
    columns = names.size();
    receiver.header(names, forms);
    if (headless) {
      addRow(line.getFields(), line.getStartingLineNumber());
    }
  }

  private void addRow(List<String> cells, long line) {
    rows++;
    Place place = new Place(rows, line);
    if (cells.size() != columns) {
      receiver.misfit(
          cells,
          place,
          source.refuseAt(
              place,
              " has %d %s, but the header has %d; give each row one cell a column"
                  .formatted(cells.size(), cells.size() == 1 ? "cell" : "cells", columns)));
      return;
    }
    receiver.row(cells, place);
  }

  private RuntimeException unreadable(IOException e) {
    return e instanceof CharacterCodingException
        ? source.refuse("is not UTF-8 text; save it as UTF-8")
        : source.unreadable(e);
  }

  static boolean isBlankLine(CsvRecord line) {
    return line.getFieldCount() == 1 && line.getField(0).isBlank();
  }

  private boolean isData(String cell, int column) {
    return forms.of(column).isNumber(cell) || DateForm.isDate(cell);
  }
}
