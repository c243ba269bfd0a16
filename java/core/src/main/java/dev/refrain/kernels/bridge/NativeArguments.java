package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.bridge.generated.refrain_cell_gradients;
import dev.refrain.kernels.bridge.generated.refrain_cell_parameters;
import dev.refrain.kernels.bridge.generated.refrain_cell_sequence;
import dev.refrain.kernels.bridge.generated.refrain_cell_shape;
import dev.refrain.kernels.bridge.generated.refrain_step_state;
import dev.refrain.kernels.bridge.generated.refrain_view;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;

/** Copies the contract's records into the native structs of the same meaning. */
final class NativeArguments {
  private final NativeContext kernels;

  NativeArguments(NativeContext kernels) {
    this.kernels = kernels;
  }

  /** The address of an element; null for an absent buffer. */
  FloatPointer floats(Buffer buffer, long offset) {
    if (buffer == null) {
      return null;
    }
    if (buffer instanceof NativeBuffer own) {
      return own.at(kernels, offset);
    }
    throw foreign(buffer);
  }

  FloatPointer floats(Buffer buffer) {
    return floats(buffer, 0);
  }

  IntPointer indices(IndexBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    if (buffer instanceof NativeIndexBuffer own) {
      return own.start(kernels);
    }
    throw foreign(buffer);
  }

  private IllegalArgumentException foreign(Object memory) {
    return new IllegalArgumentException(
        memory.getClass().getSimpleName() + " is not memory of " + kernels.description());
  }

  void put(StepState state, refrain_step_state target) {
    if (!(state instanceof NativeStepState own)) {
      throw foreign(state);
    }
    own.putInto(target, kernels);
  }

  void put(View view, refrain_view target) {
    if (view == null) {
      target.data(null).group_stride(0).row_stride(0);
    } else {
      target
          .data(floats(view.buffer(), view.offset()))
          .group_stride(view.groupStride())
          .row_stride(view.rowStride());
    }
  }

  void put(CellShape shape, refrain_cell_shape target) {
    target
        .groups(shape.groups())
        .steps(shape.steps())
        .batch(shape.batch())
        .inputs(shape.inputs())
        .hidden(shape.hidden())
        .outputs(shape.outputs());
  }

  void put(CellParameters parameters, refrain_cell_parameters target) {
    CellLayout layout = parameters.layout();
    target
        .data(floats(parameters.values()))
        .gradients(floats(parameters.gradients()))
        .group_stride(parameters.groupStride())
        .w(layout.w())
        .r(layout.r())
        .projection(layout.projection())
        .peepholes(layout.peepholes())
        .b_w(layout.bW())
        .b_r(layout.bR());
  }

  void put(CellSequence sequence, refrain_cell_sequence target) {
    put(sequence.x(), target.x());
    put(sequence.hx(), target.hx());
    put(sequence.cx(), target.cx());
    put(sequence.y(), target.y());
    put(sequence.hy(), target.hy());
    put(sequence.cy(), target.cy());
    target
        .lengths(indices(sequence.lengths()))
        .reserve(floats(sequence.reserve()))
        .reverse(sequence.reverse() ? 1 : 0);
  }

  /** Null stands for a forward call, which reads none of it. */
  void put(CellGradients gradients, refrain_cell_gradients target) {
    CellGradients g = gradients == null ? CellGradients.of(null) : gradients;
    put(g.dy(), target.dy());
    put(g.dhy(), target.dhy());
    put(g.dcy(), target.dcy());
    put(g.dx(), target.dx());
    put(g.dhx(), target.dhx());
    put(g.dcx(), target.dcx());
    target
        .accumulate_dx(g.accumulateDx() ? 1 : 0)
        .accumulate_parameters(g.accumulateParameters() ? 1 : 0);
  }
}
