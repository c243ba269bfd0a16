package dev.refrain.network;

import static dev.refrain.network.TensorFlowCell.BIAS;
import static dev.refrain.network.TensorFlowCell.KERNEL;
import static dev.refrain.network.TensorFlowCell.PEEPHOLES;
import static dev.refrain.network.TensorFlowCell.PROJECTION;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.NpyArray;
import dev.refrain.io.TensorFlowLayout;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.TensorFlowName.Place;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The variables of a graph of TensorFlow 1's, on their way into a network. */
final class TensorFlowVariables {
  /** What Session.run is asked for has the number of an output behind it. */
  private static final Pattern OUTPUT_NUMBER = Pattern.compile(":\\d+$");

  /** What optimizers keep beside a variable, and what counts steps. */
  private static final Pattern OF_TRAINING =
      Pattern.compile(
          "(.*/)?((Adam|Momentum|RMSProp|Adagrad)(_\\d+)?|beta[12]_power(_\\d+)?|global_step)");

  private static final Pattern OUTPUT_LAYER =
      Pattern.compile(
          "(?<scope>(.*/)?(dense|fully_connected|output_projection_wrapper)/)(kernel|bias)");

  private final WeightArrays arrays;

  /** Where the cells keep their variables. */
  private final Map<Place, TensorFlowName> cells = new HashMap<>();

  private String outputScope;

  /** Names that no part of the network has asked for yet. */
  private final TreeSet<String> untaken = new TreeSet<>();

  TensorFlowVariables(Path file, Map<String, NpyArray> variables) throws MalformedFileException {
    Map<String, NpyArray> byName = new LinkedHashMap<>();
    variables.forEach((name, array) -> byName.put(plain(name), array));
    byName.keySet().removeIf(name -> OF_TRAINING.matcher(name).matches());
    arrays = new WeightArrays(file, byName);
    untaken.addAll(byName.keySet());
    for (String name : byName.keySet()) {
      place(name);
    }
    if (cells.isEmpty()) {
      throw arrays.malformed("holds no cell under TensorFlow 1's names, but " + byName.keySet());
    }
  }

  /** Before 1.2, TensorFlow called kernels weights and a bias biases, and contrib does still. */
  private static String plain(String name) {
    return OUTPUT_NUMBER
        .matcher(name)
        .replaceFirst("")
        .replaceFirst("(^|/)weights$", "$1" + KERNEL)
        .replaceFirst("(^|/)biases$", "$1" + BIAS);
  }

  private void place(String name) throws MalformedFileException {
    Optional<TensorFlowName> cell;
    try {
      cell = TensorFlowName.parse(name);
    } catch (IllegalArgumentException e) {
      throw arrays.malformed("has " + e.getMessage());
    }
    Matcher output = OUTPUT_LAYER.matcher(name);
    if (cell.isPresent()) {
      TensorFlowName other = cells.putIfAbsent(cell.get().place(), cell.get());
      if (other != null && !other.cellScope().equals(cell.get().cellScope())) {
        throw two("cells for one place", other.cellScope(), cell.get().cellScope());
      }
    } else if (output.matches()) {
      if (outputScope != null && !outputScope.equals(output.group("scope"))) {
        throw two("output layers", outputScope, output.group("scope"));
      }
      outputScope = output.group("scope");
    }
  }

  private MalformedFileException two(String what, String one, String other) {
    return arrays.malformed(
        "has two %s, '%s' and '%s'; give it the variables of one network"
            .formatted(what, one, other));
  }

  /**
   * The network, on its device.
   *
   * @param untold what TensorFlow keeps in no variable: activation, forget bias and clip
   */
  Network network(Kernels kernels, LstmCell untold) throws MalformedFileException {
    Map<String, float[]> parameters = new LinkedHashMap<>();
    NetworkSpec spec = spec(untold);
    for (int l = 0; l < spec.layers().size(); l++) {
      for (int d = 0; d < spec.layers().get(l).directions(); d++) {
        takeCell(spec, new Place(l, d == 1), parameters);
      }
    }
    if (spec.projection() > 0) {
      int inputs = spec.lastLayer().outputs();
      float[] kernel = take(outputScope + KERNEL, inputs, spec.projection());
      parameters.put(
          ParameterLayout.OUTPUT_WEIGHT,
          TensorFlowLayout.transpose(kernel, inputs, spec.projection()));
      parameters.put(ParameterLayout.OUTPUT_BIAS, take(outputScope + BIAS, spec.projection()));
    }
    if (!untaken.isEmpty()) {
      throw arrays.malformed(
          "holds variables that %s does not take: %s; leave them out, or call an output layer's"
                  .formatted(spec, untaken)
              + " dense/kernel and dense/bias");
    }
    return WeightArrays.network(kernels, spec, parameters);
  }

  private NetworkSpec spec(LstmCell untold) throws MalformedFileException {
    int layers = cells.keySet().stream().mapToInt(Place::layer).max().orElseThrow() + 1;
    boolean bidirectional = cells.keySet().stream().anyMatch(Place::reverse);
    NetworkSpec.Builder spec = null;
    for (int l = 0; l < layers; l++) {
      TensorFlowName name = cell(new Place(l, false));
      LayerSpec layer = layer(name, untold, bidirectional);
      if (l == 0) {
        String kernel = name.cellScope() + name.cell().parts().get(0) + KERNEL;
        spec = NetworkSpec.builder(arrays.matrix(kernel)[0] - layer.cellOutputs());
      }
      spec.layer(layer);
    }
    if (outputScope != null) {
      spec.projection(arrays.vector(outputScope + BIAS));
    }
    try {
      return spec.build();
    } catch (IllegalArgumentException e) {
      throw arrays.malformed("describes no network: " + e.getMessage());
    }
  }

  private LayerSpec layer(TensorFlowName name, LstmCell untold, boolean bidirectional)
      throws MalformedFileException {
    String scope = name.cellScope();
    String bias = scope + name.cell().parts().get(0) + BIAS;
    int hidden = arrays.vector(bias) / name.cell().firstKernelGates();
    boolean lstm = name.cell() == TensorFlowCell.LSTM;
    boolean peepholes = lstm && arrays.has(scope + PEEPHOLES.get(0));
    boolean projects = lstm && arrays.has(scope + PROJECTION);
    int projection = projects ? arrays.matrix(scope + PROJECTION)[1] : 0;
    if (hidden < 1) {
      throw arrays.malformed("has a '%s' too short for its gates".formatted(bias));
    }
    return new LayerSpec(name.cell().cell(untold, peepholes, projection), hidden, bidirectional);
  }

  private TensorFlowName cell(Place place) throws MalformedFileException {
    TensorFlowName name = cells.get(place);
    if (name == null) {
      throw arrays.malformed(
          "lacks the %s cell of layer %d"
              .formatted(place.reverse() ? "backward" : "forward", place.layer()));
    }
    return name;
  }

  private void takeCell(NetworkSpec spec, Place place, Map<String, float[]> parameters)
      throws MalformedFileException {
    LayerSpec layer = spec.layers().get(place.layer());
    int hidden = layer.hidden();
    int outputs = layer.cellOutputs();
    int inputs = spec.inputsOf(place.layer());
    TensorFlowName name = cell(place);
    String theirs = name.cellScope();
    String ours = ParameterLayout.prefix(place.layer(), place.reverse());
    List<String> parts = name.cell().parts();
    float[][] kernels = new float[parts.size()][];
    float[][] biases = new float[parts.size()][];
    for (int k = 0; k < kernels.length; k++) {
      int columns = hidden * (k == 0 ? name.cell().firstKernelGates() : 1);
      kernels[k] = take(theirs + parts.get(k) + KERNEL, inputs + outputs, columns);
      biases[k] = take(theirs + parts.get(k) + BIAS, columns);
    }
    TensorFlowLayout layout = name.cell().layout(inputs, hidden, outputs);
    parameters.put(ours + "w", layout.w(kernels));
    parameters.put(ours + "r", layout.r(kernels));
    parameters.put(ours + "b_w", layout.bias(biases));
    if (layer.cell().hasPeepholes()) {
      float[] peepholes = new float[PEEPHOLES.size() * hidden];
      for (int p = 0; p < PEEPHOLES.size(); p++) {
        float[] one = take(theirs + PEEPHOLES.get(p), hidden);
        System.arraycopy(one, 0, peepholes, p * hidden, hidden);
      }
      parameters.put(ours + "peepholes", peepholes);
    }
    if (layer.cell().hasProjection()) {
      float[] projection = take(theirs + PROJECTION, hidden, outputs);
      parameters.put(ours + "projection", TensorFlowLayout.transpose(projection, hidden, outputs));
    }
  }

  private float[] take(String name, Integer... shape) throws MalformedFileException {
    untaken.remove(name);
    return arrays.floats(name, List.of(shape));
  }
}
