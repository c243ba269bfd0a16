package dev.refrain.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * Training that survives its end: a {@link Checkpoint} is written every so many steps, at the last
 * one and when the thread is interrupted, and a later run goes on from it, bit for bit as if it had
 * never stopped. Whatever happens, the file holds the last checkpoint that was good: one is written
 * beside it and renamed, and only while all parameters are finite numbers.
 *
 * <pre>{@code
 * CheckpointedTraining training = new CheckpointedTraining(trainer, file, 500, Map.of());
 * training.resume();
 * training.train(20_000, 100, progress -> System.out.println(progress.loss()));
 * }</pre>
 */
public final class CheckpointedTraining {
  private final StepLoop loop;
  private final Keeping saving;
  private final Keeping resuming;
  private final Path file;
  private final long interval;
  private long savedStep = -1;

  /**
   * Prepares to train.
   *
   * @param trainer built as it was for the run that is resumed; stays the caller's to close
   * @param file the checkpoint, in a folder that exists
   * @param interval steps from one checkpoint to the next, at least 1
   * @param config remarks that go into each checkpoint
   */
  public CheckpointedTraining(
      Trainer trainer, Path file, long interval, Map<String, String> config) {
    this(
        trainer.loop(),
        saving(trainer, Map.copyOf(config)),
        source -> Checkpoint.load(source).resume(trainer),
        file,
        interval);
  }

  /** As above, for pairs of networks, whose file is an {@link EncoderDecoderCheckpoint}. */
  public CheckpointedTraining(
      EncoderDecoderTrainer trainer, Path file, long interval, Map<String, String> config) {
    this(
        trainer.loop(),
        saving(trainer, Map.copyOf(config)),
        source -> EncoderDecoderCheckpoint.load(source).resume(trainer),
        file,
        interval);
  }

  /** Moves a training into a file or back. */
  private interface Keeping {
    void move(Path file) throws IOException;
  }

  private static Keeping saving(Trainer trainer, Map<String, String> config) {
    return target -> Checkpoint.save(target, trainer, config);
  }

  private static Keeping saving(EncoderDecoderTrainer trainer, Map<String, String> config) {
    return target -> EncoderDecoderCheckpoint.save(target, trainer, config);
  }

  private CheckpointedTraining(
      StepLoop loop, Keeping saving, Keeping resuming, Path file, long interval) {
    if (interval < 1) {
      throw new IllegalArgumentException("interval is " + interval + "; it must be at least 1");
    }
    this.loop = loop;
    this.saving = saving;
    this.resuming = resuming;
    this.file = Objects.requireNonNull(file, "file");
    this.interval = interval;
  }

  /**
   * Puts the trainer where the checkpoint stands, if there is one.
   *
   * @return whether there was one
   * @throws dev.refrain.io.MalformedFileException if it is damaged; nothing has changed then
   * @throws IllegalArgumentException if it is of another network or optimizer
   * @throws IOException if it cannot be read
   */
  public boolean resume() throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    resuming.move(file);
    savedStep = loop.steps();
    return true;
  }

  /**
   * Trains until {@code steps} steps have been taken in all, those before {@link #resume} included.
   *
   * @param steps at least 0
   * @param reportInterval as in {@link Trainer#train}
   * @throws NonFiniteLossException if a loss or a parameter is not finite any more; the file holds
   *     the last good checkpoint
   * @throws InterruptedException if the thread was interrupted, after a checkpoint was written
   * @throws IOException if a checkpoint cannot be written; the file holds the one before
   */
  public void train(long steps, int reportInterval, TrainingListener listener)
      throws InterruptedException, IOException {
    keepingOn(() -> loop.train(left(steps), reportInterval, savingToo(listener)));
  }

  /** As above, with a new batch for every step; for a trainer with a {@link CallerBatch}. */
  public void train(long steps, int reportInterval, BatchSource batches, TrainingListener listener)
      throws InterruptedException, IOException {
    keepingOn(() -> loop.train(left(steps), reportInterval, batches, savingToo(listener)));
  }

  private long left(long steps) {
    StepLoop.requireSteps(steps);
    return Math.max(0, steps - loop.steps());
  }

  private TrainingListener savingToo(TrainingListener listener) {
    return progress -> {
      listener.onProgress(progress);
      if (progress.step() - Math.max(0, savedStep) >= interval) {
        saveUnchecked();
      }
    };
  }

  private interface Run {
    void run() throws InterruptedException;
  }

  private void keepingOn(Run run) throws InterruptedException, IOException {
    try {
      run.run();
      saveLatest();
    } catch (InterruptedException e) {
      saveLatest();
      throw e;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void saveUnchecked() {
    try {
      save();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void saveLatest() throws IOException {
    if (loop.steps() != savedStep) {
      save();
    }
  }

  private void save() throws IOException {
    loop.checkParameters();
    saving.move(file);
    savedStep = loop.steps();
  }
}
