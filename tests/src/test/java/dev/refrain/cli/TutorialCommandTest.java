package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.refrain.network.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tutorials as commands; their numbers are held by the tests beside them. */
class TutorialCommandTest {
  @TempDir private Path folder;

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
    Refrain.run(folder, "export", "refrain-out/lab6/model.safetensors", "lab6.npz").endedWith(0);
  }

  @Test
  void lab6ComparesItsLossesAndActivations() throws Exception {
    JsonObject losses =
        Refrain.run(folder, "tutorial lab6 --iterations 1 --compare-losses --json".split(" "))
            .endedWith(0)
            .json();
    assertEquals(List.of("MSE", "RMSE"), List.copyOf(losses.getAsJsonObject("trainings").keySet()));
    JsonObject activations =
        Refrain.run(
                folder,
                "tutorial lab6 --iterations 1 --neurons 9 --compare-activations --json".split(" "))
            .endedWith(0)
            .json();
    assertEquals(
        Set.of("tanh", "relu", "sigmoid", "identity", "softsign", "elu"),
        activations.getAsJsonObject("activations").keySet());
    assertTrue(Files.exists(folder.resolve("refrain-out/lab6/comparison.svg")));
  }

  @Test
  void aTrainingThatRunsAwayIsLeftOutOfAComparisonAndFailsAlone() throws Exception {
    String[] wild = "tutorial lab6 --iterations 101 --learning-rate 1e9".split(" ");
    Refrain alone = Refrain.run(folder, wild).endedWith(1);
    assertTrue(alone.err().contains("learning rate"), alone.err());
    List<String> words = new ArrayList<>(List.of(wild));
    words.add("--compare-activations");
    Refrain compared = Refrain.run(folder, words.toArray(String[]::new));
    assertTrue(compared.out().contains("relu is left out: "), compared.out());
  }

  @Test
  void lab6PrintsAsTheLabDoesAndTakesItsOptions() throws Exception {
    Refrain run =
        Refrain.run(
                folder,
                ("tutorial lab6 --iterations 1 --optimizer adam --loss rmse --activation elu"
                        + " --neurons 7 --learning-rate 0.01 --device reference")
                    .split(" "))
            .endedWith(0);
    assertTrue(run.out().lines().anyMatch(line -> line.matches("0\tRMSE: \\d+\\.\\d+")), run.out());
  }

  @Test
  void lab6RefusesBadValues() throws Exception {
    Refrain.run(folder, "tutorial", "lab6", "--optimizer", "sgd").refused("sgd", "gdo", "adam");
    Refrain.run(folder, "tutorial", "lab6", "--loss", "mae").refused("mae", "rmse");
    Refrain.run(folder, "tutorial", "lab6", "--iterations", "60000").refused("60000", "50000");
  }

  @Test
  void bareRnnPrintsTheLabsDigits() throws Exception {
    Refrain run = Refrain.run(folder, "tutorial", "bare-rnn").endedWith(0);
    assertTrue(run.out().contains("rnnForward"), run.out());
    assertTrue(run.out().contains("-0.066400"), run.out());
    JsonObject object = Refrain.run(folder, "tutorial", "bare-rnn", "--json").endedWith(0).json();
    assertEquals(List.of("lab", "bootcamp", "device"), List.copyOf(object.keySet()));
    JsonArray y1 = object.getAsJsonObject("lab").getAsJsonArray("Y1");
    assertEquals(-0.12210419, y1.get(1).getAsJsonArray().get(0).getAsDouble(), 2e-6);
  }

  @Test
  void sineAsJsonWithItsFiles() throws Exception {
    JsonObject object =
        Refrain.run(folder, "tutorial", "sine", "--iterations", "101", "--json", "--out", "out")
            .endedWith(0)
            .json();
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
    JsonObject object =
        Refrain.run(
                folder,
                "tutorial sine --compare --iterations 2 --neurons 4 --json --out o".split(" "))
            .endedWith(0)
            .json();
    assertEquals(
        List.of("rnn", "lstm", "gru", "lstm-relu", "multi-rnn", "multi-lstm"),
        List.copyOf(object.getAsJsonObject("cells").keySet()));
    assertTrue(Files.size(folder.resolve("o/comparison.png")) > 10_000);
    Refrain.run(folder, "tutorial", "sine", "--compare", "--cell", "gru").refused("--compare");
    Refrain.run(folder, "tutorial", "sine", "--cell", "lstm-rely").refused("lstm-relu?");
  }

  @Test
  void milkPrintsTheTableWithItsDatesAndTheColumnGenerated() throws Exception {
    Refrain run =
        Refrain.run(folder, "tutorial milk --iterations 1 --neurons 5 --ahead 3 --out o".split(" "))
            .endedWith(0);
    assertTrue(run.out().contains("1962-01-01 01:00:00        589.0"), run.out());
    assertTrue(run.out().contains("Generated"), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("1975-12-01 \\S+ +843.0 +[\\d.]+")),
        run.out());
    List<String> csv = Files.readAllLines(folder.resolve("o/generated.csv"));
    assertEquals("Month,Milk Production,Generated", csv.get(0));
    assertEquals(13, csv.size());
    JsonObject object =
        Refrain.run(folder, "tutorial milk --iterations 1 --neurons 5 --json".split(" "))
            .endedWith(0)
            .json();
    assertEquals(12, object.getAsJsonArray("generated").size());
    assertEquals(843.0, object.getAsJsonArray("actual").get(11).getAsDouble());
    assertTrue(Files.exists(folder.resolve("refrain-out/milk/generated.svg")));
    Refrain.run(folder, "tutorial", "milk", "--ahead", "13")
        .refused("--ahead is 13", "--window 13");
    Refrain.run(folder, "tutorial", "milk", "--window", "156").refused("156");
  }

  @Test
  void seq2seqForecastsBesideOthers() throws Exception {
    String small = " --iterations 101 --neurons 4 --members 2 --batch 4";
    JsonObject object =
        Refrain.run(folder, ("tutorial seq2seq --json" + small).split(" ")).endedWith(0).json();
    List<String> keys = List.of("seasonalNaive", "recursive", "encoderDecoder");
    assertEquals(keys, List.copyOf(object.getAsJsonObject("forecasts").keySet()));
    JsonObject metrics = object.getAsJsonObject("metrics");
    assertEquals(keys, List.copyOf(metrics.keySet()));
    // 1974 again: the mean of |1975 - 1974|.
    double naive = metrics.getAsJsonObject("seasonalNaive").get("mae").getAsDouble();
    assertEquals(119 / 12.0, naive, 1e-9);
    assertEquals(2, object.getAsJsonArray("losses").size());
    Path out = folder.resolve("refrain-out/seq2seq");
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
    Refrain.run(folder, "report", "refrain-out/seq2seq").endedWith(0);
    String page = Files.readString(out.resolve("report.html"));
    assertTrue(page.contains("encoder and decoder: 1 input, GRU of 4 units"), page);
    Refrain.run(folder, "export", "refrain-out/seq2seq/model.safetensors", "w.npz")
        .refused("an encoder and a decoder");
    List<String> csv = Files.readAllLines(out.resolve("forecast.csv"));
    assertEquals("time,actual,seasonal_naive,recursive,encoder_decoder", csv.get(0));
    assertTrue(csv.get(1).startsWith("1975-01-01 01:00:00,834.0,828.0,"), csv.get(1));
    assertEquals(13, csv.size());
    Refrain run =
        Refrain.run(
                folder,
                ("tutorial seq2seq airline-passengers.csv --horizon 6 --transform log --cell lstm"
                        + " --out airline"
                        + small)
                    .split(" "))
            .endedWith(0);
    assertTrue(run.out().contains("transform log"), run.out());
    Refrain.run(folder, "tutorial", "seq2seq", "--out", "x", "--window", "150")
        .refused("150", "156", "163");
    Refrain.run(folder, "tutorial", "seq2seq", "--out", "x", "--horizon", "167").refused("167");
    Refrain.run(folder, "tutorial", "seq2seq", "--out", "x", "--column", "Milk")
        .refused("Milk Production");
    Refrain.run(folder, "tutorial", "seq2seq", "--out", "x", "--season", "157").refused("157");
  }

  @Test
  void textLearnsAFileAndWritesOn() throws Exception {
    Files.writeString(folder.resolve("t.txt"), "what recurs is a refrain;\n".repeat(60));
    String options = "--iterations 3 --neurons 8 --window 8 --length 20 --json";
    JsonObject object =
        Refrain.run(folder, ("tutorial text t.txt --prime wh " + options).split(" "))
            .endedWith(0)
            .json();
    assertEquals(20, object.get("text").getAsString().length());
    assertTrue(object.get("bitsPerCharacter").getAsDouble() < 5);
    assertTrue(Files.readString(folder.resolve("refrain-out/text/text.txt")).startsWith("wh"));
    Refrain.run(folder, ("tutorial text t.txt --out x --prime X " + options).split(" "))
        .refused("'X'", "--prime");
    Refrain.run(folder, "tutorial", "text", "absent.txt", "--out", "x").refused("absent.txt");
    Files.writeString(folder.resolve("short.txt"), "short");
    Refrain.run(folder, "tutorial", "text", "short.txt", "--out", "x").refused("5 characters");
    Files.write(folder.resolve("bad.txt"), new byte[] {(byte) 0xFF, 1, 2});
    Refrain.run(folder, "tutorial", "text", "bad.txt", "--out", "x").refused("UTF-8");
    Refrain.run(folder, "tutorial", "text", "t.txt", "--out", "x", "--window", "2147483647")
        .refused("1560 characters", "2147483647");
    Files.writeString(folder.resolve("line.txt"), "what recurs is a refrain; ".repeat(60));
    Refrain.run(folder, ("tutorial text line.txt --out l " + options).split(" ")).endedWith(0);
    assertEquals(100 + 20 + 1, Files.readString(folder.resolve("l/text.txt")).length());
  }
}
