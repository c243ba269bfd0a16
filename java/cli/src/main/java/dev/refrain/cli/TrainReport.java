package dev.refrain.cli;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.Trainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code refrain train} tells of a training that has come to its end. */
final class TrainReport {
  /** Steps whose mean loss is told. */
  static final int LAST_STEPS = 100;

  private static final int POINTS_DRAWN = 300;

  private final TrainOptions options;
  private final Trainer trainer;
  private final Kernels kernels;

  /** Null where there were none. */
  private final ValidationLooks looks;

  /** All that are kept. */
  private final double[] losses;

  private final double last;

  /**
   * Gathers it.
   *
   * @param looks null where there were none
   */
  TrainReport(TrainOptions options, Trainer trainer, Kernels kernels, ValidationLooks looks) {
    this.options = options;
    this.trainer = trainer;
    this.kernels = kernels;
    this.looks = looks;
    int kept = (int) Math.min(trainer.steps(), trainer.state().historyLength());
    losses = trainer.lastLosses(kept).get(0);
    last = Arrays.stream(losses, Math.max(0, kept - LAST_STEPS), kept).average().orElse(Double.NaN);
  }

  /** What is wrong with the model; the best of several looks may be good whatever came later. */
  private Optional<String> warning() {
    return looks == null
        ? PlainGuess.MEAN_OF_SCALED.warning(last, options.learningRate())
        : looks.guess().warning(looks.leastError(), options.learningRate());
  }

  /**
   * Writes the losses and the record of the run.
   *
   * @param file that was learnt
   * @param words the options of the training
   */
  void write(OutputFolder folder, String file, Map<String, String> words) {
    RunRecord record = new RunRecord("train", kernels.description());
    record.configured("file", Path.of(file).getFileName().toString());
    words.forEach((name, word) -> record.configured(name.substring(2), word));
    record.configured("steps", trainer.steps());
    record.measured("mean loss of the last 100 steps", last);
    if (looks != null) {
      record.measured("validation error", looks.leastError());
      record.measured("step of the model", (double) looks.bestStep());
    }
    warning().ifPresent(record::warn);
    drawLosses(folder, record);
    record.write(folder);
  }

  /** Means over so many steps that the picture can show them. */
  private void drawLosses(OutputFolder folder, RunRecord record) {
    int width = Math.max(1, losses.length / POINTS_DRAWN);
    int points = losses.length / width;
    if (points == 0) {
      return;
    }
    long firstStep = trainer.steps() - losses.length + 1;
    double[] x = new double[points];
    double[] y = new double[points];
    for (int i = 0; i < points; i++) {
      x[i] = firstStep + (i + 1.0) * width - 1;
      y[i] = Arrays.stream(losses, i * width, (i + 1) * width).average().orElseThrow();
      record.loss("training", (long) x[i], (float) y[i]);
    }
    folder.write(
        "losses",
        new Figure(
            new LineChart("Loss of the training", "step", "loss, on scaled values")
                .logarithmic()
                .add(
                    width == 1 ? "loss" : "mean of " + width + " steps",
                    LineChart.Role.ALTERNATIVE,
                    x,
                    y)));
  }

  /**
   * Prints it.
   *
   * @param firstStep steps that an earlier run had taken
   */
  void print(PrintWriter out, OutputFolder folder, long firstStep, boolean json) {
    if (json) {
      out.println(Json.line(toJson(folder, firstStep)));
    } else {
      out.printf(
          "%d steps on %s; mean loss of the last 100: %.6g%n",
          trainer.steps(), kernels.description(), last);
      if (looks != null) {
        out.printf(
            "the model is that of step %d, with a mean squared error of %.6g on the rows not learnt%n",
            looks.bestStep(), looks.leastError());
      }
      out.printf("%nWritten:%n");
      folder.files().forEach(written -> out.println("  " + written));
    }
    out.flush();
  }

  /** Says, as the last words, what is wrong with the model, if anything is. */
  void warn(PrintWriter err, String command) {
    warning().ifPresent(what -> err.printf("%s: warning: %s%n", command, what));
    err.flush();
  }

  private Map<String, Object> toJson(OutputFolder folder, long firstStep) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("steps", trainer.steps());
    object.put("resumedAfter", firstStep);
    object.put("loss", Json.number(last));
    object.put("seed", options.seed());
    if (looks != null) {
      object.put("bestStep", looks.bestStep());
      object.put("validationError", Json.number(looks.leastError()));
    }
    warning().ifPresent(what -> object.put("warnings", List.of(what)));
    object.put("device", kernels.device().toString());
    object.put("files", folder.files());
    return object;
  }
}
