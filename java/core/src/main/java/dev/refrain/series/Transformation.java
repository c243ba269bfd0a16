package dev.refrain.series;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes a series easier to learn and forecasts readable again: the logarithm turns growing swings
 * into even ones, jumps to another level may be levelled, the season may be taken out, and
 * differences from step to step take out the level, which a network cannot follow beyond what it
 * has seen.
 *
 * @param logarithm whether to take the logarithm, first; for values above 0
 * @param leveled whether rows before a {@link LevelShift} are moved to the level after it, second;
 *     leaves series that have none as they are
 * @param seasonal what to do about the season, third
 * @param difference whether to take differences from step to step, fourth
 */
public record Transformation(
    boolean logarithm, boolean leveled, Seasonal seasonal, boolean difference) {

  /** What is done about the season. */
  public enum Seasonal {
    /** Nothing: the network sees it, and learns it. */
    KEPT,
    /** Each value less the one a season before. */
    DIFFERENCE,
    /** Each value less what its phase has above the average of all, in the training values. */
    INDICES
  }

  /** Leaves values as they are. */
  public static final Transformation NONE = new Transformation(false, false);

  private static final String LOG_NAME = "log";
  private static final String LEVELED_NAME = "leveled";
  private static final String DIFFERENCE_NAME = "difference";
  private static final String NONE_NAME = "none";

  /** What {@link Seasonal} is called, by its ordinal. */
  private static final List<String> SEASONAL_NAMES = List.of("", "seasonal", "deseasoned");

  /** The names that {@link #parse} knows: what is done, in the order in which it is done. */
  public static final List<String> NAMES = names();

  /** Without a season, swings are measured within blocks of this length. */
  private static final int BLOCK_WITHOUT_SEASON = 12;

  private static final int FEWEST_BLOCKS = 3;

  /** A transformation that leaves level and season in. */
  public Transformation(boolean logarithm, boolean difference) {
    this(logarithm, Seasonal.KEPT, difference);
  }

  /** A transformation that leaves the level in. */
  public Transformation(boolean logarithm, Seasonal seasonal, boolean difference) {
    this(logarithm, false, seasonal, difference);
  }

  private static List<String> names() {
    return all().map(Transformation::toString).toList();
  }

  private static Stream<Transformation> all() {
    List<Transformation> all = new ArrayList<>();
    for (boolean leveled : new boolean[] {false, true}) {
      for (Seasonal seasonal : Seasonal.values()) {
        for (boolean difference : new boolean[] {false, true}) {
          for (boolean logarithm : new boolean[] {false, true}) {
            all.add(new Transformation(logarithm, leveled, seasonal, difference));
          }
        }
      }
    }
    return all.stream();
  }

  private String name() {
    List<String> parts = new ArrayList<>();
    if (logarithm) {
      parts.add(LOG_NAME);
    }
    if (leveled) {
      parts.add(LEVELED_NAME);
    }
    if (seasonal != Seasonal.KEPT) {
      parts.add(SEASONAL_NAMES.get(seasonal.ordinal()));
    }
    if (difference) {
      parts.add(DIFFERENCE_NAME);
    }
    return parts.isEmpty() ? NONE_NAME : String.join("-", parts);
  }

  /**
   * Chooses by the values themselves, with no network involved; the season stays in.
   *
   * <p>The logarithm is taken if all values are positive and the spread within a season, divided by
   * the season's mean, varies less from season to season than the spread alone does. That is the
   * criterion of Guerrero, "Time-series analysis supported by power transformations", Journal of
   * Forecasting 12 (1993), pages 37–48, asked for the powers 0 and 1.
   *
   * <p>Differences are taken if they spread less than the (transformed) values do: Anderson, "Time
   * Series Analysis and Forecasting: The Box–Jenkins Approach" (1976).
   *
   * <p>Both are judged by values without the level shifts that they have; these are levelled if
   * there are any.
   *
   * @param values training values, oldest first, and no others
   * @param season length of a season in steps, 1 for none
   */
  public static Transformation choose(double[] values, int season) {
    boolean logarithm = spreadGrowsWithLevel(values, season > 1 ? season : BLOCK_WITHOUT_SEASON);
    FittedTransformation leveled =
        new Transformation(logarithm, true, Seasonal.KEPT, false).fit(values, season);
    double[] levels = leveled.apply(values);
    double[] differences = differences(levels, 1);
    boolean difference = differences.length > 0 && deviation(differences) < deviation(levels);
    return new Transformation(logarithm, !leveled.shifts().isEmpty(), Seasonal.KEPT, difference);
  }

  private static boolean spreadGrowsWithLevel(double[] values, int blockLength) {
    int blocks = values.length / blockLength;
    if (blocks < FEWEST_BLOCKS || Arrays.stream(values).anyMatch(value -> value <= 0)) {
      return false;
    }
    double[] spread = new double[blocks];
    double[] relativeSpread = new double[blocks];
    for (int block = 0; block < blocks; block++) {
      // Whole blocks counted from the end: the newest values always take part.
      int to = values.length - block * blockLength;
      double[] part = Arrays.copyOfRange(values, to - blockLength, to);
      spread[block] = deviation(part);
      relativeSpread[block] = spread[block] / mean(part);
    }
    return deviation(relativeSpread) / mean(relativeSpread) < deviation(spread) / mean(spread);
  }

  /**
   * Reads a name.
   *
   * @param name one of {@link #NAMES}
   * @throws IllegalArgumentException if it is another one
   */
  public static Transformation parse(String name) {
    return all()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no transformation is named '%s'; choose one of %s"
                        .formatted(name, String.join(", ", NAMES))));
  }

  /** The same, of levels that are moved to the last one. */
  Transformation ofLeveled() {
    return new Transformation(logarithm, true, seasonal, difference);
  }

  /**
   * How many values fewer there are after it: one with differences, a season with seasonal ones.
   *
   * @param season length of a season in steps
   */
  public int lost(int season) {
    return (difference ? 1 : 0) + (seasonal == Seasonal.DIFFERENCE ? season : 0);
  }

  /**
   * Learns from training values what {@link FittedTransformation} needs.
   *
   * @param values training values, oldest first, and no others
   * @param season length of a season in steps, 1 for none
   * @throws IllegalArgumentException if a logarithm is wanted of a value that is not positive
   */
  public FittedTransformation fit(double[] values, int season) {
    return fit(values, season, shifts(values, season));
  }

  /** As above, of values whose shifts are known. */
  FittedTransformation fit(double[] values, int season, List<LevelShift> shifts) {
    FittedTransformation fitted =
        new FittedTransformation(
            this, season, new double[] {0}, shifts, FittedTransformation.sum(shifts));
    return seasonal == Seasonal.INDICES
        ? fitted.withIndices(SeasonalIndices.of(fitted.levels(values, 0), season))
        : fitted;
  }

  /** The shifts that are to be levelled; none where none is. */
  List<LevelShift> shifts(double[] values, int season) {
    return leveled ? LevelShifts.of(levels(values), season) : List.of();
  }

  /** Values or their logarithms. */
  double[] levels(double[] values) {
    double[] levels = new double[values.length];
    Arrays.setAll(levels, row -> level(values[row]));
    return levels;
  }

  double level(double value) {
    if (!logarithm) {
      return value;
    }
    if (value <= 0) {
      throw new IllegalArgumentException(
          "the logarithm of " + value + " was asked for; it needs values above 0");
    }
    return Math.log(value);
  }

  static double[] differences(double[] values, int distance) {
    double[] differences = new double[Math.max(0, values.length - distance)];
    Arrays.setAll(differences, row -> values[row + distance] - values[row]);
    return differences;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElse(Double.NaN));
  }

  /** The name, one of {@link #NAMES}. */
  @Override
  public String toString() {
    return name();
  }
}
