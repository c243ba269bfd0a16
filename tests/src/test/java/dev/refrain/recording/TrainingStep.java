package dev.refrain.recording;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A whole training step of three small networks straight on the kernels, with every kind of
 * operation in it: advance, gather, layer, dropout, projection, loss, backward, both clippings,
 * optimizer.
 */
final class TrainingStep implements Runnable {
  private static final int GROUPS = 3;
  private static final int STEPS = 7;
  private static final int BATCH = 5;
  private static final int INPUTS = 2;
  private static final int HIDDEN = 21;
  private static final int OUTPUTS = 2;
  private static final int ROWS = 60;
  private static final int HISTORY = 4;

  final StepState state;

  private final Kernels kernels;
  private final Cell cell;
  private final Optimizer rule;
  private final Schedule schedule;
  private final CellShape shape;
  private final CellParameters layer;
  private final LinearShape outputShape;
  private final LinearParameters output;
  private final CellSequence sequence;
  private final CellGradients flow;
  private final View dropped;
  private final View prediction;
  private final View target;
  private final View lossGradient;
  private final Buffer series;
  private final ParameterUpdate update;

  TrainingStep(Kernels kernels, Cell cell, Optimizer rule, Schedule schedule) {
    this.kernels = kernels;
    this.cell = cell;
    this.rule = rule;
    this.schedule = schedule;
    shape = CellShape.of(cell, GROUPS, STEPS, BATCH, INPUTS, HIDDEN);
    Random random = new Random(7);
    long gateRows = (long) cell.gates() * HIDDEN;
    long r = gateRows * INPUTS;
    long bias = r + gateRows * shape.outputs();
    long weight = bias + gateRows;
    long parameters = weight + (long) OUTPUTS * shape.outputs();
    Buffer values = random(random, GROUPS * parameters, 1 / Math.sqrt(HIDDEN));
    Buffer gradients = kernels.allocate(GROUPS * parameters);
    CellLayout layout =
        new CellLayout(0, r, CellLayout.ABSENT, CellLayout.ABSENT, bias, CellLayout.ABSENT);
    layer = new CellParameters(values, gradients, parameters, layout);
    output = new LinearParameters(values, gradients, parameters, weight, CellLayout.ABSENT);
    outputShape = new LinearShape(GROUPS, shape.rows(), shape.outputs(), OUTPUTS);
    sequence =
        CellSequence.of(rows(INPUTS), rows(shape.outputs()))
            .saving(kernels.allocate(cell.reserveSize(kernels, shape)));
    dropped = rows(shape.outputs());
    flow = CellGradients.of(rows(shape.outputs()));
    prediction = rows(OUTPUTS);
    target = rows(OUTPUTS);
    lossGradient = rows(OUTPUTS);
    series = random(random, (long) GROUPS * ROWS * INPUTS, 1);
    update = new ParameterUpdate(GROUPS, parameters, values, gradients, slots(values.size()));
    state = kernels.allocateState(GROUPS, HISTORY);
    for (int g = 0; g < GROUPS; g++) {
      state.write(g, GroupState.initial(1000 + g, 0.01 * (g + 1)));
    }
  }

  private Buffer random(Random random, long size, double deviation) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    Buffer buffer = kernels.allocate(size);
    buffer.write(values);
    return buffer;
  }

  private View rows(int columns) {
    return View.of(kernels.allocate(GROUPS * shape.rows() * columns), shape.rows(), columns);
  }

  private List<Buffer> slots(long size) {
    List<Buffer> slots = new ArrayList<>();
    for (int i = 0; i < rule.slots(); i++) {
      Buffer slot = kernels.allocate(size);
      kernels.fill(slot, 0, size, rule.slotStart());
      slots.add(slot);
    }
    return slots;
  }

  /** One step; to be called, or recorded. */
  @Override
  public void run() {
    GatherShape windows =
        GatherShape.ahead(GROUPS, STEPS, BATCH, INPUTS, 0, OUTPUTS, 1, ROWS, INPUTS, false);
    DropoutShape dropout = new DropoutShape(GROUPS, shape.rows(), shape.outputs(), 1);
    kernels.advance(schedule, rule, state);
    kernels.gather(windows, new GatherArguments(series, null, null, sequence.x(), target), state);
    cell.forward(kernels, shape, layer, sequence);
    kernels.dropout(dropout, 0.2, sequence.y(), dropped, state);
    kernels.linearForward(outputShape, output, dropped, prediction);
    kernels.loss(
        Loss.RMSE,
        new LossShape(GROUPS, STEPS, BATCH, OUTPUTS),
        LossArguments.of(prediction, target, lossGradient),
        state);
    kernels.linearBackward(outputShape, output, dropped, lossGradient, flow.dy(), false);
    kernels.dropout(dropout, 0.2, flow.dy(), flow.dy(), state);
    cell.backward(kernels, shape, layer, sequence, flow);
    kernels.clipValue(update.gradients(), GROUPS * update.parameters(), 0.05);
    kernels.clipNorm(update.gradients(), GROUPS, update.parameters(), 0.3, state);
    rule.update(kernels, update, state);
  }

  /** How many operations {@link #run} performs. */
  static int operations() {
    return 12;
  }

  Buffer values() {
    return update.values();
  }

  /** Everything that a step changes and the next one starts from. */
  Map<String, Object> snapshot() {
    Map<String, Object> snapshot = new TreeMap<>();
    snapshot.put("values", update.values().read());
    snapshot.put("gradients", update.gradients().read());
    for (int i = 0; i < update.slots().size(); i++) {
      snapshot.put("slot" + i, update.slots().get(i).read());
    }
    snapshot.put("y", sequence.y().buffer().read());
    snapshot.put("state", state.read());
    long taken = state.read(0).step();
    int kept = (int) Math.min(HISTORY, taken);
    if (kept > 0) {
      snapshot.put("losses", state.readHistory(taken - kept + 1, kept));
    }
    return snapshot;
  }
}
