package dev.refrain.cli;

import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.csv.HeldOut;
import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Schedule;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.CheckpointedTraining;
import dev.refrain.network.Network;
import dev.refrain.network.NonFiniteLossException;
import dev.refrain.network.SeriesWindows;
import dev.refrain.network.Trainer;
import dev.refrain.series.Series;
import dev.refrain.series.StandardScaler;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain train FILE}: trains one network, with checkpoints to go on from. */
@Command(
    name = "train",
    header = "Trains a network on a CSV file, with checkpoints; goes on where a run was stopped.",
    description = {
      "",
      "Writes DIR/checkpoint.safetensors every so many steps, at the end, and on Ctrl-C. With"
          + " --resume a run that was stopped or killed goes on from it, bit for bit as if it had"
          + " never stopped; all options but --steps are then those of the checkpoint. At the end"
          + " the network is DIR/model.safetensors; with --patience that is the best so far."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    abbreviateSynopsis = true,
    footer = {
      "",
      "Examples:",
      "  refrain train airline-passengers.csv --cell gru --steps 5000 --out airline",
      "  refrain train airline-passengers.csv --steps 20000 --out airline --resume"
    })
final class TrainCommand implements Callable<Integer> {
  static final String CHECKPOINT = "checkpoint.safetensors";
  static final String MODEL = "model.safetensors";
  private static final String DATA = "data";
  private static final String SCALER = "scaler.";
  private static final int MOST_LOSSES = 100_000;
  private static final int REPORT_INTERVAL = 100;
  private static final int POINTS_DRAWN = 300;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "As of 'refrain forecast'.")
  private String file;

  @Mixin private TrainOptions given;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      defaultValue = "2000",
      converter = OptionTypes.Count.class,
      description = "Training steps in all, those before --resume included. Default: 2000.")
  private int steps;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      defaultValue = "500",
      converter = OptionTypes.Count.class,
      description = "Steps from one checkpoint to the next. Default: 500.")
  private int interval;

  @Option(
      names = "--resume",
      description = "Go on from the checkpoint in DIR; begin anew where there is none yet.")
  private boolean resume;

  @Mixin private DeviceOption device;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "refrain-out/train",
      description = "Folder to write into. Default: refrain-out/train.")
  private Path out;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress bar and no remarks on stderr.")
  private boolean quiet;

  @Override
  public Integer call() {
    if (quiet) {
      Logging.warningsOnly();
    }
    OutputFolder folder = OutputFolder.prepare("--out", out);
    KeptOptions<TrainOptions> options =
        new KeptOptions<>(
            given, TrainOptions::new, spec.commandLine().getParseResult(), out.resolve(CHECKPOINT));
    try {
      Map<String, String> words = options.settle(resume);
      return train(folder, words, options.options(words));
    } catch (NonFiniteLossException e) {
      throw new CommandFailedException(
          e.getMessage()
              + (Files.exists(out.resolve(CHECKPOINT))
                  ? " The last good checkpoint is kept in " + out.resolve(CHECKPOINT)
                  : ""),
          e);
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (KernelException | IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  private int train(OutputFolder folder, Map<String, String> words, TrainOptions options)
      throws IOException {
    options.check();
    Series series = series(options);
    double[][] rows = series.rows(0, series.rows());
    int learnt = rows.length - options.validationRows();
    StandardScaler scaler = StandardScaler.fit(Arrays.copyOf(rows, learnt));
    float[] scaled = scaled(rows, scaler);
    Map<String, String> config = config(words, rows, scaler);
    try (Kernels kernels = device.open()) {
      MemoryNeeds.require(options.bytes(), kernels, spec.commandLine().getParseResult());
      checkCheckpoint(config, kernels);
      try (Network network = Network.create(kernels, options.network(), options.seed());
          Trainer trainer = trainer(options, network, Arrays.copyOf(scaled, learnt));
          ValidationLooks looks =
              options.endsEarly()
                  ? new ValidationLooks(network, scaled, options, out.resolve(MODEL), config)
                  : null) {
        CheckpointedTraining training =
            new CheckpointedTraining(trainer, out.resolve(CHECKPOINT), interval, config);
        boolean resumed = resume(training, trainer, looks);
        long firstStep = trainer.steps();
        if (resumed && firstStep > steps) {
          throw new BadInputException(
              "--steps is %d, but '%s' has taken %d already; give more"
                  .formatted(steps, out.resolve(CHECKPOINT), firstStep));
        }
        if (resumed && !quiet) {
          spec.commandLine().getErr().printf("resumed after step %d%n", firstStep);
          spec.commandLine().getErr().flush();
        }
        if (!run(training, trainer, looks)) {
          return Failures.INTERRUPTED;
        }
        if (looks != null && looks.bestStep() == 0) {
          throw new CommandFailedException(
              "no look at the %d validation rows found an error that is a number, so there is no best"
                      .formatted(options.validationRows())
                  + " network; look at these rows for values far from the others");
        }
        folder.write(
            MODEL,
            target -> {
              // The best network is there already.
              if (looks == null) {
                Checkpoint.save(target, network, config);
              }
            });
        finish(folder, words, trainer, firstStep, kernels, options, looks);
      }
    }
    return ExitCode.OK;
  }

  private Series series(TrainOptions options) {
    HeldOut heldOut = new HeldOut(options.validationRows(), "another --validation-rows");
    Series series = SeriesCsv.read(file, options.columns(), options.missing(), heldOut);
    long needed = (long) options.window() + options.ahead() + options.validationRows();
    if (series.rows() < needed) {
      throw new BadInputException(
          "'%s' has %d rows; --window %d%s and --ahead %d need %d"
              .formatted(
                  file,
                  series.rows(),
                  options.window(),
                  options.endsEarly() ? ", --validation-rows " + options.validationRows() : "",
                  options.ahead(),
                  needed));
    }
    return series;
  }

  private static float[] scaled(double[][] rows, StandardScaler scaler) {
    float[] scaled = new float[rows.length];
    for (int row = 0; row < rows.length; row++) {
      scaled[row] = (float) scaler.transform(rows[row][0], 0);
    }
    return scaled;
  }

  private Trainer trainer(TrainOptions options, Network network, float[] scaled) {
    SeriesWindows windows =
        SeriesWindows.shared(scaled, 1, options.window(), options.batch).ahead(options.ahead());
    Schedule schedule = options.schedule(steps);
    return Trainer.builder(network, windows)
        .loss(options.loss)
        .optimizer(options.optimizer)
        .schedule(schedule == null ? Schedule.CONSTANT : schedule)
        .learningRate(options.learningRate())
        .clipNorm(options.clipNorm())
        .seed(options.seed())
        .historyLength(Math.min(MOST_LOSSES, Math.max(REPORT_INTERVAL, steps)))
        .build();
  }

  private static Map<String, String> config(
      Map<String, String> words, double[][] rows, StandardScaler scaler) {
    Map<String, String> config = KeptOptions.config(words);
    config.put(DATA, digest(rows));
    config.put(SCALER + "name", scaler.name());
    scaler
        .parameters()
        .forEach((name, values) -> config.put(SCALER + name, Double.toString(values[0])));
    return config;
  }

  private static String digest(double[][] rows) {
    CRC32C crc = new CRC32C();
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
    for (double[] row : rows) {
      crc.update(bytes.clear().putDouble(row[0]).flip());
    }
    return String.format(Locale.ROOT, "%d rows, crc32c %08x", rows.length, crc.getValue());
  }

  /** Refuses to go on on another series; warns of another engine. */
  private void checkCheckpoint(Map<String, String> config, Kernels kernels) throws IOException {
    Path checkpointFile = out.resolve(CHECKPOINT);
    if (!Files.exists(checkpointFile)) {
      return;
    }
    Checkpoint checkpoint = Checkpoint.load(checkpointFile);
    String kept = checkpoint.config().get(DATA);
    if (!config.get(DATA).equals(kept)) {
      throw new BadInputException(
          "'%s' is another series (%s) than '%s' was trained on (%s); give that file"
              .formatted(file, config.get(DATA), checkpointFile, kept));
    }
    EngineChange.warn(checkpointFile, checkpoint, kernels);
  }

  private boolean resume(CheckpointedTraining training, Trainer trainer, ValidationLooks looks)
      throws IOException {
    try {
      boolean resumed = training.resume();
      if (resumed && looks != null) {
        looks.resume(trainer.steps());
      }
      return resumed;
    } catch (IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  /** Returns false if Ctrl-C ended it. */
  private boolean run(CheckpointedTraining training, Trainer trainer, ValidationLooks looks)
      throws IOException {
    // Once it is closed the JVM may end, so all that Ctrl-C asks for is said while it is open.
    try (Interruption interruption = Interruption.watch()) {
      boolean interrupted;
      try (TrainingBar bar = new TrainingBar(steps, !quiet)) {
        if (looks == null) {
          training.train(steps, Math.min(REPORT_INTERVAL, interval), bar);
        } else {
          trainLooking(training, trainer, looks, bar);
        }
        interrupted = interruption.beginToFinish();
      } catch (InterruptedException e) {
        interruption.beginToFinish();
        interrupted = true;
      }
      if (interrupted) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf(
            "%s: interrupted after step %d of %d; '%s' holds all of it, go on with --resume%n",
            spec.qualifiedName(), trainer.steps(), steps, out.resolve(CHECKPOINT));
        err.flush();
      }
      return !interrupted;
    }
  }

  /** There is a checkpoint before each look, so that a resumed run takes none again or less. */
  private void trainLooking(
      CheckpointedTraining training, Trainer trainer, ValidationLooks looks, TrainingBar bar)
      throws IOException, InterruptedException {
    boolean ended = looks.isDue(trainer.steps()) && looks.look(trainer.steps());
    while (!ended && trainer.steps() < steps) {
      training.train(
          Math.min(steps, looks.next(trainer.steps())), Math.min(REPORT_INTERVAL, interval), bar);
      if (looks.isDue(trainer.steps())) {
        ended = looks.look(trainer.steps());
      } else {
        looks.lookAtEnd(trainer.steps());
      }
    }
  }

  private void finish(
      OutputFolder folder,
      Map<String, String> words,
      Trainer trainer,
      long firstStep,
      Kernels kernels,
      TrainOptions options,
      ValidationLooks looks) {
    RunRecord record = new RunRecord("train", kernels.description());
    record.configured("file", Path.of(file).getFileName().toString());
    words.forEach((name, word) -> record.configured(name.substring(2), word));
    record.configured("steps", trainer.steps());
    int kept = (int) Math.min(trainer.steps(), trainer.state().historyLength());
    double[] losses = trainer.lastLosses(kept).get(0);
    double last =
        Arrays.stream(losses, Math.max(0, kept - REPORT_INTERVAL), kept)
            .average()
            .orElse(Double.NaN);
    record.measured("mean loss of the last 100 steps", last);
    if (looks != null) {
      record.measured("validation error", looks.leastError());
      record.measured("step of the model", (double) looks.bestStep());
    }
    drawLosses(folder, record, losses, trainer.steps() - kept + 1);
    record.write(folder);
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("steps", trainer.steps());
      object.put("resumedAfter", firstStep);
      object.put("loss", Json.number(last));
      object.put("seed", options.seed());
      if (looks != null) {
        object.put("bestStep", looks.bestStep());
        object.put("validationError", Json.number(looks.leastError()));
      }
      object.put("device", kernels.device().toString());
      object.put("files", folder.files());
      print.println(Json.line(object));
    } else {
      print.printf(
          "%d steps on %s; mean loss of the last 100: %.6g%n",
          trainer.steps(), kernels.description(), last);
      if (looks != null) {
        print.printf(
            "the model is that of step %d, with a mean squared error of %.6g on the rows not learnt%n",
            looks.bestStep(), looks.leastError());
      }
      print.printf("%nWritten:%n");
      folder.files().forEach(written -> print.println("  " + written));
    }
    print.flush();
  }

  /** Means over so many steps that the picture can show them. */
  private static void drawLosses(
      OutputFolder folder, RunRecord record, double[] losses, long firstStep) {
    int width = Math.max(1, losses.length / POINTS_DRAWN);
    int points = losses.length / width;
    if (points == 0) {
      return;
    }
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
}
