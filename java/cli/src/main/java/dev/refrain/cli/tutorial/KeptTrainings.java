package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.KeptOptions;
import dev.refrain.cli.PlainGuess;
import dev.refrain.kernels.Loss;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.ParseResult;

/**
 * The trainings of a tutorial that prints their losses: one, or several that are compared, which
 * differ in one option. Each has a checkpoint, until all is written that comes of them.
 *
 * @param <T> options that a checkpoint keeps
 */
final class KeptTrainings<T> {
  /** Of the option that says how long the trainings are. */
  static final String ITERATIONS_DESCRIPTION =
      "Training steps in all, those before --resume included; with it, as many as before unless"
          + " others are given. ";

  private static final String TUTORIAL = "tutorial";

  /** Steps in which nothing asks whether Ctrl-C was pressed. */
  private static final int LONGEST_PIECE = 10;

  private final String tutorial;
  private final Function<Path, KeptOptions<T>> optionsOf;
  private final Path folder;
  private final ResumeOptions keeping;
  private final Map<String, KeptTraining> trainings = new LinkedHashMap<>();
  private final Map<String, Map<String, String>> configs = new LinkedHashMap<>();
  private int iterations;
  private KeptTraining current;

  /**
   * Takes what a command was told.
   *
   * @param tutorial its name
   * @param optionsOf the options as they are given and as a checkpoint keeps them
   * @param folder of the checkpoints, there or not
   */
  KeptTrainings(
      String tutorial,
      Function<Path, KeptOptions<T>> optionsOf,
      Path folder,
      ResumeOptions keeping) {
    this.tutorial = tutorial;
    this.optionsOf = optionsOf;
    this.folder = folder;
    this.keeping = keeping;
  }

  /**
   * Settles with which options the only training is done: those given, or those of the checkpoint
   * that is resumed.
   *
   * @throws BadInputException if there is a checkpoint that is not to be resumed or was trained
   *     with others
   */
  T settle() {
    return settle(null, Map.of("", KeptTraining.FILE));
  }

  /**
   * The same of several trainings.
   *
   * @param parsed what the command was told
   */
  T settle(ParseResult parsed, PrintedTutorial.Comparison comparison) {
    if (parsed.hasMatchedOption(comparison.option())) {
      throw new BadInputException(
          "%s trains with %s; leave out %s or %1$s"
              .formatted(
                  comparison.asked(), String.join(", ", comparison.words()), comparison.option()));
    }
    Map<String, String> files = new LinkedHashMap<>();
    comparison
        .words()
        .forEach(
            word -> files.put(word, KeptTraining.FILE.replaceFirst("\\.", "-%s.".formatted(word))));
    return settle(comparison.option(), files);
  }

  private T settle(String option, Map<String, String> files) {
    Map<String, String> settled = null;
    Path settledBy = null;
    KeptOptions<T> options = null;
    try {
      for (Map.Entry<String, String> entry : files.entrySet()) {
        Path file = folder.resolve(entry.getValue());
        trainings.put(entry.getKey(), new KeptTraining(file, entry.getKey()));
        options = optionsOf.apply(file);
        Map<String, String> words = new LinkedHashMap<>(options.settle(keeping.resume()));
        if (option != null) {
          words.remove(option);
        }
        boolean exists = Files.exists(file);
        if (exists && settledBy != null && !words.equals(settled)) {
          throw new BadInputException(
              "'%s' and '%s' were trained with different options; name another --out"
                  .formatted(settledBy, file));
        }
        if (exists || settled == null) {
          settled = words;
          settledBy = exists ? file : settledBy;
        }
        requireTutorial(file);
      }
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
    for (String name : files.keySet()) {
      Map<String, String> words = new LinkedHashMap<>(settled);
      if (option != null) {
        words.put(option, name);
      }
      Map<String, String> config = KeptOptions.config(words);
      config.put(TUTORIAL, tutorial);
      configs.put(name, config);
    }
    return options.options(settled);
  }

  private void requireTutorial(Path file) throws IOException {
    if (Files.exists(file)) {
      String kept = Checkpoint.configOf(file).get(TUTORIAL);
      if (!tutorial.equals(kept)) {
        throw new BadInputException(
            "'%s' is no checkpoint of tutorial %s; name another --out".formatted(file, tutorial));
      }
    }
  }

  /**
   * Settles how long the trainings are.
   *
   * @param given by the option; null: as long as the checkpoints say, or else as usual
   */
  int settleIterations(Integer given, int usual) {
    iterations = given == null ? usual : given;
    try {
      if (given == null) {
        int longest = 0;
        for (KeptTraining each : begun()) {
          longest = Math.max(longest, each.iterations(usual));
        }
        iterations = longest > 0 ? longest : usual;
      }
      for (KeptTraining each : begun()) {
        each.requireAtMost(Long.parseLong(kept(each, PrintedCheckpoint.STEPS)), iterations);
      }
    } catch (IOException | NumberFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    }
    configs
        .values()
        .forEach(config -> config.put(KeptTraining.ITERATIONS, Integer.toString(iterations)));
    return iterations;
  }

  /** Those that have a checkpoint. */
  private List<KeptTraining> begun() {
    return trainings.values().stream().filter(each -> Files.exists(each.file())).toList();
  }

  private static String kept(KeptTraining training, String remark) throws IOException {
    return Checkpoint.configOf(training.file()).get(remark);
  }

  /**
   * Refuses checkpoints of other data.
   *
   * @param data its name
   * @param digest what tells it from others, as of {@link KeptTraining#digest}
   */
  void requireSame(String data, String digest) {
    trainings.values().forEach(each -> each.requireSame(data, "series", digest));
    configs.values().forEach(config -> config.put(KeptTraining.DATA, digest));
  }

  /**
   * Does one of the trainings.
   *
   * @param name of one that is compared; of the only one any
   * @param guess that it must do better than
   * @param lossName for people
   */
  PrintedLoss.Training training(
      TutorialSession session, String name, PlainGuess guess, String lossName) {
    return (trainer, loss) -> {
      List<PrintedLoss> losses = run(session, name, session.losses(lossName), trainer, loss);
      double rate = trainer.state().read(0).baseLearningRate();
      guess
          .warning(trainer.steps(), trainer::lastLosses, rate)
          .ifPresent(
              what ->
                  session.record().warn((trainings.containsKey(name) ? name + ": " : "") + what));
      return losses;
    };
  }

  private List<PrintedLoss> run(
      TutorialSession session, String name, PrintedLoss.Printer printer, Trainer trainer, Loss loss)
      throws IOException {
    String key = trainings.containsKey(name) ? name : "";
    current = trainings.get(key);
    PrintedTraining printed = new PrintedTraining(trainer, loss, printer);
    PrintedCheckpoint checkpoint =
        new PrintedCheckpoint(current.file(), keeping.interval(), configs.get(key), printed);
    try {
      current.run(
          session,
          checkpoint::resume,
          trainer::steps,
          () -> {
            printed.run(iterations, Math.min(LONGEST_PIECE, keeping.interval()), checkpoint);
            checkpoint.finish();
          });
    } finally {
      printed.losses().forEach(it -> session.record().loss(name, it.iteration(), it.value()));
    }
    return printed.losses();
  }

  /** What to say when Ctrl-C has ended the work. */
  String afterInterrupt() {
    return current == null
        ? KeptTraining.NOTHING_YET
        : current.afterInterrupt(iterations, KeptTraining.NOTHING_YET);
  }

  /** What to say of the only training after it ran away. */
  String lastGood() {
    return current == null ? "" : current.lastGood();
  }

  /** To be called once all is written that came of the trainings. */
  void delete() throws IOException {
    for (KeptTraining each : trainings.values()) {
      Files.deleteIfExists(each.file());
    }
  }
}
