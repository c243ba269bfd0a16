package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.io.TensorType;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  private static final float[] SERIES = Networks.numbers(60 * 2, 1);
  private static final NetworkSpec SMALL =
      NetworkSpec.builder(1).layer(new RnnCell(Activation.TANH), 2).projection(1).build();

  @TempDir Path folder;

  private static Trainer.Builder builder(Network network) {
    return Trainer.builder(network, SeriesWindows.shared(SERIES, 2, 5, 3))
        .loss(Loss.MAE)
        .optimizer(new Adam())
        .schedule(Schedule.cosine(40, 0.1))
        .learningRate(0.01)
        .clipNorm(0.5)
        .seed(1, 2);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void resumedTrainingGoesOnAsIfItHadNeverStopped(TestEngine engine) throws IOException {
    try (Kernels kernels = engine.open()) {
      goesOn(kernels);
    }
  }

  @Test
  void doublePrecisionIsKept() throws IOException {
    try (Kernels kernels = TestEngine.openJudge()) {
      goesOn(kernels);
    }
  }

  private void goesOn(Kernels kernels) throws IOException {
    Path file = folder.resolve("half.safetensors");
    NetworkSpec spec = Networks.everything(0.2);
    try (Network whole = Network.create(kernels, spec, 5, 6);
        Trainer trainer = builder(whole).build()) {
      trainer.run(7);
      Checkpoint.save(file, trainer, Map.of());
      trainer.run(6);

      Checkpoint checkpoint = Checkpoint.load(file);
      assertEquals(2, checkpoint.groups());
      try (Network resumed = checkpoint.network(kernels);
          Trainer second = builder(resumed).seed(0).learningRate(9).build()) {
        checkpoint.resume(second);
        assertEquals(7, second.steps());
        second.run(6);
        for (int g = 0; g < 2; g++) {
          assertArrayEquals(read(whole, g), read(resumed, g));
          assertArrayEquals(trainer.lastLosses(13).get(g), second.lastLosses(13).get(g));
        }
        assertEquals(trainer.state().read(), second.state().read());
      }
    }
  }

  private static double[] read(Network network, int group) {
    double[] values = new double[(int) network.layout().size()];
    network.values().readDoubles(group * network.layout().size(), values, 0, values.length);
    return values;
  }

  @Test
  void keepsSpecConfigAndParameters() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Map<String, String> config = Map.of("scaler", "standard 754.7 102.2", "name", "Milch \"1\"\n");
    try (Kernels kernels = TestEngine.openJudge()) {
      for (NetworkSpec spec : Networks.various()) {
        try (Network network = Network.create(kernels, spec, 5, 6, 7)) {
          Checkpoint.save(file, network, config);
          Checkpoint checkpoint = Checkpoint.load(file);
          assertEquals(spec, checkpoint.spec());
          assertEquals(config, checkpoint.config());
          assertFalse(checkpoint.hasTraining());
          try (Network loaded = checkpoint.network(kernels);
              Trainer trainer = Trainer.builder(loaded, new CallerBatch(1, 1)).build()) {
            for (int g = 0; g < 3; g++) {
              assertArrayEquals(network.read(g), loaded.read(g));
            }
            refuses("no training", () -> checkpoint.resume(trainer));
          }
        }
      }
    }
  }

  @Test
  void aShorterHistoryKeepsTheLastLosses() throws IOException {
    Path file = trained(new Adam());
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SMALL, 1);
        Trainer trainer = trainer(network, new Adam(), 2)) {
      Checkpoint.load(file).resume(trainer);
      try (SafetensorsFile saved = SafetensorsFile.open(file)) {
        double[] history = saved.doubles("state.history");
        assertArrayEquals(Arrays.copyOfRange(history, 1, 3), trainer.lastLosses(2).get(0));
      }
    }
  }

  @Test
  void refusesATrainerOfAnotherKind() throws IOException {
    Checkpoint checkpoint = Checkpoint.load(trained(new Adam()));
    try (Kernels kernels = TestEngine.openJudge();
        Network same = Network.create(kernels, SMALL, 1);
        Network two = Network.create(kernels, SMALL, 1, 2);
        Network other = Network.create(kernels, Networks.various().get(0), 1);
        Trainer descent = trainer(same, new Sgd(), 5);
        Trainer pair = trainer(two, new Adam(), 5);
        Trainer stranger = trainer(other, new Adam(), 5)) {
      float[] before = same.read(0);
      refuses("optimizer Adam", () -> checkpoint.resume(descent));
      assertArrayEquals(before, same.read(0));
      refuses("number of groups 1", () -> checkpoint.resume(pair));
      refuses("network", () -> checkpoint.resume(stranger));
    }
  }

  private static void refuses(String message, Executable call) {
    String actual = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  /** A small checkpoint after three steps. */
  private Path trained(Optimizer optimizer) throws IOException {
    Path file = folder.resolve("trained.safetensors");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, SMALL, 1);
        Trainer trainer = trainer(network, optimizer, 5)) {
      trainer.input().write(1, 2, 3, 4);
      trainer.run(3);
      Checkpoint.save(file, trainer, Map.of("horizon", "12"));
    }
    return file;
  }

  private static Trainer trainer(Network network, Optimizer optimizer, int historyLength) {
    return Trainer.builder(network, new CallerBatch(2, 2))
        .optimizer(optimizer)
        .historyLength(historyLength)
        .build();
  }

  @Test
  void damagedBytesAreNoticed() throws IOException {
    Path file = trained(new Adam());
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i += 5) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) (1 << (i % 8));
      Files.write(file, damaged);
      assertThrows(MalformedFileException.class, () -> Checkpoint.load(file), "byte " + i);
    }
    Files.write(file, whole);
    assertEquals(SMALL, Checkpoint.load(file).spec());
  }

  @Test
  void cutsAreNoticed() throws IOException {
    Path file = trained(new Sgd());
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThrows(MalformedFileException.class, () -> Checkpoint.load(file), "length " + length);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThrows(MalformedFileException.class, () -> Checkpoint.load(file));
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("absent.safetensors");
    String message = assertThrows(IOException.class, () -> Checkpoint.load(file)).getMessage();
    assertTrue(message.contains("absent.safetensors") && message.contains("no such file"), message);
  }

  /** Files with a right checksum that say what cannot be. */
  @Test
  void contentThatDoesNotFitIsNamed() throws IOException {
    Path file = trained(new Adam());
    says("lacks the tensor 'output.bias'", new Rewriting(file).without("output.bias"));
    says("lacks the tensor 'state.numbers'", new Rewriting(file).without("state.numbers"));
    says("do not belong", new Rewriting(file).with("extra", List.of(1L), 1));
    says(
        "[3]",
        new Rewriting(file).without("output.bias").with("output.bias", List.of(3L), 1, 2, 3));
    says("status 7", new Rewriting(file).counters(3, 0, 7));
    says("step -1", new Rewriting(file).counters(-1, 0, 0));
    says("3 losses of each group after 2 steps", new Rewriting(file).counters(2, 0, 0));
    says(
        "'mlstm', not one of rnn, lstm",
        new Rewriting(file).saying("network.layer0.cell", "mlstm"));
    says("'network.inputs' is 'x'", new Rewriting(file).saying("network.inputs", "x"));
    says(
        "'network.layer1.cell' is missing",
        new Rewriting(file).saying("network.layers", "2000000000"));
    says("not true or false", new Rewriting(file).saying("network.recurrent_bias", "yes"));
    says("hidden is 0", new Rewriting(file).saying("network.layer0.hidden", "0"));
    says(
        "too large",
        new Rewriting(file)
            .saying("network.inputs", "2147483647")
            .saying("network.layer0.hidden", "2147483647")
            .saying("network.projection", "2147483647"));
    says("lacks the tensor", new Rewriting(file).saying("network.layer0.bidirectional", "true"));
    says("not F64 [1, 3, 1]", new Rewriting(file).saying("network.layer0.hidden", "3"));
    says("newer Refrain", new Rewriting(file).saying("refrain.format", "checkpoint 2"));
  }

  private void says(String message, Rewriting rewriting) throws IOException {
    Path file = folder.resolve("rewritten.safetensors");
    rewriting.write(file);
    MalformedFileException failure =
        assertThrows(MalformedFileException.class, () -> Checkpoint.load(file));
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
    assertTrue(failure.getMessage().startsWith(file.toString()), failure.getMessage());
    assertEquals(file, failure.file());
  }

  @Test
  void aFileOfAnotherProgramIsNotACheckpoint() throws IOException {
    Path file = folder.resolve("other.safetensors");
    new SafetensorsWriter().floats("weight", List.of(1L), 1).write(file);
    String message =
        assertThrows(MalformedFileException.class, () -> Checkpoint.load(file)).getMessage();
    assertTrue(message.contains("no checkpoint"), message);
  }

  @Test
  void savingLeavesNothingElseBehind() throws IOException {
    Path file = trained(new Adam());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void savingDoesNotDisturbTheTraining() throws IOException {
    try (Kernels kernels = TestEngine.openJudge();
        Network saved = Network.create(kernels, Networks.everything(0.2), 1, 2);
        Network plain = Network.create(kernels, Networks.everything(0.2), 1, 2);
        Trainer saving = builder(saved).build();
        Trainer steady = builder(plain).build()) {
      saving.run(3);
      Checkpoint.save(folder.resolve("between"), saving, Map.of());
      saving.run(3);
      steady.run(6);
      assertArrayEquals(read(plain, 1), read(saved, 1));
      List<GroupState> states = steady.state().read();
      assertEquals(states, saving.state().read());
    }
  }

  /** Writes a file's content anew, with changes and a checksum that fits them. */
  private static final class Rewriting {
    private final Map<String, String> metadata;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final Map<String, double[]> doubles = new LinkedHashMap<>();
    private long[] counters;

    Rewriting(Path path) throws IOException {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        metadata = new LinkedHashMap<>(file.metadata());
        metadata.remove(SafetensorsWriter.CHECKSUM);
        for (TensorInfo tensor : file.tensors()) {
          tensors.put(tensor.name(), tensor);
          if (tensor.name().equals("state.counters")) {
            counters = file.longs(tensor.name());
          } else {
            doubles.put(tensor.name(), file.doubles(tensor.name()));
          }
        }
      }
    }

    Rewriting without(String name) {
      tensors.remove(name);
      return this;
    }

    Rewriting with(String name, List<Long> shape, double... values) {
      tensors.put(name, new TensorInfo(name, TensorType.F64, shape));
      doubles.put(name, values);
      return this;
    }

    Rewriting counters(long... values) {
      counters = values;
      return this;
    }

    Rewriting saying(String key, String value) {
      metadata.put(key, value);
      return this;
    }

    void write(Path path) throws IOException {
      SafetensorsWriter writer = new SafetensorsWriter();
      metadata.forEach(writer::metadata);
      for (TensorInfo tensor : tensors.values()) {
        if (tensor.name().equals("state.counters")) {
          writer.longs(tensor.name(), tensor.shape(), counters);
        } else {
          writer.doubles(tensor.name(), tensor.shape(), doubles.get(tensor.name()));
        }
      }
      writer.write(path);
    }
  }
}
