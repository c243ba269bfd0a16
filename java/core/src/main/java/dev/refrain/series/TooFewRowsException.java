package dev.refrain.series;

/** A history is too short to cut a window and the value after it out of. */
public final class TooFewRowsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int rows;
  private final int window;
  private final int needed;

  /**
   * Says so.
   *
   * @param shorten what of the settings would have to be shorter
   */
  TooFewRowsException(int rows, int window, long needed, String shorten) {
    this(
        "%d rows are too few for a window of %d: at least %d are needed; add rows or choose a"
                .formatted(rows, window, needed)
            + " shorter "
            + shorten,
        rows,
        window,
        needed);
  }

  TooFewRowsException(String message, int rows, int window, long needed) {
    super(message);
    this.rows = rows;
    this.window = window;
    this.needed = (int) Math.min(Integer.MAX_VALUE, needed);
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** The window that was wanted; 0 where it was still to be chosen. */
  public int window() {
    return window;
  }

  /** How many rows that window needs. */
  public int needed() {
    return needed;
  }
}
