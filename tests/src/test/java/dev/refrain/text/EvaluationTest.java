package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.io.MalformedFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
  /** Rows 0 to 5; woman + king − man is nearest to queen. */
  private static final WordVectors VECTORS =
      new WordVectors(
          List.of("King", "man", "woman", "queen", "apple", "KING"),
          3,
          new float[] {2, 2, 0, 0, 3, 0, 0, 0, 1, 1, 0, 1, -1, 0, 0, 1, 0, 1});

  @TempDir private Path folder;

  @Test
  void questionsAreCountedBySection() throws IOException {
    QuestionWords questions =
        questions(
            ": family",
            "man king woman queen",
            "MAN KING WOMAN apple",
            "man king woman princess",
            "",
            ": nothing asked",
            "a b c d");
    assertEquals(4, questions.size());
    List<QuestionWords.Score> scores = questions.ask(VECTORS, 100);
    assertEquals(
        List.of(
            new QuestionWords.Score("family", 1, 2, 1),
            new QuestionWords.Score("nothing asked", 0, 0, 1)),
        scores);
    assertEquals(0.5, scores.get(0).accuracy());
    assertTrue(Double.isNaN(scores.get(1).accuracy()));
    assertEquals(new QuestionWords.Score("total", 1, 2, 2), QuestionWords.total(scores));
    // With three words queen is unknown.
    assertEquals(3, questions.ask(VECTORS, 3).get(0).outOfVocabulary());
  }

  @Test
  void badQuestionsAreRefused() throws IOException {
    refused("line 1 stands before the first section", "a b c d");
    refused("line 3 has 3 words", ": x", "a b c d", "a b c");
    refused("has no questions", ": x");
    refused("has no questions", "");
    Files.write(folder.resolve("latin"), "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThrows(MalformedFileException.class, () -> QuestionWords.read(folder.resolve("latin")));
    assertThrows(IOException.class, () -> QuestionWords.read(folder.resolve("absent")));
    assertThrows(IOException.class, () -> QuestionWords.read(folder));
  }

  @Test
  void pairsAreReadFromTheFormsThatAreUsed() throws IOException {
    String[] wordSim = {"# comment", "Word 1\tWord 2\tHuman (mean)", "man\tking\t7.5"};
    String[] comma = {"king,man,7.5", "queen, woman , 1e1"};
    String[] simLex = {"word1\tword2\tPOS\tSimLex999\tconc", "man\tking\tN\t7.5\t2", ""};
    assertEquals(1, pairs(wordSim).size());
    assertEquals(2, pairs(comma).size());
    assertEquals(1, pairs(simLex).size());
  }

  @Test
  void pairsAreComparedByRank() throws IOException {
    SimilarityPairs pairs =
        pairs(
            "king\tman\t9", "king\tqueen\t5", "king\twoman\t3", "king\tapple\t3", "king\tpear\t1");
    SimilarityPairs.Score score = pairs.compare(VECTORS, 300_000);
    assertEquals(4, score.compared());
    assertEquals(1, score.outOfVocabulary());
    // Ranks 4 3 1.5 1.5 of people, 4 3 2 1 of the cosines 0.71, 0.5, 0, -0.71: 4.5/√(4.5 · 5).
    assertEquals(4.5 / Math.sqrt(4.5 * 5), score.spearman(), 1e-12);
    assertEquals(3, pairs.compare(VECTORS, 4).compared());
    assertTrue(Double.isNaN(pairs("a\tb\t1").compare(VECTORS, 9).spearman()));
  }

  @Test
  void equalNumbersShareTheirRanks() {
    assertArrayEquals(
        new double[] {2.5, 1, 5, 2.5, 4}, Correlation.ranks(new double[] {3, 1, 8, 3, 5}));
    assertEquals(-1, Correlation.spearman(new double[] {1, 2, 30}, new double[] {5, 4, -100}));
    assertTrue(Double.isNaN(Correlation.pearson(new double[] {1, 1}, new double[] {1, 2})));
  }

  @Test
  void badPairsAreRefused() throws IOException {
    for (String[] lines :
        new String[][] {
          {"a\tb\t1", "c\td"}, {"a\tb\t1", "c\td\tx"}, {"a b 1", "c d 2"}, {"a,b", "c,d"}
        }) {
      MalformedFileException refused =
          assertThrows(MalformedFileException.class, () -> pairs(lines));
      assertTrue(refused.getMessage().contains("line 2"), refused.getMessage());
    }
    assertThrows(MalformedFileException.class, () -> pairs("header,only"));
    assertThrows(MalformedFileException.class, () -> pairs("a,b,NaN"));
  }

  private QuestionWords questions(String... lines) throws IOException {
    return QuestionWords.read(Files.write(folder.resolve("questions"), List.of(lines)));
  }

  private SimilarityPairs pairs(String... lines) throws IOException {
    return SimilarityPairs.read(Files.write(folder.resolve("pairs"), List.of(lines)));
  }

  private void refused(String message, String... lines) {
    MalformedFileException refused =
        assertThrows(MalformedFileException.class, () -> questions(lines));
    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }
}
