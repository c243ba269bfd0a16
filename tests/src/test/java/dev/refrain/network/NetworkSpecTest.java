package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkSpecTest {
  private static final RnnCell CELL = new RnnCell(Activation.TANH);

  @Test
  void sizesFollowFromTheLayers() {
    NetworkSpec spec =
        NetworkSpec.builder(3)
            .bidirectionalLayer(new LstmCell(Activation.TANH, 1, false, 0, 2), 7)
            .layer(CELL, 5)
            .build();
    assertEquals(3, spec.inputsOf(0));
    assertEquals(4, spec.inputsOf(1));
    assertEquals(5, spec.outputs());
  }

  @Test
  void theProjectionGivesTheOutputs() {
    assertEquals(9, NetworkSpec.builder(1).layer(CELL, 5).projection(9).build().outputs());
  }

  @Test
  void refusesValuesByName() {
    refuses("inputs is 0", NetworkSpec.builder(0).layer(CELL, 5));
    refuses("at least one recurrent layer", NetworkSpec.builder(1));
    refuses("projection is -1", NetworkSpec.builder(1).layer(CELL, 5).projection(-1));
    refuses("dropout is 1.0", NetworkSpec.builder(1).layer(CELL, 5).layer(CELL, 5).dropout(1));
    refuses(
        "dropout is NaN", NetworkSpec.builder(1).layer(CELL, 5).layer(CELL, 5).dropout(0.0 / 0));
    refuses("there is only one", NetworkSpec.builder(1).layer(CELL, 5).dropout(0.5));
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> new LayerSpec(CELL, 0, false))
            .getMessage()
            .contains("hidden is 0"));
  }

  private static void refuses(String message, NetworkSpec.Builder builder) {
    String actual = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.network.Networks#various")
  void comesBackFromText(NetworkSpec spec) {
    Map<String, String> text = SpecText.write(spec);
    assertEquals(spec, SpecText.read(text));
  }
}
