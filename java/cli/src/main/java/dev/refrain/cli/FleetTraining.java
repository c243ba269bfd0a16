package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Fleet;
import dev.refrain.series.FleetModel;
import dev.refrain.series.Forecaster;
import dev.refrain.series.Series;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The training of a fleet, which keeps what each launch has learnt, to go on from. A launch is many
 * series whose windows are equally long.
 */
final class FleetTraining {
  static final String CHECKPOINT = "fleet-checkpoint.safetensors";

  /**
   * A file of all that is learnt is written anew each time: not more often than this many times as
   * long as it takes, so that many short launches do not spend their time on it.
   */
  private static final int LEAST_REST = 20;

  private final Path file;
  private final boolean global;
  private final boolean resume;
  private final boolean quiet;
  private final PrintWriter err;
  private long restUntil;

  /**
   * Prepares a training.
   *
   * @param global whether the same networks learn all series
   */
  FleetTraining(
      OutputFolder folder, boolean global, boolean resume, boolean quiet, PrintWriter err) {
    this.file = folder.path(CHECKPOINT);
    this.global = global;
    this.resume = resume;
    this.quiet = quiet;
    this.err = err;
  }

  /**
   * Makes sure, before there is any work, that nothing an earlier run has learnt would be lost.
   *
   * @throws BadInputException if there is something and it is not to be gone on with
   */
  void check() {
    if (global && resume) {
      throw new BadInputException(
          "--resume does not go with --global: networks that learn all series at once keep no"
              + " checkpoints");
    }
    if (Files.exists(file) && !resume) {
      throw new BadInputException(
          "'%s' holds a training that was stopped; add --resume to go on with it, name another --out,"
                  .formatted(file)
              + " or delete the file");
    }
  }

  /**
   * Learns the series that no earlier run has learnt; ends early if the thread is interrupted.
   *
   * @throws BadInputException if the series are no fleet, or not those that were learnt
   */
  FleetModel learn(Forecaster forecaster, Kernels kernels, String name, List<Series> histories) {
    Fleet fleet = new Fleet(forecaster);
    try (FitBar bar = new FitBar(!quiet)) {
      if (global) {
        return fleet.fitGlobal(kernels, histories, bar);
      }
      if (Files.exists(file)) {
        fleet = fleet.resuming(before(kernels, histories.size()));
      }
      return fleet.keeping(this::keepSometimes).fit(kernels, histories, bar);
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new CommandFailedException(e.getCause().getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("'" + name + "': " + e.getMessage(), e);
    }
  }

  private FleetModel before(Kernels kernels, int series) throws IOException {
    AtomicFiles.deleteLeftovers(file.toAbsolutePath().getParent());
    FleetModel before = FleetModel.load(file, kernels);
    EngineChange.warn(file, before.engine(), kernels);
    if (!quiet) {
      err.printf("going on: %d of %d series had been learnt%n", before.names().size(), series);
      err.flush();
    }
    return before;
  }

  /** What was learnt since the last time is learnt again by a run that goes on. */
  private void keepSometimes(FleetModel learnt) throws IOException {
    long begun = System.nanoTime();
    if (restUntil != 0 && begun - restUntil < 0) {
      return;
    }
    learnt.save(file);
    long ended = System.nanoTime();
    restUntil = ended + LEAST_REST * (ended - begun);
  }

  /**
   * Keeps all that was learnt.
   *
   * @return whether a run can go on from it
   */
  boolean keep(FleetModel learnt) {
    if (global || learnt.names().isEmpty()) {
      return false;
    }
    try {
      learnt.save(file);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return true;
  }

  /** Deletes the checkpoint, once what came of it is written. */
  void forget() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CommandFailedException(
          "'%s' cannot be deleted: %s".formatted(file, e.getMessage()), e);
    }
  }
}
