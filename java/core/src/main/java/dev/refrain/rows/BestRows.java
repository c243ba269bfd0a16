package dev.refrain.rows;

/** The rows with the highest scores that were offered, best first; of equal ones the first. */
public final class BestRows {
  private final float[] scores;
  private final int[] rows;
  private int size;

  /**
   * Keeps none yet.
   *
   * @param most rows that are kept
   */
  public BestRows(int most) {
    this.scores = new float[most];
    this.rows = new int[most];
  }

  /** Offers a row; NaN is never kept. */
  public void offer(int row, float score) {
    if (size < scores.length ? !Float.isNaN(score) : size > 0 && score > scores[size - 1]) {
      insert(row, score);
    }
  }

  private void insert(int row, float score) {
    int at = size < scores.length ? size++ : size - 1;
    while (at > 0 && score > scores[at - 1]) {
      scores[at] = scores[at - 1];
      rows[at] = rows[at - 1];
      at--;
    }
    scores[at] = score;
    rows[at] = row;
  }

  /** How many are kept. */
  public int size() {
    return size;
  }

  /** The row at a rank, from 0. */
  public int row(int rank) {
    return rows[rank];
  }

  /** The score at a rank, from 0. */
  public float score(int rank) {
    return scores[rank];
  }
}
