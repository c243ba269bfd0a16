package dev.refrain.kernels;

import java.util.Objects;

/**
 * What {@link Kernels#word2vec} learns, and from which distribution. A row has {@code rowStride}
 * floats, those behind the vectors' dimensions are 0 and stay 0.
 *
 * @param vocabulary V
 * @param rowStride a multiple of 16
 * @param inputs {@code [V,rowStride]} inout, the word vectors
 * @param outputs {@code [V,rowStride]} inout
 * @param keep {@code [V]} in, unsigned: a word is kept where a random word of 32 bits is no larger;
 *     null: every word is
 * @param noise {@code [V,2]} in, the noise's alias table: of each column an unsigned threshold and
 *     the word that stands above it
 * @param totals {@code [6]} inout, read by {@link Totals#of}; what is learned is added
 */
public record Word2vecModel(
    long vocabulary,
    int rowStride,
    Buffer inputs,
    Buffer outputs,
    IndexBuffer keep,
    IndexBuffer noise,
    IndexBuffer totals) {

  /** Elements of {@link #totals()}. */
  public static final int TOTALS = 6;

  public Word2vecModel {
    if (vocabulary < 1 || vocabulary > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "vocabulary is " + vocabulary + "; it must lie in 1..2^31-1");
    }
    if (rowStride < 16 || rowStride % 16 != 0) {
      throw new IllegalArgumentException(
          "rowStride is " + rowStride + "; it must be a multiple of 16");
    }
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(outputs, "outputs");
    Objects.requireNonNull(noise, "noise");
    Objects.requireNonNull(totals, "totals");
  }

  /**
   * What was learned.
   *
   * @param loss sum over all pairs, summed in double
   * @param pairs pairs of a context and its center (CBOW: centers), each with its noise
   * @param centers words that were learned
   */
  public record Totals(double loss, long pairs, long centers) {

    /** Reads them; waits for the device. */
    public static Totals of(IndexBuffer totals) {
      int[] words = totals.read();
      return new Totals(Double.longBitsToDouble(at(words, 0)), at(words, 1), at(words, 2));
    }

    /** Mean loss of a pair; NaN where there is none. */
    public double meanLoss() {
      return loss / pairs;
    }

    private static long at(int[] words, int i) {
      return Integer.toUnsignedLong(words[2 * i]) | ((long) words[2 * i + 1] << 32);
    }
  }
}
