package dev.refrain.network;

import dev.refrain.kernels.GroupState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

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
 * <p>With a {@link CheckpointedTraining}, {@link #resume} goes on with the looks of the run that
 * was broken off:
 *
 * <pre>{@code
 * EarlyStopping stopping = new EarlyStopping(trainer, tail::losses, 5).saving(best, Map.of());
 * if (training.resume()) {
 *   stopping.resume();
 * }
 * training.train(20_000, 100, stopping);
 * }</pre>
 *
 * <p>A training that diverges ends with {@link NonFiniteLossException} as without it; the best
 * parameters, and their file, stay those of the last good look. They lie in the memory of the host:
 * there is nothing to close.
 */
public final class EarlyStopping implements TrainingListener {
  /** What the file's config says of all groups, a number each. */
  private static final String STEPS = "best.steps";

  private static final String ERRORS = "best.errors";
  private static final String LOOKED_STEPS = "best.lookedSteps";
  private static final String LOOKS_SINCE = "best.looksSince";

  private final Trainer trainer;
  private final Supplier<double[]> errors;
  private final int patience;
  private final double[] least;
  private final double[][] best;
  private final long[] bestStep;
  private final long[] looksSince;

  /** The step of each group's last look; earlier ones are known already, of the run before. */
  private final long[] lookedStep;

  /** What {@link #restore} replaced, and at which step; null before. */
  private List<double[]> latest;

  private long latestStep;

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
    looksSince = new long[groups];
    lookedStep = new long[groups];
    Arrays.fill(lookedStep, -1);
  }

  /**
   * Writes the best networks so far to a file, a {@link Checkpoint} without training, at each look:
   * beside its place, and renamed. Its config also says what {@link #resume} reads.
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
   * Takes from the file of {@link #saving} what an earlier run had found, after the trainer was put
   * where that run's checkpoint stands. Steps that it looked at beyond the checkpoint are not
   * looked at again: with the same settings this training ends, and its best networks are, as if it
   * had never stopped. Without a file, or with a trainer that has taken no steps, nothing is read.
   *
   * @return whether something was
   * @throws IllegalStateException if no file was given
   * @throws IllegalArgumentException if the file holds other networks or was not written here
   * @throws IOException if it cannot be read
   */
  public boolean resume() throws IOException {
    if (file == null) {
      throw new IllegalStateException("there is no file to resume from; call saving first");
    }
    if (trainer.steps() == 0 || !Files.exists(file)) {
      return false;
    }
    Checkpoint kept = Checkpoint.load(file);
    if (kept.groups() != best.length || !kept.spec().equals(trainer.network().spec())) {
      throw new IllegalArgumentException(
          "%s holds %d of %s, the trainer has %d of %s; give another file"
              .formatted(file, kept.groups(), kept.spec(), best.length, trainer.network().spec()));
    }
    take(looks(file, kept.config(), kept.contents().network(0)));
    return true;
  }

  /**
   * What had been seen when a file was written.
   *
   * @param best parameters of each group, or null before its first look
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Looks(
      double[] least, long[] bestStep, long[] lookedStep, long[] looksSince, double[][] best) {}

  /**
   * Reads what {@link #remarks} wrote, and takes nothing over yet.
   *
   * @param source for messages
   * @param kept the best networks; null where there are none
   * @throws IllegalArgumentException if the file does not say what it must
   */
  Looks looks(Path source, Map<String, String> said, NetworkContents kept) {
    int groups = best.length;
    if (kept == null || kept.groups() != groups) {
      throw saysTooLittle(source, null);
    }
    try {
      Looks looks =
          new Looks(
              Stream.of(said(source, said, ERRORS)).mapToDouble(Double::parseDouble).toArray(),
              Stream.of(said(source, said, STEPS)).mapToLong(Long::parseLong).toArray(),
              Stream.of(said(source, said, LOOKED_STEPS)).mapToLong(Long::parseLong).toArray(),
              Stream.of(said(source, said, LOOKS_SINCE)).mapToLong(Long::parseLong).toArray(),
              new double[groups][]);
      for (int g = 0; g < groups; g++) {
        looks.best[g] = looks.least[g] < Double.POSITIVE_INFINITY ? kept.doubles(g) : null;
      }
      return looks;
    } catch (NumberFormatException e) {
      throw saysTooLittle(source, e);
    }
  }

  private String[] said(Path source, Map<String, String> said, String key) {
    String[] numbers = said.getOrDefault(key, "").split(" ", -1);
    if (numbers.length != best.length) {
      throw saysTooLittle(source, null);
    }
    return numbers;
  }

  private static IllegalArgumentException saysTooLittle(Path source, Exception cause) {
    return new IllegalArgumentException(
        source + " does not say how good its networks are; move it away, or give another file",
        cause);
  }

  /** Goes on from there. */
  void take(Looks looks) {
    for (int g = 0; g < best.length; g++) {
      least[g] = looks.least[g];
      bestStep[g] = looks.bestStep[g];
      lookedStep[g] = looks.lookedStep[g];
      looksSince[g] = looks.looksSince[g];
      best[g] = looks.best[g];
    }
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
    boolean looked = false;
    for (int g = 0; g < best.length; g++) {
      GroupState state = states.get(g);
      if (state.status() != GroupState.Status.RUNNING) {
        continue;
      }
      if (state.step() > lookedStep[g]) {
        lookedStep[g] = state.step();
        compare(g, now[g]);
        looked = true;
      }
      if (looksSince[g] >= patience && state.step() >= lookedStep[g]) {
        trainer.state().write(g, state.status(GroupState.Status.ENDED));
      }
    }
    if (looked && file != null) {
      save();
    }
  }

  private void compare(int group, double error) {
    if (error < least[group]) {
      least[group] = error;
      best[group] = trainer.network().readDoubles(group);
      bestStep[group] = lookedStep[group];
      looksSince[group] = 0;
    } else {
      looksSince[group]++;
    }
  }

  /** For each group what a file says beside its networks. */
  Map<String, String> remarks() {
    return Map.of(
        STEPS, joined(LongStream.of(bestStep).boxed()),
        ERRORS, joined(DoubleStream.of(least).boxed()),
        LOOKED_STEPS, joined(LongStream.of(lookedStep).boxed()),
        LOOKS_SINCE, joined(LongStream.of(looksSince).boxed()));
  }

  /** The best parameters of each group; those that it has now before its first look. */
  List<double[]> best() {
    return IntStream.range(0, best.length)
        .mapToObj(g -> best[g] == null ? trainer.network().readDoubles(g) : best[g])
        .toList();
  }

  /** The parameters of each group as training left them, whether or not the best were restored. */
  List<double[]> latest() {
    if (latest != null && latestStep == trainer.steps()) {
      return latest;
    }
    return IntStream.range(0, best.length).mapToObj(trainer.network()::readDoubles).toList();
  }

  private void save() {
    Network network = trainer.network();
    Map<String, String> said = new HashMap<>(config);
    said.putAll(remarks());
    try (Network copy = new Network(network.kernels(), network.spec(), best.length)) {
      List<double[]> parameters = best();
      for (int g = 0; g < best.length; g++) {
        copy.writeDoubles(g, parameters.get(g));
      }
      Checkpoint.save(file, copy, said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String joined(Stream<?> numbers) {
    return numbers.map(Object::toString).collect(Collectors.joining(" "));
  }

  /** Gives each network the parameters that did best; those never looked at keep theirs. */
  public void restore() {
    latest = latest();
    latestStep = trainer.steps();
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
