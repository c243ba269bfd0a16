package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhrasesTest {
  /** Words by chance, with "new york times" among them. */
  private static WordSource text() {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < 500; line++) {
      for (int i = 0; i < 8; i++) {
        text.append((char) ('a' + random.nextInt(20))).append(' ');
      }
      text.append(line % 5 == 0 ? "new york times" : line % 5 == 1 ? "new york" : "q").append('\n');
    }
    return VocabularyTest.text(text.toString());
  }

  @Test
  void joinsWhatComesTogetherMoreOftenThanChance() throws Exception {
    Phrases once = Phrases.join(text(), 5, 10);
    List<List<String>> sentences = CorpusTest.sentences(once);
    assertEquals(500, sentences.size());
    assertEquals(List.of("new_york", "times"), sentences.get(0).subList(8, 10));
    assertEquals("new_york", sentences.get(1).get(8));
    assertEquals("q", sentences.get(2).get(8));
    // "york times" scores as well, but "york" is taken already
    assertEquals(2, once.size());

    List<List<String>> twice = CorpusTest.sentences(Phrases.join(once, 5, 10));
    assertEquals("new_york_times", twice.get(0).get(8));
  }

  @Test
  void losesNothing() throws Exception {
    List<String> before = CorpusTest.sentences(text()).stream().flatMap(List::stream).toList();
    List<String> after =
        CorpusTest.sentences(Phrases.join(text(), 5, 10)).stream()
            .flatMap(List::stream)
            .flatMap(word -> List.of(word.split("_", -1)).stream())
            .toList();
    assertEquals(before, after);
  }

  @Test
  void aTextWithinTheLimitOfPairsIsCountedExactly() throws Exception {
    Phrases without = Phrases.join(text(), 5, 10);
    Map<Long, Integer> exact = new HashMap<>();
    count(text(), exact, new PairCounts(Phrases.MOST_PAIRS));
    Phrases within = Phrases.join(text(), 5, 10, exact.size());
    assertEquals(0, within.forgotten());
    assertEquals(CorpusTest.sentences(without), CorpusTest.sentences(within));
    Phrases beyond = Phrases.join(text(), 5, 10, exact.size() - 1);
    assertTrue(beyond.forgotten() > 0, "the limit has no effect");
  }

  /** Pairs of the commonest 26 words and of 5,000 others: most pairs come once. */
  @Test
  void ofTooManyPairsTheRarestAreForgotten() throws Exception {
    Random random = new Random(3);
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      double rank = Math.pow(5000, random.nextDouble());
      words.append('w').append((int) rank).append(i % 10 == 9 ? '\n' : ' ');
      if (i % 50 == 49) {
        words.append("new york\n");
      }
    }
    WordSource text = VocabularyTest.text(words.toString());
    int most = 4000;
    Map<Long, Integer> exact = new HashMap<>();
    PairCounts counts = new PairCounts(most);
    Vocabulary vocabulary = count(text, exact, counts);
    assertTrue(exact.size() > 10 * most, "only " + exact.size() + " pairs");
    assertTrue(counts.size() <= most, "it holds " + counts.size());
    Map<Long, Integer> kept = new HashMap<>();
    counts.forEach((a, b, count) -> kept.put(((long) a << 32) | b, count));
    assertEquals(counts.size(), kept.size());
    exact.forEach(
        (pair, count) -> {
          int held = kept.getOrDefault(pair, 0);
          assertTrue(held <= count, held + " of a pair that came " + count + " times");
          assertTrue(count - held <= counts.forgotten(), held + " for " + count);
        });
    long newYork = ((long) vocabulary.indexOf("new") << 32) | vocabulary.indexOf("york");
    assertEquals(2000, exact.get(newYork));
    assertEquals(2000, kept.get(newYork), 2);
    Phrases phrases = Phrases.join(text, 1, 10, most);
    assertTrue(
        CorpusTest.sentences(phrases).contains(List.of("new_york")), "a common phrase is lost");
  }

  /** Counts the pairs of a text in both ways. */
  private static Vocabulary count(WordSource text, Map<Long, Integer> exact, PairCounts counts)
      throws Exception {
    Vocabulary vocabulary = Vocabulary.counting().count(text);
    for (List<String> sentence : CorpusTest.sentences(text)) {
      for (int i = 1; i < sentence.size(); i++) {
        int a = vocabulary.indexOf(sentence.get(i - 1));
        int b = vocabulary.indexOf(sentence.get(i));
        exact.merge(((long) a << 32) | b, 1, Integer::sum);
        counts.add(a, b);
      }
    }
    return vocabulary;
  }

  @Test
  void joinsNothingAcrossLines() throws Exception {
    WordSource lines = VocabularyTest.text("x a\nb y\n".repeat(50) + "c d e f g h\n".repeat(50));
    List<List<String>> sentences = CorpusTest.sentences(Phrases.join(lines, 1, 1));
    assertTrue(sentences.contains(List.of("x_a")), "pairs within a line are joined");
    assertFalse(sentences.stream().flatMap(List::stream).anyMatch("a_b"::equals));
  }

  @Test
  void knownPhrasesAreThoseOfTheVocabulary() throws Exception {
    Vocabulary vocabulary =
        Vocabulary.counting()
            .count(VocabularyTest.text("new_york_times new_york new york times city zoo"));
    WordSource joined =
        new KnownPhrases(
            VocabularyTest.text(
                "the new york times of new york city\nnew new york\ntimes york new\n"),
            vocabulary);
    assertEquals(
        List.of(
            List.of("the", "new_york_times", "of", "new_york", "city"),
            List.of("new", "new_york"),
            List.of("times", "york", "new")),
        CorpusTest.sentences(joined));
    WordSource source = VocabularyTest.text("a b c\n");
    Vocabulary plain = Vocabulary.counting().count(source);
    assertEquals(
        List.of(List.of("a", "b", "c")), CorpusTest.sentences(new KnownPhrases(source, plain)));
  }

  /** In the new text "new york" comes once: looking for phrases there would find none. */
  @Test
  void goingOnKeepsThePhrasesOfTheFirstText(@TempDir Path folder) throws Exception {
    Path state = folder.resolve("state.safetensors");
    Word2Vec word2vec =
        Word2Vec.builder()
            .dimensions(4)
            .epochs(1)
            .sample(0)
            .phrasePasses(1)
            .phraseThreshold(10)
            .build();
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training = word2vec.start(kernels, text())) {
      assertTrue(training.vocabulary().indexOf("new_york") >= 0, "the phrase is not found");
      training.run(progress -> {});
      training.save(state);
    }
    assertEquals("1", Word2Vec.settingsOf(state).get("phrasePasses"));
    float[] before = WordVectors.read(state).vector("new_york");
    try (Kernels kernels = new TestEngine("reference").open();
        Word2VecTraining training =
            Word2Vec.goOn(kernels, state, VocabularyTest.text("a b new york c d\n"), 3)) {
      training.run(progress -> {});
      assertFalse(Arrays.equals(before, training.vectors().vector("new_york")), "it learned none");
    }
  }
}
