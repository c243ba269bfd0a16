package dev.refrain.cli;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.network.TrainingProgress;
import dev.refrain.text.Corpus;
import dev.refrain.text.InvalidUtf8Exception;
import dev.refrain.text.Word2Vec;
import dev.refrain.text.Word2VecProgress;
import dev.refrain.text.Word2VecTraining;
import dev.refrain.text.WordSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain word2vec CORPUS -o FILE}: learns word vectors from a text. */
@Command(
    name = "word2vec",
    header = "Learns word vectors from a text: skip-gram or CBOW, by sampled losses.",
    description = {
      "",
      "CORPUS is text in UTF-8, words between white space, a line a sentence, or all in one line as"
          + " in text8; plain, .gz or .zip. Words are taken as they stand. Ctrl-C keeps what was"
          + " trained so far; --resume takes it up again.",
      "",
      "Negative sampling by sgd learns a window of the text at a time, which is fastest. Any other"
          + " objective or optimizer learns batches of pairs that share their noise."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    abbreviateSynopsis = true,
    footer = {
      "",
      "Examples:",
      "  refrain word2vec text8.zip -o vectors.bin --dimensions 150 --epochs 5",
      "  refrain word2vec corpus.txt.gz -o vectors.txt --mode exact --threads 4",
      "  refrain word2vec text8.zip -o vectors.bin --objective nce --optimizer adam",
      "  refrain word2vec text8.zip -o vectors.bin --resume vectors.bin.training.safetensors",
      "  refrain word2vec more.txt -o both.bin --go-on vectors.safetensors --epochs 2"
    })
final class Word2vecCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CORPUS", description = "The text to learn from.")
  private Path corpus;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description =
          "Where the vectors go; the ending says the format: .bin and .txt (word2vec's), .npy,"
              + " .npz, or .safetensors, which keeps the whole training.")
  private Path out;

  @ArgGroup(validate = false, heading = "%nModel and training:%n")
  private Word2vecOptions training = new Word2vecOptions();

  @ArgGroup(validate = false, heading = "%nRunning:%n")
  private RunOptions running = new RunOptions();

  private Word2vecOutput output;

  /** Where it computes, what it starts from and what it says. */
  private static final class RunOptions extends Word2vecDeviceOptions {
    @Option(
        names = "--resume",
        paramLabel = "FILE",
        description =
            "Take up the training that was broken off and kept in FILE; same corpus, and settings"
                + " from FILE: others are refused.")
    private Path resume;

    @Option(
        names = "--go-on",
        paramLabel = "FILE",
        description =
            "Go on with the training kept in FILE on a new corpus: --epochs passes, with its"
                + " vocabulary, phrases and settings; but for --seed, others are refused.")
    private Path goOn;

    @Option(
        names = "--save-training",
        paramLabel = "FILE",
        description = "Keep the whole training in FILE (.safetensors) as well.")
    private Path saveTraining;

    @Option(
        names = "--json",
        description = "Print one JSON object on stdout, and nothing else there.")
    private boolean json;

    @Option(
        names = "--quiet",
        description = "No progress bar and no remarks on stderr, only warnings and errors.")
    private boolean quiet;
  }

  @Override
  public Integer call() {
    if (running.quiet) {
      Logging.warningsOnly();
    }
    check();
    try (Kernels kernels = running.open()) {
      return train(kernels);
    } catch (KernelException | IllegalStateException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      throw new CommandFailedException(
          "Java's memory is full; raise --min-count, lower --dimensions, or give it more with"
              + " REFRAIN_JAVA_OPTS=-Xmx8g",
          e);
    }
  }

  /** What can be told before the work. */
  private void check() {
    if (running.resume != null && running.goOn != null) {
      throw new BadInputException("--resume and --go-on exclude each other; give one of them");
    }
    for (Path read : new Path[] {corpus, running.resume, running.goOn}) {
      if (read != null && !Files.exists(read)) {
        throw new BadInputException(read + ": there is no such file");
      }
    }
    output = new Word2vecOutput(out, running.saveTraining);
    output.check(corpus);
    try {
      training.trainer();
    } catch (IllegalArgumentException e) {
      throw refused(e);
    }
  }

  private static BadInputException refused(IllegalArgumentException e) {
    return new BadInputException(Word2vecOptions.byOption(e.getMessage()), e);
  }

  private int train(Kernels kernels) {
    try (Word2VecTraining model = start(kernels)) {
      say(
          "%,d words in the vocabulary; %s"
              .formatted(model.vocabulary().size(), kernels.description()));
      output.requireRoom(model);
      double[] speed = {Double.NaN};
      List<String> files;
      try (Interruption interruption = Interruption.watch()) {
        boolean done = runAndKeep(model, speed);
        interruption.beginToFinish();
        if (!done) {
          return keep(model);
        }
        files = output.write(model);
      }
      print(model, kernels, speed[0], files);
      return ExitCode.OK;
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  private Word2VecTraining start(Kernels kernels) throws IOException {
    try {
      if (running.resume != null) {
        refuseOtherSettings(running.resume, Set.of());
        return Word2Vec.resume(kernels, running.resume, text(phrasesOf(running.resume), false));
      }
      if (running.goOn != null) {
        refuseOtherSettings(running.goOn, Set.of("--epochs", "--seed"));
        WordSource text = text(0, false);
        return given().contains("--seed")
            ? Word2Vec.goOn(kernels, running.goOn, text, training.epochs(), training.seed())
            : Word2Vec.goOn(kernels, running.goOn, text, training.epochs());
      }
      return training.trainer().start(kernels, text(training.phrases(), true));
    } catch (IllegalArgumentException e) {
      throw refused(e);
    } catch (InvalidUtf8Exception e) {
      throw new BadInputException(e.getMessage() + ", or give --invalid-utf8 replace", e);
    }
  }

  /** The corpus, which says on stderr how far it is read. */
  private WordSource text(int phrasePasses, boolean counted) {
    Corpus text = Corpus.of(corpus).invalidUtf8(training.invalidUtf8());
    if (running.quiet) {
      return text;
    }
    List<String> purposes = new ArrayList<>();
    for (int pass = 1; pass <= phrasePasses; pass++) {
      purposes.addAll(Collections.nCopies(2, "looking for phrases, pass " + pass));
    }
    if (counted) {
      purposes.add("counting words");
    }
    purposes.add("encoding words");
    return new WatchedText(text, purposes, spec.commandLine().getErr());
  }

  private static int phrasesOf(Path state) throws IOException {
    return Integer.parseInt(Word2Vec.settingsOf(state).get("phrasePasses"));
  }

  private void refuseOtherSettings(Path file, Set<String> free) throws IOException {
    training.refuseOthersThan(Word2Vec.settingsOf(file), file, given(), free);
  }

  /** Options on the command line. */
  private Set<String> given() {
    return spec.commandLine().getParseResult().matchedOptionsSet().stream()
        .map(OptionSpec::longestName)
        .collect(Collectors.toSet());
  }

  private boolean runAndKeep(Word2VecTraining model, double[] speed) {
    try {
      return run(model, speed);
    } catch (IllegalArgumentException e) {
      throw refused(e);
    } catch (IOException e) {
      throw output.kept().after(e, model);
    }
  }

  private boolean run(Word2VecTraining model, double[] speed) throws IOException {
    long before = model.words();
    try (TrainingBar bar =
        new TrainingBar("training", model.totalWords(), !running.quiet, "words")) {
      double[] seconds = new double[1];
      long[] words = {before};
      return model.run(
          progress -> {
            speed[0] = progress.wordsPerSecond();
            double now = (progress.words() - before) / progress.wordsPerSecond();
            double since = Math.max(1e-9, now - seconds[0]);
            bar.onProgress(
                new TrainingProgress(
                    progress.words(),
                    List.of(new double[] {progress.loss()}),
                    (progress.words() - words[0]) / since));
            seconds[0] = now;
            words[0] = progress.words();
            tellEpoch(progress);
          });
    }
  }

  private void tellEpoch(Word2VecProgress progress) {
    if (!Double.isNaN(progress.epochLoss())) {
      say(
          String.format(
              Locale.ROOT, "epoch %d: loss %.6f", progress.epoch() + 1, progress.epochLoss()));
    }
  }

  /** What Ctrl-C leaves. */
  private int keep(Word2VecTraining model) throws IOException {
    Path file = output.kept().keep(model);
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "%s: interrupted after %d of %d words; what was trained is kept in %s: take it up with"
            + " --resume%n",
        spec.qualifiedName(), model.words(), model.totalWords(), file);
    err.flush();
    return Failures.INTERRUPTED;
  }

  private void print(
      Word2VecTraining model, Kernels kernels, double wordsPerSecond, List<String> files) {
    PrintWriter stdout = spec.commandLine().getOut();
    if (running.json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("vocabulary", model.vocabulary().size());
      object.put("words", model.totalWords());
      object.put("epochs", model.epochsDone());
      object.put("losses", model.epochLosses().stream().map(Json::number).toList());
      object.put("wordsPerSecond", Json.number(wordsPerSecond));
      object.put("device", kernels.device().toString());
      object.put("files", files);
      stdout.println(Json.line(object));
    } else {
      stdout.printf(
          Locale.ROOT,
          "%d words, %d dimensions, %d epochs; %s on %s%n",
          model.vocabulary().size(),
          model.dimensions(),
          model.epochsDone(),
          Double.isNaN(wordsPerSecond)
              ? "nothing was left to train"
              : String.format(Locale.ROOT, "%.0f words a second", wordsPerSecond),
          kernels.description());
      stdout.printf("%nWritten:%n");
      files.forEach(written -> stdout.println("  " + written));
    }
    stdout.flush();
  }

  private void say(String line) {
    if (!running.quiet) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(line);
      err.flush();
    }
  }
}
