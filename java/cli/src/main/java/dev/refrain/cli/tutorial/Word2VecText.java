package dev.refrain.cli.tutorial;

import dev.refrain.text.EncodedCorpus;
import dev.refrain.text.UnknownWords;
import dev.refrain.text.Vocabulary;
import dev.refrain.text.WordSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** The text of the word2vec tutorial: its vocabulary, and its words as numbers. */
final class Word2VecText {
  /** Words of the vocabulary. */
  static final int MOST_WORDS = 50_000;

  /** A window of one word on either side needs three. */
  private static final int LEAST_LENGTH = 3;

  private static final int SHOWN_WORDS = 10;
  private static final int SHOWN_COUNTS = 5;
  private static final int SHOWN_INDEX = 42;

  private final String name;
  private final Vocabulary vocabulary;
  private final int[] ids;

  private Word2VecText(String name, Vocabulary vocabulary, int[] ids) {
    this.name = name;
    this.vocabulary = vocabulary;
    this.ids = ids;
  }

  /**
   * Reads a text, two times.
   *
   * @throws IllegalArgumentException if it is too short
   * @throws IOException if it cannot be read
   */
  static Word2VecText read(WordSource corpus) throws IOException {
    Vocabulary vocabulary =
        Vocabulary.counting()
            .maxSize(MOST_WORDS)
            .unknownWords(UnknownWords.COMMONEST_WORD)
            .count(corpus);
    try (EncodedCorpus encoded = EncodedCorpus.encode(corpus, vocabulary)) {
      if (encoded.words() < LEAST_LENGTH || vocabulary.size() < Word2VecTutorial.NEGATIVES) {
        throw new IllegalArgumentException(
            "%s has %d words, %d different ones; give a text of at least %d different words"
                .formatted(corpus, encoded.words(), vocabulary.size(), Word2VecTutorial.NEGATIVES));
      }
      return new Word2VecText(corpus.toString(), vocabulary, encoded.toArray());
    }
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Name of the file, without the folder that it lies in. */
  String fileName() {
    return Path.of(name).getFileName().toString();
  }

  /** The words' indices, in order. */
  int[] ids() {
    return ids;
  }

  /** Tells this text from another. */
  String fingerprint() {
    CRC32 crc = new CRC32();
    ByteBuffer block = ByteBuffer.allocate(Integer.BYTES * (1 << 14));
    for (int at = 0; at < ids.length; at += 1 << 14) {
      int count = Math.min(1 << 14, ids.length - at);
      block.clear();
      block.asIntBuffer().put(ids, at, count);
      crc.update(block.array(), 0, count * Integer.BYTES);
    }
    return "%d words, %d different, CRC %08x"
        .formatted(ids.length, vocabulary.size(), crc.getValue());
  }

  /** Prints what the tutorial prints before it trains. */
  void print(TutorialSession session) {
    List<String> first = new ArrayList<>();
    for (int i = 0; i < Math.min(SHOWN_WORDS, ids.length); i++) {
      first.add(vocabulary.word(ids[i]));
    }
    session.say("%s has %,d words. It begins, as far as its words are known:%n", name, ids.length);
    session.say("  %s%n", String.join(" ", first));
    session.say("Most frequent of %,d words:%n", vocabulary.size());
    for (int i = 0; i < Math.min(SHOWN_COUNTS, vocabulary.size()); i++) {
      session.say("  %s %,d times%n", vocabulary.word(i), vocabulary.count(i));
    }
    long unknown = vocabulary.totalWords() - vocabulary.knownWords();
    session.say("%,d words are not among them and count as '%s'.%n", unknown, vocabulary.word(0));
    int shown = Math.min(SHOWN_INDEX, vocabulary.size() - 1);
    session.say("The word with index %d is '%s'.%n%n", shown, vocabulary.word(shown));
  }
}
