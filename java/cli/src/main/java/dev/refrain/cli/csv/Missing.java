package dev.refrain.cli.csv;

/** What to do about values and dates that are missing from a file. */
public enum Missing {
  /** Refuse the file. */
  ERROR,
  /** Draw a straight line between the values before and after; repeat the nearest at the ends. */
  INTERPOLATE,
  /** Leave the rows out; where that leaves gaps between dates, rows are numbered instead. */
  DROP
}
