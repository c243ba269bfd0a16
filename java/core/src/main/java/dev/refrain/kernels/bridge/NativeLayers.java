package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_dropout_args;
import dev.refrain.kernels.bridge.generated.refrain_linear_args;

/** Layers without recurrence. */
abstract class NativeLayers extends NativeCells {
  NativeLayers(Device device, String backend, EngineOptions options) {
    super(device, backend, options);
  }

  @Override
  public void linearForward(LinearShape shape, LinearParameters parameters, View x, View y) {
    Contract.linearForward(shape, parameters, x, y);
    try (refrain_linear_args a = linearArguments(shape, parameters)) {
      arguments.put(x, a.x());
      arguments.put(y, a.y());
      arguments.put((View) null, a.dy());
      arguments.put((View) null, a.dx());
      alone(() -> Native.refrain_linear_forward(context(), a));
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
      alone(() -> Native.refrain_linear_backward(context(), a));
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
      alone(() -> Native.refrain_dropout(context(), a));
    }
  }
}
