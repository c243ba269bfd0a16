package dev.refrain.text;

import java.io.IOException;

/**
 * Takes the words of a text one by one, as UTF-8 bytes: no string is made of a word's every use.
 */
public interface WordSink {
  /**
   * The next word.
   *
   * @param text holds the word's bytes; reused after this call
   * @param from where the word begins
   * @param to where it ends, exclusive
   */
  void word(byte[] text, int from, int to) throws IOException;

  /** The words so far since the last call are a sentence: a line, or the end of the text. */
  void sentenceEnd() throws IOException;
}
