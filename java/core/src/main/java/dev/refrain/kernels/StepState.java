package dev.refrain.kernels;

/**
 * The device-resident state of a training run: one {@link GroupState} for each group and the losses
 * of the last steps. It is on the device because a value passed from Java would be frozen into a
 * {@link Recording}. New groups have step 0, seed 0 and learning rate 0. Owned, closed and refused
 * as a {@link Buffer} is.
 */
public interface StepState extends AutoCloseable {

  /** G. */
  int groups();

  /** How many losses of each group are kept. */
  int historyLength();

  /** A copy of one group's state. Waits for the device. */
  GroupState read(int group);

  /** Replaces one group's state. */
  void write(int group, GroupState state);

  /**
   * The losses of the steps {@code firstStep .. firstStep + target.length - 1} of a group (steps
   * count from 1). Waits for the device.
   *
   * @throws IllegalArgumentException if a step has not been taken yet or is no longer kept
   */
  void readHistory(int group, long firstStep, double[] target);

  /** Gives the memory back. Closing twice is harmless. */
  @Override
  void close();
}
