package dev.refrain.cli;

import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says when a training is gone on with on another engine than the one it was trained on. */
public final class EngineChange {
  private static final Logger LOG = LoggerFactory.getLogger(EngineChange.class);

  private EngineChange() {}

  /** Warns if the bits will not be those of a training that never stopped. */
  static void warn(Path file, Checkpoint checkpoint, Kernels kernels) {
    warn(file, checkpoint.engine(), kernels);
  }

  /** As above, with the engine that a checkpoint of any kind names; empty where it names none. */
  public static void warn(Path file, String before, Kernels kernels) {
    String now = Checkpoint.engineOf(kernels);
    if (!before.isEmpty() && !before.equals(now)) {
      // No single device gives the bits of what several have trained.
      String advice =
          before.contains(" and ")
              ? ""
              : "; --device %s on such a machine gives that".formatted(before.split(" ", 2)[0]);
      LOG.warn(
          "'{}' was trained on {} and goes on on {}: the result will be as good, but not bit for bit"
              + " that of a run that never stopped{}",
          file,
          before,
          now,
          advice);
    }
  }
}
