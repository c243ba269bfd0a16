package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** How a file writes its numbers: {@code 1234.5}, or {@code 1.234,5} and {@code 1234,5}. */
enum NumberForm {
  /** A decimal point; thousands are not grouped. */
  POINT("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?"),

  /** A decimal comma; points or spaces, also those that do not break, may group thousands. */
  COMMA(
      "[+-]?((\\d{1,3}(\\.\\d{3})+|\\d{1,3}([ \\u00a0\\u202f]\\d{3})+|\\d+)(,\\d*)?|,\\d+)"
          + "([eE][+-]?\\d+)?");

  private static final Set<String> GAPS =
      Set.of("nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "?", ".");

  /** A number with a comma that could also group its thousands. */
  private static final Pattern EITHER = Pattern.compile("[+-]?[1-9]\\d{0,2},\\d{3}");

  /** A number with one point or none, or with points that could also group thousands. */
  private static final Pattern PERHAPS_GROUPED = Pattern.compile("[+-]?[1-9]\\d{0,2}(\\.\\d{3})+");

  private static final Pattern COMMA_LIKE = Pattern.compile("[+-]?[\\d. \\u00a0\\u202f]*,\\d+");
  private static final Pattern GROUPS = Pattern.compile("[. \\u00a0\\u202f]");

  private final Pattern pattern;

  NumberForm(String pattern) {
    this.pattern = Pattern.compile(pattern);
  }

  /**
   * The form of a file whose cells are not separated by commas. A comma decides for itself if it
   * cannot group thousands ({@code 5,25}, {@code 1.234,5}, {@code 0,125}), as long as no number has
   * a point that cannot do so either ({@code 5.25}).
   *
   * @param source for messages
   * @param text whole lines of the file
   * @throws dev.refrain.cli.BadInputException if there are commas that may mean either: {@code
   *     1,234} alone
   */
  static NumberForm of(CsvSource source, String text, char delimiter) {
    if (source.decimal() != Decimal.AUTO) {
      return source.decimal() == Decimal.COMMA ? COMMA : POINT;
    }
    if (delimiter == ',') {
      return POINT;
    }
    String either = null;
    boolean comma = false;
    try (CsvReader<CsvRecord> lines =
        FileHead.csv(delimiter).allowUnclosedQuote(true).ofCsvRecord(text)) {
      for (CsvRecord line : lines) {
        for (String field : line.getFields()) {
          String cell = field.strip();
          if (EITHER.matcher(cell).matches()) {
            either = either == null ? cell : either;
          } else if (cell.indexOf(',') >= 0) {
            comma |= COMMA.pattern.matcher(cell).matches();
          } else if (cell.indexOf('.') >= 0
              && POINT.pattern.matcher(cell).matches()
              && !PERHAPS_GROUPED.matcher(cell).matches()) {
            // A comma beside it is a mistake, and refused at its place.
            return POINT;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (either != null && !comma) {
      throw source.refuse(
          "has numbers like '%s', whose comma may begin decimals or group thousands; give --decimal"
                  .formatted(either)
              + " , if it begins decimals, or else write the numbers without it");
    }
    return comma ? COMMA : POINT;
  }

  boolean isNumber(String cell) {
    return Double.isFinite(number(cell.strip()));
  }

  /** The number that a cell holds; NaN where it holds none. */
  double number(String cell) {
    if (!pattern.matcher(cell).matches()) {
      return Double.NaN;
    }
    return Double.parseDouble(
        this == COMMA ? GROUPS.matcher(cell).replaceAll("").replace(',', '.') : cell);
  }

  static boolean isGap(String cell) {
    return cell.isEmpty() || GAPS.contains(cell.toLowerCase(Locale.ROOT));
  }

  /** What is wrong with a cell that is no finite number, and the mend. */
  String problem(String cell) {
    String quoted = NumericColumn.quoted(cell);
    if (cell.isEmpty()) {
      return "is blank, a gap; fill it in, or give --missing where the command takes it";
    }
    if (isGap(cell)) {
      return "is " + quoted + ", a gap; fill it in, or give --missing where the command takes it";
    }
    if (pattern.matcher(cell).matches()) {
      return "is " + quoted + ", too large for a number; correct it";
    }
    if (this == POINT && COMMA_LIKE.matcher(cell).matches()) {
      return "is " + quoted + ", a number with a comma; write it with a decimal point only";
    }
    if (this == COMMA && POINT.pattern.matcher(cell).matches()) {
      return "is "
          + quoted
          + ", a number with a point, and the file has decimal commas; write all alike";
    }
    return "is " + quoted + ", not a number; correct it or choose another column";
  }
}
