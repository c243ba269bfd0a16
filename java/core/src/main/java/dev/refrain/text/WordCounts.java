package dev.refrain.text;

import java.util.Arrays;

/** Counts the distinct words of a text. */
final class WordCounts implements WordSink {
  private final WordTable words = new WordTable();
  private long[] counts = new long[1 << 10];
  private long total;

  @Override
  public void word(byte[] text, int from, int to) {
    int number = words.add(text, from, to);
    if (number == counts.length) {
      counts = Arrays.copyOf(counts, 2 * number);
    }
    counts[number]++;
    total++;
  }

  @Override
  public void sentenceEnd() {}

  WordTable words() {
    return words;
  }

  long count(int number) {
    return counts[number];
  }

  long total() {
    return total;
  }

  /** Numbers of the words that come at least so often, commonest first, ties by appearance. */
  int[] byFallingCount(long minCount) {
    return java.util.stream.IntStream.range(0, words.size())
        .filter(i -> counts[i] >= minCount)
        .boxed()
        .sorted((a, b) -> counts[a] == counts[b] ? a - b : Long.compare(counts[b], counts[a]))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
