package dev.refrain.cli.csv;

/**
 * Where a row stands in its file.
 *
 * @param row number of the row of data, from 1
 * @param line number of its (first) line in the file, from 1, as an editor shows it
 */
record Place(int row, long line) {
  @Override
  public String toString() {
    return "row " + row + " (line " + line + ")";
  }
}
