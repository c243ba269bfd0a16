package dev.refrain.text;

import java.util.Arrays;

/**
 * Draws words by weight in constant time (Walker 1977, Vose 1991): each of V columns belongs to its
 * own word up to a threshold and to another word above it. In the form that {@code
 * refrain/word2vec.h} reads.
 */
final class AliasTable {
  private static final double RANGE = 0x1p32;

  private AliasTable() {}

  /**
   * The table of these weights, {@code [V,2]}: unsigned threshold and alias. A random word of 32
   * bits that is no larger than the threshold means the column's own word.
   */
  static int[] of(double... weights) {
    int size = weights.length;
    double mean = Arrays.stream(weights).sum() / size;
    if (!(mean > 0) || !Double.isFinite(mean)) {
      throw new IllegalArgumentException("the words' weights have the mean " + mean);
    }
    double[] share = new double[size];
    int[] order = new int[size]; // poor columns from the left, rich ones from the right
    int poor = 0;
    int rich = size;
    for (int i = 0; i < size; i++) {
      share[i] = weights[i] / mean;
      order[share[i] < 1 ? poor++ : --rich] = i;
    }
    int[] table = new int[2 * size];
    int next = 0;
    while (next < poor && rich < size) {
      int from = order[rich];
      int to = order[next++];
      put(table, to, share[to], from);
      share[from] -= 1 - share[to];
      if (share[from] < 1) {
        rich++;
        order[poor++] = from;
      }
    }
    // What is left has a share of 1, but for rounding.
    for (int i = next; i < poor; i++) {
      put(table, order[i], 1, order[i]);
    }
    for (int i = Math.max(rich, poor); i < size; i++) {
      put(table, order[i], 1, order[i]);
    }
    return table;
  }

  private static void put(int[] table, int column, double share, int alias) {
    double threshold = Math.max(0, Math.min(RANGE, Math.rint(share * RANGE)) - 1);
    table[2 * column] = (int) (long) threshold;
    table[2 * column + 1] = alias;
  }
}
