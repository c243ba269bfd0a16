package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.View;
import java.util.Arrays;

/**
 * The tutorial's recurrent network without any framework's cells, unrolled by hand over two steps:
 * {@code Y0 = tanh(X0 Wx + b)}, {@code Y1 = tanh(Y0 Wy + X1 Wx + b)}. Here an engine computes it:
 * one call of {@link Kernels#rnnForward} with T = 2, {@code W = Wxᵀ} and {@code R = Wyᵀ}.
 *
 * @param title what the variant is called
 * @param x0 {@code [N][I]}, the batch at step 0
 * @param x1 {@code [N][I]}, the batch at step 1
 * @param neurons H
 */
@SuppressWarnings("ArrayRecordComponent") // Two constants, never compared.
record BareRnn(String title, float[][] x0, float[][] x1, int neurons) {
  private static final GraphInitializers GRAPH = new GraphInitializers(42);
  private static final long WX_OP_SEED = 5;
  private static final long WY_OP_SEED = 14;

  private static final int STEPS = 2;

  /** Four instances of three inputs, five neurons. */
  static final BareRnn LAB =
      new BareRnn(
          "the lab's: 3 inputs, 5 neurons",
          new float[][] {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 0, 1}},
          new float[][] {{9, 8, 7}, {0, 0, 0}, {6, 5, 4}, {3, 2, 1}},
          5);

  /** Three instances of two inputs, three neurons. */
  static final BareRnn BOOTCAMP =
      new BareRnn(
          "the bootcamp's: 2 inputs, 3 neurons",
          new float[][] {{0, 1}, {2, 3}, {4, 5}},
          new float[][] {{100, 101}, {102, 103}, {104, 105}},
          3);

  /**
   * Runs both steps.
   *
   * @return {@code [T][N][H]}: Y0 and Y1
   */
  float[][][] run(Kernels kernels) {
    int instances = x0.length;
    int inputs = x0[0].length;
    RnnCell cell = new RnnCell(Activation.TANH);
    CellShape shape = CellShape.of(cell, 1, STEPS, instances, inputs, neurons);
    float[] wx = GRAPH.standardNormal(WX_OP_SEED, inputs * neurons);
    float[] wy = GRAPH.standardNormal(WY_OP_SEED, neurons * neurons);
    long recurrent = (long) neurons * inputs;
    long bias = recurrent + (long) neurons * neurons;
    CellLayout layout =
        new CellLayout(0, recurrent, CellLayout.ABSENT, CellLayout.ABSENT, bias, CellLayout.ABSENT);
    try (Buffer parameters = kernels.allocate(bias + neurons);
        Buffer x = kernels.allocate(shape.rows() * inputs);
        Buffer y = kernels.allocate(shape.rows() * neurons)) {
      parameters.write(0, transposed(wx, inputs, neurons), 0, wx.length);
      parameters.write(recurrent, transposed(wy, neurons, neurons), 0, wy.length);
      writeRows(x, 0, x0);
      writeRows(x, instances, x1);
      kernels.rnnForward(
          cell,
          shape,
          new CellParameters(parameters, null, parameters.size(), layout),
          CellSequence.of(View.of(x, shape.rows(), inputs), View.of(y, shape.rows(), neurons)));
      return steps(y.read(), instances);
    }
  }

  private static void writeRows(Buffer x, int firstRow, float[][] rows) {
    for (int n = 0; n < rows.length; n++) {
      x.write((long) (firstRow + n) * rows[n].length, rows[n], 0, rows[n].length);
    }
  }

  private float[][][] steps(float[] y, int instances) {
    float[][][] steps = new float[STEPS][instances][];
    for (int t = 0; t < STEPS; t++) {
      for (int n = 0; n < instances; n++) {
        int from = (t * instances + n) * neurons;
        steps[t][n] = Arrays.copyOfRange(y, from, from + neurons);
      }
    }
    return steps;
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    float[] transposed = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = matrix[row * columns + column];
      }
    }
    return transposed;
  }
}
