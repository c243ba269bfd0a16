package dev.refrain.kernels;

/**
 * The contract between networks and engines: every operation on numbers that Refrain knows, one
 * method an operation. An engine that passes the parity tests against the reference is an engine.
 *
 * <p>Shapes are written {@code [G,T,N,I]}: G independent networks, T steps, N batch, then columns;
 * the last index changes fastest. Each method works on all groups in one call, and each group's
 * result is that of a call with this group alone. Outputs are assigned unless said otherwise.
 * Results depend on the arguments, the engine and its instruction set, never on the number of
 * threads.
 *
 * <p>Lifecycle: open from a {@link Device}, allocate, compute (or {@link #record} once and replay),
 * read, close. One thread at a time uses an instance and its buffers; a native engine throws {@link
 * IllegalStateException} at one that comes while another computes.
 *
 * <p>Every method throws {@link IllegalArgumentException} with the value and the place for
 * arguments that do not fit each other, before anything is computed; {@link IllegalStateException}
 * once closed; and {@link KernelException} when a device fails.
 */
public interface Kernels extends AutoCloseable {

  /** Where this runs. */
  Device device();

  /** How it computes. */
  Precision precision();

  /** What runs, for people: engine, instruction set or GPU, threads. */
  String description();

  /** The instruction set or kernel family that runs, e.g. {@code avx512}. */
  String variant();

  /**
   * What was found by timing ({@link EngineOptions#autotune()}), one choice a line; empty where
   * nothing was timed.
   */
  default String choices() {
    return "";
  }

  /**
   * Which way each operation of each shape was run so far, and why each faster one was not: one
   * shape a line, such as {@code product m=1000 n=400 k=100: own kernels in float32; not cuBLAS:
   * ...}. For people: the text may change from release to release. Empty where there is no choice.
   */
  default String decisions() {
    return "";
  }

  /**
   * What came up since this was opened that nobody asked for, one line each, such as a library that
   * is there and cannot be used. The log has it too.
   */
  default String notices() {
    return "";
  }

  /**
   * Takes the choices of another instance, so that this one computes the same bits, whether it
   * times or not. Before a layer of the same shape is run here or asked for its reserve. An engine
   * that times nothing ignores them.
   */
  default void setChoices(String choices) {}

  // Memory

  /** New memory of {@code size} float32 zeros. Refused while recording. */
  Buffer allocate(long size);

  /** New memory of {@code size} int32 zeros. Refused while recording. */
  IndexBuffer allocateIndices(long size);

  /** New state for {@code groups} groups, keeping the last {@code historyLength} losses of each. */
  StepState allocateState(int groups, int historyLength);

  /** Bytes of device memory in use: buffers, states and scratch. */
  long allocatedBytes();

  /**
   * Bytes that can still be allocated, about: what the machine and the caps leave. {@link
   * Long#MAX_VALUE} where an engine does not know; it then says so when it has no more.
   */
  default long availableBytes() {
    return Long.MAX_VALUE;
  }

  /** Operations performed so far; a call counts once whatever G, and a replayed one counts too. */
  long operationCount();

  /** {@code buffer[offset .. offset+count) = value}. */
  void fill(Buffer buffer, long offset, long count, float value);

  /** {@code target = source} over {@code [groups, rows, columns]}; no overlap. */
  void copy(int groups, long rows, long columns, View source, View target);

  // Recording

  /**
   * Records what {@code step} calls instead of running it. If {@code step} throws, nothing is
   * recorded and the exception passes through.
   */
  Recording record(Runnable step);

  /** Waits until everything that was started is done. */
  void synchronize();

  // Recurrent layers

  /** Floats of reserve of {@link #rnnForward}, for all groups. */
  long rnnReserve(RnnCell cell, CellShape shape);

  /** {@link RnnCell} along its sequences. */
  void rnnForward(RnnCell cell, CellShape shape, CellParameters parameters, CellSequence sequence);

  /** Gradients of {@link #rnnForward}, which ran with the same sequence and a reserve. */
  void rnnBackward(
      RnnCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients);

  /** Floats of reserve of {@link #lstmForward}, for all groups. */
  long lstmReserve(LstmCell cell, CellShape shape);

  /** {@link LstmCell} along its sequences. */
  void lstmForward(
      LstmCell cell, CellShape shape, CellParameters parameters, CellSequence sequence);

  /** Gradients of {@link #lstmForward}, which ran with the same sequence and a reserve. */
  void lstmBackward(
      LstmCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients);

  /** Floats of reserve of {@link #gruForward}, for all groups. */
  long gruReserve(GruCell cell, CellShape shape);

  /** {@link GruCell} along its sequences. */
  void gruForward(GruCell cell, CellShape shape, CellParameters parameters, CellSequence sequence);

  /** Gradients of {@link #gruForward}, which ran with the same sequence and a reserve. */
  void gruBackward(
      GruCell cell,
      CellShape shape,
      CellParameters parameters,
      CellSequence sequence,
      CellGradients gradients);

  // Layers without recurrence

  /** {@code y = x weightᵀ + bias}, x {@code [G,M,I]}, y {@code [G,M,O]}. */
  void linearForward(LinearShape shape, LinearParameters parameters, View x, View y);

  /**
   * Gradients of {@link #linearForward}: {@code dweight = dyᵀ x}, {@code dbias = Σ dy}, {@code dx =
   * dy weight}.
   *
   * @param dx {@code [G,M,I]}; null: not computed
   * @param accumulateParameters whether parameter gradients are added to instead of assigned
   */
  void linearBackward(
      LinearShape shape,
      LinearParameters parameters,
      View x,
      View dy,
      View dx,
      boolean accumulateParameters);

  /**
   * Inverted dropout, {@code y = x·keep/(1 − rate)}; y may be x. The mask follows from the group's
   * seed and step and the layer's number, so backward is the same call on the gradients within the
   * same step.
   *
   * @param rate share of dropped elements, in [0, 1)
   */
  void dropout(DropoutShape shape, double rate, View x, View y, StepState state);

  // Training

  /**
   * Begins a step: counts it, sets the learning rate by the schedule, raises the powers of beta.
   */
  void advance(Schedule schedule, Optimizer optimizer, StepState state);

  /** Cuts training windows out of a series that stays on the device. */
  void gather(GatherShape shape, GatherArguments arguments, StepState state);

  /**
   * The loss of each group, and its gradient. Writes it into the state and its history, and stops a
   * group whose loss is not finite: its parameters stay as they were before the step.
   */
  void loss(Loss loss, LossShape shape, LossArguments arguments, StepState state);

  /** {@code g = clamp(g, −limit, limit)} over the first {@code count} gradients. */
  void clipValue(Buffer gradients, long count, double limit);

  /**
   * Scales the gradients {@code [G,P]} of each group so that their global norm is at most {@code
   * limit}; writes norm and factor into the state and stops a group whose norm is not finite.
   */
  void clipNorm(Buffer gradients, int groups, long parameters, double limit, StepState state);

  /** One step of {@link Sgd} in every group that runs. */
  void sgd(Sgd rule, ParameterUpdate update, StepState state);

  /** One step of {@link Adam} in every group that runs. */
  void adam(Adam rule, ParameterUpdate update, StepState state);

  /** One step of {@link RmsProp} in every group that runs. */
  void rmsProp(RmsProp rule, ParameterUpdate update, StepState state);

  /** One step of {@link Adagrad} in every group that runs. */
  void adagrad(Adagrad rule, ParameterUpdate update, StepState state);

  // Tables of which a batch names a few rows

  /**
   * Draws pairs of a word and a neighbour from a text, by Philox from the group's seed and step.
   *
   * @param text {@code [G,length]} or {@code [length]} in
   * @param inputs {@code [G,N]} out
   * @param labels {@code [G,N]} out
   */
  void skipGrams(
      SkipGramShape shape,
      IndexBuffer text,
      IndexBuffer inputs,
      IndexBuffer labels,
      StepState state);

  /**
   * Draws different candidates, by Philox from the group's seed and step.
   *
   * @param sampled {@code [G,S]} out
   * @param tries {@code [G]} out: how many draws it took
   */
  void logUniform(
      LogUniform sampler, int groups, IndexBuffer sampled, IndexBuffer tries, StepState state);

  /**
   * How often each class was to be expected among the candidates: {@code log Q}, with {@code Q = 1
   * − (1 − P)^tries}, or {@code S·P} if there were as many tries as candidates; 0 for an id that is
   * no class.
   *
   * @param count R
   * @param ids {@code [G,R]} in, classes
   * @param tries {@code [G]} in
   * @param logExpected {@code [G,R]} out
   */
  void logUniformExpected(
      LogUniform sampler,
      int groups,
      int count,
      IndexBuffer ids,
      IndexBuffer tries,
      Buffer logExpected);

  /**
   * Finds the different rows among ids: {@code capacity − secondCount} of the first list of each
   * group, then {@code secondCount} of the second.
   *
   * @param limit rows of the table; other ids have no row
   * @param second absent if secondCount is 0
   * @param touched out
   */
  void distinct(
      int limit, IndexBuffer first, IndexBuffer second, int secondCount, TouchedRows touched);

  /**
   * The mean {@link SampledLoss} of logits {@code x·w + b − log Q}, and its gradients by rows.
   * Keeps the loss and stops a group as {@link #loss} does.
   */
  void nce(NceShape shape, NceArguments arguments, StepState state);

  /** Floats of what {@link #rowsAdamTable} writes for so many steps. */
  long rowsAdamTableSize(RowsAdam rule, long steps);

  /**
   * Prepares what deferred rows are caught up with. Steps beyond those it covers take longer, but
   * for a constant learning rate. Refused while recording.
   */
  void rowsAdamTable(RowsAdam rule, long steps, Buffer table);

  /** Brings the touched rows up to the step before this one, if they are deferred. */
  void rowsAdamCatchUp(RowsAdam rule, AdamRows table, TouchedRows touched, StepState state);

  /**
   * One step of {@link RowsAdam} in every group that runs.
   *
   * @param gradients {@code [G,R,D]} in: row k is that of {@code touched.rows()[k]}
   */
  void rowsAdam(
      RowsAdam rule, AdamRows table, TouchedRows touched, View gradients, StepState state);

  /**
   * Copies the table as it stands after the current step, waiting rows caught up in the copy alone.
   *
   * @param target {@code [G,V,D]} out
   */
  void rowsAdamSnapshot(RowsAdam rule, AdamRows table, View target, StepState state);

  /**
   * One step of plain gradient descent on the touched rows of a table, in every group that runs:
   * {@code p −= lr·g}. Other rows stay as they are.
   *
   * @param gradients {@code [G,R,D]} in: row k is that of {@code touched.rows()[k]}
   */
  void rowsSgd(SgdRows table, TouchedRows touched, View gradients, StepState state);

  // Word vectors

  /**
   * Learns word vectors from a piece of text by negative sampling and gradient descent. The one
   * operation whose bits may depend on the number of threads: where the rule is not exact.
   */
  void word2vec(Word2vecRule rule, Word2vecModel model, Word2vecPassage text);

  /** Closes everything that was allocated or recorded here. Closing twice is harmless. */
  @Override
  void close();
}
