package dev.refrain.network;

import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.Philox;
import java.util.Arrays;
import java.util.List;

/**
 * How the parameters of a new network are drawn: from a seed, by {@link Philox}, in Java, so that
 * all engines start from the same numbers. The i-th tensor of the {@link ParameterLayout} is drawn
 * from the stream with operation seed i.
 */
public enum Initialization {
  /**
   * TensorFlow 1's: Glorot uniform, limit {@code √(6/(fan_in + fan_out))} over its <em>fused</em>
   * kernels {@code [I+Q, gates·H]}, the GRU's in two, {@code [I+H, 2H]} and {@code [I+H, H]};
   * biases 0 but those of the GRU's gates r and z, which are 1. A peephole vector counts as {@code
   * fan_in = fan_out = H}.
   */
  TENSORFLOW {
    @Override
    void drawLayer(Draw draw, LayerSpec layer, int inputs) {
      int hidden = layer.hidden();
      int rows = inputs + layer.cellOutputs();
      if (layer.cell() instanceof GruCell) {
        double gates = glorot(rows, 2 * hidden);
        double candidate = glorot(rows, hidden);
        draw.uniform("w", 2L * hidden * inputs, gates, candidate);
        draw.uniform("r", 2L * hidden * hidden, gates, candidate);
        draw.constant("b_w", 2 * hidden, 1);
      } else {
        double limit = glorot(rows, layer.cell().gates() * hidden);
        draw.uniform("w", limit);
        draw.uniform("r", limit);
      }
      draw.uniform("projection", glorot(hidden, layer.cellOutputs()));
      draw.uniform("peepholes", glorot(hidden, hidden));
    }

    @Override
    void drawOutput(Draw draw, int inputs, int outputs) {
      draw.uniform("weight", glorot(inputs, outputs));
    }
  },

  /**
   * PyTorch's: uniform in {@code ±1/√H} for all tensors of a recurrent layer, in {@code ±1/√fan_in}
   * for weight and bias of the output projection.
   */
  PYTORCH {
    @Override
    void drawLayer(Draw draw, LayerSpec layer, int inputs) {
      double limit = 1 / Math.sqrt(layer.hidden());
      for (String tensor : List.of("w", "r", "projection", "peepholes", "b_w", "b_r")) {
        draw.uniform(tensor, limit);
      }
    }

    @Override
    void drawOutput(Draw draw, int inputs, int outputs) {
      double limit = 1 / Math.sqrt(inputs);
      draw.uniform("weight", limit);
      draw.uniform("bias", limit);
    }
  };

  /**
   * Draws the parameters {@code [P]} of one network.
   *
   * @throws ArithmeticException if P does not fit a Java array
   */
  public float[] draw(NetworkSpec spec, long seed) {
    ParameterLayout layout = ParameterLayout.of(spec);
    Draw draw = new Draw(layout, seed);
    for (int l = 0; l < spec.layers().size(); l++) {
      LayerSpec layer = spec.layers().get(l);
      for (int d = 0; d < layer.directions(); d++) {
        drawLayer(draw.within(ParameterLayout.prefix(l, d == 1)), layer, spec.inputsOf(l));
      }
    }
    if (spec.projection() > 0) {
      drawOutput(
          draw.within(ParameterLayout.OUTPUT_PREFIX),
          spec.lastLayer().outputs(),
          spec.projection());
    }
    return draw.values;
  }

  /** Draws what lies within one direction of a layer. */
  abstract void drawLayer(Draw draw, LayerSpec layer, int inputs);

  abstract void drawOutput(Draw draw, int inputs, int outputs);

  private static double glorot(int fanIn, int fanOut) {
    return Math.sqrt(6.0 / ((double) fanIn + fanOut));
  }

  /**
   * Parameters in the making; what is not drawn stays 0, and what a cell does not have is left out.
   */
  static final class Draw {
    private final ParameterLayout layout;
    private final long seed;
    private final float[] values;
    private final String prefix;

    private Draw(ParameterLayout layout, long seed) {
      this(layout, seed, new float[Math.toIntExact(layout.size())], "");
    }

    private Draw(ParameterLayout layout, long seed, float[] values, String prefix) {
      this.layout = layout;
      this.seed = seed;
      this.values = values;
      this.prefix = prefix;
    }

    private Draw within(String newPrefix) {
      return new Draw(layout, seed, values, newPrefix);
    }

    private void uniform(String tensor, double limit) {
      uniform(tensor, Long.MAX_VALUE, limit, limit);
    }

    /** Uniform in ±limit up to element {@code change}, in ±limitAfter from there on. */
    private void uniform(String tensor, long change, double limit, double limitAfter) {
      int index = layout.indexOf(prefix + tensor);
      if (index < 0) {
        return;
      }
      ParameterSlice slice = layout.slices().get(index);
      float[] draws = Philox.uniformFloats(seed, index, Math.toIntExact(slice.size()));
      for (int i = 0; i < draws.length; i++) {
        // In float, as TensorFlow scales its draws, so that its numbers come out to the last bit.
        float bound = (float) (i < change ? limit : limitAfter);
        values[(int) slice.offset() + i] = draws[i] * (2 * bound) - bound;
      }
    }

    private void constant(String tensor, int count, float value) {
      int from = (int) layout.slice(prefix + tensor).offset();
      Arrays.fill(values, from, from + count, value);
    }
  }
}
