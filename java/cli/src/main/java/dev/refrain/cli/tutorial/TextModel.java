package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.Philox;
import dev.refrain.kernels.StepState;
import dev.refrain.network.BatchSource;
import dev.refrain.network.CallerBatch;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import dev.refrain.network.UnrolledNetwork;
import java.util.Arrays;

/**
 * A language model of characters: a network reads one-hot characters and says, at each step, how
 * likely each character is to follow. Trained on random windows of the text, from a zero state, by
 * Adam on the softmax cross-entropy, with gradients clipped to a norm of 5.
 */
final class TextModel implements AutoCloseable {
  private static final double LARGEST_NORM = 5;
  private static final double BITS_A_NAT = 1 / Math.log(2);

  /** Streams that a text is read in at once, to evaluate it. */
  private static final int STREAMS = 16;

  /** Operation seed of the draws of {@link #continueText}; windows take their step's number. */
  private static final long SAMPLING = 1L << 62;

  private final Network network;
  private final Characters characters;
  private final int steps;

  /**
   * Takes a network.
   *
   * @param network whose inputs and outputs are as many as the characters; closed with this
   * @param steps length of the windows to learn from and to evaluate with
   */
  TextModel(Network network, Characters characters, int steps) {
    this.network = network;
    this.characters = characters;
    this.steps = steps;
  }

  /**
   * What trains the network, on batches of {@link #windows}.
   *
   * @param batch windows of a training step
   * @param historyLength losses that are kept, in nats
   */
  Trainer trainer(int batch, double learningRate, int historyLength) {
    return Trainer.builder(network, new CallerBatch(steps, batch))
        .loss(Loss.SOFTMAX_CROSS_ENTROPY)
        .optimizer(new Adam())
        .learningRate(learningRate)
        .clipNorm(LARGEST_NORM)
        .historyLength(historyLength)
        .build();
  }

  /**
   * Windows of a text, drawn from a seed and the step's number.
   *
   * @param trainer that they are written into
   * @param text numbers of at least {@code steps + 1} characters
   */
  BatchSource windows(Trainer trainer, int[] text, long seed) {
    int batch = trainer.unrolled().batch();
    OneHot inputs = new OneHot(steps * batch, characters.count());
    int[] labels = new int[steps * batch];
    return step -> {
      float[] draws = Philox.uniformFloats(seed, step, batch);
      for (int n = 0; n < batch; n++) {
        int start = (int) (draws[n] * (double) (text.length - steps));
        for (int t = 0; t < steps; t++) {
          inputs.set(t * batch + n, text[start + t]);
          labels[t * batch + n] = text[start + t + 1];
        }
      }
      trainer.input().write(inputs.values());
      trainer.labels().write(labels);
    };
  }

  /** Mean of losses in nats, in bits. */
  static double bits(double[] losses, int from, int to) {
    return Arrays.stream(losses, from, to).average().orElse(Double.NaN) * BITS_A_NAT;
  }

  /**
   * Bits that the model needs for a character of a text it reads from the beginning to the end, in
   * 16 parts at once, each from a zero state.
   *
   * @param text numbers of at least {@code 16 (steps + 1)} characters
   */
  double bitsPerCharacter(int[] text) {
    Kernels kernels = network.kernels();
    int length = text.length / STREAMS;
    int chunks = (length - 1) / steps;
    OneHot inputs = new OneHot(steps * STREAMS, characters.count());
    int[] targets = new int[steps * STREAMS];
    double sum = 0;
    try (UnrolledNetwork unrolled = network.unroll(steps, STREAMS).states().build();
        IndexBuffer labels = kernels.allocateIndices(targets.length);
        StepState state = kernels.allocateState(1, 1)) {
      for (int chunk = 0; chunk < chunks; chunk++) {
        InterruptedTutorial.check();
        for (int row = 0; row < targets.length; row++) {
          int at = row % STREAMS * length + chunk * steps + row / STREAMS;
          inputs.set(row, text[at]);
          targets[row] = text[at + 1];
        }
        unrolled.input().write(inputs.values());
        labels.write(targets);
        unrolled.forward();
        kernels.loss(
            Loss.SOFTMAX_CROSS_ENTROPY,
            new LossShape(1, steps, STREAMS, characters.count()),
            LossArguments.of(unrolled.outputView(), labels, null),
            state);
        sum += state.read(0).loss();
        unrolled.carryState();
      }
    }
    return sum / chunks * BITS_A_NAT;
  }

  /** Shortest text that {@link #bitsPerCharacter} can read. */
  int shortestEvaluation() {
    return STREAMS * (steps + 1);
  }

  /**
   * Writes on.
   *
   * @param prime what the text begins with, at least one character
   * @param length how many characters to add
   * @param temperature of the softmax: 1 draws as the network says, less keeps to what is likely, 0
   *     takes the likeliest
   * @param seed of the draws
   * @return what was added
   */
  String continueText(String prime, int length, double temperature, long seed) {
    int[] given = characters.encode(prime);
    float[] draws = Philox.uniformFloats(seed, SAMPLING, length);
    StringBuilder added = new StringBuilder();
    OneHot input = new OneHot(1, characters.count());
    try (UnrolledNetwork unrolled = network.unroll(1, 1).states().build()) {
      int next = 0;
      for (int i = 0; i < given.length + length; i++) {
        InterruptedTutorial.check();
        if (i >= given.length) {
          next = draw(unrolled.output().read(), temperature, draws[i - given.length]);
          added.append(characters.decode(next));
        }
        input.set(0, i < given.length ? given[i] : next);
        unrolled.input().write(input.values());
        unrolled.forward();
        unrolled.carryState();
      }
    }
    return added.toString();
  }

  /** The first character at which the summed probabilities pass a uniform draw of [0, 1). */
  static int draw(float[] logits, double temperature, double uniform) {
    int likeliest = 0;
    for (int i = 1; i < logits.length; i++) {
      likeliest = logits[i] > logits[likeliest] ? i : likeliest;
    }
    if (temperature == 0) {
      return likeliest;
    }
    double[] weights = new double[logits.length];
    double total = 0;
    for (int i = 0; i < logits.length; i++) {
      weights[i] = Math.exp((logits[i] - logits[likeliest]) / temperature);
      total += weights[i];
    }
    double left = uniform * total;
    for (int i = 0; i < weights.length; i++) {
      left -= weights[i];
      if (left < 0) {
        return i;
      }
    }
    return likeliest;
  }

  @Override
  public void close() {
    network.close();
  }

  /** Rows with a single one. */
  private static final class OneHot {
    private final int columns;
    private final float[] values;
    private final int[] ones;

    OneHot(int rows, int columns) {
      this.columns = columns;
      this.values = new float[Math.multiplyExact(rows, columns)];
      this.ones = new int[rows];
    }

    void set(int row, int column) {
      values[row * columns + ones[row]] = 0;
      values[row * columns + column] = 1;
      ones[row] = column;
    }

    float[] values() {
      return values;
    }
  }
}
