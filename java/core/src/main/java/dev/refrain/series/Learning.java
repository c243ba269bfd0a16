package dev.refrain.series;

import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.FitProgress.Stage;
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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns many histories at once. Networks whose windows are equally long share a launch, as many as
 * fit; each history's result is that of learning it alone, bit for bit.
 */
final class Learning {
  private static final Logger LOG = LoggerFactory.getLogger(Forecaster.class);

  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FrameShape shape;
  private final FitListener listener;
  private final Launches launches;

  Learning(Kernels kernels, ForecastSettings settings, FrameShape shape, FitListener listener) {
    this.kernels = kernels;
    this.settings = settings;
    this.shape = shape;
    this.listener = listener;
    launches = new Launches(settings, shape);
  }

  /** What the networks of one history will be. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Plan(Task task, int window, Verdict verdict) {}

  /**
   * Chooses, for each task, how to prepare it.
   *
   * @throws IllegalArgumentException if a task cannot be learnt
   */
  List<Plan> plan(List<Task> tasks) {
    Map<Task, Verdict> verdicts =
        new CandidateTrials(kernels, settings, shape, listener).run(tasks);
    List<Plan> plans = new ArrayList<>();
    int unjudged = 0;
    for (Task task : tasks) {
      Verdict verdict = verdicts.get(task);
      if (verdict == null) {
        unjudged += task.isConstant(shape.targets()) ? 0 : 1;
        verdict = Verdict.unvalidated(settings.unvalidated(task, shape.targets()));
      }
      plans.add(new Plan(task, window(task, verdict), verdict));
    }
    if (unjudged > 0 && settings.validationRows > 0 && !Thread.currentThread().isInterrupted()) {
      LOG.warn(
          "{} of {} histories had no validation by their last {} rows: they are too short, or no"
              + " forecast of these was a number; there are no intervals",
          unjudged,
          tasks.size(),
          settings.validationRows);
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

  /** Trains what was planned; tasks that fail are so marked, and the others go on. */
  List<Learnt> train(List<Plan> plans) {
    return train(plans, null, learnt -> {});
  }

  /**
   * As above.
   *
   * @param within keeps how far a launch is; null where nothing does
   * @param afterLaunch hears, after each launch that has ended, all that is learnt by then
   */
  List<Learnt> train(
      List<Plan> plans, LaunchCheckpoint within, Consumer<List<Learnt>> afterLaunch) {
    Map<List<Integer>, List<Plan>> alike = new LinkedHashMap<>();
    Map<Plan, Learnt> learnt = new HashMap<>();
    Map<Plan, float[][]> parameters = new HashMap<>();
    for (Plan plan : plans) {
      if (plan.task().isConstant(shape.targets())) {
        learnt.put(plan, constant(plan));
      } else {
        alike.computeIfAbsent(alike(plan), key -> new ArrayList<>()).add(plan);
      }
    }
    warnOfShort(plans);
    List<List<LaunchPart>> all = new ArrayList<>();
    List<LaunchPart> underway = within == null ? List.of() : underway(plans, within);
    if (!underway.isEmpty()) {
      all.add(underway);
    }
    alike.forEach(
        (key, each) ->
            all.addAll(
                launches.cut(
                    LaunchPart.without(parts(each, key.get(0)), underway),
                    key.get(0),
                    LaunchPart::count)));
    StageProgress progress =
        new StageProgress(listener, Stage.TRAINING, (long) settings.steps * all.size());
    Deque<List<LaunchPart>> waiting = new ArrayDeque<>(all);
    boolean ended = true;
    while (ended && !waiting.isEmpty()) {
      List<LaunchPart> launch = waiting.pop();
      try (GroupTraining training = beginParts(launch)) {
        ended = run(launch, training, within, progress);
        progress.launched(settings.steps);
        if (ended) {
          collect(launch, training, parameters, learnt);
        }
      } catch (KernelException e) {
        Launches.halve(LaunchPart.halves(launch), waiting, progress, settings.steps, e);
        if (launch.equals(underway)) {
          within.warnOfLoss("it needs more memory than there is now: " + e.getMessage());
        }
        continue;
      }
      if (ended) {
        afterLaunch.accept(plans.stream().map(learnt::get).filter(Objects::nonNull).toList());
      }
    }
    return plans.stream()
        .map(
            plan ->
                learnt.getOrDefault(plan, Learnt.failed(plan.task(), shape, Learnt.INTERRUPTED)))
        .toList();
  }

  /** Returns whether it ended, from where it stood before if that was kept. */
  private boolean run(
      List<LaunchPart> launch,
      GroupTraining training,
      LaunchCheckpoint within,
      StageProgress progress) {
    GroupTraining.StepListener heard = progress.of(training.network().groups());
    if (within == null) {
      return training.run(settings.steps, heard);
    }
    if (Thread.currentThread().isInterrupted()) {
      // It may have cut the validation short: what the file holds is worth more than this launch.
      return false;
    }
    List<LaunchedNetworks> networks =
        launch.stream().map(part -> part.described(settings)).toList();
    within.follow(training, networks);
    boolean ended = training.run(settings.steps, heard);
    if (!ended) {
      within.keep(training, networks);
    }
    return ended;
  }

  /** Networks share a launch only if they also end early by equally long tails. */
  private List<Integer> alike(Plan plan) {
    return List.of(plan.window(), tail(plan));
  }

  /** The launch that an earlier run was at; empty if it cannot be had again. */
  private List<LaunchPart> underway(List<Plan> plans, LaunchCheckpoint within) {
    Map<String, Plan> byName = new HashMap<>();
    plans.stream()
        .filter(plan -> !plan.task().isConstant(shape.targets()))
        .forEach(plan -> byName.put(plan.task().name(), plan));
    // What an interrupted validation has chosen is not trained, and replaces nothing.
    Consumer<String> warning =
        Thread.currentThread().isInterrupted() ? reason -> {} : within::warnOfLoss;
    List<LaunchPart> parts = LaunchPart.of(within.launch(), byName, settings, warning);
    if (parts.stream().map(part -> alike(part.plan())).distinct().count() > 1) {
      warning.accept("its windows are not equally long any more");
      return List.of();
    }
    return parts;
  }

  private void warnOfShort(List<Plan> plans) {
    if (settings.patience == 0) {
      return;
    }
    long count =
        plans.stream()
            .filter(plan -> !plan.task().isConstant(shape.targets()) && tail(plan) == 0)
            .count();
    if (count > 0) {
      LOG.warn(
          "{} of {} histories are too short to hold rows back: their training does not end early",
          count,
          plans.size());
    }
  }

  /**
   * All networks of a plan, with new parameters, in one launch.
   *
   * @throws IllegalArgumentException if they need more memory than there is
   */
  GroupTraining begin(Plan plan) {
    requireRoom(groups(plan), plan.window());
    warnOfShort(List.of(plan));
    return beginParts(List.of(new LaunchPart(plan, 0, groups(plan))));
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
  private GroupTraining beginParts(List<LaunchPart> launch) {
    TrainingGroups groups = new TrainingGroups();
    for (LaunchPart part : launch) {
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
        groups.add(frame, plan.task().seed() + member);
      }
    }
    Plan first = launch.get(0).plan();
    return begin(groups, first.window(), tail(first));
  }

  /**
   * Begins a launch.
   *
   * @param groups of equally long tails
   * @param tail rows of each that it ends early by; 0 if it does not
   */
  private GroupTraining begin(TrainingGroups groups, int window, int tail) {
    if (tail == 0) {
      return groups.training(kernels, settings, window, settings.steps);
    }
    List<Frame> heads = heads(groups.frames(), tail);
    GroupTraining training = groups.training(kernels, settings, window, settings.steps, heads);
    try {
      return training.endingEarly(
          window,
          groups.frames().stream().map(frame -> TailError.Window.ofTail(frame, tail)).toList(),
          settings.patience);
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  /** Rows at the end that all frames of a plan can spare to end early by; 0 if one cannot. */
  private int tail(Plan plan) {
    int lost =
        plan.verdict().kept().stream()
            .mapToInt(each -> each.lost(plan.task().season()))
            .max()
            .orElse(0);
    return tail(plan.task(), lost, plan.window());
  }

  private int tail(Task task, int lost, int window) {
    return settings.tail(task.rows().length - lost - shape.block(), shape, window);
  }

  /**
   * The frames without their tails, nor the rows before whose targets reach into them; networks
   * that share a frame go on to share it.
   */
  private List<Frame> heads(List<Frame> frames, int tail) {
    Map<Frame, Frame> heads = new HashMap<>();
    return frames.stream()
        .map(frame -> heads.computeIfAbsent(frame, each -> each.withoutTail(tail)))
        .toList();
  }

  /** Networks that learn a task by transformations and scalers that are known. */
  GroupTraining begin(Task task, List<Variant> variants, int networks) {
    TrainingGroups groups = new TrainingGroups();
    for (Variant variant : variants) {
      Frame frame = Frame.of(variant.origin().preparation(), task.rows());
      groups.addMembers(frame, networks / variants.size(), task.seed());
    }
    int window = variants.get(0).origin().window().length;
    int lost = variants.stream().mapToInt(it -> it.origin().preparation().lost()).max().orElse(0);
    return begin(groups, window, tail(task, lost, window));
  }

  /** Takes the parameters of a launch; a plan is learnt once it has those of all its networks. */
  private void collect(
      List<LaunchPart> launch,
      GroupTraining training,
      Map<Plan, float[][]> parameters,
      Map<Plan, Learnt> learnt) {
    List<String> failures = training.failures();
    int group = 0;
    for (LaunchPart part : launch) {
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
                plan.verdict().result(),
                training.trainer().steps(),
                false,
                null));
      }
    }
  }

  /** Plans of more networks than a launch takes, cut. */
  private List<LaunchPart> parts(List<Plan> plans, int window) {
    int most = launches.most(window);
    List<LaunchPart> parts = new ArrayList<>();
    for (Plan plan : plans) {
      for (int first = 0; first < groups(plan); first += most) {
        parts.add(new LaunchPart(plan, first, Math.min(most, groups(plan) - first)));
      }
    }
    return parts;
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
        plan.task(),
        shape,
        variants(plan),
        new float[groups(plan)][],
        List.of(),
        null,
        0,
        true,
        null);
  }

  private int groups(Plan plan) {
    return LaunchPart.groups(plan, settings);
  }

  /** The progress of training in a single launch. */
  StageProgress progress() {
    return new StageProgress(listener, Stage.TRAINING, settings.steps);
  }
}
