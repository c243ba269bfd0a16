package dev.refrain.kernels.reference;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.LstmCell;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LstmGradientTest {
  private static final double CLIP = 0.4;
  private static final int PROJECTION = 2;

  static Stream<Arguments> cases() {
    Stream<LstmCell> activations = Stream.of(Activation.values()).map(LstmCell::new);
    Stream<LstmCell> options =
        Stream.of(
            LstmCell.pytorch(),
            new LstmCell(Activation.TANH, 1, true, 0, 0),
            new LstmCell(Activation.TANH, 1, false, CLIP, 0),
            new LstmCell(Activation.TANH, 1, false, 0, PROJECTION),
            new LstmCell(Activation.TANH, 0.5, true, CLIP, 0),
            new LstmCell(Activation.TANH, 1, true, 0, PROJECTION),
            new LstmCell(Activation.SOFTSIGN, 1, false, CLIP, PROJECTION),
            new LstmCell(Activation.SIGMOID, -1, true, CLIP, PROJECTION));
    return CellGradientCheck.cases(Stream.concat(activations, options));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardIsForwardsGradient(LstmCell cell, CellGradientCheck.Setting setting) {
    CellGradientCheck.run(cell, setting);
  }
}
