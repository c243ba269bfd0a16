package dev.refrain.kernels;

/**
 * Sizes of windows and of the series they are cut from. Window {@code n} that starts at row {@code
 * s} gives {@code x[t,n,i] = series[s+t, i]} and {@code target[t,n,o] = series[s+shift+t,
 * targetColumn+o]}.
 *
 * @param groups G
 * @param steps T
 * @param batch N
 * @param inputs I, the first columns of the series
 * @param targetColumn first target column
 * @param outputs O
 * @param shift how many rows the targets lie ahead, {@code >= 0}
 * @param rows S, rows stored for each group
 * @param columns C
 * @param sharedSeries whether one series {@code [S,C]} serves all groups, else {@code [G,S,C]}
 */
public record GatherShape(
    int groups,
    int steps,
    int batch,
    int inputs,
    int targetColumn,
    int outputs,
    int shift,
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
    if (shift < 0) {
      throw new IllegalArgumentException("shift is " + shift + "; it must be at least 0");
    }
    if (inputs > columns || targetColumn < 0 || targetColumn + outputs > columns) {
      throw new IllegalArgumentException(
          String.format(
              "%d inputs and targets in columns %d..%d do not fit %d columns",
              inputs, targetColumn, targetColumn + outputs - 1, columns));
    }
    if (rows < (long) steps + shift) {
      throw new IllegalArgumentException(
          String.format(
              "a window of %d steps with targets %d ahead needs %d rows, the series has %d",
              steps, shift, steps + shift, rows));
    }
    if (rows - steps - shift >= 1L << 31) {
      throw new IllegalArgumentException(
          "rows is " + rows + "; at most 2^31 window starts can be drawn from");
    }
  }
}
