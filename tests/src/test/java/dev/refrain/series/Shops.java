package dev.refrain.series;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Series that a fleet may consist of. */
final class Shops {
  static final int SEASON = 12;

  /** Windows of different lengths: a launch each. */
  static final List<Integer> ROWS = List.of(34, 48, 62);

  static final String FLAT = "flat";
  static final String SHORT = "short";

  private Shops() {}

  /** A trend, a season whose phase and size differ from shop to shop, and some noise. */
  static Series monthly(int shop, int rows) {
    SplittableRandom random = new SplittableRandom(shop);
    double phase = random.nextDouble(SEASON);
    double size = random.nextDouble(5, 20);
    double slope = random.nextDouble(-0.2, 0.5);
    double[][] values = new double[rows][1];
    for (int t = 0; t < rows; t++) {
      double noise = random.nextDouble(-1, 1);
      values[t][0] = 100 + slope * t + size * Math.sin(2 * Math.PI * (t + phase) / SEASON) + noise;
    }
    return new Series(List.of("shop " + shop), values, times(Frequency.Unit.MONTH, rows));
  }

  static TimeIndex times(Frequency.Unit unit, int rows) {
    Frequency frequency = new Frequency(1, unit);
    LocalDateTime first = LocalDateTime.of(2010, 1, 1, 0, 0);
    return new TimeIndex(
        IntStream.range(0, rows).mapToObj(row -> frequency.plus(first, row)).toList(),
        frequency,
        DateTimeFormatter.ISO_LOCAL_DATE);
  }

  static Forecaster.Builder small() {
    return Forecaster.builder().units(5).members(2).season(SEASON).batch(4).steps(6);
  }

  /** Three that are learnt, one that is constant and one that is too short. */
  static List<Series> few() {
    Series flat = new Series(List.of(FLAT), new double[40][1]);
    Series tooShort = new Series(List.of(SHORT), new double[][] {{1}, {2}, {4}});
    return List.of(shop(0), shop(1), tooShort, shop(2), flat);
  }

  static Series shop(int shop) {
    return monthly(shop, ROWS.get(shop));
  }
}
