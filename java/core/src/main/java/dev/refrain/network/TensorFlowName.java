package dev.refrain.network;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What TensorFlow 1's name of a cell's variable tells: {@code
 * rnn/multi_rnn_cell/cell_1/lstm_cell/kernel} is the kernel of the LSTM in layer 1.
 *
 * <p>Source: the scopes that {@code tensorflow/python/ops/rnn.py}, {@code rnn_cell_impl.py} and
 * {@code tensorflow/contrib/rnn/python/ops/rnn.py} open.
 *
 * @param scope what stands before the parts below, such as {@code rnn/}
 * @param place of the cell within the network
 * @param cell what kind it is
 * @param cellScope all of the name up to the tensor
 * @param tensor what stands behind the cell's name, such as {@code gates/kernel}
 */
record TensorFlowName(
    String scope, Place place, TensorFlowCell cell, String cellScope, String tensor) {

  /** Each layer runs in both directions before the next one begins. */
  private static final String STACK = "stack_bidirectional_rnn/cell_";

  private static final String DIRECTIONS = "bidirectional_rnn/";
  private static final String LAYERS = "multi_rnn_cell/cell_";

  private static final Pattern FORM =
      Pattern.compile(
          "(?<cellScope>(?<scope>(.*?/)??)"
              + ("(" + STACK + "(?<stack>\\d{1,6})/)?")
              + ("(" + DIRECTIONS + "(?<direction>fw|bw)/)?")
              + ("(" + LAYERS + "(?<layer>\\d{1,6})/)?")
              + "(?<cell>basic_rnn_cell|basic_lstm_cell|lstm_cell|gru_cell)/)"
              + "(?<tensor>.+)");

  /** One direction of a layer. */
  record Place(int layer, boolean reverse) {}

  /**
   * Takes a name apart.
   *
   * @return nothing if it names no cell of these
   * @throws IllegalArgumentException if its cells are arranged as no network here is
   */
  static Optional<TensorFlowName> parse(String name) {
    Matcher form = FORM.matcher(name);
    if (!form.matches()) {
      return Optional.empty();
    }
    boolean directed = form.group("direction") != null;
    if (directed && form.group("layer") != null && Integer.parseInt(form.group("layer")) > 0) {
      throw new IllegalArgumentException(
          ("'%s' is of layers that run upon each other in one direction and apart from those of the"
                  + " other; here each layer reads both directions of the one below"
                  + " (stack_bidirectional_dynamic_rnn)")
              .formatted(name));
    }
    String layer = form.group(form.group("stack") != null ? "stack" : "layer");
    Place place =
        new Place(
            layer == null ? 0 : Integer.parseInt(layer),
            directed && form.group("direction").equals("bw"));
    TensorFlowCell cell =
        switch (form.group("cell")) {
          case "basic_rnn_cell" -> TensorFlowCell.RNN;
          case "gru_cell" -> TensorFlowCell.GRU;
          default -> TensorFlowCell.LSTM;
        };
    return Optional.of(
        new TensorFlowName(
            form.group("scope"), place, cell, form.group("cellScope"), form.group("tensor")));
  }

  /** The scope, with a slash behind it, in which a network's cell keeps its variables. */
  static String cellScope(NetworkSpec spec, Place place) {
    LayerSpec layer = spec.layers().get(place.layer());
    String cell = TensorFlowCell.of(layer.cell()).cellName() + "/";
    boolean stacked = spec.layers().size() > 1;
    if (!layer.bidirectional()) {
      return "rnn/" + (stacked ? LAYERS + place.layer() + "/" : "") + cell;
    }
    String direction = DIRECTIONS + (place.reverse() ? "bw/" : "fw/");
    return (stacked ? STACK + place.layer() + "/" : "") + direction + cell;
  }
}
