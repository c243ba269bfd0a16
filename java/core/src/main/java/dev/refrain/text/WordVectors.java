package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.WordMatrix;
import dev.refrain.kernels.Kernels;
import dev.refrain.rows.BestRows;
import dev.refrain.rows.RowProducts;
import dev.refrain.rows.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Words with their vectors: one matrix in float32, a row a word, usually the commonest first.
 *
 * <p>Similarity is the cosine; a vector of zeros, or one so short that float32 has not the inverse
 * of its length, is similar to nothing (0). All answers are exact, by products with every row, and
 * the same whatever the number of threads; of equally similar words the earlier row comes first.
 * Instances do not change and may be used by many threads.
 *
 * <p>Methods that take words throw {@link UnknownWordException} for those without a vector.
 */
public final class WordVectors {
  /** What 3CosMul adds to the denominator, as in the paper. */
  private static final float MULTIPLY_EPSILON = 1e-6f;

  /** So many queries are searched for at once by a thread. */
  private static final int QUERIES_A_THREAD = 64;

  private final List<String> words;
  private final int dimensions;
  private final float[] values;
  private final Map<String, Integer> rows;
  private final float[] inverseNorms;

  /**
   * Puts words and vectors together.
   *
   * @param words V different ones
   * @param dimensions D, at least 1
   * @param values [V,D]; not copied: leave them as they are
   * @throws IllegalArgumentException if the sizes do not fit, a word is empty or stands twice, or a
   *     number is not finite; the message names word and row
   */
  public WordVectors(List<String> words, int dimensions, float[] values) {
    this(new WordMatrix(words, dimensions, values));
  }

  /** As {@link #WordVectors(List, int, float[])}. */
  public WordVectors(WordMatrix matrix) {
    this.words = matrix.words();
    this.dimensions = matrix.dimensions();
    this.values = matrix.values();
    this.rows = new HashMap<>(words.size() * 2);
    this.inverseNorms = new float[words.size()];
    for (int row = 0; row < words.size(); row++) {
      String word = words.get(row);
      Integer before = rows.put(word, row);
      if (before != null || word.isEmpty()) {
        throw new IllegalArgumentException(
            word.isEmpty()
                ? "row " + (row + 1) + " has an empty word"
                : "the word '%s' stands in row %d and again in row %d; remove one"
                    .formatted(word, before + 1, row + 1));
      }
      inverseNorms[row] = inverseNorm(row);
    }
  }

  private float inverseNorm(int row) {
    double sum = 0;
    for (int d = 0; d < dimensions; d++) {
      float value = values[row * dimensions + d];
      sum += (double) value * value;
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException(
          "the vector of '%s' in row %d has a number that is not finite; was training broken off?"
              .formatted(words.get(row), row + 1));
    }
    float inverse = (float) (1 / Math.sqrt(sum));
    return Float.isFinite(inverse) ? inverse : 0;
  }

  /**
   * Reads a file; its ending says the {@link VectorFormat}.
   *
   * @throws IllegalArgumentException if the ending says none
   * @throws MalformedFileException if the file is not what it should be, has a word twice or a
   *     number that is not finite
   * @throws IOException if it cannot be read
   */
  public static WordVectors read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * As {@link #read(Path)}, the first words only. The two word2vec formats are read no further than
   * that, so that the file may be far larger than the memory.
   *
   * @param mostWords at least 0
   */
  public static WordVectors read(Path file, int mostWords) throws IOException {
    if (mostWords < 0) {
      throw new IllegalArgumentException("mostWords is " + mostWords + "; it must be at least 0");
    }
    WordMatrix matrix = VectorFormat.of(file).read(file, mostWords);
    try {
      return new WordVectors(matrix);
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(file, e.getMessage(), e);
    }
  }

  /**
   * Writes a file, whole or not at all; its ending says the {@link VectorFormat}.
   *
   * @throws IllegalArgumentException if the ending says none, or a word has a space or a line end
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    VectorFormat.of(file).write(file, new WordMatrix(words, dimensions, values));
  }

  /** Number of words, V. */
  public int size() {
    return words.size();
  }

  /** Numbers of a vector, D. */
  public int dimensions() {
    return dimensions;
  }

  /** All words, in the order of the rows. */
  public List<String> words() {
    return words;
  }

  /** The word of a row, from 0. */
  public String word(int row) {
    return words.get(row);
  }

  /** The row of a word, or -1 if it has none. */
  public int row(String word) {
    return rows.getOrDefault(word, -1);
  }

  /** Whether a word has a vector. */
  public boolean contains(String word) {
    return rows.containsKey(word);
  }

  private int required(String word) {
    int row = row(word);
    if (row < 0) {
      throw new UnknownWordException(word, NearestSpellings.of(word, words));
    }
    return row;
  }

  /** The vector of a word, as a copy. */
  public float[] vector(String word) {
    int row = required(word);
    return Arrays.copyOfRange(values, row * dimensions, (row + 1) * dimensions);
  }

  /** The matrix itself, [V,D]; not a copy. */
  public float[] values() {
    return values;
  }

  @Override
  public String toString() {
    return "%d words, %d dimensions".formatted(words.size(), dimensions);
  }

  /** The same words with vectors of length 1; zeros stay zeros. */
  public WordVectors normalized() {
    float[] unit = new float[values.length];
    for (int row = 0; row < words.size(); row++) {
      copyUnit(row, unit, row * dimensions);
    }
    return new WordVectors(words, dimensions, unit);
  }

  private void copyUnit(int row, float[] target, int at) {
    for (int d = 0; d < dimensions; d++) {
      target[at + d] = values[row * dimensions + d] * inverseNorms[row];
    }
  }

  private float[] unit(String word) {
    float[] unit = new float[dimensions];
    copyUnit(required(word), unit, 0);
    return unit;
  }

  /** The cosine of two words, from -1 to 1. */
  public double similarity(String a, String b) {
    return similarity(required(a), required(b));
  }

  double similarity(int a, int b) {
    double sum = 0;
    for (int d = 0; d < dimensions; d++) {
      sum += (double) values[a * dimensions + d] * values[b * dimensions + d];
    }
    return sum * inverseNorms[a] * inverseNorms[b];
  }

  /**
   * The words nearest to a word, itself left out.
   *
   * @param count so many, or all others if there are fewer
   */
  public List<Neighbour> nearest(String word, int count) {
    return nearest(List.of(word), count).get(0);
  }

  /** As {@link #nearest(String, int)} for many words, as one product on all cores. */
  public List<List<Neighbour>> nearest(List<String> wanted, int count) {
    return nearest(wanted, count, null);
  }

  /**
   * As {@link #nearest(List, int)}, computed by an engine: faster for many words. Cosines differ
   * from those in Java by rounding.
   *
   * @param kernels the engine, or null for Java
   */
  public List<List<Neighbour>> nearest(List<String> wanted, int count, Kernels kernels) {
    float[] queries = new float[Math.multiplyExact(wanted.size(), dimensions)];
    int[][] excluded = new int[wanted.size()][];
    for (int query = 0; query < excluded.length; query++) {
      int row = required(wanted.get(query));
      copyUnit(row, queries, query * dimensions);
      excluded[query] = new int[] {row};
    }
    return search(queries, excluded, count, words.size(), kernels);
  }

  /**
   * The words nearest to any vector.
   *
   * @param vector [D]; its length does not matter
   * @throws IllegalArgumentException if it has not D numbers, or one of them is not finite
   */
  public List<Neighbour> nearest(float[] vector, int count) {
    if (vector.length != dimensions) {
      throw new IllegalArgumentException(
          "a vector of %d numbers; these have %d".formatted(vector.length, dimensions));
    }
    float[] query = vector.clone();
    normalize(query, 0);
    return search(query, new int[][] {{}}, count, words.size(), null).get(0);
  }

  /**
   * The words that complete an analogy: {@code positive = [king, woman], negative = [man]} asks
   * what is to woman as king is to man. The words of the question are left out.
   *
   * @param positive at least one word
   * @param negative may be empty
   */
  public List<Neighbour> analogy(
      AnalogyMethod method, List<String> positive, List<String> negative, int count) {
    if (positive.isEmpty()) {
      throw new IllegalArgumentException("an analogy needs at least one positive word");
    }
    List<String> all = new ArrayList<>(positive);
    all.addAll(negative);
    int[] given = all.stream().mapToInt(this::required).toArray();
    return method == AnalogyMethod.ADD
        ? add(given, positive.size(), count)
        : multiply(given, positive.size(), count);
  }

  private List<Neighbour> add(int[] given, int positives, int count) {
    float[] query = new float[dimensions];
    putSum(given, positives, query, 0);
    return search(query, new int[][] {given}, count, words.size(), null).get(0);
  }

  /** The unit vector of the sum of unit vectors, those behind the positives subtracted. */
  void putSum(int[] given, int positives, float[] target, int at) {
    float[] unit = new float[dimensions];
    Arrays.fill(target, at, at + dimensions, 0);
    for (int i = 0; i < given.length; i++) {
      copyUnit(given[i], unit, 0);
      for (int d = 0; d < dimensions; d++) {
        target[at + d] += i < positives ? unit[d] : -unit[d];
      }
    }
    normalize(target, at);
  }

  private void normalize(float[] target, int at) {
    double sum = 0;
    for (int d = 0; d < dimensions; d++) {
      sum += (double) target[at + d] * target[at + d];
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException("the vector has a number that is not finite");
    }
    double inverse = sum == 0 ? 0 : 1 / Math.sqrt(sum);
    for (int d = 0; d < dimensions; d++) {
      target[at + d] = (float) (target[at + d] * inverse);
    }
  }

  /** Cosines are moved to 0..1 first, since a product of negative ones says nothing. */
  private List<Neighbour> multiply(int[] given, int positives, int count) {
    float[] queries = new float[given.length * dimensions];
    for (int i = 0; i < given.length; i++) {
      copyUnit(given[i], queries, i * dimensions);
    }
    float[] above = new float[words.size()];
    float[] below = new float[words.size()];
    Arrays.fill(above, 1);
    Arrays.fill(below, 1);
    try (Workers alone = new Workers(1)) {
      new RowProducts(values, dimensions, words.size())
          .forEach(
              queries,
              given.length,
              alone,
              (query, firstRow, rowCount, products) -> {
                float[] side = query < positives ? above : below;
                for (int i = 0; i < rowCount; i++) {
                  side[firstRow + i] *= (1 + products[i] * inverseNorms[firstRow + i]) / 2;
                }
              });
    }
    BestRows best = new BestRows(wantedRows(count, given, words.size()));
    for (int row = 0; row < above.length; row++) {
      best.offer(row, above[row] / (below[row] + MULTIPLY_EPSILON));
    }
    return neighbours(best, given, count);
  }

  /**
   * The word that is least like the others: least similar to the mean of all their unit vectors.
   *
   * @param among at least two words
   */
  public String doesNotMatch(List<String> among) {
    if (among.size() < 2) {
      throw new IllegalArgumentException("give at least two words to choose from");
    }
    float[] mean = new float[dimensions];
    putSum(among.stream().mapToInt(this::required).toArray(), among.size(), mean, 0);
    String least = null;
    double leastSimilarity = Double.POSITIVE_INFINITY;
    for (String word : among) {
      float[] unit = unit(word);
      double similarity = 0;
      for (int d = 0; d < dimensions; d++) {
        similarity += (double) unit[d] * mean[d];
      }
      if (similarity < leastSimilarity) {
        leastSimilarity = similarity;
        least = word;
      }
    }
    return least;
  }

  /**
   * Searches for many queries at once.
   *
   * @param queries [number of excluded, D], unit vectors
   * @param excluded rows that are not given back, for each query
   * @param firstRows only so many rows are searched
   * @param kernels the engine that computes products, or null for Java
   */
  List<List<Neighbour>> search(
      float[] queries, int[][] excluded, int count, int firstRows, Kernels kernels) {
    BestRows[] best = new BestRows[excluded.length];
    Arrays.setAll(best, q -> new BestRows(wantedRows(count, excluded[q], firstRows)));
    RowProducts.Consumer offer =
        (query, firstRow, rowCount, products) -> {
          BestRows kept = best[query];
          for (int i = 0; i < rowCount; i++) {
            kept.offer(firstRow + i, products[i] * inverseNorms[firstRow + i]);
          }
        };
    if (kernels == null) {
      int useful = (excluded.length + QUERIES_A_THREAD - 1) / QUERIES_A_THREAD;
      int threads = Math.max(1, Math.min(useful, Runtime.getRuntime().availableProcessors()));
      try (Workers workers = new Workers(threads)) {
        new RowProducts(values, dimensions, firstRows)
            .forEach(queries, excluded.length, workers, offer);
      }
    } else {
      EngineProducts.forEach(
          kernels, values, dimensions, firstRows, queries, excluded.length, offer);
    }
    List<List<Neighbour>> found = new ArrayList<>();
    for (int query = 0; query < best.length; query++) {
      found.add(neighbours(best[query], excluded[query], count));
    }
    return found;
  }

  /** Room for those that will be left out. */
  private static int wantedRows(int count, int[] excluded, int rowCount) {
    if (count < 0) {
      throw new IllegalArgumentException(count + " neighbours asked for; give at least 0");
    }
    return (int) Math.min((long) count + excluded.length, rowCount);
  }

  private List<Neighbour> neighbours(BestRows best, int[] excluded, int count) {
    List<Neighbour> neighbours = new ArrayList<>();
    for (int rank = 0; rank < best.size() && neighbours.size() < count; rank++) {
      int row = best.row(rank);
      if (Arrays.stream(excluded).noneMatch(other -> other == row)) {
        neighbours.add(new Neighbour(words.get(row), best.score(rank)));
      }
    }
    return neighbours;
  }
}
