package dev.refrain.cli.tutorial;

import dev.refrain.cli.OptionTypes;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.kernels.RnnCell;
import dev.refrain.network.NetworkSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;

/** The cells that the notebooks invite to play with, with TensorFlow 1's defaults. */
enum TutorialCell {
  /** Neurons with the relu activation. */
  RNN(new RnnCell(Activation.RELU), 1),
  LSTM(new LstmCell(Activation.TANH), 1),
  GRU(new GruCell(Activation.TANH, GruForm.RESET_BEFORE), 1),
  LSTM_RELU(new LstmCell(Activation.RELU), 1),
  MULTI_RNN(new RnnCell(Activation.RELU), 3),
  MULTI_LSTM(new LstmCell(Activation.TANH), 3);

  static final String DESCRIPTION =
      "rnn (relu neurons), lstm, gru, lstm-relu (an LSTM with relu for tanh), multi-rnn or"
          + " multi-lstm (three layers).";

  private final Cell cell;
  private final int layers;

  TutorialCell(Cell cell, int layers) {
    this.cell = cell;
    this.layers = layers;
  }

  /** The notebooks' network: these layers, and a linear projection to one output at each step. */
  NetworkSpec network(int neurons) {
    NetworkSpec.Builder spec = NetworkSpec.builder(1);
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell, neurons);
    }
    return spec.projection(1).build();
  }

  Cell cell() {
    return cell;
  }

  int layers() {
    return layers;
  }

  /** As the option {@code --cell} knows it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All of them, as the option knows them. */
  static List<String> names() {
    return Arrays.stream(values()).map(TutorialCell::toString).toList();
  }

  static final class Name implements ITypeConverter<TutorialCell> {
    @Override
    public TutorialCell convert(String word) {
      Map<String, TutorialCell> cells = new LinkedHashMap<>();
      for (TutorialCell cell : values()) {
        cells.put(cell.toString(), cell);
      }
      return OptionTypes.named(word, cells);
    }
  }
}
