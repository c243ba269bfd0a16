package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Memory, recordings and layers of the reference engine. Each operation is checked when it is
 * called; then it runs, or joins the open recording.
 */
abstract class ReferenceLayers implements Kernels {
  private final Device device;
  private final Precision precision;
  final ReferenceMemory memory;
  private long operationCount;

  /** What the open recording holds so far; null while none is open. */
  private List<Runnable> recorded;

  ReferenceLayers(Device device, Precision precision, long memoryLimitBytes) {
    this.device = device;
    this.precision = precision;
    this.memory = new ReferenceMemory(precision, memoryLimitBytes);
  }

  @Override
  public Device device() {
    memory.requireOpen();
    return device;
  }

  @Override
  public Precision precision() {
    memory.requireOpen();
    return precision;
  }

  @Override
  public String description() {
    memory.requireOpen();
    return "reference " + precision + ", plain Java, 1 thread";
  }

  @Override
  public String variant() {
    memory.requireOpen();
    return ReferenceEngine.VARIANT;
  }

  // Memory

  @Override
  public Buffer allocate(long size) {
    return memory.buffer(size);
  }

  @Override
  public IndexBuffer allocateIndices(long size) {
    return memory.indices(size);
  }

  @Override
  public StepState allocateState(int groups, int historyLength) {
    return memory.state(groups, historyLength);
  }

  @Override
  public long allocatedBytes() {
    memory.requireOpen();
    return memory.allocatedBytes();
  }

  @Override
  public long availableBytes() {
    memory.requireOpen();
    return memory.availableBytes();
  }

  @Override
  public long operationCount() {
    memory.requireOpen();
    return operationCount;
  }

  @Override
  public void fill(Buffer buffer, long offset, long count, float value) {
    memory.requireOpen();
    Contract.fill(buffer, offset, count);
    memory.requireOwn(buffer);
    int from = (int) offset;
    int to = (int) (offset + count);
    perform(() -> Arrays.fill(((ReferenceBuffer) buffer).data(), from, to, value));
  }

  @Override
  public void copy(int groups, long rows, long columns, View source, View target) {
    memory.requireOpen();
    Contract.copy(groups, rows, columns, source, target);
    memory.requireOwn(source, target);
    perform(() -> Rows.copy(groups, rows, (int) columns, Rows.of(source), Rows.of(target)));
  }

  // Recording

  @Override
  public Recording record(Runnable step) {
    requireNoRecording("another cannot be begun");
    recorded = new ArrayList<>();
    memory.setRecording(true);
    try {
      step.run();
      return new ReferenceRecording(this, recorded);
    } finally {
      recorded = null;
      memory.setRecording(false);
    }
  }

  final void perform(Runnable operation) {
    if (recorded != null) {
      recorded.add(operation);
    } else {
      operation.run();
      operationCount++;
    }
  }

  void replay(List<Runnable> operations, long times) {
    requireNoRecording("none can be run");
    for (long i = 0; i < times; i++) {
      operations.forEach(this::perform);
    }
  }

  private void requireNoRecording(String consequence) {
    memory.requireOpen();
    if (recorded != null) {
      throw new IllegalStateException("a recording is open, so " + consequence);
    }
  }

  @Override
  public void synchronize() {
    memory.requireOpen();
  }

  // Recurrent layers

  @Override
  public long rnnReserve(RnnCell cell, CellShape shape) {
    memory.requireOpen();
    return RnnReference.reserve(shape);
  }

  @Override
  public void rnnForward(
      RnnCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    perform(() -> RnnReference.forward(cell, shape, parameters, sequence));
  }

  @Override
  public void rnnBackward(
      RnnCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    perform(() -> RnnReference.backward(cell, shape, parameters, sequence, gradients));
  }

  @Override
  public long lstmReserve(LstmCell cell, CellShape shape) {
    memory.requireOpen();
    return LstmReference.reserve(shape);
  }

  @Override
  public void lstmForward(
      LstmCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    perform(() -> LstmReference.forward(cell, shape, parameters, sequence));
  }

  @Override
  public void lstmBackward(
      LstmCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    perform(() -> LstmReference.backward(cell, shape, parameters, sequence, gradients));
  }

  @Override
  public long gruReserve(GruCell cell, CellShape shape) {
    memory.requireOpen();
    return GruReference.reserve(shape);
  }

  @Override
  public void gruForward(
      GruCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    checkForward(cell, shape, parameters, sequence);
    perform(() -> GruReference.forward(cell, shape, parameters, sequence));
  }

  @Override
  public void gruBackward(
      GruCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    checkBackward(cell, shape, parameters, sequence, gradients);
    perform(() -> GruReference.backward(cell, shape, parameters, sequence, gradients));
  }

  private void checkForward(Cell cell, CellShape shape, CellParameters p, CellSequence q) {
    Contract.cellForward(cell, shape, p, q, cell.reserveSize(this, shape));
    requireOwn(p, q);
  }

  private void checkBackward(
      Cell cell, CellShape shape, CellParameters p, CellSequence q, CellGradients d) {
    Contract.cellBackward(cell, shape, p, q, d, cell.reserveSize(this, shape));
    requireOwn(p, q);
    memory.requireOwn(d.dy(), d.dhy(), d.dcy(), d.dx(), d.dhx(), d.dcx());
  }

  private void requireOwn(CellParameters p, CellSequence q) {
    memory.requireOwn(p.values(), p.gradients(), q.reserve());
    memory.requireOwn(q.x(), q.hx(), q.cx(), q.y(), q.hy(), q.cy());
    memory.requireOwn(q.lengths());
  }

  // Layers without recurrence

  @Override
  public void linearForward(LinearShape shape, LinearParameters parameters, View x, View y) {
    memory.requireOpen();
    Contract.linearForward(shape, parameters, x, y);
    memory.requireOwn(parameters.values());
    memory.requireOwn(x, y);
    perform(() -> LinearReference.forward(shape, parameters, x, y));
  }

  @Override
  public void linearBackward(
      LinearShape shape,
      LinearParameters parameters,
      View x,
      View dy,
      View dx,
      boolean accumulateParameters) {
    memory.requireOpen();
    Contract.linearBackward(shape, parameters, x, dy, dx);
    memory.requireOwn(parameters.values(), parameters.gradients());
    memory.requireOwn(x, dy, dx);
    perform(() -> LinearReference.backward(shape, parameters, x, dy, dx, accumulateParameters));
  }

  @Override
  public void dropout(DropoutShape shape, double rate, View x, View y, StepState state) {
    memory.requireOpen();
    Contract.dropout(shape, rate, x, y, state);
    memory.requireOwn(x, y);
    ReferenceState own = requireOwn(state);
    perform(() -> DropoutReference.dropout(shape, rate, x, y, own));
  }

  final ReferenceState requireOwn(StepState state) {
    memory.requireOwn(state);
    return (ReferenceState) state;
  }

  @Override
  public void close() {
    memory.close();
  }
}
