package dev.refrain.series;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The histories of a fleet, made ready to be learnt together: all have the same columns and the
 * same frequency, and those that cannot be learnt are told apart, with the reason.
 */
final class FleetHistories {
  /** Names that a message lists before it says how many more there are. */
  private static final int MOST_NAMES = 5;

  private final ForecastSettings settings;
  private final Map<String, Series> series;
  private final Map<String, Columns> columns = new LinkedHashMap<>();
  private final Map<String, String> failures = new LinkedHashMap<>();
  private final List<Task> tasks = new ArrayList<>();
  private FrameShape shape;

  private FleetHistories(ForecastSettings settings, Map<String, Series> series) {
    this.settings = settings;
    this.series = series;
  }

  /**
   * Of series of one column each, which tells them apart.
   *
   * @throws IllegalArgumentException if they are no fleet; the message says why
   */
  static FleetHistories of(ForecastSettings settings, List<Series> series) {
    Map<String, Series> named = new LinkedHashMap<>();
    for (Series each : series) {
      String name = each.names().get(0);
      if (each.columns() != 1) {
        throw new IllegalArgumentException(
            "series '%s' has %d columns, %s; for a fleet of several columns give a map of names to"
                    .formatted(name, each.columns(), each.names())
                + " series");
      }
      if (named.put(name, each) != null) {
        throw new IllegalArgumentException("two series are named '" + name + "'");
      }
    }
    if (!settings.targets.isEmpty() || !settings.known.isEmpty()) {
      throw new IllegalArgumentException(
          "%s, but the series of this fleet have one column each, which is the target; leave it out, or"
                  .formatted(
                      settings.targets.isEmpty()
                          ? "known is " + settings.known
                          : "targets is " + settings.targets)
              + " give a map of names to series of several columns");
    }
    return of(settings, named);
  }

  /** Of series of the same columns; as {@link #of(ForecastSettings, List)} otherwise. */
  static FleetHistories of(ForecastSettings settings, Map<String, Series> series) {
    if (series.isEmpty()) {
      throw new IllegalArgumentException("a fleet needs at least one series");
    }
    FleetHistories histories = new FleetHistories(settings, new LinkedHashMap<>(series));
    histories.requireOneFrequency();
    histories.prepare();
    return histories;
  }

  /**
   * Series that differ in frequency are no fleet. Which of them are wrong is for the caller to say;
   * the message names those that the majority does not agree with, or all kinds if there is none.
   */
  private void requireOneFrequency() {
    Map<Frequency, List<String>> kinds = new LinkedHashMap<>();
    series.forEach(
        (name, each) ->
            each.times()
                .map(times -> times.frequency().ofCalendar())
                .ifPresent(it -> kinds.computeIfAbsent(it, key -> new ArrayList<>()).add(name)));
    if (kinds.size() < 2) {
      return;
    }
    List<Map.Entry<Frequency, List<String>>> order =
        kinds.entrySet().stream()
            .sorted((a, b) -> Integer.compare(b.getValue().size(), a.getValue().size()))
            .toList();
    int most = order.get(0).getValue().size();
    boolean majority = order.get(1).getValue().size() < most;
    String others =
        order.stream()
            .skip(majority ? 1 : 0)
            .map(kind -> described(kind.getKey(), kind.getValue()))
            .collect(Collectors.joining("; "));
    int dated = kinds.values().stream().mapToInt(List::size).sum();
    throw new IllegalArgumentException(
        (majority
                ? "%d of %d series are %s, but not these: %s"
                    .formatted(most, dated, order.get(0).getKey(), others)
                : "the series differ in frequency: " + others)
            + "; a fleet has one frequency: leave them out, or forecast them apart");
  }

  private static String described(Frequency frequency, List<String> names) {
    String listed =
        names.stream()
            .limit(MOST_NAMES)
            .map(name -> "'" + name + "'")
            .collect(Collectors.joining(", "));
    int more = names.size() - MOST_NAMES;
    return frequency + ": " + listed + (more > 0 ? " and " + more + " more" : "");
  }

  private void prepare() {
    String first = null;
    for (Map.Entry<String, Series> entry : series.entrySet()) {
      String name = entry.getKey();
      Series history = entry.getValue();
      try {
        Columns own = settings.columns(history);
        Timeline timeline = history.times().map(Timeline::of).orElse(null);
        FrameShape ownShape = settings.shape(own, timeline);
        if (shape == null) {
          shape = ownShape;
          first = name;
        }
        requireSameColumns(first, name);
        Task unnamed = settings.task(history, own);
        Task task = new Task(name, unnamed.rows(), unnamed.season(), unnamed.seed());
        settings.check(task, shape);
        prepare(task);
        columns.put(name, own);
        tasks.add(task);
      } catch (DifferentColumnsException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      } catch (IllegalArgumentException e) {
        failures.put(name, e.getMessage());
      }
    }
  }

  /** What is wrong with the fleet, not with one series of it. */
  private static final class DifferentColumnsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    DifferentColumnsException(String message) {
      super(message);
    }
  }

  private void requireSameColumns(String first, String name) {
    Series expected = series.get(first);
    Series own = series.get(name);
    boolean same =
        own.columns() == expected.columns()
            && (own.columns() == 1 || own.names().equals(expected.names()));
    if (!same) {
      throw new DifferentColumnsException(
          "series '%s' has the columns %s and series '%s' %s; in a fleet all have the same"
              .formatted(first, expected.names(), name, own.names()));
    }
  }

  /** Makes sure that a series can be prepared at all, before it stops all others. */
  private void prepare(Task task) {
    Validation validation = Validation.plan(settings, task, shape);
    List<Transformation> all = new ArrayList<>();
    all.add(settings.unvalidated(task, shape.targets()));
    if (validation != null && !task.isConstant(shape.targets())) {
      validation.frames(settings.scaling);
      all.addAll(validation.candidates());
    }
    for (Transformation each : all) {
      Preparation.fit(task.rows(), shape, each, task.season(), settings.scaling);
    }
  }

  /** All series, by name. */
  Map<String, Series> series() {
    return series;
  }

  /** What the columns of those that can be learnt are. */
  Map<String, Columns> columns() {
    return columns;
  }

  /** Those that can be learnt. */
  List<Task> tasks() {
    return tasks;
  }

  /** Why the others cannot. */
  Map<String, String> failures() {
    return failures;
  }

  /** That all have; null if none can be read. */
  FrameShape shape() {
    return shape;
  }
}
