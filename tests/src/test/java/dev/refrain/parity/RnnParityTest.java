package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.RnnCell;
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
class RnnParityTest {

  static Stream<Arguments> cases() {
    List<CellCase> cases = new ArrayList<>(CellCase.everyOptionOf(new RnnCell(Activation.TANH)));
    for (Activation activation : Activation.values()) {
      RnnCell cell = new RnnCell(activation);
      cases.add(CellCase.of(cell, 3, 5, 4, 3, 21, Option.STATES));
      cases.add(CellCase.of(cell, 1, 20, 9, 2, 32, Option.STATES, Option.LENGTHS));
    }
    return TestEngines.recurrentTimes(cases);
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
    CellParity.assertRanOnMany(engine, RnnCell.class);
  }
}
