package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.TestEngine;
import dev.refrain.io.ArrayFile;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.parity.Comparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is exported computes, in the hands of {@link TensorFlowCells}, what the network computes,
 * and comes back as the same network. The judge runs in float64 on weights that are float32, so
 * sums of some dozen terms agree to 1e-12.
 */
class TensorFlowWeightsTest {
  private static final int STEPS = 6;
  private static final int INPUTS = 2;
  private static final double TOLERANCE = 1e-12;
  private static final long[] SEEDS = {3, 4};

  @TempDir private Path folder;

  @Test
  void aStackOfLstms() throws IOException {
    LstmCell lstm = new LstmCell(Activation.RELU, 0.5, false, 0, 0);
    NetworkSpec spec =
        NetworkSpec.builder(INPUTS).layer(lstm, 4).layer(lstm, 3).projection(2).build();
    Map<String, NpyArray> variables = exported(spec);
    String stack = "rnn/multi_rnn_cell/cell_";
    assertEquals(
        Set.of(
            stack + "0/lstm_cell/kernel",
            stack + "0/lstm_cell/bias",
            stack + "1/lstm_cell/kernel",
            stack + "1/lstm_cell/bias",
            "dense/kernel",
            "dense/bias"),
        variables.keySet());
    assertEquals(List.of(7L, 12L), variables.get(stack + "1/lstm_cell/kernel").shape());
    assertEquals(List.of(3L, 2L), variables.get("dense/kernel").shape());
    TensorFlowCells cells = new TensorFlowCells(variables, x -> Math.max(x, 0), 0.5, 0);
    double[][] below = cells.run(stack + "0/lstm_cell/", input(), false);
    double[][] above = cells.run(stack + "1/lstm_cell/", below, false);
    assertComputes(spec, cells.dense("dense/", above));
  }

  @Test
  void oneLstmOfEverything() throws IOException {
    LstmCell lstm = new LstmCell(Activation.TANH, 1, true, 0.25, 3);
    NetworkSpec spec = NetworkSpec.builder(INPUTS).layer(lstm, 4).recurrentBias(true).build();
    Map<String, NpyArray> variables = exported(spec);
    assertEquals(List.of(5L, 16L), variables.get("rnn/lstm_cell/kernel").shape());
    assertEquals(List.of(4L, 3L), variables.get("rnn/lstm_cell/projection/kernel").shape());
    TensorFlowCells cells = new TensorFlowCells(variables, Math::tanh, 1, 0.25);
    // Both biases become their sum in float32, which may be half a unit in the last place off.
    double[][] expected = cells.run("rnn/lstm_cell/", input(), false);
    assertComputes(spec, expected, 1e-6);
  }

  @Test
  void aStackOfGrusInBothDirections() throws IOException {
    GruCell gru = new GruCell(Activation.ELU, GruForm.RESET_BEFORE);
    NetworkSpec spec =
        NetworkSpec.builder(INPUTS).bidirectionalLayer(gru, 3).bidirectionalLayer(gru, 2).build();
    TensorFlowCells cells =
        new TensorFlowCells(exported(spec), x -> x > 0 ? x : Math.expm1(x), 0, 0);
    double[][] y = input();
    for (int layer = 0; layer < 2; layer++) {
      String scope = "stack_bidirectional_rnn/cell_" + layer + "/bidirectional_rnn/";
      y =
          TensorFlowCells.beside(
              cells.run(scope + "fw/gru_cell/", y, false),
              cells.run(scope + "bw/gru_cell/", y, true));
    }
    assertComputes(spec, y);
  }

  @Test
  void oneLayerOfRnnsInBothDirections() throws IOException {
    NetworkSpec spec =
        NetworkSpec.builder(INPUTS)
            .bidirectionalLayer(new RnnCell(Activation.SIGMOID), 3)
            .projection(1)
            .build();
    TensorFlowCells cells = new TensorFlowCells(exported(spec), x -> 1 / (1 + Math.exp(-x)), 0, 0);
    double[][] both =
        TensorFlowCells.beside(
            cells.run("bidirectional_rnn/fw/basic_rnn_cell/", input(), false),
            cells.run("bidirectional_rnn/bw/basic_rnn_cell/", input(), true));
    assertComputes(spec, cells.dense("dense/", both));
  }

  /** The second of two networks, as the file has it. */
  private Map<String, NpyArray> exported(NetworkSpec spec) throws IOException {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = network(kernels, spec)) {
      Path file = folder.resolve("weights.npz");
      TensorFlowWeights.write(file, network, 1);
      return ArrayFile.read(file);
    }
  }

  /** Biases of zero would hide where they go. */
  private static Network network(Kernels kernels, NetworkSpec spec) {
    NetworkSpec drawn =
        new NetworkSpec(
            spec.inputs(),
            spec.layers(),
            0,
            spec.projection(),
            spec.recurrentBias(),
            Initialization.PYTORCH);
    return Network.create(kernels, drawn, SEEDS);
  }

  private void assertComputes(NetworkSpec spec, double[][] expected) throws IOException {
    assertComputes(spec, expected, TOLERANCE);
  }

  /** The network, and the one that comes out of the file, return what is expected. */
  private void assertComputes(NetworkSpec spec, double[][] expected, double tolerance)
      throws IOException {
    double[] flat = Arrays.stream(expected).flatMapToDouble(Arrays::stream).toArray();
    Path file = folder.resolve("weights.npz");
    LstmCell lstm = spec.layers().get(0).cell() instanceof LstmCell cell ? cell : null;
    try (Kernels kernels = TestEngine.openJudge();
        Network network = network(kernels, spec);
        Network back =
            TensorFlowWeights.read(
                file,
                kernels,
                spec.layers().get(0).cell().activation(),
                lstm == null ? 1 : lstm.forgetBias(),
                lstm == null ? 0 : lstm.cellClip())) {
      assertEquals(spec.layers(), back.spec().layers());
      Comparison.assertWithin("the network's outputs", flat, outputs(network, 1), tolerance);
      Comparison.assertWithin("outputs of what is read", flat, outputs(back, 0), TOLERANCE);
      Path again = folder.resolve("again.npz");
      TensorFlowWeights.write(again, back, 0);
      assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(again));
    }
  }

  private static double[][] input() {
    float[] numbers = Networks.numbers(STEPS * INPUTS, 5);
    double[][] x = new double[STEPS][INPUTS];
    for (int i = 0; i < numbers.length; i++) {
      x[i / INPUTS][i % INPUTS] = numbers[i];
    }
    return x;
  }

  private static double[] outputs(Network network, int group) {
    double[] one = Arrays.stream(input()).flatMapToDouble(Arrays::stream).toArray();
    try (UnrolledNetwork unrolled = network.unroll(STEPS, 1).build()) {
      for (int g = 0; g < network.groups(); g++) {
        unrolled.input().writeDoubles((long) g * one.length, one, 0, one.length);
      }
      unrolled.forward();
      double[] all = unrolled.output().readDoubles();
      int size = all.length / network.groups();
      return Arrays.copyOfRange(all, group * size, (group + 1) * size);
    }
  }

  /** TensorFlow 1.0's names, contrib's output layer, and a scope of the user's around all. */
  @Test
  void readsOtherNamesOfTheSame() throws IOException {
    Map<String, NpyArray> variables = new LinkedHashMap<>();
    variables.put("model/rnn/basic_lstm_cell/weights", matrix(3, 8));
    variables.put("model/rnn/basic_lstm_cell/biases", vector(8));
    variables.put("model/fully_connected/weights:0", matrix(2, 1));
    variables.put("model/fully_connected/biases:0", vector(1));
    Path file = folder.resolve("other.safetensors");
    ArrayFile.write(file, variables);
    try (Kernels kernels = TestEngine.openJudge();
        Network network = TensorFlowWeights.read(file, kernels, Activation.TANH, 1, 0)) {
      assertEquals(
          NetworkSpec.builder(1).layer(new LstmCell(Activation.TANH), 2).projection(1).build(),
          network.spec());
      // Rows of the kernel are x, h0, h1; its columns i, i, j, j, f, f, o, o.
      assertArrayEquals(new float[] {0, 1, 4, 5, 2, 3, 6, 7}, network.read(0, "layer0.forward.w"));
    }
    variables.clear();
    variables.put("rnn/output_projection_wrapper/basic_rnn_cell/kernel", matrix(3, 2));
    variables.put("rnn/output_projection_wrapper/basic_rnn_cell/bias", vector(2));
    variables.put("rnn/output_projection_wrapper/kernel", matrix(2, 4));
    variables.put("rnn/output_projection_wrapper/bias", vector(4));
    ArrayFile.write(file, variables);
    try (Kernels kernels = TestEngine.openJudge();
        Network network = TensorFlowWeights.read(file, kernels, Activation.RELU, 1, 0)) {
      assertEquals(
          NetworkSpec.builder(1).layer(new RnnCell(Activation.RELU), 2).projection(4).build(),
          network.spec());
    }
  }

  private static NpyArray matrix(int rows, int columns) {
    return NpyArray.floats(List.of((long) rows, (long) columns), counting(rows * columns));
  }

  private static NpyArray vector(int length) {
    return NpyArray.floats(List.of((long) length), counting(length));
  }

  private static float[] counting(int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  @Test
  void filesThatFitNoNetworkAreRefused() throws IOException {
    String rnn = "rnn/basic_rnn_cell/";
    refuses("holds no cell", Map.of("x", vector(1)));
    refuses("lacks the array 'rnn/basic_rnn_cell/bias'", Map.of(rnn + "kernel", matrix(3, 2)));
    refuses("shape [5, 4]", Map.of(rnn + "kernel", matrix(5, 3), rnn + "bias", vector(4)));
    refuses(
        "does not take: [logits/bias]",
        Map.of(rnn + "kernel", matrix(3, 2), rnn + "bias", vector(2), "logits/bias", vector(2)));
    refuses(
        "two cells for one place, 'decoder/rnn/lstm_cell/' and 'encoder/rnn/lstm_cell/'",
        new TreeMap<>(
            Map.of(
                "encoder/rnn/lstm_cell/kernel", matrix(3, 8),
                "decoder/rnn/lstm_cell/kernel", matrix(3, 8))));
    refuses(
        "lacks the forward cell of layer 0",
        Map.of("rnn/multi_rnn_cell/cell_1/gru_cell/gates/bias", vector(4)));
    refuses(
        "lacks the backward cell of layer 1",
        Map.of(
            "stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/basic_rnn_cell/kernel",
            matrix(3, 2),
            "stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/basic_rnn_cell/bias",
            vector(2),
            "stack_bidirectional_rnn/cell_0/bidirectional_rnn/bw/basic_rnn_cell/kernel",
            matrix(3, 2),
            "stack_bidirectional_rnn/cell_0/bidirectional_rnn/bw/basic_rnn_cell/bias",
            vector(2),
            "stack_bidirectional_rnn/cell_1/bidirectional_rnn/fw/basic_rnn_cell/kernel",
            matrix(6, 2),
            "stack_bidirectional_rnn/cell_1/bidirectional_rnn/fw/basic_rnn_cell/bias",
            vector(2)));
    refuses(
        "each layer reads both directions",
        Map.of("bidirectional_rnn/fw/multi_rnn_cell/cell_1/lstm_cell/bias", vector(8)));
    refuses(
        "not of floats",
        Map.of(rnn + "kernel", NpyArray.ints(List.of(2L, 1L), 1, 2), rnn + "bias", vector(1)));
    refuses("inputs is 0", Map.of(rnn + "kernel", matrix(2, 2), rnn + "bias", vector(2)));
  }

  @Test
  void whatTensorFlowLacksIsRefused() {
    GruCell gru = new GruCell(Activation.TANH, GruForm.RESET_AFTER);
    RnnCell rnn = new RnnCell(Activation.TANH);
    refusesToWrite("reset-before", NetworkSpec.builder(1).layer(gru, 2).build());
    refusesToWrite(
        "both directions", NetworkSpec.builder(1).layer(rnn, 2).bidirectionalLayer(rnn, 2).build());
  }

  private void refusesToWrite(String message, NetworkSpec spec) {
    try (Kernels kernels = TestEngine.openJudge();
        Network network = new Network(kernels, spec, 1)) {
      Path file = folder.resolve("refused.npz");
      String actual =
          assertThrows(
                  IllegalArgumentException.class, () -> TensorFlowWeights.write(file, network, 0))
              .getMessage();
      assertTrue(actual.contains(message), actual);
      assertFalse(Files.exists(file));
    }
  }

  private void refuses(String message, Map<String, NpyArray> variables) throws IOException {
    Path file = folder.resolve("bad.npz");
    ArrayFile.write(file, variables);
    try (Kernels kernels = TestEngine.openJudge()) {
      String actual =
          assertThrows(
                  MalformedFileException.class,
                  () -> TensorFlowWeights.read(file, kernels, Activation.TANH, 1, 0))
              .getMessage();
      assertTrue(actual.contains(message), actual);
    }
  }
}
