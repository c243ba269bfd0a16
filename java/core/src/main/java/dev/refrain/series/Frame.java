package dev.refrain.series;

import java.util.Arrays;

/**
 * A history laid out for training: in each row what goes into the network, then what should come
 * out of it, so that a window of rows is a training example.
 *
 * @param preparation how its numbers were made
 * @param numbers {@code [rows][inputs + outputs]}
 * @param rows how many
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Frame(Preparation preparation, float[] numbers, int rows) {

  /** Without the last rows, nor those before whose targets reach into them. */
  Frame withoutTail(int tail) {
    int left = tail == 0 ? rows : rows - tail - (preparation.shape().block() - 1);
    return new Frame(preparation, Arrays.copyOf(numbers, numbers.length / rows * left), left);
  }

  /** Lays out training rows, which begin with the one that the preparation was fitted from. */
  static Frame of(Preparation preparation, double[][] trainingRows) {
    FrameShape shape = preparation.shape();
    float[][] scaled = preparation.scaled(trainingRows);
    int rows = Math.max(0, scaled.length - shape.block());
    int columns = shape.inputs() + shape.outputs();
    float[] numbers = new float[rows * columns];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(scaled[row], 0, numbers, at, shape.values());
      at += shape.values();
      for (int ahead = 1; ahead <= shape.block(); ahead++) {
        System.arraycopy(scaled[row + ahead], shape.values(), numbers, at, shape.known());
        at += shape.known();
      }
      for (int ahead = 1; ahead <= shape.block(); ahead++) {
        System.arraycopy(scaled[row + ahead], 0, numbers, at, shape.predicted());
        at += shape.predicted();
      }
    }
    return new Frame(preparation, numbers, rows);
  }
}
