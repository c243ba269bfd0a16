package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Against the lab's own lines run with NumPy 2.4, and the first value that the lab prints. */
class Lab6SeriesTest {
  private static final int STEPS = 20;
  private static final int BATCH = 50;

  @Test
  void theFirstBatchOfOneIsThePrintedOne() {
    Lab6Series.Batch batch = Lab6Series.next(new NumpyRandom(42), 1, STEPS);
    assertEquals(STEPS, batch.inputs().length);
    assertEquals(-1.402081f, batch.inputs()[0]);
    assertEquals(-1.1014099f, batch.targets()[STEPS - 1]);
  }

  @Test
  void batchesAreTimeMajorAndGoOnWithTheSameRandomNumbers() {
    NumpyRandom random = new NumpyRandom(42);
    Lab6Series.Batch first = Lab6Series.next(random, BATCH, STEPS);
    assertEquals(-1.402081f, first.inputs()[0]);
    assertEquals(10.670451f, first.inputs()[1]);
    assertEquals(0.21485028f, first.inputs()[(STEPS - 1) * BATCH + 49]);
    assertEquals(-0.07561703f, first.targets()[(STEPS - 1) * BATCH + 49]);
    Lab6Series.Batch second = Lab6Series.next(random, BATCH, STEPS);
    assertEquals(6.9530687f, second.inputs()[0]);
    assertEquals(-1.6504798f, second.targets()[(STEPS - 1) * BATCH + 49]);
  }

  @Test
  void targetsAreTheInputsOneStepLater() {
    Lab6Series.Batch batch = Lab6Series.next(new NumpyRandom(1), 3, STEPS);
    for (int t = 1; t < STEPS; t++) {
      for (int n = 0; n < 3; n++) {
        assertEquals(batch.inputs()[t * 3 + n], batch.targets()[(t - 1) * 3 + n]);
      }
    }
  }

  @Test
  void thePredictionIsShownTheLabsPoints() {
    Lab6Series.Batch shown = Lab6Series.prediction(STEPS);
    assertEquals(-3.3890345f, shown.inputs()[0]);
    assertEquals(-2.990628f, shown.inputs()[1]);
    assertEquals(2.2435303f, shown.inputs()[10]);
    assertEquals(6.6407204f, shown.inputs()[19]);
    assertEquals(6.0765643f, shown.targets()[19]);
  }
}
