package dev.refrain.series;

/**
 * Which numbers go into a network at each step and which come out. In: the values of the step, then
 * what is known ahead of the steps that follow. Out: the values of the next step, or the targets of
 * the next {@code ahead} steps.
 *
 * @param targets series that are forecast
 * @param covariates series that are known for the past alone
 * @param known series that are known ahead
 * @param ahead steps that are predicted at once; 0 where each predicted step is fed back in
 */
record FrameShape(int targets, int covariates, int known, int ahead) {

  /** Numbers of a step that become known as it happens. */
  int values() {
    return targets + covariates;
  }

  /** Numbers of a step in all. */
  int columns() {
    return values() + known;
  }

  /** Steps that one run of the network predicts. */
  int block() {
    return Math.max(1, ahead);
  }

  /** I. */
  int inputs() {
    return values() + known * block();
  }

  /** Numbers that are predicted of each step: covariates, too, where they are to be fed back. */
  int predicted() {
    return ahead == 0 ? values() : targets;
  }

  /** O. */
  int outputs() {
    return predicted() * block();
  }

  /**
   * Makes sure that a forecast can be so long: steps beyond those that are predicted at once need
   * values of columns that are known for the past alone.
   *
   * @throws IllegalArgumentException if it cannot
   */
  void requireHorizon(int horizon, Columns columns) {
    if (ahead > 0 && covariates > 0 && horizon > ahead) {
      throw new IllegalArgumentException(
          "horizon is %d, but this model predicts %d steps at once and does not know %s of later ones"
              .formatted(horizon, ahead, columns.covariates()));
    }
  }
}
