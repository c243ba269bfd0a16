package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Analogy questions in sections, such as word2vec's {@code question-words.txt}: a line {@code :
 * NAME} begins a section, and each line {@code a b c d} asks what is to c as b is to a; d is right.
 *
 * <p>Scoring is that of gensim 4 ({@code evaluate_word_analogies}): words are compared in upper
 * case; only the first words of the vocabulary are looked at, and questions with other words are
 * counted but not asked; the answer is the nearest word by 3CosAdd that is not in the question.
 */
public final class QuestionWords {
  /** How many of the first words take part, unless said otherwise. */
  public static final int USUAL_FIRST_WORDS = 30_000;

  /** Of so many nearest rows the first that is not in the question in upper case is the answer. */
  private static final int CANDIDATES = 5;

  private static final int WORDS_A_QUESTION = 4;
  private static final int BATCH = 4096;

  private final List<Section> sections;

  private QuestionWords(List<Section> sections) {
    this.sections = sections;
  }

  private record Section(String name, List<List<String>> questions) {}

  /**
   * How a section was answered.
   *
   * @param section its name
   * @param correct questions answered right
   * @param asked questions of which all words have vectors
   * @param outOfVocabulary questions that were not asked
   */
  public record Score(String section, int correct, int asked, int outOfVocabulary) {
    /** Share of right answers, from 0 to 1; NaN if nothing was asked. */
    public double accuracy() {
      return asked == 0 ? Double.NaN : (double) correct / asked;
    }

    private Score plus(Score other) {
      return new Score(
          section,
          correct + other.correct,
          asked + other.asked,
          outOfVocabulary + other.outOfVocabulary);
    }
  }

  /**
   * Reads questions; lines that are no question of four words are refused.
   *
   * @throws MalformedFileException if there is none, a line is another, or stands before a section
   * @throws IOException if the file cannot be read
   */
  public static QuestionWords read(Path file) throws IOException {
    List<Section> sections = new ArrayList<>();
    int number = 0;
    for (String line : TextLines.read(file)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      if (line.startsWith(":")) {
        sections.add(new Section(line.substring(1).strip(), new ArrayList<>()));
        continue;
      }
      List<String> words = Arrays.asList(line.strip().split("\\s+", -1));
      if (sections.isEmpty() || words.size() != WORDS_A_QUESTION) {
        throw new MalformedFileException(
            file,
            sections.isEmpty()
                ? "line %d stands before the first section; begin one with ': NAME'"
                    .formatted(number)
                : "line %d has %d words; a question has four".formatted(number, words.size()));
      }
      sections.get(sections.size() - 1).questions.add(upperCase(words));
    }
    if (sections.stream().allMatch(section -> section.questions.isEmpty())) {
      throw new MalformedFileException(file, "has no questions");
    }
    return new QuestionWords(sections);
  }

  private static List<String> upperCase(List<String> words) {
    return words.stream().map(word -> word.toUpperCase(Locale.ROOT)).toList();
  }

  /** Number of questions. */
  public int size() {
    return sections.stream().mapToInt(section -> section.questions.size()).sum();
  }

  /**
   * Asks all questions.
   *
   * @param firstWords so many words take part, those of the first rows
   * @return one score a section, in order
   */
  public List<Score> ask(WordVectors vectors, int firstWords) {
    return ask(vectors, firstWords, null);
  }

  /**
   * As {@link #ask(WordVectors, int)}, computed by an engine, which is faster.
   *
   * @param kernels the engine, or null for Java
   */
  public List<Score> ask(WordVectors vectors, int firstWords, Kernels kernels) {
    int rows = Math.min(firstWords, vectors.size());
    Map<String, Integer> known = firstRows(vectors, rows);
    List<Score> scores = new ArrayList<>();
    for (Section section : sections) {
      scores.add(ask(vectors, rows, known, section, kernels));
    }
    return scores;
  }

  /** The sum of all, called {@code total}. */
  public static Score total(List<Score> scores) {
    return scores.stream().reduce(new Score("total", 0, 0, 0), Score::plus);
  }

  /** Of words that differ in case alone, the first. */
  static Map<String, Integer> firstRows(WordVectors vectors, int rows) {
    Map<String, Integer> known = new HashMap<>();
    for (int row = 0; row < rows; row++) {
      known.putIfAbsent(vectors.word(row).toUpperCase(Locale.ROOT), row);
    }
    return known;
  }

  private static Score ask(
      WordVectors vectors, int rows, Map<String, Integer> known, Section section, Kernels kernels) {
    List<List<String>> asked =
        section.questions.stream().filter(words -> known.keySet().containsAll(words)).toList();
    int correct = 0;
    for (int from = 0; from < asked.size(); from += BATCH) {
      List<List<String>> batch = asked.subList(from, Math.min(asked.size(), from + BATCH));
      correct += countCorrect(vectors, rows, known, batch, kernels);
    }
    return new Score(section.name, correct, asked.size(), section.questions.size() - asked.size());
  }

  private static int countCorrect(
      WordVectors vectors,
      int rows,
      Map<String, Integer> known,
      List<List<String>> batch,
      Kernels kernels) {
    int dimensions = vectors.dimensions();
    float[] queries = new float[batch.size() * dimensions];
    int[][] given = new int[batch.size()][];
    for (int i = 0; i < given.length; i++) {
      List<String> words = batch.get(i);
      given[i] =
          new int[] {known.get(words.get(1)), known.get(words.get(2)), known.get(words.get(0))};
      vectors.putSum(given[i], 2, queries, i * dimensions);
    }
    List<List<Neighbour>> nearest = vectors.search(queries, given, CANDIDATES, rows, kernels);
    int correct = 0;
    for (int i = 0; i < given.length; i++) {
      List<String> words = batch.get(i);
      String answer = answer(nearest.get(i), words.subList(0, WORDS_A_QUESTION - 1));
      correct += answer.equals(words.get(WORDS_A_QUESTION - 1)) ? 1 : 0;
    }
    return correct;
  }

  /** As gensim has it: where all candidates are in the question, the last of them. */
  private static String answer(List<Neighbour> nearest, List<String> question) {
    String answer = "";
    for (Neighbour neighbour : nearest) {
      answer = neighbour.word().toUpperCase(Locale.ROOT);
      if (!question.contains(answer)) {
        break;
      }
    }
    return answer;
  }
}
