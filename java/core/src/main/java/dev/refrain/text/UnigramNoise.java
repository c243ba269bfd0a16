package dev.refrain.text;

import dev.refrain.kernels.Philox;
import java.util.Arrays;

/** Words of noise for batches, each drawn by itself in proportion to its weight. */
final class UnigramNoise {
  private static final int STREAM = 0x4E000001;

  private final long seed;
  private final int[] table;
  private final float[] logExpected;
  private final int[] drawn;
  private final long[] seen;
  private long lookup;

  UnigramNoise(double[] weights, int samples, long seed) {
    this.seed = seed;
    table = AliasTable.of(weights);
    drawn = new int[samples];
    seen = new long[weights.length];
    logExpected = new float[weights.length];
    double sum = Arrays.stream(weights).sum();
    for (int i = 0; i < weights.length; i++) {
      logExpected[i] = (float) Math.log(samples * (weights[i] / sum));
    }
  }

  /** The words of a step; the array is used again. */
  int[] draw(long step) {
    int[] words = new int[Philox.BLOCK_WORDS];
    for (int i = 0; i < drawn.length; i++) {
      int lane = i % Philox.BLOCK_WORDS;
      if (lane == 0) {
        Philox.block(
            (int) seed,
            (int) (seed >>> 32),
            i / Philox.BLOCK_WORDS,
            (int) step,
            (int) (step >>> 32),
            STREAM,
            words);
      }
      drawn[i] = word(words[lane]);
    }
    return drawn;
  }

  private int word(int number) {
    long r = Integer.toUnsignedLong(number) * (table.length / 2);
    int column = (int) (r >>> 32);
    boolean own = Integer.compareUnsigned((int) r, table[2 * column]) <= 0;
    return own ? column : table[2 * column + 1];
  }

  /**
   * The logarithm of how often each of the different words among the labels and the words drawn
   * last is expected among the latter, {@code log(S P)}, in the order of first appearance: that of
   * {@code refrain/distinct.h}.
   */
  float[] logExpected(int[] labels, int count) {
    lookup++;
    float[] expected = new float[count + drawn.length];
    int found = 0;
    for (int i = 0; i < expected.length; i++) {
      int word = i < count ? labels[i] : drawn[i - count];
      if (seen[word] != lookup) {
        seen[word] = lookup;
        expected[found++] = logExpected[word];
      }
    }
    return expected;
  }
}
