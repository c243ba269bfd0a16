package dev.refrain.recording;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole step of word vectors, sampling included, repeats what was recorded, bit for bit. */
class EmbeddingRecordingTest {
  private static final RowsAdam DEFERRED = rule(RowsAdam.Mode.DEFERRED);
  private static final int STEPS = 2000;

  /** As many as the emulated engine takes in some seconds, of tables that all have waiting rows. */
  private static final int EMULATED_STEPS = 150;

  private static RowsAdam rule(RowsAdam.Mode mode) {
    return new RowsAdam(new Adam(), mode, Schedule.exponential(0.9, 50));
  }

  static Stream<Arguments> rules() {
    return TestEngines.times(
        List.of(DEFERRED, rule(RowsAdam.Mode.DENSE), rule(RowsAdam.Mode.LAZY)));
  }

  private static void assertSame(Map<String, Object> expected, Map<String, Object> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, value) -> {
          if (value instanceof float[] floats) {
            assertArrayEquals(bits(floats), bits((float[]) actual.get(name)), name);
          } else if (value instanceof int[] ints) {
            assertArrayEquals(ints, (int[]) actual.get(name), name);
          } else {
            assertEquals(value, actual.get(name), name);
          }
        });
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  @ParameterizedTest
  @MethodSource("rules")
  void replaysEqualEagerStepsAndReadingChangesNoBit(TestEngine engine, RowsAdam rule) {
    try (Kernels eager = engine.open(1);
        Kernels recorded = engine.open(3)) {
      EmbeddingStep steps = new EmbeddingStep(eager, rule);
      EmbeddingStep replays = new EmbeddingStep(recorded, rule);
      try (Recording recording = recorded.record(replays)) {
        for (int times : new int[] {1, 0, 4, 2}) {
          recording.run(times);
          for (int i = 0; i < times; i++) {
            steps.run();
          }
          // read on one side alone
          replays.embeddings();
          assertSame(steps.raw(), replays.raw());
        }
        assertArrayEquals(bits(steps.embeddings()), bits(replays.embeddings()));
      }
    }
  }

  /**
   * A closed loop magnifies roundings, whichever way the rows are updated, so it is the losses that
   * are compared.
   */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#each")
  void deferredRowsLoseNothingAgainstDenseOnes(TestEngine engine) {
    double[] dense = losses(engine, RowsAdam.Mode.DENSE);
    double[] deferred = losses(engine, RowsAdam.Mode.DEFERRED);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < dense.length; i++) {
      difference += Math.abs(dense[i] - deferred[i]);
      size += Math.abs(dense[i]);
    }
    assertTrue(
        difference <= 1e-5 * size,
        "losses differ by " + difference / size + " of their size, allowed is 1e-5");
  }

  private static double[] losses(TestEngine engine, RowsAdam.Mode mode) {
    try (Kernels kernels = engine.open(2)) {
      EmbeddingStep step = new EmbeddingStep(kernels, rule(mode));
      try (Recording recording = kernels.record(step)) {
        double[] losses = new double[engine.engine().equals("emulated") ? EMULATED_STEPS : STEPS];
        for (int first = 0; first < losses.length; first += 50) {
          recording.run(50);
          System.arraycopy(step.losses(first + 1L, 50), 0, losses, first, 50);
        }
        return losses;
      }
    }
  }
}
