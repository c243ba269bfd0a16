package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain generate}, and options that must not be ignored. */
class GenerateCommandTest {
  private static final String MODEL = "refrain-out/model.safetensors";

  @TempDir private Path folder;

  @Test
  void aModelGoesOnFromItsEndFromAFileAndFromZeros() throws Exception {
    series("old.csv", 0, 60);
    JsonObject forecast =
        run("forecast", "old.csv", "--json", "--test-rows", "0", "--steps", "3", "--members", "2")
            .endedWith(0)
            .json();
    JsonObject end = run("generate", MODEL, "--json").endedWith(0).json();
    assertEquals(forecast.get("forecast"), end.get("values"));
    assertEquals(forecast.get("times"), end.get("times"));
    assertEquals("01.01.2015", end.getAsJsonArray("times").get(0).getAsString());

    JsonObject same = run("generate", MODEL, "--from", "old.csv", "--json").endedWith(0).json();
    assertEquals(end.get("values"), same.get("values"));
    assertEquals(end.get("lower"), same.get("lower"));
    assertEquals(end.get("times"), same.get("times"));
    series("newer.csv", 5, 70);
    String[] newer = {"generate", MODEL, "--from", "newer.csv", "--json", "--level", "0.5"};
    JsonObject later = run(newer).endedWith(0).json();
    assertEquals("01.11.2015", later.getAsJsonArray("times").get(0).getAsString());
    assertEquals(0.5, later.get("level").getAsDouble());
    assertFalse(later.get("values").equals(end.get("values")));

    Refrain zeros =
        run("generate", MODEL, "--from", "zeros", "--stateful", "--steps", "4", "--out", "z.csv")
            .endedWith(0);
    assertTrue(zeros.out().contains("Written: z.csv"), zeros.out());
    assertEquals(5, Files.readAllLines(folder.resolve("z.csv")).size());

    series("few.csv", 0, 5);
    run("generate", MODEL, "--from", "few.csv", "--json").refused("'few.csv'", "5 rows");
    byte[] before = Files.readAllBytes(folder.resolve(MODEL));
    run("generate", MODEL, "--out", MODEL).refused("--out", "the model itself");
    run("export", MODEL, MODEL).refused("the model itself");
    String exported = run("export", MODEL, "weights.npz").endedWith(0).out();
    assertTrue(exported.startsWith("weights.npz: 1 input, GRU of 32 units"), exported);
    assertTrue(exported.contains("network 0 of the "), exported);
    assertArrayEquals(before, Files.readAllBytes(folder.resolve(MODEL)));
    run("generate", MODEL, "--column", "value").refused("--column", "--from FILE");
  }

  @Test
  void aModelOfTrainIsCalledByItsName() throws Exception {
    series("old.csv", 0, 60);
    String[] train = {"train", "old.csv", "--steps", "5", "--units", "3", "--quiet", "--out", "t"};
    run(train).endedWith(0);
    run("generate", "t/model.safetensors", "--json")
        .refused("'refrain train'", "'refrain forecast'");
    train[3] = "3";
    String[] resumed = Arrays.copyOf(train, train.length + 1);
    resumed[train.length] = "--resume";
    run(resumed).refused("--steps is 3", "taken 5");
  }

  /** Files that other commands and programs wrote: what they are, and what takes them. */
  @Test
  void aFileWithoutASeriesIsCalledWhatItIs() throws Exception {
    NetworkSpec spec =
        NetworkSpec.builder(2)
            .layer(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 3)
            .projection(1)
            .build();
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(new float[20], 2, 4, 1)).build()) {
      Checkpoint.save(folder.resolve("network.safetensors"), network, Map.of());
      Checkpoint.save(folder.resolve("newer.safetensors"), network, Map.of("variants", "1"));
      Checkpoint.save(folder.resolve("training.safetensors"), trainer, Map.of("mine", "1"));
    }
    describes(
        "network.safetensors", "holds a network (2 inputs, GRU of 3 units", "'refrain export'");
    describes("newer.safetensors", "holds no forecast model: ");
    describes("training.safetensors", "a network with its training", "Checkpoint.load");
    byte[] header =
        "{\"lstm.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   "
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer foreign = ByteBuffer.allocate(Long.BYTES + header.length + 2 * Float.BYTES);
    foreign.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    Files.write(folder.resolve("foreign.safetensors"), foreign.array());
    describes("foreign.safetensors", "'refrain import'");
    Files.writeString(folder.resolve("text"), "no tensors");
    describes("text", "safetensors");
  }

  private void describes(String name, String... fragments) {
    Refrain.inside(folder, "generate", name).refused(fragments);
  }

  @Test
  void optionsThatWouldDoNothingAreRefused() throws Exception {
    series("old.csv", 0, 60);
    run("forecast", "old.csv", "--global").refused("--global", "--fleet");
    run("forecast", "old.csv", "--save-models").refused("--save-models", "--fleet");
    run("forecast", "old.csv", "--id", "value").refused("--id", "--fleet");
    run("forecast", "old.csv", "--validation-rows", "100000").refused("--validation-rows", "48");
    run("forecast", "old.csv", "--fleet", "--seed", "9223372036854775807").refused("--seed");
  }

  @Test
  void numbersThatCannotBeScaledAreBadInput() throws Exception {
    for (String size : new String[] {"1e300", "1e-300"}) {
      StringBuilder text = new StringBuilder("sales\n");
      for (int t = 0; t < 60; t++) {
        text.append(t % 2 == 0 ? size : "-" + size).append('\n');
      }
      Files.writeString(folder.resolve("size.csv"), text);
      for (String command : new String[] {"forecast", "backtest", "train"}) {
        run(command, "size.csv").refused("'size.csv'", "'sales'");
      }
    }
  }

  @Test
  void aRowWithoutANameIsNamedAndNumericNamesAreAskedFor() throws Exception {
    StringBuilder text = new StringBuilder("shop,date,sales\n");
    StringBuilder numeric = new StringBuilder("shop,date,sales\n");
    for (int t = 0; t < 50; t++) {
      String rest =
          String.format(Locale.ROOT, ",%d-%02d-01,%d%n", 2010 + t / 12, t % 12 + 1, t % 7);
      text.append(t == 20 ? "" : "a").append(rest).append("b").append(rest);
      numeric.append("1").append(rest).append("2").append(rest);
    }
    Files.writeString(folder.resolve("long.csv"), text);
    Files.writeString(folder.resolve("numeric.csv"), numeric);
    JsonObject object =
        run("forecast", "long.csv", "--fleet", "--steps", "2", "--json", "--missing", "interpolate")
            .endedWith(0)
            .json();
    assertEquals(2, object.getAsJsonArray("series").size());
    assertTrue(object.getAsJsonObject("failures").toString().contains("row 41"));
    run("forecast", "numeric.csv", "--fleet").refused("--id shop");
  }

  private void series(String name, int from, int to) throws IOException {
    StringBuilder text = new StringBuilder("date,value\n");
    for (int t = from; t < to; t++) {
      text.append(
          String.format(
              Locale.ROOT,
              "01.%02d.%d,%.3f%n",
              t % 12 + 1,
              2010 + t / 12,
              50 + 0.2 * t + 9 * Math.sin(2 * Math.PI * t / 12) + t % 5));
    }
    Files.writeString(folder.resolve(name), text);
  }

  private Refrain run(String... words) throws IOException, InterruptedException {
    return Refrain.run(folder, words);
  }
}
