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
import java.util.Map;

/** Tries candidate transformations for many histories at once: see {@link Validation}. */
final class CandidateTrials {
  /** Networks that try each candidate; a median needs three. */
  private static final int VALIDATION_MEMBERS = 3;

  /** Longer training sharpens forecasts, but hardly changes which candidate is best. */
  private static final int MOST_VALIDATION_STEPS = 300;

  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FrameShape shape;
  private final FitListener listener;
  private final Launches launches;

  CandidateTrials(
      Kernels kernels, ForecastSettings settings, FrameShape shape, FitListener listener) {
    this.kernels = kernels;
    this.settings = settings;
    this.shape = shape;
    this.listener = listener;
    launches = new Launches(settings, shape);
  }

  /** The verdict on each task that has a validation, unless the thread is interrupted. */
  Map<Task, Verdict> run(List<Task> tasks) {
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
    List<List<Validation>> all = new ArrayList<>();
    alike.forEach(
        (key, validations) ->
            all.addAll(
                launches.cut(validations, key.get(0), it -> it.candidates().size() * members)));
    Map<Task, Verdict> verdicts = new HashMap<>();
    int steps = Math.min(settings.steps, MOST_VALIDATION_STEPS);
    StageProgress progress =
        new StageProgress(listener, Stage.VALIDATION, (long) steps * all.size());
    Deque<List<Validation>> waiting = new ArrayDeque<>(all);
    while (!waiting.isEmpty() && !Thread.currentThread().isInterrupted()) {
      List<Validation> launch = waiting.pop();
      try {
        verdicts.putAll(run(launch, members, steps, progress));
        progress.launched(steps);
      } catch (KernelException e) {
        Launches.halve(launch, waiting, progress, steps, e);
      }
    }
    return verdicts;
  }

  private Map<Task, Verdict> run(
      List<Validation> launch, int members, int steps, StageProgress progress) {
    TrainingGroups groups = new TrainingGroups();
    for (Validation validation : launch) {
      for (Frame frame : validation.frames(settings.scaling)) {
        groups.addMembers(frame, members, validation.task().seed());
      }
    }
    List<Frame> frames = groups.frames();
    Map<Task, Verdict> verdicts = new HashMap<>();
    try (GroupTraining training =
        groups.training(kernels, settings, launch.get(0).window(), steps)) {
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
        int own = validation.candidates().size() * members;
        List<List<Start>> ends = new ArrayList<>();
        for (int candidate = 0; candidate < validation.candidates().size(); candidate++) {
          ends.add(starts.get(group + candidate * members));
        }
        Verdict verdict =
            validation.judge(ends, Arrays.copyOfRange(predictions, group, group + own));
        if (verdict != null) {
          verdicts.put(validation.task(), verdict);
        }
        group += own;
      }
    }
    return verdicts;
  }
}
