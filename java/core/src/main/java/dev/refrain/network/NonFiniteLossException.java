package dev.refrain.network;

/**
 * Training met a loss or a gradient norm that is not a finite number. The parameters of that group
 * are those before the step: the last good ones.
 */
public class NonFiniteLossException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int group;
  private final long step;

  NonFiniteLossException(int group, long step, String message) {
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
