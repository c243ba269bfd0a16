package dev.refrain.parity;

/** How a test lays arrays into buffers. */
enum Layout {
  /** Without gaps, from the start of the buffer. */
  DENSE(0, 0, 0),
  /** Away from the start, with gaps between rows, groups and tensors and a border behind. */
  GUARDED(3, 5, 11);

  private final int before;
  private final int betweenRows;
  private final int behind;

  Layout(int before, int betweenRows, int behind) {
    this.before = before;
    this.betweenRows = betweenRows;
    this.behind = behind;
  }

  /** Elements before the first. */
  int before() {
    return before;
  }

  /** Elements between two rows. */
  int betweenRows() {
    return betweenRows;
  }

  /** Elements behind the last, and between two groups or tensors. */
  int behind() {
    return behind;
  }
}
