package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain import FILE MODEL}: weights under another framework's names become a model. */
@Command(
    name = "import",
    header = "Makes a model of weights under the names of PyTorch or TensorFlow 1.",
    description = {
      "",
      "Reads what 'refrain export' writes. Cell, layers and sizes follow from names and shapes.",
      "Of PyTorch: what safetensors.torch.save_file or numpy.savez writes of the state of a"
          + " torch.nn.RNN, LSTM or GRU, with linear.weight and linear.bias if there is a"
          + " projection.",
      "Of TensorFlow 1: what numpy.savez writes of the variables of BasicRNNCell, BasicLSTMCell,"
          + " LSTMCell or GRUCell, by their names, with an output layer if there is one."
          + " An optimizer's variables are passed over."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain import weights.safetensors model.safetensors",
      "  refrain import variables.npz model.safetensors --layout tensorflow1 --activation relu"
    })
final class ImportCommand implements Runnable {
  /** What TensorFlow's LSTM cells have unless they are told otherwise. */
  private static final double FORGET_BIAS = 1;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "Weights: NAME.safetensors or NAME.npz.")
  private Path file;

  @Parameters(index = "1", paramLabel = "MODEL", description = "Where to write.")
  private Path model;

  @Mixin private WeightLayout.Choice layout;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "tanh",
      converter = OptionTypes.ActivationName.class,
      description =
          "Of the cells, which the file does not tell. PyTorch's LSTM and GRU have tanh alone."
              + " Default: tanh.")
  private Activation activation;

  @Option(
      names = "--forget-bias",
      paramLabel = "NUMBER",
      description =
          "Of TensorFlow's LSTMs, which add it when they run: the file does not tell. Default: 1.")
  private Double forgetBias;

  @Option(
      names = "--cell-clip",
      paramLabel = "NUMBER",
      description = "Of TensorFlow's LSTMs: the file does not tell. Default: 0, for none.")
  private Double cellClip;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    // Numbers are moved, nothing is computed: where, is not worth a remark.
    Logging.warningsOnly();
    String network;
    if (layout.chosen() != WeightLayout.TENSORFLOW1 && (forgetBias != null || cellClip != null)) {
      throw new BadInputException(
          "--forget-bias and --cell-clip are of TensorFlow's LSTMs; PyTorch's have none");
    }
    try (Kernels kernels = device.open();
        Network read = read(kernels)) {
      Checkpoint.save(model, read, Map.of("imported", file.getFileName().toString()));
      network = read.spec().toString();
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", model.toString());
      object.put("layout", layout.chosen().toString());
      object.put("network", network);
      out.println(Json.line(object));
    } else {
      out.println(network);
    }
    out.flush();
  }

  private Network read(Kernels kernels) {
    try {
      return layout
          .chosen()
          .read(
              file,
              kernels,
              activation,
              forgetBias == null ? FORGET_BIAS : forgetBias,
              cellClip == null ? 0 : cellClip);
    } catch (IOException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }
}
