package dev.refrain.kernels;

import java.util.Objects;

/**
 * {@link Adam} on a table of which a step touches a few rows. A step is: advance, {@link
 * Kernels#rowsAdamCatchUp}, whatever reads the touched rows, {@link Kernels#rowsAdam}.
 *
 * @param adam the rule, in TensorFlow's form and without weight decay
 * @param mode what happens to rows that a step does not touch
 * @param schedule of the learning rate, the one that advances the state
 */
public record RowsAdam(Adam adam, Mode mode, Schedule schedule) {

  /** What a step does to rows that it does not touch. */
  public enum Mode {
    /** Updates them with gradient 0: TensorFlow 1's AdamOptimizer on the whole table. */
    DENSE,
    /**
     * The same numbers, computed when a row is touched next: a row remembers the step up to which
     * it was updated. Neither the schedule nor the base learning rate may change meanwhile.
     */
    DEFERRED,
    /** Nothing. */
    LAZY
  }

  public RowsAdam {
    Objects.requireNonNull(adam, "adam");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(schedule, "schedule");
    if (adam.form() != Adam.Form.TENSORFLOW) {
      throw new IllegalArgumentException(
          "form is " + adam.form() + "; rows are updated in the form TENSORFLOW alone");
    }
    if (adam.decay().mode() != WeightDecay.Mode.NONE) {
      throw new IllegalArgumentException(
          "weight decay is "
              + adam.decay().mode()
              + "; rows that wait do not decay, so give WeightDecay.NONE");
    }
  }

  /** TensorFlow's Adam with the paper's defaults at a constant rate. */
  public RowsAdam(Mode mode) {
    this(new Adam(), mode, Schedule.CONSTANT);
  }
}
