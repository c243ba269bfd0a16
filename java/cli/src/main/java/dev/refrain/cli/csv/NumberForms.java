package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How the columns of a file write their numbers. Unless it is said, a column has decimal commas
 * only if no number of the file has a point that cannot group thousands ({@code 5.25}), one of its
 * own cells has a comma that cannot do so ({@code 5,25}, {@code 0,125}, {@code 1.234,5}), and none
 * a point that may mean either ({@code 1.234} without such as {@code 1.234,5} beside it). All
 * others have decimal points.
 */
final class NumberForms {
  private final List<NumberForm> known;
  private final NumberForm others;

  private NumberForms(List<NumberForm> known, NumberForm others) {
    this.known = known;
    this.others = others;
  }

  /**
   * Those of a file.
   *
   * @param decimal what is said of it
   * @param text whole lines of it
   */
  static NumberForms of(Decimal decimal, String text, char delimiter) {
    return switch (decimal) {
      case COMMA -> new NumberForms(List.of(), NumberForm.COMMA);
      case POINT -> new NumberForms(List.of(), NumberForm.POINT_WITH_GROUPS);
      case AUTO ->
          new NumberForms(delimiter == ',' ? List.of() : told(text, delimiter), NumberForm.POINT);
    };
  }

  /** That of a column, from 0. */
  NumberForm of(int column) {
    return column < known.size() ? known.get(column) : others;
  }

  private static List<NumberForm> told(String text, char delimiter) {
    List<Column> columns = new ArrayList<>();
    try (CsvReader<CsvRecord> lines =
        FileHead.csv(delimiter).allowUnclosedQuote(true).ofCsvRecord(text)) {
      boolean first = true;
      for (CsvRecord line : lines) {
        if (CsvRows.isBlankLine(line)) {
          continue;
        }
        for (int column = 0; column < line.getFieldCount(); column++) {
          if (column == columns.size()) {
            columns.add(new Column());
          }
          String cell = line.getField(column).strip();
          if (NumberForm.hasDecimalPoint(cell)) {
            // A comma beside it is a mistake, and refused at its place.
            return List.of();
          }
          columns.get(column).see(cell, first);
        }
        first = false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return columns.stream().map(Column::form).toList();
  }

  /** What the cells of a column have. */
  private static final class Column {
    private boolean commas;
    private boolean groups;
    private boolean points;

    /** The first line may be a header, which is no evidence for commas. */
    void see(String cell, boolean first) {
      points |= NumberForm.hasDoubtfulPoint(cell);
      if (!first && NumberForm.hasDecimalComma(cell)) {
        commas = true;
        groups |= cell.indexOf('.') >= 0;
      }
    }

    NumberForm form() {
      if (!commas || (points && !groups)) {
        return NumberForm.POINT;
      }
      return groups ? NumberForm.COMMA : NumberForm.COMMA_WITHOUT_GROUPS;
    }
  }
}
