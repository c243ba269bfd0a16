package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the model of one history: from the start, or from where a saved training stood. */
final class ForecastTraining {
  private static final Logger LOG = LoggerFactory.getLogger(Forecaster.class);

  private final Kernels kernels;
  private final ForecastSettings settings;
  private final FitListener listener;

  /** Null where none are wanted. */
  private final Checkpoints checkpoints;

  ForecastTraining(
      Kernels kernels, Forecaster forecaster, FitListener listener, Checkpoints checkpoints) {
    this.kernels = kernels;
    this.settings = forecaster.settings;
    this.listener = listener;
    this.checkpoints = checkpoints;
  }

  /** Learns a history; the timeline is null where its rows are merely numbered. */
  ForecastModel fit(Task task, Columns columns, Timeline timeline) {
    FrameShape shape = settings.shape(columns, timeline);
    settings.checkValidation(task);
    settings.check(task, shape);
    Learning learning = new Learning(kernels, settings, shape, listener);
    Learning.Plan plan = learning.plan(List.of(task)).get(0);
    if (task.isConstant(shape.targets())) {
      LOG.warn(
          "the series is constant, {} in all {} rows: that is the forecast, and nothing is trained",
          task.rows()[0][0],
          task.rows().length);
      Learnt learnt = learning.train(List.of(plan)).get(0);
      return ForecastModel.of(
          kernels,
          settings.spec(shape),
          LearntSeries.of(learnt, columns, timeline, settings.bounds));
    }
    GroupTraining training = learning.begin(plan);
    try {
      ForecastModel model =
          ForecastModel.trained(
              training,
              new ModelDescription(
                  shape,
                  columns,
                  timeline,
                  learning.variants(plan),
                  plan.verdict().residuals(),
                  plan.verdict().result(),
                  settings.bounds,
                  0,
                  false),
              TrainingRecord.of(settings, task));
      run(training, model, learning);
      return model;
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }

  /** Takes the steps that are left, and keeps checkpoints where they are wanted. */
  private void run(GroupTraining training, ForecastModel model, Learning learning) {
    if (checkpoints != null) {
      KeepingPace pace = new KeepingPace(checkpoints.share());
      training.keeping(
          checkpoints.interval(),
          () -> {
            training.trainer().checkParameters();
            pace.keep(() -> Saving.unchecked(() -> model.saveTraining(checkpoints.file())));
          });
    }
    training.run(settings.steps, learning.progress().of(training.network().groups()));
    training.trainer().check();
  }

  /** Goes on with a training; columns are null where they have no names. */
  ForecastModel resume(Path file, Task task, Columns columns, Timeline timeline)
      throws IOException {
    Checkpoint checkpoint = Checkpoint.load(file);
    ModelDescription saved = ModelDescription.of(file, checkpoint);
    if (task.rows()[0].length != saved.shape().columns()) {
      throw new IllegalArgumentException(
          "the history has %d columns, the model in %s has %d"
              .formatted(task.rows()[0].length, file, saved.shape().columns()));
    }
    if (columns != null && !columns.equals(saved.columns())) {
      throw new IllegalArgumentException(
          "the history is read as %s, the model in %s was trained on %s; give the same columns"
              .formatted(columns, file, saved.columns()));
    }
    if (checkpoint.hasTraining()) {
      TrainingRecord.requireSame(file, checkpoint.config(), settings, task);
    } else {
      throw new IllegalArgumentException(
          "'%s' holds a model alone, no training to go on with; take what saveTraining wrote"
              .formatted(file));
    }
    // The engine takes what the one that saved had found by timing, for the same bits.
    checkpoint.adoptChoices(kernels);
    Learning learning = new Learning(kernels, settings, saved.shape(), listener);
    GroupTraining training = learning.begin(task, saved.variants(), checkpoint.groups());
    try {
      training.resume(checkpoint);
      List<Variant> variants = new ArrayList<>();
      for (Variant each : saved.variants()) {
        ForecastOrigin end = each.origin();
        variants.add(
            new Variant(end.preparation().origin(task.rows(), end.window().length), each.weight()));
      }
      ForecastModel model =
          ForecastModel.trained(
              training,
              new ModelDescription(
                  saved.shape(),
                  saved.columns(),
                  timeline,
                  variants,
                  saved.residuals(),
                  saved.validation(),
                  settings.bounds,
                  0,
                  false),
              TrainingRecord.of(settings, task));
      run(training, model, learning);
      return model;
    } catch (RuntimeException | Error e) {
      training.close();
      throw e;
    }
  }
}
