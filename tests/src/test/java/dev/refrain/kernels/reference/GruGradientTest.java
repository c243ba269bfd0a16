package dev.refrain.kernels.reference;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GruGradientTest {

  static Stream<Arguments> cases() {
    return CellGradientCheck.cases(
        Stream.of(GruForm.values())
            .flatMap(
                form ->
                    Stream.of(Activation.values())
                        .map(activation -> new GruCell(activation, form))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardIsForwardsGradient(GruCell cell, CellGradientCheck.Setting setting) {
    CellGradientCheck.run(cell, setting);
  }
}
