package dev.refrain.text;

import java.io.IOException;
import java.util.Arrays;

/**
 * Joins the words of a text to those phrases that a vocabulary has, the longest that begins with a
 * word first. {@link Phrases} looks for phrases; this one knows them: a text that a training goes
 * on with has the phrases of the first text, whatever comes together in itself.
 */
final class KnownPhrases implements WordSource {
  private static final byte JOINT = '_';

  /** Words of a phrase after eight passes. */
  private static final int MOST_WORDS = 1 << 8;

  private final WordSource source;
  private final Vocabulary vocabulary;
  private final int longest;

  KnownPhrases(WordSource source, Vocabulary vocabulary) {
    this.source = source;
    this.vocabulary = vocabulary;
    long most = 1;
    for (String word : vocabulary.words()) {
      most = Math.max(most, 1 + word.chars().filter(c -> c == JOINT).count());
    }
    longest = (int) Math.min(most, MOST_WORDS);
  }

  @Override
  public void read(WordSink sink) throws IOException {
    source.read(longest == 1 ? sink : new Joiner(sink));
  }

  @Override
  public String toString() {
    return source.toString();
  }

  /** Holds back as many words as the longest phrase has, as if they were one. */
  private final class Joiner implements WordSink {
    private final WordSink sink;
    private byte[] held = new byte[1 << 10];
    private final int[] ends = new int[longest];
    private int words;

    Joiner(WordSink sink) {
      this.sink = sink;
    }

    @Override
    public void word(byte[] text, int from, int to) throws IOException {
      int begin = words == 0 ? 0 : ends[words - 1] + 1;
      int end = begin + to - from;
      if (end > held.length) {
        held = Arrays.copyOf(held, 2 * end);
      }
      if (begin > 0) {
        held[begin - 1] = JOINT;
      }
      System.arraycopy(text, from, held, begin, to - from);
      ends[words++] = end;
      if (words == longest) {
        emit();
      }
    }

    @Override
    public void sentenceEnd() throws IOException {
      while (words > 0) {
        emit();
      }
      sink.sentenceEnd();
    }

    private void emit() throws IOException {
      int used = words;
      while (used > 1 && vocabulary.encode(held, 0, ends[used - 1]) < 0) {
        used--;
      }
      sink.word(held, 0, ends[used - 1]);
      int gone = ends[used - 1] + 1;
      words -= used;
      if (words > 0) {
        System.arraycopy(held, gone, held, 0, ends[used + words - 1] - gone);
      }
      for (int i = 0; i < words; i++) {
        ends[i] = ends[used + i] - gone;
      }
    }
  }
}
