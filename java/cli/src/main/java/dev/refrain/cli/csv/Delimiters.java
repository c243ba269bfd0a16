package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds what separates the cells of a file. */
final class Delimiters {
  private static final List<Character> BESIDE_COMMA = List.of(';', '\t');
  private static final Pattern COMMA_OF_A_NAME = Pattern.compile("[^,]*(, [^,]*)*");
  private static final Pattern BETWEEN_DIGITS = Pattern.compile("\\d,\\d");

  private Delimiters() {}

  /**
   * The delimiter that gives each line the same number of cells, more than one and the most.
   *
   * @param text whole lines
   * @param decimal what is said of the numbers
   */
  static char of(String text, Decimal decimal) {
    int byComma = regularity(text, ',');
    char other = regularity(text, '\t') > regularity(text, ';') ? '\t' : ';';
    int byOther = regularity(text, other);
    if (decimal == Decimal.COMMA) {
      return besideDecimalCommas(text, byComma, other, byOther);
    }
    if (byOther > byComma) {
      return other;
    }
    for (char candidate : BESIDE_COMMA) {
      if (byComma > 0
          && regularity(text, candidate) == byComma
          && firstLineHasCommas(text, candidate)
          && commasAreDecimals(text, candidate)) {
        return candidate;
      }
    }
    return ',';
  }

  /** Where commas are said to be decimals they separate cells only if nothing else can. */
  private static char besideDecimalCommas(String text, int byComma, char other, int byOther) {
    if (isRegular(byOther) && (byOther != byComma || commasAreDecimals(text, other))) {
      return other;
    }
    boolean oneColumn =
        byOther == 0
            && records(text, other).stream()
                .skip(1)
                .map(line -> line.getField(0).strip())
                .allMatch(cell -> NumberForm.isGap(cell) || NumberForm.COMMA.isNumber(cell));
    return !oneColumn && (isRegular(byComma) || (byComma > 0 && byOther == 0)) ? ',' : other;
  }

  /**
   * Whether the first line's commas are followed by a space, as in names of columns, or it is a row
   * of dates and numbers.
   */
  private static boolean firstLineHasCommas(String text, char delimiter) {
    List<String> cells = records(text, delimiter).get(0).getFields();
    return cells.stream()
            .allMatch(name -> !name.isBlank() && COMMA_OF_A_NAME.matcher(name.strip()).matches())
        || cells.stream()
            .map(String::strip)
            .allMatch(cell -> cell.indexOf(',') < 0 ? DateForm.isDate(cell) : isDecimalComma(cell));
  }

  /** Whether all commas below the first line stand between digits of numbers. */
  private static boolean commasAreDecimals(String text, char delimiter) {
    return records(text, delimiter).stream()
        .skip(1)
        .flatMap(line -> line.getFields().stream().map(String::strip))
        .allMatch(cell -> cell.indexOf(',') < 0 || isDecimalComma(cell));
  }

  private static boolean isDecimalComma(String cell) {
    return NumberForm.COMMA.isNumber(cell) && BETWEEN_DIGITS.matcher(cell).find();
  }

  private static boolean isRegular(int regularity) {
    return regularity > FileHead.BYTES;
  }

  /**
   * The header's number of cells; a delimiter that fits all lines goes before any that does not.
   */
  private static int regularity(String text, char delimiter) {
    List<CsvRecord> lines = records(text, delimiter);
    if (lines.isEmpty() || lines.get(0).getFieldCount() <= 1) {
      return 0;
    }
    int cells = lines.get(0).getFieldCount();
    return lines.stream().allMatch(line -> line.getFieldCount() == cells)
        ? FileHead.BYTES + cells
        : cells;
  }

  /** The lines that are not blank; none if they are no CSV. */
  private static List<CsvRecord> records(String text, char delimiter) {
    try (CsvReader<CsvRecord> lines =
        FileHead.csv(delimiter).allowUnclosedQuote(true).ofCsvRecord(text)) {
      List<CsvRecord> records = new ArrayList<>();
      for (CsvRecord line : lines) {
        if (!CsvRows.isBlankLine(line)) {
          records.add(line);
        }
      }
      return records;
    } catch (CsvParseException | IOException e) {
      return List.of();
    }
  }
}
