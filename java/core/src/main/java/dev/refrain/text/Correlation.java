package dev.refrain.text;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How two series of numbers go together. */
final class Correlation {
  private Correlation() {}

  /** Pearson's correlation; NaN where a series is constant or has fewer than two numbers. */
  static double pearson(double[] a, double[] b) {
    double meanA = Arrays.stream(a).average().orElse(Double.NaN);
    double meanB = Arrays.stream(b).average().orElse(Double.NaN);
    double squaresA = 0;
    double squaresB = 0;
    double products = 0;
    for (int i = 0; i < a.length; i++) {
      squaresA += (a[i] - meanA) * (a[i] - meanA);
      squaresB += (b[i] - meanB) * (b[i] - meanB);
      products += (a[i] - meanA) * (b[i] - meanB);
    }
    return products / Math.sqrt(squaresA * squaresB);
  }

  /** Spearman's rank correlation: Pearson's of the ranks. */
  static double spearman(double[] a, double[] b) {
    return pearson(ranks(a), ranks(b));
  }

  /** Ranks from 1; equal numbers have the mean of their ranks. */
  static double[] ranks(double[] numbers) {
    int[] order =
        IntStream.range(0, numbers.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> numbers[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[numbers.length];
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length && numbers[order[to]] == numbers[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + 1 + to) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
