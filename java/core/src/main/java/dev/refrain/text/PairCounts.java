package dev.refrain.text;

import java.util.Arrays;

/**
 * Counts pairs of numbers: a hash table by open addressing, without objects. Exact as long as there
 * are no more distinct pairs than it was made for. When there are, the rarest are forgotten, as
 * word2phrase does: those that came once, the next time those that came no more than twice, and so
 * on; one that comes again begins at 1. So a count is too small by no more than {@link #forgotten},
 * and never too large.
 */
final class PairCounts {
  private static final int SMALLEST_TABLE = 1 << 10;

  private final int most;
  private long[] pairs = new long[SMALLEST_TABLE];
  private int[] counts = new int[SMALLEST_TABLE]; // 0: free
  private int size;
  private int threshold;
  private long forgotten;

  /** Takes each pair once, in no order. */
  interface Visitor {
    void visit(int a, int b, int count);
  }

  /**
   * Empty.
   *
   * @param most distinct pairs that are kept, 2..2²⁸
   */
  PairCounts(int most) {
    if (most < 2 || most > 1 << 28) {
      throw new IllegalArgumentException(most + " pairs; it must lie in 2..2^28");
    }
    this.most = most;
  }

  int size() {
    return size;
  }

  /** The most by which a count can be too small; 0: all are exact. */
  long forgotten() {
    return forgotten;
  }

  void add(int a, int b) {
    long pair = ((long) a << 32) | b;
    int slot = slot(pair);
    if (counts[slot] == 0) {
      if (size == most) {
        forgetRarest();
        slot = slot(pair);
      }
      pairs[slot] = pair;
      size++;
    }
    if (counts[slot] < Integer.MAX_VALUE) {
      counts[slot]++;
    }
    if (size > pairs.length / 2) {
      rehash(2 * pairs.length);
    }
  }

  boolean contains(int a, int b) {
    return counts[slot(((long) a << 32) | b)] > 0;
  }

  void forEach(Visitor visitor) {
    for (int slot = 0; slot < pairs.length; slot++) {
      if (counts[slot] > 0) {
        visitor.visit((int) (pairs[slot] >>> 32), (int) pairs[slot], counts[slot]);
      }
    }
  }

  private int slot(long pair) {
    int mask = pairs.length - 1;
    int slot = (int) ((pair * 0x9E3779B97F4A7C15L) >>> 33) & mask;
    while (counts[slot] != 0 && pairs[slot] != pair) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Makes room for as many again, so that whole passes over the table stay rare. */
  private void forgetRarest() {
    while (size > most / 2) {
      threshold++;
      for (int slot = 0; slot < counts.length; slot++) {
        if (counts[slot] > 0 && counts[slot] <= threshold) {
          counts[slot] = 0;
          size--;
        }
      }
    }
    // A pair loses at most so much each time, whenever it comes anew.
    forgotten += threshold;
    rehash(pairs.length);
  }

  /** Puts all pairs where a look-up finds them, in a table of another size or the same. */
  private void rehash(int length) {
    int kept = 0;
    for (int slot = 0; slot < pairs.length; slot++) {
      if (counts[slot] > 0) {
        pairs[kept] = pairs[slot];
        counts[kept++] = counts[slot];
      }
    }
    boolean inPlace = length == pairs.length;
    long[] oldPairs = inPlace ? Arrays.copyOf(pairs, kept) : pairs;
    int[] oldCounts = inPlace ? Arrays.copyOf(counts, kept) : counts;
    if (inPlace) {
      Arrays.fill(counts, 0);
    } else {
      pairs = new long[length];
      counts = new int[length];
    }
    for (int i = 0; i < kept; i++) {
      int slot = slot(oldPairs[i]);
      pairs[slot] = oldPairs[i];
      counts[slot] = oldCounts[i];
    }
  }
}
