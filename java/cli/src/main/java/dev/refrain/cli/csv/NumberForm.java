package dev.refrain.cli.csv;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** How a column writes its numbers: {@code 1234.5}, or {@code 1.234,5} and {@code 1234,5}. */
enum NumberForm {
  /** A decimal point; thousands are not grouped. */
  POINT("(\\d+\\.?\\d*|\\.\\d+)"),

  /** A decimal point; commas may group thousands. */
  POINT_WITH_GROUPS("(\\d+\\.?\\d*|\\.\\d+|[1-9]\\d{0,2}(,\\d{3})+(\\.\\d*)?)"),

  /** A decimal comma; points or spaces, also those that do not break, may group thousands. */
  COMMA("(([1-9]\\d{0,2}(\\.\\d{3})+|[1-9]\\d{0,2}([ \\u00a0\\u202f]\\d{3})+|\\d+)(,\\d*)?|,\\d+)"),

  /** A decimal comma; a single point is a group's only where a comma follows. */
  COMMA_WITHOUT_GROUPS(
      "([1-9]\\d{0,2}(\\.\\d{3})+,\\d*|[1-9]\\d{0,2}(\\.\\d{3}){2,}"
          + "|([1-9]\\d{0,2}([ \\u00a0\\u202f]\\d{3})+|\\d+)(,\\d*)?|,\\d+)");

  private static final Set<String> GAPS =
      Set.of("nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "?", ".");

  /** A number with a comma that could also group its thousands. */
  private static final Pattern GROUPED_BY_COMMA = Pattern.compile("[+-]?[1-9]\\d{0,2},\\d{3}");

  /** A number with points that could also group its thousands. */
  private static final Pattern GROUPED_BY_POINTS =
      Pattern.compile("[+-]?[1-9]\\d{0,2}(\\.\\d{3})+");

  private static final Pattern COMMA_LIKE = Pattern.compile("[+-]?[\\d. \\u00a0\\u202f]*,\\d+");
  private static final Pattern GROUPS = Pattern.compile("[. \\u00a0\\u202f]");

  private final Pattern pattern;

  NumberForm(String pattern) {
    this.pattern = Pattern.compile("[+-]?" + pattern + "([eE][+-]?\\d+)?");
  }

  /** Whether it is a number with a point that cannot group thousands. */
  static boolean hasDecimalPoint(String cell) {
    return cell.indexOf('.') >= 0
        && POINT.pattern.matcher(cell).matches()
        && !GROUPED_BY_POINTS.matcher(cell).matches();
  }

  /** Whether it is a number with a point that begins decimals or groups thousands. */
  static boolean hasDoubtfulPoint(String cell) {
    return cell.indexOf('.') >= 0
        && POINT.pattern.matcher(cell).matches()
        && GROUPED_BY_POINTS.matcher(cell).matches();
  }

  /** Whether it is a number with a comma that cannot group thousands. */
  static boolean hasDecimalComma(String cell) {
    return cell.indexOf(',') >= 0
        && COMMA.pattern.matcher(cell).matches()
        && !GROUPED_BY_COMMA.matcher(cell).matches();
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
        hasPoint() ? cell.replace(",", "") : GROUPS.matcher(cell).replaceAll("").replace(',', '.'));
  }

  private boolean hasPoint() {
    return this == POINT || this == POINT_WITH_GROUPS;
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
    if (this == POINT && GROUPED_BY_COMMA.matcher(cell).matches()) {
      return "is "
          + quoted
          + ", whose comma may begin decimals or group thousands;"
          + " give --decimal , for the one or --decimal . for the other";
    }
    if (hasPoint() && COMMA_LIKE.matcher(cell).matches()) {
      return "is "
          + quoted
          + ", a number with a comma; write it with a decimal point, or give --decimal , if all"
          + " decimals begin with commas";
    }
    if (this == COMMA_WITHOUT_GROUPS && hasDoubtfulPoint(cell)) {
      return "is "
          + quoted
          + ", whose point may begin decimals or group thousands, and the column has decimal"
          + " commas; write all alike, or give --decimal , if it groups them";
    }
    if (!hasPoint() && POINT.pattern.matcher(cell).matches()) {
      return "is "
          + quoted
          + ", a number with a point, and the column has decimal commas; write all alike";
    }
    return "is " + quoted + ", not a number; correct it or choose another column";
  }
}
