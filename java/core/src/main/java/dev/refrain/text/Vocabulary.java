package dev.refrain.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The words that a model knows, by falling count, equal counts by first appearance; the index is
 * the rank. Immutable.
 *
 * <pre>{@code
 * Vocabulary vocabulary = Vocabulary.counting().minCount(5).count(Corpus.of(file));
 * int[] ids = EncodedCorpus.encode(Corpus.of(file), vocabulary).toArray();
 * }</pre>
 */
public final class Vocabulary {
  /** The word that stands for all others under {@link UnknownWords#OWN_WORD}. */
  public static final String UNKNOWN = "UNK";

  private final WordTable table;
  private final long[] counts;
  private final UnknownWords unknownWords;
  private final long totalWords;

  private Vocabulary(WordTable table, long[] counts, UnknownWords unknownWords, long totalWords) {
    this.table = table;
    this.counts = counts;
    this.unknownWords = unknownWords;
    this.totalWords = totalWords;
  }

  /** How to count. */
  public static Counting counting() {
    return new Counting();
  }

  /**
   * A vocabulary that was counted before.
   *
   * @param words distinct, in order of their index
   * @param counts of each; at least 0
   * @param totalWords of the text, unknown ones included
   * @throws IllegalArgumentException for a repeated or empty word, or counts that do not fit
   */
  public static Vocabulary of(
      List<String> words, long[] counts, UnknownWords unknownWords, long totalWords) {
    if (words.isEmpty() || words.size() != counts.length) {
      throw new IllegalArgumentException(
          "a vocabulary of " + words.size() + " words with " + counts.length + " counts");
    }
    WordTable table = new WordTable();
    for (int i = 0; i < counts.length; i++) {
      byte[] word = words.get(i).getBytes(StandardCharsets.UTF_8);
      if (word.length == 0 || counts[i] < 0) {
        throw new IllegalArgumentException(
            "word " + i + " is '" + words.get(i) + "' with the count " + counts[i]);
      }
      if (table.add(word, 0, word.length) != i) {
        throw new IllegalArgumentException("the word '" + words.get(i) + "' is there twice");
      }
    }
    return new Vocabulary(table, counts.clone(), unknownWords, totalWords);
  }

  /** Number of words. */
  public int size() {
    return counts.length;
  }

  /** The word with an index. */
  public String word(int index) {
    Objects.checkIndex(index, size());
    return table.word(index);
  }

  /** All words, by index. */
  public List<String> words() {
    List<String> words = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) {
      words.add(table.word(i));
    }
    return words;
  }

  /** How often the word with an index was counted. */
  public long count(int index) {
    return counts[index];
  }

  /** All counts, by index; a copy. */
  public long[] counts() {
    return counts.clone();
  }

  /** A word's index, or -1 where it is not one of these, whatever becomes of unknown words. */
  public int indexOf(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    return table.find(bytes, 0, bytes.length);
  }

  /** What a word in a text becomes: its index, the one of unknown words, or -1: dropped. */
  public int encode(byte[] text, int from, int to) {
    int index = table.find(text, from, to);
    return index >= 0 || unknownWords == UnknownWords.DROP ? index : 0;
  }

  /** What becomes of unknown words. */
  public UnknownWords unknownWords() {
    return unknownWords;
  }

  /** Words of the counted text, unknown ones included. */
  public long totalWords() {
    return totalWords;
  }

  /** Words of the counted text that are in the vocabulary as themselves. */
  public long knownWords() {
    long known = 0;
    for (int i = unknownWords == UnknownWords.OWN_WORD ? 1 : 0; i < counts.length; i++) {
      known += counts[i];
    }
    return known;
  }

  /** How words are counted and which are kept. */
  public static final class Counting {
    private long minCount = 1;
    private int maxSize = Integer.MAX_VALUE;
    private UnknownWords unknownWords = UnknownWords.DROP;

    private Counting() {}

    /** Words that come less often are unknown; at least 1, the default. */
    public Counting minCount(long count) {
      if (count < 1) {
        throw new IllegalArgumentException("the least count is " + count + "; give at least 1");
      }
      minCount = count;
      return this;
    }

    /** At most so many words, with the one for unknown words; at least 1. Default: no limit. */
    public Counting maxSize(int size) {
      if (size < 1) {
        throw new IllegalArgumentException("the largest size is " + size + "; give at least 1");
      }
      maxSize = size;
      return this;
    }

    /** What becomes of other words; default {@link UnknownWords#DROP}. */
    public Counting unknownWords(UnknownWords policy) {
      unknownWords = Objects.requireNonNull(policy, "unknownWords");
      return this;
    }

    /**
     * Counts a text.
     *
     * @throws IllegalArgumentException if no word comes often enough
     * @throws IOException if the text cannot be read
     */
    public Vocabulary count(WordSource text) throws IOException {
      WordCounts all = new WordCounts();
      text.read(all);
      return keep(all, text);
    }

    private Vocabulary keep(WordCounts all, WordSource text) {
      int[] order = all.byFallingCount(minCount);
      boolean ownWord = unknownWords == UnknownWords.OWN_WORD;
      int kept = Math.min(order.length, ownWord ? maxSize - 1 : maxSize);
      if (all.total() == 0) {
        throw new IllegalArgumentException(text + " has no word");
      }
      if (kept == 0) {
        throw new IllegalArgumentException(
            text
                + ": none of its "
                + all.words().size()
                + " distinct words comes "
                + minCount
                + " times; give a smaller least count, or more text");
      }
      WordTable table = new WordTable();
      long[] counts = new long[ownWord ? kept + 1 : kept];
      if (ownWord) {
        byte[] unknown = UNKNOWN.getBytes(StandardCharsets.UTF_8);
        table.add(unknown, 0, unknown.length);
      }
      long known = 0;
      for (int i = 0; i < kept; i++) {
        int index = all.words().addTo(table, order[i]);
        counts[index] += all.count(order[i]);
        known += index == 0 && ownWord ? 0 : all.count(order[i]);
      }
      if (ownWord) {
        counts[0] = all.total() - known;
      }
      // A text that has the word UNK itself fills one place less: it counts as unknown.
      long[] trimmed = Arrays.copyOf(counts, table.size());
      return new Vocabulary(table, trimmed, unknownWords, all.total());
    }
  }
}
