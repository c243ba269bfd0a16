package dev.refrain.text;

import dev.refrain.kernels.Philox;

/**
 * Pairs of a center and a word near it, out of a piece of an encoded text. Which words are kept and
 * how wide a window is follows from seed, pass and place in the text alone, so that how the text is
 * cut changes no pair; for the rest see {@code refrain/word2vec.h}, whose pairs these are, with
 * draws of their own.
 */
final class SkipGramPairs {
  private static final int SUBSAMPLE = 0x4B000001;
  private static final int WINDOW = 0x57000001;

  private final int window;
  private final int[] keep;
  private final Draws subsample;
  private final Draws windows;
  private final int[] words; // the kept ones; -1 at the end of a sentence
  private final int[] places; // in the piece
  private int count;
  private int last;
  private long position;
  private int center; // among the kept words
  private int from; // of its window
  private int to;
  private int learned;

  /** Random words of 32 bits by their number, which mostly grows. */
  private static final class Draws {
    private final long seed;
    private final int stream;
    private final int[] words = new int[Philox.BLOCK_WORDS];
    private long block = -1;
    private int epoch;

    Draws(long seed, int stream) {
      this.seed = seed;
      this.stream = stream;
    }

    void begin(int pass) {
      epoch = pass;
      block = -1;
    }

    int word(long index) {
      long wanted = index / Philox.BLOCK_WORDS;
      if (wanted != block) {
        block = wanted;
        Philox.block(
            (int) seed,
            (int) (seed >>> 32),
            (int) block,
            (int) (block >>> 32),
            epoch,
            stream,
            words);
      }
      return words[(int) (index % Philox.BLOCK_WORDS)];
    }
  }

  /**
   * For pieces of at most so many numbers.
   *
   * @param keep see {@link WordDraws#keep}; null: every word is kept
   */
  SkipGramPairs(int window, int[] keep, long seed, int longest) {
    this.window = window;
    this.keep = keep;
    subsample = new Draws(seed, SUBSAMPLE);
    windows = new Draws(seed, WINDOW);
    words = new int[longest];
    places = new int[longest];
  }

  /**
   * Goes to a piece.
   *
   * @param ids of which {@code length} are the piece; its centers stand at {@code first .. end}
   * @param where of ids[0] in the whole text
   * @param epoch the pass
   * @param done pairs of the first center that are left out
   */
  void begin(int[] ids, int length, int first, int end, long where, int epoch, int done) {
    position = where;
    last = end;
    subsample.begin(epoch);
    windows.begin(epoch);
    count = 0;
    for (int i = 0; i < length; i++) {
      boolean use =
          ids[i] < 0
              || keep == null
              || Integer.compareUnsigned(subsample.word(where + i), keep[ids[i]]) <= 0;
      if (use) {
        words[count] = ids[i];
        places[count++] = i;
      }
    }
    center = 0;
    while (center < count && places[center] < first) {
      center++;
    }
    look();
    // Where the first center is none, being no kept word, none of its pairs was learned.
    if (center < count && places[center] == first) {
      learned = done;
    }
  }

  /** Goes on to the next word that is kept, from this one on, and draws its window. */
  private void look() {
    while (center < count && words[center] < 0) {
      center++;
    }
    learned = 0;
    if (center >= count || places[center] >= last) {
      center = count;
      return;
    }
    long number = Integer.toUnsignedLong(windows.word(position + places[center]));
    int half = 1 + (int) ((number * window) >>> 32);
    from = center;
    while (from > 0 && center - from < half && words[from - 1] >= 0) {
      from--;
    }
    to = center + 1;
    while (to < count && to - center <= half && words[to] >= 0) {
      to++;
    }
  }

  /** Writes the next pairs; returns how many, fewer than asked for at the end of the piece only. */
  int fill(int[] centers, int[] contexts) {
    int filled = 0;
    while (center < count && filled < centers.length) {
      int most = to - from - 1;
      for (; learned < most && filled < centers.length; learned++) {
        int context = from + learned;
        centers[filled] = words[center];
        contexts[filled++] = words[context < center ? context : context + 1];
      }
      if (learned >= most) {
        center++;
        look();
      }
    }
    return filled;
  }

  /** The place in the text of the center whose pair comes next; the end of the piece after all. */
  long center() {
    return position + (center < count ? places[center] : last);
  }

  /** How many pairs of that center were handed out. */
  int learned() {
    return learned;
  }
}
