package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NetworkSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers what a fleet learns, launch by launch. */
final class FleetResults {
  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FleetHistories histories;

  /** Whether one training learns all series. */
  private final boolean shared;

  private final Map<String, LearntSeries> learnt = new HashMap<>();
  private final Map<String, String> failures = new HashMap<>();

  FleetResults(
      Kernels kernels, ForecastSettings settings, FleetHistories histories, boolean shared) {
    this.kernels = kernels;
    this.settings = settings;
    this.histories = histories;
    this.shared = shared;
  }

  /**
   * Takes over what an earlier run had learnt of the same series.
   *
   * @throws IllegalArgumentException if it was learnt of other values or columns, or otherwise
   */
  void take(FleetModel before) {
    for (Task task : histories.tasks()) {
      LearntSeries own = before.learnt().get(task.name());
      if (own == null) {
        continue;
      }
      String training = "what was learnt of '%s' before".formatted(task.name());
      TrainingRecord.requireSameEnd(
          training, own.record(), TrainingRecord.ended(settings, task, shared));
      Columns columns = histories.columns().get(task.name());
      if (!columns.equals(own.description().columns())) {
        throw new IllegalArgumentException(
            "%s was read as %s, not as %s; give the same columns, or train anew"
                .formatted(training, own.description().columns(), columns));
      }
      learnt.put(task.name(), own.at(timeline(task)));
    }
  }

  /** Those that neither are learnt nor cannot be. */
  List<Task> left() {
    return histories.tasks().stream()
        .filter(task -> !learnt.containsKey(task.name()) && !failures.containsKey(task.name()))
        .toList();
  }

  /**
   * Takes what came of some; what is known already stays.
   *
   * @param within which they were learnt; null where nothing kept their launches
   */
  void put(List<Learnt> results, LaunchCheckpoint within) {
    for (Learnt each : results) {
      Task task = each.task();
      if (each.failure() != null) {
        failures.put(task.name(), each.failure());
      } else if (!learnt.containsKey(task.name())) {
        learnt.put(
            task.name(),
            LearntSeries.of(
                each,
                histories.columns().get(task.name()),
                timeline(task),
                settings.bounds,
                TrainingRecord.ended(settings, task, shared),
                within == null ? Checkpoint.engineOf(kernels) : within.engines(task.name())));
      }
    }
  }

  private Timeline timeline(Task task) {
    return histories.series().get(task.name()).times().map(Timeline::of).orElse(null);
  }

  /** All so far, in the order of the series. */
  FleetModel model() {
    NetworkSpec spec = histories.shape() == null ? null : settings.spec(histories.shape());
    Map<String, LearntSeries> ordered = new LinkedHashMap<>();
    Map<String, String> reasons = new LinkedHashMap<>();
    reasons.putAll(histories.failures());
    for (String name : histories.series().keySet()) {
      if (learnt.containsKey(name)) {
        ordered.put(name, learnt.get(name));
      } else if (failures.containsKey(name)) {
        reasons.put(name, failures.get(name));
      }
    }
    return new FleetModel(kernels, spec, ordered, reasons, Checkpoint.engineOf(kernels));
  }
}
