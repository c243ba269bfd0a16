package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalerTest {
  private static final double[][] ROWS = {{589, 0.1}, {561, 0.1}, {640, 0.1}, {656, 0.1}};
  private static final double[][] LATER = {{700, 0.3}, {500, -0.1}};

  @Test
  void minMaxMapsTheTrainingRangeToZeroAndOne() {
    Scaler scaler = MinMaxScaler.fit(ROWS);
    assertEquals(0, scaler.transform(561, 0));
    assertEquals(1, scaler.transform(656, 0));
    assertEquals(28.0 / 95, scaler.transform(589, 0), 1e-15);
    assertEquals(139.0 / 95, scaler.transform(700, 0), 1e-15);
  }

  /** Against numpy: (a - a.mean()) / a.std(). */
  @Test
  void standardMapsToMeanZeroAndDeviationOne() {
    Scaler scaler = StandardScaler.fit(ROWS);
    double deviation = Math.sqrt((22.5 * 22.5 + 50.5 * 50.5 + 28.5 * 28.5 + 44.5 * 44.5) / 4);
    assertEquals(-22.5 / deviation, scaler.transform(589, 0), 1e-15);
    assertEquals(88.5 / deviation, scaler.transform(700, 0), 1e-14);
  }

  @Test
  void identityChangesNothing() {
    assertArrayEquals(LATER, IdentityScaler.fit(ROWS).transform(LATER));
  }

  @ParameterizedTest
  @FieldSource("dev.refrain.series.Scaler#NAMES")
  void inverseUndoesTransform(String name) {
    Scaler scaler = Scaler.fit(name, ROWS);
    double[][] back = scaler.inverse(scaler.transform(LATER));
    for (int row = 0; row < LATER.length; row++) {
      assertArrayEquals(LATER[row], back[row], 1e-12);
    }
  }

  /**
   * The mean of 0.1, 0.1, 0.1, 0.1 may round to another number; its deviation is 0 all the same.
   */
  @ParameterizedTest
  @ValueSource(strings = {MinMaxScaler.NAME, StandardScaler.NAME})
  void aConstantColumnHasScaleOne(String name) {
    Scaler scaler = Scaler.fit(name, ROWS);
    assertEquals(1, scaler.parameters().get("scale")[1]);
    assertEquals(0, scaler.transform(0.1, 1), 1e-16);
    assertEquals(0.2, scaler.transform(0.3, 1), 1e-15);
    assertEquals(0.1, scaler.inverse(0, 1), 1e-16);
  }

  @ParameterizedTest
  @FieldSource("dev.refrain.series.Scaler#NAMES")
  void restoringGivesTheSameScalerBitForBit(String name) {
    Scaler scaler = Scaler.fit(name, ROWS);
    Scaler restored = Scaler.restore(scaler.name(), scaler.parameters());
    assertEquals(scaler.getClass(), restored.getClass());
    assertArrayEquals(scaler.transform(LATER), restored.transform(LATER));
  }

  @Test
  void parametersAreCopies() {
    Scaler scaler = MinMaxScaler.fit(ROWS);
    scaler.parameters().get("offset")[0] = 1e9;
    Map<String, double[]> kept = scaler.parameters();
    Scaler restored = Scaler.restore(MinMaxScaler.NAME, kept);
    kept.get("scale")[0] = 1e9;
    assertEquals(1, scaler.transform(656, 0));
    assertEquals(1, restored.transform(656, 0));
  }

  @Test
  void transformLeavesItsArgumentAlone() {
    double[][] rows = {{1, 2}};
    MinMaxScaler.fit(ROWS).transform(rows);
    assertArrayEquals(new double[] {1, 2}, rows[0]);
  }

  @Test
  void badTrainingRowsAreRefused() {
    assertRefused("a scaler needs at least one row and one column to fit", new double[0][0]);
    assertRefused("a scaler needs at least one row and one column to fit", new double[1][0]);
    assertRefused("row 1 has 2 columns, row 0 has 1", new double[][] {{1}, {1, 2}});
    assertRefused("row 1, column 0 is NaN, not a number", new double[][] {{1}, {Double.NaN}});
    assertRefused(
        "the values of column 0 are too large to be scaled; give them in another unit",
        new double[][] {{-1.7e308}, {1.7e308}});
    assertMessage(
        "the values of column 0 are too close to each other to be scaled; give them in another unit",
        assertThrows(
            IllegalArgumentException.class,
            () -> StandardScaler.fit(new double[][] {{1e-320}, {2e-320}})));
  }

  @Test
  void rowsOfAnotherWidthAreRefused() {
    Scaler scaler = MinMaxScaler.fit(ROWS);
    double[][] narrow = {{1, 2}, {1}};
    assertMessage(
        "row 1 has 1 columns, the scaler has 2",
        assertThrows(IllegalArgumentException.class, () -> scaler.transform(narrow)));
    assertMessage(
        "row 1 has 1 columns, the scaler has 2",
        assertThrows(IllegalArgumentException.class, () -> scaler.inverse(narrow)));
  }

  @Test
  void unknownNamesAndDamagedParametersAreRefused() {
    Map<String, double[]> parameters = MinMaxScaler.fit(ROWS).parameters();
    assertMessage(
        "no scaler is named 'robust'; choose one of minmax, standard, none",
        assertThrows(IllegalArgumentException.class, () -> Scaler.fit("robust", ROWS)));
    assertMessage(
        "no scaler is named 'robust'; choose one of minmax, standard, none",
        assertThrows(IllegalArgumentException.class, () -> Scaler.restore("robust", parameters)));
    Map<String, double[]> incomplete = new HashMap<>(parameters);
    incomplete.remove("scale");
    assertMessage(
        "the scaler's parameter 'scale' is missing; there are [offset]",
        assertThrows(IllegalArgumentException.class, () -> Scaler.restore("minmax", incomplete)));
    Map<String, double[]> zero = Map.of("offset", new double[1], "scale", new double[1]);
    assertMessage(
        "column 0 has offset 0.0 and scale 0.0; both must be finite and the scale above 0",
        assertThrows(IllegalArgumentException.class, () -> Scaler.restore("minmax", zero)));
  }

  private static void assertRefused(String message, double[][] rows) {
    assertMessage(
        message, assertThrows(IllegalArgumentException.class, () -> MinMaxScaler.fit(rows)));
  }

  private static void assertMessage(String message, IllegalArgumentException refused) {
    assertEquals(message, refused.getMessage());
  }
}
