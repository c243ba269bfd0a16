package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.LstmCell;
import dev.refrain.parity.CellCase.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LstmParityTest {
  private static final double FORGET_BIAS = 1;
  private static final double CLIP = 0.4;

  static Stream<Arguments> cases() {
    List<CellCase> cases = new ArrayList<>();
    cases.addAll(CellCase.everyOptionOf(new LstmCell(Activation.TANH)));
    cases.addAll(CellCase.everyOptionOf(everything()));
    for (Activation activation : Activation.values()) {
      LstmCell cell = new LstmCell(activation);
      cases.add(CellCase.of(cell, 3, 5, 4, 3, 21, Option.STATES));
      cases.add(CellCase.of(cell, 1, 20, 9, 2, 32, Option.STATES, Option.LENGTHS));
    }
    for (LstmCell cell : variants()) {
      cases.add(CellCase.of(cell, 3, 5, 4, 3, 21, Option.STATES));
      cases.add(CellCase.of(cell, 1, 9, 10, 4, 40, Option.STATES, Option.LENGTHS, Option.REVERSE));
    }
    return TestEngines.recurrentTimes(cases);
  }

  /** Every combination of peepholes, clipping and a projection that is narrower or wider. */
  private static List<LstmCell> variants() {
    List<LstmCell> cells = new ArrayList<>();
    cells.add(LstmCell.pytorch());
    for (boolean peepholes : new boolean[] {false, true}) {
      for (double clip : new double[] {0, CLIP}) {
        for (int projection : new int[] {0, 1, 7, 43}) {
          cells.add(new LstmCell(Activation.TANH, FORGET_BIAS, peepholes, clip, projection));
        }
      }
    }
    return cells;
  }

  private static LstmCell everything() {
    return new LstmCell(Activation.SOFTSIGN, -0.5, true, CLIP, 6);
  }

  @Order(1)
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, CellCase layer) {
    CellParity.judge(engine, layer);
  }

  @Order(2)
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#recurrent")
  void ranOnMany(TestEngine engine) {
    CellParity.assertRanOnMany(engine, LstmCell.class);
  }
}
