package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fleets of several columns, with the calendar, that end early, and of frequencies that differ. */
class FleetColumnsTest {
  private static final LocalDateTime START = LocalDateTime.of(2015, 1, 1, 0, 0);
  private static final Frequency MONTHLY = new Frequency(1, Frequency.Unit.MONTH);
  private static final Frequency DAILY = new Frequency(1, Frequency.Unit.DAY);

  static Stream<TestEngine> engines() {
    return TestEngines.fast().filter(engine -> !engine.engine().equals("reference")).limit(1);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void seriesOfSeveralColumnsAreLearntAsIfAlone(TestEngine engine) {
    Forecaster forecaster =
        small().targets("sales", "returns").known("price").calendar(true).horizon(4).build();
    Map<String, Series> shops = new LinkedHashMap<>();
    shops.put("north", shop(1, 60));
    shops.put("south", shop(2, 47));
    shops.put("tiny", shop(3, 5));
    double[][] prices = {{1}, {1.5}, {2}, {1}};
    try (Kernels kernels = engine.open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, shops, progress -> {});
      assertEquals(List.of("north", "south"), fleet.names());
      assertTrue(fleet.failures().get("tiny").contains("5 rows"), fleet.failures().toString());
      for (String name : fleet.names()) {
        try (ForecastModel alone = forecaster.fit(kernels, shops.get(name), progress -> {});
            ForecastModel together = fleet.model(name)) {
          assertEquals(List.of("sales", "returns"), together.targets());
          assertEquals(alone.timeOf(2), together.timeOf(2));
          List<Forecast> expected = alone.predict(4, 0.8, prices);
          List<Forecast> actual = together.predict(4, 0.8, prices);
          for (int target = 0; target < 2; target++) {
            assertArrayEquals(expected.get(target).values(), actual.get(target).values(), 0);
            assertArrayEquals(expected.get(target).upper(), actual.get(target).upper(), 0);
          }
        }
      }
      FleetModel global = new Fleet(forecaster).fitGlobal(kernels, shops, progress -> {});
      try (ForecastModel model = global.model("south")) {
        double[] cheap = model.predict(4, Double.NaN, new double[4][1]).get(0).values();
        double[] dear = model.predict(4, Double.NaN, prices).get(0).values();
        assertFalse(Arrays.equals(cheap, dear), "the price makes no difference");
      }
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void datesAreReadInAFleetOfOneColumnEach(TestEngine engine) {
    Forecaster forecaster = small().calendar(true).build();
    List<Series> series = List.of(column(4, 50, DAILY), column(5, 41, DAILY), numbered(6, 50));
    try (Kernels kernels = engine.open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, series, progress -> {});
      assertEquals(List.of("s4", "s5"), fleet.names());
      assertTrue(fleet.failures().get("s6").contains("dates"), fleet.failures().toString());
      double[] without =
          new Fleet(small().build()).fit(kernels, series, progress -> {}).forecast("s4", 5);
      assertFalse(Arrays.equals(without, fleet.forecast("s4", 5)), "the dates are not read");
      try (ForecastModel alone = forecaster.fit(kernels, series.get(1), progress -> {})) {
        assertArrayEquals(alone.forecast(5), fleet.forecast("s5", 5), 0);
      }
    }
  }

  @Test
  void columnsThatAFleetCannotReadAreRefusedByName() {
    List<Series> single = List.of(column(1, 50, MONTHLY), column(2, 50, MONTHLY));
    Map<String, Series> other = new LinkedHashMap<>();
    other.put("north", shop(1, 50));
    other.put("south", column(2, 50, MONTHLY));
    try (Kernels kernels = TestEngines.fastest().open()) {
      Fleet targets = new Fleet(small().targets("sales").build());
      refused(() -> targets.fit(kernels, single, it -> {}), "targets is [sales]", "map of names");
      refused(() -> targets.fitGlobal(kernels, single, it -> {}), "targets is [sales]");
      Fleet known = new Fleet(small().known("price").build());
      refused(() -> known.fit(kernels, single, it -> {}), "known is [price]");
      Fleet plain = new Fleet(small().build());
      refused(
          () -> plain.fit(kernels, List.of(shop(1, 50)), it -> {}), "'sales'", "4 columns", "map");
      refused(() -> plain.fit(kernels, other, it -> {}), "'north'", "'south'", "[s2]");
      refused(() -> plain.fit(kernels, Map.of(), it -> {}), "at least one");
    }
  }

  /** Those that are few are likely to be wrong; of as many each nobody can say. */
  @Test
  void frequenciesThatDifferFromTheMajorityAreNamed() {
    Fleet fleet = new Fleet(small().build());
    List<Series> series = new ArrayList<>(List.of(column(0, 50, DAILY)));
    IntStream.range(1, 4).forEach(i -> series.add(column(i, 50, MONTHLY)));
    try (Kernels kernels = TestEngines.fastest().open()) {
      refused(
          () -> fleet.fit(kernels, series, it -> {}),
          "3 of 4 series are monthly, but not these: daily: 's0';",
          "forecast them apart");
      IntStream.range(4, 11).forEach(i -> series.add(column(i, 50, DAILY)));
      refused(
          () -> fleet.fit(kernels, series, it -> {}),
          "8 of 11 series are daily, but not these: monthly: 's1', 's2', 's3';");
      IntStream.range(11, 16).forEach(i -> series.add(column(i, 50, MONTHLY)));
      refused(
          () -> fleet.fitGlobal(kernels, series, it -> {}),
          "the series differ in frequency: daily: 's0', 's4', 's5', 's6', 's7' and 3 more;",
          "monthly: 's1'");
    }
  }

  /**
   * The last days of months are months whether a series begins with January or with February; rows
   * without dates have no frequency to differ in.
   */
  @Test
  void lastDaysOfMonthsAndNumberedRowsDifferFromNothing() {
    List<LocalDateTime> january = monthEnds(1, 50);
    List<LocalDateTime> february = monthEnds(2, 50);
    Frequency first = Frequency.detect(january).orElseThrow();
    Frequency second = Frequency.detect(february).orElseThrow();
    assertFalse(first.equals(second), "there is nothing to test");
    List<Series> series =
        List.of(
            new Series(List.of("a"), values(1, 50), index(january, first)),
            new Series(List.of("b"), values(2, 50), index(february, second)),
            numbered(3, 50));
    Forecaster forecaster = small().build();
    try (Kernels kernels = TestEngines.fastest().open()) {
      FleetModel fleet = new Fleet(forecaster).fit(kernels, series, progress -> {});
      assertEquals(List.of("a", "b", "s3"), fleet.names());
      try (ForecastModel model = fleet.model("b")) {
        double[] from =
            model.predict(series.get(0), 3, Double.NaN, new double[3][0]).get(0).values();
        assertEquals(3, from.length);
      }
      try (ForecastModel model = fleet.model("a")) {
        assertEquals(
            3,
            model.predict(series.get(1), 3, Double.NaN, new double[3][0]).get(0).values().length);
      }
    }
  }

  /** Far too long a training of noise. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void oneNetworkForAllEndsEarlyByTheTailsOfAll(TestEngine engine) {
    List<Series> noise = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      double[][] rows = new double[i == 3 ? 14 : 50][];
      SplittableRandom random = new SplittableRandom(i);
      Arrays.setAll(rows, row -> new double[] {random.nextDouble(-1, 1)});
      noise.add(new Series(List.of("noise " + i), rows));
    }
    Forecaster.Builder overlong =
        small().season(1).window(12).transformation(Transformation.NONE).steps(400).members(2);
    Forecaster stopping = overlong.earlyStopping(3).build();
    Forecaster whole = overlong.earlyStopping(0).build();
    try (Kernels kernels = engine.open()) {
      assertEquals(400, steps(new Fleet(whole).fitGlobal(kernels, noise, progress -> {})));
      long before = kernels.allocatedBytes();
      FleetModel early = new Fleet(stopping).fitGlobal(kernels, noise, progress -> {});
      assertEquals(before, kernels.allocatedBytes());
      assertTrue(steps(early) < 400, () -> steps(early) + " steps were taken");
      // Noise is best forecast by its mean; what has learnt it by heart strays.
      for (double value : early.forecast("noise 1", 6)) {
        assertEquals(0, value, 0.8);
      }
      FleetModel again = new Fleet(stopping).fitGlobal(kernels, noise, progress -> {});
      assertArrayEquals(early.forecast("noise 2", 6), again.forecast("noise 2", 6), 0);
    }
  }

  /** After one step nothing is chosen by the tails, so that they cannot have a say at all. */
  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("engines")
  void oneNetworkForAllDoesNotLearnFromTheTails(TestEngine engine) {
    Forecaster forecaster =
        small()
            .season(1)
            .window(12)
            .transformation(Transformation.NONE)
            .scaling(IdentityScaler.NAME)
            .validationRows(6)
            .batch(400)
            .steps(1)
            .earlyStopping(3)
            .build();
    double[][] rows = values(1, 60);
    double[][] tail = values(1, 60);
    double[][] before = values(1, 60);
    for (int row = 54; row < 60; row++) {
      tail[row][0] += 1;
    }
    before[53][0] += 1;
    double[] from = Arrays.stream(rows).mapToDouble(row -> row[0]).toArray();
    try (Kernels kernels = engine.open()) {
      double[] expected = afterOneStep(kernels, forecaster, rows, from);
      assertArrayEquals(expected, afterOneStep(kernels, forecaster, tail, from), 0);
      assertFalse(Arrays.equals(expected, afterOneStep(kernels, forecaster, before, from)));
    }
  }

  /** What the networks that learnt some rows, beside another series, make of other rows. */
  private static double[] afterOneStep(
      Kernels kernels, Forecaster forecaster, double[][] rows, double[] from) {
    List<Series> series = List.of(new Series(List.of("a"), rows), numbered(2, 60));
    FleetModel fleet = new Fleet(forecaster).fitGlobal(kernels, series, progress -> {});
    try (ForecastModel model = fleet.model("a")) {
      return model.predict(from, 4, Double.NaN).values();
    }
  }

  private static long steps(FleetModel fleet) {
    try (ForecastModel model = fleet.model(fleet.names().get(0))) {
      return model.steps();
    }
  }

  private interface Fit {
    FleetModel run();
  }

  private static void refused(Fit fit, String... fragments) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, fit::run);
    for (String fragment : fragments) {
      assertTrue(e.getMessage().contains(fragment), e.getMessage());
    }
  }

  /** Sales and returns that follow a price and the weather. */
  private static Series shop(int seed, int rows) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] values = new double[rows][];
    for (int t = 0; t < rows; t++) {
      double price = 1 + 0.5 * random.nextInt(3);
      double weather = random.nextDouble(-1, 1);
      double sales = 30 - 5 * price + 2 * weather + 4 * Math.sin(2 * Math.PI * t / 12);
      values[t] = new double[] {sales, 3 + random.nextDouble(), price, weather};
    }
    return new Series(
        List.of("sales", "returns", "price", "weather"), values, times(MONTHLY, rows));
  }

  private static Series column(int seed, int rows, Frequency frequency) {
    return new Series(List.of("s" + seed), values(seed, rows), times(frequency, rows));
  }

  private static Series numbered(int seed, int rows) {
    return new Series(List.of("s" + seed), values(seed, rows));
  }

  private static double[][] values(int seed, int rows) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] values = new double[rows][];
    Arrays.setAll(
        values, t -> new double[] {9 + Math.sin(2 * Math.PI * t / 7) + random.nextDouble()});
    return values;
  }

  private static List<LocalDateTime> monthEnds(int firstMonth, int rows) {
    return IntStream.range(0, rows)
        .mapToObj(row -> START.plusMonths(firstMonth + (long) row).minusDays(1))
        .toList();
  }

  private static TimeIndex times(Frequency frequency, int rows) {
    return index(
        IntStream.range(0, rows).mapToObj(row -> frequency.plus(START, row)).toList(), frequency);
  }

  private static TimeIndex index(List<LocalDateTime> times, Frequency frequency) {
    return new TimeIndex(times, frequency, DateTimeFormatter.ISO_LOCAL_DATE);
  }

  private static Forecaster.Builder small() {
    return Forecaster.builder().units(6).members(2).batch(8).steps(12).learningRate(0.03);
  }
}
