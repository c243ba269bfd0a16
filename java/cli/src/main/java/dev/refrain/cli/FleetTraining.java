package dev.refrain.cli;

import dev.refrain.io.AtomicFiles;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.series.Checkpoints;
import dev.refrain.series.FitListener;
import dev.refrain.series.Fleet;
import dev.refrain.series.FleetListener;
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
 * The training of a fleet, which keeps what each launch has learnt and how far the one is that goes
 * on, to go on from both. A launch is many series whose windows are equally long; networks that
 * learn all series are trained in one.
 */
final class FleetTraining {
  static final String CHECKPOINT = "fleet-checkpoint.safetensors";
  static final String LAUNCH = "fleet-launch.safetensors";

  /** Of the time, that writing may take of either: many short launches must not live for that. */
  private static final double SHARE = 0.05;

  private final Path file;
  private final Path launch;
  private final boolean global;
  private final ForecastTraining.Options stopping;
  private final boolean quiet;
  private final PrintWriter err;

  /** What is learnt and not kept yet; null if there is nothing. */
  private FleetModel pending;

  private long restUntil;

  /**
   * Prepares a training.
   *
   * @param global whether the same networks learn all series
   */
  FleetTraining(
      OutputFolder folder,
      boolean global,
      ForecastTraining.Options stopping,
      boolean quiet,
      PrintWriter err) {
    this.file = folder.path(CHECKPOINT);
    this.launch = folder.path(LAUNCH);
    this.global = global;
    this.stopping = stopping;
    this.quiet = quiet;
    this.err = err;
  }

  /**
   * Makes sure, before there is any work, that nothing an earlier run has learnt would be lost.
   *
   * @throws BadInputException if there is something and it is not to be gone on with
   */
  void check() {
    for (Path each : List.of(file, launch)) {
      if (Files.exists(each) && !stopping.resume) {
        throw new BadInputException(
            "'%s' holds a training that was stopped; add --resume to go on with it, name another --out,"
                    .formatted(each)
                + " or delete the file");
      }
    }
    if (global && Files.exists(file)) {
      throw new BadInputException(
          "'%s' holds series that networks of their own have learnt; leave out --global, or name another"
                  .formatted(file)
              + " --out");
    }
  }

  /**
   * Learns the series that no earlier run has learnt; ends early if the thread is interrupted.
   *
   * @throws BadInputException if the series are no fleet, or not those that were learnt
   */
  FleetModel learn(Forecaster forecaster, Kernels kernels, String name, List<Series> histories) {
    try (FitBar bar = new FitBar(!quiet)) {
      Fleet fleet =
          new Fleet(forecaster).checkpointing(new Checkpoints(launch, stopping.interval, SHARE));
      if (stopping.resume) {
        AtomicFiles.deleteLeftovers(launch.toAbsolutePath().getParent());
      }
      fleet = fleet.keeping(keeping(kernels, bar));
      if (global) {
        return fleet.fitGlobal(kernels, histories, bar);
      }
      if (Files.exists(file)) {
        fleet = fleet.resuming(before(kernels, histories.size()));
      }
      FitListener keeping =
          progress -> {
            bar.onProgress(progress);
            keepPending();
          };
      return fleet.fit(kernels, histories, keeping);
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof MalformedFileException malformed) {
        throw new BadInputException(malformed.getMessage(), e);
      }
      throw new CommandFailedException(e.getCause().getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("'" + name + "': " + e.getMessage(), e);
    }
  }

  private FleetModel before(Kernels kernels, int series) throws IOException {
    FleetModel before = FleetModel.load(file, kernels);
    EngineChange.warn(file, before.engine(), kernels);
    say("going on: %d of %d series had been learnt%n", before.names().size(), series);
    return before;
  }

  private FleetListener keeping(Kernels kernels, FitBar bar) {
    return new FleetListener() {
      @Override
      public void onLaunch(FleetModel learnt) {
        if (!global) {
          pending = learnt;
          keepPending();
        }
      }

      @Override
      public void onResumedLaunch(String engines, long step) {
        bar.close();
        EngineChange.warn(launch, engines, kernels);
        say("going on within a launch, after step %d%n", step);
      }
    };
  }

  private void say(String format, Object... values) {
    if (!quiet) {
      err.printf(format, values);
      err.flush();
    }
  }

  /** What was learnt since the last time is learnt again by a run that goes on. */
  private void keepPending() {
    long begun = System.nanoTime();
    if (pending == null || (restUntil != 0 && begun - restUntil < 0)) {
      return;
    }
    try {
      pending.save(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    pending = null;
    long ended = System.nanoTime();
    restUntil = ended + (long) ((ended - begun) * (1 / SHARE - 1));
  }

  /** What an interrupt has left of a training that had learnt no series, in words. */
  String underway() {
    return Files.exists(launch)
        ? "'%s' holds how far it is, go on with --resume".formatted(launch)
        : "nothing was written";
  }

  /**
   * Keeps all that was learnt.
   *
   * @return whether a run can go on from it
   */
  boolean keep(FleetModel learnt) {
    if (global || learnt.names().isEmpty()) {
      return Files.exists(launch);
    }
    try {
      learnt.save(file);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    return true;
  }

  /** Deletes what was kept, once what came of it is written. */
  void forget() {
    // What says that something was learnt goes last: a kill in between leaves that to go on from.
    for (Path each : List.of(launch, file)) {
      try {
        Files.deleteIfExists(each);
      } catch (IOException e) {
        throw new CommandFailedException(
            "'%s' cannot be deleted: %s".formatted(each, e.getMessage()), e);
      }
    }
  }
}
