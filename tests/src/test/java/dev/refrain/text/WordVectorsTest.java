package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordVectorsTest {
  /** Cosines of sums of 150 float32 products: 150 · 2⁻²⁴. */
  private static final double TOLERANCE = 9e-6;

  private static final WordVectors ROYAL =
      new WordVectors(
          List.of("king", "man", "woman", "queen", "apple", "nothing"),
          3,
          new float[] {2, 2, 0, 0, 3, 0, 0, 0, 1, 1, 0, 1, -1, 0, 0, 0, 0, 0});

  @TempDir private Path folder;

  @Test
  void similarityIsTheCosine() {
    assertEquals(Math.sqrt(0.5), ROYAL.similarity("king", "man"), 1e-7);
    assertEquals(0.5, ROYAL.similarity("king", "queen"), 1e-7);
    assertEquals(0, ROYAL.similarity("nothing", "queen"));
    assertArrayEquals(new float[] {0, 3, 0}, ROYAL.vector("man"));
    assertEquals(1, ROYAL.normalized().vector("king")[0] * Math.sqrt(2), 1e-6);
    assertArrayEquals(new float[3], ROYAL.normalized().vector("nothing"));
  }

  @Test
  void saysWhatItHolds() {
    assertTrue(ROYAL.contains("king"));
    assertFalse(ROYAL.contains("King"));
    assertEquals("6 words, 3 dimensions", ROYAL.toString());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> WordVectors.read(folder.resolve("v.bin"), -1));
    assertTrue(refused.getMessage().contains("mostWords is -1"), refused::getMessage);
  }

  @Test
  void nearestAreSortedAndLeaveTheWordOut() {
    assertEquals(List.of("man", "queen"), words(ROYAL.nearest("king", 2)));
    assertEquals(5, ROYAL.nearest("king", 99).size());
    assertEquals(List.of(), ROYAL.nearest("king", 0));
    assertEquals(List.of("woman", "queen"), words(ROYAL.nearest(new float[] {0, 0, 7}, 2)));
    // Both are at 0: the earlier row comes first.
    assertEquals(List.of("queen", "king", "man"), words(ROYAL.nearest("woman", 3)));
  }

  @Test
  void analogiesAreSolvedBothWays() {
    for (AnalogyMethod method : AnalogyMethod.values()) {
      List<Neighbour> found = ROYAL.analogy(method, List.of("king", "woman"), List.of("man"), 1);
      assertEquals(List.of("queen"), words(found), method.toString());
    }
    // (1+.5)/2 (1+1/√2)/2 / ((1+0)/2), by hand.
    assertEquals(
        0.75 * (1 + Math.sqrt(0.5)) / (1 + 2e-6),
        ROYAL
            .analogy(AnalogyMethod.MULTIPLY, List.of("king", "woman"), List.of("man"), 1)
            .get(0)
            .similarity(),
        1e-6);
    // King + woman − man = (1/√2, 1/√2 − 1, 1), beside queen (1, 0, 1)/√2, by hand.
    double h = Math.sqrt(0.5);
    assertEquals(
        (h + 1) * h / Math.sqrt(h * h + (h - 1) * (h - 1) + 1),
        ROYAL
            .analogy(AnalogyMethod.ADD, List.of("king", "woman"), List.of("man"), 1)
            .get(0)
            .similarity(),
        1e-6);
  }

  @Test
  void theWordThatDoesNotMatchIsFound() {
    assertEquals("apple", ROYAL.doesNotMatch(List.of("king", "apple", "queen", "man")));
    assertThrows(IllegalArgumentException.class, () -> ROYAL.doesNotMatch(List.of("king")));
  }

  @Test
  void unknownWordsAreAnsweredWithNearSpellings() {
    UnknownWordException unknown =
        assertThrows(UnknownWordException.class, () -> ROYAL.nearest("quen", 1));
    assertEquals(
        "the word 'quen' is not in the vocabulary; did you mean 'queen'?", unknown.getMessage());
    assertEquals("quen", unknown.word());
    assertThrows(UnknownWordException.class, () -> ROYAL.similarity("king", "zzz"));
    assertThrows(
        UnknownWordException.class,
        () -> ROYAL.analogy(AnalogyMethod.ADD, List.of("king"), List.of("zzz"), 1));
  }

  /** One query has another loop than many, and blocks end in odd places. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 67, 129})
  void batchesAreTheSameBitsAsSinglesAndAgreeWithSortedCosines(int queries) {
    WordVectors random = random(777, 150);
    List<String> wanted = random.words().subList(5, 5 + queries);
    List<List<Neighbour>> batch = random.nearest(wanted, 9);
    for (int query = 0; query < queries; query++) {
      String word = wanted.get(query);
      assertEquals(random.nearest(word, 9), batch.get(query));
      List<String> sorted = new ArrayList<>(random.words());
      sorted.remove(word);
      sorted.sort(Comparator.comparingDouble(other -> -random.similarity(word, other)));
      for (int rank = 0; rank < 9; rank++) {
        double expected = random.similarity(word, sorted.get(rank));
        assertEquals(expected, batch.get(query).get(rank).similarity(), TOLERANCE);
      }
    }
  }

  /** More rows and more queries than a block of either, on every engine. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void enginesFindTheSameNeighbours(TestEngine engine) {
    WordVectors random = random(33_000, 8);
    List<String> wanted = random.words().subList(0, 300);
    List<List<Neighbour>> expected = random.nearest(wanted, 5);
    try (Kernels kernels = engine.open()) {
      List<List<Neighbour>> actual = random.nearest(wanted, 5, kernels);
      for (int query = 0; query < wanted.size(); query++) {
        for (int rank = 0; rank < 5; rank++) {
          assertEquals(
              expected.get(query).get(rank).similarity(),
              actual.get(query).get(rank).similarity(),
              TOLERANCE);
        }
      }
      assertEquals(List.of(), random.nearest(List.of(), 5, kernels));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x.bin", "x.txt", "x.vec", "x.npy", "x.npz", "x.safetensors", "X.BIN"})
  void filesComeBackBitForBit(String name) throws IOException {
    WordVectors random = random(300, 17);
    Path file = folder.resolve(name);
    random.write(file);
    WordVectors read = WordVectors.read(file);
    assertEquals(random.words(), read.words());
    assertEquals(17, read.dimensions());
    assertArrayEquals(random.values(), read.values());
    WordVectors first = WordVectors.read(file, 3);
    assertEquals(random.words().subList(0, 3), first.words());
    assertEquals(51, first.values().length);
  }

  @Test
  void badFilesAreRefused() throws IOException {
    refused("'a' stands in row 1 and again in row 3", "x.txt", "3 1\na 1\nb 1\na 1\n");
    refused("'b' in row 2 has a number that is not finite", "x.txt", "2 1\na 1\nb 1e99\n");
    random(3, 2).write(folder.resolve("x.npy"));
    Files.writeString(folder.resolve("x.words.txt"), "a\nb\n");
    refused("of the shape [3, 2] for 2 words", folder.resolve("x.npy"));
    Files.delete(folder.resolve("x.words.txt"));
    IOException missing =
        assertThrows(IOException.class, () -> WordVectors.read(folder.resolve("x.npy")));
    assertTrue(missing.getMessage().contains("x.words.txt: there is no such file"));
    IllegalArgumentException ending =
        assertThrows(
            IllegalArgumentException.class, () -> WordVectors.read(folder.resolve("x.doc")));
    assertTrue(ending.getMessage().contains(".bin, .txt, .vec, .npy, .npz, .safetensors"));
  }

  @Test
  void badValuesAreRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new WordVectors(List.of("a"), 2, new float[3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> new WordVectors(List.of("a"), 1, new float[] {Float.NaN}));
    assertThrows(IllegalArgumentException.class, () -> ROYAL.nearest(new float[2], 1));
    assertThrows(
        IllegalArgumentException.class, () -> ROYAL.nearest(new float[] {0, 0, Float.NaN}, 1));
    assertThrows(IllegalArgumentException.class, () -> ROYAL.nearest("king", -1));
  }

  private void refused(String message, String name, String content) throws IOException {
    refused(message, Files.writeString(folder.resolve(name), content));
  }

  private static void refused(String message, Path file) {
    String actual =
        assertThrows(MalformedFileException.class, () -> WordVectors.read(file)).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  private static WordVectors random(int size, int dimensions) {
    Random random = new Random(42);
    float[] values = new float[size * dimensions];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    List<String> words = IntStream.range(0, size).mapToObj(row -> "w" + row).toList();
    return new WordVectors(words, dimensions, values);
  }

  private static List<String> words(List<Neighbour> neighbours) {
    return neighbours.stream().map(Neighbour::word).toList();
  }

  @Test
  void vectorsTooShortToInvertCountAsZero() {
    WordVectors vectors =
        new WordVectors(List.of("a", "b"), 2, new float[] {Float.MIN_VALUE, 0, 1, 1});
    assertEquals(0, vectors.similarity("a", "b"));
    assertArrayEquals(new float[2], vectors.normalized().vector("a"));
    assertEquals(0, vectors.nearest("b", 1).get(0).similarity());
  }
}
