package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.refrain.TestEngine;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Training with checkpoints: killed, interrupted, out of space, out of numbers. */
class TrainCommandTest {
  private static final String AIRLINE = "airline-passengers.csv";
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String MODEL = "model.safetensors";

  /** More of them are a matter of patience: {@code -Drefrain.kills=200}. */
  private static final int KILLS = Integer.getInteger("refrain.kills", 10);

  private static final int STEPS_A_KILL = 150;

  @TempDir private Path folder;

  @Test
  void killedRunsLoseNothing() throws Exception {
    String steps = " --units 16 --quiet --steps " + STEPS_A_KILL * (KILLS + 1);
    Refrain.run(folder, words("--out whole" + steps)).endedWith(0);
    new Kills(
            folder,
            List.of(words("--checkpoint-every 3 --resume --out k" + steps)),
            folder.resolve("k").resolve(CHECKPOINT))
        .run(KILLS, () -> requireSame("whole", "k"));
    // How often there are checkpoints has no say in the bits, but in how long this takes; all else
    // is in the last one, if the last kill left one.
    boolean kept = Files.exists(folder.resolve("k").resolve(CHECKPOINT));
    Refrain.run(folder, words("--resume --out k" + (kept ? " --quiet" : steps))).endedWith(0);
    requireSame("whole", "k");
    try (Stream<Path> left = Files.list(folder.resolve("k"))) {
      assertFalse(left.anyMatch(each -> each.toString().endsWith(".part")));
    }
  }

  @Test
  void ctrlCKeepsACheckpointAndAResumedRunEndsAsIfThereHadBeenNone() throws Exception {
    Refrain.Running running =
        Refrain.startHeedingInterrupts(folder, words("--steps 100000000 --units 8 --out c"));
    Path file = folder.resolve("c").resolve(CHECKPOINT);
    running.until("its first checkpoint", () -> Files.exists(file));
    running.interrupt();
    Refrain run = running.await().endedWith(130);
    assertTrue(run.err().contains("--resume"), run.err());
    assertFalse(Files.exists(folder.resolve("c").resolve(MODEL)));
    long step = step(file);
    assertTrue(run.err().contains("after step " + step + " of"), run.err());
    String more = " --units 8 --quiet --steps " + (step + 50);
    JsonObject resumed =
        Refrain.run(folder, words("--out c --resume --json" + more)).endedWith(0).json();
    assertEquals(step, resumed.get("resumedAfter").getAsLong());
    Refrain.run(folder, words("--out whole" + more)).endedWith(0);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("whole").resolve(MODEL)),
        Files.readAllBytes(folder.resolve("c").resolve(MODEL)));
  }

  @Test
  void aDivergingTrainingKeepsItsLastGoodCheckpoint() throws Exception {
    Refrain run =
        Refrain.run(
                folder,
                words(
                    "--optimizer sgd --learning-rate 4 --activation relu --steps 5000"
                        + " --checkpoint-every 1 --quiet --out d"))
            .endedWith(1);
    assertTrue(run.err().contains("learning rate"), run.err());
    Path file = folder.resolve("d").resolve(CHECKPOINT);
    assertTrue(run.err().contains("last good checkpoint is kept in"), run.err());
    assertTrue(Checkpoint.load(file).hasTraining());
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (float weight : tensors.floats("output.weight")) {
        assertTrue(Float.isFinite(weight), "weight " + weight);
      }
    }
    assertFalse(Files.exists(folder.resolve("d").resolve(MODEL)));
  }

  /** A file may not grow beyond 48 KB there, as on a disk that fills up. */
  @Test
  void aFullDiskKeepsTheOldCheckpoint() throws Exception {
    String big = "--units 64 --quiet --out f --steps ";
    Refrain.run(folder, words(big + "5")).endedWith(0);
    Path file = folder.resolve("f").resolve(CHECKPOINT);
    assertTrue(Files.size(file) > 100_000);
    byte[] before = Files.readAllBytes(file);
    Refrain run =
        Refrain.start(
                folder,
                List.of("bash", "-c", "ulimit -f 48; exec \"$@\"", "limited"),
                words(big + "10 --resume"))
            .await()
            .endedWith(1);
    assertTrue(run.err().contains(CHECKPOINT), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    assertArrayEquals(before, Files.readAllBytes(file));
    try (Stream<Path> left = Files.list(folder.resolve("f"))) {
      assertFalse(left.anyMatch(each -> each.toString().endsWith(".part")));
    }
  }

  /** It was trained as that option's default says. */
  @Test
  void aCheckpointOlderThanAnOptionIsGoneOnWith() throws Exception {
    Refrain.run(folder, words("--steps 2 --units 4 --quiet --out o")).endedWith(0);
    Path file = folder.resolve("o").resolve(CHECKPOINT);
    Map<String, String> config = new LinkedHashMap<>(Checkpoint.configOf(file));
    assertEquals("error", config.remove("option.missing"));
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Checkpoint.load(file).network(kernels)) {
      Checkpoint.save(file, network, config);
    }
    Map<String, String> kept = settle(file, "--missing", "error");
    assertEquals("4", kept.get("--units"));
    BadInputException other =
        assertThrows(BadInputException.class, () -> settle(file, "--missing", "drop"));
    assertTrue(other.getMessage().contains("--missing error, not drop"), other.getMessage());
    BadInputException early =
        assertThrows(BadInputException.class, () -> settle(file, "--patience", "3"));
    assertTrue(early.getMessage().contains("without --patience;"), early.getMessage());
  }

  private static Map<String, String> settle(Path file, String... words) throws IOException {
    ParseResult parsed = new CommandLine(new TrainOptions()).parseArgs(words);
    return new KeptOptions<>(new TrainOptions(), TrainOptions::new, parsed, file).settle(true);
  }

  @Test
  void whatCannotBeResumedIsRefused() throws Exception {
    Refrain.run(folder, words("--steps 2 --units 4 --quiet --out r")).endedWith(0);
    Refrain.run(folder, words("--out r --quiet")).refused(CHECKPOINT, "--resume");
    Refrain.run(folder, words("--out r --quiet --resume --units 5")).refused("--units 4", "not 5");
    Refrain.run(folder, "train monthly-milk-production.csv --out r --quiet --resume".split(" "))
        .refused("another series");
    Path file = folder.resolve("r").resolve(CHECKPOINT);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    Refrain.run(folder, words("--out r --quiet --resume")).refused("damaged");
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 9));
    Refrain.run(folder, words("--out r --quiet --resume")).refused("cut off");
    Files.writeString(file, "#!/bin/sh\ntouch executed\n");
    Refrain.run(folder, words("--out r --quiet --resume")).refused("safetensors");
    Refrain.run(folder, "train", AIRLINE, "--window", "144").refused("144", "145");
  }

  private void requireSame(String left, String right) throws IOException {
    for (String name : List.of(MODEL, CHECKPOINT, "run.json")) {
      assertEquals(
          -1,
          Files.mismatch(folder.resolve(left).resolve(name), folder.resolve(right).resolve(name)),
          name);
    }
  }

  private static long step(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return tensors.longs("state.counters")[0];
    }
  }

  private static String[] words(String options) {
    return ("train " + AIRLINE + " " + options.strip()).split(" +");
  }
}
