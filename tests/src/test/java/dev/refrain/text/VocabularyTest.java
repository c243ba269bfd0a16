package dev.refrain.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyTest {
  private static final String TEXT = "d b a b c a\nb e a d f";

  @TempDir Path folder;

  @Test
  void textInMemoryIsReadAsAFileIs() throws Exception {
    List<String> lines = List.of("a\tb  \u000Ba ", "", " \u00e4\ud83d\ude00 b\n\nc", "d\r\fe");
    Path file = Files.writeString(folder.resolve("text"), String.join("\n", lines));
    List<String> expected = heard(Corpus.of(file));
    assertEquals(expected, heard(WordSource.ofLines(lines)));
    assertEquals(List.of("a", "b", "a", ".", "\u00e4\ud83d\ude00"), expected.subList(0, 5));
    assertRefused("line 2 has half of a surrogate pair", List.of("a", "b \ud83d"));
    assertRefused("line 1 has a word of 65537 bytes", List.of("a".repeat(65_537)));
    assertRefused("the text has no word", List.of(" ", ""));
  }

  private static void assertRefused(String words, List<String> lines) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Vocabulary.counting().count(WordSource.ofLines(lines)))
            .getMessage();
    assertTrue(message.contains(words), message);
  }

  private static List<String> heard(WordSource source) throws IOException {
    List<String> heard = new ArrayList<>();
    source.read(
        new WordSink() {
          @Override
          public void word(byte[] text, int from, int to) {
            heard.add(new String(text, from, to - from, UTF_8));
          }

          @Override
          public void sentenceEnd() {
            heard.add(".");
          }
        });
    return heard;
  }

  static WordSource text(String lines) {
    return sink -> {
      for (String line : lines.split("\n", -1)) {
        if (line.isEmpty()) {
          continue;
        }
        for (String word : line.split(" ", -1)) {
          byte[] bytes = word.getBytes(UTF_8);
          if (bytes.length > 0) {
            sink.word(bytes, 0, bytes.length);
          }
        }
        sink.sentenceEnd();
      }
    };
  }

  private static int[] ids(String lines, Vocabulary vocabulary) throws IOException {
    try (EncodedCorpus corpus = EncodedCorpus.encode(text(lines), vocabulary)) {
      int[] ids = new int[(int) corpus.length()];
      corpus.read(0, ids, 0, ids.length);
      return ids;
    }
  }

  @Test
  void ordersByCountAndThenByAppearance() throws IOException {
    Vocabulary vocabulary = Vocabulary.counting().count(text(TEXT));
    assertEquals(List.of("b", "a", "d", "c", "e", "f"), vocabulary.words());
    assertArrayEquals(new long[] {3, 3, 2, 1, 1, 1}, vocabulary.counts());
    assertEquals(11, vocabulary.totalWords());
    assertEquals(1, vocabulary.indexOf("a"));
    assertEquals(-1, vocabulary.indexOf("z"));
  }

  @Test
  void dropsUnknownWords() throws IOException {
    Vocabulary vocabulary = Vocabulary.counting().minCount(2).count(text(TEXT));
    assertEquals(List.of("b", "a", "d"), vocabulary.words());
    assertEquals(8, vocabulary.knownWords());
    assertArrayEquals(new int[] {2, 0, 1, 0, 1, -1, 0, 1, 2, -1}, ids(TEXT, vocabulary));
    assertArrayEquals(new int[] {0, -1}, ids("x y\nb\nz", vocabulary), "empty sentences go");
  }

  @Test
  void givesUnknownWordsTheirOwn() throws IOException {
    Vocabulary vocabulary =
        Vocabulary.counting().maxSize(3).unknownWords(UnknownWords.OWN_WORD).count(text(TEXT));
    assertEquals(List.of("UNK", "b", "a"), vocabulary.words());
    assertArrayEquals(new long[] {5, 3, 3}, vocabulary.counts());
    assertArrayEquals(new int[] {0, 1, 2, 1, 0, 2, -1, 1, 0, 2, 0, 0, -1}, ids(TEXT, vocabulary));
    Vocabulary withUnk =
        Vocabulary.counting()
            .unknownWords(UnknownWords.OWN_WORD)
            .maxSize(3)
            .count(text("UNK UNK a b UNK b"));
    assertEquals(List.of("UNK", "b"), withUnk.words());
    assertArrayEquals(new long[] {4, 2}, withUnk.counts());
  }

  @Test
  void countsUnknownWordsAsTheCommonestLikeTheTutorial() throws IOException {
    Vocabulary vocabulary =
        Vocabulary.counting()
            .maxSize(2)
            .unknownWords(UnknownWords.COMMONEST_WORD)
            .count(text(TEXT));
    assertEquals(List.of("b", "a"), vocabulary.words());
    assertArrayEquals(new int[] {0, 0, 1, 0, 0, 1, -1, 0, 0, 1, 0, 0, -1}, ids(TEXT, vocabulary));
    assertEquals(-1, vocabulary.indexOf("d"));
  }

  @Test
  void refusesAVocabularyWithoutWords() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Vocabulary.counting().minCount(4).count(text(TEXT)))
            .getMessage();
    assertTrue(message.contains("6 distinct words comes 4 times"), message);
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.counting().minCount(0));
    assertThrows(IllegalArgumentException.class, () -> Vocabulary.counting().maxSize(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> Vocabulary.of(List.of("a", "a"), new long[] {1, 1}, UnknownWords.DROP, 2));
  }

  @Test
  void countsAsAMapOfStringsDoes() throws IOException {
    Random random = new Random(7);
    StringBuilder lines = new StringBuilder();
    Map<String, Long> expected = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      String word = Long.toString(Math.round(Math.abs(random.nextGaussian()) * 9000), 36) + "ß";
      expected.merge(word, 1L, Long::sum);
      lines.append(word).append(i % 100 == 99 ? '\n' : ' ');
    }
    Vocabulary vocabulary = Vocabulary.counting().count(text(lines.toString()));
    assertEquals(expected.size(), vocabulary.size());
    for (int i = 0; i < vocabulary.size(); i++) {
      assertEquals(expected.get(vocabulary.word(i)), vocabulary.count(i), vocabulary.word(i));
      assertEquals(i, vocabulary.indexOf(vocabulary.word(i)));
    }
  }

  @Test
  void longTextsGoThroughAFile() throws IOException {
    Random random = new Random(11);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 200_000; i++) {
      lines.append((char) ('a' + random.nextInt(26))).append(i % 1000 == 7 ? '\n' : ' ');
    }
    WordSource text = text(lines.toString());
    Vocabulary vocabulary = Vocabulary.counting().count(text);
    try (EncodedCorpus inMemory = EncodedCorpus.encode(text, vocabulary);
        EncodedCorpus inFile = EncodedCorpus.encode(text, vocabulary, 1000, folder)) {
      assertEquals(200_000, inFile.words());
      assertEquals(inMemory.length(), inFile.length());
      int[] expected = new int[70_000];
      int[] read = new int[70_003];
      inMemory.read(123_456, expected, 0, expected.length);
      inFile.read(123_456, read, 3, expected.length);
      assertArrayEquals(expected, Arrays.copyOfRange(read, 3, read.length));
      assertArrayEquals(inMemory.toArray(), inFile.toArray());
      assertThrows(
          IndexOutOfBoundsException.class, () -> inFile.read(inFile.length() - 1, read, 0, 2));
    }
    assertEquals(0, files(), "the temporary file is deleted");
    assertThrows(
        IllegalArgumentException.class,
        () -> EncodedCorpus.encode(text("1 2"), vocabulary, 1000, folder));
    assertEquals(0, files());
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }
}
