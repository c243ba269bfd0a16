package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
