package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.refrain.network.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tutorials as commands; their numbers are held by the tests beside them. */
class TutorialCommandTest {
  @TempDir private Path folder;

  /** Within this process, and into a folder {@code o} unless another is named. */
  private Refrain run(String command) {
    String words = "tutorial " + command + (command.contains("--out ") ? "" : " --out o");
    return Refrain.inside(folder, words.split(" +"));
  }

  @Test
  void lab6AsJson() throws Exception {
    JsonObject object =
        Refrain.run(folder, "tutorial", "lab6", "--iterations", "101", "--json")
            .endedWith(0)
            .json();
    assertEquals(
        List.of("losses", "prediction", "generated", "device", "files"),
        List.copyOf(object.keySet()));
    JsonArray losses = object.getAsJsonArray("losses");
    assertEquals(2, losses.size());
    assertEquals(100, losses.get(1).getAsJsonArray().get(0).getAsInt());
    assertEquals(13.841028, losses.get(0).getAsJsonArray().get(1).getAsDouble(), 1e-4);
    assertEquals(20, object.getAsJsonArray("prediction").size());
    assertEquals(300, object.getAsJsonArray("generated").size());
    for (String picture : List.of("series", "losses", "prediction", "generated")) {
      assertTrue(Files.size(folder.resolve("refrain-out/lab6/" + picture + ".png")) > 10_000);
      assertTrue(Files.size(folder.resolve("refrain-out/lab6/" + picture + ".svg")) > 10_000);
    }
    Refrain.inside(folder, "export", "refrain-out/lab6/model.safetensors", "lab6.npz").endedWith(0);
  }

  @Test
  void lab6ComparesItsLossesAndActivations() throws Exception {
    JsonObject losses =
        run("lab6 --iterations 1 --neurons 9 --compare-losses --json").endedWith(0).json();
    assertEquals(List.of("MSE", "RMSE"), List.copyOf(losses.getAsJsonObject("trainings").keySet()));
    Refrain compared =
        run("lab6 --iterations 1 --neurons 9 --compare-activations --out a").endedWith(0);
    for (String name : List.of("tanh", "relu", "sigmoid", "identity", "softsign", "elu")) {
      assertTrue(
          compared
              .out()
              .lines()
              .anyMatch(it -> it.matches(name + " +\\d+\\.\\d{6} +\\d+\\.\\d{6}")),
          compared.out());
    }
    assertTrue(Files.exists(folder.resolve("a/comparison.svg")));
    run("lab6 --compare-losses --compare-activations").refused("--compare-activations");
    run("lab6 --compare-losses --loss mse").refused("--compare-losses", "leave out --loss");
  }

  @Test
  void aTrainingThatRunsAwayIsLeftOutOfAComparisonAndFailsAlone() throws Exception {
    String wild = "lab6 --iterations 101 --neurons 20 --learning-rate 1e9";
    Refrain alone = run(wild).endedWith(1);
    assertTrue(alone.err().contains("learning rate"), alone.err());
    Refrain compared = run(wild + " --compare-activations --out a");
    assertTrue(compared.out().contains("relu is left out: "), compared.out());
  }

  /** The only loss that they print is that of a network which has learnt next to nothing. */
  @Test
  void shortTrainingsAreJudgedByWhatTheyEndWith() throws Exception {
    for (String each : List.of("milk --neurons 30", "seq2seq --neurons 8 --members 1")) {
      Refrain good = run(each + " --iterations 100 --json --out short").endedWith(0);
      assertFalse(good.json().has("warnings"), good.out());
      Files.deleteIfExists(folder.resolve("short/checkpoint.safetensors"));
    }
    String wild = "milk --cell lstm --neurons 30 --learning-rate 100 --iterations 20";
    Refrain bad = run(wild + " --json --out wild").endedWith(0);
    assertTrue(bad.json().toString().contains("the network is of no use"), bad.out());
  }

  @Test
  void lab6PrintsAsTheLabDoesAndTakesItsOptions() throws Exception {
    Refrain run =
        run("lab6 --iterations 1 --optimizer adam --loss rmse --activation elu"
                + " --neurons 7 --learning-rate 0.01 --device reference")
            .endedWith(0);
    assertTrue(run.out().lines().anyMatch(line -> line.matches("0\tRMSE: \\d+\\.\\d+")), run.out());
  }

  @Test
  void lab6RefusesBadValues() throws Exception {
    run("lab6 --optimizer sgd").refused("sgd", "gdo", "adam");
    run("lab6 --loss mae").refused("mae", "rmse");
    run("lab6 --iterations 60000").refused("60000", "50000");
  }

  @Test
  void bareRnnPrintsTheLabsDigits() throws Exception {
    Refrain run = Refrain.inside(folder, "tutorial", "bare-rnn").endedWith(0);
    assertTrue(run.out().contains("rnnForward"), run.out());
    assertTrue(run.out().contains("-0.066400"), run.out());
    JsonObject object =
        Refrain.inside(folder, "tutorial", "bare-rnn", "--json").endedWith(0).json();
    assertEquals(List.of("lab", "bootcamp", "device"), List.copyOf(object.keySet()));
    JsonArray y1 = object.getAsJsonObject("lab").getAsJsonArray("Y1");
    assertEquals(-0.12210419, y1.get(1).getAsJsonArray().get(0).getAsDouble(), 2e-6);
  }

  @Test
  void sineAsJsonWithItsFiles() throws Exception {
    JsonObject object =
        run("sine --iterations 101 --neurons 20 --json --out out").endedWith(0).json();
    assertEquals(2, object.getAsJsonArray("losses").size());
    assertEquals(30, object.getAsJsonArray("prediction").size());
    assertEquals(250, object.getAsJsonArray("fromZeros").size());
    assertEquals(250, object.getAsJsonArray("fromInstance").size());
    for (String picture : List.of("series", "losses", "prediction", "generated")) {
      assertTrue(Files.size(folder.resolve("out/" + picture + ".png")) > 10_000, picture);
      assertTrue(Files.size(folder.resolve("out/" + picture + ".svg")) > 10_000, picture);
    }
    JsonObject run =
        JsonParser.parseString(Files.readString(folder.resolve("out/run.json"))).getAsJsonObject();
    assertEquals("tutorial sine", run.get("command").getAsString());
    assertEquals(101, run.getAsJsonObject("configuration").get("iterations").getAsInt());
    assertTrue(Checkpoint.load(folder.resolve("out/model.safetensors")).spec().inputs() == 1);
  }

  @Test
  void sineComparesItsCells() throws Exception {
    JsonObject object = run("sine --compare --iterations 2 --neurons 4 --json").endedWith(0).json();
    assertEquals(
        List.of("rnn", "lstm", "gru", "lstm-relu", "multi-rnn", "multi-lstm"),
        List.copyOf(object.getAsJsonObject("cells").keySet()));
    assertTrue(Files.size(folder.resolve("o/comparison.png")) > 10_000);
    run("sine --compare --cell gru").refused("--compare", "leave out --cell");
    run("sine --cell lstm-rely").refused("lstm-relu?");
  }

  @Test
  void milkPrintsTheTableWithItsDatesAndTheColumnGenerated() throws Exception {
    Refrain run = run("milk --iterations 1 --neurons 5 --ahead 3").endedWith(0);
    assertTrue(run.out().contains("1962-01-01 01:00:00                589.0"), run.out());
    assertTrue(run.out().contains("Generated"), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("1975-12-01 \\S+ +843.0 +[\\d.]+")),
        run.out());
    List<String> csv = Files.readAllLines(folder.resolve("o/generated.csv"));
    assertEquals("Month,Milk Production,Generated", csv.get(0));
    assertEquals(13, csv.size());
    JsonObject object = run("milk --iterations 1 --neurons 5 --json").endedWith(0).json();
    assertEquals(12, object.getAsJsonArray("generated").size());
    assertEquals(843.0, object.getAsJsonArray("actual").get(11).getAsDouble());
    for (String picture : List.of("series", "losses", "generated")) {
      assertTrue(Files.size(folder.resolve("o/" + picture + ".png")) > 10_000, picture);
      assertTrue(Files.size(folder.resolve("o/" + picture + ".svg")) > 10_000, picture);
    }
    run("milk --ahead 13").refused("--ahead is 13", "--window 13");
    run("milk --window 156").refused("156");
  }

  @Test
  void seq2seqForecastsBesideOthers() throws Exception {
    String small = " --iterations 101 --neurons 4 --members 2 --batch 4";
    JsonObject object = run("seq2seq --json --out s" + small).endedWith(0).json();
    List<String> keys = List.of("seasonalNaive", "recursive", "encoderDecoder");
    assertEquals(keys, List.copyOf(object.getAsJsonObject("forecasts").keySet()));
    JsonObject metrics = object.getAsJsonObject("metrics");
    assertEquals(keys, List.copyOf(metrics.keySet()));
    // 1974 again: the mean of |1975 - 1974|.
    double naive = metrics.getAsJsonObject("seasonalNaive").get("mae").getAsDouble();
    assertEquals(119 / 12.0, naive, 1e-9);
    assertEquals(2, object.getAsJsonArray("losses").size());
    Path out = folder.resolve("s");
    for (String name :
        List.of(
            "forecast.png",
            "forecast.svg",
            "losses.png",
            "losses.svg",
            "run.json",
            "model.safetensors")) {
      assertTrue(Files.size(out.resolve(name)) > 0, name);
    }
    Refrain.inside(folder, "report", "s").endedWith(0);
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("encoder and decoder: 1 input, GRU of 4 units"), page);
    Refrain.inside(folder, "export", "s/model.safetensors", "w.npz")
        .refused("an encoder and a decoder");
    List<String> csv = Files.readAllLines(out.resolve("forecast.csv"));
    assertEquals("time,actual,seasonal_naive,recursive,encoder_decoder", csv.get(0));
    assertTrue(csv.get(1).startsWith("1975-01-01 01:00:00,834.0,828.0,"), csv.get(1));
    assertEquals(13, csv.size());
    Refrain run =
        run("seq2seq airline-passengers.csv --horizon 6 --transform log --cell lstm --out airline"
                + small)
            .endedWith(0);
    assertTrue(run.out().contains("transform log"), run.out());
    run("seq2seq --window 150").refused("150", "156", "163");
    run("seq2seq --horizon 167").refused("167");
    run("seq2seq --column Milk").refused("Milk Production");
    run("seq2seq --season 157").refused("157");
  }

  @Test
  void textLearnsAFileAndWritesOn() throws Exception {
    Files.writeString(folder.resolve("t.txt"), "what recurs is a refrain;\n".repeat(60));
    String options = "--iterations 3 --neurons 8 --window 8 --length 20 --json";
    JsonObject object = run("text t.txt --prime wh " + options).endedWith(0).json();
    assertEquals(20, object.get("text").getAsString().length());
    assertTrue(object.get("bitsPerCharacter").getAsDouble() < 5);
    assertTrue(Files.readString(folder.resolve("o/text.txt")).startsWith("wh"));
    run("text t.txt --out x --prime X " + options).refused("'X'", "--prime");
    run("text absent.txt --out x").refused("absent.txt");
    Files.writeString(folder.resolve("short.txt"), "short");
    run("text short.txt --out x").refused("5 characters");
    Files.write(folder.resolve("bad.txt"), new byte[] {(byte) 0xFF, 1, 2});
    run("text bad.txt --out x").refused("UTF-8");
    run("text t.txt --out x --window 2147483647").refused("1560 characters", "2147483647");
    Files.writeString(folder.resolve("line.txt"), "what recurs is a refrain; ".repeat(60));
    run("text line.txt --out l " + options).endedWith(0);
    assertEquals(100 + 20 + 1, Files.readString(folder.resolve("l/text.txt")).length());
  }
}
