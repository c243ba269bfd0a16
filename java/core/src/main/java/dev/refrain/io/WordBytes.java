package dev.refrain.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** Collects the bytes of a word, and turns words into bytes; UTF-8, and nothing else is taken. */
final class WordBytes {
  /**
   * A longer word means that the rows are not as long as the header says. Far above what a text may
   * have as a word, since replaced bytes and joined phrases make words longer.
   */
  private static final int LONGEST = 1 << 20;

  private final Path file;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private byte[] bytes = new byte[64];
  private int length;

  WordBytes(Path file) {
    this.file = file;
  }

  void clear() {
    length = 0;
  }

  boolean isEmpty() {
    return length == 0;
  }

  void add(int next, long row) throws MalformedFileException {
    if (length == LONGEST) {
      throw new MalformedFileException(
          file,
          "has a word of more than %d bytes in row %d; its rows are not as long as its header says"
              .formatted(LONGEST, row));
    }
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * length);
    }
    bytes[length++] = (byte) next;
  }

  String word(long row) throws MalformedFileException {
    if (length == 0) {
      throw new MalformedFileException(file, "has no word in row " + row);
    }
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException e) {
      String seen = new String(bytes, 0, length, StandardCharsets.UTF_8);
      throw new MalformedFileException(
          file,
          "has a word in row %d that is not UTF-8: '%s'; convert the corpus to UTF-8 and train again"
              .formatted(row, seen),
          e);
    }
  }

  /**
   * A word as both word2vec formats take it.
   *
   * @throws IllegalArgumentException if a reader would take it for something else
   */
  static byte[] encode(String word) {
    if (word.isEmpty() || word.chars().anyMatch(c -> c == ' ' || c == '\n' || c == '\r')) {
      throw new IllegalArgumentException(
          "the word '" + word + "' is empty or has a space, which word2vec's formats cannot keep");
    }
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > LONGEST) {
      throw new IllegalArgumentException(
          "the word '%s...' has %d bytes; %d are read again"
              .formatted(word.substring(0, 20), bytes.length, LONGEST));
    }
    return bytes;
  }
}
