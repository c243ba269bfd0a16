package dev.refrain.cli.csv;

/** What stands between the whole part of a file's numbers and their decimals. */
public enum Decimal {
  /** What the file itself tells: see {@link NumberForms}. */
  AUTO,
  /** A point; thousands may be grouped by commas. */
  POINT,
  /** A comma; thousands may be grouped by points or spaces. */
  COMMA
}
