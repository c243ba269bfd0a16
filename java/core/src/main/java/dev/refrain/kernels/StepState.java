package dev.refrain.kernels;

import java.util.List;

/**
 * The device-resident state of a training run: one {@link GroupState} for each group and the losses
 * of the last steps. It is on the device because a value passed from Java would be frozen into a
 * {@link Recording}. New groups have step 0, seed 0 and learning rate 0, and a history of NaN.
 * Owned, closed and refused as a {@link Buffer} is.
 *
 * <p>Evaluate with a state of its own: on the training state a loss replaces this step's.
 */
public interface StepState extends AutoCloseable {

  /** G. */
  int groups();

  /** How many losses of each group are kept. */
  int historyLength();

  /** Copies of all groups' states, in order. Waits for the device. */
  List<GroupState> read();

  /** A copy of one group's state. Waits for the device. */
  GroupState read(int group);

  /** Replaces all groups' states. */
  void write(List<GroupState> states);

  /** Replaces one group's state. */
  void write(int group, GroupState state);

  /**
   * The losses of steps {@code firstStep .. firstStep + count - 1}, {@code [groups, count]}; steps
   * count from 1. NaN where a group did not take the step. Waits for the device.
   *
   * @throws IllegalArgumentException if {@code firstStep < 1}, or if the group that is furthest on
   *     has not taken these steps or no longer keeps them
   */
  double[] readHistory(long firstStep, int count);

  /**
   * Puts losses of steps {@code firstStep ..} back where they stood, {@code [groups, count]}, as a
   * resumed run needs.
   *
   * @throws IllegalArgumentException if {@code firstStep < 1} or the losses of a group are more
   *     than {@link #historyLength}
   */
  void writeHistory(long firstStep, double[] losses);

  /** Gives the memory back. Closing twice is harmless. */
  @Override
  void close();
}
