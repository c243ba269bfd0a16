package dev.refrain.cli;

import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Looks, every so many steps of a training, how well rows are predicted that it does not learn, and
 * keeps the network that did best in a file, with its step and error: a run that is resumed knows
 * from there, bit for bit, what one that never stopped would know.
 */
final class ValidationLooks implements AutoCloseable {
  private static final String STEP = "best.step";
  private static final String ERROR = "best.error";

  /** Windows that are looked at, spread evenly over the rows. */
  private static final int MOST_WINDOWS = 64;

  private final Network network;
  private final Path file;
  private final int interval;
  private final int patience;
  private final Map<String, String> config;
  private final float[] targets;
  private final UnrolledNetwork unrolled;
  private long bestStep;
  private double least = Double.POSITIVE_INFINITY;

  /**
   * Prepares to look.
   *
   * @param values all rows, scaled; the last are those that are not learnt
   * @param file of the best network
   * @param config what the file says beside it
   */
  ValidationLooks(
      Network network,
      float[] values,
      TrainOptions options,
      Path file,
      Map<String, String> config) {
    this.network = network;
    this.file = file;
    this.config = config;
    interval = options.lookEvery();
    patience = options.patience();
    int window = options.window();
    int tail = options.validationRows();
    int windows = Math.min(MOST_WINDOWS, tail);
    targets = new float[windows];
    float[] input = new float[window * windows];
    for (int n = 0; n < windows; n++) {
      int target = values.length - 1 - (int) ((long) n * tail / windows);
      targets[n] = values[target];
      for (int t = 0; t < window; t++) {
        input[t * windows + n] = values[target - options.ahead() - window + 1 + t];
      }
    }
    unrolled = network.unroll(window, windows).build();
    unrolled.input().write(input);
  }

  /** Takes from the file what an earlier run found, up to the step where its checkpoint stands. */
  void resume(long step) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    Map<String, String> kept = Checkpoint.load(file).config();
    try {
      long found = Long.parseLong(kept.getOrDefault(STEP, ""));
      // One between two looks was the last word of a run that took no other.
      if (found <= step && isDue(found)) {
        least = Double.parseDouble(kept.getOrDefault(ERROR, ""));
        bestStep = found;
      }
    } catch (NumberFormatException e) {
      throw new BadInputException(
          "'%s' does not say how good its network is; move it away, or name another --out"
              .formatted(file),
          e);
    }
  }

  /** The step of the next look. */
  long next(long step) {
    return (step / interval + 1) * interval;
  }

  /** Whether there is a look at a step. */
  boolean isDue(long step) {
    return step > 0 && step % interval == 0;
  }

  /**
   * Looks where a training ends between two looks and has had none: there must be some network. A
   * better one than those of the looks is not kept, as a run that goes on would not know it.
   */
  void lookAtEnd(long step) throws IOException {
    if (bestStep == 0) {
      look(step);
    }
  }

  /**
   * Looks; twice at one step does no harm.
   *
   * @return whether training should end
   */
  boolean look(long step) throws IOException {
    double error = error();
    if (error < least) {
      least = error;
      bestStep = step;
      save();
    }
    return (step - bestStep) / interval >= patience;
  }

  private double error() {
    unrolled.forward();
    float[] output = unrolled.output().read();
    int last = output.length - targets.length;
    double sum = 0;
    for (int n = 0; n < targets.length; n++) {
      double difference = output[last + n] - targets[n];
      sum += difference * difference;
    }
    return sum / targets.length;
  }

  private void save() throws IOException {
    Map<String, String> said = new LinkedHashMap<>(config);
    said.put(STEP, Long.toString(bestStep));
    said.put(ERROR, Double.toString(least));
    Checkpoint.save(file, network, said);
  }

  /** That the network must do better than on the rows that are looked at. */
  PlainGuess guess() {
    return PlainGuess.meanOfLearnt(targets);
  }

  long bestStep() {
    return bestStep;
  }

  /** Mean squared error of the scaled rows, of the best network. */
  double leastError() {
    return least;
  }

  @Override
  public void close() {
    unrolled.close();
  }
}
