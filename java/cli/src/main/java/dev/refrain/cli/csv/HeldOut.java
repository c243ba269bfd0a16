package dev.refrain.cli.csv;

/**
 * Last rows of a file that are held out to compare a forecast with.
 *
 * @param rows how many
 * @param mend what else a user may give, such as {@code another --test-rows}
 */
public record HeldOut(int rows, String mend) {
  /** All rows are learnt. */
  public static final HeldOut NONE = new HeldOut(0, "");

  /** Not known yet: a first look at a file, of which nothing is said. */
  public static final HeldOut UNKNOWN = new HeldOut(-1, "");
}
