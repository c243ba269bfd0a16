package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParameterLayoutTest {

  @Test
  void readsWell() {
    String words =
        ParameterLayout.of(NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 2).build())
            .toString();
    assertTrue(words.startsWith("8 parameters: [ParameterSlice[name=layer0.forward.w"), words);
  }

  @Test
  void matricesOfAllLayersComeFirstThenBiasesThenTheOutput() {
    NetworkSpec spec =
        NetworkSpec.builder(2)
            .bidirectionalLayer(new LstmCell(Activation.TANH, 1, true, 0, 3), 4)
            .layer(new RnnCell(Activation.TANH), 5)
            .projection(7)
            .recurrentBias(true)
            .build();
    List<String> described =
        ParameterLayout.of(spec).slices().stream().map(s -> s.name() + " " + s.shape()).toList();
    assertEquals(
        List.of(
            "layer0.forward.w [16, 2]",
            "layer0.forward.r [16, 3]",
            "layer0.forward.projection [3, 4]",
            "layer0.forward.peepholes [3, 4]",
            "layer0.reverse.w [16, 2]",
            "layer0.reverse.r [16, 3]",
            "layer0.reverse.projection [3, 4]",
            "layer0.reverse.peepholes [3, 4]",
            "layer1.forward.w [5, 6]",
            "layer1.forward.r [5, 5]",
            "layer0.forward.b_w [16]",
            "layer0.forward.b_r [16]",
            "layer0.reverse.b_w [16]",
            "layer0.reverse.b_r [16]",
            "layer1.forward.b_w [5]",
            "layer1.forward.b_r [5]",
            "output.weight [7, 5]",
            "output.bias [7]"),
        described);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.network.Networks#various")
  void tensorsLieBehindEachOtherWithoutGaps(NetworkSpec spec) {
    ParameterLayout layout = ParameterLayout.of(spec);
    long expected = 0;
    for (ParameterSlice slice : layout.slices()) {
      assertEquals(expected, slice.offset(), slice.name());
      expected = slice.end();
    }
    assertEquals(expected, layout.size());
  }

  @Test
  void offsetsOfACellAreThoseOfItsTensors() {
    ParameterLayout layout = ParameterLayout.of(Networks.everything(0));
    CellLayout cell = layout.cell(0, true);
    assertEquals(layout.slice("layer0.reverse.w").offset(), cell.w());
    assertEquals(layout.slice("layer0.reverse.r").offset(), cell.r());
    assertEquals(layout.slice("layer0.reverse.projection").offset(), cell.projection());
    assertEquals(layout.slice("layer0.reverse.peepholes").offset(), cell.peepholes());
    assertEquals(layout.slice("layer0.reverse.b_w").offset(), cell.bW());
    assertEquals(layout.slice("layer0.reverse.b_r").offset(), cell.bR());
  }

  @Test
  void aBiasThatIsNotTrainedTakesNoPlace() {
    NetworkSpec spec = NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 2).build();
    ParameterLayout layout = ParameterLayout.of(spec);
    assertEquals(CellLayout.ABSENT, layout.cell(0, false).bR());
    assertEquals(2 + 4 + 2, layout.size());
  }

  @Test
  void anUnknownNameListsTheKnownOnes() {
    NetworkSpec spec = NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 2).build();
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> ParameterLayout.of(spec).slice("layer1.w"))
            .getMessage();
    assertTrue(message.contains("'layer1.w'") && message.contains("layer0.forward.w"), message);
  }
}
