package dev.refrain.kernels.reference;

/** Products of vectors with matrices {@code [rows, columns]} that lie inside flat arrays. */
final class Products {
  private Products() {}

  /** {@code Σ a[aStart + k]·b[bStart + k]}. */
  static double dot(double[] a, int aStart, double[] b, int bStart, int count) {
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += a[aStart + k] * b[bStart + k];
    }
    return sum;
  }

  /** {@code matrix += d xᵀ} in the rows {@code first .. first+rows-1}. */
  static void addOuter(
      double[] d, int first, int rows, double[] x, int xStart, int columns, double[] matrix) {
    for (int j = first; j < first + rows; j++) {
      double scale = d[j];
      int row = j * columns;
      for (int k = 0; k < columns; k++) {
        matrix[row + k] += scale * x[xStart + k];
      }
    }
  }

  /** {@code target += matrixᵀ d} over the rows {@code first .. first+rows-1} of both. */
  static void addTransposed(
      double[] matrix, int start, int columns, double[] d, int first, int rows, double[] target) {
    for (int j = first; j < first + rows; j++) {
      double scale = d[j];
      int row = start + j * columns;
      for (int k = 0; k < columns; k++) {
        target[k] += scale * matrix[row + k];
      }
    }
  }
}
