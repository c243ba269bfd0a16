package dev.refrain.cli.tutorial;

import dev.refrain.cli.DeviceOption;
import dev.refrain.cli.Json;
import dev.refrain.kernels.Kernels;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code refrain tutorial bare-rnn}. */
@Command(
    name = "bare-rnn",
    header = "Two steps of a recurrent network, unrolled by hand.",
    description = {
      "",
      "Computes Y0 = tanh(X0 Wx + b) and Y1 = tanh(Y0 Wy + X1 Wx + b) with the weights that"
          + " TensorFlow 1 draws for graph seed 42, for the lab's batches and for those of the"
          + " bootcamp's variant. An engine computes them, in one call of rnnForward."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {"", "Example:", "  refrain tutorial bare-rnn --device reference"})
final class BareRnnCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    try (Kernels kernels = device.open()) {
      float[][][] lab = BareRnn.LAB.run(kernels);
      float[][][] bootcamp = BareRnn.BOOTCAMP.run(kernels);
      if (json) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("lab", toJson(lab));
        report.put("bootcamp", toJson(bootcamp));
        report.put("device", kernels.device().toString());
        out.println(Json.line(report));
      } else {
        out.printf("Computed by rnnForward (T = 2) on %s.%n", kernels.description());
        print(BareRnn.LAB, lab, out);
        print(BareRnn.BOOTCAMP, bootcamp, out);
      }
    }
    out.flush();
  }

  private static Map<String, Object> toJson(float[][][] steps) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int t = 0; t < steps.length; t++) {
      List<Object> rows = new ArrayList<>();
      for (float[] row : steps[t]) {
        rows.add(Json.numbers(row));
      }
      object.put("Y" + t, rows);
    }
    return object;
  }

  private static void print(BareRnn variant, float[][][] steps, PrintWriter out) {
    out.printf("%n%s%n", variant.title());
    float[][][] inputs = {variant.x0(), variant.x1()};
    for (int t = 0; t < steps.length; t++) {
      for (int n = 0; n < steps[t].length; n++) {
        out.printf(
            "  %-3s %-18s %-3s %s%n",
            n == 0 ? "X" + t : "",
            formatted(inputs[t][n], "%.0f"),
            n == 0 ? "Y" + t : "",
            formatted(steps[t][n], "%11.8f"));
      }
    }
  }

  private static String formatted(float[] row, String format) {
    List<String> numbers = new ArrayList<>();
    for (float value : row) {
      numbers.add(String.format(format, value));
    }
    return numbers.stream().collect(Collectors.joining(" ", "[", "]"));
  }
}
