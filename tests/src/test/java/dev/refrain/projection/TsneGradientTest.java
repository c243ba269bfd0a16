package dev.refrain.projection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.rows.Workers;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TsneGradientTest {
  private static final int POINTS = 60;
  private static final int DIMENSIONS = 3;

  @Test
  void similaritiesAreSymmetricSumToOneAndHaveThePerplexity() {
    try (Workers workers = new Workers(2)) {
      SparseRows all = similarities(true, workers);
      SparseRows near = similarities(false, workers);
      for (SparseRows rows : new SparseRows[] {all, near}) {
        double sum = 0;
        for (int i = 0; i < POINTS; i++) {
          for (int k = rows.starts[i]; k < rows.starts[i + 1]; k++) {
            sum += rows.values[k];
            assertTrue(rows.columns[k] != i);
            assertEquals(rows.values[k], at(rows, rows.columns[k], i));
          }
        }
        // Float32 sums of 60 rows.
        assertEquals(1, sum, 1e-5);
      }
      assertEquals(POINTS * (POINTS - 1), all.columns.length);
      assertTrue(near.columns.length < all.columns.length);
    }
    double[] distances = {0.1, 5, 2, 8, 1.5, 1.6, 1e6, 3};
    double[] weights = Affinities.gaussian(distances, Math.log(4));
    double entropy = 0;
    for (double weight : weights) {
      entropy -= weight > 0 ? weight * Math.log(weight) : 0;
    }
    assertEquals(4, Math.exp(entropy), 1e-4);
  }

  /** Differences of the divergence itself, h = 1e-5, whose own error is about h². */
  @Test
  void theGradientIsThatOfTheDivergence() {
    try (Workers workers = new Workers(1)) {
      TsneGradient gradient = new TsneGradient(similarities(true, workers), 0, workers);
      double[] x = places(1);
      double[] y = places(2);
      gradient.compute(x, y, 1);
      double[] alongY = gradient.along(1).clone();
      double step = 1e-5;
      for (int point : new int[] {0, 17, POINTS - 1}) {
        y[point] += step;
        double above = gradient.divergence(x, y);
        y[point] -= 2 * step;
        double below = gradient.divergence(x, y);
        y[point] += step;
        // Similarities are float32 and sum to 1 within 1e-7 only.
        assertEquals((above - below) / (2 * step), alongY[point], 1e-6, "point " + point);
      }
    }
  }

  @Test
  void theTreeComesNearToAllPairs() {
    try (Workers workers = new Workers(1)) {
      SparseRows rows = similarities(true, workers);
      TsneGradient exact = new TsneGradient(rows, 0, workers);
      double[] x = places(3);
      double[] y = places(4);
      exact.compute(x, y, 1);
      double before = Double.POSITIVE_INFINITY;
      for (double theta : new double[] {0.8, 0.4, 0.05}) {
        TsneGradient tree = new TsneGradient(rows, theta, workers);
        tree.compute(x, y, 1);
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < POINTS; i++) {
          worst = Math.max(worst, Math.abs(tree.along(0)[i] - exact.along(0)[i]));
          largest = Math.max(largest, Math.abs(exact.along(0)[i]));
        }
        assertTrue(worst < before, theta + ": " + worst + " after " + before);
        assertTrue(worst <= 0.2 * theta * theta * largest, theta + ": " + worst + " of " + largest);
        before = worst;
      }
    }
  }

  private static SparseRows similarities(boolean all, Workers workers) {
    Random random = new Random(5);
    float[] values = new float[POINTS * DIMENSIONS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Affinities.of(values, DIMENSIONS, 8, all, workers);
  }

  private static double[] places(int seed) {
    return new Random(seed).doubles(POINTS).map(place -> 10 * place).toArray();
  }

  private static float at(SparseRows rows, int row, int column) {
    for (int k = rows.starts[row]; k < rows.starts[row + 1]; k++) {
      if (rows.columns[k] == column) {
        return rows.values[k];
      }
    }
    return Float.NaN;
  }
}
