package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Adam;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdamParityTest {

  static Stream<Arguments> cases() {
    return OptimizerCase.of(
        List.of(
            decay -> new Adam(0.9, 0.999, 1e-8, Adam.Form.TENSORFLOW, decay),
            decay -> new Adam(0.9, 0.999, 1e-8, Adam.Form.PYTORCH, decay),
            decay -> new Adam(0.5, 0.9, 1e-3, Adam.Form.TENSORFLOW, decay),
            decay -> new Adam(0, 0.5, 1e-3, Adam.Form.PYTORCH, decay)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, OptimizerCase steps) {
    steps.on(engine);
  }
}
