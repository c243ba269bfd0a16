package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextModelTest {
  private static final String LINE = "what recurs is a refrain;\n";
  private static final int WINDOW = 12;

  static Stream<TestEngine> engines() {
    return TestEngines.fast();
  }

  @Test
  void charactersAreNumberedInOrderAndOthersAreNamed() {
    Characters characters = new Characters("banana \uD83D\uDE42");
    assertEquals(5, characters.count());
    assertArrayEquals(new int[] {2, 1, 3, 1}, characters.encode("bana"));
    assertEquals("\uD83D\uDE42", characters.decode(4));
    assertEquals(characters.count(), new Characters(characters.toString()).count());
    String message =
        assertThrows(IllegalArgumentException.class, () -> characters.encode("bx")).getMessage();
    assertTrue(message.contains("'x' (U+0078)"), message);
  }

  @Test
  void drawsFollowTheSoftmaxAndItsTemperature() {
    float[] logits = {0, (float) Math.log(3), Float.NEGATIVE_INFINITY};
    assertEquals(0, TextModel.draw(logits, 1, 0.2499));
    assertEquals(1, TextModel.draw(logits, 1, 0.2501));
    assertEquals(1, TextModel.draw(logits, 1, 0.9999));
    // At temperature 1/2 the odds are squared: 1 to 9.
    assertEquals(0, TextModel.draw(logits, 0.5, 0.0999));
    assertEquals(1, TextModel.draw(logits, 0.5, 0.1001));
    assertEquals(1, TextModel.draw(logits, 0, 0));
  }

  /** A line again and again can be known by heart: nearly no bits, and it goes on by itself. */
  @ParameterizedTest
  @MethodSource("engines")
  void aRefrainIsLearntByHeart(TestEngine engine) throws InterruptedException {
    for (Cell cell :
        List.of(
            new LstmCell(Activation.TANH), new GruCell(Activation.TANH, GruForm.RESET_BEFORE))) {
      Characters characters = new Characters(LINE);
      int[] text = characters.encode(LINE.repeat(40));
      NetworkSpec spec =
          NetworkSpec.builder(characters.count())
              .layer(cell, 32)
              .projection(characters.count())
              .build();
      List<Double> bits = new ArrayList<>();
      try (Kernels kernels = engine.open();
          TextModel model = new TextModel(Network.create(kernels, spec, 3), characters, WINDOW)) {
        double untrained = model.bitsPerCharacter(text);
        assertEquals(Math.log(characters.count()) / Math.log(2), untrained, 0.3);
        try (Trainer trainer = model.trainer(8, 0.02, 100)) {
          trainer.train(
              300,
              100,
              model.windows(trainer, text, 3),
              progress -> bits.add(TextModel.bits(progress.losses().get(0), 0, 100)));
        }
        assertEquals(3, bits.size());
        double trained = model.bitsPerCharacter(text);
        assertTrue(trained < 0.15, cell + ": " + trained + " bits after " + bits);
        String expected = (LINE + LINE).substring(4, LINE.length() + 4);
        assertEquals(expected, model.continueText("what", LINE.length(), 0, 1));
        assertEquals(model.continueText("what", 40, 1, 7), model.continueText("what", 40, 1, 7));
      }
    }
  }
}
