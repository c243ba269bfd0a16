package dev.refrain.kernels.reference;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.RnnCell;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RnnGradientTest {

  static Stream<Arguments> cases() {
    return CellGradientCheck.cases(Stream.of(Activation.values()).map(RnnCell::new));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardIsForwardsGradient(RnnCell cell, CellGradientCheck.Setting setting) {
    CellGradientCheck.run(cell, setting);
  }
}
