package dev.refrain.series;

/** A history is too short to cut a window and the value after it out of. */
public final class TooFewRowsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int rows;
  private final int window;
  private final int needed;

  TooFewRowsException(int rows, int window, int needed) {
    super(
        "%d rows are too few for a window of %d: at least %d are needed; add rows or choose a"
                .formatted(rows, window, needed)
            + " shorter window");
    this.rows = rows;
    this.window = window;
    this.needed = needed;
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** The window that was wanted. */
  public int window() {
    return window;
  }

  /** How many rows that window needs. */
  public int needed() {
    return needed;
  }
}
