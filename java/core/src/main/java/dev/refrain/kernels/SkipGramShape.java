package dev.refrain.kernels;

/**
 * How pairs of a word and one of its neighbours are drawn from a text: each step takes the next
 * {@code batch/skips} words as centres, in the order of the text, and pairs each with {@code skips}
 * different neighbours.
 *
 * @param groups G
 * @param batch N, pairs of a step; a multiple of {@code skips}
 * @param window words on either side that are neighbours, 1 to {@value #LARGEST_WINDOW}
 * @param skips pairs of a centre, 1 to {@code 2·window}
 * @param length words of a text, at least {@code 2·window + 1}
 * @param sharedText whether one text serves all groups
 */
public record SkipGramShape(
    int groups, int batch, int window, int skips, long length, boolean sharedText) {

  /** No window is larger. */
  public static final int LARGEST_WINDOW = 32;

  public SkipGramShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(batch, "batch");
    if (window < 1 || window > LARGEST_WINDOW) {
      throw new IllegalArgumentException(
          "window is " + window + "; it must lie in 1.." + LARGEST_WINDOW);
    }
    if (skips < 1 || skips > 2 * window) {
      throw new IllegalArgumentException(
          "skips is "
              + skips
              + "; it must lie in 1.."
              + 2 * window
              + ", as many neighbours as the window has");
    }
    if (batch % skips != 0) {
      throw new IllegalArgumentException(
          "batch is " + batch + "; it must be a multiple of skips, " + skips);
    }
    if (length <= 2L * window) {
      throw new IllegalArgumentException(
          "a text of "
              + length
              + " words has no word with "
              + window
              + " neighbours on either side; it needs at least "
              + (2 * window + 1));
    }
  }
}
