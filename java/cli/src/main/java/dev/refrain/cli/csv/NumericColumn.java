package dev.refrain.cli.csv;

import java.util.Arrays;
import java.util.Optional;

/** One column of a file, read as numbers; remembers the first cell that is none. */
final class NumericColumn {
  private static final int LONGEST_QUOTE = 40;

  private final String name;
  private final NumberForm form;
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

  NumericColumn(String name, NumberForm form) {
    this.name = name;
    this.form = form;
  }

  String name() {
    return name;
  }

  /** Takes the cell of the next row. */
  void add(String cell, Place place) {
    if (rows == values.length) {
      values = Arrays.copyOf(values, 2 * rows);
    }
    double value = form.number(cell.strip());
    values[rows++] = value;
    if (Double.isFinite(value)) {
      numbers++;
    } else {
      Problem problem = new Problem(place, ", column '" + name + "' " + form.problem(cell.strip()));
      firstProblem = firstProblem == null ? problem : firstProblem;
      if (firstFault == null && !NumberForm.isGap(cell.strip())) {
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

  /** A cell as messages quote it: short and on one line. */
  static String quoted(String cell) {
    String line = cell.strip().replaceAll("\\p{Cntrl}", " ");
    boolean cut = line.length() > LONGEST_QUOTE;
    return "'" + (cut ? line.substring(0, LONGEST_QUOTE) + "…" : line) + "'";
  }
}
