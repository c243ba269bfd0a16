package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.OtherModulesException;
import dev.refrain.network.PytorchModules;
import dev.refrain.network.PytorchWeights;
import dev.refrain.network.TensorFlowWeights;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
          + " torch.nn.RNN, LSTM or GRU, or of a module that holds one, such as rnn.weight_ih_l0,"
          + " with the torch.nn.Linear behind it, such as fc.weight, if there is one. Modules"
          + " without biases get zeros.",
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
      "  refrain import seq2seq.safetensors model.safetensors --prefix encoder.rnn --no-linear",
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
      names = "--prefix",
      paramLabel = "NAME",
      description =
          "Of PyTorch: the recurrent module to read, such as encoder.rnn for"
              + " encoder.rnn.weight_ih_l0; other modules are passed over. Default: the only one.")
  private String prefix;

  @Option(
      names = "--linear",
      paramLabel = "NAME",
      description =
          "Of PyTorch: the linear module behind it, such as fc for fc.weight; other modules are"
              + " passed over. Default: the only one that fits.")
  private String linear;

  @Option(names = "--no-linear", description = "Of PyTorch: read no linear module.")
  private boolean noLinear;

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

  /** What was assumed, and what was passed over. */
  private final List<String> remarks = new ArrayList<>();

  @Override
  public void run() {
    // Numbers are moved, nothing is computed: where, is not worth a remark.
    Logging.warningsOnly();
    String network;
    if (linear != null && noLinear) {
      throw new BadInputException("--linear names a module that --no-linear leaves out");
    }
    if (layout.chosen() != WeightLayout.PYTORCH && !modules().equals(PytorchModules.ONLY)) {
      throw new BadInputException(
          "--prefix, --linear and --no-linear are of PyTorch's modules; TensorFlow's have scopes");
    }
    if (layout.chosen() != WeightLayout.TENSORFLOW1 && (forgetBias != null || cellClip != null)) {
      throw new BadInputException(
          "--forget-bias and --cell-clip are of TensorFlow's LSTMs; PyTorch's have none");
    }
    try (Kernels kernels = device.open();
        Network read = read(kernels)) {
      Checkpoint.save(model, read, Map.of("imported", file.getFileName().toString()));
      network = NetworkWords.of(read.spec());
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", model.toString());
      object.put("layout", layout.chosen().toString());
      object.put("network", network);
      object.put("remarks", remarks);
      out.println(Json.line(object));
    } else {
      out.println(model + ": " + network);
      remarks.forEach(out::println);
    }
    out.flush();
  }

  private PytorchModules modules() {
    PytorchModules modules = PytorchModules.ONLY;
    if (prefix != null) {
      modules = modules.recurrent(prefix);
    }
    if (linear != null) {
      modules = modules.linear(linear);
    }
    return noLinear ? modules.withoutLinear() : modules;
  }

  private Network read(Kernels kernels) {
    try {
      return switch (layout.chosen()) {
        case PYTORCH -> PytorchWeights.read(file, kernels, activation, modules(), remarks::add);
        case TENSORFLOW1 ->
            TensorFlowWeights.read(
                file,
                kernels,
                activation,
                forgetBias == null ? FORGET_BIAS : forgetBias,
                cellClip == null ? 0 : cellClip);
      };
    } catch (OtherModulesException e) {
      throw new BadInputException(
          e.getMessage() + " (options --prefix, --linear and --no-linear)", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }
}
