package dev.refrain.cli.tutorial;

import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The checkpoint of a {@link PrintedTraining}. It holds the printed losses, too: a loss after an
 * update cannot be had again, and a run that goes on shall end with all of them.
 */
final class PrintedCheckpoint implements PrintedTraining.Pause {
  /** Remark of how many steps were taken. */
  static final String STEPS = "steps";

  private static final String LOSSES = "losses";

  private final Path file;
  private final int interval;
  private final Map<String, String> config;
  private final PrintedTraining training;
  private long savedStep = -1;

  /**
   * Prepares to keep a training.
   *
   * @param interval steps from one checkpoint to the next
   * @param config further remarks
   */
  PrintedCheckpoint(Path file, int interval, Map<String, String> config, PrintedTraining training) {
    this.file = file;
    this.interval = interval;
    this.config = Map.copyOf(config);
    this.training = training;
  }

  /**
   * Puts the training where the file stands, if there is one.
   *
   * @return whether there was one
   * @throws dev.refrain.io.MalformedFileException if it is damaged
   * @throws IllegalArgumentException if it is of another training
   */
  boolean resume() throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    Checkpoint checkpoint = Checkpoint.load(file);
    checkpoint.resume(training.trainer());
    try {
      training.goOn(losses(checkpoint.config().getOrDefault(LOSSES, "")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' holds no losses that fit its training: %s".formatted(file, e.getMessage()), e);
    }
    savedStep = training.trainer().steps();
    return true;
  }

  /** Saves where it is time to, and where the thread was interrupted. */
  @Override
  public void after(long steps) throws InterruptedException, IOException {
    if (Thread.interrupted()) {
      finish();
      throw new InterruptedException("training was interrupted after step " + steps);
    }
    if (steps - Math.max(0, savedStep) >= interval) {
      save(steps);
    }
  }

  /** Saves what is not saved yet. */
  void finish() throws IOException {
    long steps = training.trainer().steps();
    if (steps != savedStep) {
      save(steps);
    }
  }

  private void save(long steps) throws IOException {
    // A file that holds numbers which are none could never be gone on with.
    training.trainer().checkParameters();
    Map<String, String> remarks = new LinkedHashMap<>(config);
    remarks.put(STEPS, Long.toString(steps));
    remarks.put(LOSSES, text(training.losses()));
    Checkpoint.save(file, training.trainer(), remarks);
    savedStep = steps;
  }

  private static String text(List<PrintedLoss> losses) {
    return losses.stream()
        .map(loss -> loss.iteration() + " " + loss.value())
        .collect(Collectors.joining(", "));
  }

  private static List<PrintedLoss> losses(String text) {
    List<PrintedLoss> losses = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String pair : text.split(", ", -1)) {
        int gap = pair.indexOf(' ');
        losses.add(
            new PrintedLoss(
                Integer.parseInt(pair.substring(0, Math.max(0, gap))),
                Float.parseFloat(pair.substring(gap + 1))));
      }
    }
    return losses;
  }
}
