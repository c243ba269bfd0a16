package dev.refrain.cli.tutorial;

import dev.refrain.cli.BadInputException;
import dev.refrain.cli.Json;
import dev.refrain.cli.OptionTypes;
import dev.refrain.cli.RunRecord;
import dev.refrain.cli.chart.Figure;
import dev.refrain.cli.chart.LineChart;
import dev.refrain.cli.chart.LineChart.Role;
import dev.refrain.io.AtomicFiles;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Cell;
import dev.refrain.kernels.GruCell;
import dev.refrain.kernels.GruForm;
import dev.refrain.kernels.LstmCell;
import dev.refrain.network.Checkpoint;
import dev.refrain.network.Network;
import dev.refrain.network.NetworkSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
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
          + " beginning, character by character."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tutorial text shakespeare.txt",
      "  refrain tutorial text shakespeare.txt --cell gru --iterations 5000 --prime ROMEO:",
      "  refrain tutorial text notes.txt --temperature 0.5 --length 2000"
    })
final class TextCommand extends PicturedTutorial {
  private static final int REPORT_INTERVAL = 100;
  private static final long LARGEST_TEXT = 1L << 28;

  /** One-hot inputs grow with the number of different characters. */
  private static final int MOST_CHARACTERS = 2_000;

  private static final int LONGEST_BEGINNING = 100;

  @Parameters(index = "0", paramLabel = "FILE", description = "Text in UTF-8.")
  private Path file;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "lstm",
      converter = Kind.Name.class,
      description = "lstm or gru. Default: lstm.")
  private Kind cell;

  @Option(
      names = "--neurons",
      paramLabel = "COUNT",
      defaultValue = "128",
      converter = OptionTypes.Count.class,
      description = "Neurons of each layer. Default: 128.")
  private int neurons;

  @Option(
      names = "--layers",
      paramLabel = "COUNT",
      defaultValue = "1",
      converter = OptionTypes.Count.class,
      description = "Default: 1.")
  private int layers;

  @Option(
      names = "--window",
      paramLabel = "CHARACTERS",
      defaultValue = "64",
      converter = OptionTypes.Count.class,
      description = "Length of a training window. Default: 64.")
  private int window;

  @Option(
      names = "--batch",
      paramLabel = "COUNT",
      defaultValue = "32",
      converter = OptionTypes.Count.class,
      description = "Windows of a training step. Default: 32.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "0.003",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: 0.003.")
  private double learningRate;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "2000",
      converter = OptionTypes.Count.class,
      description = "Training steps. Default: 2000.")
  private int iterations;

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

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "101",
      converter = OptionTypes.WholeNumber.class,
      description = "Of initial weights, windows and draws. Default: 101.")
  private long seed;

  private String text;
  private Characters characters;

  private enum Kind {
    LSTM(new LstmCell(Activation.TANH)),
    GRU(new GruCell(Activation.TANH, GruForm.RESET_BEFORE));

    private final Cell cell;

    Kind(Cell cell) {
      this.cell = cell;
    }

    static final class Name implements ITypeConverter<Kind> {
      @Override
      public Kind convert(String word) {
        return OptionTypes.named(word, Kind.values());
      }
    }
  }

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
    text = read();
    characters = new Characters(text);
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
    record
        .configured("file", file.getFileName().toString())
        .configured("cell", cell.name().toLowerCase(Locale.ROOT))
        .configured("neurons", neurons)
        .configured("layers", layers)
        .configured("window", window)
        .configured("batch", batch)
        .configured("learning rate", learningRate)
        .configured("iterations", iterations)
        .configured("temperature", temperature)
        .configured("prime", prime)
        .configured("seed", seed);
  }

  @Override
  Map<String, Object> run(TutorialSession session) throws IOException {
    int[] numbers = characters.encode(text);
    int split = numbers.length - numbers.length / 10;
    int[] training = Arrays.copyOf(numbers, split);
    int[] unseen = Arrays.copyOfRange(numbers, split, numbers.length);
    session.say(
        "%d characters, %d different: %d to learn from, %d to check%n%n",
        numbers.length, characters.count(), training.length, unseen.length);
    NetworkSpec.Builder spec = NetworkSpec.builder(characters.count());
    for (int layer = 0; layer < layers; layer++) {
      spec.layer(cell.cell, neurons);
    }
    Network network =
        Network.create(session.kernels(), spec.projection(characters.count()).build(), seed);
    try (TextModel model = new TextModel(network, characters, window)) {
      List<PrintedLoss> losses = new ArrayList<>();
      PrintedLoss.Printer printer = session.losses("training", "bits per character");
      long begun = System.nanoTime();
      model.train(
          training,
          batch,
          learningRate,
          iterations,
          REPORT_INTERVAL,
          seed,
          (iteration, bits) -> {
            PrintedLoss loss = new PrintedLoss(iteration, (float) bits);
            losses.add(loss);
            printer.print(loss);
          });
      double seconds = (System.nanoTime() - begun) * 1e-9;
      double bits = model.bitsPerCharacter(unseen);
      String written = model.continueText(prime, length, temperature, seed);
      session.say(
          "%nof the unseen tenth: %.3f bits per character; %.1f training steps a second%n%n%s%s%n",
          bits, iterations / seconds, prime, written);
      session.record().measured("bits per character of the unseen tenth", bits);
      write(session, network, losses, bits, written);
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("losses", pairs(losses));
      report.put("bitsPerCharacter", Json.number(bits));
      report.put("text", written);
      return report;
    }
  }

  private void write(
      TutorialSession session,
      Network network,
      List<PrintedLoss> losses,
      double bits,
      String written) {
    Map<String, String> config = Map.of("tutorial", "text", "characters", characters.toString());
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
