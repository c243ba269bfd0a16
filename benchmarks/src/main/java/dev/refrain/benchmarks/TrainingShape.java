package dev.refrain.benchmarks;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;

/**
 * The training steps that are measured: one recurrent layer, a projection to one output at every
 * step, mean squared error, Adam.
 */
public enum TrainingShape {
  /** The lab's network: relu RNN. */
  RNN(new RnnCell(Activation.RELU), 1, 100, 50, 20),
  LSTM(LstmCell.pytorch(), 1, 100, 50, 20),
  GRU(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 1, 100, 50, 20),
  /** The milk exercise: a batch of one, where nothing hides an overhead. */
  MILK_LSTM(LstmCell.pytorch(), 1, 100, 1, 11),
  /** Weights that outgrow a core's cache. */
  LARGE_LSTM(LstmCell.pytorch(), 64, 512, 64, 100);

  private final Cell cell;
  private final int inputs;
  private final int hidden;
  private final int batch;
  private final int steps;

  TrainingShape(Cell cell, int inputs, int hidden, int batch, int steps) {
    this.cell = cell;
    this.inputs = inputs;
    this.hidden = hidden;
    this.batch = batch;
    this.steps = steps;
  }

  /** What the layer computes. */
  public Cell cell() {
    return cell;
  }

  /** I. */
  public int inputs() {
    return inputs;
  }

  /** H. */
  public int hidden() {
    return hidden;
  }

  /** N. */
  public int batch() {
    return batch;
  }

  /** T. */
  public int steps() {
    return steps;
  }

  /**
   * Floating-point operations of the matrix products of one step, the work that cannot be avoided:
   * forward {@code 2·gates·H·(I+H)}, gradients of the weights the same, gradient of h {@code
   * 2·gates·H·H}, each for T·N rows; the gradient of x is not needed. The projection adds {@code
   * 6·H} a row. Gates' functions, loss and optimizer are not counted.
   */
  public double flops() {
    double gateRows = (double) cell.gates() * hidden;
    double perRow = 4 * gateRows * (inputs + hidden) + 2 * gateRows * hidden + 6.0 * hidden;
    return perRow * steps * batch;
  }

  @Override
  public String toString() {
    return String.format(
        "%s I=%d H=%d N=%d T=%d", name().replace('_', ' '), inputs, hidden, batch, steps);
  }
}
