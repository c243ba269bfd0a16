package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What a {@link Fleet} has learnt. Its networks lie in the memory of the host until one is asked
 * for, so that there is nothing to close; the kernels must stay open.
 */
public final class FleetModel {
  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FleetHistories histories;
  private final Map<String, Learnt> learnt = new LinkedHashMap<>();
  private final Map<String, String> failures;

  FleetModel(
      Kernels kernels, ForecastSettings settings, FleetHistories histories, List<Learnt> learnt) {
    this.kernels = kernels;
    this.settings = settings;
    this.histories = histories;
    failures = new LinkedHashMap<>(histories.failures());
    for (Learnt each : learnt) {
      if (each.failure() == null) {
        this.learnt.put(each.task().name(), each);
      } else {
        this.failures.put(each.task().name(), each.failure());
      }
    }
  }

  /** Names of the series that were learnt, in their order. */
  public List<String> names() {
    List<String> names = new ArrayList<>(histories.series().keySet());
    names.retainAll(learnt.keySet());
    return names;
  }

  /** Names of the series that could not be learnt, and why. */
  public Map<String, String> failures() {
    return Collections.unmodifiableMap(failures);
  }

  /**
   * Forecasts the first target of one series; as {@link ForecastModel#forecast}. Where columns are
   * known ahead, ask its {@link #model}.
   *
   * @throws NoSuchElementException if no series of this name was learnt
   */
  public double[] forecast(String name, int horizon) {
    try (ForecastModel model = model(name)) {
      return model.forecast(horizon);
    }
  }

  /**
   * The model of one series, with networks of its own on the device.
   *
   * @return the model, for the caller to close
   * @throws NoSuchElementException if no series of this name was learnt
   */
  public ForecastModel model(String name) {
    Learnt own = learnt.get(name);
    if (own == null) {
      throw new NoSuchElementException(
          failures.containsKey(name)
              ? "series '" + name + "' was not learnt: " + failures.get(name)
              : "no series is named '" + name + "'");
    }
    Series history = histories.series().get(name);
    return ForecastModel.of(
        kernels,
        settings,
        own,
        histories.columns().get(name),
        history.times().map(Timeline::of).orElse(null));
  }
}
