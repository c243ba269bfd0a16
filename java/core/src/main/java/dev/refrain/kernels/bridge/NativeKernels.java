package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.NvidiaLibrary;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_adagrad_args;
import dev.refrain.kernels.bridge.generated.refrain_adam_args;
import dev.refrain.kernels.bridge.generated.refrain_advance_args;
import dev.refrain.kernels.bridge.generated.refrain_clip_args;
import dev.refrain.kernels.bridge.generated.refrain_context;
import dev.refrain.kernels.bridge.generated.refrain_dropout_args;
import dev.refrain.kernels.bridge.generated.refrain_gather_args;
import dev.refrain.kernels.bridge.generated.refrain_gru_args;
import dev.refrain.kernels.bridge.generated.refrain_linear_args;
import dev.refrain.kernels.bridge.generated.refrain_loss_args;
import dev.refrain.kernels.bridge.generated.refrain_lstm_args;
import dev.refrain.kernels.bridge.generated.refrain_options;
import dev.refrain.kernels.bridge.generated.refrain_recording;
import dev.refrain.kernels.bridge.generated.refrain_rmsprop_args;
import dev.refrain.kernels.bridge.generated.refrain_rnn_args;
import dev.refrain.kernels.bridge.generated.refrain_sgd_args;
import dev.refrain.kernels.bridge.generated.refrain_update;
import dev.refrain.kernels.bridge.generated.refrain_view;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;

/**
 * A native engine: checks each call, copies its arguments into a native struct and passes it on.
 * The loops over elements are native.
 */
public class NativeKernels implements Kernels {
  private final Device device;
  private final EngineOptions options;
  private final NativeArguments arguments = new NativeArguments(this);
  private final String description;
  private refrain_context context;

  private final Set<NativeRecording> recordings =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** What the open recording uses; null while none is open. */
  private Set<NativeMemory> recordedMemory;

  /**
   * Opens a device of a native engine.
   *
   * @param device what to answer to {@link #device()}; its index goes to the engine
   * @param backend name of the engine in native code
   */
  public NativeKernels(Device device, String backend, EngineOptions options) {
    String variant = options.variant();
    this.device = device;
    this.options = options;
    refrain_context created = new refrain_context(null);
    try (refrain_options o = new refrain_options();
        BytePointer backendName = new BytePointer(backend);
        BytePointer variantName = variant == null ? null : new BytePointer(variant)) {
      o.backend(backendName)
          .variant(variantName)
          .device(device.index())
          .threads(options.threads())
          .precision(precisionCode(options.precision()))
          .libraries(flags(options.libraries()))
          .autotune(options.autotune() ? 1 : 0)
          .memory_limit(options.memoryLimitBytes());
      NativeStatus.check(Native.refrain_context_create(o, created));
    }
    context = created;
    description = Native.refrain_context_description(created).getString();
  }

  private static int flags(Set<NvidiaLibrary> libraries) {
    int flags = 0;
    for (NvidiaLibrary library : libraries) {
      flags |=
          switch (library) {
            case CUBLAS -> Native.REFRAIN_LIBRARY_CUBLAS;
            case CUDNN -> Native.REFRAIN_LIBRARY_CUDNN;
          };
    }
    return flags;
  }

  private static int precisionCode(Precision precision) {
    return switch (precision) {
      case FP32 -> Native.REFRAIN_FP32;
      case TF32 -> Native.REFRAIN_TF32;
      case BF16 -> Native.REFRAIN_BF16;
      case FP64 ->
          throw new EngineUnavailableException(
              "no native engine computes in FP64; open the reference engine, or choose FP32");
    };
  }

  /** The native context. Throws once closed. */
  protected final refrain_context context() {
    if (context == null) {
      throw new IllegalStateException("these kernels are closed: " + description);
    }
    return context;
  }

  /** An operation is about to use this memory: an open recording will need it. */
  final void noteUse(NativeMemory memory) {
    if (recordedMemory != null) {
      recordedMemory.add(memory);
    }
  }

  /** A recording was closed: nothing is left to do for it. */
  final void forget(NativeRecording recording) {
    recordings.remove(recording);
  }

  final boolean isOpen() {
    return context != null;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public Precision precision() {
    return options.precision();
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String variant() {
    return Native.refrain_context_variant(context()).getString();
  }

  @Override
  public Buffer allocate(long size) {
    return new NativeBuffer(this, size);
  }

  @Override
  public IndexBuffer allocateIndices(long size) {
    return new NativeIndexBuffer(this, size);
  }

  @Override
  public StepState allocateState(int groups, int historyLength) {
    return new NativeStepState(this, groups, historyLength);
  }

  @Override
  public long allocatedBytes() {
    return Native.refrain_allocated_bytes(context());
  }

  @Override
  public long operationCount() {
    return Native.refrain_operation_count(context());
  }

  @Override
  public void fill(Buffer buffer, long offset, long count, float value) {
    Contract.fill(buffer, offset, count);
    NativeStatus.check(
        Native.refrain_fill(context(), arguments.floats(buffer, offset), count, value));
  }

  @Override
  public void copy(int groups, long rows, long columns, View source, View target) {
    Contract.copy(groups, rows, columns, source, target);
    try (refrain_view from = new refrain_view();
        refrain_view to = new refrain_view()) {
      arguments.put(source, from);
      arguments.put(target, to);
      NativeStatus.check(Native.refrain_copy(context(), groups, rows, columns, from, to));
    }
  }

  @Override
  public Recording record(Runnable step) {
    NativeStatus.check(Native.refrain_record_begin(context()));
    refrain_recording recording = new refrain_recording(null);
    Set<NativeMemory> memory = Collections.newSetFromMap(new IdentityHashMap<>());
    recordedMemory = memory;
    boolean complete = false;
    try {
      step.run();
      NativeStatus.check(Native.refrain_record_end(context(), recording));
      complete = true;
    } finally {
      recordedMemory = null;
      if (!complete && isOpen()) {
        Native.refrain_record_abort(context());
      }
    }
    NativeRecording finished = new NativeRecording(this, recording, List.copyOf(memory));
    recordings.add(finished);
    return finished;
  }

  @Override
  public void synchronize() {
    NativeStatus.check(Native.refrain_synchronize(context()));
  }

  // Recurrent layers

  @Override
  public long rnnReserve(RnnCell cell, CellShape shape) {
    try (refrain_rnn_args a = new refrain_rnn_args()) {
      arguments.put(shape, a.shape());
      return size(Native.refrain_rnn_reserve(context(), a));
    }
  }

  /** A size that native code refused to tell is -1. */
  private static long size(long size) {
    if (size < 0) {
      throw new IllegalArgumentException(Native.refrain_last_error().getString());
    }
    return size;
  }

  @Override
  public void rnnForward(
      RnnCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    Contract.cellForward(cell, shape, parameters, sequence, reserveSize(cell, shape, sequence));
    try (refrain_rnn_args a = rnnArguments(cell, shape, parameters, sequence, null)) {
      NativeStatus.check(Native.refrain_rnn_forward(context(), a));
    }
  }

  @Override
  public void rnnBackward(
      RnnCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    Contract.cellBackward(
        cell, shape, parameters, sequence, gradients, reserveSize(cell, shape, sequence));
    try (refrain_rnn_args a = rnnArguments(cell, shape, parameters, sequence, gradients)) {
      NativeStatus.check(Native.refrain_rnn_backward(context(), a));
    }
  }

  private refrain_rnn_args rnnArguments(
      RnnCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_rnn_args a = new refrain_rnn_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    return a.activation(cell.activation().ordinal());
  }

  @Override
  public long lstmReserve(LstmCell cell, CellShape shape) {
    try (refrain_lstm_args a = new refrain_lstm_args()) {
      arguments.put(shape, a.shape());
      a.parameters().projection(cell.hasProjection() ? 0 : -1);
      a.parameters().peepholes(cell.hasPeepholes() ? 0 : -1);
      return size(Native.refrain_lstm_reserve(context(), a));
    }
  }

  @Override
  public void lstmForward(
      LstmCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    Contract.cellForward(cell, shape, parameters, sequence, reserveSize(cell, shape, sequence));
    try (refrain_lstm_args a = lstmArguments(cell, shape, parameters, sequence, null)) {
      NativeStatus.check(Native.refrain_lstm_forward(context(), a));
    }
  }

  @Override
  public void lstmBackward(
      LstmCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    Contract.cellBackward(
        cell, shape, parameters, sequence, gradients, reserveSize(cell, shape, sequence));
    try (refrain_lstm_args a = lstmArguments(cell, shape, parameters, sequence, gradients)) {
      NativeStatus.check(Native.refrain_lstm_backward(context(), a));
    }
  }

  private refrain_lstm_args lstmArguments(
      LstmCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_lstm_args a = new refrain_lstm_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    return a.activation(cell.activation().ordinal())
        .forget_bias(cell.forgetBias())
        .cell_clip(cell.cellClip());
  }

  @Override
  public long gruReserve(GruCell cell, CellShape shape) {
    try (refrain_gru_args a = new refrain_gru_args()) {
      arguments.put(shape, a.shape());
      return size(Native.refrain_gru_reserve(context(), a.form(cell.form().ordinal())));
    }
  }

  @Override
  public void gruForward(
      GruCell cell, CellShape shape, CellParameters parameters, CellSequence sequence) {
    Contract.cellForward(cell, shape, parameters, sequence, reserveSize(cell, shape, sequence));
    try (refrain_gru_args a = gruArguments(cell, shape, parameters, sequence, null)) {
      NativeStatus.check(Native.refrain_gru_forward(context(), a));
    }
  }

  @Override
  public void gruBackward(
      GruCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients) {
    Contract.cellBackward(
        cell, shape, parameters, sequence, gradients, reserveSize(cell, shape, sequence));
    try (refrain_gru_args a = gruArguments(cell, shape, parameters, sequence, gradients)) {
      NativeStatus.check(Native.refrain_gru_backward(context(), a));
    }
  }

  private refrain_gru_args gruArguments(
      GruCell cell, CellShape shape, CellParameters p, CellSequence s, CellGradients g) {
    refrain_gru_args a = new refrain_gru_args();
    arguments.put(shape, a.shape());
    arguments.put(p, a.parameters());
    arguments.put(s, a.sequence());
    arguments.put(g, a.gradient());
    return a.activation(cell.activation().ordinal()).form(cell.form().ordinal());
  }

  private long reserveSize(Cell cell, CellShape shape, CellSequence sequence) {
    return sequence.reserve() == null ? 0 : cell.reserveSize(this, shape);
  }

  // Layers without recurrence

  @Override
  public void linearForward(LinearShape shape, LinearParameters parameters, View x, View y) {
    Contract.linearForward(shape, parameters, x, y);
    try (refrain_linear_args a = linearArguments(shape, parameters)) {
      arguments.put(x, a.x());
      arguments.put(y, a.y());
      arguments.put((View) null, a.dy());
      arguments.put((View) null, a.dx());
      NativeStatus.check(Native.refrain_linear_forward(context(), a));
    }
  }

  @Override
  public void linearBackward(
      LinearShape shape,
      LinearParameters parameters,
      View x,
      View dy,
      View dx,
      boolean accumulateParameters) {
    Contract.linearBackward(shape, parameters, x, dy, dx);
    try (refrain_linear_args a = linearArguments(shape, parameters)) {
      arguments.put(x, a.x());
      arguments.put((View) null, a.y());
      arguments.put(dy, a.dy());
      arguments.put(dx, a.dx());
      a.accumulate_parameters(accumulateParameters ? 1 : 0);
      NativeStatus.check(Native.refrain_linear_backward(context(), a));
    }
  }

  private refrain_linear_args linearArguments(LinearShape shape, LinearParameters p) {
    return new refrain_linear_args()
        .groups(shape.groups())
        .rows(shape.rows())
        .inputs(shape.inputs())
        .outputs(shape.outputs())
        .parameters(arguments.floats(p.values()))
        .gradients(arguments.floats(p.gradients()))
        .parameter_stride(p.groupStride())
        .weight(p.weight())
        .bias(p.bias());
  }

  @Override
  public void dropout(DropoutShape shape, double rate, View x, View y, StepState state) {
    Contract.dropout(shape, rate, x, y, state);
    try (refrain_dropout_args a = new refrain_dropout_args()) {
      a.groups(shape.groups())
          .rows(shape.rows())
          .columns(shape.columns())
          .layer(shape.layer())
          .rate(rate);
      arguments.put(x, a.x());
      arguments.put(y, a.y());
      arguments.put(state, a.state());
      NativeStatus.check(Native.refrain_dropout(context(), a));
    }
  }

  // Training

  @Override
  public void advance(Schedule schedule, Optimizer optimizer, StepState state) {
    try (refrain_advance_args a = new refrain_advance_args()) {
      a.schedule(schedule.kind().ordinal())
          .staircase(schedule.staircase() ? 1 : 0)
          .rate(schedule.rate())
          .floor_factor(schedule.floorFactor())
          .period(schedule.period())
          .beta1(optimizer.beta1())
          .beta2(optimizer.beta2());
      arguments.put(state, a.state());
      NativeStatus.check(Native.refrain_advance(context(), a));
    }
  }

  @Override
  public void gather(GatherShape shape, GatherArguments g, StepState state) {
    Contract.gather(shape, g, state);
    long round = (long) shape.groups() * shape.batch();
    try (refrain_gather_args a = new refrain_gather_args()) {
      a.groups(shape.groups())
          .steps(shape.steps())
          .batch(shape.batch())
          .inputs(shape.inputs())
          .outputs(shape.outputs())
          .input_column(shape.inputColumn())
          .input_shift(shape.inputShift())
          .target_column(shape.targetColumn())
          .target_shift(shape.targetShift())
          .span(shape.span())
          .columns(shape.columns())
          .rows(shape.rows())
          .series(arguments.floats(g.series()))
          .series_stride(shape.sharedSeries() ? 0 : shape.rows() * shape.columns())
          .rows_of(arguments.indices(g.rowsOf()))
          .starts(arguments.indices(g.starts()))
          .start_rows(g.starts() == null ? 0 : g.starts().size() / round);
      arguments.put(g.x(), a.x());
      arguments.put(g.target(), a.target());
      arguments.put(state, a.state());
      NativeStatus.check(Native.refrain_gather(context(), a));
    }
  }

  @Override
  public void loss(Loss loss, LossShape shape, LossArguments l, StepState state) {
    Contract.loss(loss, shape, l, state);
    try (refrain_loss_args a = new refrain_loss_args()) {
      a.kind(loss.kind().ordinal())
          .groups(shape.groups())
          .steps(shape.steps())
          .batch(shape.batch())
          .outputs(shape.outputs())
          .delta(loss.delta())
          .labels(arguments.indices(l.labels()))
          .lengths(arguments.indices(l.lengths()));
      arguments.put(l.prediction(), a.prediction());
      arguments.put(l.target(), a.target());
      arguments.put(l.gradient(), a.gradient());
      arguments.put(state, a.state());
      NativeStatus.check(Native.refrain_loss(context(), a));
    }
  }

  @Override
  public void clipValue(Buffer gradients, long count, double limit) {
    Contract.clipValue(gradients, count, limit);
    try (refrain_clip_args a = new refrain_clip_args()) {
      a.groups(1).parameters(count).gradients(arguments.floats(gradients)).bound(limit);
      a.state().group(null).history(null).history_length(0).groups(0);
      NativeStatus.check(Native.refrain_clip_value(context(), a));
    }
  }

  @Override
  public void clipNorm(
      Buffer gradients, int groups, long parameters, double limit, StepState state) {
    Contract.clipNorm(gradients, groups, parameters, limit, state);
    try (refrain_clip_args a = new refrain_clip_args()) {
      a.groups(groups).parameters(parameters).gradients(arguments.floats(gradients)).bound(limit);
      arguments.put(state, a.state());
      NativeStatus.check(Native.refrain_clip_norm(context(), a));
    }
  }

  private void put(Optimizer rule, ParameterUpdate update, StepState state, refrain_update target) {
    Contract.update(rule, update, state);
    target
        .groups(update.groups())
        .decay(rule.decay().mode().ordinal())
        .parameters(update.parameters())
        .values(arguments.floats(update.values()))
        .gradients(arguments.floats(update.gradients()))
        .weight_decay(rule.decay().rate());
    arguments.put(state, target.state());
  }

  @Override
  public void sgd(Sgd rule, ParameterUpdate update, StepState state) {
    try (refrain_sgd_args a = new refrain_sgd_args()) {
      put(rule, update, state, a.update());
      a.momentum(rule.momentum())
          .nesterov(rule.nesterov() ? 1 : 0)
          .accumulator(rule.slots() == 0 ? null : arguments.floats(update.slots().get(0)));
      NativeStatus.check(Native.refrain_sgd(context(), a));
    }
  }

  @Override
  public void adam(Adam rule, ParameterUpdate update, StepState state) {
    try (refrain_adam_args a = new refrain_adam_args()) {
      put(rule, update, state, a.update());
      a.beta1(rule.beta1())
          .beta2(rule.beta2())
          .epsilon(rule.epsilon())
          .form(rule.form().ordinal())
          .m(arguments.floats(update.slots().get(0)))
          .v(arguments.floats(update.slots().get(1)));
      NativeStatus.check(Native.refrain_adam(context(), a));
    }
  }

  @Override
  public void rmsProp(RmsProp rule, ParameterUpdate update, StepState state) {
    try (refrain_rmsprop_args a = new refrain_rmsprop_args()) {
      put(rule, update, state, a.update());
      a.rho(rule.rho())
          .epsilon(rule.epsilon())
          .mean_square(arguments.floats(update.slots().get(0)));
      NativeStatus.check(Native.refrain_rmsprop(context(), a));
    }
  }

  @Override
  public void adagrad(Adagrad rule, ParameterUpdate update, StepState state) {
    try (refrain_adagrad_args a = new refrain_adagrad_args()) {
      put(rule, update, state, a.update());
      a.epsilon(rule.epsilon()).sum_square(arguments.floats(update.slots().get(0)));
      NativeStatus.check(Native.refrain_adagrad(context(), a));
    }
  }

  @Override
  public void close() {
    if (context != null) {
      List.copyOf(recordings).forEach(NativeRecording::close);
      Native.refrain_context_destroy(context);
      context = null;
    }
  }
}
