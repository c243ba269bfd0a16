package dev.refrain.cli;

import dev.refrain.text.Word2VecTraining;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** Where a training goes that would be lost otherwise: the first place that takes it. */
final class TrainingRescue {
  /** What is added to the output's name. */
  private static final String ENDING = ".training.safetensors";

  private final Set<Path> places = new LinkedHashSet<>();

  /**
   * Beside the output, or else in the system's folder for temporary files.
   *
   * @param asked where it shall go, if that can be; null: beside the output
   */
  TrainingRescue(Path out, Path asked) {
    String name = out.getFileName() + ENDING;
    if (asked != null) {
      places.add(asked);
    }
    places.add(out.resolveSibling(name));
    String process = "refrain-" + ProcessHandle.current().pid() + "-";
    places.add(Path.of(System.getProperty("java.io.tmpdir"), process + name));
  }

  /**
   * Keeps it.
   *
   * @return where
   * @throws IOException if no place takes it; the message names each, and why
   */
  Path keep(Word2VecTraining training) throws IOException {
    StringBuilder reasons = new StringBuilder();
    IOException last = null;
    for (Path place : places) {
      try {
        training.save(place);
        return place;
      } catch (IOException e) {
        reasons.append(reasons.isEmpty() ? "" : "; ").append(e.getMessage());
        last = e;
      }
    }
    throw new IOException(reasons.toString(), last);
  }

  /**
   * Keeps what a failure would lose.
   *
   * @param failure what went wrong, for people
   * @return what to say: the failure, where the training is, and how to go on
   */
  CommandFailedException after(IOException failure, Word2VecTraining training) {
    String message;
    try {
      Path kept = keep(training);
      message =
          "%s; the training is kept in %s: make room or name another file, and give the same command with --resume %2$s"
              .formatted(failure.getMessage(), kept);
    } catch (IOException e) {
      failure.addSuppressed(e);
      message =
          "%s; the training is lost, for no place could keep it: %s"
              .formatted(failure.getMessage(), e.getMessage());
    }
    return new CommandFailedException(message, failure);
  }
}
