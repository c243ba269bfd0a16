package dev.refrain.text;

import java.io.IOException;
import java.util.Arrays;

/**
 * Joins pairs of words that come together more often than chance has it to one word, with {@code _}
 * between them. The score of a pair is {@code (count(ab) − least count) · words of the text /
 * (count(a) · count(b))} (word2vec's word2phrase, Mikolov et al. 2013, equation 6). Pairs are
 * joined from the left; a word is part of one phrase at most.
 *
 * <p>Counting takes 24 bytes or more for each distinct pair, and is exact up to {@value
 * #MOST_PAIRS} of them (400 MB). Of a text that has more, the rarest are forgotten meanwhile, as
 * word2phrase does: {@link #forgotten} says by how much a count may then be too small, so that some
 * rare phrases stay apart; none is found that is none.
 */
public final class Phrases implements WordSource {
  /** Distinct pairs up to which counts are exact. */
  public static final int MOST_PAIRS = 1 << 24;

  private static final byte[] JOINT = {'_'};

  private final WordSource source;
  private final Vocabulary vocabulary;
  private final PairCounts phrases;
  private final long forgotten;

  private Phrases(WordSource source, Vocabulary vocabulary, PairCounts phrases, long forgotten) {
    this.source = source;
    this.vocabulary = vocabulary;
    this.phrases = phrases;
    this.forgotten = forgotten;
  }

  /**
   * Looks for phrases in a text, reading it twice.
   *
   * @param minCount words that come less often are part of no phrase
   * @param threshold least score of a phrase
   * @return the same text with its phrases joined
   */
  public static Phrases join(WordSource source, int minCount, double threshold) throws IOException {
    return join(source, minCount, threshold, MOST_PAIRS);
  }

  /**
   * The same with another limit.
   *
   * @param mostPairs distinct pairs up to which counts are exact, 2..2²⁸
   */
  static Phrases join(WordSource source, int minCount, double threshold, int mostPairs)
      throws IOException {
    Vocabulary vocabulary = Vocabulary.counting().minCount(minCount).count(source);
    PairCounter counter = new PairCounter(vocabulary, mostPairs);
    source.read(counter);
    PairCounts phrases = new PairCounts(mostPairs);
    double words = (double) vocabulary.totalWords();
    counter.pairs.forEach(
        (a, b, count) -> {
          double together = (double) count - minCount;
          if (together * words > threshold * vocabulary.count(a) * vocabulary.count(b)) {
            phrases.add(a, b);
          }
        });
    return new Phrases(source, vocabulary, phrases, counter.pairs.forgotten());
  }

  /** Number of distinct phrases. */
  public int size() {
    return phrases.size();
  }

  /** The most by which the count of a pair can have been too small; 0: all were exact. */
  public long forgotten() {
    return forgotten;
  }

  @Override
  public void read(WordSink sink) throws IOException {
    source.read(new Joiner(sink));
  }

  @Override
  public String toString() {
    return source.toString();
  }

  private static final class PairCounter implements WordSink {
    private final Vocabulary vocabulary;
    private final PairCounts pairs;
    private int previous = -1;

    PairCounter(Vocabulary vocabulary, int mostPairs) {
      this.vocabulary = vocabulary;
      this.pairs = new PairCounts(mostPairs);
    }

    @Override
    public void word(byte[] text, int from, int to) {
      int id = vocabulary.encode(text, from, to);
      if (previous >= 0 && id >= 0) {
        pairs.add(previous, id);
      }
      previous = id;
    }

    @Override
    public void sentenceEnd() {
      previous = -1;
    }
  }

  /** Holds one word back until it is known whether the next one joins it. */
  private final class Joiner implements WordSink {
    private final WordSink sink;
    private byte[] held = new byte[256];
    private int length;
    private int heldId = -1;

    Joiner(WordSink sink) {
      this.sink = sink;
    }

    @Override
    public void word(byte[] text, int from, int to) throws IOException {
      int id = vocabulary.encode(text, from, to);
      if (heldId >= 0 && id >= 0 && phrases.contains(heldId, id)) {
        append(JOINT, 0, 1);
        append(text, from, to);
        flush();
        return;
      }
      flush();
      append(text, from, to);
      heldId = id;
    }

    @Override
    public void sentenceEnd() throws IOException {
      flush();
      sink.sentenceEnd();
    }

    private void append(byte[] text, int from, int to) {
      int count = to - from;
      if (length + count > held.length) {
        held = Arrays.copyOf(held, 2 * (length + count));
      }
      System.arraycopy(text, from, held, length, count);
      length += count;
    }

    private void flush() throws IOException {
      if (length > 0) {
        sink.word(held, 0, length);
      }
      length = 0;
      heldId = -1;
    }
  }
}
