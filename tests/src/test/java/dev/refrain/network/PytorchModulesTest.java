package dev.refrain.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import dev.refrain.Python;
import dev.refrain.TestEngine;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.parity.Comparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights out of models whose modules have names of their own. */
class PytorchModulesTest {
  private static final int STEPS = 6;
  private static final int BATCH = 2;
  private static final int INPUTS = 2;

  /** Of the files written here: an RNN of one input. */
  private static final int HIDDEN = 3;

  @TempDir private Path folder;

  private final List<String> remarks = new ArrayList<>();

  /** PyTorch's float32 stays within 2e-5 of the largest magnitude, which is below 2 here. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void modulesOfPytorchComputeTheSameHere(boolean bias) throws Exception {
    Python.require("torch", "numpy");
    Path file = folder.resolve("state.safetensors");
    Path input = folder.resolve("x.json");
    float[] x = Networks.numbers(STEPS * BATCH * INPUTS, 5);
    Files.writeString(input, new Gson().toJson(x));
    double[] theirs =
        Networks.pythonPrints("/pytorch_module.py", file, input, STEPS, BATCH, bias, 3);
    try (Kernels kernels = TestEngine.openJudge();
        Network network =
            read(kernels, file, bias ? PytorchModules.ONLY : PytorchModules.ONLY.linear("fc"))) {
      assertEquals(2, network.spec().layers().size());
      assertEquals(3, network.spec().projection());
      try (UnrolledNetwork unrolled = network.unroll(STEPS, BATCH).build()) {
        unrolled.input().write(x);
        unrolled.forward();
        Comparison.assertWithin("outputs", theirs, unrolled.output().readDoubles(), 2 * 2e-5);
      }
    }
    assertEquals(bias ? 0 : 2, remarks.size(), remarks.toString());
  }

  @Test
  void modulesAreFoundByTheirPrefixes() throws IOException {
    Path file = write(biased("head.", linear("head.", rnn("model.encoder.rnn."))));
    try (Kernels kernels = TestEngine.openJudge();
        Network network = read(kernels, file, PytorchModules.ONLY)) {
      assertEquals(HIDDEN, network.spec().layers().get(0).hidden());
      assertEquals(2, network.spec().projection());
      float[] weight = network.read(0, ParameterLayout.OUTPUT_WEIGHT);
      assertArrayEquals(numbers(2 * HIDDEN), weight);
      assertArrayEquals(numbers(2), network.read(0, ParameterLayout.OUTPUT_BIAS));
      assertArrayEquals(numbers(HIDDEN), network.read(0, "layer0.forward.b_r"));
    }
    assertEquals(List.of(), remarks);
  }

  /** By its shape it can be an embedding of as many columns as there are hidden units. */
  @Test
  void aMatrixWithoutBiasIsLinearOnlyIfItIsNamed() throws IOException {
    Path file = write(linear("emb.", rnn("rnn.")));
    refuses(file, PytorchModules.ONLY, "holds more arrays than", "emb.weight", "name the modules");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = read(kernels, file, PytorchModules.ONLY.recurrent("rnn"))) {
      assertEquals(0, network.spec().projection());
    }
    remarks.clear();
    try (Kernels kernels = TestEngine.openJudge();
        Network network = read(kernels, file, PytorchModules.ONLY.linear("emb"))) {
      assertEquals(2, network.spec().projection());
      assertArrayEquals(new float[2], network.read(0, ParameterLayout.OUTPUT_BIAS));
    }
    assertEquals(List.of("'emb.weight' has no bias beside it: it is zero"), remarks);
    Path both = write(biased("fc.", linear("fc.", linear("emb.", rnn("rnn.")))));
    refuses(both, PytorchModules.ONLY, "holds more arrays than", "[emb.weight]");
  }

  @Test
  void oneOfSeveralIsReadIfItIsNamed() throws IOException {
    SafetensorsWriter both = linear("fc.", rnn("decoder.rnn.", rnn("encoder.rnn.")));
    Path file = write(both);
    refuses(file, PytorchModules.ONLY, "several recurrent modules, [decoder.rnn, encoder.rnn]");
    refuses(file, PytorchModules.ONLY.recurrent("rnn"), "has no recurrent module 'rnn'; it has [");
    try (Kernels kernels = TestEngine.openJudge();
        Network network =
            read(kernels, file, PytorchModules.ONLY.recurrent("encoder.rnn").withoutLinear())) {
      assertEquals(0, network.spec().projection());
    }
    String passedOver = String.join("; ", remarks);
    assertTrue(passedOver.contains("passed over, of other modules: decoder.rnn."), passedOver);
    assertTrue(passedOver.contains("fc.weight"), passedOver);
  }

  @Test
  void oneOfSeveralLinearModulesIsReadIfItIsNamed() throws IOException {
    Path file = write(biased("a.", biased("b.", linear("a.", linear("b.", rnn(""))))));
    refuses(file, PytorchModules.ONLY, "several modules that can be the linear one, [a, b]");
    refuses(file, PytorchModules.ONLY.linear("c"), "lacks the array 'c.weight'");
    try (Kernels kernels = TestEngine.openJudge();
        Network network = read(kernels, file, PytorchModules.ONLY.linear("b"))) {
      assertEquals(2, network.spec().projection());
    }
  }

  @Test
  void whatOtherModulesHoldIsNotIgnoredUnasked() throws IOException {
    Path file = write(rnn("rnn.").floats("embedding.weight", List.of(9L, 1L), new float[9]));
    refuses(file, PytorchModules.ONLY, "holds more arrays than", "embedding.weight");
    refuses(file, PytorchModules.ONLY.linear("embedding"), "takes 1 numbers", "puts out 3");
    Path gap = write(rnn("").floats("weight_ih_l2", List.of(3L, 3L), new float[9]));
    refuses(gap, PytorchModules.ONLY.recurrent(""), "holds more arrays than", "weight_ih_l2");
  }

  private SafetensorsWriter rnn(String prefix) {
    return rnn(prefix, new SafetensorsWriter());
  }

  private SafetensorsWriter rnn(String prefix, SafetensorsWriter writer) {
    long hidden = HIDDEN;
    return writer
        .floats(prefix + "weight_ih_l0", List.of(hidden, 1L), numbers(HIDDEN))
        .floats(prefix + "weight_hh_l0", List.of(hidden, hidden), numbers(HIDDEN * HIDDEN))
        .floats(prefix + "bias_ih_l0", List.of(hidden), numbers(HIDDEN))
        .floats(prefix + "bias_hh_l0", List.of(hidden), numbers(HIDDEN));
  }

  private SafetensorsWriter linear(String prefix, SafetensorsWriter writer) {
    return writer.floats(prefix + "weight", List.of(2L, (long) HIDDEN), numbers(2 * HIDDEN));
  }

  private SafetensorsWriter biased(String prefix, SafetensorsWriter writer) {
    return writer.floats(prefix + "bias", List.of(2L), numbers(2));
  }

  private static float[] numbers(int count) {
    return Networks.numbers(count, 7);
  }

  private Path write(SafetensorsWriter writer) throws IOException {
    Path file = folder.resolve("state.safetensors");
    writer.write(file);
    return file;
  }

  private Network read(Kernels kernels, Path file, PytorchModules modules) throws IOException {
    return PytorchWeights.read(file, kernels, Activation.TANH, modules, remarks::add);
  }

  private void refuses(Path file, PytorchModules modules, String... words) {
    try (Kernels kernels = TestEngine.openJudge()) {
      String message =
          assertThrows(MalformedFileException.class, () -> read(kernels, file, modules))
              .getMessage();
      for (String word : words) {
        assertTrue(message.contains(word), message);
      }
    }
  }
}
