package dev.refrain.network;

import static dev.refrain.network.TensorFlowCell.BIAS;
import static dev.refrain.network.TensorFlowCell.KERNEL;
import static dev.refrain.network.TensorFlowCell.PEEPHOLES;
import static dev.refrain.network.TensorFlowCell.PROJECTION;

import dev.refrain.io.ArrayFile;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import dev.refrain.io.TensorFlowLayout;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.TensorFlowName.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights under TensorFlow 1's names, with its fused kernels, in a safetensors or {@code .npz}
 * file. The cells are BasicRNNCell, BasicLSTMCell or LSTMCell (with peepholes, clip and projection)
 * and GRUCell under {@code dynamic_rnn}, alone or in a MultiRNNCell, or in both directions under
 * {@code bidirectional_dynamic_rnn} or {@code stack_bidirectional_dynamic_rnn}:
 *
 * <pre>{@code
 * rnn/multi_rnn_cell/cell_0/lstm_cell/kernel        [I+H, 4H], gates i, j, f, o
 * rnn/multi_rnn_cell/cell_0/lstm_cell/bias          [4H], without the forget bias
 * rnn/gru_cell/gates/kernel                         [I+H, 2H], gates r, u
 * rnn/gru_cell/candidate/kernel                     [I+H, H]
 * bidirectional_rnn/bw/basic_rnn_cell/kernel        [I+H, H]
 * dense/kernel                                      [Y, O], of tf.layers.dense behind them
 * }</pre>
 *
 * <p>TensorFlow adds the forget bias when it runs, as the cells here do, so it is in no file; nor
 * are the activation and the clip.
 */
public final class TensorFlowWeights {
  /** The scope that tf.layers.dense takes by itself. */
  private static final String DENSE = "dense/";

  private TensorFlowWeights() {}

  /**
   * Writes one network. Where a second bias is trained, the sum of both is written.
   *
   * @param file whose name ends as {@link ArrayFile} wants
   * @param group which, from 0
   * @throws IllegalArgumentException if no cells of TensorFlow 1 compute what the network does
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void write(Path file, Network network, int group) throws IOException {
    NetworkSpec spec = network.spec();
    requireCells(spec);
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    for (int l = 0; l < spec.layers().size(); l++) {
      for (int d = 0; d < spec.layers().get(l).directions(); d++) {
        addCell(arrays, network, group, new Place(l, d == 1));
      }
    }
    if (spec.projection() > 0) {
      int inputs = spec.lastLayer().outputs();
      float[] weight = network.read(group, ParameterLayout.OUTPUT_WEIGHT);
      arrays.put(DENSE + KERNEL, turned(weight, spec.projection(), inputs));
      arrays.put(DENSE + BIAS, vector(network.read(group, ParameterLayout.OUTPUT_BIAS)));
    }
    ArrayFile.write(file, arrays);
  }

  private static void addCell(
      Map<String, NpyArray> arrays, Network network, int group, Place place) {
    NetworkSpec spec = network.spec();
    LayerSpec layer = spec.layers().get(place.layer());
    String ours = ParameterLayout.prefix(place.layer(), place.reverse());
    String theirs = TensorFlowName.cellScope(spec, place);
    int inputs = spec.inputsOf(place.layer());
    int rows = inputs + layer.cellOutputs();
    TensorFlowCell form = TensorFlowCell.of(layer.cell());
    TensorFlowLayout layout = form.layout(inputs, layer.hidden(), layer.cellOutputs());
    List<float[]> kernels =
        layout.kernels(network.read(group, ours + "w"), network.read(group, ours + "r"));
    List<float[]> biases = layout.biases(bias(network, group, ours));
    for (int k = 0; k < kernels.size(); k++) {
      String part = theirs + form.parts().get(k);
      arrays.put(part + KERNEL, matrix(rows, kernels.get(k).length / rows, kernels.get(k)));
      arrays.put(part + BIAS, vector(biases.get(k)));
    }
    if (layer.cell().hasPeepholes()) {
      float[] peepholes = network.read(group, ours + "peepholes");
      for (int p = 0; p < PEEPHOLES.size(); p++) {
        int from = p * layer.hidden();
        float[] one = Arrays.copyOfRange(peepholes, from, from + layer.hidden());
        arrays.put(theirs + PEEPHOLES.get(p), vector(one));
      }
    }
    if (layer.cell().hasProjection()) {
      float[] projection = network.read(group, ours + "projection");
      arrays.put(theirs + PROJECTION, turned(projection, layer.cellOutputs(), layer.hidden()));
    }
  }

  /** What both biases add up to, where there are two. */
  private static float[] bias(Network network, int group, String ours) {
    float[] bias = network.read(group, ours + "b_w");
    if (network.spec().recurrentBias()) {
      float[] second = network.read(group, ours + "b_r");
      for (int i = 0; i < bias.length; i++) {
        bias[i] += second[i];
      }
    }
    return bias;
  }

  private static NpyArray turned(float[] values, int rows, int columns) {
    float[] turned = TensorFlowLayout.transpose(values, rows, columns);
    return NpyArray.floats(List.of((long) columns, (long) rows), turned);
  }

  private static NpyArray matrix(long rows, long columns, float[] values) {
    return NpyArray.floats(List.of(rows, columns), values);
  }

  private static NpyArray vector(float[] values) {
    return NpyArray.floats(List.of((long) values.length), values);
  }

  private static void requireCells(NetworkSpec spec) {
    for (LayerSpec layer : spec.layers()) {
      if (layer.cell() instanceof GruCell gru && gru.form() != GruForm.RESET_BEFORE) {
        throw new IllegalArgumentException(
            "TensorFlow 1's GRUCell does not compute "
                + gru
                + "; its reset gate acts before the product (reset-before)");
      }
      if (layer.bidirectional() != spec.layers().get(0).bidirectional()) {
        throw new IllegalArgumentException(
            "one layer runs in both directions and another in one;"
                + " a stack of TensorFlow's has equal ones");
      }
    }
  }

  /**
   * Reads one network. Its cells, layers and sizes follow from names and shapes; {@code :0} behind
   * a name is passed over, and so are an optimizer's variables and {@code global_step}. {@code
   * tf.layers.dense}, {@code contrib.layers.fully_connected} and {@code OutputProjectionWrapper}
   * may follow the cells, under the names that TensorFlow gives them.
   *
   * @param file whose name ends as {@link ArrayFile} wants
   * @param activation of all layers, which the file does not tell
   * @param forgetBias of LSTMs, which the file does not tell; TensorFlow's default is 1
   * @param cellClip of LSTMs, which the file does not tell; 0 for none
   * @return the network, for the caller to close
   * @throws MalformedFileException if the file is damaged or holds no such weights
   * @throws IOException if it cannot be read
   */
  public static Network read(
      Path file, Kernels kernels, Activation activation, double forgetBias, double cellClip)
      throws IOException {
    LstmCell untold = new LstmCell(activation, forgetBias, false, cellClip, 0);
    return new TensorFlowVariables(file, ArrayFile.read(file)).network(kernels, untold);
  }
}
