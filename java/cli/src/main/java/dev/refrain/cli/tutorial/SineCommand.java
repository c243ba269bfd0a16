package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code refrain tutorial sine}. */
@Command(
    name = "sine",
    header = "A hundred neurons learn to continue a sine wave.",
    description = {
      "",
      "250 points of sin(x) on [0,10]; sequences of 30 steps that begin at random x, one a training"
          + " step; 100 relu neurons and a projection to one output; Adam on the mean squared"
          + " error, which is printed for every 100th iteration. Then the network predicts a"
          + " training instance one step ahead, and generates a series from zeros and from the"
          + " first points."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial sine",
      "  refrain tutorial sine --cell gru --learning-rate 0.001",
      "  refrain tutorial sine --compare --out cells"
    })
final class SineCommand implements Runnable {
  private static final String NAME = "sine";

  @Spec private CommandSpec spec;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      converter = TutorialCell.Name.class,
      description = TutorialCell.DESCRIPTION + " Default: rnn.")
  private TutorialCell cell;

  @Option(
      names = "--compare",
      description = "Train all these cells, from the same seed, and draw them into one picture.")
  private boolean compare;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 100.")
  private int neurons;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.0001",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.0001.")
  private double learningRate;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "2000",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 2000.")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.CountOrZero.class,
      description = "Of initial weights and sequences. Default: 101.")
  private int seed;

  @Mixin private TutorialOptions options;

  @Override
  public void run() {
    if (iterations > Sine.MOST_ITERATIONS) {
      throw new BadInputException(
          "--iterations is %d; give at most %d".formatted(iterations, Sine.MOST_ITERATIONS));
    }
    if (compare && cell != null) {
      throw new BadInputException("--compare trains all cells; leave out --cell or --compare");
    }
    OutputFolder folder = options.folder(NAME);
    PrintWriter out = spec.commandLine().getOut();
    try (Kernels kernels = options.open()) {
      if (!options.json()) {
        out.printf("Computed on %s.%n%n", kernels.description());
      }
      RunRecord record = record(kernels);
      folder.write("series", SineCharts.data());
      Map<String, Object> report =
          compare ? compare(kernels, folder, record, out) : runOne(kernels, folder, record, out);
      record.write(folder);
      if (options.json()) {
        report.put("device", kernels.device().toString());
        report.put("files", folder.files());
        out.println(Json.line(report));
      } else {
        out.printf("%nWritten:%n");
        folder.files().forEach(file -> out.println("  " + file));
      }
    } catch (NonFiniteLossException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    out.flush();
  }

  private RunRecord record(Kernels kernels) {
    return new RunRecord("tutorial " + NAME, kernels.description())
        .configured("cell", compare ? "all" : chosen().toString())
        .configured("neurons", neurons)
        .configured("learning rate", learningRate)
        .configured("iterations", iterations)
        .configured("seed", seed);
  }

  private TutorialCell chosen() {
    return cell == null ? TutorialCell.RNN : cell;
  }

  private Map<String, Object> runOne(
      Kernels kernels, OutputFolder folder, RunRecord record, PrintWriter out) throws IOException {
    Sine.Outcome outcome = train(kernels, chosen(), out, network -> keep(network, folder));
    addTo(record, chosen(), outcome);
    folder.write("losses", SineCharts.losses(chosen().toString(), outcome.losses()));
    folder.write("prediction", SineCharts.prediction(outcome.prediction()));
    folder.write("generated", SineCharts.generated(outcome));
    return toJson(outcome);
  }

  private Map<String, Object> compare(
      Kernels kernels, OutputFolder folder, RunRecord record, PrintWriter out) throws IOException {
    Map<String, Sine.Outcome> outcomes = new LinkedHashMap<>();
    Map<String, Object> cells = new LinkedHashMap<>();
    for (TutorialCell each : TutorialCell.values()) {
      if (!options.json()) {
        out.printf("%s%n", each);
      }
      Sine.Outcome outcome = train(kernels, each, out, network -> {});
      outcomes.put(each.toString(), outcome);
      cells.put(each.toString(), toJson(outcome));
      addTo(record, each, outcome);
    }
    folder.write("comparison", SineCharts.comparison(outcomes));
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("cells", cells);
    return report;
  }

  private Sine.Outcome train(
      Kernels kernels, TutorialCell which, PrintWriter out, Sine.Keeper keeper) throws IOException {
    Sine sine = new Sine(which, neurons, learningRate, iterations, seed);
    Sine.Outcome outcome = sine.run(kernels, loss -> print(loss, out), keeper);
    if (!options.json()) {
      out.printf("MSE over all sequences of the series: %.6f%n", outcome.seriesMse());
    }
    return outcome;
  }

  private static void keep(Network network, OutputFolder folder) {
    folder.write(
        "model.safetensors", file -> Checkpoint.save(file, network, Map.of("tutorial", NAME)));
  }

  private void print(PrintedLoss loss, PrintWriter out) {
    if (!options.json()) {
      out.println(loss.iteration() + "\tMSE: " + loss.value());
      out.flush();
    }
  }

  private static void addTo(RunRecord record, TutorialCell cell, Sine.Outcome outcome) {
    record.measured("MSE over all sequences, " + cell, outcome.seriesMse());
    outcome.losses().forEach(loss -> record.loss(cell.toString(), loss.iteration(), loss.value()));
  }

  private static Map<String, Object> toJson(Sine.Outcome outcome) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(
        "losses",
        outcome.losses().stream().map(loss -> List.of(loss.iteration(), loss.value())).toList());
    object.put("seriesMse", Json.number(outcome.seriesMse()));
    object.put("prediction", Json.numbers(outcome.prediction()));
    object.put("fromZeros", Json.numbers(outcome.fromZeros()));
    object.put("fromInstance", Json.numbers(outcome.fromInstance()));
    return object;
  }
}
