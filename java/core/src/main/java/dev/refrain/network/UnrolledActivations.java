package dev.refrain.network;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.List;

/** Where what flows between the layers of an {@link UnrolledNetwork} lies, and its gradients. */
final class UnrolledActivations {
  private final DeviceMemory memory;
  private final NetworkSpec spec;
  private final int groups;
  private final int steps;
  private final int batch;
  private final boolean training;

  /** What each layer reads: the input, or the outputs below, after dropout where it acts. */
  private final List<View> inputs = new ArrayList<>();

  /** What each layer returns. */
  private final List<View> outputs = new ArrayList<>();

  /** Of what each layer returns; none unless there is training. */
  private final List<View> gradients = new ArrayList<>();

  private final Buffer output;
  private final Buffer outputGradient;

  /**
   * Places them.
   *
   * @param memory owns all of it
   * @param input what the first layer reads
   */
  UnrolledActivations(
      DeviceMemory memory,
      NetworkSpec spec,
      int groups,
      int steps,
      int batch,
      View input,
      boolean training) {
    this.memory = memory;
    this.spec = spec;
    this.groups = groups;
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    placeOutputs(input);
    output = spec.projection() > 0 ? rows(spec.projection()) : last().buffer();
    outputGradient = training ? placeGradients() : null;
  }

  private Buffer rows(int columns) {
    return memory.floats(groups, steps, batch, columns);
  }

  private View view(int columns) {
    return View.of(rows(columns), (long) steps * batch, columns);
  }

  private void placeOutputs(View input) {
    View below = input;
    for (int l = 0; l < spec.layers().size(); l++) {
      int columns = spec.layers().get(l).outputs();
      inputs.add(below);
      outputs.add(view(columns));
      // Backward needs the outputs as they were, so dropped ones stand beside them.
      below = dropsBehind(l) ? view(columns) : outputs.get(l);
    }
  }

  private Buffer placeGradients() {
    for (LayerSpec layer : spec.layers()) {
      gradients.add(view(layer.outputs()));
    }
    Buffer last = gradients.get(gradients.size() - 1).buffer();
    return spec.projection() > 0 ? rows(spec.projection()) : last;
  }

  /** Whether outputs of a layer are dropped before the next reads them. */
  boolean dropsBehind(int layer) {
    return training && spec.dropout() > 0 && layer < spec.layers().size() - 1;
  }

  View inputs(int layer) {
    return inputs.get(layer);
  }

  View outputs(int layer) {
    return outputs.get(layer);
  }

  /** What the last layer returns. */
  View last() {
    return outputs.get(outputs.size() - 1);
  }

  View gradients(int layer) {
    return gradients.get(layer);
  }

  /** What the network returns, {@code [G,T,N,O]}. */
  Buffer output() {
    return output;
  }

  /** Of the output; null unless there is training. */
  Buffer outputGradient() {
    return outputGradient;
  }
}
