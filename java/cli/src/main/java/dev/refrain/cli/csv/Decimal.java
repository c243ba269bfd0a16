package dev.refrain.cli.csv;

/** What stands between the whole part of a file's numbers and their decimals. */
public enum Decimal {
  /** What the file itself tells: see {@link NumberForm#of}. */
  AUTO,
  /** A point, and nothing groups thousands. */
  POINT,
  /** A comma; thousands may be grouped by points or spaces. */
  COMMA
}
