package dev.refrain.network;

/**
 * Training met a loss or a gradient norm that is not a finite number. The group's parameters are
 * those before that step. The norm is known, and a gradient that is not finite kept from the
 * parameters, only where {@link Trainer.Builder#clipNorm} was asked for.
 */
public class NonFiniteLossException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int group;
  private final long step;

  /**
   * Makes one.
   *
   * @param group the first that stopped
   * @param step at which it stopped
   * @param message a sentence with advice
   */
  public NonFiniteLossException(int group, long step, String message) {
    super(message);
    this.group = group;
    this.step = step;
  }

  /** The first group that stopped. */
  public int group() {
    return group;
  }

  /** The step at which it stopped; the steps before it were taken. */
  public long step() {
    return step;
  }
}
