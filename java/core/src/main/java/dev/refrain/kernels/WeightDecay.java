package dev.refrain.kernels;

import java.util.Objects;

/**
 * Pull of the parameters towards zero.
 *
 * @param mode how it acts
 * @param rate its strength, {@code >= 0}
 */
public record WeightDecay(Mode mode, double rate) {

  /** How weight decay acts. */
  public enum Mode {
    /** Not at all. */
    NONE,
    /** Into the gradient: {@code g += rate·p}, before anything else. */
    L2,
    /** Beside the gradient: {@code p −= lr·rate·p}, as AdamW. */
    DECOUPLED
  }

  public static final WeightDecay NONE = new WeightDecay(Mode.NONE, 0);

  public WeightDecay {
    Objects.requireNonNull(mode, "mode");
    Arguments.nonNegative(rate, "weight decay");
  }

  public static WeightDecay l2(double rate) {
    return new WeightDecay(Mode.L2, rate);
  }

  public static WeightDecay decoupled(double rate) {
    return new WeightDecay(Mode.DECOUPLED, rate);
  }
}
