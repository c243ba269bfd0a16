package dev.refrain.network;

import dev.refrain.kernels.GroupState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Ends the training of each network once an error on data that it does not learn from no longer
 * falls, and keeps the parameters that did best: a listener of a {@link Trainer}, which looks at
 * every report.
 *
 * <pre>{@code
 * try (Trainer trainer = Trainer.builder(network, SeriesWindows.shared(head, 1, 24, 32)).build();
 *     Evaluation tail = Evaluation.of(network, SeriesWindows.shared(last, 1, 24, 16), Loss.MSE)) {
 *   EarlyStopping stopping = new EarlyStopping(trainer, tail::losses, 5);
 *   trainer.train(20_000, 100, stopping.andThen(progress -> System.out.println(progress.loss())));
 *   stopping.restore();
 * }
 * }</pre>
 *
 * <p>A training that diverges ends with {@link NonFiniteLossException} as without it; the best
 * parameters, and their file, stay those of the last good look. They lie in the memory of the host:
 * there is nothing to close.
 */
public final class EarlyStopping implements TrainingListener {
  private final Trainer trainer;
  private final Supplier<double[]> errors;
  private final int patience;
  private final double[] least;
  private final double[][] best;
  private final long[] bestStep;
  private final int[] looksSince;
  private Path file;
  private Map<String, String> config;

  /**
   * Prepares to look.
   *
   * @param trainer whose networks are looked at and ended; stays the caller's to close
   * @param errors gives the error of each group as it is now, such as {@link Evaluation#losses}
   * @param patience looks without a lower error until a network is ended, at least 1
   */
  public EarlyStopping(Trainer trainer, Supplier<double[]> errors, int patience) {
    if (patience < 1) {
      throw new IllegalArgumentException("patience is " + patience + "; it must be at least 1");
    }
    this.trainer = Objects.requireNonNull(trainer, "trainer");
    this.errors = Objects.requireNonNull(errors, "errors");
    this.patience = patience;
    int groups = trainer.network().groups();
    least = new double[groups];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    best = new double[groups][];
    bestStep = new long[groups];
    looksSince = new int[groups];
  }

  /**
   * Writes the best networks so far to a file, a {@link Checkpoint} without training, at each look
   * that has found better ones: beside its place, and renamed.
   *
   * @param newFile in a folder that exists
   * @param newConfig remarks that go into it
   */
  public EarlyStopping saving(Path newFile, Map<String, String> newConfig) {
    file = Objects.requireNonNull(newFile, "file");
    config = Map.copyOf(newConfig);
    return this;
  }

  /**
   * Looks, as {@link #look} does.
   *
   * @throws UncheckedIOException if the file of the best networks cannot be written
   */
  @Override
  public void onProgress(TrainingProgress progress) {
    look();
  }

  /**
   * Sees how each network that still learns does now, and ends it if it has not done better for so
   * many looks.
   *
   * @throws UncheckedIOException if the file of the best networks cannot be written; it is then as
   *     it was before
   */
  public void look() {
    double[] now = errors.get();
    if (now.length != best.length) {
      throw new IllegalArgumentException(
          "there are " + now.length + " errors for " + best.length + " groups; give one each");
    }
    List<GroupState> states = trainer.state().read();
    boolean better = false;
    for (int g = 0; g < best.length; g++) {
      GroupState state = states.get(g);
      if (state.status() != GroupState.Status.RUNNING) {
        continue;
      }
      if (now[g] < least[g]) {
        least[g] = now[g];
        best[g] = trainer.network().readDoubles(g);
        bestStep[g] = state.step();
        looksSince[g] = 0;
        better = true;
      } else if (++looksSince[g] >= patience) {
        trainer.state().write(g, state.status(GroupState.Status.ENDED));
      }
    }
    if (better && file != null) {
      save();
    }
  }

  private void save() {
    Network network = trainer.network();
    try (Network copy = new Network(network.kernels(), network.spec(), best.length)) {
      for (int g = 0; g < best.length; g++) {
        copy.writeDoubles(g, best[g] == null ? network.readDoubles(g) : best[g]);
      }
      Checkpoint.save(file, copy, config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives each network the parameters that did best; those never looked at keep theirs. */
  public void restore() {
    for (int g = 0; g < best.length; g++) {
      if (best[g] != null) {
        trainer.network().writeDoubles(g, best[g]);
      }
    }
  }

  /** The least error of a group; infinite before the first look. */
  public double leastError(int group) {
    return least[group];
  }

  /** The step after which a group did best; 0 before the first look. */
  public long bestStep(int group) {
    return bestStep[group];
  }
}
