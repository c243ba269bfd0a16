package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.refrain.text.WordVectors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands {@code nearest}, {@code analogy}, {@code evaluate} and {@code tsne}. */
class VectorCommandsTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeVectors() throws IOException {
    float[] values = {2, 2, 0, 0, 3, 0, 0, 0, 1, 1, 0, 1, -1, 0, 0};
    List<String> words = List.of("king", "man", "woman", "queen", "apple");
    new WordVectors(words, 3, values).write(folder.resolve("v.bin"));
  }

  @Test
  void nearestPrintsNeighboursOfEachWord() throws Exception {
    JsonObject json =
        run("nearest", "v.bin", "king", "woman", "--count", "2", "--json").endedWith(0).json();
    JsonArray king = json.getAsJsonObject("nearest").getAsJsonArray("king");
    assertEquals("man", king.get(0).getAsJsonObject().get("word").getAsString());
    assertEquals(
        Math.sqrt(0.5), king.get(0).getAsJsonObject().get("similarity").getAsDouble(), 1e-6);
    assertEquals(2, king.size());
    String text = run("nearest", "v.bin", "king", "--count", "1").endedWith(0).out();
    assertEquals(List.of("king", "   0.7071  man"), text.lines().toList());
  }

  @Test
  void analogyAnswersBothWays() throws Exception {
    for (String method : List.of("add", "multiply")) {
      JsonObject json =
          run("analogy", "v.bin", "man", "king", "woman", "--method", method, "--json")
              .endedWith(0)
              .json();
      assertEquals(method, json.get("method").getAsString());
      JsonObject answer = json.getAsJsonArray("answers").get(0).getAsJsonObject();
      assertEquals("queen", answer.get("word").getAsString());
    }
    String text = run("analogy", "v.bin", "man", "king", "woman", "--count", "1").out();
    assertTrue(text.startsWith("man is to king as woman is to\n") && text.contains("queen"), text);
  }

  @Test
  void evaluatePrintsScoresBesideTheCounts() throws Exception {
    Files.writeString(
        folder.resolve("q.txt"),
        ": family\nman king woman queen\nman king woman apple\nman king woman princess\n");
    Files.writeString(
        folder.resolve("s.tsv"), "king\tman\t9\nking\tqueen\t5\nking\tapple\t1\nking\tpear\t1\n");
    String[] words = {"evaluate", "v.bin", "--questions", "q.txt", "--similarity", "s.tsv"};
    String text = run(words).endedWith(0).out();
    assertTrue(text.contains("v.bin: 5 words of 3 dimensions"), text);
    assertTrue(text.contains("       1       2        1   50.00 %  family"), text);
    assertTrue(text.contains("       1       2        1   50.00 %  total"), text);
    assertTrue(text.contains("Spearman 1.0000, Pearson 0."), text);
    assertTrue(text.contains("3 pairs compared, 1 unknown"), text);
    JsonObject json =
        run("evaluate", "v.bin", "--questions", "q.txt", "--similarity", "s.tsv", "--json")
            .endedWith(0)
            .json();
    JsonObject total = json.getAsJsonObject("questions").getAsJsonObject("total");
    assertEquals(0.5, total.get("accuracy").getAsDouble());
    JsonObject pairs = json.getAsJsonArray("similarity").get(0).getAsJsonObject();
    assertEquals(1, pairs.get("spearman").getAsDouble(), 1e-12);
    assertEquals(1, pairs.get("outOfVocabulary").getAsInt());
    JsonObject nothing =
        run("evaluate", "v.bin", "--questions", "q.txt", "--restrict", "1", "--json").json();
    assertTrue(
        nothing.getAsJsonObject("questions").getAsJsonObject("total").get("accuracy").isJsonNull());
    Files.writeString(folder.resolve("unknown.tsv"), "pear\tplum\t9\nplum\tfig\t5\n");
    String unknown = run("evaluate", "v.bin", "--similarity", "unknown.tsv").endedWith(0).out();
    assertTrue(unknown.contains("Spearman -, Pearson -, 0 pairs compared, 2 unknown"), unknown);
  }

  @Test
  void pointsThatFlyApartAreNoMap() throws Exception {
    Random random = new Random(5);
    float[] values = new float[60 * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    List<String> words = IntStream.range(0, 60).mapToObj(i -> "w" + i).toList();
    new WordVectors(words, 4, values).write(folder.resolve("w.npz"));
    Refrain run =
        run("tsne", "w.npz", "--perplexity", "5", "--learning-rate", "1e300", "--quiet")
            .endedWith(1);
    assertTrue(run.err().contains("lower the learning rate of 1.0E300"), run.err());
    assertFalse(Files.exists(folder.resolve("refrain-out/tsne.csv")));
  }

  @Test
  void aDeviceThatIsNamedIsThereOrAnError() throws Exception {
    Files.writeString(folder.resolve("s.tsv"), "king\tman\t9\nking\tqueen\t5\n");
    run("evaluate", "v.bin", "--similarity", "s.tsv", "--device", "reference:7")
        .refused("reference:7");
  }

  @Test
  void stdoutThatCannotBeWrittenIsAFailure() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full here");
    Refrain run =
        Refrain.start(
                folder,
                List.of("bash", "-c", "exec \"$@\" >/dev/full", "full"),
                "nearest",
                "v.bin",
                "king",
                "--json")
            .await()
            .endedWith(1);
    assertTrue(run.err().contains("stdout"), run.err());
  }

  @Test
  void tsneWritesPicturesAndPlaces() throws Exception {
    Random random = new Random(5);
    float[] values = new float[120 * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    List<String> words =
        IntStream.range(0, 120).mapToObj(i -> i == 7 ? "a\"b,c" : "w" + i).toList();
    new WordVectors(words, 4, values).write(folder.resolve("w.npz"));
    String[] command = {
      "tsne", "w.npz", "--words", "100", "--perplexity", "10", "--iterations", "300", "--json"
    };
    Refrain first = run(command).endedWith(0);
    JsonObject json = first.json();
    assertEquals(100, json.get("words").getAsInt());
    assertTrue(json.get("klDivergence").getAsDouble() > 0);
    assertEquals(3, json.getAsJsonArray("files").size());
    assertTrue(json.get("leftOut").getAsInt() >= json.getAsJsonArray("leftOutWords").size());
    assertTrue(first.err().contains("t-SNE: 300/300  KL divergence"), first.err());
    List<String> csv = Files.readAllLines(folder.resolve("refrain-out/tsne.csv"));
    assertEquals(101, csv.size());
    assertEquals("word,x,y", csv.get(0));
    assertTrue(csv.get(8).matches("\"a\"\"b,c\",-?\\d+\\.\\d{6},-?\\d+\\.\\d{6}"), csv.get(8));
    Files.move(folder.resolve("refrain-out"), folder.resolve("before"));
    Refrain quiet =
        Refrain.run(
                folder,
                "tsne",
                "w.npz",
                "--words",
                "100",
                "--perplexity",
                "10",
                "--iterations",
                "300",
                "--threads",
                "3",
                "--quiet")
            .endedWith(0);
    assertEquals("", quiet.err());
    assertTrue(quiet.out().contains("100 words, KL divergence"), quiet.out());
    for (String name : List.of("tsne.png", "tsne.svg", "tsne.csv")) {
      assertEquals(
          -1,
          Files.mismatch(
              folder.resolve("before").resolve(name), folder.resolve("refrain-out").resolve(name)),
          name);
    }
  }

  @Test
  void unknownWordsAreAnsweredWithNearSpellings() throws Exception {
    run("nearest", "v.bin", "quen").refused("'quen' is not in the vocabulary", "'queen'");
    run("nearest", "v.bin", "King").refused("'King'", "'king'", "lower case");
    run("analogy", "v.bin", "man", "kng", "woman").refused("'kng'", "did you mean 'king'");
    run("nearest", "v.bin", "--first-words", "2", "queen").refused("'queen'");
  }

  @Test
  void badFilesAreRefusedBeforeMemoryIsTaken() throws Exception {
    run("nearest", "absent.bin", "king").refused("absent.bin: there is no such file");
    run("nearest", "v.doc", "king").refused("v.doc'", ".bin, .txt, .vec");
    run("nearest", ".", "king").refused("let it end in");
    Files.writeString(folder.resolve("huge.bin"), "2000000000 2000000000\nking ");
    run("tsne", "huge.bin").refused("huge.bin", "is cut off or lies", "2000000000 words");
    Files.writeString(folder.resolve("twice.txt"), "2 1\nking 1\nking 2\n");
    run("nearest", "twice.txt", "king").refused("'king' stands in row 1 and again in row 2");
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("v.bin").toFile(), "rw")) {
      file.setLength(file.length() - 3);
    }
    run("nearest", "v.bin", "king").refused("v.bin", "cut off");
  }

  @Test
  void badUsageIsRefused() throws Exception {
    run("nearest", "v.bin").refused("'WORD'");
    run("analogy", "v.bin", "man", "king").refused("'C'");
    run("analogy", "v.bin", "a", "b", "c", "--method", "mul").refused("'mul'", "add, multiply");
    run("evaluate", "v.bin").refused("--questions or --similarity");
    run("evaluate", "v.bin", "--questions", "absent").refused("absent: there is no such file");
    run("evaluate", "v.bin", "--similarity", "v.bin").refused("v.bin");
    run("tsne", "v.bin").refused("perplexity is 30.0, but must be below the number of points, 5");
    run("tsne", "v.bin", "--theta", "2").refused("'2' is not a number from 0 to 1");
    run("tsne", "v.bin", "--exaggeration", "0.5").refused("early exaggeration is 0.5");
    Files.writeString(folder.resolve("file"), "");
    run("tsne", "v.bin", "--perplexity", "2", "--out", "file").refused("--out '", "file'");
    assertFalse(Files.exists(folder.resolve("refrain-out/tsne.png")));
  }

  private Refrain run(String... words) {
    return Refrain.inside(folder, words);
  }
}
