package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast --fleet}, {@code backtest} and {@code generate}. */
class FleetCommandTest {
  @TempDir private static Path folder;

  private static Session session;

  @BeforeAll
  static void begin() throws IOException {
    session = Session.in(folder);
  }

  @AfterAll
  static void end() {
    session.close();
  }

  @Test
  void aWideFileIsForecastColumnByColumnAndABadOneIsNamed() throws Exception {
    StringBuilder text = new StringBuilder("month,north,south,late,bad,gap\n");
    for (int t = 0; t < 60; t++) {
      text.append(month(t)).append(',').append(value(t, 1)).append(',').append(value(t, 5));
      text.append(',').append(t < 20 ? "" : value(t, 2));
      text.append(',').append(t == 7 ? "oops" : value(t, 3));
      text.append(',').append(t == 9 ? "" : value(t, 4)).append('\n');
    }
    write("wide.csv", text.toString());
    JsonObject object =
        run("forecast", "wide.csv", "--fleet", "--json", "--steps", "2", "--save-models")
            .endedWith(0)
            .json();
    assertEquals(3, object.getAsJsonArray("series").size());
    JsonObject failures = object.getAsJsonObject("failures");
    assertEquals(List.of("bad", "gap"), List.copyOf(failures.keySet()));
    assertTrue(failures.get("bad").getAsString().contains("'oops'"), failures.toString());
    assertTrue(failures.get("gap").getAsString().contains("row 10"), failures.toString());
    List<String> metrics = Files.readAllLines(folder.resolve("refrain-out/fleet-metrics.csv"));
    assertEquals(6, metrics.size());
    assertTrue(metrics.get(3).startsWith("late,28,"), metrics.get(3));
    List<String> lines = Files.readAllLines(folder.resolve("refrain-out/fleet-forecast.csv"));
    assertEquals(1 + 3 * 12, lines.size());
    assertTrue(lines.get(1).startsWith("north,2014-01,"), lines.get(1));
    JsonObject report = run("report", "refrain-out", "--json").endedWith(0).json();
    assertEquals(
        List.of("fleet-errors.svg", "fleet-series.svg"),
        report.getAsJsonArray("charts").asList().stream().map(JsonElement::getAsString).toList());
    String page = Files.readString(folder.resolve("refrain-out/report.html"));
    assertTrue(page.contains("<th>series left out</th><td>2</td>"), page);
    assertTrue(page.contains("<th>networks</th><td>for each its own</td>"), page);

    JsonObject generated =
        run("generate", "refrain-out/models/north.safetensors", "--steps", "12", "--json")
            .endedWith(0)
            .json();
    assertEquals(
        object.getAsJsonArray("series").get(0).getAsJsonObject().getAsJsonArray("forecast"),
        generated.getAsJsonArray("values"));
  }

  @Test
  void aLongFileIsForecastNameByName() throws Exception {
    StringBuilder text = new StringBuilder("shop,date,sales\n");
    for (int t = 0; t < 50; t++) {
      for (String shop : List.of("a", "b c")) {
        text.append(shop).append(',').append(month(t)).append("-01,").append(value(t, 2));
        text.append('\n');
      }
    }
    write("long.csv", text.toString());
    Refrain run =
        run("forecast", "long.csv", "--fleet", "--global", "--steps", "2", "--test-rows", "0")
            .endedWith(0);
    assertTrue(run.out().startsWith("2 series forecast, 0 left out"), run.out());
    List<String> lines = Files.readAllLines(folder.resolve("refrain-out/fleet-forecast.csv"));
    assertTrue(lines.get(13).startsWith("b c,2014-03-01,"), lines.get(13));
  }

  @Test
  void datesAloneAreRefused() throws Exception {
    write("dates.csv", "month\n2010-01\n2010-02\n2010-03\n");
    run("forecast", "dates.csv", "--fleet", "--quiet")
        .refused("'dates.csv'", "no columns of values");
  }

  @Test
  void differentFrequenciesAreRefused() throws Exception {
    StringBuilder text = new StringBuilder("shop,date,sales\n");
    for (int t = 0; t < 30; t++) {
      text.append("monthly,").append(month(t)).append("-01,").append(value(t, 2)).append('\n');
      text.append(String.format(Locale.ROOT, "daily,2009-01-%02d,%d%n", t + 1, t % 5));
    }
    write("mixed.csv", text.toString());
    run("forecast", "mixed.csv", "--fleet", "--test-rows", "2", "--quiet")
        .refused("monthly: 'monthly'", "daily: 'daily'", "one frequency");
  }

  @Test
  void gapsAreFilledOrDroppedOnRequest() throws Exception {
    StringBuilder text = new StringBuilder("month,sales\n");
    for (int t = 0; t < 60; t++) {
      if (t != 30) {
        text.append(month(t)).append(',').append(t == 9 ? "" : value(t, 4)).append('\n');
      }
    }
    write("gaps.csv", text.toString());
    run("forecast", "gaps.csv", "--steps", "2").refused("row 10", "gap");
    Refrain filled =
        run("forecast", "gaps.csv", "--steps", "2", "--members", "1", "--missing", "interpolate")
            .endedWith(0);
    assertTrue(filled.err().contains("2 missing values"), filled.err());
    assertTrue(filled.out().contains("60 rows, monthly"), filled.out());
    Refrain dropped =
        run("forecast", "gaps.csv", "--steps", "2", "--members", "1", "--missing", "drop")
            .endedWith(0);
    assertTrue(dropped.out().contains("58 rows, "), dropped.out());
    assertTrue(dropped.err().contains("1 rows"), dropped.err());
    run("forecast", "gaps.csv", "--missing", "ignore").refused("'ignore'", "interpolate");
  }

  /** What is held out must not tell how a gap before it goes on. */
  @Test
  void aGapBeforeTheTestRowsIsFilledFromBefore() throws Exception {
    List<String> forecasts = new ArrayList<>();
    for (String first : List.of("1", "900")) {
      StringBuilder text = new StringBuilder("sales\n");
      for (int t = 0; t < 60; t++) {
        text.append(t == 47 ? "NA" : t == 48 ? first : value(t, 4)).append('\n');
      }
      write("border.csv", text.toString());
      String[] options = {"forecast", "border.csv", "--steps", "2", "--members", "1", "--json"};
      String filling = "--missing=interpolate";
      forecasts.add(run(with(options, filling)).endedWith(0).json().get("forecast").toString());
      forecasts.add(
          run(with(options, filling, "--fleet"))
              .endedWith(0)
              .json()
              .getAsJsonArray("series")
              .get(0)
              .getAsJsonObject()
              .get("forecast")
              .toString());
    }
    assertEquals(forecasts.subList(0, 2), forecasts.subList(2, 4));
  }

  @Test
  void aGapAmongTheTestRowsIsRefused() throws Exception {
    StringBuilder text = new StringBuilder("month,sales,other\n");
    for (int t = 0; t < 60; t++) {
      text.append(month(t)).append(',').append(t == 50 ? "" : value(t, 4));
      text.append(',').append(value(t, 2)).append('\n');
    }
    write("late.csv", text.toString());
    run("forecast", "late.csv", "--column", "sales", "--missing", "interpolate")
        .refused("'sales'", "2014-03", "--test-rows");
    Refrain fleet =
        run("forecast", "late.csv", "--fleet", "--steps", "2", "--missing", "interpolate")
            .endedWith(0);
    assertTrue(fleet.out().contains("1 series forecast, 1 left out"), fleet.out());
    assertTrue(fleet.out().contains("2014-03"), fleet.out());
  }

  @Test
  void aFleetOfWhichNothingCouldBeForecastFails() throws Exception {
    StringBuilder text = new StringBuilder("a,b\n");
    for (int t = 0; t < 60; t++) {
      text.append(value(t, 4)).append(',').append(value(t, 2)).append('\n');
    }
    write("few.csv", text.toString());
    Refrain run =
        run("forecast", "few.csv", "--fleet", "--steps", "2", "--window", "90").endedWith(1);
    assertTrue(run.err().contains("no series could be forecast"), run.err());
    assertEquals(3, Files.readAllLines(folder.resolve("refrain-out/fleet-metrics.csv")).size());
  }

  @Test
  void aSeriesWithALongNameHasItsModelSaved() throws Exception {
    StringBuilder text = new StringBuilder("x".repeat(300) + "\n");
    for (int t = 0; t < 60; t++) {
      // Constant, so that the mean change that errors are divided by is 0.
      text.append("7\n");
    }
    write("long-name.csv", text.toString());
    Refrain run =
        run("forecast", "long-name.csv", "--fleet", "--steps", "2", "--save-models").endedWith(0);
    assertTrue(run.out().contains("1 series forecast"), run.out());
  }

  @Test
  void theSeasonOfABacktestIsThatOfTheRowsBeforeItsFirstOrigin() throws Exception {
    StringBuilder text = new StringBuilder("value\n");
    SplittableRandom random = new SplittableRandom(5);
    for (int t = 0; t < 200; t++) {
      double noise = 0.01 * random.nextDouble();
      double value = t < 80 ? noise : 10 * Math.sin(2 * Math.PI * t / 24);
      text.append(String.format(Locale.ROOT, "%.5f%n", value));
    }
    write("begins.csv", text.toString());
    String[] options = {"backtest", "begins.csv", "--steps", "2", "--members", "1", "--seeds", "1"};
    JsonObject object = run(with(options, "--json")).endedWith(0).json();
    assertEquals(1, object.get("season").getAsInt());
    run(with(options, "--transform", "log")).refused("no logarithm", "--transform");
  }

  @Test
  void aBacktestPrintsItsTableAndDraws() throws Exception {
    String[] options = {
      "backtest", "airline-passengers.csv", "--steps", "2", "--members", "1", "--units", "4"
    };
    Refrain run = run(with(options, "--origins", "2", "--seeds", "2")).endedWith(0);
    assertTrue(run.out().contains("1960-01"), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("mean +\\d+\\.\\d{3} +1\\.614 .*")),
        run.out());
    for (String name : List.of("backtest.csv", "backtest.png", "backtest.svg")) {
      assertTrue(Files.size(folder.resolve("refrain-out").resolve(name)) > 0, name);
    }
    run(with(options, "--origins", "12", "--quiet")).refused("too few rows", "--origins");
  }

  @Test
  void whatIsNoModelIsRefused() throws Exception {
    run("generate", "nothing.safetensors").refused("no file 'nothing.safetensors'");
    run("generate", "nothing.safetensors", "--steps", "100001").refused("--steps", "100000");
    write("text.safetensors", "hello");
    run("generate", "text.safetensors", "--json").refused("text.safetensors");
  }

  private static String[] with(String[] words, String... more) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String month(int t) {
    return String.format(Locale.ROOT, "%d-%02d", 2010 + t / 12, t % 12 + 1);
  }

  private static String value(int t, int scale) {
    double value = 50 + 0.3 * t + scale * Math.sin(2 * Math.PI * t / 12) + t * 7 % 5;
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private Refrain run(String... words) throws IOException {
    return session.run(words);
  }
}
