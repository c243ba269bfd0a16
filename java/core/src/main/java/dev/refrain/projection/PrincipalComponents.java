package dev.refrain.projection;

import java.util.Arrays;

/** The two directions along which points spread the most. */
final class PrincipalComponents {
  private static final int MOST_ITERATIONS = 300;
  private static final double TOLERANCE = 1e-10;

  private PrincipalComponents() {}

  /** The points moved so that each dimension has the mean 0. */
  static float[] centred(float[] values, int dimensions) {
    int points = values.length / dimensions;
    double[] mean = new double[dimensions];
    for (int i = 0; i < values.length; i++) {
      mean[i % dimensions] += values[i];
    }
    float[] centred = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      centred[i] = (float) (values[i] - mean[i % dimensions] / points);
    }
    return centred;
  }

  /** Moves numbers so that their mean is 0. */
  static void centre(double[] numbers) {
    double mean = Arrays.stream(numbers).sum() / numbers.length;
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] -= mean;
    }
  }

  /** Standard deviation of numbers with the mean 0. */
  static double deviation(double[] numbers) {
    return Math.sqrt(Arrays.stream(numbers).map(n -> n * n).sum() / numbers.length);
  }

  /** The places of centred points along the first and the second direction, [2][N]. */
  static double[][] scores(float[] centred, int dimensions) {
    double[][] directions = directions(covariance(centred, dimensions));
    int points = centred.length / dimensions;
    double[][] scores = new double[2][points];
    for (int axis = 0; axis < 2; axis++) {
      for (int point = 0; point < points; point++) {
        double sum = 0;
        for (int d = 0; d < dimensions; d++) {
          sum += centred[point * dimensions + d] * directions[axis][d];
        }
        scores[axis][point] = sum;
      }
    }
    return scores;
  }

  private static double[][] covariance(float[] centred, int dimensions) {
    double[][] covariance = new double[dimensions][dimensions];
    for (int at = 0; at < centred.length; at += dimensions) {
      for (int a = 0; a < dimensions; a++) {
        double value = centred[at + a];
        double[] row = covariance[a];
        for (int b = 0; b < dimensions; b++) {
          row[b] += value * centred[at + b];
        }
      }
    }
    return covariance;
  }

  /** Orthogonal iteration; where there is no second direction it is 0. */
  private static double[][] directions(double[][] covariance) {
    int dimensions = covariance.length;
    double[][] directions = new double[2][dimensions];
    for (int d = 0; d < dimensions; d++) {
      // Any start does that is not at right angles to what is sought.
      directions[0][d] = 1 + 0.1 * Math.sin(d + 1.0);
      directions[1][d] = Math.cos(3.0 * d + 1);
    }
    orthonormalize(directions);
    for (int i = 0; i < MOST_ITERATIONS; i++) {
      double[][] next = {product(covariance, directions[0]), product(covariance, directions[1])};
      orthonormalize(next);
      double change = Math.max(change(directions[0], next[0]), change(directions[1], next[1]));
      directions = next;
      if (change < TOLERANCE) {
        break;
      }
    }
    return directions;
  }

  private static double[] product(double[][] matrix, double[] vector) {
    double[] product = new double[vector.length];
    for (int row = 0; row < product.length; row++) {
      product[row] = dot(matrix[row], vector);
    }
    return product;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void orthonormalize(double[][] two) {
    normalize(two[0]);
    double along = dot(two[0], two[1]);
    double before = Math.sqrt(dot(two[1], two[1]));
    for (int i = 0; i < two[1].length; i++) {
      two[1][i] -= along * two[0][i];
    }
    // What is left of a vector that was not independent is rounding.
    if (Math.sqrt(dot(two[1], two[1])) <= 1e-12 * before) {
      Arrays.fill(two[1], 0);
    }
    normalize(two[1]);
  }

  private static void normalize(double[] vector) {
    double norm = Math.sqrt(dot(vector, vector));
    if (norm > 0) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= norm;
      }
    }
  }

  private static double change(double[] a, double[] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }
}
