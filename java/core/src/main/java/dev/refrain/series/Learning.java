package dev.refrain.series;

import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.FitProgress.Stage;
import dev.refrain.series.Predictions.Start;
import dev.refrain.series.Validation.Verdict;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Learns many histories at once. Networks whose windows are equally long share a launch, as many as
 * fit; each history's result is that of learning it alone, bit for bit.
 */
final class Learning {
  /** Floats of activations that the networks of a launch may take: 512 MiB. */
  private static final long MOST_FLOATS = 128L << 20;

  private static final int MOST_GROUPS = 1_024;

  /** Networks that try each candidate; a median needs three. */
  private static final int VALIDATION_MEMBERS = 3;

  /** Longer training sharpens forecasts, but hardly changes which candidate is best. */
  private static final int MOST_VALIDATION_STEPS = 300;

  /** Rows that training ends early by, where no number is given. */
  private static final int USUAL_TAIL = 12;

  private final Kernels kernels;
  private final Forecaster settings;
  private final FrameShape shape;
  private final FitListener listener;

  Learning(Kernels kernels, Forecaster settings, FrameShape shape, FitListener listener) {
    this.kernels = kernels;
    this.settings = settings;
    this.shape = shape;
    this.listener = listener;
  }

  /** Some networks of a plan, counted through all its transformations, in one launch. */
  private record Part(Plan plan, int first, int count) {}

  /** What the networks of one history will be. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Plan(Task task, int window, Verdict verdict) {}

  /**
   * Chooses, for each task, how to prepare it.
   *
   * @throws IllegalArgumentException if a task cannot be learnt
   */
  List<Plan> plan(List<Task> tasks) {
    Map<Task, Verdict> verdicts = validate(tasks);
    List<Plan> plans = new ArrayList<>();
    for (Task task : tasks) {
      Verdict verdict = verdicts.get(task);
      if (verdict == null) {
        Transformation only = settings.unvalidated(task, shape.targets());
        verdict = new Verdict(List.of(only), new double[] {1}, List.of());
      }
      plans.add(new Plan(task, window(task, verdict), verdict));
    }
    return plans;
  }

  private int window(Task task, Verdict verdict) {
    int lost =
        verdict.kept().stream().mapToInt(each -> each.lost(task.season())).max().orElse(0)
            + shape.block()
            - 1;
    return settings.windowOf(task.rows().length, lost, task.season());
  }

  private Map<Task, Verdict> validate(List<Task> tasks) {
    Map<List<Integer>, List<Validation>> alike = new LinkedHashMap<>();
    for (Task task : tasks) {
      Validation validation = Validation.plan(settings, task, shape);
      if (validation != null && !task.isConstant(shape.targets())) {
        alike
            .computeIfAbsent(
                List.of(validation.window(), validation.horizon(), validation.origins()),
                key -> new ArrayList<>())
            .add(validation);
      }
    }
    int members = Math.min(VALIDATION_MEMBERS, settings.members);
    List<List<Validation>> launches = new ArrayList<>();
    alike.forEach(
        (key, validations) ->
            launches.addAll(
                launches(validations, key.get(0), each -> each.candidates().size() * members)));
    Map<Task, Verdict> verdicts = new HashMap<>();
    int steps = Math.min(settings.steps, MOST_VALIDATION_STEPS);
    Progress progress = new Progress(Stage.VALIDATION, (long) steps * launches.size());
    Deque<List<Validation>> waiting = new ArrayDeque<>(launches);
    while (!waiting.isEmpty() && !Thread.currentThread().isInterrupted()) {
      List<Validation> launch = waiting.pop();
      try {
        verdicts.putAll(validate(launch, members, steps, progress));
        progress.launched(steps);
      } catch (KernelException e) {
        halve(launch, waiting, progress, steps, e);
      }
    }
    return verdicts;
  }

  private Map<Task, Verdict> validate(
      List<Validation> launch, int members, int steps, Progress progress) {
    List<Frame> frames = new ArrayList<>();
    List<Long> seeds = new ArrayList<>();
    for (Validation validation : launch) {
      for (Frame frame : validation.frames(settings.scaling)) {
        addMembers(frame, members, validation.task().seed(), frames, seeds);
      }
    }
    Map<Task, Verdict> verdicts = new HashMap<>();
    try (GroupTraining training = training(launch.get(0).window(), frames, seeds, steps)) {
      if (!training.run(steps, progress.of(frames.size()))) {
        return verdicts;
      }
      List<List<Start>> starts = new ArrayList<>();
      int group = 0;
      for (Validation validation : launch) {
        for (int candidate = 0; candidate < validation.candidates().size(); candidate++) {
          List<Start> own = validation.starts(frames.get(group).preparation());
          for (int member = 0; member < members; member++, group++) {
            starts.add(own);
          }
        }
      }
      double[][][][] predictions =
          Predictions.of(training.network(), starts, launch.get(0).horizon());
      group = 0;
      for (Validation validation : launch) {
        int groups = validation.candidates().size() * members;
        List<List<Start>> own = new ArrayList<>();
        for (int candidate = 0; candidate < validation.candidates().size(); candidate++) {
          own.add(starts.get(group + candidate * members));
        }
        Verdict verdict =
            validation.judge(own, Arrays.copyOfRange(predictions, group, group + groups));
        if (verdict != null) {
          verdicts.put(validation.task(), verdict);
        }
        group += groups;
      }
    }
    return verdicts;
  }

  /** Trains what was planned; tasks that fail are so marked, and the others go on. */
  List<Learnt> train(List<Plan> plans) {
    // Networks share a launch only if they also end early by equally long tails.
    Map<List<Integer>, List<Plan>> alike = new LinkedHashMap<>();
    Map<Plan, Learnt> learnt = new HashMap<>();
    Map<Plan, float[][]> parameters = new HashMap<>();
    for (Plan plan : plans) {
      if (plan.task().isConstant(shape.targets())) {
        learnt.put(plan, constant(plan));
      } else {
        alike
            .computeIfAbsent(List.of(plan.window(), tail(plan)), key -> new ArrayList<>())
            .add(plan);
      }
    }
    List<List<Part>> launches = new ArrayList<>();
    alike.forEach(
        (key, each) -> launches.addAll(launches(parts(each, key.get(0)), key.get(0), Part::count)));
    Progress progress = new Progress(Stage.TRAINING, (long) settings.steps * launches.size());
    Deque<List<Part>> waiting = new ArrayDeque<>(launches);
    boolean ended = true;
    while (ended && !waiting.isEmpty()) {
      List<Part> launch = waiting.pop();
      try (GroupTraining training = beginParts(launch)) {
        ended = training.run(settings.steps, progress.of(training.network().groups()));
        progress.launched(settings.steps);
        if (ended) {
          collect(launch, training, parameters, learnt);
        }
      } catch (KernelException e) {
        halve(halves(launch), waiting, progress, settings.steps, e);
      }
    }
    return plans.stream()
        .map(
            plan ->
                learnt.getOrDefault(
                    plan,
                    Learnt.failed(
                        plan.task(), shape, "training was interrupted before it had ended")))
        .toList();
  }

  /**
   * All networks of a plan, with new parameters, in one launch.
   *
   * @throws IllegalArgumentException if they need more memory than there is
   */
  GroupTraining begin(Plan plan) {
    requireRoom(groups(plan), plan.window());
    return beginParts(List.of(new Part(plan, 0, groups(plan))));
  }

  /** Refuses what would fill the memory only to fail, or to be ended by the system. */
  private void requireRoom(int groups, int window) {
    double bytes = (double) Float.BYTES * groups * settings.floats(shape, window);
    long available = kernels.availableBytes();
    if (bytes > available) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d networks (%d a transform) of %d units, a window of %d and a batch of %d need about"
                  + " %.1f GB of memory, and %.1f GB are available; choose fewer members, units or a"
                  + " smaller batch",
              groups,
              settings.members,
              settings.units,
              window,
              settings.batch,
              bytes * 1e-9,
              available * 1e-9));
    }
  }

  /** Networks of plans whose windows and tails are equally long; new parameters. */
  private GroupTraining beginParts(List<Part> launch) {
    List<Frame> frames = new ArrayList<>();
    List<Long> seeds = new ArrayList<>();
    for (Part part : launch) {
      Plan plan = part.plan();
      double[][] rows = plan.task().rows();
      Frame frame = null;
      for (int group = part.first(); group < part.first() + part.count(); group++) {
        int member = group % settings.members;
        if (frame == null || member == 0) {
          Transformation each = plan.verdict().kept().get(group / settings.members);
          frame =
              Frame.of(
                  Preparation.fit(rows, shape, each, plan.task().season(), settings.scaling), rows);
        }
        frames.add(frame);
        seeds.add(plan.task().seed() + member);
      }
    }
    int window = launch.get(0).plan().window();
    int tail = tail(launch.get(0).plan());
    if (tail == 0) {
      return training(window, frames, seeds, settings.steps);
    }
    List<Frame> heads = heads(frames, tail);
    return training(window, heads, seeds, settings.steps)
        .endingEarly(frames, window, tail, settings.patience);
  }

  /** Rows at the end that all frames of a plan can spare to end early by; 0 if one cannot. */
  private int tail(Plan plan) {
    if (settings.patience == 0) {
      return 0;
    }
    int lost =
        plan.verdict().kept().stream()
            .mapToInt(each -> each.lost(plan.task().season()))
            .max()
            .orElse(0);
    // The last row of a frame has its targets in the block of rows that follows.
    int rows = plan.task().rows().length - lost - shape.block() - (shape.block() - 1);
    int wished = settings.validationRows > 0 ? settings.validationRows : USUAL_TAIL;
    return Math.max(0, Math.min(wished, (rows - plan.window()) / 2));
  }

  /**
   * The frames without their tails, nor the rows before whose targets reach into them; networks
   * that share a frame go on to share it.
   */
  private List<Frame> heads(List<Frame> frames, int tail) {
    int cut = tail + shape.block() - 1;
    Map<Frame, Frame> heads = new HashMap<>();
    return frames.stream()
        .map(frame -> heads.computeIfAbsent(frame, each -> each.head(each.rows() - cut)))
        .toList();
  }

  /** Networks that learn a task by transformations and scalers that are known. */
  GroupTraining begin(Task task, List<Variant> variants, int groups) {
    List<Frame> frames = new ArrayList<>();
    List<Long> seeds = new ArrayList<>();
    for (Variant variant : variants) {
      Frame frame = Frame.of(variant.origin().preparation(), task.rows());
      addMembers(frame, groups / variants.size(), task.seed(), frames, seeds);
    }
    return training(variants.get(0).origin().window().length, frames, seeds, settings.steps);
  }

  /** Takes the parameters of a launch; a plan is learnt once it has those of all its networks. */
  private void collect(
      List<Part> launch,
      GroupTraining training,
      Map<Plan, float[][]> parameters,
      Map<Plan, Learnt> learnt) {
    List<String> failures = training.failures();
    int group = 0;
    for (Part part : launch) {
      Plan plan = part.plan();
      float[][] own = parameters.computeIfAbsent(plan, key -> new float[groups(plan)][]);
      String failure = null;
      for (int i = 0; i < part.count(); i++, group++) {
        own[part.first() + i] = training.network().read(group);
        failure = failure == null ? failures.get(group) : failure;
      }
      if (failure != null) {
        learnt.put(plan, Learnt.failed(plan.task(), shape, failure));
      } else if (!learnt.containsKey(plan) && Arrays.stream(own).allMatch(Objects::nonNull)) {
        learnt.put(
            plan,
            new Learnt(
                plan.task(),
                shape,
                variants(plan),
                own,
                plan.verdict().residuals(),
                training.trainer().steps(),
                false,
                null));
      }
    }
  }

  /** Plans of more networks than a launch takes, cut. */
  private List<Part> parts(List<Plan> plans, int window) {
    int most = most(window);
    List<Part> parts = new ArrayList<>();
    for (Plan plan : plans) {
      for (int first = 0; first < groups(plan); first += most) {
        parts.add(new Part(plan, first, Math.min(most, groups(plan) - first)));
      }
    }
    return parts;
  }

  /** At least two parts, unless there is a single network. */
  private static List<Part> halves(List<Part> launch) {
    Part only = launch.get(0);
    if (launch.size() > 1 || only.count() == 1) {
      return launch;
    }
    int half = only.count() / 2;
    return List.of(
        new Part(only.plan(), only.first(), half),
        new Part(only.plan(), only.first() + half, only.count() - half));
  }

  /** Puts the halves of a launch that failed, as too large a one does, in the place of it. */
  private static <T> void halve(
      List<T> launch, Deque<List<T>> waiting, Progress progress, int steps, KernelException e) {
    if (launch.size() < 2 || progress.begun()) {
      throw e;
    }
    int half = launch.size() / 2;
    waiting.push(List.copyOf(launch.subList(half, launch.size())));
    waiting.push(List.copyOf(launch.subList(0, half)));
    progress.more(steps);
  }

  /** How the history is prepared, and where it ends. */
  List<Variant> variants(Plan plan) {
    double[][] rows = plan.task().rows();
    List<Variant> variants = new ArrayList<>();
    for (int i = 0; i < plan.verdict().kept().size(); i++) {
      Preparation preparation =
          Preparation.fit(
              rows, shape, plan.verdict().kept().get(i), plan.task().season(), settings.scaling);
      variants.add(
          new Variant(preparation.origin(rows, plan.window()), plan.verdict().weights()[i]));
    }
    return variants;
  }

  private Learnt constant(Plan plan) {
    return new Learnt(
        plan.task(), shape, variants(plan), new float[groups(plan)][], List.of(), 0, true, null);
  }

  private int groups(Plan plan) {
    return plan.verdict().kept().size() * settings.members;
  }

  private static void addMembers(
      Frame frame, int members, long seed, List<Frame> frames, List<Long> seeds) {
    for (int member = 0; member < members; member++) {
      frames.add(frame);
      seeds.add(seed + member);
    }
  }

  private GroupTraining training(int window, List<Frame> frames, List<Long> seeds, int steps) {
    return new GroupTraining(
        kernels,
        settings,
        window,
        frames,
        seeds.stream().mapToLong(Long::longValue).toArray(),
        steps);
  }

  /** Cuts a list so that the networks of each part fit a launch. */
  private <T> List<List<T>> launches(List<T> all, int window, Function<T, Integer> groups) {
    int most = most(window);
    List<List<T>> launches = new ArrayList<>();
    List<T> current = new ArrayList<>();
    long taken = 0;
    for (T each : all) {
      int more = groups.apply(each);
      if (!current.isEmpty() && taken + more > most) {
        launches.add(current);
        current = new ArrayList<>();
        taken = 0;
      }
      current.add(each);
      taken += more;
    }
    if (!current.isEmpty()) {
      launches.add(current);
    }
    return launches;
  }

  /** Networks that a launch takes. */
  private int most(int window) {
    long floatsPerGroup = settings.activations(shape, window);
    return (int) Math.max(1, Math.min(MOST_GROUPS, MOST_FLOATS / Math.max(1, floatsPerGroup)));
  }

  /** The progress of training in a single launch. */
  Progress progress() {
    return new Progress(Stage.TRAINING, settings.steps);
  }

  /** Counts the steps of one stage over all its launches. */
  final class Progress {
    private final Stage stage;
    private long steps;
    private long before;

    /** Whether the launch that goes on has taken a step. */
    private boolean begun;

    Progress(Stage stage, long steps) {
      this.stage = stage;
      this.steps = steps;
    }

    GroupTraining.StepListener of(int networks) {
      return (step, loss, rate) -> {
        begun = true;
        listener.onProgress(new FitProgress(stage, before + step, steps, loss, rate, networks));
      };
    }

    boolean begun() {
      return begun;
    }

    /** There is a launch more than was thought. */
    void more(int launch) {
      steps += launch;
    }

    void launched(int more) {
      before += more;
      begun = false;
    }
  }
}
