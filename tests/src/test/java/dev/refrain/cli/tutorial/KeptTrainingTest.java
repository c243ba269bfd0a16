package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptTrainingTest {
  @TempDir private Path folder;

  /** Otherwise it would be told to give more iterations, of which nobody had given any. */
  @Test
  void aCheckpointThatDoesNotSayHowLongItWasToBeIsNotGoneBackBehind() throws Exception {
    Path file = folder.resolve("checkpoint.safetensors");
    KeptTraining kept = new KeptTraining(file);
    assertEquals(2, kept.iterations(2));
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 1).projection(1).build();
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 1);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(new float[9], 1, 2, 1)).build()) {
      trainer.run(3);
      Checkpoint.save(file, trainer);
      assertEquals(3, kept.iterations(2));
      assertEquals(4, kept.iterations(4));
      Checkpoint.save(file, trainer, Map.of(KeptTraining.ITERATIONS, "7"));
      assertEquals(7, kept.iterations(4));
    }
  }
}
