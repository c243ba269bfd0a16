package dev.refrain.kernels;

import java.util.Objects;

/**
 * What training minimises; always a mean over the elements (rows for cross-entropy) of a group's
 * valid rows. With {@code d = prediction − target}:
 *
 * @param kind which loss
 * @param delta Huber's bound between the square and the straight part; 1 where it is not used
 */
public record Loss(Kind kind, double delta) {

  /** The losses. */
  public enum Kind {
    /** {@code mean d²}. */
    MSE,
    /** {@code √(mean d²)}; its gradient is 0 at exactly zero error. */
    RMSE,
    /** {@code mean |d|}; its gradient is 0 at {@code d = 0}. */
    MAE,
    /** {@code mean (|d| ≤ δ ? d²/2 : δ(|d| − δ/2))}. */
    HUBER,
    /** {@code mean (logsumexp(row) − row[label])}, labels instead of targets. */
    SOFTMAX_CROSS_ENTROPY
  }

  public static final Loss MSE = new Loss(Kind.MSE, 1);
  public static final Loss RMSE = new Loss(Kind.RMSE, 1);
  public static final Loss MAE = new Loss(Kind.MAE, 1);
  public static final Loss SOFTMAX_CROSS_ENTROPY = new Loss(Kind.SOFTMAX_CROSS_ENTROPY, 1);

  public Loss {
    Objects.requireNonNull(kind, "kind");
    Arguments.positiveFinite(delta, "delta");
  }

  /** Huber's loss. */
  public static Loss huber(double delta) {
    return new Loss(Kind.HUBER, delta);
  }
}
