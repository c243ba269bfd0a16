package dev.refrain.parity;

import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.GroupState.Status;

/** Step states that tests begin with. */
final class Steps {
  /** No group's learning rate is larger. */
  static final double LARGEST_RATE = 0.05;

  private static final long SEED = 0x1234_5678_9abc_def0L;

  private Steps() {}

  /** States at this step, with seeds and learning rates of their own. */
  static GroupState[] at(long step, int groups) {
    GroupState[] states = new GroupState[groups];
    for (int g = 0; g < groups; g++) {
      double rate = 0.01 * (g + 1);
      states[g] =
          new GroupState(
              step,
              SEED * (g + 1),
              rate,
              rate,
              Math.pow(0.9, (double) step),
              Math.pow(0.999, (double) step),
              0.25,
              0.5,
              0.75,
              Status.RUNNING);
    }
    return states;
  }

  /** States of which the second has stopped and the third was ended. */
  static GroupState[] withTwoStopped(long step, int groups) {
    GroupState[] states = at(step, groups);
    states[1] = states[1].status(Status.NOT_FINITE);
    states[2] = states[2].status(Status.ENDED);
    return states;
  }
}
