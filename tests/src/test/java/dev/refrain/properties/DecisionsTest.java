package dev.refrain.properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which way operations take, and why not another one, can be asked. */
class DecisionsTest {
  private static final String CUDA_KERNELS = "dev.refrain.TestEngines#cudaKernels";
  private static final LayerRun LAYER =
      LayerRun.random(new LstmCell(Activation.TANH), 1, 6, 5, 3, 61);
  private static final String SHAPE = "lstm G=1 T=6 N=5 I=3 H=61 Q=61 activation=0 options=0: ";

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void aShapeIsToldOnceWithItsReasons(TestEngine engine) {
    EngineOptions own = EngineOptions.DEFAULT.libraries(Set.of());
    try (Kernels kernels = engine.open(own)) {
      assertEquals("", kernels.decisions());
      LAYER.on(kernels);
      String decisions = kernels.decisions();
      List<String> lines = decisions.lines().toList();
      assertTrue(lines.stream().anyMatch(line -> line.startsWith(SHAPE)), decisions);
      assertTrue(
          lines.stream()
              .anyMatch(
                  line ->
                      line.startsWith("product m=30 n=244 k=3 ")
                          && line.contains("not cuBLAS: the engine was opened without cuBLAS")),
          decisions);
      LAYER.on(kernels);
      assertEquals(decisions, kernels.decisions());
      assertEquals("", kernels.choices(), "decisions are no choices, which go into checkpoints");
      assertEquals("", kernels.notices());
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource(CUDA_KERNELS)
  void whatIsForcedOrGivenIsToldAsSuch(TestEngine engine) {
    try (Kernels kernels = new TestEngine(engine.engine(), "perStep").open()) {
      LAYER.on(kernels);
      String decisions = kernels.decisions();
      assertTrue(decisions.contains(SHAPE + "perStep; not others: perStep is forced\n"), decisions);
    }
    try (Kernels kernels = engine.open()) {
      kernels.setChoices("lstm G=1 T=6 N=5 I=3 H=61 Q=61 activation=0 options=0 perStep\n");
      LAYER.on(kernels);
      String decisions = kernels.decisions();
      assertTrue(
          decisions.contains(SHAPE + "perStep; not others: perStep was timed or given\n"),
          decisions);
    }
  }
}
