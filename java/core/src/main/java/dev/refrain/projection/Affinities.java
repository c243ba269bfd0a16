package dev.refrain.projection;

import dev.refrain.rows.BestRows;
import dev.refrain.rows.RowProducts;
import dev.refrain.rows.Workers;
import java.util.Arrays;

/**
 * How similar points are, p_ij of t-SNE: a Gaussian around each point as wide as its perplexity
 * asks, over its nearest neighbours, made symmetric and scaled so that all sum to 1.
 */
final class Affinities {
  /** Neighbours for a unit of perplexity; farther ones weigh next to nothing. */
  private static final int NEIGHBOURS_A_PERPLEXITY = 3;

  private static final int MOST_HALVINGS = 100;
  private static final double ENTROPY_TOLERANCE = 1e-5;

  private Affinities() {}

  /**
   * Computes them.
   *
   * @param centred [N, dimensions], each dimension with the mean 0, so that little cancels in
   *     distances
   * @param all whether all pairs count, not only near ones
   */
  static SparseRows of(
      float[] centred, int dimensions, double perplexity, boolean all, Workers workers) {
    int points = centred.length / dimensions;
    int neighbours =
        all ? points - 1 : (int) Math.min(points - 1, NEIGHBOURS_A_PERPLEXITY * perplexity + 1);
    if ((long) points * neighbours > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException(
          "%d points with %d neighbours each are too many; lower the perplexity, or raise theta if"
                  .formatted(points, neighbours)
              + " it is 0");
    }
    int[][] nearest = nearest(centred, dimensions, neighbours, workers);
    float[] conditional = new float[points * neighbours];
    workers.forEach(
        points,
        point -> {
          double[] distances = distances(centred, dimensions, point, nearest[point]);
          double[] weights = gaussian(distances, Math.log(perplexity));
          for (int k = 0; k < neighbours; k++) {
            conditional[point * neighbours + k] = (float) weights[k];
          }
        });
    return symmetric(nearest, neighbours, conditional);
  }

  /** The neighbours of each point, columns ascending. */
  private static int[][] nearest(float[] centred, int dimensions, int neighbours, Workers workers) {
    int points = centred.length / dimensions;
    if (neighbours == points - 1) {
      int[][] others = new int[points][neighbours];
      for (int point = 0; point < points; point++) {
        int skipped = point;
        Arrays.setAll(others[point], k -> k < skipped ? k : k + 1);
      }
      return others;
    }
    float[] halfNorms = new float[points];
    for (int point = 0; point < points; point++) {
      double sum = 0;
      for (int d = 0; d < dimensions; d++) {
        double value = centred[point * dimensions + d];
        sum += value * value;
      }
      halfNorms[point] = (float) (sum / 2);
    }
    BestRows[] best = new BestRows[points];
    // One more, since the nearest of all is the point itself.
    Arrays.setAll(best, point -> new BestRows(neighbours + 1));
    new RowProducts(centred, dimensions, points)
        .forEach(
            centred,
            points,
            workers,
            (query, firstRow, count, products) -> {
              BestRows kept = best[query];
              for (int i = 0; i < count; i++) {
                kept.offer(firstRow + i, products[i] - halfNorms[firstRow + i]);
              }
            });
    int[][] nearest = new int[points][];
    Arrays.setAll(nearest, point -> withoutItself(best[point], point, neighbours));
    return nearest;
  }

  private static int[] withoutItself(BestRows best, int point, int neighbours) {
    int[] others = new int[neighbours];
    int size = 0;
    for (int rank = 0; rank < best.size() && size < neighbours; rank++) {
      if (best.row(rank) != point) {
        others[size++] = best.row(rank);
      }
    }
    Arrays.sort(others);
    return others;
  }

  /** Squared, in double: what the products chose by is rounded too coarsely. */
  private static double[] distances(float[] centred, int dimensions, int point, int[] others) {
    double[] distances = new double[others.length];
    for (int k = 0; k < others.length; k++) {
      double sum = 0;
      for (int d = 0; d < dimensions; d++) {
        double difference =
            (double) centred[point * dimensions + d] - centred[others[k] * dimensions + d];
        sum += difference * difference;
      }
      distances[k] = sum;
    }
    return distances;
  }

  /** Weights {@code exp(−β d²)} that sum to 1 and have the wanted entropy; halving finds β. */
  static double[] gaussian(double[] squaredDistances, double wantedEntropy) {
    double[] weights = new double[squaredDistances.length];
    double least = Arrays.stream(squaredDistances).min().orElse(0);
    double beta = 1;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    for (int i = 0; i < MOST_HALVINGS; i++) {
      double entropy = weigh(squaredDistances, least, beta, weights);
      if (Math.abs(entropy - wantedEntropy) <= ENTROPY_TOLERANCE) {
        break;
      }
      if (entropy > wantedEntropy) {
        low = beta;
        beta = high == Double.POSITIVE_INFINITY ? beta * 2 : (beta + high) / 2;
      } else {
        high = beta;
        beta = (beta + low) / 2;
      }
    }
    return weights;
  }

  /** Distances count from the least, so that the largest weight cannot underflow. */
  private static double weigh(
      double[] squaredDistances, double least, double beta, double[] weights) {
    double sum = 0;
    double weightedDistance = 0;
    for (int k = 0; k < weights.length; k++) {
      double distance = squaredDistances[k] - least;
      weights[k] = Math.exp(-beta * distance);
      sum += weights[k];
      weightedDistance += weights[k] * distance;
    }
    for (int k = 0; k < weights.length; k++) {
      weights[k] /= sum;
    }
    return Math.log(sum) + beta * weightedDistance / sum;
  }

  /** {@code (P + Pᵀ) / 2N}. */
  private static SparseRows symmetric(int[][] nearest, int neighbours, float[] conditional) {
    int points = nearest.length;
    SparseRows rows = new SparseRows(new int[points + 1], flat(nearest, neighbours), conditional);
    Arrays.setAll(rows.starts, row -> row * neighbours);
    SparseRows turned = transposed(rows);
    int[] starts = new int[points + 1];
    int[] columns = new int[2 * conditional.length];
    float[] values = new float[columns.length];
    int size = 0;
    for (int row = 0; row < points; row++) {
      int a = rows.starts[row];
      int b = turned.starts[row];
      while (a < rows.starts[row + 1] || b < turned.starts[row + 1]) {
        int columnA = a < rows.starts[row + 1] ? rows.columns[a] : Integer.MAX_VALUE;
        int columnB = b < turned.starts[row + 1] ? turned.columns[b] : Integer.MAX_VALUE;
        double sum = 0;
        if (columnA <= columnB) {
          sum += rows.values[a++];
        }
        if (columnB <= columnA) {
          sum += turned.values[b++];
        }
        columns[size] = Math.min(columnA, columnB);
        values[size++] = (float) (sum / (2.0 * points));
      }
      starts[row + 1] = size;
    }
    return new SparseRows(starts, Arrays.copyOf(columns, size), Arrays.copyOf(values, size));
  }

  private static int[] flat(int[][] rows, int length) {
    int[] flat = new int[rows.length * length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * length, length);
    }
    return flat;
  }

  private static SparseRows transposed(SparseRows rows) {
    int[] starts = new int[rows.starts.length];
    for (int column : rows.columns) {
      starts[column + 1]++;
    }
    for (int row = 0; row < rows.rows(); row++) {
      starts[row + 1] += starts[row];
    }
    int[] next = starts.clone();
    int[] columns = new int[rows.columns.length];
    float[] values = new float[columns.length];
    for (int row = 0; row < rows.rows(); row++) {
      for (int i = rows.starts[row]; i < rows.starts[row + 1]; i++) {
        int at = next[rows.columns[i]]++;
        columns[at] = row;
        values[at] = rows.values[i];
      }
    }
    return new SparseRows(starts, columns, values);
  }
}
