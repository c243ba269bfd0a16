package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code forecast}, {@code backtest} and {@code generate} refuse, and how they may learn. */
class ForecastLimitsTest {
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
  void sizesThatNoMachineHasAreRefused() throws Exception {
    for (String command : List.of("forecast", "forecast --fleet", "backtest")) {
      run(command + " airline-passengers.csv --quiet --batch 2000000000")
          .refused("--batch 2000000000", "GB of memory");
      run(command + " airline-passengers.csv --quiet --units 2000000000").refused("2000000000");
      run(command + " airline-passengers.csv --quiet --horizon 100001")
          .refused("--horizon is 100001", "at most 100000");
    }
    run("backtest airline-passengers.csv --seeds 2000000000").refused("--seeds 2000000000");
    run("forecast airline-passengers.csv --horizon 99000")
        .refused("--horizon is 99000", "year 10209", "at most 96480");
  }

  @Test
  void seedsSchedulesAndAnEarlyEnd() throws Exception {
    String few =
        "forecast airline-passengers.csv --members 1 --units 4 --json --quiet"
            + " --transform log-difference --steps 60 --seed 9";
    JsonObject usual = run(few).endedWith(0).json();
    assertEquals(9, usual.get("seed").getAsLong());
    JsonObject cosine = run(few + " --schedule cosine").endedWith(0).json();
    assertEquals(usual.get("forecast"), cosine.get("forecast"));
    JsonObject stairs = run(few + " --schedule step --decay 0.5").endedWith(0).json();
    assertFalse(usual.get("forecast").equals(stairs.get("forecast")));
    JsonObject early = run(few + " --patience 1 --learning-rate 0.1").endedWith(0).json();
    assertTrue(early.get("steps").getAsLong() < 60, early.toString());
    JsonObject again = run(few + " --patience 1 --learning-rate 0.1 --resume").endedWith(0).json();
    assertEquals(early.get("forecast"), again.get("forecast"));
    run(few + " --decay-every 5").refused("--decay-every", "--schedule");
    JsonObject fleet = run(few + " --fleet --column Passengers").endedWith(0).json();
    assertEquals(9, fleet.get("seed").getAsLong());
  }

  /** Validation has fewer steps, and its cosine ends with them, named or not. */
  @Test
  void aCosineThatIsNamedIsTheUsualOne() throws Exception {
    String few =
        "forecast airline-passengers.csv --members 1 --units 4 --json --quiet"
            + " --transform log-difference --steps 400";
    JsonObject usual = run(few).endedWith(0).json();
    assertTrue(usual.has("lower"), usual.toString());
    JsonObject cosine = run(few + " --schedule cosine").endedWith(0).json();
    for (String name : List.of("forecast", "lower", "upper")) {
      assertEquals(usual.get(name), cosine.get(name), name);
    }
    run(few + " --schedule cosine --decay 0.5").refused("--decay", "--schedule");
    String kept = few + " --out kept --resume --steps 40";
    run(kept).endedWith(0);
    run(kept + "0 --schedule cosine").endedWith(0);
  }

  /** They are compared with, not learnt. */
  @Test
  void theLastRowsOfABacktestNeedNoLogarithm() throws Exception {
    StringBuilder text = new StringBuilder("sales\n");
    for (int t = 0; t < 60; t++) {
      text.append(t == 58 ? 0 : 50 + t * 7 % 11).append('\n');
    }
    Files.writeString(folder.resolve("zero.csv"), text);
    String few =
        "backtest zero.csv --origins 2 --seeds 1 --season 1 --steps 2 --members 1 --units 4 --quiet"
            + " --json --transform log-difference --horizon ";
    run(few + 6).endedWith(0);
    run(few + 1).refused("row 59", "no logarithm");
  }

  /** What follows the first origin must not tell how a gap before it goes on. */
  @Test
  void aBacktestFillsGapsFromBefore() throws Exception {
    List<String> forecasts = new ArrayList<>();
    for (String first : List.of("1", "900")) {
      write("border.csv", 47, first);
      JsonObject object =
          run("backtest border.csv --missing interpolate --origins 2 --horizon 6 --seeds 1"
                  + " --season 1 --steps 2 --members 1 --units 4 --json --quiet --seed 5")
              .endedWith(0)
              .json();
      assertEquals(5, object.get("seed").getAsLong());
      forecasts.add(
          object.getAsJsonArray("origins").get(0).getAsJsonObject().get("forecasts").toString());
    }
    assertEquals(forecasts.get(0), forecasts.get(1));
    run("backtest border.csv").refused("row 48", "gap");
    run("backtest border.csv --missing interpolate --origins 3 --horizon 6")
        .refused("row 48", "--origins");
    assertTrue(
        run("backtest border.csv --missing drop --origins 2 --horizon 6 --seeds 1 --steps 2")
            .endedWith(0)
            .err()
            .contains("1 rows"));
  }

  private void write(String name, int gap, String next) throws Exception {
    StringBuilder text = new StringBuilder("sales\n");
    for (int t = 0; t < 60; t++) {
      text.append(t == gap ? "NA" : t == gap + 1 ? next : Integer.toString(50 + t * 7 % 11));
      text.append('\n');
    }
    Files.writeString(folder.resolve(name), text);
  }

  @Test
  void modelsOfOtherCommandsAreNamedAndSeveralColumnsGoOn() throws Exception {
    run("tutorial sine --iterations 2 --out s").endedWith(0);
    run("generate s/model.safetensors --json").refused("refrain tutorial sine", "refrain forecast");
    run("tutorial milk --iterations 2 --out m").endedWith(0);
    run("generate m/model.safetensors --json").refused("refrain tutorial milk", "refrain forecast");
    Files.writeString(folder.resolve("text.txt"), "the quick brown fox. ".repeat(600));
    run("tutorial text text.txt --iterations 2 --neurons 4 --out t").endedWith(0);
    run("generate t/model.safetensors --json")
        .refused("refrain tutorial text", "--resume", "--prime");
    run("tutorial seq2seq --iterations 2 --neurons 4 --members 1 --batch 4 --out q").endedWith(0);
    run("generate q/model.safetensors --json")
        .refused("refrain tutorial seq2seq", "refrain forecast");
    run("train airline-passengers.csv --steps 2 --units 4 --out n").endedWith(0);
    run("generate n/model.safetensors --json").refused("refrain train", "refrain forecast");

    StringBuilder text = new StringBuilder("month,a,b,price\n");
    for (int t = 0; t < 60; t++) {
      String month = String.format(Locale.ROOT, "%d-%02d", 2010 + t / 12, t % 12 + 1);
      text.append(month).append(',').append(t % 7 + 20).append(',').append(t % 5 + 30);
      text.append(',').append(t % 3).append('\n');
    }
    Files.writeString(folder.resolve("shop.csv"), text);
    String few = "forecast shop.csv --steps 2 --members 1 --test-rows 0 --json --column a ";
    JsonObject forecast = run(few + "--quiet --column b --out two").endedWith(0).json();
    for (String from : List.of("", " --from shop.csv")) {
      JsonObject generated =
          run("generate two/model.safetensors --json --out two.csv" + from).endedWith(0).json();
      for (String name : List.of("a", "b")) {
        assertEquals(
            forecast.getAsJsonObject("targets").getAsJsonObject(name).get("forecast"),
            generated.getAsJsonObject("targets").getAsJsonObject(name).get("values"));
      }
    }
    List<String> lines = Files.readAllLines(folder.resolve("two.csv"));
    assertEquals(1 + 2 * 12, lines.size());
    assertTrue(lines.get(13).startsWith("b,2015-01,"), lines.get(13));
    run("generate two/model.safetensors --json --from zeros").refused("[a, b]");
    String reading = "forecast shop.csv --steps 2 --members 1 --test-rows 0 --json --column a";
    JsonObject own = run(reading + " --input price --out input").endedWith(0).json();
    JsonObject from =
        run("generate input/model.safetensors --json --from shop.csv").endedWith(0).json();
    assertEquals(own.get("forecast"), from.get("values"));
    run("generate input/model.safetensors --json --from shop.csv --column a").refused("[a, price]");
    run("generate input/model.safetensors --json --from zeros").refused("[a, price]", "--stateful");
    run("generate two/model.safetensors --json --steps 99000").refused("year", "at most");
    run("forecast shop.csv --steps 2 --members 1 --column a --known price --out known")
        .endedWith(0);
    run("generate known/model.safetensors --json").refused("[price]", "--known");
  }

  private Refrain run(String words) throws Exception {
    return session.run(words.split(" +"));
  }
}
