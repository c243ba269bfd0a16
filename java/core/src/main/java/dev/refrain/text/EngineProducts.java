package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.View;
import dev.refrain.rows.RowProducts;
import java.util.Arrays;

/**
 * The dot products of queries with the rows of a matrix, on an engine: a linear layer without bias,
 * a block of rows and of queries at a time.
 */
final class EngineProducts {
  private static final int BLOCK_QUERIES = 256;
  private static final int BLOCK_ROWS = 32_768;

  private EngineProducts() {}

  /**
   * Computes all products; as {@link RowProducts#forEach}, but in this thread.
   *
   * @param matrix [at least rows, dimensions]
   * @param queries [count, dimensions]
   */
  static void forEach(
      Kernels kernels,
      float[] matrix,
      int dimensions,
      int rows,
      float[] queries,
      int count,
      RowProducts.Consumer consumer) {
    if (count == 0) {
      return;
    }
    int blockRows = Math.min(rows, BLOCK_ROWS);
    int blockQueries = Math.min(count, BLOCK_QUERIES);
    long weights = (long) blockRows * dimensions;
    try (Buffer values = kernels.allocate(weights + blockRows);
        Buffer inputs = kernels.allocate((long) blockQueries * dimensions);
        Buffer outputs = kernels.allocate((long) blockQueries * blockRows)) {
      float[] products = new float[blockQueries * blockRows];
      for (int row = 0; row < rows; row += blockRows) {
        int some = Math.min(blockRows, rows - row);
        values.write(0, matrix, row * dimensions, some * dimensions);
        for (int query = 0; query < count; query += blockQueries) {
          int asked = Math.min(blockQueries, count - query);
          inputs.write(0, queries, query * dimensions, asked * dimensions);
          kernels.linearForward(
              new LinearShape(1, asked, dimensions, some),
              new LinearParameters(values, null, 0, 0, weights),
              View.of(inputs, asked, dimensions),
              View.of(outputs, asked, some));
          outputs.read(0, products, 0, asked * some);
          for (int i = 0; i < asked; i++) {
            float[] own = Arrays.copyOfRange(products, i * some, (i + 1) * some);
            consumer.accept(query + i, row, some, own);
          }
        }
      }
    }
  }
}
