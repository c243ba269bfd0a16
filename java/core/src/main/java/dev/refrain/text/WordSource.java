package dev.refrain.text;

import java.io.IOException;

/** A text that can be read from its beginning as often as one likes, always with the same words. */
public interface WordSource {
  /** Hands every word, in order, and the end of every sentence that is not empty. */
  void read(WordSink sink) throws IOException;
}
