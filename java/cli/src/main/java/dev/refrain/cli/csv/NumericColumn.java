package dev.refrain.cli.csv;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** One column of a file, read as numbers; remembers the first cell that is none. */
final class NumericColumn {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
  private static final Pattern DECIMAL_COMMA = Pattern.compile("[+-]?[\\d.]*,\\d+");
  private static final Set<String> GAPS =
      Set.of("nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "?", ".");
  private static final int LONGEST_QUOTE = 40;

  private final String name;
  private double[] values = new double[1024];
  private int rows;
  private int numbers;
  private Problem firstProblem;
  private Problem firstFault;

  /**
   * A cell that is no number.
   *
   * @param place where it is
   * @param what its column, what is wrong, and the mend
   */
  record Problem(Place place, String what) {}

  NumericColumn(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /** Takes the cell of the next row. */
  void add(String cell, Place place) {
    if (rows == values.length) {
      values = Arrays.copyOf(values, 2 * rows);
    }
    double value = number(cell.strip());
    values[rows++] = value;
    if (Double.isFinite(value)) {
      numbers++;
    } else {
      Problem problem = new Problem(place, ", column '" + name + "' " + problem(cell.strip()));
      firstProblem = firstProblem == null ? problem : firstProblem;
      if (firstFault == null && !isGap(cell.strip())) {
        firstFault = problem;
      }
    }
  }

  /** Whether it is a column of numbers, some of which may be bad, and not one of text. */
  boolean isMostlyNumbers() {
    return numbers > 0 && 2 * numbers >= rows;
  }

  /** The first cell that is no number. */
  Optional<Problem> firstProblem() {
    return Optional.ofNullable(firstProblem);
  }

  /** The first cell that is neither a number nor a gap. */
  Optional<Problem> firstFault() {
    return Optional.ofNullable(firstFault);
  }

  private static boolean isGap(String cell) {
    return cell.isEmpty() || GAPS.contains(cell.toLowerCase(Locale.ROOT));
  }

  /** Whether it merely numbers the rows. */
  boolean countsRows() {
    for (int row = 0; row < rows; row++) {
      if (values[row] != values[0] + row || values[row] != Math.rint(values[row])) {
        return false;
      }
    }
    return rows > 1;
  }

  /** The number of a row; NaN where there is none. */
  double value(int row) {
    return values[row];
  }

  static boolean isNumber(String cell) {
    return Double.isFinite(number(cell.strip()));
  }

  /** A cell as messages quote it: short and on one line. */
  static String quoted(String cell) {
    String line = cell.strip().replaceAll("\\p{Cntrl}", " ");
    boolean cut = line.length() > LONGEST_QUOTE;
    return "'" + (cut ? line.substring(0, LONGEST_QUOTE) + "…" : line) + "'";
  }

  private static double number(String cell) {
    return NUMBER.matcher(cell).matches() ? Double.parseDouble(cell) : Double.NaN;
  }

  private static String problem(String cell) {
    if (cell.isEmpty()) {
      return "is blank, a gap; fill it in, or give --missing where the command takes it";
    }
    if (GAPS.contains(cell.toLowerCase(Locale.ROOT))) {
      return "is "
          + quoted(cell)
          + ", a gap; fill it in, or give --missing where the command takes it";
    }
    if (DECIMAL_COMMA.matcher(cell).matches()) {
      return "is " + quoted(cell) + ", a number with a comma; write it with a decimal point only";
    }
    if (NUMBER.matcher(cell).matches()) {
      return "is " + quoted(cell) + ", too large for a number; correct it";
    }
    return "is " + quoted(cell) + ", not a number; correct it or choose another column";
  }
}
