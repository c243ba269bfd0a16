package dev.refrain.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.Engines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.Recording;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One device serves several threads, each with kernels of its own, and several processes. */
class SharedDeviceTest {
  private static final int AT_ONCE = 3;

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#each")
  void threadsWithKernelsOfTheirOwnDoNotDisturbEachOther(TestEngine engine) throws Exception {
    int alone = train(engine.open());
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      Callable<Integer> training = () -> train(engine.open());
      for (Future<Integer> each : threads.invokeAll(Collections.nCopies(AT_ONCE, training))) {
        assertEquals(alone, each.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aThreadThatComesIntoAnothersStepsIsRefused() throws Exception {
    TestEngine engine = TestEngines.fastest();
    assumeTrue(engine.hasThreads(), "what runs on " + engine + " is not held against threads");
    try (Kernels kernels = engine.open();
        Buffer buffer = kernels.allocate(64);
        Recording recording = kernels.record(() -> kernels.fill(buffer, 0, 64, 1))) {
      assertOtherIsRefused(kernels, () -> recording.run(10_000));
      recording.run(1);
    }
  }

  @Test
  void aThreadThatComesIntoAnothersOperationIsRefused() throws Exception {
    TestEngine engine = TestEngines.fastest();
    assumeTrue(engine.hasThreads(), "what runs on " + engine + " is not held against threads");
    int count = 1 << 20;
    try (Kernels kernels = engine.open();
        Buffer buffer = kernels.allocate(count)) {
      assertOtherIsRefused(kernels, () -> kernels.fill(buffer, 0, count, 1));
      kernels.fill(buffer, 0, count, 2);
    }
  }

  /** The first thread goes on until the other was refused, however seldom that one gets a turn. */
  private static void assertOtherIsRefused(Kernels kernels, Runnable work) throws Exception {
    AtomicBoolean refused = new AtomicBoolean();
    Thread other =
        new Thread(
            () -> {
              while (!refused.get()) {
                work.run();
              }
            },
            "steps");
    other.start();
    IllegalStateException refusal = null;
    while (refusal == null && other.isAlive()) {
      try {
        kernels.allocatedBytes();
      } catch (IllegalStateException e) {
        refusal = e;
      }
    }
    refused.set(true);
    other.join();
    assertNotNull(refusal);
    assertTrue(refusal.getMessage().contains("'steps' is computing"), refusal::getMessage);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("dev.refrain.TestEngines#cudaKernels")
  void processesDoNotDisturbEachOther(TestEngine engine) throws Exception {
    String alone = Integer.toString(train(engine.open()));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(start(engine));
    }
    for (Process process : processes) {
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertEquals(0, process.waitFor());
      assertEquals(alone, output);
    }
  }

  private static Process start(TestEngine engine) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    for (String property : List.of("org.bytedeco.javacpp.cachedir", "refrain.emulated.library")) {
      if (System.getProperty(property) != null) {
        words.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.addAll(List.of(SharedDeviceTest.class.getName(), engine.engine(), engine.variant()));
    return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** What a process of its own runs: prints the bits that training ends with. */
  public static void main(String[] words) {
    EngineOptions options = EngineOptions.DEFAULT.variant(words[1]);
    System.out.println(train(Engines.open(new Device(words[0], 0), options)));
  }

  /** Trains for a few steps, some of them replayed, and closes; a hash of the parameters' bits. */
  private static int train(Kernels opened) {
    float[] series = new float[60];
    for (int i = 0; i < series.length; i++) {
      series[i] = (float) Math.sin(0.7 * i);
    }
    NetworkSpec spec =
        NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 11).projection(1).build();
    try (Kernels kernels = opened;
        Network network = Network.create(kernels, spec, 7);
        Trainer trainer =
            Trainer.builder(network, SeriesWindows.shared(series, 1, 6, 4))
                .optimizer(new Adam())
                .learningRate(1e-2)
                .build()) {
      trainer.run(5);
      return Arrays.hashCode(network.values().read());
    }
  }
}
