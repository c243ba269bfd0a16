package dev.refrain.cli;

import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.LayerSpec;
import dev.refrain.network.NetworkSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a network is, in words for people. */
final class NetworkWords {
  private NetworkWords() {}

  /** Such as "1 input, GRU of 32 units (tanh, reset after), projection to 1". */
  static String of(NetworkSpec spec) {
    List<String> parts = new ArrayList<>();
    parts.add(spec.inputs() == 1 ? "1 input" : spec.inputs() + " inputs");
    int same = 1;
    for (int l = 0; l < spec.layers().size(); l += same) {
      LayerSpec layer = spec.layers().get(l);
      same = 1;
      while (l + same < spec.layers().size() && spec.layers().get(l + same).equals(layer)) {
        same++;
      }
      parts.add((same > 1 ? same + " layers of " : "") + layer(layer));
    }
    if (spec.dropout() > 0) {
      parts.add("dropout of " + spec.dropout() + " between them");
    }
    if (spec.projection() > 0) {
      parts.add("projection to " + spec.projection());
    }
    return String.join(", ", parts);
  }

  private static String layer(LayerSpec layer) {
    Cell cell = layer.cell();
    List<String> details = new ArrayList<>();
    details.add(word(cell.activation()));
    String kind = "RNN";
    if (cell instanceof LstmCell lstm) {
      kind = "LSTM";
      details.add("forget bias " + lstm.forgetBias());
      if (lstm.peepholes()) {
        details.add("peepholes");
      }
      if (lstm.cellClip() > 0) {
        details.add("cell clip " + lstm.cellClip());
      }
      if (lstm.hasProjection()) {
        details.add("projected to " + lstm.projection());
      }
    } else if (cell instanceof GruCell gru) {
      kind = "GRU";
      details.add(word(gru.form()));
    }
    return "%s%s of %d units (%s)"
        .formatted(
            layer.bidirectional() ? "bidirectional " : "",
            kind,
            layer.hidden(),
            String.join(", ", details));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
