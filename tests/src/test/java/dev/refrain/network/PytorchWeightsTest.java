package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import dev.refrain.Python;
import dev.refrain.TestEngine;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
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
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PytorchWeightsTest {
  private static final int STEPS = 7;
  private static final int BATCH = 3;
  private static final int INPUTS = 2;

  @TempDir private Path folder;

  /** What PyTorch has a module for, deep, in both directions, projected, with and without b_R. */
  static Stream<NetworkSpec> modules() {
    return Stream.of(
        spec(new LayerSpec(new RnnCell(Activation.TANH), 5, false), 1, true),
        spec(new LayerSpec(new RnnCell(Activation.RELU), 5, false), 2, false),
        spec(new LayerSpec(new LstmCell(Activation.TANH), 4, true), 2, true),
        spec(new LayerSpec(new LstmCell(Activation.TANH, 0.5, false, 0, 3), 4, false), 2, false),
        spec(new LayerSpec(new GruCell(Activation.TANH, GruForm.RESET_AFTER), 4, true), 1, true));
  }

  private static NetworkSpec spec(LayerSpec layer, int layers, boolean recurrentBias) {
    NetworkSpec.Builder spec =
        NetworkSpec.builder(INPUTS)
            .recurrentBias(recurrentBias)
            .initialization(Initialization.PYTORCH);
    for (int l = 0; l < layers; l++) {
      spec.layer(layer);
    }
    return spec.projection(2).build();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void whatIsWrittenAndReadComputesTheSame(NetworkSpec spec) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 3, 4)) {
      PytorchWeights.write(file, network, 1);
      try (Network second = PytorchWeights.read(file, kernels, activation(spec))) {
        assertEquals(spec.layers().size(), second.spec().layers().size());
        double[] expected = outputs(network, 1);
        // A forget bias is added in float32 when it is written, and in float64 when it runs.
        Comparison.assertWithin("outputs", expected, outputs(second, 0), 1e-6);
        Path again = folder.resolve("again.safetensors");
        PytorchWeights.write(again, second, 0);
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(again));
      }
    }
  }

  /** PyTorch's float32 stays within 2e-5 of the largest magnitude, which is below 2 here. */
  @ParameterizedTest
  @MethodSource("modules")
  void pytorchComputesTheSame(NetworkSpec spec) throws Exception {
    Python.require("torch", "numpy");
    Path file = folder.resolve("weights.safetensors");
    Path input = folder.resolve("x.json");
    Files.writeString(input, new Gson().toJson(input(1)));
    try (Kernels kernels = TestEngine.openJudge();
        Network network = Network.create(kernels, spec, 8)) {
      PytorchWeights.write(file, network, 0);
      double[] theirs =
          Networks.pythonPrints(
              "/pytorch_weights.py",
              file,
              input,
              activation(spec).name().toLowerCase(Locale.ROOT),
              STEPS,
              BATCH);
      Comparison.assertWithin("PyTorch's outputs", outputs(network, 0), theirs, 2 * 2e-5);
    }
  }

  @Test
  void namesAndShapesArePytorchs() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    NetworkSpec spec = spec(new LayerSpec(new LstmCell(Activation.TANH), 4, true), 1, false);
    try (Kernels kernels = TestEngine.openJudge();
        Network network = new Network(kernels, spec, 1)) {
      PytorchWeights.write(file, network, 0);
    }
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertEquals(List.of(16L, 2L), tensors.tensor("weight_ih_l0").shape());
      assertEquals(List.of(16L, 4L), tensors.tensor("weight_hh_l0_reverse").shape());
      assertEquals(List.of(2L, 8L), tensors.tensor("linear.weight").shape());
      float[] bias = tensors.floats("bias_ih_l0");
      float[] forgetGate = Arrays.copyOfRange(bias, 4, 8);
      assertArrayEquals(new float[] {1, 1, 1, 1}, forgetGate, "the forget bias is in b_f");
      assertArrayEquals(new float[16], tensors.floats("bias_hh_l0"));
    }
  }

  @Test
  void whatPytorchLacksIsRefused() {
    try (Kernels kernels = TestEngine.openJudge()) {
      for (LayerSpec layer :
          List.of(
              new LayerSpec(new LstmCell(Activation.RELU), 3, false),
              new LayerSpec(new LstmCell(Activation.TANH, 1, true, 0, 0), 3, false),
              new LayerSpec(new GruCell(Activation.TANH, GruForm.RESET_BEFORE), 3, false),
              new LayerSpec(new RnnCell(Activation.ELU), 3, false))) {
        try (Network network = new Network(kernels, spec(layer, 1, false), 1)) {
          String message =
              assertThrows(
                      IllegalArgumentException.class,
                      () -> PytorchWeights.write(folder.resolve("w.npz"), network, 0))
                  .getMessage();
          assertTrue(message.contains("no module of PyTorch"), message);
        }
      }
    }
  }

  @Test
  void filesThatFitNoCellAreRefused() throws IOException {
    refuses("such as weight_ih_l0", new SafetensorsWriter().floats("x", List.of(1L), 1));
    refuses(
        "2 gates",
        new SafetensorsWriter()
            .floats("weight_ih_l0", List.of(4L, 1L), new float[4])
            .floats("weight_hh_l0", List.of(4L, 2L), new float[8]));
    refuses(
        "needs an array 'bias_ih_l0'",
        new SafetensorsWriter()
            .floats("weight_ih_l0", List.of(2L, 1L), new float[2])
            .floats("weight_hh_l0", List.of(2L, 2L), new float[4])
            .floats("bias_hh_l0", List.of(2L), new float[2]));
    refuses(
        "not a matrix", new SafetensorsWriter().floats("weight_ih_l0", List.of(2L), new float[2]));
  }

  private void refuses(String message, SafetensorsWriter writer) throws IOException {
    Path file = folder.resolve("bad.safetensors");
    writer.write(file);
    try (Kernels kernels = TestEngine.openJudge()) {
      String actual =
          assertThrows(
                  MalformedFileException.class,
                  () -> PytorchWeights.read(file, kernels, Activation.TANH))
              .getMessage();
      assertTrue(actual.contains(message), actual);
    }
  }

  private static Activation activation(NetworkSpec spec) {
    return spec.layers().get(0).cell().activation();
  }

  private static float[] input(int groups) {
    float[] one = Networks.numbers(STEPS * BATCH * INPUTS, 5);
    float[] all = new float[groups * one.length];
    for (int g = 0; g < groups; g++) {
      System.arraycopy(one, 0, all, g * one.length, one.length);
    }
    return all;
  }

  private static double[] outputs(Network network, int group) {
    try (UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).build()) {
      unrolled.input().write(input(network.groups()));
      unrolled.forward();
      double[] all = unrolled.output().readDoubles();
      int size = all.length / network.groups();
      return Arrays.copyOfRange(all, group * size, (group + 1) * size);
    }
  }
}
