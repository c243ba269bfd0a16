package dev.refrain.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Text in memory; {@link WordSource#ofLines}. */
final class Sentences implements WordSource {
  private final Iterable<String> lines;

  Sentences(Iterable<String> lines) {
    this.lines = Objects.requireNonNull(lines, "lines");
  }

  @Override
  public void read(WordSink sink) throws IOException {
    long number = 0;
    for (String line : lines) {
      number++;
      cut(encoded(line, number), number, sink);
    }
  }

  private static byte[] encoded(String line, long number) {
    try {
      ByteBuffer buffer = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(line));
      byte[] text = new byte[buffer.remaining()];
      buffer.get(text);
      return text;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "line %d has half of a surrogate pair, which UTF-8 cannot hold; replace it"
              .formatted(number),
          e);
    }
  }

  private static void cut(byte[] text, long number, WordSink sink) throws IOException {
    boolean sentence = false;
    int from = 0;
    for (int i = 0; i <= text.length; i++) {
      byte b = i == text.length ? (byte) '\n' : text[i];
      if (b != ' ' && (b < '\t' || b > '\r')) {
        continue;
      }
      if (i - from > Corpus.MOST_WORD_BYTES) {
        throw new IllegalArgumentException(
            "line %d has a word of %d bytes; at most %d"
                .formatted(number, i - from, Corpus.MOST_WORD_BYTES));
      }
      if (i > from) {
        sink.word(text, from, i);
        sentence = true;
      }
      from = i + 1;
      if (sentence && (b == '\n' || b == '\r')) {
        sink.sentenceEnd();
        sentence = false;
      }
    }
  }

  @Override
  public String toString() {
    return "the text";
  }
}
