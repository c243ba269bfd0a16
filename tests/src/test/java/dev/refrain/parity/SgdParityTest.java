package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Sgd;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SgdParityTest {

  static Stream<Arguments> cases() {
    return OptimizerCase.of(
        List.of(
            decay -> new Sgd(0, false, decay),
            decay -> new Sgd(0.9, false, decay),
            decay -> new Sgd(0.9, true, decay)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, OptimizerCase steps) {
    steps.on(engine);
  }
}
