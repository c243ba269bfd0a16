package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_gru_args;
import dev.refrain.kernels.bridge.generated.refrain_lstm_args;
import dev.refrain.kernels.bridge.generated.refrain_rnn_args;

/** Recurrent layers. */
abstract class NativeCells extends NativeContext {
  NativeCells(Device device, String backend, EngineOptions options) {
    super(device, backend, options);
  }

  @Override
  public long rnnReserve(RnnCell cell, CellShape shape) {
    try (refrain_rnn_args a = new refrain_rnn_args()) {
      arguments.put(shape, a.shape());
      put(cell, a);
      return size(Native.refrain_rnn_reserve(context(), a));
    }
  }

  /** A size below 0 is the negated status of a query that failed. */
  static long size(long size) {
    if (size < 0) {
      NativeStatus.check((int) -size);
    }
    return size;
  }

  private static void put(RnnCell cell, refrain_rnn_args target) {
    target.activation(cell.activation().ordinal());
  }

  private static void put(LstmCell cell, refrain_lstm_args target) {
    target
        .activation(cell.activation().ordinal())
        .forget_bias(cell.forgetBias())
        .cell_clip(cell.cellClip());
  }

  private static void put(GruCell cell, refrain_gru_args target) {
    target.activation(cell.activation().ordinal()).form(cell.form().ordinal());
  }

  @Override
  public void rnnForward(
      RnnCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    try (refrain_rnn_args a = rnnArguments(cell, shape, parameters, sequence, null)) {
      alone(() -> Native.refrain_rnn_forward(context(), a));
    }
  }

  @Override
  public void rnnBackward(
      RnnCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    try (refrain_rnn_args a = rnnArguments(cell, shape, parameters, sequence, gradients)) {
      alone(() -> Native.refrain_rnn_backward(context(), a));
    }
  }

  private refrain_rnn_args rnnArguments(
      RnnCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_rnn_args a = new refrain_rnn_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    put(cell, a);
    return a;
  }

  @Override
  public long lstmReserve(LstmCell cell, CellShape shape) {
    try (refrain_lstm_args a = new refrain_lstm_args()) {
      arguments.put(shape, a.shape());
      a.parameters().projection(cell.hasProjection() ? 0 : -1);
      a.parameters().peepholes(cell.hasPeepholes() ? 0 : -1);
      put(cell, a);
      return size(Native.refrain_lstm_reserve(context(), a));
    }
  }

  @Override
  public void lstmForward(
      LstmCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    try (refrain_lstm_args a = lstmArguments(cell, shape, parameters, sequence, null)) {
      alone(() -> Native.refrain_lstm_forward(context(), a));
    }
  }

  @Override
  public void lstmBackward(
      LstmCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    try (refrain_lstm_args a = lstmArguments(cell, shape, parameters, sequence, gradients)) {
      alone(() -> Native.refrain_lstm_backward(context(), a));
    }
  }

  private refrain_lstm_args lstmArguments(
      LstmCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_lstm_args a = new refrain_lstm_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    put(cell, a);
    return a;
  }

  @Override
  public long gruReserve(GruCell cell, CellShape shape) {
    try (refrain_gru_args a = new refrain_gru_args()) {
      arguments.put(shape, a.shape());
      put(cell, a);
      return size(Native.refrain_gru_reserve(context(), a));
    }
  }

  @Override
  public void gruForward(
      GruCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    try (refrain_gru_args a = gruArguments(cell, shape, parameters, sequence, null)) {
      alone(() -> Native.refrain_gru_forward(context(), a));
    }
  }

  @Override
  public void gruBackward(
      GruCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    try (refrain_gru_args a = gruArguments(cell, shape, parameters, sequence, gradients)) {
      alone(() -> Native.refrain_gru_backward(context(), a));
    }
  }

  private refrain_gru_args gruArguments(
      GruCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_gru_args a = new refrain_gru_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    put(cell, a);
    return a;
  }

  private void checkForward(Cell cell, CellShape shape, CellParameters p, CellSequence s) {
    Contract.cellForward(cell, shape, p, s, reserveSize(cell, shape, s));
  }

  private void checkBackward(
      Cell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    Contract.cellBackward(cell, shape, p, s, g, reserveSize(cell, shape, s));
  }

  private long reserveSize(Cell cell, CellShape shape, CellSequence sequence) {
    return sequence.reserve() == null ? 0 : cell.reserveSize(this, shape);
  }
}
