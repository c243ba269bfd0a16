package dev.refrain.network;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@link NetworkSpec} as pairs of strings, such as {@code network.layer0.cell = lstm}, for the
 * metadata of a file.
 */
final class SpecText {
  private final TextPairs pairs;

  private SpecText(Map<String, String> pairs) {
    this.pairs = new TextPairs(pairs);
  }

  static Map<String, String> write(NetworkSpec spec) {
    Map<String, String> pairs = new LinkedHashMap<>();
    pairs.put("network.inputs", String.valueOf(spec.inputs()));
    pairs.put("network.layers", String.valueOf(spec.layers().size()));
    for (int l = 0; l < spec.layers().size(); l++) {
      String prefix = prefix(l);
      LayerSpec layer = spec.layers().get(l);
      pairs.put(prefix + "hidden", String.valueOf(layer.hidden()));
      pairs.put(prefix + "bidirectional", String.valueOf(layer.bidirectional()));
      pairs.put(prefix + "activation", TextPairs.text(layer.cell().activation()));
      writeCell(pairs, prefix, layer.cell());
    }
    pairs.put("network.dropout", String.valueOf(spec.dropout()));
    pairs.put("network.projection", String.valueOf(spec.projection()));
    pairs.put("network.recurrent_bias", String.valueOf(spec.recurrentBias()));
    pairs.put("network.initialization", TextPairs.text(spec.initialization()));
    return pairs;
  }

  private static void writeCell(Map<String, String> pairs, String prefix, Cell cell) {
    if (cell instanceof LstmCell lstm) {
      pairs.put(prefix + "cell", "lstm");
      pairs.put(prefix + "forget_bias", String.valueOf(lstm.forgetBias()));
      pairs.put(prefix + "peepholes", String.valueOf(lstm.peepholes()));
      pairs.put(prefix + "cell_clip", String.valueOf(lstm.cellClip()));
      pairs.put(prefix + "projection", String.valueOf(lstm.projection()));
    } else if (cell instanceof GruCell gru) {
      pairs.put(prefix + "cell", "gru");
      pairs.put(prefix + "form", TextPairs.text(gru.form()));
    } else {
      pairs.put(prefix + "cell", "rnn");
    }
  }

  /**
   * Reads what {@link #write} wrote; other pairs may stand between.
   *
   * @throws IllegalArgumentException if a pair is missing or its value cannot be used; the message
   *     names both
   */
  static NetworkSpec read(Map<String, String> pairs) {
    return new SpecText(pairs).read();
  }

  private NetworkSpec read() {
    NetworkSpec.Builder builder = NetworkSpec.builder(pairs.whole("network.inputs"));
    int layers = pairs.whole("network.layers");
    for (int l = 0; l < layers; l++) {
      String prefix = prefix(l);
      builder.layer(
          new LayerSpec(
              cell(prefix), pairs.whole(prefix + "hidden"), pairs.flag(prefix + "bidirectional")));
    }
    return builder
        .dropout(pairs.number("network.dropout"))
        .projection(pairs.whole("network.projection"))
        .recurrentBias(pairs.flag("network.recurrent_bias"))
        .initialization(pairs.constant("network.initialization", Initialization.values()))
        .build();
  }

  private Cell cell(String prefix) {
    String name = pairs.value(prefix + "cell");
    Activation activation = pairs.constant(prefix + "activation", Activation.values());
    return switch (name) {
      case "rnn" -> new RnnCell(activation);
      case "lstm" ->
          new LstmCell(
              activation,
              pairs.number(prefix + "forget_bias"),
              pairs.flag(prefix + "peepholes"),
              pairs.number(prefix + "cell_clip"),
              pairs.whole(prefix + "projection"));
      case "gru" -> new GruCell(activation, pairs.constant(prefix + "form", GruForm.values()));
      default -> throw TextPairs.unusable(prefix + "cell", name, "one of rnn, lstm, gru");
    };
  }

  private static String prefix(int layer) {
    return "network.layer" + layer + ".";
  }
}
