package dev.refrain.series;

import java.util.List;

/**
 * What was learnt of a task.
 *
 * @param task the history
 * @param shape of its columns
 * @param variants how it was prepared; each has equally many networks
 * @param parameters of the networks, those of a variant together; in the memory of the host
 * @param residuals of the validation, one a target; empty where there was none
 * @param validation for people; null where there was none
 * @param steps that were taken; 0 for a constant series
 * @param constant whether the series is constant, so that nothing was trained
 * @param failure why there is no model; else null
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Learnt(
    Task task,
    FrameShape shape,
    List<Variant> variants,
    float[][] parameters,
    List<Residuals> residuals,
    ValidationResult validation,
    long steps,
    boolean constant,
    String failure) {
  /** The failure of what may be learnt yet. */
  static final String INTERRUPTED = "training was interrupted before it had ended";

  static Learnt failed(Task task, FrameShape shape, String failure) {
    return new Learnt(task, shape, List.of(), null, List.of(), null, 0, false, failure);
  }
}
