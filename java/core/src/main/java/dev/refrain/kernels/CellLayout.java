package dev.refrain.kernels;

/**
 * Where a layer's tensors lie within the flat parameters of one network, as offsets in elements; -1
 * means absent. An absent bias is read as zero and gets no gradient.
 *
 * @param w {@code [gates·H, I]}
 * @param r {@code [gates·H, Q]}
 * @param projection {@code [Q, H]}
 * @param peepholes {@code [3, H]}: of i, f and o
 * @param bW {@code [gates·H]}
 * @param bR {@code [gates·H]}
 */
public record CellLayout(long w, long r, long projection, long peepholes, long bW, long bR) {

  /** Offset of an absent tensor. */
  public static final long ABSENT = -1;

  /**
   * The same places, with {@code b_R} left out: read as zero and not trained, as TensorFlow does.
   */
  public CellLayout withoutRecurrentBias() {
    return new CellLayout(w, r, projection, peepholes, bW, ABSENT);
  }
}
