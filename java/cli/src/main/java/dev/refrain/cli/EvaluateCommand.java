package dev.refrain.cli;

import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.text.QuestionWords;
import dev.refrain.text.SimilarityPairs;
import dev.refrain.text.WordVectors;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code refrain evaluate VECTORS}. */
@Command(
    name = "evaluate",
    header = "Scores word vectors on analogies and on similarities.",
    description = {
      "",
      "Counts and scores are those of gensim 4: words are compared in upper case, questions and"
          + " pairs with words that have no vector are counted as unknown and left out."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  refrain evaluate vectors.bin --questions question-words.txt",
      "  refrain evaluate vectors.bin --similarity wordsim353.tsv --json"
    })
final class EvaluateCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private VectorsOption vectors;

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      description = "Analogy questions: lines of four words, in sections that begin with ': NAME'.")
  private Path questions;

  @Option(
      names = "--similarity",
      paramLabel = "FILE",
      description =
          "Pairs with the similarity people gave them, such as WordSim-353 or SimLex-999: two"
              + " words and a number a line, separated by tabs or commas. May be given again.")
  private List<Path> similarity = List.of();

  @Option(
      names = "--restrict",
      paramLabel = "COUNT",
      defaultValue = "30000",
      converter = OptionTypes.Count.class,
      description = "Questions are asked of so many of the first words. Default: 30000.")
  private int restrict;

  @Option(
      names = "--restrict-similarity",
      paramLabel = "COUNT",
      defaultValue = "300000",
      converter = OptionTypes.Count.class,
      description = "Pairs are looked up among so many of the first words. Default: 300000.")
  private int restrictSimilarity;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object on stdout.")
  private boolean json;

  /** Reads one of the files. */
  private interface Reader<T> {
    T read(Path file) throws IOException;
  }

  @Override
  public void run() {
    if (questions == null && similarity.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Give --questions or --similarity, or both");
    }
    if (questions == null) {
      device.requireNamed();
    }
    QuestionWords asked = questions == null ? null : read(questions, QuestionWords::read);
    List<SimilarityPairs> pairs =
        similarity.stream().map(file -> read(file, SimilarityPairs::read)).toList();
    WordVectors read = vectors.read();
    List<QuestionWords.Score> scores = asked == null ? null : vectors.ask(() -> ask(asked, read));
    List<SimilarityPairs.Score> agreements =
        pairs.stream().map(file -> file.compare(read, restrictSimilarity)).toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.line(toJson(read, scores, agreements)));
    } else {
      print(read, scores, agreements, out);
    }
    out.flush();
  }

  /** The reference engine is there to judge: where it is all there is, plain Java is faster. */
  private List<QuestionWords.Score> ask(QuestionWords asked, WordVectors read) {
    try (Kernels kernels = device.open()) {
      boolean reference = kernels.device().engine().equals("reference");
      return asked.ask(read, restrict, reference ? null : kernels);
    } catch (KernelException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }

  private static <T> T read(Path file, Reader<T> reader) {
    try {
      return reader.read(file);
    } catch (IOException e) {
      throw new BadInputException(e.getMessage(), e);
    }
  }

  private Map<String, Object> toJson(
      WordVectors read, List<QuestionWords.Score> scores, List<SimilarityPairs.Score> agreements) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("words", read.size());
    object.put("dimensions", read.dimensions());
    if (scores != null) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("file", questions.toString());
      all.put("restrict", restrict);
      all.put("sections", scores.stream().map(EvaluateCommand::toJson).toList());
      all.put("total", toJson(QuestionWords.total(scores)));
      object.put("questions", all);
    }
    List<Map<String, Object>> files = new ArrayList<>();
    for (int i = 0; i < agreements.size(); i++) {
      SimilarityPairs.Score score = agreements.get(i);
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("file", similarity.get(i).toString());
      entry.put("spearman", Json.number(score.spearman()));
      entry.put("pearson", Json.number(score.pearson()));
      entry.put("compared", score.compared());
      entry.put("outOfVocabulary", score.outOfVocabulary());
      files.add(entry);
    }
    object.put("similarity", files);
    return object;
  }

  private static Map<String, Object> toJson(QuestionWords.Score score) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("section", score.section());
    entry.put("correct", score.correct());
    entry.put("asked", score.asked());
    entry.put("outOfVocabulary", score.outOfVocabulary());
    entry.put("accuracy", Json.number(score.accuracy()));
    return entry;
  }

  private void print(
      WordVectors read,
      List<QuestionWords.Score> scores,
      List<SimilarityPairs.Score> agreements,
      PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %d words of %d dimensions%n",
        vectors.file(),
        read.size(),
        read.dimensions());
    if (scores != null) {
      out.printf(
          Locale.ROOT,
          "%n%s, asked of the first %d words%n",
          questions,
          Math.min(restrict, read.size()));
      out.println("   right   asked  unknown  accuracy");
      scores.forEach(score -> print(score, out));
      print(QuestionWords.total(scores), out);
    }
    for (int i = 0; i < agreements.size(); i++) {
      SimilarityPairs.Score score = agreements.get(i);
      out.printf(
          Locale.ROOT,
          "%n%s%n  Spearman %s, Pearson %s, %d pairs compared, %d unknown%n",
          similarity.get(i),
          correlation(score.spearman()),
          correlation(score.pearson()),
          score.compared(),
          score.outOfVocabulary());
    }
  }

  /** A hyphen where too few pairs are known for one. */
  private static String correlation(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static void print(QuestionWords.Score score, PrintWriter out) {
    String accuracy =
        score.asked() == 0 ? "-" : String.format(Locale.ROOT, "%.2f %%", 100 * score.accuracy());
    out.printf(
        Locale.ROOT,
        "%8d%8d%9d%10s  %s%n",
        score.correct(),
        score.asked(),
        score.outOfVocabulary(),
        accuracy,
        score.section());
  }
}
