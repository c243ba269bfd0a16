package dev.refrain.cli;

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
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code refrain train FILE}: trains one network, with checkpoints to go on from. */
@Command(
    name = "train",
    header = "Trains a network on a CSV file, with checkpoints; goes on where a run was stopped.",
    description = {
      "",
      "Writes DIR/checkpoint.safetensors every so many steps, at the end, and on Ctrl-C. With"
          + " --resume a run that was stopped or killed goes on from it, bit for bit as if it had"
          + " never stopped: its options are then those of the checkpoint, and only more --steps may be"
          + " given. At the end the network is DIR/model.safetensors; with --patience that is the best"
          + " so far."
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
  private static final String STEPS = "steps";
  private static final int USUAL_STEPS = 2_000;
  private static final int MOST_LOSSES = 100_000;
  private static final int REPORT_INTERVAL = 100;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "As of 'refrain forecast'.")
  private String file;

  @Mixin private TrainOptions given;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description =
          "Training steps in all, those before --resume included; with it, as many as before unless"
              + " others are given. Default: 2000.")
  private Integer givenSteps;

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

  /** Training steps in all. */
  private int steps;

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
    settleSteps(options);
    ScaledSeries series = ScaledSeries.read(file, options);
    Map<String, String> config = KeptOptions.config(words);
    config.putAll(series.remarks());
    Map<String, String> kept = new LinkedHashMap<>(config);
    kept.put(STEPS, Integer.toString(steps));
    try (Kernels kernels = device.open()) {
      MemoryNeeds.require(options.bytes(), kernels, spec.commandLine().getParseResult());
      checkCheckpoint(series, kernels);
      try (Network network = Network.create(kernels, options.network(), options.seed());
          Trainer trainer = trainer(options, network, series.learnt());
          ValidationLooks looks =
              options.endsEarly()
                  ? new ValidationLooks(network, series.all(), options, out.resolve(MODEL), config)
                  : null) {
        CheckpointedTraining training =
            new CheckpointedTraining(trainer, out.resolve(CHECKPOINT), interval, kept);
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
        TrainReport report = new TrainReport(options, trainer, kernels, looks);
        report.write(folder, file, words);
        report.print(spec.commandLine().getOut(), folder, firstStep, json);
        report.warn(spec.commandLine().getErr(), spec.qualifiedName());
      }
    }
    return ExitCode.OK;
  }

  /**
   * Settles how long the training is: as it was told, or else as before.
   *
   * @throws BadInputException if its learning rate followed another length
   */
  private void settleSteps(TrainOptions options) throws IOException {
    Path checkpoint = out.resolve(CHECKPOINT);
    String kept = Files.exists(checkpoint) ? Checkpoint.configOf(checkpoint).get(STEPS) : null;
    int before = kept == null ? USUAL_STEPS : number(kept);
    steps = givenSteps == null ? before : givenSteps;
    if (kept != null && !Objects.equals(options.schedule(before), options.schedule(steps))) {
      throw new BadInputException(
          "--steps is %d, but the learning rate of '%s' falls along a curve over %d; leave --steps out,"
                  .formatted(steps, checkpoint, before)
              + " or name another --out");
    }
  }

  private int number(String kept) {
    try {
      return new OptionTypes.Count().convert(kept);
    } catch (TypeConversionException e) {
      throw new BadInputException(
          "'%s' was made for a number of steps that is none: %s; name another --out"
              .formatted(out.resolve(CHECKPOINT), e.getMessage()),
          e);
    }
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

  /** Refuses to go on on another series; warns of another engine. */
  private void checkCheckpoint(ScaledSeries series, Kernels kernels) throws IOException {
    Path checkpointFile = out.resolve(CHECKPOINT);
    if (Files.exists(checkpointFile)) {
      Checkpoint checkpoint = Checkpoint.load(checkpointFile);
      series.requireSame(checkpointFile, checkpoint);
      EngineChange.warn(checkpointFile, checkpoint, kernels);
    }
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
}
