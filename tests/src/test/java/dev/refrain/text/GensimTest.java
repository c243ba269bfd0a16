package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.Python;
import dev.refrain.io.Npy;
import dev.refrain.io.NpyArray;
import dev.refrain.io.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and scores, held against gensim and numpy. */
class GensimTest {
  private static final int WORDS = 2000;
  private static final int DIMENSIONS = 20;

  @TempDir private Path folder;

  @Test
  void gensimReadsOurFilesAndWeReadItsOwn() throws Exception {
    Python.require("gensim");
    WordVectors vectors = vectors();
    for (String ending : List.of(".bin", ".txt")) {
      Path ours = folder.resolve("ours" + ending);
      Path theirs = folder.resolve("theirs" + ending);
      vectors.write(ours);
      List<String> printed =
          Python.run(
              """
              import sys
              from gensim.models import KeyedVectors
              binary = sys.argv[1].endswith('.bin')
              vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=binary)
              vectors.save_word2vec_format(sys.argv[2], binary=binary)
              print(vectors.vectors.shape, *[k for k, _ in vectors.most_similar('w7', topn=10)])
              """,
              ours,
              theirs);
      List<String> nearest = vectors.nearest("w7", 10).stream().map(Neighbour::word).toList();
      assertEquals(
          List.of("(%d, %d) %s".formatted(WORDS, DIMENSIONS, String.join(" ", nearest))), printed);
      WordVectors back = WordVectors.read(theirs);
      assertEquals(vectors.words(), back.words());
      assertArrayEquals(vectors.values(), back.values());
    }
  }

  @Test
  void numpyReadsOurFilesAndWeReadItsOwn() throws Exception {
    Python.require("numpy");
    Path npy = folder.resolve("ours.npy");
    Path npz = folder.resolve("ours.npz");
    Path texts = folder.resolve("texts.npy");
    WordVectors vectors = vectors();
    vectors.write(npy);
    vectors.write(npz);
    Npy.write(texts, NpyArray.texts(List.of(2L, 1L), List.of("größe", "\uD83D\uDE00")));
    List<String> printed =
        Python.run(
            """
            import sys
            import numpy as np
            folder = sys.argv[1]
            a = np.load(folder + '/ours.npy')
            z = np.load(folder + '/ours.npz')
            t = np.load(folder + '/texts.npy')
            print(a.dtype, a.shape, (a == z['vectors']).all(), z['words'][1234])
            print(t.shape, ascii(t[1, 0]), t.dtype)
            np.save(folder + '/i4', np.arange(6, dtype=np.int32).reshape(2, 3))
            np.save(folder + '/f8', np.array(0.1))
            np.savez(folder + '/stored', vectors=a, words=z['words'], n=np.array([1, -2]))
            np.savez_compressed(folder + '/deflated', vectors=a, words=z['words'])
            """,
            folder);
    assertEquals(
        List.of(
            "float32 (%d, %d) True w1234".formatted(WORDS, DIMENSIONS), "(2, 1) '\\U0001f600' <U5"),
        printed);
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, Npy.read(folder.resolve("i4.npy")).ints());
    assertArrayEquals(new double[] {0.1}, Npy.read(folder.resolve("f8.npy")).doubles());
    Map<String, NpyArray> stored = Npz.read(folder.resolve("stored.npz"));
    assertArrayEquals(new long[] {1, -2}, stored.get("n").longs());
    for (String name : List.of("stored.npz", "deflated.npz")) {
      WordVectors back = WordVectors.read(folder.resolve(name));
      assertEquals(vectors.words(), back.words());
      assertArrayEquals(vectors.values(), back.values());
    }
  }

  /** Vectors with regularities, so that some answers are right and some are not. */
  @Test
  void scoresAreThoseOfGensim() throws Exception {
    Python.require("gensim");
    WordVectors vectors = vectors();
    Path file = folder.resolve("vectors.bin");
    vectors.write(file);
    Path questions = Files.write(folder.resolve("questions.txt"), questions());
    Path pairs = Files.write(folder.resolve("pairs.tsv"), pairs());
    for (int restrict : new int[] {1500, 30_000}) {
      List<String> expected =
          Python.run(
              """
              import sys
              from gensim.models import KeyedVectors
              vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=True)
              restrict = int(sys.argv[4])
              total, sections = vectors.evaluate_word_analogies(sys.argv[2], restrict_vocab=restrict)
              for s in sections:
                  print(s['section'], len(s['correct']), len(s['correct']) + len(s['incorrect']))
              pearson, spearman, oov = vectors.evaluate_word_pairs(sys.argv[3],
                                                                   restrict_vocab=restrict)
              print(repr(float(spearman[0])))
              print(repr(float(pearson[0])))
              print(round(oov * 200 / 100))
              """,
              file,
              questions,
              pairs,
              restrict);
      List<QuestionWords.Score> scores = QuestionWords.read(questions).ask(vectors, restrict);
      List<String> actual = new ArrayList<>();
      for (QuestionWords.Score score : scores) {
        actual.add(score.section() + " " + score.correct() + " " + score.asked());
      }
      QuestionWords.Score total = QuestionWords.total(scores);
      actual.add("Total accuracy " + total.correct() + " " + total.asked());
      assertEquals(expected.subList(0, actual.size()), actual);
      SimilarityPairs.Score score = SimilarityPairs.read(pairs).compare(vectors, restrict);
      List<String> figures = expected.subList(actual.size(), expected.size());
      // Float32 cosines may change places with their neighbours.
      assertEquals(Double.parseDouble(figures.get(0)), score.spearman(), 1e-4);
      assertEquals(Double.parseDouble(figures.get(1)), score.pearson(), 1e-6);
      assertEquals(Integer.parseInt(figures.get(2)), score.outOfVocabulary());
    }
  }

  /** Word 2k+1 is word 2k moved by about the same step for all k. */
  private static WordVectors vectors() {
    Random random = new Random(11);
    float[] values = new float[WORDS * DIMENSIONS];
    for (int row = 0; row < WORDS; row++) {
      for (int d = 0; d < DIMENSIONS; d++) {
        double from = row % 2 == 0 ? 0 : values[(row - 1) * DIMENSIONS + d] + Math.sin(d);
        double noise = row % 2 == 0 ? 1 : 0.5;
        values[row * DIMENSIONS + d] = (float) (from + noise * random.nextGaussian());
      }
    }
    // The same word in another case, behind the first.
    List<String> words =
        IntStream.range(0, WORDS).mapToObj(row -> row == 40 ? "W3" : "w" + row).toList();
    return new WordVectors(words, DIMENSIONS, values);
  }

  private static List<String> questions() {
    Random random = new Random(12);
    List<String> lines = new ArrayList<>();
    for (int section = 0; section < 3; section++) {
      lines.add(": section " + section);
      for (int i = 0; i < 200; i++) {
        int a = 2 * random.nextInt(WORDS / 2 + 20);
        int c = 2 * random.nextInt(WORDS / 2 / (section + 1));
        lines.add("w%d w%d W%d w%d".formatted(a, a + 1, c, c + 1));
      }
    }
    return lines;
  }

  private static List<String> pairs() throws IOException {
    Random random = new Random(13);
    List<String> lines = new ArrayList<>(List.of("# of nobody"));
    WordVectors vectors = vectors();
    for (int i = 0; i < 200; i++) {
      String a = "w" + random.nextInt(WORDS + 100);
      String b = "w" + random.nextInt(WORDS + 100);
      boolean known = vectors.row(a) >= 0 && vectors.row(b) >= 0;
      double cosine = known ? vectors.similarity(a, b) : 0;
      lines.add("%s\t%s\t%d".formatted(a, b, Math.round(5 + 5 * cosine + random.nextGaussian())));
    }
    return lines;
  }
}
