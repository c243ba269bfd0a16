package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How far the launch of a fleet is that goes on, in a file. */
final class LaunchCheckpoint {
  private final Kernels kernels;
  private final Path file;
  private final long interval;
  private final KeepingPace pace;

  /** What an earlier run left; null where there is none, or it has been written over. */
  private Checkpoint saved;

  private List<LaunchedNetworks> launch = List.of();

  /**
   * Reads what an earlier run left.
   *
   * @throws UncheckedIOException if the file is damaged or cannot be read
   */
  LaunchCheckpoint(Kernels kernels, Checkpoints checkpoints) {
    this.kernels = kernels;
    file = checkpoints.file();
    interval = checkpoints.interval();
    pace = new KeepingPace(checkpoints.share());
    try {
      if (Files.exists(file)) {
        saved = Checkpoint.load(file);
        launch = LaunchedNetworks.of(saved.config());
      }
    } catch (IllegalArgumentException e) {
      throw new UncheckedIOException(
          new MalformedFileException(file, "holds no launch of a fleet: " + e.getMessage(), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The launch that was under way; empty if there was none. */
  List<LaunchedNetworks> launch() {
    return launch;
  }

  /**
   * Makes sure that the launch was one of this fleet. Series that are not given any more are none
   * of its business.
   *
   * @param shared whether one training learns all series
   * @throws IllegalArgumentException if it was trained otherwise, or on other values
   */
  void requireSame(ForecastSettings settings, List<Task> tasks, boolean shared) {
    Map<String, Task> byName =
        tasks.stream().collect(Collectors.toMap(Task::name, Function.identity()));
    for (LaunchedNetworks each : launch) {
      Task task = byName.get(each.series());
      if (task != null) {
        TrainingRecord.requireSameEnd(
            "what '%s' holds of '%s'".formatted(file, each.series()),
            each.record(),
            TrainingRecord.ended(settings, task, shared));
      }
    }
    boolean same =
        launch.stream()
            .map(LaunchedNetworks::series)
            .toList()
            .equals(tasks.stream().map(Task::name).toList());
    if (shared && saved != null && !same) {
      throw new IllegalArgumentException(
          "'%s' holds a training of %d series, which are not the %d given now; give the same, or train"
                  .formatted(file, launch.size(), tasks.size())
              + " anew");
    }
  }

  /**
   * Goes on from the file if it is of this launch, and keeps it from there on.
   *
   * @param current what is trained
   */
  void follow(GroupTraining training, List<LaunchedNetworks> current) {
    if (saved != null && current.equals(launch)) {
      saved.adoptChoices(kernels);
      training.resume(saved);
    }
    training.keeping(interval, () -> pace.keep(() -> keep(training, current)));
  }

  /**
   * Keeps it as it is now: also networks that met what is no number, which stand still.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  void keep(GroupTraining training, List<LaunchedNetworks> current) {
    Saving.unchecked(() -> training.save(file, LaunchedNetworks.toConfig(current)));
    saved = null;
    launch = List.of();
  }
}
