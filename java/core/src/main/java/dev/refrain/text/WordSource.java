package dev.refrain.text;

import java.io.IOException;

/**
 * A text that can be read from its beginning as often as one likes, always with the same words: a
 * {@link Corpus} is a file, {@link #ofLines} text in memory.
 */
public interface WordSource {
  /**
   * Hands every word, in order, and the end of every sentence that is not empty.
   *
   * @throws IOException if the text cannot be read
   */
  void read(WordSink sink) throws IOException;

  /**
   * Text in memory, or that comes from elsewhere as strings: words between white space, each string
   * a sentence, as a {@link Corpus} has lines. While it is read an {@link IllegalArgumentException}
   * names the line that has half of a surrogate pair or a word of more than {@link
   * Corpus#MOST_WORD_BYTES} bytes.
   *
   * @param lines not copied; to be iterated over several times, with the same strings each time
   */
  static WordSource ofLines(Iterable<String> lines) {
    return new Sentences(lines);
  }
}
