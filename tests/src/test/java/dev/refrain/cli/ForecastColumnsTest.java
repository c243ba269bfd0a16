package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code refrain forecast} of several columns, and what it leaves for {@code report}. */
class ForecastColumnsTest {
  private static final int ROWS = 160;

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

  /** Sales follow the day's price, which is drawn anew each day. */
  @BeforeAll
  static void write() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    StringBuilder csv = new StringBuilder("date,sales,visits,price\n");
    for (int row = 0; row < ROWS; row++) {
      double price = random.nextDouble(1, 3);
      csv.append(LocalDate.of(2024, 1, 1).plusDays(row))
          .append(',')
          .append(100 - 20 * price)
          .append(',')
          .append(50 + random.nextDouble())
          .append(',')
          .append(price)
          .append('\n');
    }
    Files.writeString(folder.resolve("shop.csv"), csv);
  }

  @Test
  void whatIsKnownAheadTellsWhatFollows() throws Exception {
    String common = "--column sales --season 1 --transform none --window 6 --steps 400 --members 2";
    double blind = mae(forecast(common));
    double knowing = mae(forecast(common + " --known price"));
    assertTrue(knowing < blind / 4, knowing + " with the price, " + blind + " without");
  }

  @Test
  void severalTargetsInputsAndDates() throws Exception {
    String small = " --steps 3 --members 1 --units 4";
    JsonObject object =
        forecast("--target sales --target price --input visits --calendar --out two" + small);
    JsonObject targets = object.getAsJsonObject("targets");
    assertEquals(List.of("sales", "price"), List.copyOf(targets.keySet()));
    assertEquals(
        object.getAsJsonArray("forecast"),
        targets.getAsJsonObject("sales").getAsJsonArray("forecast"));
    JsonArray actual = targets.getAsJsonObject("price").getAsJsonArray("actual");
    List<String> csv = Files.readAllLines(folder.resolve("two/forecast-2-price.csv"));
    assertEquals(actual.get(11).getAsString(), csv.get(12).split(",", -1)[2]);
    assertTrue(Files.size(folder.resolve("two/forecast-1-sales.png")) > 0);
    Refrain people =
        session
            .run(("forecast shop.csv --column sales --target price --out three" + small).split(" "))
            .endedWith(0);
    assertTrue(people.out().contains("'price'"), people.out());
  }

  @Test
  void whatDoesNotFitIsRefused() throws Exception {
    refused("--column sale", "'sale'", "did you mean 'sales'");
    refused("--column sales --input visit", "did you mean 'visits'");
    refused("--column sales --known prise", "did you mean 'price'");
    refused("--known price", "--column");
    refused("--column sales --input sales", "'sales' is named twice");
    refused("--column sales --known price --horizon 20", "all 20 steps", "12 rows");
    refused("--fleet --known price", "--known", "fleets");
    Files.writeString(folder.resolve("plain.csv"), "value\n" + "1\n2\n4\n".repeat(30));
    session.run("forecast plain.csv --calendar".split(" ")).refused("--calendar", "dates");
  }

  @Test
  void runsLeaveWhatReportShows() throws Exception {
    session
        .run("forecast airline-passengers.csv --steps 5 --members 1 --units 4 --out f".split(" "))
        .endedWith(0);
    JsonObject record = record("f");
    assertEquals("forecast", record.get("command").getAsString());
    JsonObject configuration = record.getAsJsonObject("configuration");
    assertEquals("airline-passengers.csv", configuration.get("file").getAsString());
    assertEquals("4", configuration.get("units").getAsString());
    assertEquals("gru", configuration.get("cell").getAsString());
    assertEquals(12, configuration.get("season").getAsInt());
    assertEquals(24, configuration.get("window").getAsInt());
    assertEquals(5, configuration.get("steps").getAsInt());
    assertEquals(1, configuration.get("seed").getAsInt());
    JsonObject metrics = record.getAsJsonObject("metrics");
    assertEquals(1.571, metrics.get("MASE, seasonal naive").getAsDouble(), 5e-4);
    assertTrue(record.getAsJsonObject("losses").getAsJsonArray("training").size() > 0);
    session.run("report", "f").endedWith(0);
    String page = Files.readString(folder.resolve("f/report.html"));
    assertTrue(page.contains("airline-passengers.csv"), "the configuration is missing");
    assertTrue(page.contains("<svg"), "the picture is missing");
    // Words are drawn as shapes there; the colour of the interval is told.
    String picture = Files.readString(folder.resolve("f/forecast.svg"));
    assertTrue(picture.contains("249,224,210"), "the interval is missing");
    session
        .run(
            ("backtest airline-passengers.csv --steps 2 --members 1 --units 4 --origins 2"
                    + " --seeds 1 --validation-rows 0 --out b")
                .split(" "))
        .endedWith(0);
    JsonObject backtest = record("b");
    assertEquals("backtest", backtest.get("command").getAsString());
    assertTrue(backtest.getAsJsonObject("metrics").has("MASE, seasonal naive"));
    JsonObject judged = backtest.getAsJsonObject("configuration");
    assertEquals(2, judged.get("steps").getAsInt());
    assertEquals(1, judged.get("seed").getAsInt());
    assertEquals(12, judged.get("season").getAsInt());
    assertEquals(
        "1 network of 1 layer of 4 GRU units (tanh), Adam, learning rate 0.005, 2 steps, seed 1",
        judged.get("forecaster").getAsString());
    session.run("report", "b").endedWith(0);
  }

  @Test
  void aBacktestReadsWhatIsKnownAheadOnly() throws Exception {
    String common = "--column sales --transform none --window 6 --steps 400 --members 2";
    double blind = mase(backtest(common));
    double knowing = mase(backtest(common + " --known price"));
    assertTrue(knowing < blind / 4, knowing + " with the price, " + blind + " without");
  }

  @Test
  void aBacktestOfSeveralTargetsJudgesEachAndAll() throws Exception {
    String few = "--column sales --column price --input visits --calendar --steps 3 --members 1";
    JsonObject object = backtest(few + " --units 4 --out b");
    JsonObject targets = object.getAsJsonObject("targets");
    assertEquals(List.of("sales", "price"), List.copyOf(targets.keySet()));
    double sales = mase(targets.getAsJsonObject("sales"));
    double price = mase(targets.getAsJsonObject("price"));
    assertEquals((sales + price) / 2, mase(object), 1e-12);
    // What came true is that column's, at the last origin the last rows of the file.
    JsonArray origins = targets.getAsJsonObject("price").getAsJsonArray("origins");
    JsonArray actual = origins.get(1).getAsJsonObject().getAsJsonArray("actual");
    List<String> rows = Files.readAllLines(folder.resolve("shop.csv"));
    assertEquals(rows.get(ROWS).split(",", -1)[3], actual.get(6).getAsString());
    List<String> csv = Files.readAllLines(folder.resolve("b/backtest.csv"));
    assertEquals("target,from,time,actual,forecast_1", csv.get(0));
    assertEquals(1 + 2 * 2 * 7, csv.size());
    assertTrue(csv.get(28).startsWith("price,2024-06-02,2024-06-08,"), csv.get(28));
    JsonObject metrics = record("b").getAsJsonObject("metrics");
    assertEquals(mase(object), metrics.get("MASE").getAsDouble());
    assertEquals(price, metrics.get("MASE, price").getAsDouble());
    Refrain people =
        session
            .run(
                ("backtest shop.csv --horizon 7 --origins 2 --seeds 1 --units 4 " + few).split(" "))
            .endedWith(0);
    assertTrue(people.out().startsWith("'sales', 'price': 160 rows, daily"), people.out());
    assertTrue(people.out().contains("mean of 2 targets"), people.out());
  }

  @Test
  void aBacktestRefusesColumnsAsAForecastDoes() throws Exception {
    for (String[] each :
        new String[][] {
          {"--column sales --input visit", "did you mean 'visits'"},
          {"--known price", "--column"},
          {"--column sales --known sales", "'sales' is named twice"},
        }) {
      session.run(("backtest shop.csv --quiet " + each[0]).split(" ")).refused(each[1]);
    }
  }

  private JsonObject backtest(String options) throws Exception {
    return session
        .run(
            ("backtest shop.csv --json --quiet --horizon 7 --origins 2 --seeds 1 " + options)
                .split(" "))
        .endedWith(0)
        .json();
  }

  private static double mase(JsonObject object) {
    return object.getAsJsonObject("mase").get("model").getAsDouble();
  }

  private JsonObject record(String out) throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve(out).resolve("run.json")))
        .getAsJsonObject();
  }

  private JsonObject forecast(String options) throws Exception {
    return session
        .run(("forecast shop.csv --json --quiet " + options).split(" "))
        .endedWith(0)
        .json();
  }

  private static double mae(JsonObject object) {
    return object.getAsJsonObject("metrics").get("mae").getAsDouble();
  }

  private void refused(String options, String... fragments) throws Exception {
    session.run(("forecast shop.csv --quiet " + options).split(" ")).refused(fragments);
  }
}
