package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LinearParameters;
import dev.refrain.kernels.LinearShape;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LinearParityTest {

  /** What is asked of the layer. */
  record Layer(LinearShape shape, boolean bias, boolean dx, boolean adding, boolean shared)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      int groups = shape.groups();
      Numbers weights = Numbers.uniform(1 / Math.sqrt(shape.inputs()));
      Arena.Parameters p = arena.parameters(groups);
      long weight = p.add("weight", (long) shape.outputs() * shape.inputs(), weights);
      long b = bias ? p.add("bias", shape.outputs(), weights) : CellLayout.ABSENT;
      Numbers normal = Numbers.normal(1);
      View y = arena.out("y", groups, shape.rows(), shape.outputs());
      if (shared) {
        View x = arena.shared("x", shape.rows(), shape.inputs(), normal);
        LinearParameters one = new LinearParameters(p.sharedValues(), null, 0, weight, b);
        return () -> kernels.linearForward(shape, one, x, y);
      }
      View x = arena.in("x", groups, shape.rows(), shape.inputs(), normal);
      View dy = arena.in("dy", groups, shape.rows(), shape.outputs(), normal);
      View into = dx ? arena.out("dx", groups, shape.rows(), shape.inputs()) : null;
      Buffer values = p.values();
      Buffer gradients = adding ? p.gradientsSoFar() : p.gradients();
      LinearParameters parameters = new LinearParameters(values, gradients, p.size(), weight, b);
      return () -> {
        kernels.linearForward(shape, parameters, x, y);
        kernels.linearBackward(shape, parameters, x, dy, into, adding);
      };
    }
  }

  static Stream<Arguments> cases() {
    List<Layer> layers = new ArrayList<>();
    int[][] sizes = {
      {1, 1, 1, 1},
      {3, 1, 1, 1},
      {3, 7, 5, 3},
      {3, 20, 100, 1},
      {1, 16, 32, 64},
      {1, 33, 17, 31},
      {1, 1000, 100, 1},
      {1, 129, 257, 67},
      {3, 5, 1, 19},
      {1, 1, 1031, 3}
    };
    for (int[] s : sizes) {
      layers.add(new Layer(new LinearShape(s[0], s[1], s[2], s[3]), true, true, false, false));
    }
    LinearShape small = new LinearShape(3, 11, 13, 9);
    layers.add(new Layer(small, false, true, false, false));
    layers.add(new Layer(small, true, false, false, false));
    layers.add(new Layer(small, true, true, true, false));
    layers.add(new Layer(small, true, true, false, true));
    return TestEngines.times(layers);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Layer layer) {
    LinearShape s = layer.shape();
    Parity.of(layer.toString(), layer)
        .within("y", Tolerance.sum(s.inputs()))
        .within("dx", Tolerance.sum(s.outputs()))
        .within("dweight", Tolerance.sum((double) s.rows()))
        .within("dbias", Tolerance.sum((double) s.rows()))
        .on(engine);
  }
}
