package dev.refrain.cli;

import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.PytorchWeights;
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

/** {@code refrain import FILE MODEL}: weights under PyTorch's names become a model. */
@Command(
    name = "import",
    header = "Makes a model of weights under PyTorch's names.",
    description = {
      "",
      "Reads what 'refrain export' writes, or what safetensors.torch.save_file writes of the state"
          + " of a torch.nn.RNN, LSTM or GRU, with linear.weight and linear.bias if there is a"
          + " projection. Cell, layers and sizes follow from names and shapes."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  refrain import weights.safetensors model.safetensors"})
final class ImportCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "Weights as safetensors.")
  private Path file;

  @Parameters(index = "1", paramLabel = "MODEL", description = "Where to write.")
  private Path model;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      defaultValue = "tanh",
      converter = OptionTypes.ActivationName.class,
      description = "Of an RNN, which the file does not tell: tanh or relu. Default: tanh.")
  private Activation activation;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    String network;
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
      object.put("network", network);
      out.println(Json.line(object));
    } else {
      out.println(network);
    }
    out.flush();
  }

  private Network read(Kernels kernels) {
    try {
      return PytorchWeights.read(file, kernels, activation);
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }
}
