package dev.refrain.properties;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Variants that are chosen by timing: told as text, given to other kernels, kept in checkpoints.
 */
class AutotuneTest {
  private static final String CUDA_KERNELS = "dev.refrain.TestEngines#cudaKernels";
  private static final EngineOptions TIMED = EngineOptions.DEFAULT.autotune(true);

  @TempDir private Path folder;

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void eachShapeIsTimedOnceAndTold(TestEngine engine) {
    try (Kernels kernels = engine.open(TIMED)) {
      assertEquals("", kernels.choices());
      long used = kernels.allocatedBytes();
      List<Cell> cells =
          List.of(
              new GruCell(Activation.TANH, GruForm.RESET_AFTER),
              new LstmCell(Activation.TANH),
              new RnnCell(Activation.RELU));
      for (Cell cell : cells) {
        cell.reserveSize(kernels, CellShape.of(cell, 2, 3, 4, 5, 6));
      }
      String choices = kernels.choices();
      List<String> lines = choices.lines().toList();
      assertEquals(3, lines.size(), choices);
      assertTrue(lines.get(0).startsWith("gru_reset_after G=2 T=3 N=4 I=5 H=6 Q=6 "), choices);
      assertTrue(lines.get(1).startsWith("lstm G=2 T=3 N=4 I=5 H=6 Q=6 "), choices);
      assertTrue(lines.get(2).startsWith("rnn G=2 T=3 N=4 I=5 H=6 Q=6 "), choices);
      for (Cell cell : cells) {
        cell.reserveSize(kernels, CellShape.of(cell, 2, 3, 4, 5, 6));
      }
      assertEquals(choices, kernels.choices(), "timed again");
      assertEquals(used, kernels.allocatedBytes(), "a trial keeps its arrays");
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void givenChoicesDecide(TestEngine engine) {
    LayerRun layer = LayerRun.random(new LstmCell(Activation.TANH), 1, 6, 5, 3, 61);
    Map<String, float[]> block = on(engine, "block", layer);
    Map<String, float[]> perStep = on(engine, "perStep", layer);
    assertFalse(
        Arrays.equals(block.get("y"), perStep.get("y")),
        "the variants must be told apart by their bits");
    String shape = "lstm G=1 T=6 N=5 I=3 H=61 Q=61 activation=0 options=0 ";
    for (String chosen : List.of("block", "perStep")) {
      try (Kernels kernels = engine.open()) {
        kernels.setChoices(shape + chosen + "\n");
        assertEquals(shape + chosen + "\n", kernels.choices());
        Map<String, float[]> results = layer.on(kernels);
        (chosen.equals("block") ? block : perStep)
            .forEach((name, values) -> assertArrayEquals(values, results.get(name), name));
      }
    }
  }

  private static Map<String, float[]> on(TestEngine engine, String variant, LayerRun layer) {
    try (Kernels kernels = new TestEngine(engine.engine(), variant).open()) {
      return layer.on(kernels);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void whatIsNoChoiceIsNamed(TestEngine engine) {
    try (Kernels kernels = engine.open()) {
      for (String line : List.of("lstm G=1 abacus", "perStep", "lstm auto")) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> kernels.setChoices(line))
                .getMessage();
        assertTrue(message.contains(line), message);
      }
      assertEquals("", kernels.choices());
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void aResumedTrainingGetsTheSameBits(TestEngine engine) throws Exception {
    Path file = folder.resolve("training.safetensors");
    float[] expected;
    String choices;
    try (Kernels kernels = engine.open(TIMED);
        Network network = Network.create(kernels, spec(), 7);
        Trainer trainer = trainer(network)) {
      trainer.run(3);
      Checkpoint.save(file, trainer, Map.of());
      choices = kernels.choices();
      assertFalse(choices.isEmpty());
      trainer.run(3);
      expected = network.values().read();
    }
    Checkpoint checkpoint = Checkpoint.load(file);
    try (Kernels kernels = engine.open();
        Network network = checkpoint.network(kernels);
        Trainer trainer = trainer(network)) {
      assertEquals(choices, kernels.choices());
      checkpoint.resume(trainer);
      trainer.run(3);
      assertArrayEquals(expected, network.values().read());
    }
  }

  private static NetworkSpec spec() {
    return NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 17).projection(1).build();
  }

  private static Trainer trainer(Network network) {
    float[] series = new float[60];
    for (int i = 0; i < series.length; i++) {
      series[i] = (float) Math.sin(0.7 * i);
    }
    return Trainer.builder(network, SeriesWindows.shared(series, 1, 6, 4))
        .optimizer(new Adam())
        .learningRate(1e-2)
        .build();
  }
}
