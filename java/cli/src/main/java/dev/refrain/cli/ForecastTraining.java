package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NonFiniteLossException;
import dev.refrain.series.Checkpoints;
import dev.refrain.series.ForecastModel;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Series;
import dev.refrain.series.TooFewRowsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The training of {@code refrain forecast}, with checkpoints to go on from. */
final class ForecastTraining {
  static final String CHECKPOINT = "checkpoint.safetensors";

  private final Options options;
  private final OutputFolder folder;
  private final boolean quiet;
  private final PrintWriter err;

  /** How it is stopped and gone on with. */
  static final class Options {
    @Option(
        names = "--checkpoint-every",
        paramLabel = "STEPS",
        defaultValue = "100",
        converter = OptionTypes.Count.class,
        description =
            "Training steps from one DIR/checkpoint.safetensors to the next; of a fleet, from one"
                + " DIR/fleet-launch.safetensors, unless that takes too much of the time. It is deleted"
                + " once all files are written. Default: 100.")
    int interval;

    @Option(
        names = "--resume",
        description =
            "Go on from the checkpoint of a run that was stopped or killed, with the same series and"
                + " options (there may be more --steps, but not of a fleet): bit for bit as if it had never"
                + " stopped."
                + " Begins anew where there is none.")
    boolean resume;
  }

  /**
   * What training made.
   *
   * @param model for the caller to close
   * @param resumedAfter steps that an earlier run had taken
   * @param stepsPerSecond of training; 0 where there was none
   * @param losses of this run
   */
  record Learnt(
      ForecastModel model, long resumedAfter, double stepsPerSecond, List<FitBar.Loss> losses) {}

  ForecastTraining(Options options, OutputFolder folder, boolean quiet, PrintWriter err) {
    this.options = options;
    this.folder = folder;
    this.quiet = quiet;
    this.err = err;
  }

  /**
   * Makes sure, before there is any work, that no training of an earlier run would be lost.
   *
   * @throws BadInputException if there is one and it is not to be gone on with
   */
  void check() {
    if (!Files.exists(file())) {
      return;
    }
    if (!options.resume) {
      throw new BadInputException(
          "'%s' holds a training that was stopped; add --resume to go on with it, name another --out,"
                  .formatted(file())
              + " or delete the file");
    }
  }

  private Path file() {
    return folder.path(CHECKPOINT);
  }

  /**
   * Trains; when Ctrl-C interrupts that, keeps what was trained so far and returns empty.
   *
   * @param command its name, for messages
   * @throws NonFiniteLossException if a loss or a parameter is not finite any more
   */
  Optional<Learnt> learn(
      Forecaster forecaster,
      Kernels kernels,
      Series history,
      Interruption interruption,
      String command) {
    Learnt learnt = learn(forecaster, kernels, history);
    ForecastModel model = learnt.model;
    // Of a constant series there is no training to keep.
    if (!interruption.beginToFinish() || model.isConstant()) {
      return Optional.of(learnt);
    }
    try (model) {
      if (model.steps() == 0) {
        err.printf("%s: interrupted before training; nothing was written%n", command);
      } else {
        folder.write(CHECKPOINT, model::saveTraining);
        err.printf(
            "%s: interrupted after step %d of %d; '%s' holds all of it, go on with --resume%n",
            command, model.steps(), forecaster.steps(), file());
      }
      err.flush();
      return Optional.empty();
    }
  }

  private Learnt learn(Forecaster forecaster, Kernels kernels, Series history) {
    Checkpoints checkpoints = new Checkpoints(file(), options.interval);
    try (FitBar bar = new FitBar(!quiet)) {
      long before = 0;
      ForecastModel model;
      if (Files.exists(file())) {
        AtomicFiles.deleteLeftovers(file().toAbsolutePath().getParent());
        Checkpoint checkpoint = Checkpoint.load(file());
        EngineChange.warn(file(), checkpoint, kernels);
        before = steps(checkpoint);
        if (!quiet) {
          err.printf("going on after step %d%n", before);
          err.flush();
        }
        model = forecaster.resume(kernels, checkpoints, history, bar);
      } else {
        model = forecaster.fit(kernels, history, bar, checkpoints);
      }
      return new Learnt(model, before, bar.stepsPerSecond(), bar.losses());
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (TooFewRowsException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  private static long steps(Checkpoint checkpoint) {
    String steps = checkpoint.config().getOrDefault("steps", "");
    return steps.matches("\\d{1,18}") ? Long.parseLong(steps) : 0;
  }

  /** What to tell of a training that failed: whether a checkpoint is left. */
  String left() {
    return Files.exists(file()) ? "; the last good checkpoint is kept in '" + file() + "'" : "";
  }

  /** Deletes the checkpoint, once what came of it is written. */
  void forget() {
    try {
      Files.deleteIfExists(file());
    } catch (IOException e) {
      throw new CommandFailedException(
          "'%s' cannot be deleted: %s".formatted(file(), e.getMessage()), e);
    }
  }
}
