package dev.refrain.series;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForecastCheckpointsTest {
  private static final Series HISTORY = history();

  @TempDir private Path folder;

  /** The loss grows from step to step until it is no number; what came before is not lost. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void aLearningRateThatDivergesLeavesTheLastGoodCheckpoint(TestEngine engine) throws Exception {
    Path file = folder.resolve("checkpoint.safetensors");
    Forecaster wild =
        Forecaster.builder()
            .cell(new RnnCell(Activation.IDENTITY))
            .units(4)
            .members(1)
            .season(1)
            .window(8)
            .batch(8)
            .transformation(Transformation.NONE)
            .validationRows(0)
            .optimizer(new Sgd())
            .schedule(Schedule.CONSTANT)
            .clipNorm(0)
            .learningRate(1)
            .steps(400)
            .build();
    AtomicReference<byte[]> earlier = new AtomicReference<>(new byte[0]);
    try (Kernels kernels = engine.open()) {
      FitListener watching =
          progress -> {
            if (progress.step() == 2) {
              earlier.set(bytes(file));
            }
          };
      NonFiniteLossException e =
          assertThrows(
              NonFiniteLossException.class,
              () -> wild.fit(kernels, HISTORY, watching, new Checkpoints(file, 1)));
      assertTrue(e.getMessage().contains("lower the learning rate (1.0)"), e.getMessage());
      assertTrue(earlier.get().length > 0, "nothing was kept by step 2");
      byte[] last = Files.readAllBytes(file);
      assertTrue(!Arrays.equals(earlier.get(), last), "nothing was kept after step 2");
      try (ForecastModel model = ForecastModel.load(file, kernels)) {
        assertTrue(model.steps() > 2 && model.steps() < 400, () -> "steps: " + model.steps());
      }
      try (Network network = Checkpoint.load(file).network(kernels)) {
        for (float value : network.read(0)) {
          assertTrue(Float.isFinite(value), Arrays.toString(network.read(0)));
        }
      }
      // To go on from there by the same rate ends in the same way, and leaves the file.
      assertThrows(
          NonFiniteLossException.class,
          () -> wild.resume(kernels, new Checkpoints(file, 1), HISTORY, progress -> {}));
      assertArrayEquals(last, Files.readAllBytes(file));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList(), "something was left beside it");
    }
  }

  /** Of a share that no writing keeps to, the first alone is written. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#fast")
  void checkpointsThatTakeMoreThanTheirShareAreLeftOut(TestEngine engine) throws Exception {
    Path file = folder.resolve("checkpoint.safetensors");
    Forecaster forecaster =
        Forecaster.builder()
            .units(4)
            .members(1)
            .season(1)
            .window(8)
            .batch(8)
            .transformation(Transformation.NONE)
            .validationRows(0)
            .steps(30)
            .build();
    List<byte[]> seen = new ArrayList<>();
    FitListener watching =
        progress -> {
          if (progress.step() > 2) {
            seen.add(bytes(file));
          }
        };
    try (Kernels kernels = engine.open();
        ForecastModel model =
            forecaster.fit(kernels, HISTORY, watching, new Checkpoints(file, 1, 1e-9))) {
      assertEquals(30, model.steps());
    }
    assertTrue(seen.size() > 10, () -> "seen: " + seen.size());
    assertTrue(seen.get(0).length > 0);
    for (byte[] each : seen) {
      assertArrayEquals(seen.get(0), each);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Series history() {
    double[] values = new double[50];
    Arrays.setAll(values, t -> 10 + Math.sin(t * 0.7));
    return new Series(List.of("wave"), NewHistory.rows(values));
  }
}
