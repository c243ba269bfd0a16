package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.CommandFailedException;
import dev.refrain.cli.Failures;
import dev.refrain.cli.Interruption;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.OutputFolder;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.WatchedText;
import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.network.NonFiniteLossException;
import dev.refrain.text.Corpus;
import dev.refrain.text.SkipGramNce;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code refrain tutorial word2vec}. */
@Command(
    name = "word2vec",
    header = "Word vectors from skip-grams by noise-contrastive estimation.",
    description = {
      "",
      "The 50,000 most frequent words of a text; batches of 128 pairs from a window of one word on"
          + " either side; vectors of 150 numbers; 64 log-uniform negatives; Adam at 0.01, as it"
          + " moves every row in every step. Prints the mean loss and, for 16 frequent words, the 8"
          + " nearest; saves the normalised vectors and a map of the 500 most frequent words.",
      "",
      "As in the tutorial, words beyond the 50,000 get index 0, which is the commonest word's too:"
          + " that word learns what belongs to the rare ones. 'refrain word2vec' does not do so.",
      "",
      "Ctrl-C keeps the state of the training; --resume goes on with it, to the same bits."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial word2vec text8.zip",
      "  refrain tutorial word2vec text8.zip --steps 10001 --json",
      "  refrain tutorial word2vec text8.zip --resume"
    })
final class Word2VecCommand implements Callable<Integer> {
  private static final String STATE = "state.safetensors";
  private static final long USUAL_SEED = 42;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "CORPUS",
      arity = "0..1",
      description =
          "A text: plain, .gz or .zip. Default: text8, from the cache folder or from "
              + CachedText8.ADDRESS
              + ".")
  private Path corpus;

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      defaultValue = "200001",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 200001.")
  private int steps;

  @Option(
      names = "--print-every",
      paramLabel = "COUNT",
      defaultValue = "5000",
      converter = OptionTypes.Count.class,
      description = "Steps that a printed mean loss is of. Default: 5000.")
  private int printEvery;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      converter = OptionTypes.CountOrZero.class,
      description = "Of initial vectors and all draws. Default: 42; with --resume the saved one.")
  private Integer seed;

  @Option(
      names = "--rows",
      paramLabel = "MODE",
      defaultValue = "deferred",
      converter = ModeName.class,
      description =
          "How rows that a step does not touch are updated: dense (each in every step), deferred"
              + " (the same numbers, computed when a row is needed) or lazy (not at all). Default:"
              + " deferred.")
  private RowsAdam.Mode rows;

  @Option(
      names = "--resume",
      description = "Go on with the training that Ctrl-C broke off in the same folder.")
  private boolean resume;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = OptionTypes.Threads.class,
      description = "Threads of the cpu engine; they change no bit. Default: one a core.")
  private Integer threads;

  @Option(names = "--quiet", description = "No progress on stderr.")
  private boolean quiet;

  @Mixin private TutorialOptions options;

  static final class ModeName implements ITypeConverter<RowsAdam.Mode> {
    @Override
    public RowsAdam.Mode convert(String word) {
      return OptionTypes.named(word, RowsAdam.Mode.values());
    }
  }

  @Override
  public Integer call() {
    OutputFolder folder = options.folder("word2vec");
    Path state = folder.path(STATE);
    if (resume && !Files.exists(state)) {
      throw new BadInputException(
          "there is nothing to resume: %s does not exist; leave out --resume".formatted(state));
    }
    if (corpus != null && !Files.exists(corpus)) {
      throw new BadInputException(corpus + ": there is no such file");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Kernels kernels = options.open(threads == null ? 0 : threads)) {
      Word2VecText text = read();
      long drawn = seed(state);
      RunRecord record = new RunRecord("tutorial word2vec", kernels.description());
      record.configured("corpus", text.fileName());
      TutorialSession session =
          new TutorialSession(kernels, folder, record, options.json() ? null : out);
      session.say("Computed on %s.%n%n", kernels.description());
      text.print(session);
      Word2VecTutorial tutorial =
          new Word2VecTutorial(session, text, steps, printEvery, drawn, rows);
      tutorial.configure(record);
      try (Interruption interruption = Interruption.watch()) {
        if (!tutorial.train(resume ? state : null)) {
          interruption.beginToFinish();
          folder.write(STATE, tutorial::save);
          tell(
              "interrupted after step %d of %d; go on with --resume, the state is in %s"
                  .formatted(tutorial.step(), steps, state));
          return Failures.INTERRUPTED;
        }
        interruption.beginToFinish();
        keep(tutorial, state);
      }
      Map<String, Object> report = tutorial.finish();
      Files.deleteIfExists(state);
      record.write(folder);
      if (options.json()) {
        report.put("device", kernels.device().toString());
        report.put("files", folder.files());
        out.println(Json.line(report));
      } else {
        out.printf("%nWritten:%n");
        folder.files().forEach(file -> out.println("  " + file));
      }
      out.flush();
      return ExitCode.OK;
    } catch (MalformedFileException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (NonFiniteLossException | KernelException | IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  /** A saved training may be of a version that had another default. */
  private long seed(Path state) throws IOException {
    if (seed != null) {
      return seed;
    }
    return resume ? SkipGramNce.seedOf(state) : USUAL_SEED;
  }

  private Word2VecText read() {
    Path file = corpus == null ? CachedText8.usual().find() : corpus;
    try {
      Corpus text = Corpus.of(file);
      return Word2VecText.read(
          quiet
              ? text
              : new WatchedText(
                  text, List.of("counting words", "encoding words"), spec.commandLine().getErr()));
    } catch (IOException | IllegalArgumentException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  /** Until all else is written, so that what fails or is stopped then can be had with --resume. */
  private void keep(Word2VecTutorial tutorial, Path state) {
    try {
      tutorial.save(state);
    } catch (IOException e) {
      tell("the training could not be kept for --resume: " + e.getMessage());
    }
  }

  private void tell(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(spec.qualifiedName() + ": " + message);
    err.flush();
  }
}
