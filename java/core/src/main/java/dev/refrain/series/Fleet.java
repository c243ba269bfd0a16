package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Learns many series at once: networks of its own for each, all trained together in a few launches
 * ({@link #fit}), or the same networks for all ({@link #fitGlobal}).
 *
 * <pre>{@code
 * Fleet fleet = new Fleet(Forecaster.builder().season(12).validationRows(0).members(1).build());
 * FleetModel model = fleet.fit(kernels, series, progress -> {});
 * model.failures().forEach((name, why) -> System.err.println(name + ": " + why));
 * double[] nextYear = model.forecast("shop 17", 12);
 * }</pre>
 *
 * <p>Series may differ in length. Those that cannot be learnt are named, and the others go on.
 */
public final class Fleet {
  /** Rounds of window starts before they repeat. */
  private static final int MOST_ROUNDS = 2_000;

  private final ForecastSettings settings;

  /**
   * A fleet whose series are each learnt as a forecaster does.
   *
   * @param forecaster what to train; of its columns a fleet has one each
   */
  public Fleet(Forecaster forecaster) {
    settings = forecaster.settings;
  }

  /**
   * Trains networks for each series. The result of each is that of {@link Forecaster#fit} on it
   * alone, bit for bit.
   *
   * @param kernels where to compute; must stay open as long as the model
   * @param series of one column each, whose name tells them apart
   * @param listener hears how training goes
   * @return the model; nothing to close
   * @throws IllegalArgumentException if there are no series, two have the same name, one has
   *     several columns, or their frequencies differ
   */
  public FleetModel fit(Kernels kernels, List<Series> series, FitListener listener) {
    checkAlike(series);
    Map<String, String> failures = new LinkedHashMap<>();
    List<Task> tasks = tasks(series, failures);
    Learning learning = new Learning(kernels, settings, settings.singleShape(), listener);
    List<Learnt> learnt = tasks.isEmpty() ? List.of() : learning.train(learning.plan(tasks));
    return new FleetModel(kernels, settings, series, learnt, failures);
  }

  /**
   * Trains the same networks on all series, each transformed and scaled by itself: for series that
   * are alike, and each too short to learn from alone. There are no intervals.
   *
   * @throws IllegalArgumentException as {@link #fit} does
   */
  public FleetModel fitGlobal(Kernels kernels, List<Series> series, FitListener listener) {
    checkAlike(series);
    Map<String, String> failures = new LinkedHashMap<>();
    List<Task> tasks = tasks(series, failures);
    List<Learnt> learnt = tasks.isEmpty() ? List.of() : learnTogether(kernels, tasks, listener);
    return new FleetModel(kernels, settings, series, learnt, failures);
  }

  private static void checkAlike(List<Series> series) {
    if (series.isEmpty()) {
      throw new IllegalArgumentException("a fleet needs at least one series");
    }
    Set<String> names = new LinkedHashSet<>();
    Series first = null;
    for (Series each : series) {
      String name = each.names().get(0);
      if (each.columns() != 1) {
        throw new IllegalArgumentException(
            "series '" + name + "' has " + each.columns() + " columns; in a fleet each has one");
      }
      if (!names.add(name)) {
        throw new IllegalArgumentException("two series are named '" + name + "'");
      }
      if (each.times().isPresent()) {
        first = first == null ? each : first;
        Frequency expected = first.times().orElseThrow().frequency();
        Frequency frequency = each.times().get().frequency();
        if (!frequency.equals(expected)) {
          throw new IllegalArgumentException(
              "series '%s' is %s and series '%s' is %s; a fleet has one frequency: forecast them apart"
                  .formatted(first.names().get(0), expected, name, frequency));
        }
      }
    }
  }

  private List<Task> tasks(List<Series> series, Map<String, String> failures) {
    List<Task> tasks = new ArrayList<>();
    for (Series each : series) {
      Task task = settings.task(each, new Columns(each.names(), List.of(), List.of(), false));
      try {
        settings.check(task, settings.singleShape());
        prepare(task);
        tasks.add(task);
      } catch (IllegalArgumentException e) {
        failures.put(task.name(), e.getMessage());
      }
    }
    return tasks;
  }

  /** Makes sure that a series can be prepared at all, before it stops all others. */
  private void prepare(Task task) {
    FrameShape shape = settings.singleShape();
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

  private List<Learnt> learnTogether(Kernels kernels, List<Task> tasks, FitListener listener) {
    FrameShape shape = settings.singleShape();
    List<Preparation> preparations = new ArrayList<>();
    int window = Integer.MAX_VALUE;
    for (Task task : tasks) {
      Transformation transformation = settings.unvalidated(task, 1);
      preparations.add(
          Preparation.fit(task.rows(), shape, transformation, task.season(), settings.scaling));
      int lost = transformation.lost(task.season()) + shape.block() - 1;
      window = Math.min(window, settings.windowOf(task.rows().length, lost, task.season()));
    }
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      frames.add(Frame.of(preparations.get(i), tasks.get(i).rows()));
    }
    float[][] parameters;
    long steps;
    String failure;
    try (GroupTraining training =
        GroupTraining.shared(
            kernels, settings, window, joined(frames), starts(frames, window), shape)) {
      boolean ended =
          training.run(
              settings.steps,
              new Learning(kernels, settings, shape, listener).progress().of(settings.members));
      steps = training.trainer().steps();
      failure =
          ended
              ? training.failures().stream().filter(each -> each != null).findFirst().orElse(null)
              : "training was interrupted before it had ended";
      parameters = new float[settings.members][];
      for (int member = 0; member < parameters.length; member++) {
        parameters[member] = training.network().read(member);
      }
    }
    List<Learnt> learnt = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      ForecastOrigin origin = preparations.get(i).origin(task.rows(), window);
      learnt.add(
          new Learnt(
              task,
              shape,
              List.of(new Variant(origin, 1)),
              parameters,
              List.of(),
              steps,
              task.isConstant(1),
              failure));
    }
    return learnt;
  }

  private static float[] joined(List<Frame> frames) {
    int total = frames.stream().mapToInt(frame -> frame.numbers().length).sum();
    float[] all = new float[total];
    int at = 0;
    for (Frame frame : frames) {
      System.arraycopy(frame.numbers(), 0, all, at, frame.numbers().length);
      at += frame.numbers().length;
    }
    return all;
  }

  /**
   * Window starts {@code [rounds, members, batch]} that never reach from one series into another.
   */
  private int[] starts(List<Frame> frames, int window) {
    List<Integer> possible = new ArrayList<>();
    int first = 0;
    for (Frame frame : frames) {
      for (int row = 0; row + window <= frame.rows(); row++) {
        possible.add(first + row);
      }
      first += frame.rows();
    }
    int[] all = possible.stream().mapToInt(Integer::intValue).toArray();
    int rounds = Math.min(settings.steps, MOST_ROUNDS);
    int[] starts = new int[rounds * settings.members * settings.batch];
    SplittableRandom random = new SplittableRandom(settings.seed);
    Arrays.setAll(starts, i -> all[random.nextInt(all.length)]);
    return starts;
  }
}
