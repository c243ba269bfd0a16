package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.kernels.RmsProp;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RmspropParityTest {

  static Stream<Arguments> cases() {
    return OptimizerCase.of(
        List.of(decay -> new RmsProp(0.9, 1e-8, decay), decay -> new RmsProp(0, 1e-3, decay)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, OptimizerCase steps) {
    steps.on(engine);
  }
}
