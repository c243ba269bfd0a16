package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/** Networks to be trained together: the frame and the seed of each. */
final class TrainingGroups {
  private final List<Frame> frames = new ArrayList<>();
  private final List<Long> seeds = new ArrayList<>();

  void add(Frame frame, long seed) {
    frames.add(frame);
    seeds.add(seed);
  }

  /** Several networks of one frame, with seeds that follow each other. */
  void addMembers(Frame frame, int members, long firstSeed) {
    for (int member = 0; member < members; member++) {
      add(frame, firstSeed + member);
    }
  }

  /** One a group. */
  List<Frame> frames() {
    return frames;
  }

  /** With new parameters; the schedule spans so many steps. */
  GroupTraining training(Kernels kernels, ForecastSettings settings, int window, int steps) {
    return training(kernels, settings, window, steps, frames);
  }

  /** As above, from other frames than their own. */
  GroupTraining training(
      Kernels kernels, ForecastSettings settings, int window, int steps, List<Frame> others) {
    return new GroupTraining(
        kernels,
        settings,
        window,
        others,
        seeds.stream().mapToLong(Long::longValue).toArray(),
        steps);
  }
}
