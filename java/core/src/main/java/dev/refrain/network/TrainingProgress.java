package dev.refrain.network;

import java.util.List;

/**
 * What a {@link Trainer} reports after some steps.
 *
 * @param step the last step taken; the first is 1
 * @param losses for each group those of the steps since the last report, oldest first, computed
 *     before each step's update
 * @param stepsPerSecond since the last report
 */
public record TrainingProgress(long step, List<double[]> losses, double stepsPerSecond) {

  /** Loss of the last step, averaged over the groups. */
  public double loss() {
    return losses.stream().mapToDouble(group -> group[group.length - 1]).average().orElseThrow();
  }
}
