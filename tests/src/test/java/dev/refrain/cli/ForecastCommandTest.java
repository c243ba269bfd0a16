package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.NetworkSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast} with good input. */
class ForecastCommandTest {
  private static final String MILK = "monthly-milk-production.csv";
  private static final List<String> METRICS = List.of("mae", "rmse", "smape", "mase");
  private static final List<String> FILES =
      List.of("model.safetensors", "forecast.csv", "forecast.png", "forecast.svg", "run.json");

  @TempDir private Path folder;

  @Test
  void jsonIsOneObjectWithTheseKeysInThisOrder() throws Exception {
    Refrain run = forecast(MILK, "--json", "--steps", "5", "--members", "1").endedWith(0);
    JsonObject object = run.json();
    assertEquals(
        List.of(
            "forecast",
            "lower",
            "upper",
            "level",
            "times",
            "column",
            "season",
            "actual",
            "metrics",
            "baselines",
            "device",
            "seed",
            "steps",
            "window",
            "transforms",
            "levelShifts",
            "validation",
            "stepsPerSecond",
            "files"),
        List.copyOf(object.keySet()));
    assertEquals(12, object.getAsJsonArray("forecast").size());
    assertEquals(834, object.getAsJsonArray("actual").get(0).getAsDouble());
    assertEquals(METRICS, List.copyOf(object.getAsJsonObject("metrics").keySet()));
    JsonObject baselines = object.getAsJsonObject("baselines");
    assertEquals(List.of("seasonalNaive", "lastValue"), List.copyOf(baselines.keySet()));
    assertEquals(METRICS, List.copyOf(baselines.getAsJsonObject("lastValue").keySet()));
    // 1974 again: the mean of |1975 - 1974|.
    assertEquals(
        119 / 12.0, baselines.getAsJsonObject("seasonalNaive").get("mae").getAsDouble(), 1e-9);
    assertEquals(5, object.get("steps").getAsLong());
    assertTrue(object.get("stepsPerSecond").getAsDouble() > 0);
    for (JsonElement file : object.getAsJsonArray("files")) {
      assertTrue(Files.size(folder.resolve(file.getAsString())) > 0, file.getAsString());
    }
    assertTrue(run.err().matches("(?s).*training: 5/5  loss \\S+  \\d+ steps/s  0:00 left.*"));
  }

  @Test
  void peopleGetATableAndTheFiles() throws Exception {
    Path out = folder.resolve("results/milk");
    Refrain run =
        forecast(MILK, "--steps", "2", "--members", "1", "--out", out.toString()).endedWith(0);
    assertTrue(run.out().contains("1975-12-01"), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("seasonal naive +9\\.92 +13\\.23 .*")),
        run.out());
    for (String file : FILES) {
      assertTrue(run.out().contains(out.resolve(file).toString()), run.out());
      assertTrue(Files.size(out.resolve(file)) > 0, file);
    }
    assertFalse(Checkpoint.load(out.resolve(FILES.get(0))).hasTraining());
    List<String> lines = Files.readAllLines(out.resolve("forecast.csv"));
    assertEquals("time,forecast,actual,seasonal_naive,last_value,lower,upper", lines.get(0));
    assertTrue(
        lines
            .get(1)
            .matches("1975-01-01 01:00:00,\\d+\\.\\d+,834.0,828.0,813.0,\\d+\\.\\d+,\\d+\\.\\d+"));
    assertEquals(13, lines.size());
    try (Stream<Path> all = Files.list(out)) {
      assertEquals(FILES.size(), all.count(), "files are left over");
    }
  }

  @Test
  void theDefaultsBeatTheSeasonalNaiveForecastOfTheAirline() throws Exception {
    JsonObject object = forecast("airline-passengers.csv", "--json").endedWith(0).json();
    double mase = mase(object.getAsJsonObject("metrics"));
    double naive = mase(object.getAsJsonObject("baselines").getAsJsonObject("seasonalNaive"));
    assertTrue(mase < naive / 2, () -> mase + " is not far below " + naive);
  }

  @Test
  void everyOptionIsTaken() throws Exception {
    List<String> words = new ArrayList<>(List.of(MILK, "--column", "Milk Production"));
    words.addAll(
        List.of(
            ("--json --quiet --cell lstm --layers 2 --units 6 --activation softsign --members 2"
                    + " --window 8 --transform log --scaling minmax --loss huber"
                    + " --optimizer rmsprop --learning-rate 0.01 --clip-norm 0.5 --direct --validation-rows 12 --minimum -5 --maximum 2000"
                    + " --missing interpolate --decimal . --level 0.8 --memory-limit 1000000000 --steps 3 --batch 4 --seed 9"
                    + " --device reference --test-rows 4 --horizon 6 --season 4 --out elsewhere")
                .split(" ")));
    JsonObject object = forecast(words.toArray(String[]::new)).endedWith(0).json();
    assertEquals("reference", object.get("device").getAsString());
    assertEquals(3, object.get("steps").getAsInt());
    assertEquals(6, object.getAsJsonArray("forecast").size());
    assertEquals(4, object.getAsJsonArray("actual").size());
    assertEquals(
        "elsewhere/model.safetensors", object.getAsJsonArray("files").get(0).getAsString());
    NetworkSpec spec = Checkpoint.load(folder.resolve("elsewhere/model.safetensors")).spec();
    assertEquals(new LstmCell(Activation.SOFTSIGN), spec.layers().get(1).cell());
    assertEquals(6, spec.layers().get(0).hidden());
  }

  @Test
  void theSameSeedGivesTheSameForecast() throws Exception {
    String[] options = {MILK, "--json", "--quiet", "--steps", "20", "--members", "2"};
    double[] first = numbers(forecast(options).json().getAsJsonArray("forecast"));
    double[] second = numbers(forecast(options).json().getAsJsonArray("forecast"));
    assertArrayEquals(first, second, 0);
  }

  @Test
  void quietSaysNothingOnStderr() throws Exception {
    assumeTrue(
        !forecast(MILK, "--json", "--steps", "1")
            .json()
            .get("device")
            .getAsString()
            .equals("reference"),
        "the reference engine warns that it is slow");
    assertEquals("", forecast(MILK, "--quiet", "--steps", "1").endedWith(0).err());
  }

  @Test
  void withoutTestRowsTheFutureIsForecastAndNothingIsJudged() throws Exception {
    JsonObject object =
        forecast(MILK, "--json", "--steps", "2", "--test-rows", "0", "--horizon", "3").json();
    assertEquals(3, object.getAsJsonArray("forecast").size());
    assertEquals(0, object.getAsJsonArray("actual").size());
    METRICS.forEach(
        metric -> assertTrue(object.getAsJsonObject("metrics").get(metric).isJsonNull(), metric));
  }

  @Test
  void aConstantSeriesIsForecastWithAWarning() throws Exception {
    Path file = series("constant.csv", "7.25\n".repeat(40));
    Refrain run = forecast(file.toString(), "--json").endedWith(0);
    JsonObject object = run.json();
    for (double value : numbers(object.getAsJsonArray("forecast"))) {
      assertEquals(7.25, value);
    }
    assertEquals(0, object.get("steps").getAsInt());
    assertTrue(object.getAsJsonObject("metrics").get("mase").isJsonNull());
    assertTrue(run.err().contains("constant"), run.err());
  }

  @Test
  void jumpsAndAValidationThatIsLostAreSaid() throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int t = 0; t < 150; t++) {
      rows.append((t < 60 ? 10 : 30) + 5 * Math.sin(2 * Math.PI * t / 12)).append('\n');
    }
    Path file = series("jump.csv", rows.toString());
    String[] options = {
      file.toString(), "--season", "12", "--transform", "leveled", "--steps", "1", "--members", "1"
    };
    Refrain run = forecast(options).endedWith(0);
    assertTrue(
        run.out().contains("level shift: from about 10 to about 30 at row 61; earlier"), run.out());
    // The season comes again to the last digit, which no network of one step does.
    assertTrue(run.out().contains("CAUTION: there the last season again did far"), run.out());
    assertTrue(run.out().contains("seasonal naive 0.000"), run.out());
    String record = Files.readString(folder.resolve("refrain-out/run.json"));
    assertTrue(record.contains("\"level shifts\":\"from about 10 to about 30 at row 61\""), record);
    assertTrue(record.contains("\"MASE in validation, seasonal naive\""), record);
  }

  @Test
  void aLossThatIsNotFiniteFailsWithAdvice() throws Exception {
    Refrain run =
        forecast(MILK, "--optimizer", "sgd", "--learning-rate", "1e30", "--quiet", "--json")
            .endedWith(1);
    assertEquals("", run.out());
    assertTrue(run.err().contains("--learning-rate"), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  private Refrain forecast(String... words) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("forecast"));
    all.addAll(List.of(words));
    return Refrain.run(folder, all.toArray(String[]::new));
  }

  private Path series(String name, String rows) throws IOException {
    return Files.writeString(folder.resolve(name), "value\n" + rows);
  }

  private static double mase(JsonObject metrics) {
    return metrics.get("mase").getAsDouble();
  }

  private static double[] numbers(JsonArray array) {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).getAsDouble();
    }
    return numbers;
  }
}
