package dev.refrain.io;

import java.util.List;

/** Words and their vectors, as files keep them: one float32 matrix, a row a word. */
public final class WordMatrix {
  private final List<String> words;
  private final int dimensions;
  private final float[] values;

  /**
   * Puts words and vectors together.
   *
   * @param words in the order of the rows; their number is V
   * @param dimensions numbers of a vector, D, at least 1
   * @param values [V,D]; not copied
   * @throws IllegalArgumentException if the sizes do not fit each other
   */
  public WordMatrix(List<String> words, int dimensions, float[] values) {
    this.words = List.copyOf(words);
    this.dimensions = dimensions;
    this.values = values;
    if (dimensions < 1) {
      throw new IllegalArgumentException("vectors of " + dimensions + " dimensions; at least 1");
    }
    long needed = (long) words.size() * dimensions;
    if (values.length != needed) {
      throw new IllegalArgumentException(
          "%d words of %d dimensions take %d numbers, %d are given"
              .formatted(words.size(), dimensions, needed, values.length));
    }
  }

  /** In the order of the rows; whether one stands twice is not looked at. */
  public List<String> words() {
    return words;
  }

  /** Numbers of a vector, D. */
  public int dimensions() {
    return dimensions;
  }

  /** [V,D]; not a copy. */
  public float[] values() {
    return values;
  }
}
