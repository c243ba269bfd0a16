package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.WeightDecay;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdagradParityTest {

  static Stream<Arguments> cases() {
    return OptimizerCase.of(
        List.of(decay -> new Adagrad(0.1, 0, decay), decay -> new Adagrad(0, 1e-10, decay)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, OptimizerCase steps) {
    steps.on(engine);
  }

  /** Zero over zero must not become the next value of a parameter. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aParameterWithoutGradientStaysWhereSumAndEpsilonAreZero(TestEngine engine) {
    Adagrad rule = new Adagrad(0, 0, WeightDecay.NONE);
    Parity.of(
            "adagrad without accumulator",
            (kernels, arena) -> {
              int count = 37;
              float[] sparse = new float[count];
              sparse[5] = 0.5f;
              Buffer values = arena.flatInOut("values", count, Numbers.normal(1));
              Buffer gradients = arena.flatIn("gradients", count, Numbers.of(sparse));
              Buffer sum = arena.flatInOut("sum", count, Numbers.of(new float[count]));
              StepState state = arena.state(0, Steps.at(1, 1));
              ParameterUpdate update =
                  new ParameterUpdate(1, count, values, gradients, List.of(sum));
              return () -> kernels.adagrad(rule, update, state);
            })
        .within(Tolerance.FEW_ROUNDINGS)
        .on(engine);
  }
}
