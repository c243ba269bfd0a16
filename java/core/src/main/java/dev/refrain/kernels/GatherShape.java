package dev.refrain.kernels;

/**
 * Sizes of windows and of the series they are cut from. The window that starts at row {@code s}
 * gives {@code x[t,n,i] = series[s + inputShift + t, inputColumn + i]} and {@code target[t,n,o] =
 * series[s + targetShift + t, targetColumn + o]}.
 *
 * @param groups G
 * @param steps T
 * @param batch N
 * @param inputs I
 * @param inputColumn first input column
 * @param inputShift how many rows after the start the inputs begin, {@code >= 0}
 * @param outputs O
 * @param targetColumn first target column
 * @param targetShift how many rows after the start the targets begin, {@code >= 0}
 * @param span rows of a window, at least T and the larger shift together; gathers of one step with
 *     the same span, seed and N start at the same rows
 * @param rows S, rows stored for each group
 * @param columns C
 * @param sharedSeries whether one series {@code [S,C]} serves all groups, else {@code [G,S,C]}
 */
public record GatherShape(
    int groups,
    int steps,
    int batch,
    int inputs,
    int inputColumn,
    int inputShift,
    int outputs,
    int targetColumn,
    int targetShift,
    long span,
    long rows,
    int columns,
    boolean sharedSeries) {

  public GatherShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(steps, "steps");
    Arguments.positive(batch, "batch");
    Arguments.positive(inputs, "inputs");
    Arguments.positive(outputs, "outputs");
    Arguments.positive(rows, "rows");
    Arguments.positive(columns, "columns");
    requireColumns(inputColumn, inputs, columns, "inputs");
    requireColumns(targetColumn, outputs, columns, "targets");
    if (inputShift < 0 || targetShift < 0) {
      throw new IllegalArgumentException(
          "shifts are " + inputShift + " and " + targetShift + "; they must be at least 0");
    }
    long needed = (long) steps + Math.max(inputShift, targetShift);
    if (span < needed || span > rows) {
      throw new IllegalArgumentException(
          String.format(
              "a window of %d steps needs a span of %d rows or more, and no more than the %d rows of"
                  + " the series; it is %d",
              steps, needed, rows, span));
    }
    if (rows - span >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "rows is " + rows + "; at most 2^31 - 1 window starts can be drawn from");
    }
  }

  private static void requireColumns(int first, int count, int columns, String name) {
    if (first < 0 || first > columns - count) {
      throw new IllegalArgumentException(
          String.format("%d %s from column %d do not fit %d columns", count, name, first, columns));
    }
  }

  /**
   * Windows for forecasting: inputs from column 0, targets {@code ahead} rows later, and a span no
   * longer than that needs.
   */
  public static GatherShape ahead(
      int groups,
      int steps,
      int batch,
      int inputs,
      int targetColumn,
      int outputs,
      int ahead,
      long rows,
      int columns,
      boolean sharedSeries) {
    return new GatherShape(
        groups,
        steps,
        batch,
        inputs,
        0,
        0,
        outputs,
        targetColumn,
        ahead,
        (long) steps + ahead,
        rows,
        columns,
        sharedSeries);
  }
}
