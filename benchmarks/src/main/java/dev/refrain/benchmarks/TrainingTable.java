package dev.refrain.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the training benchmarks, PyTorch's where the profile {@code peers} compiled them, and prints
 * one table: steps/s, GFLOP/s, share of the cores' measured multiply-add peak, and the ratio to
 * PyTorch's better thread count. Arguments: the program {@code fma_peak} of the native build, then
 * options of JMH. Each figure is the median of the iterations; the peak is taken before and after
 * each shape.
 */
public final class TrainingTable {
  private static final int THREADS = 2;
  private static final String PEER = "TorchTrainingBenchmark";

  private final String peakProgram;
  private final CommandLineOptions jmh;

  private TrainingTable(String peakProgram, CommandLineOptions jmh) {
    this.peakProgram = peakProgram;
    this.jmh = jmh;
  }

  /** See the class. */
  public static void main(String[] arguments)
      throws RunnerException, CommandLineOptionException, IOException, InterruptedException {
    if (arguments.length == 0) {
      System.err.println("usage: TrainingTable FMA_PEAK_PROGRAM [JMH OPTION ...]");
      System.exit(2);
    }
    String[] options = Arrays.copyOfRange(arguments, 1, arguments.length);
    new TrainingTable(arguments[0], new CommandLineOptions(options)).print();
  }

  private void print() throws RunnerException, IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    lines.add(
        "| training step | MFLOP | Refrain 1 thread | Refrain 2 threads | GFLOP/s | share of FMA peak"
            + " | PyTorch 1 thread | PyTorch 2 threads | ratio to PyTorch's best |");
    lines.add("|---|---|---|---|---|---|---|---|---|");
    for (TrainingShape shape : TrainingShape.values()) {
      lines.add(row(shape));
      System.out.println(String.join("\n", lines));
    }
  }

  private String row(TrainingShape shape)
      throws RunnerException, IOException, InterruptedException {
    double peakBefore = peakGflops();
    Map<String, Double> speeds = measure(shape);
    double peak = Math.max(peakBefore, peakGflops());
    double one = speeds.get("refrain 1");
    double two = speeds.get("refrain 2");
    double best = Math.max(one, two);
    double gflops = best * shape.flops() * 1e-9;
    OptionalDouble peer =
        speeds.entrySet().stream()
            .filter(e -> e.getKey().startsWith("torch"))
            .mapToDouble(Map.Entry::getValue)
            .max();
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.1f | %.1f | %.0f %% of %.0f | %s | %s | %s |",
        shape,
        shape.flops() * 1e-6,
        one,
        two,
        gflops,
        100 * gflops / peak,
        peak,
        number(speeds.get("torch 1")),
        number(speeds.get("torch 2")),
        peer.isPresent()
            ? String.format(Locale.ROOT, "%.2f", best / peer.getAsDouble())
            : "not run");
  }

  private static String number(Double speed) {
    return speed == null ? "not run" : String.format(Locale.ROOT, "%.1f", speed);
  }

  private Map<String, Double> measure(TrainingShape shape) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .parent(jmh)
                    .include("TrainingBenchmark.step")
                    .param("shape", shape.name())
                    .param("threads", "1", "2")
                    .build())
            .run();
    Map<String, Double> speeds = new TreeMap<>();
    for (RunResult result : results) {
      String who = result.getParams().getBenchmark().contains(PEER) ? "torch " : "refrain ";
      speeds.put(
          who + result.getParams().getParam("threads"),
          result.getPrimaryResult().getStatistics().getPercentile(50));
    }
    return speeds;
  }

  private double peakGflops() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(peakProgram, Integer.toString(THREADS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    if (process.waitFor() != 0) {
      throw new IOException(peakProgram + " failed: " + output);
    }
    return Double.parseDouble(output);
  }
}
