package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.Json;
import dev.refrain.cli.KeptOptions;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.PlainGuess;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.io.AtomicFiles;
import dev.refrain.network.BatchSource;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.CheckpointedTraining;
import dev.refrain.network.Network;
import dev.refrain.network.Trainer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code refrain tutorial text FILE}. */
@Command(
    name = "text",
    header = "A language model of characters learns a text, and writes on.",
    description = {
      "",
      "Trains on windows of the first nine tenths of a text; prints how many bits it needs for a"
          + " character, in training and at last of the tenth it has not seen; then continues a"
          + " beginning, character by character.",
      "",
      "DIR/checkpoint.safetensors is written every so many steps, at the end of the training and on"
          + " Ctrl-C. With --resume a run that was stopped or killed goes on from it, bit for bit as"
          + " if it had never stopped; once trained, the model writes on at once."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial text shakespeare.txt",
      "  refrain tutorial text shakespeare.txt --cell gru --iterations 5000 --prime ROMEO:",
      "  refrain tutorial text notes.txt --temperature 0.5 --length 2000",
      "  refrain tutorial text notes.txt --iterations 5000 --resume"
    })
final class TextCommand extends PicturedTutorial {
  private static final int USUAL_ITERATIONS = 2_000;
  private static final int REPORT_INTERVAL = 100;
  private static final long LARGEST_TEXT = 1L << 28;

  /** One-hot inputs grow with the number of different characters. */
  private static final int MOST_CHARACTERS = 2_000;

  private static final int LONGEST_BEGINNING = 100;
  private static final int MOST_LOSSES = 100_000;

  @Parameters(index = "0", paramLabel = "FILE", description = "Text in UTF-8.")
  private Path file;

  @Mixin private TextOptions given;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      converter = OptionTypes.Count.class,
      description = KeptTrainings.ITERATIONS_DESCRIPTION + "Default: 2000.")
  private Integer givenIterations;

  @Option(
      names = "--prime",
      paramLabel = "TEXT",
      description =
          "What the written text begins with. Default: the text's first line, at most 100"
              + " characters of it.")
  private String prime;

  @Option(
      names = "--length",
      paramLabel = "CHARACTERS",
      defaultValue = "500",
      converter = OptionTypes.Count.class,
      description = "How many characters to write. Default: 500.")
  private int length;

  @Option(
      names = "--temperature",
      paramLabel = "NUMBER",
      defaultValue = "0.8",
      converter = Temperature.class,
      description =
          "1 draws as the network says, less keeps to what is likely, 0 takes the likeliest."
              + " Default: 0.8.")
  private double temperature;

  private String text;
  private Characters characters;

  private KeptTraining kept;

  /** Training steps in all. */
  private int iterations;

  /** The given options, or those of the checkpoint that is resumed. */
  private TextOptions training;

  /** What the checkpoint keeps beside the training and its length. */
  private final Map<String, String> config = new LinkedHashMap<>();

  static final class Temperature implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (value >= 0 && Double.isFinite(value)) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with numbers that are out of range.
      }
      throw new TypeConversionException("'" + word + "' is not a number of at least 0");
    }
  }

  @Override
  void check() {
    kept = new KeptTraining(checkpoint());
    settle();
    text = read();
    characters = new Characters(text);
    checkData();
    int window = training.window();
    long shortest = 10L * 16 * (window + 1L);
    if (text.codePointCount(0, text.length()) < shortest) {
      throw new BadInputException(
          "'%s' has %d characters; to learn nine tenths in windows of %d and check the last takes %d"
              .formatted(file, text.codePointCount(0, text.length()), window, shortest));
    }
    if (characters.count() > MOST_CHARACTERS) {
      throw new BadInputException(
          "'%s' has %d different characters, more than %d: take a text of letters"
              .formatted(file, characters.count(), MOST_CHARACTERS));
    }
    if (prime == null) {
      prime = beginning();
    }
    try {
      characters.encode(prime);
    } catch (IllegalArgumentException e) {
      if (prime.endsWith("\n") && characters.toString().indexOf('\n') < 0) {
        prime = prime.substring(0, prime.length() - 1);
        return;
      }
      throw new BadInputException(
          "--prime cannot be read: %s; use characters of the text".formatted(e.getMessage()), e);
    }
    if (prime.isEmpty()) {
      throw new BadInputException("--prime is empty; give at least one character");
    }
  }

  private Path checkpoint() {
    return path().resolve(KeptTraining.FILE);
  }

  /** Which options are trained with. */
  private void settle() {
    KeptOptions<TextOptions> options =
        new KeptOptions<>(given, TextOptions::new, parsed(), checkpoint());
    try {
      Map<String, String> words = options.settle(keeping().resume());
      training = options.options(words);
      config.putAll(KeptOptions.config(words));
      iterations = givenIterations == null ? kept.iterations(USUAL_ITERATIONS) : givenIterations;
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  private void checkData() {
    String digest =
        KeptTraining.digest(text.length() + " characters", text.getBytes(StandardCharsets.UTF_8));
    config.put("tutorial", "text");
    config.put("characters", characters.toString());
    config.put(KeptTraining.DATA, digest);
    kept.requireSame(file, "text", digest);
  }

  /** The first line; of a long one, such as a text without lines, only what a reader takes in. */
  private String beginning() {
    String line = text.lines().filter(some -> !some.isBlank()).findFirst().orElse(text);
    return line.codePointCount(0, line.length()) <= LONGEST_BEGINNING
        ? line + "\n"
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_BEGINNING));
  }

  private String read() {
    try {
      if (Files.size(file) > LARGEST_TEXT) {
        throw new BadInputException(
            "'%s' is larger than %d MB; take a part of it".formatted(file, LARGEST_TEXT >> 20));
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new BadInputException("there is no file '%s'".formatted(file), e);
    } catch (CharacterCodingException e) {
      throw new BadInputException("'%s' is not text in UTF-8; convert it".formatted(file), e);
    } catch (IOException e) {
      throw new BadInputException("'%s' cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  @Override
  void configure(RunRecord record) {
    training.configure(record.configured("file", file.getFileName().toString()));
    record
        .configured("iterations", iterations)
        .configured("temperature", temperature)
        .configured("prime", prime);
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    int[] numbers = characters.encode(text);
    int split = numbers.length - numbers.length / 10;
    int[] unseen = Arrays.copyOfRange(numbers, split, numbers.length);
    session.say(
        "%d characters, %d different: %d to learn from, %d to check%n%n",
        numbers.length, characters.count(), split, unseen.length);
    Network network =
        Network.create(session.kernels(), training.network(characters.count()), training.seed());
    try (TextModel model = new TextModel(network, characters, training.window());
        Trainer trainer =
            model.trainer(
                training.batch(),
                training.learningRate(),
                Math.min(MOST_LOSSES, Math.max(REPORT_INTERVAL, iterations)))) {
      train(
          session, trainer, model.windows(trainer, Arrays.copyOf(numbers, split), training.seed()));
      List<PrintedLoss> losses = losses(trainer);
      losses.forEach(it -> session.record().loss("training", it.iteration(), it.value()));
      double bits = model.bitsPerCharacter(unseen);
      String written = model.continueText(prime, length, temperature, training.seed());
      session.say("%nof the unseen tenth: %.3f bits per character%n%n%s%s%n", bits, prime, written);
      session.record().measured("bits per character of the unseen tenth", bits);
      equallyLikely().warning(bits, training.learningRate()).ifPresent(session.record()::warn);
      write(session, network, losses, bits, written);
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("losses", pairs(losses));
      report.put("bitsPerCharacter", Json.number(bits));
      report.put("text", written);
      return report;
    }
  }

  /** All that are not seen are read, so that chance has no say. */
  private PlainGuess equallyLikely() {
    double bits = Math.log(characters.count()) / Math.log(2);
    return new PlainGuess(bits, 1, "a guess of all characters alike");
  }

  private void train(TutorialSession session, Trainer trainer, BatchSource windows)
      throws IOException {
    Map<String, String> remarks = new LinkedHashMap<>(config);
    remarks.put(KeptTraining.ITERATIONS, Integer.toString(iterations));
    CheckpointedTraining checkpointed =
        new CheckpointedTraining(trainer, checkpoint(), keeping().interval(), remarks);
    kept.run(
        session,
        checkpointed::resume,
        trainer::steps,
        () -> {
          kept.requireAtMost(trainer.steps(), iterations);
          checkpointed.train(
              iterations,
              // Both checkpoints and printed losses are due at multiples of this.
              BigInteger.valueOf(REPORT_INTERVAL)
                  .gcd(BigInteger.valueOf(keeping().interval()))
                  .intValue(),
              windows,
              progress -> print(session, trainer, progress.step()));
        });
  }

  /** The mean since the last one, also where the run was stopped and gone on with since then. */
  private void print(TutorialSession session, Trainer trainer, long step) {
    if (step % REPORT_INTERVAL == 0 || step == iterations) {
      int since = (int) ((step - 1) % REPORT_INTERVAL) + 1;
      double[] losses = trainer.lastLosses(since).get(0);
      session.say("%d\tbits per character: %s%n", step, (float) TextModel.bits(losses, 0, since));
    }
  }

  /** Means of 100 steps each, of all that are kept: the same whether a run was resumed or not. */
  private static List<PrintedLoss> losses(Trainer trainer) {
    long steps = trainer.steps();
    int kept = (int) Math.min(steps, trainer.state().historyLength());
    double[] losses = trainer.lastLosses(kept).get(0);
    long first = steps - kept;
    List<PrintedLoss> means = new ArrayList<>();
    for (long from = first; from < steps; ) {
      long to = Math.min(steps, from + REPORT_INTERVAL - from % REPORT_INTERVAL);
      double bits = TextModel.bits(losses, (int) (from - first), (int) (to - first));
      means.add(new PrintedLoss((int) to, (float) bits));
      from = to;
    }
    return means;
  }

  @Override
  String afterInterrupt() {
    return kept.afterInterrupt(iterations, KeptTraining.NOTHING_YET);
  }

  @Override
  String afterRunningAway() {
    return kept.lastGood();
  }

  private void write(
      TutorialSession session,
      Network network,
      List<PrintedLoss> losses,
      double bits,
      String written) {
    session.folder().write("model.safetensors", target -> Checkpoint.save(target, network, config));
    session
        .folder()
        .write("text.txt", target -> AtomicFiles.writeString(target, prime + written + "\n"));
    double[] iteration = losses.stream().mapToDouble(PrintedLoss::iteration).toArray();
    double[] last = {iteration[iteration.length - 1]};
    session
        .folder()
        .write(
            "losses",
            new Figure(
                new LineChart("Learning to write", "iteration", "bits per character")
                    .add(
                        "training, mean of 100 steps",
                        Role.ALTERNATIVE,
                        iteration,
                        losses.stream().mapToDouble(PrintedLoss::value).toArray())
                    .add("the unseen tenth", Role.ANSWER, last, new double[] {bits})));
  }
}
