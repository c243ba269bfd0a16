package dev.refrain.parity;

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
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** One case of a recurrent layer, forward and, unless it is left out, backward. */
final class CellCase implements Operation {

  /** What a case does otherwise than the plain one, which has both biases and no states. */
  enum Option {
    /** Lengths from 0 to T in no order. */
    LENGTHS,
    /** Lengths below 0 and above T among them, which count as 0 and T. */
    LENGTHS_OUT_OF_RANGE,
    /** From the end to the beginning. */
    REVERSE,
    /** From initial states, to final states, and their gradients. */
    STATES,
    /** As STATES, but of h alone: an LSTM's c starts at 0 and ends unseen. */
    STATES_OF_H,
    /** Final states over the initial ones, without backward, which would need these. */
    STATES_IN_PLACE,
    /** Gradients of the initial states over those of the final ones. */
    STATE_GRADIENTS_IN_PLACE,
    /** The gradient of the input is added to what is there. */
    ADD_TO_DX,
    /** Gradients of the parameters are added to what is there. */
    ADD_TO_PARAMETERS,
    /** No gradient of the input is asked for. */
    NO_DX,
    /** The loss depends on the final states alone. */
    NO_DY,
    /** One input for all groups. */
    SHARED_INPUT,
    /** One network for all groups; forward alone. */
    SHARED_PARAMETERS,
    /** Without b_R. */
    ONE_BIAS,
    /** Without biases. */
    NO_BIAS,
    /** A NaN goes in, and must come out; forward alone. */
    NOT_A_NUMBER,
    /** Nothing is saved and nothing runs backward. */
    INFERENCE
  }

  private final Cell cell;
  private final CellShape shape;
  private final Set<Option> options;

  CellCase(Cell cell, CellShape shape, Option... options) {
    this.cell = cell;
    this.shape = shape;
    this.options = EnumSet.noneOf(Option.class);
    this.options.addAll(List.of(options));
  }

  static CellCase of(
      Cell cell, int groups, int steps, int batch, int inputs, int hidden, Option... options) {
    return new CellCase(cell, CellShape.of(cell, groups, steps, batch, inputs, hidden), options);
  }

  /** Plain layers of all sizes, and every option on a small layer of three groups. */
  static List<CellCase> everyOptionOf(Cell cell) {
    List<CellCase> cases = new ArrayList<>(sizesOf(cell));
    for (Option option : Option.values()) {
      cases.add(of(cell, 3, 5, 4, 3, 13, option));
      if (option != Option.LENGTHS && option != Option.REVERSE) {
        cases.add(of(cell, 3, 5, 4, 3, 13, Option.LENGTHS, Option.REVERSE, Option.STATES, option));
      }
    }
    cases.add(of(cell, 3, 5, 4, 3, 13, Option.LENGTHS, Option.STATES));
    cases.add(of(cell, 3, 5, 4, 3, 13, Option.LENGTHS, Option.REVERSE));
    cases.add(of(cell, 3, 5, 4, 3, 13, Option.NO_DX, Option.NO_BIAS));
    return cases;
  }

  /** One, primes, no multiples of a vector's width, multiples, and large. */
  static List<CellCase> sizesOf(Cell cell) {
    return List.of(
        of(cell, 1, 1, 1, 1, 1),
        of(cell, 3, 1, 1, 1, 1),
        of(cell, 1, 3, 2, 1, 5, Option.STATES),
        of(cell, 3, 11, 1, 1, 8, Option.STATES),
        of(cell, 1, 7, 3, 5, 16, Option.LENGTHS),
        of(cell, 3, 5, 7, 17, 33, Option.STATES, Option.LENGTHS),
        of(cell, 1, 2, 17, 301, 31, Option.STATES),
        of(cell, 1, 20, 50, 1, 100),
        of(cell, 1, 6, 67, 20, 131, Option.STATES, Option.LENGTHS),
        of(cell, 1, 3, 5, 7, 517, Option.STATES),
        of(cell, 1, 700, 1, 2, 3, Option.STATES),
        of(cell, 1, 2, 1000, 2, 5, Option.LENGTHS));
  }

  Cell cell() {
    return cell;
  }

  double tolerance() {
    return Tolerance.recurrence(shape);
  }

  @Override
  public Runnable prepare(Kernels kernels, Arena arena) {
    boolean forwardAlone =
        has(Option.STATES_IN_PLACE)
            || has(Option.SHARED_PARAMETERS)
            || has(Option.NOT_A_NUMBER)
            || has(Option.INFERENCE);
    CellParameters parameters = parameters(arena, !forwardAlone);
    CellSequence sequence = sequence(kernels, arena, forwardAlone);
    if (forwardAlone) {
      return () -> cell.forward(kernels, shape, parameters, sequence);
    }
    CellGradients gradients = gradients(arena);
    return () -> {
      cell.forward(kernels, shape, parameters, sequence);
      cell.backward(kernels, shape, parameters, sequence, gradients);
    };
  }

  private CellParameters parameters(Arena arena, boolean backward) {
    int rows = cell.gates() * shape.hidden();
    Numbers recurrent = Numbers.uniform(1 / Math.sqrt(shape.hidden()));
    Arena.Parameters p = arena.parameters(shape.groups());
    long w =
        p.add("w", (long) rows * shape.inputs(), Numbers.uniform(1 / Math.sqrt(shape.inputs())));
    long r = p.add("r", (long) rows * shape.outputs(), recurrent);
    long projection =
        cell.hasProjection()
            ? p.add("projection", (long) shape.outputs() * shape.hidden(), recurrent)
            : CellLayout.ABSENT;
    long peepholes =
        cell.hasPeepholes()
            ? p.add("peepholes", 3L * shape.hidden(), Numbers.uniform(0.5))
            : CellLayout.ABSENT;
    long bW = has(Option.NO_BIAS) ? CellLayout.ABSENT : p.add("bW", rows, Numbers.uniform(0.5));
    long bR =
        has(Option.NO_BIAS) || has(Option.ONE_BIAS)
            ? CellLayout.ABSENT
            : p.add("bR", rows, Numbers.uniform(0.5));
    boolean shared = has(Option.SHARED_PARAMETERS);
    Buffer values = shared ? p.sharedValues() : p.values();
    return new CellParameters(
        values,
        backward ? gradients(p) : null,
        shared ? 0 : p.size(),
        new CellLayout(w, r, projection, peepholes, bW, bR));
  }

  private Buffer gradients(Arena.Parameters p) {
    return has(Option.ADD_TO_PARAMETERS) ? p.gradientsSoFar() : p.gradients();
  }

  private CellSequence sequence(Kernels kernels, Arena arena, boolean forwardAlone) {
    int groups = shape.groups();
    Numbers normal = has(Option.NOT_A_NUMBER) ? Numbers.normalBehindNaN(1) : Numbers.normal(1);
    View x =
        has(Option.SHARED_INPUT)
            ? arena.shared("x", shape.rows(), shape.inputs(), normal)
            : arena.in("x", groups, shape.rows(), shape.inputs(), normal);
    View y = arena.out("y", groups, shape.rows(), shape.outputs());
    CellSequence sequence = CellSequence.of(x, y).reverse(has(Option.REVERSE));
    if (has(Option.STATES_IN_PLACE)) {
      View h = arena.inOut("h", groups, shape.batch(), shape.outputs(), Numbers.uniform(1));
      View c = cell.hasCellState() ? cellState(arena, "c", true) : null;
      sequence = sequence.from(h, c).to(h, c);
    } else if (hasStates()) {
      View hx = arena.in("hx", groups, shape.batch(), shape.outputs(), Numbers.uniform(1));
      View hy = arena.out("hy", groups, shape.batch(), shape.outputs());
      sequence =
          hasCellStates()
              ? sequence
                  .from(hx, cellState(arena, "cx", false))
                  .to(hy, arena.out("cy", groups, shape.batch(), shape.hidden()))
              : sequence.from(hx, null).to(hy, null);
    }
    if (has(Option.LENGTHS) || has(Option.LENGTHS_OUT_OF_RANGE)) {
      sequence = sequence.lengths(lengths(arena));
    }
    if (!forwardAlone) {
      sequence = sequence.saving(arena.scratch("reserve", cell.reserveSize(kernels, shape)));
    }
    return sequence;
  }

  private View cellState(Arena arena, String name, boolean written) {
    Numbers numbers = Numbers.uniform(1);
    return written
        ? arena.inOut(name, shape.groups(), shape.batch(), shape.hidden(), numbers)
        : arena.in(name, shape.groups(), shape.batch(), shape.hidden(), numbers);
  }

  /** T, 0 and what lies between, in no order. */
  private IndexBuffer lengths(Arena arena) {
    int[] lengths = new int[shape.groups() * shape.batch()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = i == 1 ? 0 : (shape.steps() + 13 * i) % (shape.steps() + 1);
    }
    if (has(Option.LENGTHS_OUT_OF_RANGE)) {
      lengths[2] = -1;
      lengths[3] = Integer.MIN_VALUE;
      lengths[5] = shape.steps() + 1;
      lengths[6] = Integer.MAX_VALUE;
    }
    return arena.indices("lengths", lengths);
  }

  private CellGradients gradients(Arena arena) {
    int groups = shape.groups();
    Numbers normal = Numbers.normal(1);
    boolean noDy = has(Option.NO_DY);
    View dy = noDy ? null : arena.in("dy", groups, shape.rows(), shape.outputs(), normal);
    CellGradients gradients = CellGradients.of(dy);
    if (has(Option.STATE_GRADIENTS_IN_PLACE)) {
      View dh = arena.inOut("dh", groups, shape.batch(), shape.outputs(), normal);
      View dc =
          hasCellStates() ? arena.inOut("dc", groups, shape.batch(), shape.hidden(), normal) : null;
      gradients = gradients.from(dh, dc).to(dh, dc);
    } else if (hasStates()) {
      View dhy = arena.in("dhy", groups, shape.batch(), shape.outputs(), normal);
      View dhx = arena.out("dhx", groups, shape.batch(), shape.outputs());
      View dcy = null;
      View dcx = null;
      if (hasCellStates()) {
        dcy = arena.in("dcy", groups, shape.batch(), shape.hidden(), normal);
        dcx = arena.out("dcx", groups, shape.batch(), shape.hidden());
      }
      gradients = gradients.from(dhy, dcy).to(dhx, dcx);
    }
    if (has(Option.ADD_TO_PARAMETERS)) {
      gradients = gradients.addingToParameters();
    }
    if (has(Option.NO_DX)) {
      return gradients;
    }
    return has(Option.ADD_TO_DX)
        ? gradients.addingToInput(arena.inOut("dx", groups, shape.rows(), shape.inputs(), normal))
        : gradients.input(arena.out("dx", groups, shape.rows(), shape.inputs()));
  }

  private boolean hasStates() {
    return has(Option.STATES)
        || has(Option.STATES_OF_H)
        || has(Option.NO_DY)
        || has(Option.STATE_GRADIENTS_IN_PLACE);
  }

  private boolean hasCellStates() {
    return cell.hasCellState() && !has(Option.STATES_OF_H);
  }

  private boolean has(Option option) {
    return options.contains(option);
  }

  @Override
  public String toString() {
    return String.format(
        "%s G%d T%d N%d I%d H%d %s",
        cell,
        shape.groups(),
        shape.steps(),
        shape.batch(),
        shape.inputs(),
        shape.hidden(),
        options);
  }
}
