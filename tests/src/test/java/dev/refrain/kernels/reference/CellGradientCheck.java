package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Judges backward of a cell by differences of {@code L = Σ y·dy + Σ hy·dhy + Σ cy·dcy}: two groups,
 * weights scaled by 1/√H, every parameter, input and initial state.
 */
final class CellGradientCheck {
  private static final int GROUPS = 2;
  private static final int STEPS = 4;
  private static final int BATCH = 3;
  private static final int INPUTS = 3;
  private static final int HIDDEN = 4;
  private static final int[] LENGTHS = {2, 4, 0, 3, 1, 4};

  /** What a layer is asked for besides its outputs. */
  enum Setting {
    /** Zero initial states, gradients of y alone. */
    OUTPUTS_ALONE(false, false, false, false),
    /** Initial and final states with gradients, written in place of what came in. */
    STATES(true, false, false, false),
    /** Sequences of different lengths. */
    LENGTHS(true, true, false, false),
    /** From the last valid step to the first. */
    REVERSE_LENGTHS(true, true, true, false),
    /** From the last step to the first, adding to the gradients of x and of the parameters. */
    REVERSE_ACCUMULATED(false, false, true, true),
    /** Sequences of different lengths, adding to the gradients of x and of the parameters. */
    LENGTHS_ACCUMULATED(true, true, false, true);

    final boolean states;
    final boolean lengths;
    final boolean reverse;
    final boolean accumulate;

    Setting(boolean states, boolean lengths, boolean reverse, boolean accumulate) {
      this.states = states;
      this.lengths = lengths;
      this.reverse = reverse;
      this.accumulate = accumulate;
    }
  }

  /** Every cell with every setting. */
  static Stream<Arguments> cases(Stream<? extends Cell> cells) {
    return cells.flatMap(
        cell -> Stream.of(Setting.values()).map(setting -> Arguments.of(cell, setting)));
  }

  private final Random random = new Random(42);
  private final Kernels kernels;
  private final Cell cell;
  private final Setting setting;
  private final CellShape shape;
  private final CellLayout layout;
  private final Tensor values;
  private final Tensor gradients;
  private final IndexBuffer lengths;
  private final Tensor x;
  private final Tensor hx;
  private final Tensor cx;
  private final Tensor y;
  private final Tensor hy;
  private final Tensor cy;

  /** Runs one case. */
  static void run(Cell cell, Setting setting) {
    try (Kernels kernels = DoubleReference.open()) {
      new CellGradientCheck(kernels, cell, setting).check();
    }
  }

  private CellGradientCheck(Kernels kernels, Cell cell, Setting setting) {
    this.kernels = kernels;
    this.cell = cell;
    this.setting = setting;
    shape = CellShape.of(cell, GROUPS, STEPS, BATCH, INPUTS, HIDDEN);
    layout = layout();
    int parameters = Math.toIntExact(layout.bR() - Tensor.GAP) + cell.gates() * HIDDEN;
    values = new Tensor(kernels, GROUPS, 1, parameters).random(random, 1 / Math.sqrt(HIDDEN));
    gradients = new Tensor(kernels, GROUPS, 1, parameters).random(random, 1);
    lengths = setting.lengths ? kernels.allocateIndices(LENGTHS.length) : null;
    if (lengths != null) {
      lengths.write(LENGTHS);
    }
    x = sequence(INPUTS);
    y = sequence(shape.outputs());
    hx = setting.states ? state(shape.outputs()) : null;
    hy = setting.states ? state(shape.outputs()) : null;
    cx = setting.states && cell.hasCellState() ? state(HIDDEN) : null;
    cy = setting.states && cell.hasCellState() ? state(HIDDEN) : null;
  }

  private CellLayout layout() {
    int gateRows = cell.gates() * HIDDEN;
    long w = Tensor.GAP;
    long r = w + (long) gateRows * INPUTS;
    long projection = r + (long) gateRows * shape.outputs();
    long peepholes = projection + (cell.hasProjection() ? shape.outputs() * HIDDEN : 0);
    long bW = peepholes + (cell.hasPeepholes() ? 3 * HIDDEN : 0);
    return new CellLayout(
        w,
        r,
        cell.hasProjection() ? projection : CellLayout.ABSENT,
        cell.hasPeepholes() ? peepholes : CellLayout.ABSENT,
        bW,
        bW + gateRows);
  }

  private Tensor sequence(int columns) {
    return new Tensor(kernels, GROUPS, STEPS * BATCH, columns).random(random, 1);
  }

  private Tensor state(int columns) {
    return new Tensor(kernels, GROUPS, BATCH, columns).random(random, 1);
  }

  private static View view(Tensor tensor) {
    return tensor == null ? null : tensor.view();
  }

  private CellParameters cellParameters() {
    return new CellParameters(values.buffer(), gradients.buffer(), values.groupStride(), layout);
  }

  private CellSequence cellSequence(Buffer reserve) {
    return new CellSequence(
        x.view(),
        view(hx),
        view(cx),
        y.view(),
        view(hy),
        view(cy),
        lengths,
        reserve,
        setting.reverse);
  }

  private void check() {
    Tensor dy = sequence(shape.outputs());
    Tensor dh = hx == null ? null : state(shape.outputs());
    Tensor dc = cx == null ? null : state(HIDDEN);
    Tensor dx = sequence(INPUTS);
    double[] dyValues = dy.read();
    double[] dhyValues = dh == null ? null : dh.read();
    double[] dcyValues = dc == null ? null : dc.read();
    double[] dxBefore = dx.read();
    double[] gradientsBefore = gradients.read();

    Buffer reserve = kernels.allocate(cell.reserveSize(kernels, shape));
    CellSequence sequence = cellSequence(reserve);
    cell.forward(kernels, shape, cellParameters(), sequence);
    double size = y.size(dyValues) + size(hy, dhyValues) + size(cy, dcyValues);
    cell.backward(
        kernels,
        shape,
        cellParameters(),
        sequence,
        new CellGradients(
            dy.view(),
            view(dh),
            view(dc),
            dx.view(),
            setting.accumulate,
            view(dh),
            view(dc),
            setting.accumulate));

    FiniteDifferences differences =
        new FiniteDifferences(() -> loss(dyValues, dhyValues, dcyValues), size);
    differences.check("dx", x, dx.read(), before(dxBefore));
    differences.check("gradients", values, gradients.read(), before(gradientsBefore));
    if (dh != null) {
      differences.check("dhx", hx, dh.read());
    }
    if (dc != null) {
      differences.check("dcx", cx, dc.read());
    }
    for (Tensor written : new Tensor[] {y, dx, gradients}) {
      assertTrue(written.gapsAreUntouched(), "an output was written outside its columns");
    }
  }

  private double loss(double[] dy, double[] dhy, double[] dcy) {
    cell.forward(kernels, shape, cellParameters(), cellSequence(null));
    return y.dot(dy) + (hy == null ? 0 : hy.dot(dhy)) + (cy == null ? 0 : cy.dot(dcy));
  }

  private static double size(Tensor tensor, double[] weights) {
    return tensor == null ? 0 : tensor.size(weights);
  }

  private double[] before(double[] content) {
    return setting.accumulate ? content : new double[content.length];
  }
}
