package dev.refrain.kernels.reference;

import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;

/** The beginning of a training step, advance.h. */
final class AdvanceReference {
  private AdvanceReference() {}

  static void advance(Schedule schedule, Optimizer optimizer, ReferenceState state) {
    for (int g = 0; g < state.groups(); g++) {
      ReferenceState.Group group = state.group(g);
      if (!group.runs()) {
        continue;
      }
      group.learningRate = group.baseLearningRate * factor(schedule, group.step);
      group.step += 1;
      group.beta1Power *= optimizer.beta1();
      group.beta2Power *= optimizer.beta2();
    }
  }

  /** The schedule's factor of the step that {@code s} steps preceded. */
  static double factor(Schedule schedule, long s) {
    double periods = (double) s / schedule.period();
    return switch (schedule.kind()) {
      case CONSTANT -> 1;
      case EXPONENTIAL ->
          Math.pow(schedule.rate(), schedule.staircase() ? Math.floor(periods) : periods);
      case COSINE -> {
        double half = (1 - schedule.floorFactor()) / 2;
        yield schedule.floorFactor() + half * (1 + Math.cos(Math.PI * Math.min(periods, 1)));
      }
      case STEP -> Math.pow(schedule.rate(), Math.floor(periods));
    };
  }
}
