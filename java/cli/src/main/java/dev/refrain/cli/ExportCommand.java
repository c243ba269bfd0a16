package dev.refrain.cli;

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

/** {@code refrain export MODEL FILE}: weights under PyTorch's names. */
@Command(
    name = "export",
    header = "Writes a model's weights under PyTorch's names, as safetensors.",
    description = {
      "",
      "The file holds weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 and so on, as the state of"
          + " torch.nn.RNN, LSTM or GRU, and linear.weight and linear.bias of a torch.nn.Linear"
          + " behind it."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  refrain export refrain-out/train/model.safetensors w.safetensors"})
final class ExportCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A model or checkpoint.")
  private Path model;

  @Parameters(index = "1", paramLabel = "FILE", description = "Where to write.")
  private Path file;

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
    Checkpoint checkpoint;
    try {
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
      PytorchWeights.write(file, network, group);
    } catch (IllegalArgumentException e) {
      throw new BadInputException("'%s': %s".formatted(model, e.getMessage()), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", file.toString());
      object.put("network", checkpoint.spec().toString());
      out.println(Json.line(object));
    } else {
      out.println(file);
    }
    out.flush();
  }
}
