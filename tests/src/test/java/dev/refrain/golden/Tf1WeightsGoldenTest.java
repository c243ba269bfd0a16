package dev.refrain.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.io.ArrayFile;
import dev.refrain.io.NpyArray;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.LayerSpec;
import dev.refrain.network.Network;
import dev.refrain.network.TensorFlowWeights;
import dev.refrain.network.UnrolledNetwork;
import dev.refrain.parity.Comparison;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Variables of TensorFlow 1's cells, by their names in a file as {@code numpy.savez} writes what
 * {@code Session.run} returns, become networks that return what TensorFlow returned; written again,
 * they are the same variables.
 */
class Tf1WeightsGoldenTest {
  @TempDir private static Path folder;

  @TestFactory
  Stream<DynamicNode> importsAndExportsTensorFlow() {
    return GoldenTests.of("tf1_", (file, kernels, exact) -> check(file, kernels));
  }

  private static void check(GoldenFile file, Kernels kernels) {
    Map<String, NpyArray> variables = variables(file);
    try {
      Path imported = folder.resolve(file.name() + ".npz");
      ArrayFile.write(imported, asSaved(variables));
      try (Network network =
          TensorFlowWeights.read(
              imported,
              kernels,
              Activation.valueOf(file.text("activation", "tanh").toUpperCase(Locale.ROOT)),
              file.number("forget_bias", 1),
              file.number("cell_clip", 0))) {
        computesTheSame(file, network);
        for (String ending : List.of(".npz", ".safetensors")) {
          Path exported = folder.resolve("again" + ending);
          TensorFlowWeights.write(exported, network, 0);
          assertSame(variables, ArrayFile.read(exported));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** TensorFlow's variables of the file's cell under {@code dynamic_rnn}. */
  private static Map<String, NpyArray> variables(GoldenFile file) {
    Map<String, NpyArray> variables = new LinkedHashMap<>();
    if (file.has("gate_kernel")) {
      add(variables, "rnn/gru_cell/gates/kernel", file, "gate_kernel", 2);
      add(variables, "rnn/gru_cell/gates/bias", file, "gate_bias", 1);
      add(variables, "rnn/gru_cell/candidate/kernel", file, "cand_kernel", 2);
      add(variables, "rnn/gru_cell/candidate/bias", file, "cand_bias", 1);
      return variables;
    }
    int hidden = file.size("kernel", 0) - file.size("x", 2);
    String cell = file.size("kernel", 1) == hidden ? "rnn/basic_rnn_cell/" : "rnn/lstm_cell/";
    add(variables, cell + "kernel", file, "kernel", 2);
    if (file.has("bias")) {
      add(variables, cell + "bias", file, "bias", 1);
    } else {
      // The file was made with a bias of zeros and leaves it out.
      long columns = file.size("kernel", 1);
      variables.put(cell + "bias", NpyArray.doubles(List.of(columns), new double[(int) columns]));
    }
    if (file.has("w_i")) {
      add(variables, cell + "w_i_diag", file, "w_i", 1);
      add(variables, cell + "w_f_diag", file, "w_f", 1);
      add(variables, cell + "w_o_diag", file, "w_o", 1);
    }
    return variables;
  }

  private static void add(
      Map<String, NpyArray> variables, String name, GoldenFile file, String tensor, int rank) {
    List<Long> shape =
        rank == 1
            ? List.of((long) file.size(tensor, 0))
            : List.of((long) file.size(tensor, 0), (long) file.size(tensor, 1));
    variables.put(name, NpyArray.doubles(shape, file.values(tensor)));
  }

  /** With the numbers of outputs behind the names, and what a saver keeps beside the weights. */
  private static Map<String, NpyArray> asSaved(Map<String, NpyArray> variables) {
    Map<String, NpyArray> saved = new LinkedHashMap<>();
    variables.forEach(
        (name, array) -> {
          saved.put(name + ":0", array);
          saved.put(name + "/Adam:0", array);
          saved.put(name + "/Adam_1:0", array);
        });
    saved.put("beta1_power:0", NpyArray.floats(List.of(), 0.9f));
    saved.put("global_step:0", NpyArray.longs(List.of(), 7));
    return saved;
  }

  /** Weights go through float32, also where the engine computes in float64. */
  private static void computesTheSame(GoldenFile file, Network network) {
    int steps = file.size("x", 0);
    int batch = file.size("x", 1);
    LayerSpec layer = network.spec().layers().get(0);
    CellShape shape =
        CellShape.of(layer.cell(), 1, steps, batch, network.spec().inputs(), layer.hidden());
    double tolerance = GoldenTolerance.recurrent(shape, 1, false);
    try (UnrolledNetwork unrolled = network.unroll(steps, batch).lengths().states().build()) {
      unrolled.input().writeDoubles(file.values("x"));
      if (file.has("lengths")) {
        unrolled.lengths().write(file.integers("lengths"));
      }
      if (file.has("hx")) {
        unrolled.initialState().hidden().writeDoubles(file.values("hx"));
      }
      if (file.has("cx")) {
        unrolled.initialState().cell().writeDoubles(file.values("cx"));
      }
      unrolled.forward();
      compare(file, "y", unrolled.output(), tolerance);
      if (file.has("hy")) {
        compare(file, "hy", unrolled.finalState().hidden(), tolerance);
      }
      if (file.has("cy")) {
        compare(file, "cy", unrolled.finalState().cell(), tolerance);
      }
    }
  }

  private static void compare(GoldenFile file, String tensor, Buffer actual, double tolerance) {
    Comparison.assertClose(
        file.name() + ": " + tensor, file.values(tensor), actual.readDoubles(), tolerance);
  }

  private static void assertSame(Map<String, NpyArray> expected, Map<String, NpyArray> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, array) -> {
          assertEquals(array.shape(), actual.get(name).shape(), name);
          assertArrayEquals(array.floats(), actual.get(name).floats(), name);
        });
  }
}
