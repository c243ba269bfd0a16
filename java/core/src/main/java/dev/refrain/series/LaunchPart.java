package dev.refrain.series;

import java.util.List;
import java.util.stream.Stream;

/** Some networks of a plan, counted through all its transformations, in one launch. */
record LaunchPart(Learning.Plan plan, int first, int count) {
  int end() {
    return first + count;
  }

  /** What is left of some parts when others are taken from them. */
  static List<LaunchPart> without(List<LaunchPart> parts, List<LaunchPart> taken) {
    List<LaunchPart> left = parts;
    for (LaunchPart each : taken) {
      left = left.stream().flatMap(part -> part.without(each)).toList();
    }
    return left;
  }

  private Stream<LaunchPart> without(LaunchPart taken) {
    if (!taken.plan.equals(plan) || taken.end() <= first || taken.first >= end()) {
      return Stream.of(this);
    }
    return Stream.of(
            new LaunchPart(plan, first, taken.first - first),
            new LaunchPart(plan, taken.end(), end() - taken.end()))
        .filter(part -> part.count > 0);
  }

  /** At least two parts, unless there is a single network. */
  static List<LaunchPart> halves(List<LaunchPart> launch) {
    LaunchPart only = launch.get(0);
    if (launch.size() > 1 || only.count == 1) {
      return launch;
    }
    int half = only.count / 2;
    return List.of(
        new LaunchPart(only.plan, only.first, half),
        new LaunchPart(only.plan, only.first + half, only.count - half));
  }
}
