package dev.refrain.network;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A {@link NetworkSpec} as pairs of strings, such as {@code network.layer0.cell = lstm}, for the
 * metadata of a file.
 */
final class SpecText {
  private final Map<String, String> pairs;

  private SpecText(Map<String, String> pairs) {
    this.pairs = pairs;
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
      pairs.put(prefix + "activation", text(layer.cell().activation()));
      writeCell(pairs, prefix, layer.cell());
    }
    pairs.put("network.dropout", String.valueOf(spec.dropout()));
    pairs.put("network.projection", String.valueOf(spec.projection()));
    pairs.put("network.recurrent_bias", String.valueOf(spec.recurrentBias()));
    pairs.put("network.initialization", text(spec.initialization()));
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
      pairs.put(prefix + "form", text(gru.form()));
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
    NetworkSpec.Builder builder = NetworkSpec.builder(whole("network.inputs"));
    int layers = whole("network.layers");
    for (int l = 0; l < layers; l++) {
      String prefix = prefix(l);
      builder.layer(
          new LayerSpec(cell(prefix), whole(prefix + "hidden"), flag(prefix + "bidirectional")));
    }
    return builder
        .dropout(number("network.dropout"))
        .projection(whole("network.projection"))
        .recurrentBias(flag("network.recurrent_bias"))
        .initialization(constant("network.initialization", Initialization.values()))
        .build();
  }

  private Cell cell(String prefix) {
    String name = value(prefix + "cell");
    Activation activation = constant(prefix + "activation", Activation.values());
    return switch (name) {
      case "rnn" -> new RnnCell(activation);
      case "lstm" ->
          new LstmCell(
              activation,
              number(prefix + "forget_bias"),
              flag(prefix + "peepholes"),
              number(prefix + "cell_clip"),
              whole(prefix + "projection"));
      case "gru" -> new GruCell(activation, constant(prefix + "form", GruForm.values()));
      default -> throw unusable(prefix + "cell", name, "one of rnn, lstm, gru");
    };
  }

  private static String prefix(int layer) {
    return "network.layer" + layer + ".";
  }

  private String value(String key) {
    String value = pairs.get(key);
    if (value == null) {
      throw new IllegalArgumentException("'" + key + "' is missing");
    }
    return value;
  }

  private int whole(String key) {
    try {
      return Integer.parseInt(value(key));
    } catch (NumberFormatException e) {
      throw unusable(key, value(key), "a whole number");
    }
  }

  private double number(String key) {
    try {
      return Double.parseDouble(value(key));
    } catch (NumberFormatException e) {
      throw unusable(key, value(key), "a number");
    }
  }

  private boolean flag(String key) {
    return switch (value(key)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw unusable(key, value(key), "true or false");
    };
  }

  private <E extends Enum<E>> E constant(String key, E[] constants) {
    return Arrays.stream(constants)
        .filter(constant -> text(constant).equals(value(key)))
        .findFirst()
        .orElseThrow(() -> unusable(key, value(key), "one of " + texts(constants)));
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String texts(Enum<?>[] constants) {
    return List.of(constants).stream().map(SpecText::text).collect(Collectors.joining(", "));
  }

  private static IllegalArgumentException unusable(String key, String value, String wanted) {
    return new IllegalArgumentException("'" + key + "' is '" + value + "', not " + wanted);
  }
}
