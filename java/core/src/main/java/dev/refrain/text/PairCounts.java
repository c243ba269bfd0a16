package dev.refrain.text;

/** Counts pairs of numbers: a hash table by open addressing, without objects. */
final class PairCounts {
  private long[] pairs = new long[1 << 10];
  private int[] counts = new int[1 << 10]; // 0: free
  private int size;

  /** Takes each pair once, in no order. */
  interface Visitor {
    void visit(int a, int b, int count);
  }

  int size() {
    return size;
  }

  void add(int a, int b) {
    long pair = ((long) a << 32) | b;
    int slot = slot(pair);
    if (counts[slot] == 0) {
      pairs[slot] = pair;
      size++;
    }
    if (counts[slot] < Integer.MAX_VALUE) {
      counts[slot]++;
    }
    if (size > pairs.length / 2) {
      grow();
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

  private void grow() {
    if (pairs.length == 1 << 30) {
      throw new IllegalArgumentException(
          "the text has more than 500 million distinct pairs of words; give a larger least count");
    }
    long[] oldPairs = pairs;
    int[] oldCounts = counts;
    pairs = new long[2 * oldPairs.length];
    counts = new int[2 * oldCounts.length];
    for (int i = 0; i < oldPairs.length; i++) {
      if (oldCounts[i] > 0) {
        int slot = slot(oldPairs[i]);
        pairs[slot] = oldPairs[i];
        counts[slot] = oldCounts[i];
      }
    }
  }
}
