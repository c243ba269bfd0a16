package dev.refrain.network;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Weights under PyTorch's names in a safetensors file: those of {@code torch.nn.RNN}, {@code LSTM}
 * or {@code GRU} ({@code weight_ih_l0}, {@code weight_hh_l0}, {@code bias_ih_l0}, {@code
 * bias_hh_l0}, {@code weight_hr_l0}, with {@code _reverse} for the other direction), and those of a
 * {@code torch.nn.Linear} behind it as {@code linear.weight} and {@code linear.bias}. Gates have
 * the same order here and there; a forget bias, which PyTorch does not have, goes into {@code
 * bias_ih}.
 */
public final class PytorchWeights {
  private static final String LINEAR_WEIGHT = "linear.weight";
  private static final String LINEAR_BIAS = "linear.bias";
  private static final int FORGET_GATE = 1;

  private PytorchWeights() {}

  /**
   * Writes one network.
   *
   * @param group which, from 0
   * @throws IllegalArgumentException if no module of PyTorch computes what the network does
   * @throws IOException if the file cannot be written; it is then as it was before
   */
  public static void write(Path file, Network network, int group) throws IOException {
    NetworkSpec spec = network.spec();
    requireModule(spec);
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int l = 0; l < spec.layers().size(); l++) {
      LayerSpec layer = spec.layers().get(l);
      for (int d = 0; d < layer.directions(); d++) {
        boolean reverse = d == 1;
        String suffix = suffix(l, reverse);
        add(writer, "weight_ih" + suffix, network, group, ParameterLayout.name(l, reverse, "w"));
        add(writer, "weight_hh" + suffix, network, group, ParameterLayout.name(l, reverse, "r"));
        float[] bias = network.read(group, ParameterLayout.name(l, reverse, "b_w"));
        addForgetBias(layer, bias);
        List<Long> shape = List.of((long) bias.length);
        writer.floats("bias_ih" + suffix, shape, bias);
        writer.floats(
            "bias_hh" + suffix,
            shape,
            spec.recurrentBias()
                ? network.read(group, ParameterLayout.name(l, reverse, "b_r"))
                : new float[bias.length]);
        if (layer.cell().hasProjection()) {
          String projection = ParameterLayout.name(l, reverse, "projection");
          add(writer, "weight_hr" + suffix, network, group, projection);
        }
      }
    }
    if (spec.projection() > 0) {
      add(writer, LINEAR_WEIGHT, network, group, ParameterLayout.OUTPUT_WEIGHT);
      add(writer, LINEAR_BIAS, network, group, ParameterLayout.OUTPUT_BIAS);
    }
    writer.write(file);
  }

  private static String suffix(int layer, boolean reverse) {
    return "_l" + layer + (reverse ? "_reverse" : "");
  }

  private static void add(
      SafetensorsWriter writer, String name, Network network, int group, String parameter) {
    List<Long> shape =
        network.layout().slice(parameter).shape().stream().map(Integer::longValue).toList();
    writer.floats(name, shape, network.read(group, parameter));
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
   * Reads one network. What it is follows from names and shapes: one gate is an RNN, three are a
   * GRU, four an LSTM.
   *
   * @param activation of an RNN, {@code TANH} or {@code RELU}: the file does not tell
   * @return the network, for the caller to close
   * @throws MalformedFileException if the file is damaged or holds no such weights
   * @throws IOException if it cannot be read
   */
  public static Network read(Path file, Kernels kernels, Activation activation) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      NetworkSpec spec = spec(tensors, activation);
      ParameterLayout layout = ParameterLayout.of(spec);
      requireShapes(tensors, spec, layout);
      Network network = new Network(kernels, spec, 1);
      try {
        for (ParameterSlice slice : layout.slices()) {
          network.write(0, slice.name(), tensors.floats(pytorchName(slice.name())));
        }
        return network;
      } catch (IOException | RuntimeException e) {
        network.close();
        throw e;
      }
    }
  }

  private static NetworkSpec spec(SafetensorsFile tensors, Activation activation)
      throws MalformedFileException {
    List<Long> first = matrix(tensors, "weight_ih_l0");
    List<Long> recurrent = matrix(tensors, "weight_hh_l0");
    TensorInfo projection = tensors.tensor("weight_hr_l0");
    long hidden = projection == null ? recurrent.get(1) : matrix(tensors, "weight_hr_l0").get(1);
    if (hidden < 1 || recurrent.get(0) % hidden != 0) {
      throw new MalformedFileException(
          tensors.file(), "has a weight_hh_l0 of the shape " + recurrent + ", which fits no cell");
    }
    Cell cell =
        switch ((int) Math.min(5, recurrent.get(0) / hidden)) {
          case 1 -> new RnnCell(activation);
          case 3 -> new GruCell(Activation.TANH, GruForm.RESET_AFTER);
          case 4 ->
              new LstmCell(
                  Activation.TANH,
                  0,
                  false,
                  0,
                  projection == null ? 0 : Math.toIntExact(projection.shape().get(0)));
          default ->
              throw new MalformedFileException(
                  tensors.file(),
                  "has " + recurrent.get(0) / hidden + " gates; RNNs have 1, GRUs 3 and LSTMs 4");
        };
    boolean bidirectional = tensors.tensor("weight_ih_l0_reverse") != null;
    NetworkSpec.Builder spec =
        NetworkSpec.builder(Math.toIntExact(first.get(1)))
            .recurrentBias(true)
            .initialization(Initialization.PYTORCH);
    for (int l = 0; tensors.tensor("weight_ih" + suffix(l, false)) != null; l++) {
      spec.layer(new LayerSpec(cell, Math.toIntExact(hidden), bidirectional));
    }
    if (tensors.tensor(LINEAR_WEIGHT) != null) {
      spec.projection(Math.toIntExact(matrix(tensors, LINEAR_WEIGHT).get(0)));
    }
    return spec.build();
  }

  private static List<Long> matrix(SafetensorsFile tensors, String name)
      throws MalformedFileException {
    TensorInfo info = tensors.tensor(name);
    if (info == null
        || info.shape().size() != 2
        || info.shape().stream().anyMatch(size -> size < 1 || size > Integer.MAX_VALUE)) {
      throw new MalformedFileException(
          tensors.file(),
          info == null
              ? "lacks the tensor '" + name + "': it does not hold weights under PyTorch's names"
              : "has a '" + name + "' of the shape " + info.shape() + ", not a matrix");
    }
    return info.shape();
  }

  private static void requireShapes(
      SafetensorsFile tensors, NetworkSpec spec, ParameterLayout layout)
      throws MalformedFileException {
    for (ParameterSlice slice : layout.slices()) {
      TensorInfo info = tensors.tensor(pytorchName(slice.name()));
      List<Long> shape = slice.shape().stream().map(Integer::longValue).toList();
      if (info == null || !info.shape().equals(shape)) {
        throw new MalformedFileException(
            tensors.file(),
            "needs a tensor '%s' of the shape %s, it has %s"
                .formatted(pytorchName(slice.name()), shape, info == null ? "none" : info.shape()));
      }
    }
    if (tensors.tensors().size() != layout.slices().size()) {
      throw new MalformedFileException(
          tensors.file(), "holds more tensors than " + spec + " takes: " + tensors.tensors());
    }
  }

  /** PyTorch's name of a tensor of the {@link ParameterLayout}. */
  private static String pytorchName(String name) {
    if (name.equals(ParameterLayout.OUTPUT_WEIGHT)) {
      return LINEAR_WEIGHT;
    }
    if (name.equals(ParameterLayout.OUTPUT_BIAS)) {
      return LINEAR_BIAS;
    }
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
