package dev.refrain.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.refrain.text.Word2Vec;
import dev.refrain.text.WordVectors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain word2vec}. */
class Word2vecCommandTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeCorpus() throws Exception {
    Random random = new Random(2);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 150_000; i++) {
      int word = (int) (200 * random.nextDouble() * random.nextDouble());
      text.append('w').append(word).append(i % 20 == 19 ? '\n' : ' ');
    }
    Files.writeString(folder.resolve("corpus.txt"), text);
  }

  private Refrain word2vec(String... words) {
    return Refrain.inside(folder, command(words));
  }

  private static String[] command(String... words) {
    return Stream.concat(Stream.of("word2vec"), Arrays.stream(words)).toArray(String[]::new);
  }

  @Test
  void writesVectorsInEveryFormatAndSaysWhatItDid() throws Exception {
    Refrain run =
        Refrain.run(
                folder,
                command(
                    "corpus.txt", "-o", "v.bin", "--dimensions", "20", "--epochs", "2", "--json"))
            .endedWith(0);
    JsonObject object = run.json();
    assertEquals(
        List.of("vocabulary", "words", "epochs", "losses", "wordsPerSecond", "device", "files"),
        List.copyOf(object.keySet()));
    assertEquals(300_000, object.get("words").getAsLong());
    assertEquals(2, object.getAsJsonArray("losses").size());
    WordVectors vectors = WordVectors.read(folder.resolve("v.bin"));
    assertEquals(object.get("vocabulary").getAsInt(), vectors.size());
    assertEquals(20, vectors.dimensions());
    assertTrue(run.err().contains("words/s"), run.err());
    assertTrue(run.err().contains("epoch 2: loss "), run.err());
    for (String file : List.of("v.txt", "v.npy", "v.safetensors")) {
      Refrain other =
          word2vec("corpus.txt", "-o", file, "--dimensions", "8", "--epochs", "1", "--quiet")
              .endedWith(0);
      assertEquals("", other.err());
      assertTrue(other.out().contains(file), other.out());
      assertEquals(8, WordVectors.read(folder.resolve(file)).dimensions());
    }
  }

  @Test
  void refusesBadUsage() throws Exception {
    word2vec("corpus.txt", "-o", "v.xyz").refused("v.xyz", ".bin");
    word2vec("corpus.txt", "-o", "nowhere/v.bin").refused("nowhere/v.bin", "folder");
    word2vec("missing.txt", "-o", "v.bin").refused("missing.txt", "no such file");
    word2vec("corpus.txt", "-o", "./corpus.txt").refused("./corpus.txt", "over the corpus");
    word2vec("corpus.txt", "-o", "v.bin", "--save-training", "corpus.txt")
        .refused("--save-training", "over the corpus");
    word2vec("corpus.txt", "-o", "v.bin", "--resume", "nowhere.safetensors")
        .refused("nowhere.safetensors", "no such file");
    word2vec("corpus.txt", "-o", "v.bin", "--threads", "100000").refused("--threads", "100000");
    word2vec("corpus.txt", "-o", "v.bin", "--threads", "0").refused("'0'", "from 1 to 1024");
    word2vec("corpus.txt", "-o", "v.bin", "--window", "0").refused("--window", "'0'");
    word2vec("corpus.txt", "-o", "v.bin", "--window", "500").refused("--window is 500");
    word2vec("corpus.txt", "-o", "v.bin", "--phrases", "9").refused("--phrases is 9", "0..8");
    word2vec("corpus.txt", "-o", "v.bin", "--max-vocabulary", "1").refused("--max-vocabulary is 1");
    word2vec("corpus.txt", "-o", "v.bin", "--sample", "x").refused("--sample", "'x'", "number");
    word2vec("corpus.txt", "-o", "v.bin", "--noise", "log-uniform")
        .refused("--noise is log-uniform", "by count");
    word2vec("corpus.txt", "-o", "v.bin", "--mode", "fast").refused("--mode", "fast", "hogwild");
    word2vec("corpus.txt", "-o", "v.bin", "--objective", "nse")
        .refused("--objective", "nse", "negative-sampling or nce or sampled-softmax");
    word2vec("corpus.txt", "-o", "v.bin", "--optimizer", "adam", "--mode", "hogwild")
        .refused("hogwild", "gradient descent alone");
    word2vec("corpus.txt", "-o", "v.bin", "--objective", "nce", "--cbow").refused("CBOW");
    word2vec("corpus.txt", "-o", "v.bin", "--rows", "lazy").refused("--rows is LAZY", "Adam");
    word2vec("corpus.txt", "-o", "v.bin", "--optimizer", "adam", "--rows", "lasy")
        .refused("--rows", "lasy", "lazy");
    word2vec("corpus.txt", "-o", "v.bin", "--objective", "nce", "--negatives", "300", "--quiet")
        .refused("300 different words of noise", "of 199");
    word2vec("corpus.txt", "-o", "v.bin", "--min-count", "1000000", "--quiet")
        .refused("corpus.txt", "least");
    Files.write(folder.resolve("binary"), new byte[] {'a', ' ', 0, 'b'});
    word2vec("binary", "-o", "v.bin", "--quiet").refused("binary", "zero byte at offset 2");
    Files.write(folder.resolve("empty"), new byte[0]);
    word2vec("empty", "-o", "v.bin", "--quiet").refused("empty", "is empty");
    Files.write(folder.resolve("latin"), "caf\u00e9 ol\u00e9".getBytes(ISO_8859_1));
    word2vec("latin", "-o", "v.bin", "--quiet")
        .refused("latin", "0xe9 at offset 3", "--invalid-utf8 replace");
    word2vec("corpus.txt", "-o", "v.bin", "--resume", "corpus.txt", "--quiet")
        .refused("corpus.txt");
    assertFalse(Files.exists(folder.resolve("v.bin")));
  }

  @Test
  void interruptedTrainingIsKeptAndResumedToTheSameBits() throws Exception {
    interruptAndResume("--mode", "exact", "--dimensions", "32", "--epochs", "3");
  }

  /** It has so many epochs that it cannot end before. */
  @Test
  void ctrlCEndsItAndKeepsTheTraining() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder,
            command("corpus.txt", "-o", "v.bin", "--dimensions", "8", "--epochs", "9999999"));
    running.until("its first pass", () -> Files.readString(running.err()).contains("epoch 1:"));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("v.bin.training.safetensors"), run.err());
    assertFalse(Files.exists(folder.resolve("v.bin")));
    Path kept = folder.resolve("v.bin.training.safetensors");
    assertEquals("9999999", Word2Vec.settingsOf(kept).get("epochs"));
  }

  @Test
  void learnsBySampledSoftmax() throws Exception {
    for (String optimizer : List.of("sgd", "adam")) {
      JsonObject object =
          word2vec(
                  "corpus.txt",
                  "-o",
                  "v.bin",
                  "--objective",
                  "sampled-softmax",
                  "--optimizer",
                  optimizer,
                  "--dimensions",
                  "16",
                  "--epochs",
                  "2",
                  "--json")
              .endedWith(0)
              .json();
      double first = object.getAsJsonArray("losses").get(0).getAsDouble();
      double second = object.getAsJsonArray("losses").get(1).getAsDouble();
      assertTrue(second < first, optimizer + ": " + object);
      assertEquals(16, WordVectors.read(folder.resolve("v.bin")).dimensions());
    }
  }

  @Test
  void interruptedBatchesAreKeptAndResumedToTheSameBits() throws Exception {
    interruptAndResume(
        "--objective", "nce", "--optimizer", "adam", "--dimensions", "32", "--epochs", "2");
  }

  private void interruptAndResume(String... how) throws Exception {
    String[] settings =
        Stream.concat(Stream.of("corpus.txt", "-o", "v.bin"), Arrays.stream(how))
            .toArray(String[]::new);
    word2vec(settings).endedWith(0);
    byte[] whole = Files.readAllBytes(folder.resolve("v.bin"));
    Files.delete(folder.resolve("v.bin"));

    Refrain interrupted = Refrain.interruptedInside(folder, "epoch 1:", command(settings));
    assertTrue(interrupted.err().contains("--resume"), interrupted.err());
    assertFalse(Files.exists(folder.resolve("v.bin")));

    Refrain rest =
        word2vec("corpus.txt", "-o", "v.bin", "--resume", "v.bin.training.safetensors")
            .endedWith(0);
    assertFalse(rest.err().contains("epoch 1:"), rest.err());
    assertArrayEquals(whole, Files.readAllBytes(folder.resolve("v.bin")));
  }

  @Test
  void aSavedTrainingHasTheSettings() throws Exception {
    String file = "t.safetensors";
    word2vec("corpus.txt", "-o", file, "--dimensions", "8", "--epochs", "1", "--optimizer", "adam")
        .endedWith(0);
    word2vec("corpus.txt", "-o", "v.bin", "--go-on", file, "--window", "7", "--quiet")
        .refused("--window", "window = 5");
    word2vec("corpus.txt", "-o", "v.bin", "--go-on", file, "--phrases", "1", "--quiet")
        .refused("--phrases", "phrasePasses = 0");
    word2vec("corpus.txt", "-o", "v.bin", "--resume", file, "--seed", "2", "--quiet")
        .refused("--seed", "seed = 1");
    word2vec("corpus.txt", "-o", "v.bin", "--resume", file, "--min-count", "6", "--quiet")
        .refused("--min-count", "minCount = 5");
    word2vec("corpus.txt", "-o", "v.bin", "--resume", file, "--seed", "1", "--quiet").endedWith(0);
    word2vec("corpus.txt", "-o", "w.safetensors", "--go-on", file, "--seed", "2", "--epochs", "1")
        .endedWith(0);
    assertEquals("2", Word2Vec.settingsOf(folder.resolve("w.safetensors")).get("seed"));
    assertEquals("adam", Word2Vec.settingsOf(folder.resolve("w.safetensors")).get("optimizer"));
  }

  @Test
  void whereTheTrainingGoesIsLookedAtFirst() throws Exception {
    String message =
        word2vec("corpus.txt", "-o", "v.bin", "--save-training", "nowhere/t.safetensors")
            .endedWith(2)
            .err();
    assertTrue(message.contains("--save-training: '"), message);
    assertTrue(message.contains("nowhere/t.safetensors' cannot be"), message);
    assertTrue(
        word2vec("corpus.txt", "-o", "v.bin", "--save-training", "./v.bin")
            .endedWith(2)
            .err()
            .contains("is the vectors' file"));
    assertFalse(Files.exists(folder.resolve("v.bin")));
  }

  @Test
  void aTextWithoutPairsOfWordsIsRefused() throws Exception {
    Files.writeString(folder.resolve("lonely"), "a\nb\na\nb\n".repeat(10));
    word2vec("lonely", "-o", "v.bin", "--quiet").refused("lonely", "no sentence has two words");
    Files.writeString(folder.resolve("rare"), "a\nb\na c\nb d\n".repeat(10));
    word2vec("rare", "-o", "v.bin", "--min-count", "15", "--quiet")
        .refused("rare", "no sentence has two words");
    for (String optimizer : List.of("sgd", "adam")) {
      word2vec(
              "corpus.txt", "-o", "v.bin", "--sample", "1e-12", "--optimizer", optimizer, "--quiet")
          .refused("--sample is 1.0E-12", "pass 1", "larger share");
    }
    assertFalse(Files.exists(folder.resolve("v.bin")));
  }

  /**
   * Numbers as text take more room than the training does: of a limit between them, in the blocks
   * of 512 bytes that POSIX has it in, the vectors alone find no room.
   */
  @Test
  void aFullDiskLosesNothingThatWasTrained() throws Exception {
    String[] command = {"corpus.txt", "-o", "v.txt", "--mode", "exact", "--dimensions", "64"};
    word2vec(command).endedWith(0);
    Path vectors = folder.resolve("v.txt");
    byte[] whole = Files.readAllBytes(vectors);
    Files.delete(vectors);
    List<String> limited = List.of("sh", "-c", "ulimit -f 230; exec \"$@\"", "sh");
    Refrain full = Refrain.start(folder, limited, command(command)).await().endedWith(1);
    String kept = "v.txt.training.safetensors";
    assertTrue(full.err().contains("cannot write v.txt: "), full.err());
    assertTrue(full.err().contains("the training is kept in " + kept), full.err());
    assertFalse(Files.exists(vectors));
    word2vec("corpus.txt", "-o", "v.txt", "--resume", kept, "--lanes", "3", "--quiet")
        .refused("--lanes", "lanes = 8");
    // The same command again, with its default given by name.
    Refrain again =
        word2vec("corpus.txt", "-o", "v.txt", "--resume", kept, "--lanes", "0").endedWith(0);
    assertTrue(again.out().contains("nothing was left to train"), again.out());
    assertArrayEquals(whole, Files.readAllBytes(vectors));
  }

  /** Its folder vanishes while it trains: the system's folder of temporary files is left. */
  @Test
  void whatCannotBeKeptBesideTheOutputIsKeptElsewhere() throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    Path elsewhere = Files.createDirectory(folder.resolve("tmp"));
    String usual = System.setProperty("java.io.tmpdir", elsewhere.toString());
    Refrain run;
    try {
      run =
          Refrain.insideUntil(
                  folder,
                  "epoch 1:",
                  () -> assertTrue(out.toFile().delete()),
                  command("corpus.txt", "-o", "out/v.bin", "--dimensions", "64", "--epochs", "2"))
              .endedWith(1);
    } finally {
      System.setProperty("java.io.tmpdir", usual);
    }
    assertTrue(run.err().contains("cannot write " + out.resolve("v.bin") + ": "), run.err());
    Path kept;
    try (Stream<Path> files = Files.list(elsewhere)) {
      kept =
          files.filter(file -> file.toString().endsWith(".safetensors")).findFirst().orElseThrow();
    }
    assertTrue(run.err().contains("the training is kept in " + kept), run.err());
    word2vec("corpus.txt", "-o", "v.bin", "--resume", kept.toString()).endedWith(0);
    assertEquals(64, WordVectors.read(folder.resolve("v.bin")).dimensions());
  }

  @Test
  void tooLittleRoomIsSeenBeforeTheTraining() {
    Path file = folder.resolve("v.bin");
    DiskRoom room = new DiskRoom();
    room.require("-o", file, 1);
    String message =
        assertThrows(
                CommandFailedException.class,
                () -> room.require("--save-training", file, Long.MAX_VALUE / 2))
            .getMessage();
    assertTrue(message.contains("--save-training: '" + file + "' takes "), message);
    assertTrue(message.contains("beside the other file; make room"), message);
  }

  @Test
  void takesTheOptionsOfTheDevice() throws Exception {
    word2vec("corpus.txt", "-o", "v.bin", "--device", "reference", "--precision", "bf16")
        .refused("BF16");
    word2vec("corpus.txt", "-o", "v.bin", "--memory-fraction", "2").refused("--memory-fraction");
    Refrain small =
        word2vec(
            "corpus.txt",
            "-o",
            "v.bin",
            "--device",
            "reference",
            "--memory-limit",
            "1000",
            "--quiet");
    assertTrue(small.exitCode() != 0 && small.err().contains("1000"), small.err());
  }

  @Test
  void namesBothFilesOfNumpysFormat() throws Exception {
    JsonObject object =
        word2vec("corpus.txt", "-o", "v.npy", "--dimensions", "8", "--epochs", "1", "--json")
            .endedWith(0)
            .json();
    List<String> names = new ArrayList<>();
    object
        .getAsJsonArray("files")
        .forEach(file -> names.add(folder.relativize(Path.of(file.getAsString())).toString()));
    assertEquals(List.of("v.npy", "v.words.txt"), names);
  }
}
