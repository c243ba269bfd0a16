package dev.refrain.network;

import java.util.List;
import java.util.Locale;

/**
 * What a {@link Trainer} reports after some steps.
 *
 * @param step the last step taken; the first is 1
 * @param losses for each group those of the steps since the last report, oldest first, each
 *     computed before its step's update; NaN where a group that has ended took no step
 * @param stepsPerSecond since the last report
 */
public record TrainingProgress(long step, List<double[]> losses, double stepsPerSecond) {

  public TrainingProgress {
    losses = List.copyOf(losses);
  }

  /** Loss of the last step, averaged over the groups that took it; NaN if none did. */
  public double loss() {
    return losses.stream()
        .mapToDouble(group -> group[group.length - 1])
        .filter(loss -> !Double.isNaN(loss))
        .average()
        .orElse(Double.NaN);
  }

  /** Step, mean loss and speed, for people. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "step %d, loss %.6g, %.1f steps/s", step, loss(), stepsPerSecond);
  }
}
