package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.EngineChange;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/** A tutorial's training that leaves checkpoints in its folder and goes on from them. */
final class KeptTraining {
  static final String FILE = "checkpoint.safetensors";

  /** What to say of Ctrl-C before there is anything to keep. */
  static final String NOTHING_YET = "interrupted before the training began";

  /** What a checkpoint keeps of the data it was trained on. */
  static final String DATA = "data";

  /** What a checkpoint keeps of how long the training was to be. */
  static final String ITERATIONS = "iterations";

  /** The tensor of a checkpoint that begins with the steps it has taken. */
  private static final String COUNTERS = "state.counters";

  private final Path file;

  /** Which one it is, where several are compared; otherwise empty. */
  private final String name;

  /** How far the training had come when Ctrl-C ended it; below 0 if it did not. */
  private long stepsAtInterrupt = -1;

  KeptTraining(Path file) {
    this(file, "");
  }

  /** One of several, by its name. */
  KeptTraining(Path file, String name) {
    this.file = file;
    this.name = name;
  }

  /** Where its checkpoint is or will be. */
  Path file() {
    return file;
  }

  /** Says of data what tells it from others, such as "144 rows, crc32c 1a2b3c4d". */
  static String digest(String count, byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return String.format(Locale.ROOT, "%s, crc32c %08x", count, crc.getValue());
  }

  /** The same of the values of a series. */
  static String digest(double[] series) {
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES * series.length);
    bytes.asDoubleBuffer().put(series);
    return digest(series.length + " rows", bytes.array());
  }

  /**
   * Refuses other data than the checkpoint, if there is one, was trained on.
   *
   * @param given name of the data's file
   * @param kind of the data, such as text
   */
  void requireSame(Object given, String kind, String digest) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      String kept = Checkpoint.configOf(file).get(DATA);
      if (!digest.equals(kept)) {
        throw new BadInputException(
            "'%s' is another %s (%s) than '%s' was trained on (%s); give that file"
                .formatted(given, kind, digest, file, kept));
      }
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  /**
   * How long the training was to be.
   *
   * @param usual where there is no checkpoint, or it does not say and has not taken more
   */
  int iterations(int usual) throws IOException {
    if (!Files.exists(file)) {
      return usual;
    }
    String kept = Checkpoint.configOf(file).get(ITERATIONS);
    try {
      return kept == null ? Math.max(usual, Math.toIntExact(stepsTaken())) : Integer.parseInt(kept);
    } catch (NumberFormatException e) {
      throw new BadInputException(
          "'%s' was made for '%s' iterations, which is no number; name another --out"
              .formatted(file, kept),
          e);
    }
  }

  private long stepsTaken() throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.tensor(COUNTERS) == null ? 0 : tensors.longs(COUNTERS)[0];
    }
  }

  /** Refuses fewer iterations than the checkpoint has taken. */
  void requireAtMost(long steps, int iterations) {
    if (steps > iterations) {
      throw new BadInputException(
          "--iterations is %d, but '%s' has taken %d already; give more"
              .formatted(iterations, file, steps));
    }
  }

  /** Puts the training where the checkpoint stands. */
  @FunctionalInterface
  interface Resumption {
    /** Says whether there was one. */
    boolean resume() throws IOException;
  }

  /** The steps that are left. */
  @FunctionalInterface
  interface Steps {
    void take() throws InterruptedException, IOException;
  }

  /**
   * Goes on where the checkpoint stands, if there is one.
   *
   * @param steps taken so far
   * @param left to be taken, with checkpoints
   * @throws InterruptedTutorial on Ctrl-C, after a checkpoint was written
   * @throws NonFiniteLossException if it ran away; {@link #lastGood} says what is left of it
   */
  void run(TutorialSession session, Resumption resumption, LongSupplier steps, Steps left)
      throws IOException {
    try {
      if (Files.exists(file)) {
        EngineChange.warn(file, Checkpoint.engineOf(file), session.kernels());
      }
      if (resumption.resume()) {
        session.say("resumed after iteration %d%n", steps.getAsLong());
      }
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
    long firstStep = steps.getAsLong();
    long begun = System.nanoTime();
    try {
      left.take();
    } catch (InterruptedException e) {
      stepsAtInterrupt = steps.getAsLong();
      throw new InterruptedTutorial(e);
    }
    long taken = steps.getAsLong() - firstStep;
    if (taken > 0) {
      double seconds = (System.nanoTime() - begun) * 1e-9;
      session.say("%n%.1f training steps a second%n", taken / seconds);
    }
  }

  /** What to say of the checkpoint after a training that ran away. */
  String lastGood() {
    return Files.exists(file) ? " The last good checkpoint is kept in " + file : "";
  }

  /**
   * What to say when Ctrl-C has ended the work.
   *
   * @param otherwise where there is no checkpoint
   */
  String afterInterrupt(int iterations, String otherwise) {
    if (!Files.exists(file)) {
      return otherwise;
    }
    String when =
        stepsAtInterrupt < 0
            ? "after the training"
            : "after iteration %d of %d".formatted(stepsAtInterrupt, iterations);
    return "interrupted %s%s; '%s' holds the training, go on with --resume"
        .formatted(when, name.isEmpty() ? "" : " of " + name, file);
  }
}
