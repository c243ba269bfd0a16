package dev.refrain.golden;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.LayerSpec;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import dev.refrain.network.ParameterSlice;
import dev.refrain.network.UnrolledNetwork;
import dev.refrain.parity.Comparison;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * {@code torch.nn.RNN}, {@code LSTM} and {@code GRU}: stacked, in both directions, with lengths;
 * outputs, states and the gradients of {@code sum(y·dy) + sum(hy·dhy) + sum(cy·dcy)}.
 */
class PytorchGoldenTest {
  private static final Map<String, String> TENSORS =
      Map.of("w", "weight_ih", "r", "weight_hh", "b_w", "bias_ih", "b_r", "bias_hh");

  @TestFactory
  Stream<DynamicNode> equalsPytorch() {
    return GoldenTests.of("pytorch_", PytorchGoldenTest::check);
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    NetworkSpec spec = spec(file);
    int steps = file.size("x", 0);
    int batch = file.size("x", 1);
    LayerSpec layer = spec.layers().get(0);
    CellShape shape = CellShape.of(layer.cell(), 1, steps, batch, layer.outputs(), layer.hidden());
    double tolerance = GoldenTolerance.recurrent(shape, spec.layers().size(), exact);
    try (Network network = new Network(kernels, spec, 1);
        UnrolledNetwork unrolled =
            network.unroll(steps, batch).training().lengths().states().inputGradient().build()) {
      writeParameters(file, network);
      run(file, unrolled);
      compare(file, "y", unrolled.output(), tolerance);
      compare(file, "hy", unrolled.finalState().hidden(), tolerance);
      compare(file, "dx", unrolled.inputGradient(), tolerance);
      compare(file, "dhx", unrolled.initialStateGradient().hidden(), tolerance);
      if (layer.cell().hasCellState()) {
        compare(file, "cy", unrolled.finalState().cell(), tolerance);
        compare(file, "dcx", unrolled.initialStateGradient().cell(), tolerance);
      }
      compareGradients(file, network, tolerance);
    }
  }

  private static NetworkSpec spec(GoldenFile file) {
    Cell cell = cell(file.name());
    boolean bidirectional = file.has("param.weight_ih_l0_reverse");
    NetworkSpec.Builder builder = NetworkSpec.builder(file.size("x", 2)).recurrentBias(true);
    for (int l = 0; file.has("param.weight_ih_l" + l); l++) {
      int hidden = file.size("param.weight_hh_l" + l, 0) / cell.gates();
      builder.layer(new LayerSpec(cell, hidden, bidirectional));
    }
    return builder.build();
  }

  private static Cell cell(String name) {
    if (name.contains("lstm")) {
      return LstmCell.pytorch();
    }
    if (name.contains("gru")) {
      return new GruCell(Activation.TANH, GruForm.RESET_AFTER);
    }
    return new RnnCell(name.contains("relu") ? Activation.RELU : Activation.TANH);
  }

  private static void writeParameters(GoldenFile file, Network network) {
    for (ParameterSlice slice : network.layout().slices()) {
      double[] values = file.values("param." + pytorchName(slice));
      network.values().writeDoubles(slice.offset(), values, 0, values.length);
    }
  }

  /** {@code layer1.reverse.b_w} is PyTorch's {@code bias_ih_l1_reverse}. */
  private static String pytorchName(ParameterSlice slice) {
    String[] parts = slice.name().split("\\.", -1);
    String layer = parts[0].replace("layer", "_l");
    return TENSORS.get(parts[2]) + layer + (parts[1].equals("reverse") ? "_reverse" : "");
  }

  private static void run(GoldenFile file, UnrolledNetwork unrolled) {
    unrolled.input().writeDoubles(file.values("x"));
    if (file.has("lengths")) {
      unrolled.lengths().write(file.integers("lengths"));
    }
    writeIfThere(file, "hx", unrolled.initialState().hidden());
    unrolled.outputGradient().writeDoubles(file.values("dy"));
    writeIfThere(file, "dhy", unrolled.finalStateGradient().hidden());
    if (unrolled.network().spec().layers().get(0).cell().hasCellState()) {
      writeIfThere(file, "cx", unrolled.initialState().cell());
      writeIfThere(file, "dcy", unrolled.finalStateGradient().cell());
    }
    unrolled.forward();
    unrolled.backward();
  }

  private static void writeIfThere(GoldenFile file, String tensor, Buffer buffer) {
    if (file.has(tensor)) {
      buffer.writeDoubles(file.values(tensor));
    }
  }

  private static void compare(GoldenFile file, String tensor, Buffer buffer, double tolerance) {
    if (file.has(tensor)) {
      Comparison.assertClose(
          file.name() + ": " + tensor, file.values(tensor), buffer.readDoubles(), tolerance);
    }
  }

  private static void compareGradients(GoldenFile file, Network network, double tolerance) {
    for (ParameterSlice slice : network.layout().slices()) {
      String gradient = "grad." + pytorchName(slice);
      double[] actual = new double[Math.toIntExact(slice.size())];
      network.gradients().readDoubles(slice.offset(), actual, 0, actual.length);
      Comparison.assertClose(
          file.name() + ": " + gradient, file.values(gradient), actual, tolerance);
    }
  }
}
