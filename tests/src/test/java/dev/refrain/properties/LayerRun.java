package dev.refrain.properties;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.View;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A recurrent layer run forward and backward on arrays, which a test may cut and turn around. */
final class LayerRun {
  final Cell cell;
  final CellShape shape;

  /** Arguments by their names in the contract; {@code parameters} is {@code [G,P]}. */
  final Map<String, float[]> in = new TreeMap<>();

  int[] lengths;
  boolean reverse;

  LayerRun(Cell cell, CellShape shape) {
    this.cell = cell;
    this.shape = shape;
  }

  /** With random numbers for all arguments. */
  static LayerRun random(Cell cell, int groups, int steps, int batch, int inputs, int hidden) {
    LayerRun run = new LayerRun(cell, CellShape.of(cell, groups, steps, batch, inputs, hidden));
    Random random = new Random(42);
    run.fill(random, "x", 1, run.sequence(inputs));
    run.fill(random, "dy", 1, run.sequence(run.shape.outputs()));
    run.fill(random, "hx", 0.5, run.state(run.shape.outputs()));
    run.fill(random, "dhy", 1, run.state(run.shape.outputs()));
    if (cell.hasCellState()) {
      run.fill(random, "cx", 0.5, run.state(hidden));
      run.fill(random, "dcy", 1, run.state(hidden));
    }
    run.fill(random, "parameters", 1 / Math.sqrt(hidden), groups * run.parameterCount());
    return run;
  }

  /** The same layer over another number of groups, steps or sequences, without arguments yet. */
  LayerRun resized(int groups, int steps, int batch) {
    LayerRun run =
        new LayerRun(
            cell, CellShape.of(cell, groups, steps, batch, shape.inputs(), shape.hidden()));
    run.reverse = reverse;
    return run;
  }

  private void fill(Random random, String name, double deviation, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    in.put(name, values);
  }

  private int sequence(int columns) {
    return shape.steps() * state(columns);
  }

  private int state(int columns) {
    return shape.groups() * shape.batch() * columns;
  }

  int parameterCount() {
    int rows = cell.gates() * shape.hidden();
    int optional =
        (cell.hasProjection() ? shape.outputs() * shape.hidden() : 0)
            + (cell.hasPeepholes() ? 3 * shape.hidden() : 0);
    return rows * (shape.inputs() + shape.outputs() + 2) + optional;
  }

  private CellLayout layout() {
    long rows = (long) cell.gates() * shape.hidden();
    long r = rows * shape.inputs();
    long projection = r + rows * shape.outputs();
    long peepholes =
        projection + (cell.hasProjection() ? (long) shape.outputs() * shape.hidden() : 0);
    long bW = peepholes + (cell.hasPeepholes() ? 3L * shape.hidden() : 0);
    return new CellLayout(
        0,
        r,
        cell.hasProjection() ? projection : CellLayout.ABSENT,
        cell.hasPeepholes() ? peepholes : CellLayout.ABSENT,
        bW,
        bW + rows);
  }

  /**
   * Runs forward and backward; returns y, hy, cy, dx, dhx, dcx and the gradients {@code
   * dparameters}.
   */
  Map<String, float[]> on(Kernels kernels) {
    long rows = shape.rows();
    View y = empty(kernels, rows, shape.outputs());
    View hy = empty(kernels, shape.batch(), shape.outputs());
    View cy = cell.hasCellState() ? empty(kernels, shape.batch(), shape.hidden()) : null;
    View dx = empty(kernels, rows, shape.inputs());
    View dhx = empty(kernels, shape.batch(), shape.outputs());
    View dcx = cell.hasCellState() ? empty(kernels, shape.batch(), shape.hidden()) : null;
    Buffer gradients = kernels.allocate((long) shape.groups() * parameterCount());
    CellSequence sequence =
        CellSequence.of(given(kernels, "x", rows, shape.inputs()), y)
            .from(
                given(kernels, "hx", shape.batch(), shape.outputs()),
                given(kernels, "cx", shape.batch(), shape.hidden()))
            .to(hy, cy)
            .lengths(lengths(kernels))
            .saving(kernels.allocate(cell.reserveSize(kernels, shape)))
            .reverse(reverse);
    CellGradients flow =
        CellGradients.of(given(kernels, "dy", rows, shape.outputs()))
            .from(
                given(kernels, "dhy", shape.batch(), shape.outputs()),
                given(kernels, "dcy", shape.batch(), shape.hidden()))
            .to(dhx, dcx)
            .input(dx);
    CellParameters parameters =
        new CellParameters(
            given(kernels, "parameters", 1, parameterCount()).buffer(),
            gradients,
            parameterCount(),
            layout());
    cell.forward(kernels, shape, parameters, sequence);
    cell.backward(kernels, shape, parameters, sequence, flow);
    Map<String, float[]> out = new TreeMap<>();
    out.put("y", y.buffer().read());
    out.put("hy", hy.buffer().read());
    out.put("dx", dx.buffer().read());
    out.put("dhx", dhx.buffer().read());
    out.put("dparameters", gradients.read());
    if (cell.hasCellState()) {
      out.put("cy", cy.buffer().read());
      out.put("dcx", dcx.buffer().read());
    }
    return out;
  }

  private View given(Kernels kernels, String name, long rows, int columns) {
    float[] values = in.get(name);
    if (values == null) {
      return null;
    }
    View view = empty(kernels, rows, columns);
    view.buffer().write(values);
    return view;
  }

  private View empty(Kernels kernels, long rows, int columns) {
    return View.of(kernels.allocate(shape.groups() * rows * columns), rows, columns);
  }

  private IndexBuffer lengths(Kernels kernels) {
    if (lengths == null) {
      return null;
    }
    IndexBuffer buffer = kernels.allocateIndices(lengths.length);
    buffer.write(lengths);
    return buffer;
  }
}
