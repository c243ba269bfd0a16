package dev.refrain.golden;

import dev.refrain.io.TensorFlowLayout;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.CellGradients;
import dev.refrain.kernels.CellLayout;
import dev.refrain.kernels.CellParameters;
import dev.refrain.kernels.CellSequence;
import dev.refrain.kernels.CellShape;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.kernels.View;
import dev.refrain.parity.Comparison;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * TensorFlow 1's cells under {@code dynamic_rnn}, single layers with fused kernels: all
 * activations, forget bias, peepholes, cell clipping, lengths, reset before the product.
 */
class Tf1GoldenTest {
  /** LSTMCell's and BasicLSTMCell's default. */
  private static final double FORGET_BIAS = 1;

  @TestFactory
  Stream<DynamicNode> equalsTensorFlow() {
    return GoldenTests.of("tf1_", (file, kernels, exact) -> new Layer(file, kernels).check(exact));
  }

  /** One file's layer on one engine. */
  private static final class Layer {
    private final GoldenFile file;
    private final Kernels kernels;
    private final Cell cell;
    private final CellShape shape;
    private final List<String> kernelNames;
    private final List<String> biasNames;
    private final CellLayout layout;
    private final Buffer values;
    private final Buffer gradients;

    Layer(GoldenFile file, Kernels kernels) {
      this.file = file;
      this.kernels = kernels;
      boolean gru = file.has("gate_kernel");
      kernelNames = gru ? List.of("gate_kernel", "cand_kernel") : List.of("kernel");
      biasNames = gru ? List.of("gate_bias", "cand_bias") : List.of("bias");
      int inputs = file.size("x", 2);
      int hidden = file.size(kernelNames.get(0), 0) - inputs;
      cell = cell(file, gru, file.size(kernelNames.get(0), 1) / hidden);
      shape = CellShape.of(cell, 1, file.size("x", 0), file.size("x", 1), inputs, hidden);
      long gateRows = (long) cell.gates() * hidden;
      long r = gateRows * inputs;
      long bias = r + gateRows * hidden;
      long peepholes = bias + gateRows;
      layout =
          new CellLayout(
              0,
              r,
              CellLayout.ABSENT,
              cell.hasPeepholes() ? peepholes : CellLayout.ABSENT,
              bias,
              CellLayout.ABSENT);
      values = kernels.allocate(peepholes + 3L * hidden);
      gradients = kernels.allocate(peepholes + 3L * hidden);
    }

    private static Cell cell(GoldenFile file, boolean gru, int blocks) {
      Activation activation =
          Activation.valueOf(file.text("activation", "tanh").toUpperCase(Locale.ROOT));
      if (gru) {
        return new GruCell(activation, GruForm.RESET_BEFORE);
      }
      return blocks == 1
          ? new RnnCell(activation)
          : new LstmCell(
              activation,
              file.number("forget_bias", FORGET_BIAS),
              file.has("w_i"),
              file.number("cell_clip", 0),
              0);
    }

    void check(boolean exact) {
      double tolerance = GoldenTolerance.recurrent(shape, 1, exact);
      writeParameters();
      View y = empty(shape.rows(), shape.hidden());
      View hy = empty(shape.batch(), shape.hidden());
      View cy = cell.hasCellState() ? empty(shape.batch(), shape.hidden()) : null;
      View dx = empty(shape.rows(), shape.inputs());
      View dhx = empty(shape.batch(), shape.hidden());
      View dcx = cell.hasCellState() ? empty(shape.batch(), shape.hidden()) : null;
      CellSequence sequence =
          CellSequence.of(view("x", shape.rows(), shape.inputs()), y)
              .from(state("hx"), state("cx"))
              .to(hy, cy)
              .lengths(lengths())
              .saving(kernels.allocate(cell.reserveSize(kernels, shape)));
      CellGradients flow =
          CellGradients.of(view("dy", shape.rows(), shape.hidden()))
              .from(state("dhy"), state("dcy"))
              .to(dhx, dcx)
              .input(dx);
      CellParameters parameters = new CellParameters(values, gradients, 0, layout);
      cell.forward(kernels, shape, parameters, sequence);
      cell.backward(kernels, shape, parameters, sequence, flow);
      compare("y", y, tolerance);
      compare("hy", hy, tolerance);
      compare("cy", cy, tolerance);
      compare("dx", dx, tolerance);
      compare("dhx", dhx, tolerance);
      compare("dcx", dcx, tolerance);
      compareGradients(tolerance);
    }

    private void writeParameters() {
      int[] w = weights(true);
      int[] r = weights(false);
      int[] bias = biasPlaces();
      double[] kernel = joined("", kernelNames);
      write(layout.w(), pick(kernel, w));
      write(layout.r(), pick(kernel, r));
      write(layout.bW(), pick(joined("", biasNames), bias));
      if (cell.hasPeepholes()) {
        write(layout.peepholes(), joined("", List.of("w_i", "w_f", "w_o")));
      }
    }

    private void compareGradients(double tolerance) {
      double[] kernel = joined("d", kernelNames);
      compareGradient("dw", layout.w(), pick(kernel, weights(true)), tolerance);
      compareGradient("dr", layout.r(), pick(kernel, weights(false)), tolerance);
      double[] bias = pick(joined("d", biasNames), biasPlaces());
      compareGradient("dbias", layout.bW(), bias, tolerance);
      if (cell.hasPeepholes()) {
        double[] peepholes = joined("d", List.of("w_i", "w_f", "w_o"));
        compareGradient("dpeepholes", layout.peepholes(), peepholes, tolerance);
      }
    }

    private void compareGradient(String name, long offset, double[] expected, double tolerance) {
      double[] actual = new double[expected.length];
      gradients.readDoubles(offset, actual, 0, actual.length);
      Comparison.assertClose(file.name() + ": " + name, expected, actual, tolerance);
    }

    /**
     * Where in TensorFlow's kernels, one behind the other, each element of W or R comes from: the
     * library's conversion of the positions themselves, which float holds exactly.
     */
    private int[] weights(boolean ofInputs) {
      float[][] positions = positions(kernelNames);
      TensorFlowLayout conversion = conversion();
      return integers(ofInputs ? conversion.w(positions) : conversion.r(positions));
    }

    private int[] biasPlaces() {
      return integers(conversion().bias(positions(biasNames)));
    }

    private TensorFlowLayout conversion() {
      int inputs = shape.inputs();
      int hidden = shape.hidden();
      if (cell instanceof GruCell) {
        return TensorFlowLayout.gru(inputs, hidden);
      }
      return cell instanceof LstmCell
          ? TensorFlowLayout.lstm(inputs, hidden)
          : TensorFlowLayout.rnn(inputs, hidden);
    }

    private float[][] positions(List<String> names) {
      float[][] positions = new float[names.size()][];
      int next = 0;
      for (int k = 0; k < positions.length; k++) {
        positions[k] = new float[file.values(names.get(k)).length];
        for (int i = 0; i < positions[k].length; i++) {
          positions[k][i] = next++;
        }
      }
      return positions;
    }

    private static int[] integers(float[] values) {
      int[] integers = new int[values.length];
      Arrays.setAll(integers, i -> (int) values[i]);
      return integers;
    }

    private double[] joined(String prefix, List<String> names) {
      return names.stream()
          .flatMapToDouble(name -> Arrays.stream(file.values(prefix + name)))
          .toArray();
    }

    private static double[] pick(double[] values, int[] places) {
      return Arrays.stream(places).mapToDouble(place -> values[place]).toArray();
    }

    private void write(long offset, double[] numbers) {
      values.writeDoubles(offset, numbers, 0, numbers.length);
    }

    private View state(String name) {
      return file.has(name) ? view(name, shape.batch(), shape.hidden()) : null;
    }

    private View view(String name, long rows, int columns) {
      View view = empty(rows, columns);
      view.buffer().writeDoubles(file.values(name));
      return view;
    }

    private View empty(long rows, int columns) {
      return View.of(kernels.allocate(rows * columns), rows, columns);
    }

    private IndexBuffer lengths() {
      if (!file.has("lengths")) {
        return null;
      }
      int[] lengths = file.integers("lengths");
      IndexBuffer buffer = kernels.allocateIndices(lengths.length);
      buffer.write(lengths);
      return buffer;
    }

    private void compare(String name, View actual, double tolerance) {
      if (file.has(name)) {
        Comparison.assertClose(
            file.name() + ": " + name, file.values(name), actual.buffer().readDoubles(), tolerance);
      }
    }
  }
}
