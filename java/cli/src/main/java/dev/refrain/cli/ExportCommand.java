package dev.refrain.cli;

import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain export MODEL FILE}: weights under another framework's names. */
@Command(
    name = "export",
    header = "Writes a model's weights under the names of PyTorch or TensorFlow 1.",
    description = {
      "",
      "Under PyTorch's the file holds weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 and so on,"
          + " as the state of torch.nn.RNN, LSTM or GRU, and linear.weight and linear.bias of a"
          + " torch.nn.Linear behind it.",
      "Under TensorFlow 1's it holds the fused kernels of BasicRNNCell, LSTMCell or GRUCell, such as"
          + " rnn/multi_rnn_cell/cell_0/lstm_cell/kernel, and dense/kernel of a tf.layers.dense"
          + " behind them; forget bias, clip and activation are told to the cell, not kept."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain export refrain-out/train/model.safetensors w.safetensors",
      "  refrain export refrain-out/train/model.safetensors w.npz --layout tensorflow1"
    })
final class ExportCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A model or checkpoint.")
  private Path model;

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "Where to write: NAME.safetensors or NAME.npz.")
  private Path file;

  @Mixin private WeightLayout.Choice layout;

  @Option(
      names = "--group",
      paramLabel = "NUMBER",
      defaultValue = "0",
      converter = OptionTypes.CountOrZero.class,
      description = "Which of the model's networks, from 0. Default: 0.")
  private int group;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    // Numbers are moved, nothing is computed: where, is not worth a remark.
    Logging.warningsOnly();
    Checkpoint checkpoint;
    try {
      if (Files.exists(file) && Files.exists(model) && Files.isSameFile(model, file)) {
        throw new BadInputException(
            "'%s' is the model itself, which would be lost; name another file".formatted(file));
      }
      checkpoint = Checkpoint.load(model);
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
    if (group >= checkpoint.groups()) {
      throw new BadInputException(
          "--group is %d; '%s' has %d networks, from 0"
              .formatted(group, model, checkpoint.groups()));
    }
    try (Kernels kernels = device.open();
        Network network = checkpoint.network(kernels)) {
      layout.chosen().write(file, network, group);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", file.toString());
      object.put("layout", layout.chosen().toString());
      object.put("network", NetworkWords.of(checkpoint.spec()));
      object.put("group", group);
      object.put("groups", checkpoint.groups());
      out.println(Json.line(object));
    } else {
      out.println(file + ": " + NetworkWords.of(checkpoint.spec()));
      if (checkpoint.groups() > 1) {
        out.printf(
            "network %d of the %d of '%s', from 0; --group chooses another%n",
            group, checkpoint.groups(), model);
      }
    }
    out.flush();
  }
}
