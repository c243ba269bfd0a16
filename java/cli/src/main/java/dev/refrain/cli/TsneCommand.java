package dev.refrain.cli;

import dev.refrain.cli.chart.EmbeddingChart;
import dev.refrain.io.AtomicFiles;
import dev.refrain.projection.Projection;
import dev.refrain.projection.Tsne;
import dev.refrain.text.WordVectors;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code refrain tsne VECTORS}. */
@Command(
    name = "tsne",
    header = "Draws word vectors in the plane with t-SNE.",
    description = {
      "",
      "Takes the first words of the file, which are the commonest as a rule, scales their vectors to"
          + " length 1, and writes a picture as PNG and SVG and the places as CSV."
          + " Up to 1,000 words all pairs are looked at, above that far words act in groups"
          + " (Barnes-Hut). The same seed gives the same picture at any number of threads."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain tsne vectors.bin",
      "  refrain tsne vectors.bin --words 2000 --perplexity 50 --out pictures"
    })
final class TsneCommand implements Runnable {
  private static final String PNG = "tsne.png";
  private static final String SVG = "tsne.svg";
  private static final String CSV = "tsne.csv";

  /** From one line of progress to the next. */
  private static final long PROGRESS_NANOS = 2_000_000_000L;

  /** Of more words the neighbours take seconds, in which nothing else is to be said. */
  private static final int SILENT_WORDS = 5_000;

  /** What stdout lists of the words for which there was no room. */
  private static final int MOST_LISTED = 20;

  @Spec private CommandSpec spec;

  @Mixin private VectorsOption vectors;

  @Option(
      names = "--words",
      paramLabel = "COUNT",
      defaultValue = "500",
      converter = OptionTypes.Count.class,
      description = "How many of the first words. Default: 500.")
  private int words;

  @Option(
      names = "--perplexity",
      paramLabel = "NUMBER",
      defaultValue = "30",
      converter = OptionTypes.PositiveNumber.class,
      description = "About how many neighbours a word has. Default: 30.")
  private double perplexity;

  @Option(
      names = "--iterations",
      paramLabel = "COUNT",
      defaultValue = "1000",
      converter = OptionTypes.Count.class,
      description = "Steps of descent, the first 250 exaggerated. Default: 1000.")
  private int iterations;

  @Option(
      names = "--exaggeration",
      paramLabel = "FACTOR",
      defaultValue = "12",
      converter = OptionTypes.PositiveNumber.class,
      description = "Attraction in the first steps. Default: 12.")
  private double exaggeration;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      converter = OptionTypes.PositiveNumber.class,
      description = "Default: words / 4 / exaggeration, at least 50.")
  private Double learningRate;

  @Option(
      names = "--theta",
      paramLabel = "NUMBER",
      converter = ThetaNumber.class,
      description =
          "How coarse groups are, 0 (all pairs) to 1. Default: 0 up to 1,000 words, 0.5 above.")
  private Double theta;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      converter = OptionTypes.WholeNumber.class,
      description = "Decides the noise of the start. Default: 1.")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      converter = OptionTypes.Threads.class,
      description = "Default: as many as there are processors.")
  private Integer threads;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "Stands above the picture. Default: the file's name.")
  private String title;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "refrain-out",
      description = "Folder to write into; made if it is not there. Default: refrain-out.")
  private Path out;

  @Option(
      names = "--json",
      description =
          "Print one JSON object on stdout; it says how many words have no label (leftOut) and names"
              + " the first 20 of them.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress on stderr.")
  private boolean quiet;

  static final class ThetaNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (value >= 0 && value <= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with numbers that are out of range.
      }
      throw new TypeConversionException("'" + word + "' is not a number from 0 to 1");
    }
  }

  @Override
  public void run() {
    if (quiet) {
      Logging.warningsOnly();
    }
    WordVectors read = vectors.read(words).normalized();
    OutputFolder folder = OutputFolder.prepare("--out", out);
    long start = System.nanoTime();
    Projection projection = project(read);
    double seconds = (System.nanoTime() - start) / 1e9;
    String name = title == null ? vectors.file().getFileName().toString() : title;
    EmbeddingChart chart = new EmbeddingChart(name, read.words(), projection);
    folder.write(PNG, chart::writePng);
    folder.write(SVG, chart::writeSvg);
    folder.write(CSV, file -> writeCsv(file, read.words(), projection));
    print(read.size(), projection, leftOut(chart), seconds, folder.files());
  }

  private Projection project(WordVectors read) {
    try {
      Tsne tsne =
          new Tsne()
              .perplexity(perplexity)
              .iterations(iterations)
              .earlyExaggeration(exaggeration)
              .seed(seed);
      tsne = learningRate == null ? tsne : tsne.learningRate(learningRate);
      tsne = theta == null ? tsne : tsne.theta(theta);
      tsne = threads == null ? tsne : tsne.threads(threads);
      if (!quiet && read.size() > SILENT_WORDS) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf(Locale.ROOT, "t-SNE: looking for the neighbours of %,d words%n", read.size());
        err.flush();
      }
      return tsne.project(read.values(), read.dimensions(), new Progress());
    } catch (IllegalArgumentException e) {
      throw new BadInputException("'%s': %s".formatted(vectors.file(), e.getMessage()), e);
    } catch (ArithmeticException e) {
      throw new CommandFailedException(e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      throw new CommandFailedException(
          "Java's memory is full; lower --words or --perplexity, or give it more with"
              + " REFRAIN_JAVA_OPTS=-Xmx8g",
          e);
    }
  }

  /** A line on stderr now and then. */
  private final class Progress implements Tsne.Listener {
    private final long start = System.nanoTime();
    private long last = start;

    @Override
    public void onProgress(int iteration, double klDivergence) {
      long now = System.nanoTime();
      if (quiet || (now - last < PROGRESS_NANOS && iteration < iterations)) {
        return;
      }
      last = now;
      double left = (now - start) / 1e9 / iteration * (iterations - iteration);
      PrintWriter err = spec.commandLine().getErr();
      err.printf(
          Locale.ROOT,
          "t-SNE: %d/%d  KL divergence %.4f  %.0f s left%n",
          iteration,
          iterations,
          klDivergence,
          left);
      err.flush();
    }
  }

  private static List<String> leftOut(EmbeddingChart chart) {
    try {
      return chart.leftOut();
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  private static void writeCsv(Path file, List<String> words, Projection projection)
      throws IOException {
    AtomicFiles.write(
        file,
        stream -> {
          Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
          writer.write("word,x,y\n");
          for (int i = 0; i < words.size(); i++) {
            String quoted = "\"" + words.get(i).replace("\"", "\"\"") + "\"";
            writer.write(
                String.format(
                    Locale.ROOT, "%s,%.6f,%.6f%n", quoted, projection.x(i), projection.y(i)));
          }
          writer.flush();
        });
  }

  private void print(
      int count, Projection projection, List<String> leftOut, double seconds, List<String> files) {
    PrintWriter stdout = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("words", count);
      object.put("klDivergence", Json.number(projection.klDivergence()));
      object.put("iterations", projection.iterations());
      object.put("seconds", seconds);
      object.put("leftOut", leftOut.size());
      object.put("leftOutWords", leftOut.subList(0, Math.min(MOST_LISTED, leftOut.size())));
      object.put("files", files);
      stdout.println(Json.line(object));
    } else {
      stdout.printf(
          Locale.ROOT,
          "%d words, KL divergence %.4f after %d iterations, %.1f s%n",
          count,
          projection.klDivergence(),
          projection.iterations(),
          seconds);
      printLeftOut(count, leftOut, stdout);
      stdout.printf("%nWritten:%n");
      files.forEach(written -> stdout.println("  " + written));
    }
    stdout.flush();
  }

  /** The last of many words have dots alone, and are more than anyone wants to read. */
  private static void printLeftOut(int count, List<String> leftOut, PrintWriter stdout) {
    int dots = Math.max(0, count - EmbeddingChart.MOST_LABELS);
    List<String> wanted = leftOut.subList(0, Math.max(0, leftOut.size() - dots));
    if (!wanted.isEmpty()) {
      stdout.printf(
          "No room for %d %s: %s%s%n",
          wanted.size(),
          wanted.size() == 1 ? "word" : "words",
          String.join(" ", wanted.subList(0, Math.min(MOST_LISTED, wanted.size()))),
          wanted.size() > MOST_LISTED ? " ..." : "");
    }
    if (dots > 0) {
      stdout.printf(
          Locale.ROOT,
          "Words behind the first %,d are dots without a name.%n",
          EmbeddingChart.MOST_LABELS);
    }
  }
}
