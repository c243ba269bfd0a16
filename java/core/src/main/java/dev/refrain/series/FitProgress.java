package dev.refrain.series;

/**
 * What a {@link Forecaster} reports while it learns.
 *
 * @param stage what it is doing
 * @param step training steps done in this stage
 * @param steps training steps of this stage in all
 * @param loss of the last step, averaged over the networks
 * @param stepsPerSecond since the last report
 * @param networks that took these steps at once
 */
public record FitProgress(
    Stage stage, long step, long steps, double loss, double stepsPerSecond, int networks) {

  /** The stages of learning, in their order. */
  public enum Stage {
    /** Trains on all but a tail of the history, and sees how well that tail is forecast. */
    VALIDATION,
    /** Trains what will forecast. */
    TRAINING
  }
}
