package dev.refrain.cli;

import dev.refrain.network.Network;
import dev.refrain.network.PytorchWeights;
import dev.refrain.network.TensorFlowWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Under whose names, and in whose order, a file keeps weights. */
enum WeightLayout {
  /** torch.nn.RNN, LSTM and GRU. */
  PYTORCH {
    @Override
    void write(Path file, Network network, int group) throws IOException {
      PytorchWeights.write(file, network, group);
    }
  },

  /** BasicRNNCell, BasicLSTMCell, LSTMCell and GRUCell. */
  TENSORFLOW1 {
    @Override
    void write(Path file, Network network, int group) throws IOException {
      TensorFlowWeights.write(file, network, group);
    }
  };

  abstract void write(Path file, Network network, int group) throws IOException;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@code --layout}. */
  static final class Choice {
    @Option(
        names = "--layout",
        paramLabel = "NAME",
        defaultValue = "pytorch",
        converter = Name.class,
        description = "Whose names and order: pytorch or tensorflow1. Default: pytorch.")
    private WeightLayout layout;

    WeightLayout chosen() {
      return layout;
    }
  }

  static final class Name implements ITypeConverter<WeightLayout> {
    @Override
    public WeightLayout convert(String word) {
      return OptionTypes.named(word, values());
    }
  }
}
