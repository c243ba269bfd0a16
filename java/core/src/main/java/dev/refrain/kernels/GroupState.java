package dev.refrain.kernels;

/**
 * What changes from step to step for one group: a copy of what {@link StepState} holds on the
 * device.
 *
 * @param step steps begun; the first step is 1
 * @param seed Philox key
 * @param baseLearningRate before the schedule
 * @param learningRate of this step
 * @param beta1Power {@code beta1^step}
 * @param beta2Power {@code beta2^step}
 * @param loss of this step
 * @param gradientNorm global norm before clipping
 * @param clipFactor what clipping by norm multiplied the gradients with
 * @param status whether the group goes on training
 */
public record GroupState(
    long step,
    long seed,
    double baseLearningRate,
    double learningRate,
    double beta1Power,
    double beta2Power,
    double loss,
    double gradientNorm,
    double clipFactor,
    Status status) {

  /** Whether a group goes on training. Steps and updates leave a group alone that does not. */
  public enum Status {
    /** It does. */
    RUNNING,
    /** A loss or a gradient norm was not finite. */
    NOT_FINITE,
    /** The host ended it, as early stopping does. */
    ENDED
  }

  /** The state before the first step. */
  public static GroupState initial(long seed, double baseLearningRate) {
    return new GroupState(
        0, seed, baseLearningRate, baseLearningRate, 1.0, 1.0, 0.0, 0.0, 1.0, Status.RUNNING);
  }

  /** The same state with another status. */
  public GroupState status(Status newStatus) {
    return new GroupState(
        step,
        seed,
        baseLearningRate,
        learningRate,
        beta1Power,
        beta2Power,
        loss,
        gradientNorm,
        clipFactor,
        newStatus);
  }
}
