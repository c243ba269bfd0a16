package dev.refrain.series;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Some networks of a plan, counted through all its transformations, in one launch. */
record LaunchPart(Learning.Plan plan, int first, int count) {
  /** Networks of a plan. */
  static int groups(Learning.Plan plan, ForecastSettings settings) {
    return plan.verdict().kept().size() * settings.members;
  }

  /**
   * The parts of a launch that a checkpoint names, so that it comes first, as it was: other series
   * may be left now than there were then.
   *
   * @param plans that are left, by the names of their series
   * @param warning hears why one that is left cannot be had again
   * @return empty if one cannot be had again
   */
  static List<LaunchPart> of(
      List<LaunchedNetworks> launch,
      Map<String, Learning.Plan> plans,
      ForecastSettings settings,
      Consumer<String> warning) {
    List<LaunchPart> parts = new ArrayList<>();
    for (LaunchedNetworks each : launch) {
      Learning.Plan plan = plans.get(each.series());
      if (plan == null) {
        // It is learnt: that launch had ended, and is no loss.
        return List.of();
      }
      LaunchPart part = new LaunchPart(plan, each.first(), each.count());
      if (!part.described(settings).isSame(each) || part.end() > groups(plan, settings)) {
        warning.accept(
            "series '%s' is learnt by %s now, and was by %s"
                .formatted(each.series(), plan.verdict().kept(), each.transformations()));
        return List.of();
      }
      parts.add(part);
    }
    return parts;
  }

  /** As a checkpoint names it. */
  LaunchedNetworks described(ForecastSettings settings) {
    return new LaunchedNetworks(
        plan.task().name(),
        TrainingRecord.ended(settings, plan.task(), false),
        plan.verdict().kept().toString(),
        first,
        count);
  }

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
