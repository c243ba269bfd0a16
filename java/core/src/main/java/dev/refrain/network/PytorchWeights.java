package dev.refrain.network;

import dev.refrain.io.ArrayFile;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Weights under PyTorch's names in a safetensors or {@code .npz} file: those of {@code
 * torch.nn.RNN}, {@code LSTM} or {@code GRU} ({@code weight_ih_l0}, {@code weight_hh_l0}, {@code
 * bias_ih_l0}, {@code bias_hh_l0}, {@code weight_hr_l0}, with {@code _reverse} for the other
 * direction), and those of a {@code torch.nn.Linear} behind it as {@code linear.weight} and {@code
 * linear.bias}. Read are also names with the prefix of the module that holds them, such as {@code
 * encoder.rnn.weight_ih_l0} and {@code fc.weight}. Gates have the same order here and there; a
 * forget bias, which PyTorch does not have, goes into {@code bias_ih}.
 */
public final class PytorchWeights {
  private static final String LINEAR_WEIGHT = "linear.weight";
  private static final String LINEAR_BIAS = "linear.bias";
  private static final int FORGET_GATE = 1;

  private PytorchWeights() {}

  /**
   * Writes one network.
   *
   * @param file whose name ends as {@link ArrayFile} wants
   * @param group which, from 0
   * @throws IllegalArgumentException if no module of PyTorch computes what the network does
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void write(Path file, Network network, int group) throws IOException {
    NetworkSpec spec = network.spec();
    requireModule(spec);
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    for (int l = 0; l < spec.layers().size(); l++) {
      LayerSpec layer = spec.layers().get(l);
      for (int d = 0; d < layer.directions(); d++) {
        boolean reverse = d == 1;
        String suffix = suffix(l, reverse);
        add(arrays, "weight_ih" + suffix, network, group, ParameterLayout.name(l, reverse, "w"));
        add(arrays, "weight_hh" + suffix, network, group, ParameterLayout.name(l, reverse, "r"));
        float[] bias = network.read(group, ParameterLayout.name(l, reverse, "b_w"));
        addForgetBias(layer, bias);
        List<Long> shape = List.of((long) bias.length);
        float[] recurrentBias =
            spec.recurrentBias()
                ? network.read(group, ParameterLayout.name(l, reverse, "b_r"))
                : new float[bias.length];
        arrays.put("bias_ih" + suffix, NpyArray.floats(shape, bias));
        arrays.put("bias_hh" + suffix, NpyArray.floats(shape, recurrentBias));
        if (layer.cell().hasProjection()) {
          String projection = ParameterLayout.name(l, reverse, "projection");
          add(arrays, "weight_hr" + suffix, network, group, projection);
        }
      }
    }
    if (spec.projection() > 0) {
      add(arrays, LINEAR_WEIGHT, network, group, ParameterLayout.OUTPUT_WEIGHT);
      add(arrays, LINEAR_BIAS, network, group, ParameterLayout.OUTPUT_BIAS);
    }
    ArrayFile.write(file, arrays);
  }

  private static String suffix(int layer, boolean reverse) {
    return "_l" + layer + (reverse ? "_reverse" : "");
  }

  private static void add(
      Map<String, NpyArray> arrays, String name, Network network, int group, String parameter) {
    List<Long> shape =
        network.layout().slice(parameter).shape().stream().map(Integer::longValue).toList();
    arrays.put(name, NpyArray.floats(shape, network.read(group, parameter)));
  }

  private static void addForgetBias(LayerSpec layer, float[] bias) {
    if (layer.cell() instanceof LstmCell lstm) {
      int first = FORGET_GATE * layer.hidden();
      for (int i = first; i < first + layer.hidden(); i++) {
        bias[i] += (float) lstm.forgetBias();
      }
    }
  }

  private static void requireModule(NetworkSpec spec) {
    LayerSpec first = spec.layers().get(0);
    for (LayerSpec layer : spec.layers()) {
      Cell cell = layer.cell();
      if (!layer.equals(first)) {
        throw new IllegalArgumentException(
            "layers differ (%s and %s); a module of PyTorch has equal ones"
                .formatted(first, layer));
      }
      boolean known =
          cell instanceof RnnCell
              ? cell.activation() == Activation.TANH || cell.activation() == Activation.RELU
              : cell.activation() == Activation.TANH;
      if (cell instanceof GruCell gru) {
        known &= gru.form() == GruForm.RESET_AFTER;
      }
      if (cell instanceof LstmCell lstm) {
        known &= !lstm.peepholes() && lstm.cellClip() == 0;
      }
      if (!known) {
        throw new IllegalArgumentException(
            "no module of PyTorch computes "
                + cell
                + "; it has tanh and relu RNNs, tanh LSTMs without peepholes or clip, and tanh"
                + " GRUs of the form reset-after");
      }
    }
  }

  /**
   * Reads one network, the only one of a file. What it is follows from names and shapes: one gate
   * is an RNN, three are a GRU, four an LSTM.
   *
   * @param file whose name ends as {@link ArrayFile} wants
   * @param activation of an RNN, {@code TANH} or {@code RELU}: the file does not tell
   * @return the network, for the caller to close
   * @throws IllegalArgumentException if no module of PyTorch has the activation
   * @throws MalformedFileException if the file is damaged or holds no such weights
   * @throws IOException if it cannot be read
   */
  public static Network read(Path file, Kernels kernels, Activation activation) throws IOException {
    return read(file, kernels, activation, PytorchModules.ONLY, remark -> {});
  }

  /**
   * Reads one network out of a model's state. Modules without biases get zeros.
   *
   * @param modules which of the model's are wanted
   * @param remarks is told what was assumed, and what was passed over
   * @return the network, for the caller to close
   * @throws MalformedFileException if the file is damaged, holds no such modules, or several where
   *     none was named; the message lists those it has
   * @see #read(Path, Kernels, Activation)
   */
  public static Network read(
      Path file,
      Kernels kernels,
      Activation activation,
      PytorchModules modules,
      Consumer<String> remarks)
      throws IOException {
    PytorchState state = new PytorchState(file, ArrayFile.read(file), modules, remarks);
    NetworkSpec spec = spec(state, activation);
    requireModule(spec);
    return WeightArrays.network(kernels, spec, state.parameters(spec));
  }

  private static NetworkSpec spec(PytorchState state, Activation activation)
      throws MalformedFileException {
    int[] first = state.matrix("weight_ih_l0");
    int[] recurrent = state.matrix("weight_hh_l0");
    int projection = state.has("weight_hr_l0") ? state.matrix("weight_hr_l0")[0] : 0;
    int hidden = projection > 0 ? state.matrix("weight_hr_l0")[1] : recurrent[1];
    if (recurrent[0] % hidden != 0) {
      throw state.malformed(
          "has a weight_hh_l0 of the shape %d x %d, which fits no cell"
              .formatted(recurrent[0], recurrent[1]));
    }
    Cell cell =
        switch (recurrent[0] / hidden) {
          case 1 -> new RnnCell(activation);
          case 3 -> new GruCell(activation, GruForm.RESET_AFTER);
          case 4 -> new LstmCell(activation, 0, false, 0, projection);
          default ->
              throw state.malformed(
                  "has " + recurrent[0] / hidden + " gates; RNNs have 1, GRUs 3 and LSTMs 4");
        };
    LayerSpec layer = new LayerSpec(cell, hidden, state.has("weight_ih_l0_reverse"));
    NetworkSpec.Builder spec =
        NetworkSpec.builder(first[1]).recurrentBias(true).initialization(Initialization.PYTORCH);
    for (int l = 0; state.has("weight_ih" + suffix(l, false)); l++) {
      spec.layer(layer);
    }
    return spec.projection(state.findLinear(layer.outputs())).build();
  }

  /** PyTorch's name of a recurrent layer's tensor of the {@link ParameterLayout}. */
  static String nameOf(String name) {
    String[] parts = name.split("\\.", -1);
    int layer = Integer.parseInt(parts[0].substring("layer".length()));
    String kind =
        switch (parts[2]) {
          case "w" -> "weight_ih";
          case "r" -> "weight_hh";
          case "b_w" -> "bias_ih";
          case "b_r" -> "bias_hh";
          case "projection" -> "weight_hr";
          default -> throw new IllegalStateException("PyTorch has no " + name);
        };
    return kind + suffix(layer, parts[1].equals("reverse"));
  }
}
