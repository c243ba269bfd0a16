package dev.refrain.kernels;

import java.util.Objects;

/**
 * Checks the arguments of every operation of {@link Kernels} before an engine touches memory, so
 * that all engines refuse the same calls with the same words. Engines call it first thing.
 */
public final class Contract {
  private Contract() {}

  /** {@link Kernels#fill}. */
  public static void fill(Buffer buffer, long offset, long count) {
    range(buffer.size(), offset, count, "fill");
  }

  /** {@link Kernels#copy}. */
  public static void copy(int groups, long rows, long columns, View source, View target) {
    Arguments.positive(groups, "groups");
    Arguments.positive(rows, "rows");
    Arguments.positive(columns, "columns");
    rows(source, groups, rows, columns, "copy's source", true);
    rows(target, groups, rows, columns, "copy's target", false);
  }

  /** Forward of a recurrent layer. */
  public static void cellForward(
      Cell cell, CellShape s, CellParameters p, CellSequence q, long reserveSize) {
    if (s.outputs() != cell.outputs(s.hidden())) {
      throw new IllegalArgumentException(
          String.format(
              "shape has %d outputs, %s has %d", s.outputs(), cell, cell.outputs(s.hidden())));
    }
    layout(cell, s, p, p.values(), "values");
    rows(q.x(), s.groups(), s.rows(), s.inputs(), "x", true);
    rows(q.y(), s.groups(), s.rows(), s.outputs(), "y", false);
    rows(q.hx(), s.groups(), s.batch(), s.outputs(), "hx", true);
    rows(q.hy(), s.groups(), s.batch(), s.outputs(), "hy", false);
    cellState(cell, q.cx(), "cx");
    cellState(cell, q.cy(), "cy");
    rows(q.cx(), s.groups(), s.batch(), s.hidden(), "cx", true);
    rows(q.cy(), s.groups(), s.batch(), s.hidden(), "cy", false);
    indices(q.lengths(), (long) s.groups() * s.batch(), "lengths");
    if (q.reserve() != null) {
      range(q.reserve().size(), 0, reserveSize, "reserve");
      notReplaced(q.hx(), q.hy(), "hy");
      notReplaced(q.cx(), q.cy(), "cy");
    }
  }

  private static void notReplaced(View initial, View last, String name) {
    if (initial != null && initial.equals(last)) {
      throw new IllegalArgumentException(
          name
              + " replaces the initial state, which backward needs; copy it after backward instead");
    }
  }

  /** Backward of a recurrent layer. */
  public static void cellBackward(
      Cell cell, CellShape s, CellParameters p, CellSequence q, CellGradients d, long reserveSize) {
    cellForward(cell, s, p, q, reserveSize);
    Objects.requireNonNull(q.reserve(), "backward needs the reserve that forward wrote");
    Objects.requireNonNull(p.gradients(), "backward needs a buffer for parameter gradients");
    ownStride(p.groupStride(), s.groups());
    layout(cell, s, p, p.gradients(), "gradients");
    rows(d.dy(), s.groups(), s.rows(), s.outputs(), "dy", true);
    rows(d.dhy(), s.groups(), s.batch(), s.outputs(), "dhy", true);
    cellState(cell, d.dcy(), "dcy");
    rows(d.dcy(), s.groups(), s.batch(), s.hidden(), "dcy", true);
    rows(d.dx(), s.groups(), s.rows(), s.inputs(), "dx", false);
    rows(d.dhx(), s.groups(), s.batch(), s.outputs(), "dhx", false);
    cellState(cell, d.dcx(), "dcx");
    rows(d.dcx(), s.groups(), s.batch(), s.hidden(), "dcx", false);
  }

  private static void cellState(Cell cell, View view, String name) {
    if (view != null && !cell.hasCellState()) {
      throw new IllegalArgumentException(name + " is given, but " + cell + " has no cell state");
    }
  }

  private static void layout(Cell cell, CellShape s, CellParameters p, Buffer buffer, String name) {
    CellLayout l = p.layout();
    long gateRows = (long) cell.gates() * s.hidden();
    required(l.w(), "w");
    required(l.r(), "r");
    presence(l.projection(), cell.hasProjection(), "projection", cell);
    presence(l.peepholes(), cell.hasPeepholes(), "peepholes", cell);
    tensor(buffer, p.groupStride(), s.groups(), l.w(), gateRows * s.inputs(), name + ".w");
    tensor(buffer, p.groupStride(), s.groups(), l.r(), gateRows * s.outputs(), name + ".r");
    tensor(
        buffer,
        p.groupStride(),
        s.groups(),
        l.projection(),
        (long) s.outputs() * s.hidden(),
        name + ".projection");
    tensor(
        buffer, p.groupStride(), s.groups(), l.peepholes(), 3L * s.hidden(), name + ".peepholes");
    tensor(buffer, p.groupStride(), s.groups(), l.bW(), gateRows, name + ".bW");
    tensor(buffer, p.groupStride(), s.groups(), l.bR(), gateRows, name + ".bR");
  }

  private static void required(long offset, String name) {
    if (offset < 0) {
      throw new IllegalArgumentException(
          "offset of " + name + " is " + offset + "; it must be there");
    }
  }

  private static void presence(long offset, boolean wanted, String name, Cell cell) {
    if (offset >= 0 != wanted) {
      throw new IllegalArgumentException(
          "offset of " + name + " is " + offset + ", which does not fit " + cell);
    }
  }

  /** {@link Kernels#linearForward}. */
  public static void linearForward(LinearShape s, LinearParameters p, View x, View y) {
    linear(s, p, p.values(), "values");
    rows(Objects.requireNonNull(x, "x"), s.groups(), s.rows(), s.inputs(), "x", true);
    rows(Objects.requireNonNull(y, "y"), s.groups(), s.rows(), s.outputs(), "y", false);
  }

  /** {@link Kernels#linearBackward}. */
  public static void linearBackward(LinearShape s, LinearParameters p, View x, View dy, View dx) {
    Objects.requireNonNull(p.gradients(), "backward needs a buffer for parameter gradients");
    ownStride(p.groupStride(), s.groups());
    linear(s, p, p.values(), "values");
    linear(s, p, p.gradients(), "gradients");
    rows(Objects.requireNonNull(x, "x"), s.groups(), s.rows(), s.inputs(), "x", true);
    rows(Objects.requireNonNull(dy, "dy"), s.groups(), s.rows(), s.outputs(), "dy", true);
    rows(dx, s.groups(), s.rows(), s.inputs(), "dx", false);
  }

  private static void linear(LinearShape s, LinearParameters p, Buffer buffer, String name) {
    required(p.weight(), "weight");
    tensor(
        buffer,
        p.groupStride(),
        s.groups(),
        p.weight(),
        (long) s.outputs() * s.inputs(),
        name + ".weight");
    tensor(buffer, p.groupStride(), s.groups(), p.bias(), s.outputs(), name + ".bias");
  }

  private static void ownStride(long groupStride, int groups) {
    if (groupStride == 0 && groups > 1) {
      throw new IllegalArgumentException(
          "groupStride is 0, but backward of " + groups + " groups needs gradients of their own");
    }
  }

  /** {@link Kernels#dropout}. */
  public static void dropout(DropoutShape s, double rate, View x, View y, StepState state) {
    Arguments.inUnitInterval(rate, "dropout rate");
    rows(Objects.requireNonNull(x, "x"), s.groups(), s.rows(), s.columns(), "x", true);
    rows(Objects.requireNonNull(y, "y"), s.groups(), s.rows(), s.columns(), "y", false);
    groups(state, s.groups());
  }

  /** {@link Kernels#gather}. */
  public static void gather(GatherShape s, GatherArguments a, StepState state) {
    long series = product(product(s.rows(), s.columns()), s.sharedSeries() ? 1 : s.groups());
    range(a.series().size(), 0, series, "series");
    indices(a.rowsOf(), s.groups(), "rowsOf");
    long rows = (long) s.steps() * s.batch();
    if (a.starts() != null) {
      long perStep = (long) s.groups() * s.batch();
      if (a.starts().size() == 0 || a.starts().size() % perStep != 0) {
        throw new IllegalArgumentException(
            String.format(
                "starts has %d elements; it must hold one or more rounds of G*N = %d",
                a.starts().size(), perStep));
      }
    }
    rows(a.x(), s.groups(), rows, s.inputs(), "x", false);
    rows(a.target(), s.groups(), rows, s.outputs(), "target", false);
    groups(state, s.groups());
  }

  /** {@link Kernels#loss}. */
  public static void loss(Loss loss, LossShape s, LossArguments a, StepState state) {
    boolean labelled = loss.kind() == Loss.Kind.SOFTMAX_CROSS_ENTROPY;
    if (labelled != (a.labels() != null)) {
      throw new IllegalArgumentException(
          loss.kind() + (labelled ? " needs labels, not a target" : " needs a target, not labels"));
    }
    long rows = (long) s.steps() * s.batch();
    rows(a.prediction(), s.groups(), rows, s.outputs(), "prediction", true);
    rows(a.target(), s.groups(), rows, s.outputs(), "target", true);
    indices(a.labels(), product(s.groups(), rows), "labels");
    indices(a.lengths(), (long) s.groups() * s.batch(), "lengths");
    rows(a.gradient(), s.groups(), rows, s.outputs(), "gradient", false);
    groups(state, s.groups());
  }

  /** {@link Kernels#word2vec}. */
  public static void word2vec(Word2vecModel m, Word2vecPassage t) {
    long elements = product(m.vocabulary(), m.rowStride());
    range(m.inputs().size(), 0, elements, "inputs");
    range(m.outputs().size(), 0, elements, "outputs");
    indices(m.keep(), m.vocabulary(), "keep");
    indices(m.noise(), product(m.vocabulary(), 2), "noise");
    indices(m.totals(), Word2vecModel.TOTALS, "totals");
    indices(t.ids(), t.count(), "ids");
  }

  /** {@link Kernels#clipValue}. */
  public static void clipValue(Buffer gradients, long count, double limit) {
    range(gradients.size(), 0, count, "gradients");
    Arguments.positiveFinite(limit, "clip limit");
  }

  /** {@link Kernels#clipNorm}. */
  public static void clipNorm(
      Buffer gradients, int groups, long parameters, double limit, StepState state) {
    Arguments.positive(groups, "groups");
    Arguments.positive(parameters, "parameters");
    range(gradients.size(), 0, product(groups, parameters), "gradients");
    Arguments.positiveFinite(limit, "clip limit");
    groups(state, groups);
  }

  /** Every optimizer. */
  public static void update(Optimizer rule, ParameterUpdate u, StepState state) {
    long count = product(u.groups(), u.parameters());
    range(u.values().size(), 0, count, "values");
    range(u.gradients().size(), 0, count, "gradients");
    if (u.slots().size() != rule.slots()) {
      throw new IllegalArgumentException(
          String.format("%s keeps %d arrays, %d are given", rule, rule.slots(), u.slots().size()));
    }
    for (Buffer slot : u.slots()) {
      range(slot.size(), 0, count, "optimizer array");
    }
    groups(state, u.groups());
  }

  static void groups(StepState state, int groups) {
    if (state.groups() != groups) {
      throw new IllegalArgumentException(
          String.format("the state has %d groups, the operation %d", state.groups(), groups));
    }
  }

  static void indices(IndexBuffer buffer, long count, String name) {
    if (buffer != null) {
      range(buffer.size(), 0, count, name);
    }
  }

  private static void tensor(
      Buffer buffer, long groupStride, int groups, long offset, long count, String name) {
    if (offset == CellLayout.ABSENT) {
      return;
    }
    if (groups > 1 && groupStride != 0 && groupStride < offset + count) {
      throw new IllegalArgumentException(
          String.format(
              "%s ends at %d, beyond the group stride %d", name, offset + count, groupStride));
    }
    range(buffer.size(), sum(product(groups - 1, groupStride), offset), count, name);
  }

  static void rows(View view, int groups, long rows, long columns, String name, boolean shareable) {
    if (view == null) {
      return;
    }
    if (view.rowStride() < columns) {
      throw new IllegalArgumentException(
          String.format("%s has row stride %d for %d columns", name, view.rowStride(), columns));
    }
    long span = sum(product(rows - 1, view.rowStride()), columns);
    boolean overlapping = groups > 1 && view.groupStride() < span;
    if (overlapping && !(shareable && view.groupStride() == 0)) {
      throw new IllegalArgumentException(
          String.format("%s has group stride %d for %d elements", name, view.groupStride(), span));
    }
    range(
        view.buffer().size(),
        sum(view.offset(), product(groups - 1, view.groupStride())),
        span,
        name);
  }

  /** A product of sizes; no buffer is so large that it overflows, so overflow is a bad range. */
  private static long product(long a, long b) {
    try {
      return Math.multiplyExact(a, b);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("sizes " + a + " and " + b + " are too large together", e);
    }
  }

  private static long sum(long a, long b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("sizes " + a + " and " + b + " are too large together", e);
    }
  }

  static void range(long size, long offset, long count, String name) {
    if (offset < 0 || count < 0 || offset > size - count) {
      throw new IllegalArgumentException(
          String.format(
              "%s needs elements %d..%d, the buffer has %d",
              name, offset, offset + count - 1, size));
    }
  }
}
