package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains the same networks on many histories, each transformed and scaled by itself. */
final class GlobalTraining {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /** Rounds of window starts before they repeat. */
  private static final int MOST_ROUNDS = 2_000;

  /** Windows of all tails together that are looked at to end early. */
  private static final int MOST_TAIL_WINDOWS = 256;

  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FrameShape shape;
  private final List<Task> tasks;
  private final List<Preparation> preparations = new ArrayList<>();

  /** That of the history that has the shortest. */
  private final int window;

  GlobalTraining(Kernels kernels, ForecastSettings settings, FrameShape shape, List<Task> tasks) {
    this.kernels = kernels;
    this.settings = settings;
    this.shape = shape;
    this.tasks = tasks;
    int shortest = Integer.MAX_VALUE;
    for (Task task : tasks) {
      Transformation transformation = settings.unvalidated(task, shape.targets());
      preparations.add(
          Preparation.fit(task.rows(), shape, transformation, task.season(), settings.scaling));
      int lost = transformation.lost(task.season()) + shape.block() - 1;
      shortest = Math.min(shortest, settings.windowOf(task.rows().length, lost, task.season()));
    }
    window = shortest;
  }

  /**
   * Trains; each history's result has the same parameters.
   *
   * @param within keeps how far the training is; null where nothing does
   */
  List<Learnt> run(FitListener listener, LaunchCheckpoint within) {
    float[][] parameters = new float[settings.members][];
    long steps;
    String failure;
    try (GroupTraining training = training()) {
      List<LaunchedNetworks> networks = within == null ? null : networks();
      if (within != null) {
        within.follow(training, networks);
      }
      boolean ended =
          training.run(
              settings.steps,
              new Learning(kernels, settings, shape, listener).progress().of(settings.members));
      if (within != null && !ended) {
        within.keep(training, networks);
      }
      steps = training.trainer().steps();
      failure =
          ended
              ? training.failures().stream().filter(Objects::nonNull).findFirst().orElse(null)
              : Learnt.INTERRUPTED;
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
              null,
              steps,
              task.isConstant(shape.targets()),
              failure));
    }
    return learnt;
  }

  /** Those that learn all series, once for each. */
  private List<LaunchedNetworks> networks() {
    return tasks.stream()
        .map(
            task ->
                new LaunchedNetworks(
                    task.name(),
                    TrainingRecord.ended(settings, task, true),
                    settings.unvalidated(task, shape.targets()).toString(),
                    0,
                    settings.members))
        .toList();
  }

  private GroupTraining training() {
    List<Frame> learnt = new ArrayList<>();
    List<TailError.Window> tails = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      Frame whole = Frame.of(preparations.get(i), tasks.get(i).rows());
      int tail = settings.tail(whole.rows(), shape, window);
      tails.addAll(TailError.Window.ofTail(whole, tail));
      learnt.add(whole.withoutTail(tail));
    }
    GroupTraining training =
        GroupTraining.shared(kernels, settings, window, joined(learnt), starts(learnt), shape);
    if (settings.patience > 0 && tails.isEmpty()) {
      LOG.warn(
          "all {} series are too short to hold rows back: training does not end early",
          tasks.size());
    }
    if (tails.isEmpty()) {
      return training;
    }
    try {
      List<TailError.Window> seen = spread(tails);
      return training.endingEarly(
          window, Collections.nCopies(settings.members, seen), settings.patience);
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  private static List<TailError.Window> spread(List<TailError.Window> all) {
    int count = Math.min(MOST_TAIL_WINDOWS, all.size());
    List<TailError.Window> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(all.get((int) ((long) i * all.size() / count)));
    }
    return some;
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
  private int[] starts(List<Frame> frames) {
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
