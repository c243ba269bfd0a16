package dev.refrain.io;

import java.util.ArrayList;
import java.util.List;

/**
 * How TensorFlow 1 lays out the parameters of its cells, and conversion from and to Refrain's
 * layout. TensorFlow keeps fused kernels {@code [I+Q, blocks·H]}: the rows of the inputs above
 * those of the state, a block of H columns for each gate; Refrain keeps {@code W [gates·H, I]} and
 * {@code R [gates·H, Q]}. The gates stand in TensorFlow's LSTM in the order i, j, f, o (j is
 * Refrain's g), here i, f, g, o; its GRU has one kernel for r, u and one for the candidate, here r,
 * z, n.
 *
 * <p>Conversion only moves numbers, so it serves gradients as well as parameters.
 *
 * <p>Source: {@code tensorflow/python/ops/rnn_cell_impl.py}: BasicRNNCell, GRUCell, LSTMCell.
 */
public final class TensorFlowLayout {
  /** TensorFlow's blocks i, j, f, o as places in i, f, g, o. */
  private static final int[] LSTM_GATES = {0, 2, 1, 3};

  /** r, u and the candidate as places in r, z, n. */
  private static final int[][] GRU_GATES = {{0, 1}, {2}};

  private final int inputs;
  private final int outputs;
  private final int hidden;

  /** For each of TensorFlow's kernels, which gate of ours each block of columns is. */
  private final int[][] kernelGates;

  private final int gates;

  private TensorFlowLayout(int inputs, int outputs, int hidden, int[]... kernelGates) {
    if (inputs < 1 || outputs < 1 || hidden < 1) {
      throw new IllegalArgumentException(
          String.format(
              "inputs is %d, outputs %d and hidden %d; all must be at least 1",
              inputs, outputs, hidden));
    }
    this.inputs = inputs;
    this.outputs = outputs;
    this.hidden = hidden;
    this.kernelGates = kernelGates;
    int count = 0;
    for (int[] blocks : kernelGates) {
      count += blocks.length;
    }
    this.gates = count;
  }

  /** BasicRNNCell: one kernel {@code [I+H, H]} and bias {@code [H]}. */
  public static TensorFlowLayout rnn(int inputs, int hidden) {
    return new TensorFlowLayout(inputs, hidden, hidden, new int[] {0});
  }

  /** BasicLSTMCell and LSTMCell: one kernel {@code [I+H, 4H]} and bias {@code [4H]}. */
  public static TensorFlowLayout lstm(int inputs, int hidden) {
    return lstm(inputs, hidden, hidden);
  }

  /** LSTMCell whose output is projected to {@code outputs} Q: one kernel {@code [I+Q, 4H]}. */
  public static TensorFlowLayout lstm(int inputs, int hidden, int outputs) {
    return new TensorFlowLayout(inputs, outputs, hidden, LSTM_GATES);
  }

  /** GRUCell: kernels {@code [I+H, 2H]} of the gates and {@code [I+H, H]} of the candidate. */
  public static TensorFlowLayout gru(int inputs, int hidden) {
    return new TensorFlowLayout(inputs, hidden, hidden, GRU_GATES);
  }

  /** Refrain's {@code W [gates·H, I]} out of TensorFlow's kernels, one or two of them. */
  public float[] w(float[]... kernels) {
    requireKernels(kernels);
    float[] w = new float[gates * hidden * inputs];
    move(
        kernels,
        (kernel, at, gateRow, row) -> {
          if (row < inputs) {
            w[gateRow * inputs + row] = kernel[at];
          }
        });
    return w;
  }

  /** Refrain's {@code R [gates·H, Q]} out of TensorFlow's kernels, one or two of them. */
  public float[] r(float[]... kernels) {
    requireKernels(kernels);
    float[] r = new float[gates * hidden * outputs];
    move(
        kernels,
        (kernel, at, gateRow, row) -> {
          if (row >= inputs) {
            r[gateRow * outputs + row - inputs] = kernel[at];
          }
        });
    return r;
  }

  /** TensorFlow's kernels, one or two, out of Refrain's W and R. */
  public List<float[]> kernels(float[] w, float[] r) {
    requireLength(w, gates * hidden * inputs, "w");
    requireLength(r, gates * hidden * outputs, "r");
    float[][] kernels = new float[kernelGates.length][];
    for (int k = 0; k < kernels.length; k++) {
      kernels[k] = new float[kernelLength(k)];
    }
    move(
        kernels,
        (kernel, at, gateRow, row) ->
            kernel[at] =
                row < inputs ? w[gateRow * inputs + row] : r[gateRow * outputs + row - inputs]);
    return List.of(kernels);
  }

  /** Refrain's {@code b_W [gates·H]} out of the biases that belong to TensorFlow's kernels. */
  public float[] bias(float[]... biases) {
    requireCount(biases.length, "biases");
    float[] bias = new float[gates * hidden];
    for (int k = 0; k < biases.length; k++) {
      int[] blocks = kernelGates[k];
      requireLength(biases[k], blocks.length * hidden, "bias " + k);
      for (int b = 0; b < blocks.length; b++) {
        System.arraycopy(biases[k], b * hidden, bias, blocks[b] * hidden, hidden);
      }
    }
    return bias;
  }

  /** The biases that belong to TensorFlow's kernels out of Refrain's {@code b_W}. */
  public List<float[]> biases(float[] bias) {
    requireLength(bias, gates * hidden, "bias");
    List<float[]> biases = new ArrayList<>();
    for (int[] blocks : kernelGates) {
      float[] part = new float[blocks.length * hidden];
      for (int b = 0; b < blocks.length; b++) {
        System.arraycopy(bias, blocks[b] * hidden, part, b * hidden, hidden);
      }
      biases.add(part);
    }
    return biases;
  }

  /**
   * Turns a matrix {@code [rows, columns]}: TensorFlow's dense kernel {@code [I, O]} into Refrain's
   * weight {@code [O, I]} or back, and likewise an LSTM's projection.
   */
  public static float[] transpose(float[] matrix, int rows, int columns) {
    requireLength(matrix, rows * columns, "matrix");
    float[] turned = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[column * rows + row] = matrix[row * columns + column];
      }
    }
    return turned;
  }

  /** Visits every element of the kernels with its gate row and its row in the kernel. */
  private void move(float[][] kernels, Mover mover) {
    for (int k = 0; k < kernels.length; k++) {
      int[] blocks = kernelGates[k];
      int at = 0;
      for (int row = 0; row < inputs + outputs; row++) {
        for (int gate : blocks) {
          for (int unit = 0; unit < hidden; unit++) {
            mover.move(kernels[k], at++, gate * hidden + unit, row);
          }
        }
      }
    }
  }

  private int kernelLength(int kernel) {
    return (inputs + outputs) * kernelGates[kernel].length * hidden;
  }

  private void requireKernels(float[]... kernels) {
    requireCount(kernels.length, "kernels");
    for (int k = 0; k < kernels.length; k++) {
      requireLength(kernels[k], kernelLength(k), "kernel " + k);
    }
  }

  private void requireCount(int count, String name) {
    if (count != kernelGates.length) {
      throw new IllegalArgumentException(
          count + " " + name + " are given, this cell has " + kernelGates.length);
    }
  }

  private static void requireLength(float[] values, int length, String name) {
    if (values.length != length) {
      throw new IllegalArgumentException(
          name + " has " + values.length + " elements, not " + length);
    }
  }

  private interface Mover {
    void move(float[] kernel, int at, int gateRow, int row);
  }
}
