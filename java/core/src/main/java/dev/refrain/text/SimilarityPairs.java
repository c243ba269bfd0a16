package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Pairs of words with the similarity that people gave them, such as WordSim-353 and SimLex-999: a
 * line a pair, columns separated by tabs or commas, the words in the first two and the similarity
 * in the first column of numbers behind them. Lines that begin with {@code #} are left out, and so
 * is a header.
 *
 * <p>Scoring is that of gensim 4 ({@code evaluate_word_pairs}): words are compared in upper case,
 * and pairs with an unknown word are counted but not compared.
 */
public final class SimilarityPairs {
  /** How many of the first words take part, unless said otherwise. */
  public static final int USUAL_FIRST_WORDS = 300_000;

  private final List<Pair> pairs;

  private SimilarityPairs(List<Pair> pairs) {
    this.pairs = pairs;
  }

  private record Pair(String a, String b, double similarity) {}

  /**
   * How the cosines agree with people.
   *
   * @param spearman rank correlation, from -1 to 1; NaN where it is not defined
   * @param pearson correlation, from -1 to 1; NaN where it is not defined
   * @param compared pairs of which both words have vectors
   * @param outOfVocabulary pairs that were not compared
   */
  public record Score(double spearman, double pearson, int compared, int outOfVocabulary) {}

  /**
   * Reads pairs.
   *
   * @throws MalformedFileException if there is none, or a line is not like the others
   * @throws IOException if the file cannot be read
   */
  public static SimilarityPairs read(Path file) throws IOException {
    List<Pair> pairs = new ArrayList<>();
    int column = -1;
    int number = 0;
    boolean header = false;
    for (String line : TextLines.read(file)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] cells = line.split(line.indexOf('\t') >= 0 ? "\t" : ",", -1);
      if (column < 0) {
        column = firstNumber(cells);
        if (column < 0) {
          if (header) {
            throw notAPair(file, number, line);
          }
          header = true;
          continue;
        }
      }
      if (cells.length <= column || !isNumber(cells[column])) {
        throw notAPair(file, number, line);
      }
      pairs.add(
          new Pair(word(cells[0]), word(cells[1]), Double.parseDouble(cells[column].strip())));
    }
    if (pairs.isEmpty()) {
      throw new MalformedFileException(
          file, "has no pairs; a line is two words and a number, separated by tabs or commas");
    }
    return new SimilarityPairs(pairs);
  }

  private static MalformedFileException notAPair(Path file, int number, String line) {
    return new MalformedFileException(
        file,
        "line %d, '%s', is no pair: two words and a number, separated by tabs or commas"
            .formatted(number, line.length() > 60 ? line.substring(0, 60) + "…" : line));
  }

  /** The first column of numbers behind the words, or -1. */
  private static int firstNumber(String[] cells) {
    for (int column = 2; column < cells.length; column++) {
      if (isNumber(cells[column])) {
        return column;
      }
    }
    return -1;
  }

  private static boolean isNumber(String cell) {
    return cell.strip().matches("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?")
        && Double.isFinite(Double.parseDouble(cell.strip()));
  }

  private static String word(String cell) {
    return cell.strip().toUpperCase(Locale.ROOT);
  }

  /** Number of pairs. */
  public int size() {
    return pairs.size();
  }

  /**
   * Compares all pairs.
   *
   * @param firstWords so many words take part, those of the first rows
   */
  public Score compare(WordVectors vectors, int firstWords) {
    Map<String, Integer> known =
        QuestionWords.firstRows(vectors, Math.min(firstWords, vectors.size()));
    double[] people = new double[pairs.size()];
    double[] cosines = new double[pairs.size()];
    int size = 0;
    for (Pair pair : pairs) {
      Integer a = known.get(pair.a);
      Integer b = known.get(pair.b);
      if (a != null && b != null) {
        people[size] = pair.similarity;
        cosines[size++] = vectors.similarity(a, b);
      }
    }
    people = Arrays.copyOf(people, size);
    cosines = Arrays.copyOf(cosines, size);
    return new Score(
        Correlation.spearman(people, cosines),
        Correlation.pearson(people, cosines),
        size,
        pairs.size() - size);
  }
}
