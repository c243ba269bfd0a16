package dev.refrain.series;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the launch of a fleet is that goes on, in a file. */
final class LaunchCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /** Of all engines that the launch was trained on; that of the file itself is the last. */
  private static final String ENGINES = "launch.engines";

  private final Kernels kernels;
  private final FleetListener listener;
  private final Path file;
  private final long interval;
  private final KeepingPace pace;

  /** What an earlier run left; null where there is none, or it has been written over. */
  private Checkpoint saved;

  private List<LaunchedNetworks> launch = List.of();

  /** What the launch that was gone on with was trained on before, by the names of its series. */
  private final Map<String, String> earlierEngines = new HashMap<>();

  /** What the launch is trained on that is kept now. */
  private String engines;

  /**
   * Reads what an earlier run left.
   *
   * @throws UncheckedIOException if the file is damaged or cannot be read
   */
  LaunchCheckpoint(Kernels kernels, Checkpoints checkpoints, FleetListener listener) {
    this.kernels = kernels;
    this.listener = listener;
    engines = Checkpoint.engineOf(kernels);
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

  /** Says that what the file holds is not gone on with, as was asked for. */
  void warnOfLoss(String reason) {
    LOG.warn(
        "'{}' holds a launch of {} series that is not gone on with but trained anew: {}",
        file,
        launch.size(),
        reason);
  }

  /** All engines that a series is trained on, if its training has ended now. */
  String engines(String series) {
    return FleetModel.joined(
        List.of(earlierEngines.getOrDefault(series, ""), Checkpoint.engineOf(kernels)));
  }

  /** The launch that was under way; empty if there was none. */
  List<LaunchedNetworks> launch() {
    return launch;
  }

  /**
   * Makes sure that the launch was one of this fleet, and can be gone on with: the first checkpoint
   * of another would write over it.
   *
   * @param known series that are learnt; of a launch with one of them nothing would be lost
   * @param shared whether one training learns all series
   * @throws IllegalArgumentException if it was trained otherwise, on other values, or on series
   *     that are not there
   */
  void requireSame(ForecastSettings settings, List<Task> tasks, Set<String> known, boolean shared) {
    Map<String, Task> byName =
        tasks.stream().collect(Collectors.toMap(Task::name, Function.identity()));
    List<String> names = launch.stream().map(LaunchedNetworks::series).toList();
    List<String> missing = names.stream().filter(name -> !byName.containsKey(name)).toList();
    if (!shared && !missing.isEmpty() && names.stream().noneMatch(known::contains)) {
      throw new IllegalArgumentException(
          ("'%s' holds a launch under way of %d series, and '%s' is not among those that can be"
                  + " learnt now; give the same series, or delete that file to train anew")
              .formatted(file, launch.size(), missing.get(0)));
    }
    for (LaunchedNetworks each : launch) {
      Task task = byName.get(each.series());
      if (task != null) {
        TrainingRecord.requireSameEnd(
            "what '%s' holds of '%s'".formatted(file, each.series()),
            each.record(),
            TrainingRecord.ended(settings, task, shared));
      }
    }
    boolean same = names.equals(tasks.stream().map(Task::name).toList());
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
    engines = Checkpoint.engineOf(kernels);
    if (saved != null && LaunchedNetworks.areSame(current, launch)) {
      saved.adoptChoices(kernels);
      training.resume(saved);
      String earlier = saved.config().getOrDefault(ENGINES, saved.engine());
      launch.forEach(each -> earlierEngines.put(each.series(), earlier));
      engines = FleetModel.joined(List.of(earlier, engines));
      listener.onResumedLaunch(earlier, training.trainer().steps());
    }
    training.keeping(interval, () -> pace.keep(() -> keep(training, current)));
  }

  /**
   * Keeps it as it is now: also networks that met what is no number, which stand still.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  void keep(GroupTraining training, List<LaunchedNetworks> current) {
    Map<String, String> config = LaunchedNetworks.toConfig(current);
    config.put(ENGINES, engines);
    Saving.unchecked(() -> training.save(file, config));
    saved = null;
    launch = List.of();
  }
}
