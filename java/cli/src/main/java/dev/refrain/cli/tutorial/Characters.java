package dev.refrain.cli.tutorial;

import java.util.Arrays;

/** The different characters of a text, numbered in the order of Unicode. */
final class Characters {
  private final int[] codePoints;

  /** Collects the characters of a text, or takes them if each is there once. */
  Characters(String text) {
    codePoints = text.codePoints().sorted().distinct().toArray();
  }

  int count() {
    return codePoints.length;
  }

  /**
   * The numbers of a text's characters.
   *
   * @throws IllegalArgumentException if one is not known; the message names it
   */
  int[] encode(String text) {
    return text.codePoints().map(this::indexOf).toArray();
  }

  private int indexOf(int codePoint) {
    int index = Arrays.binarySearch(codePoints, codePoint);
    if (index < 0) {
      throw new IllegalArgumentException(
          "the character '%s' (U+%04X) does not occur in the text"
              .formatted(Character.toString(codePoint), codePoint));
    }
    return index;
  }

  String decode(int index) {
    return Character.toString(codePoints[index]);
  }

  /** All of them. */
  @Override
  public String toString() {
    return new String(codePoints, 0, codePoints.length);
  }
}
