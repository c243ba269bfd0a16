package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.refrain.io.Npy;
import dev.refrain.io.NpyArray;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Word2VecTutorialTest {
  private static final int WORDS = 150;

  @TempDir private Path folder;

  @BeforeEach
  void writeText() throws Exception {
    Random random = new Random(4);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      text.append("word").append((int) Math.pow(WORDS, random.nextDouble())).append(' ');
    }
    Files.writeString(folder.resolve("text"), text);
  }

  /** Within this process, and into a folder {@code o} unless another is named. */
  private Refrain run(String words) {
    String all = "tutorial word2vec " + words + (words.contains("--out ") ? "" : " --out o");
    return Refrain.inside(folder, all.split(" "));
  }

  @Test
  void printsOneObject() throws Exception {
    JsonObject object = run("text --steps 301 --print-every 100 --json").endedWith(0).json();
    assertEquals(
        List.of("losses", "stepsPerSecond", "nearest", "device", "files"),
        List.copyOf(object.keySet()));
    JsonArray losses = object.getAsJsonArray("losses");
    // The last one is of a single step.
    assertEquals(4, losses.size());
    assertEquals(300, losses.get(2).getAsJsonArray().get(0).getAsInt());
    assertEquals(301, losses.get(3).getAsJsonArray().get(0).getAsInt());
    double first = losses.get(0).getAsJsonArray().get(1).getAsDouble();
    double last = losses.get(2).getAsJsonArray().get(1).getAsDouble();
    assertTrue(last < first, last + " after " + first);
    assertEquals(16, object.getAsJsonObject("nearest").size());
    object
        .getAsJsonObject("nearest")
        .entrySet()
        .forEach(entry -> assertEquals(8, entry.getValue().getAsJsonArray().size()));
    assertTrue(object.get("stepsPerSecond").getAsDouble() > 0);
    Path out = folder.resolve("o");
    for (String file : List.of("words.png", "words.svg", "losses.png", "losses.svg")) {
      assertTrue(Files.size(out.resolve(file)) > 10_000, file);
    }
    NpyArray embeddings = Npy.read(out.resolve("embeddings.npy"));
    assertEquals(List.of(149L, 150L), embeddings.shape());
    float[] values = embeddings.floats();
    for (int word = 0; word < 149; word++) {
      double squares = 0;
      for (int i = word * 150; i < (word + 1) * 150; i++) {
        squares += (double) values[i] * values[i];
      }
      assertEquals(1, squares, 1e-5, "word " + word);
    }
    assertEquals(149, Files.readAllLines(out.resolve("embeddings.words.txt")).size());
    List<String> near = Files.readAllLines(out.resolve("nearest.csv"));
    assertEquals(17, near.size());
    assertEquals(9, near.get(1).split(",").length);
    JsonObject record =
        JsonParser.parseString(Files.readString(out.resolve("run.json"))).getAsJsonObject();
    JsonObject configuration = record.getAsJsonObject("configuration");
    assertEquals("deferred", configuration.get("rows").getAsString());
    assertEquals("text", configuration.get("corpus").getAsString());
    JsonObject metrics = record.getAsJsonObject("metrics");
    assertEquals(
        losses.get(2).getAsJsonArray().get(1).getAsDouble(),
        metrics.get("mean loss of steps 201 to 300").getAsDouble());
    double steps = metrics.get("steps per second").getAsDouble();
    assertEquals(64 * steps, metrics.get("words per second").getAsDouble(), 1e-6 * steps);
    assertEquals(301 / steps / 60, metrics.get("minutes of training").getAsDouble(), 1e-9);
  }

  @Test
  void stepsThatFillNoIntervalHaveAMeanTooAndThreadsChangeNone() throws Exception {
    String command = "text --device cpu --steps 50 --print-every ";
    JsonArray one =
        run(command + "100 --json --quiet").endedWith(0).json().getAsJsonArray("losses");
    assertEquals(1, one.size());
    assertEquals(50, one.get(0).getAsJsonArray().get(0).getAsInt());
    Refrain quiet = run(command + "30 --json --quiet --threads 3").endedWith(0);
    assertEquals("", quiet.err());
    JsonArray two = quiet.json().getAsJsonArray("losses");
    assertEquals(2, two.size());
    double mean =
        (30 * two.get(0).getAsJsonArray().get(1).getAsDouble()
                + 20 * two.get(1).getAsJsonArray().get(1).getAsDouble())
            / 50;
    assertEquals(mean, one.get(0).getAsJsonArray().get(1).getAsDouble(), 1e-9 * mean);
  }

  /** The device is named and missing, and the text is no text: the device is told of. */
  @Test
  void opensTheDeviceBeforeItReadsTheText() throws Exception {
    Files.writeString(folder.resolve("empty"), "");
    Refrain run = run("empty --device cuda:9").endedWith(2);
    assertTrue(run.err().contains("cuda"), run.err());
    assertFalse(run.err().contains("empty"), run.err());
  }

  @Test
  void printsForPeople() throws Exception {
    Refrain run = run("text --steps 210 --print-every 100").endedWith(0);
    assertTrue(run.err().contains("encoding words: 30,000 words in "), run.err());
    for (String words :
        List.of(
            "text has 30,000 words",
            "Most frequent of 149 words:",
            "0 words are not among them and count as 'word1'.",
            "The word with index 42 is '",
            "Loss of the first step: ",
            "Mean loss of steps 101 to 200: ",
            "Mean loss of steps 201 to 210: ",
            "steps/s")) {
      assertTrue(run.out().contains(words), words + " is not in " + run.out());
    }
    String near = "  word\\d+: (word\\d+, ){7}word\\d+";
    assertEquals(16, run.out().lines().filter(line -> line.matches(near)).count(), run.out());
  }

  @Test
  void refusesWhatIsNoText() throws Exception {
    Files.writeString(folder.resolve("empty"), "");
    assertTrue(run("empty").endedWith(2).err().contains("is empty"));
    Files.write(folder.resolve("binary"), new byte[] {'a', 0, 'b'});
    assertTrue(run("binary").endedWith(2).err().contains("zero byte"));
    Files.writeString(folder.resolve("short"), "to be or not to be");
    assertTrue(
        run("short").endedWith(2).err().contains("give a text of at least 64 different words"));
    assertTrue(run("nowhere").endedWith(2).err().contains("there is no such file"));
    assertTrue(run("text --resume").endedWith(2).err().contains("there is nothing to resume"));
    assertTrue(run("text --rows dence").endedWith(2).err().contains("--rows"));
  }

  @Test
  void anInterruptedRunGoesOnToTheSameBits() throws Exception {
    String command = "text --device cpu --print-every 1000 --out broken --steps ";
    Refrain.Running running =
        Refrain.startHeedingInterrupts(
            folder, ("tutorial word2vec " + command + "2000000000").split(" "));
    running.until(
        "its second mean",
        () -> Files.readString(running.out()).contains("Mean loss of steps 1001 to 2000"));
    running.interrupt();
    Refrain broken = running.await().endedWith(130);
    assertTrue(broken.err().contains("go on with --resume"), broken.err());
    String after = broken.err().replaceAll("(?s).*interrupted after step (\\d+) of.*", "$1");
    String steps = Long.toString(Long.parseLong(after) + 777);
    Refrain beyond = run(command + "1500 --resume").endedWith(2);
    assertTrue(beyond.err().contains("is after step " + after + " already"), beyond.err());
    assertTrue(Files.exists(folder.resolve("broken/state.safetensors")));
    run(command + steps + " --resume").endedWith(0);
    assertFalse(Files.exists(folder.resolve("broken/state.safetensors")));
    run("text --device cpu --print-every 1000 --out whole --steps " + steps).endedWith(0);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole/embeddings.npy")),
        Files.readAllBytes(folder.resolve("broken/embeddings.npy")));
  }

  /** The seed that is usual now was not always; the folder stands where the vectors belong. */
  @Test
  void aTrainingIsResumedWithItsOwnSeedWhereNoneIsGiven() throws Exception {
    String command = "text --device cpu --print-every 100 --steps 100 --out s";
    Path blocked = folder.resolve("s").resolve("embeddings.npy");
    Files.createDirectories(blocked);
    run(command + " --seed 1").endedWith(1);
    Refrain other = run(command + " --resume --seed 2").endedWith(2);
    assertTrue(other.err().contains("was trained with other settings"), other.err());
    Files.delete(blocked);
    run(command + " --resume").endedWith(0);
  }

  /** A folder stands where the vectors belong. */
  @Test
  void whatCannotBeWrittenInTheEndIsHadWithoutTrainingAgain() throws Exception {
    String command = "text --device cpu --print-every 100 --steps 200 --out ";
    run(command + "whole").endedWith(0);
    Path blocked = folder.resolve("full").resolve("embeddings.npy");
    Files.createDirectories(blocked);
    Refrain full = run(command + "full").endedWith(1);
    assertTrue(full.err().contains("embeddings.npy"), full.err());
    assertTrue(Files.exists(folder.resolve("full/state.safetensors")));
    Files.delete(blocked);
    Refrain again = run(command + "full --resume").endedWith(0);
    assertTrue(again.out().contains("Going on after step 200"), again.out());
    assertFalse(Files.exists(folder.resolve("full/state.safetensors")));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole/embeddings.npy")),
        Files.readAllBytes(folder.resolve("full/embeddings.npy")));
  }
}
