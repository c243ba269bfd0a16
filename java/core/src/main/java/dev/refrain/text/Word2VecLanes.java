package dev.refrain.text;

/**
 * How many stretches exact mode learns side by side where nobody has said. All of them begin from
 * the same rows, and a row takes the sum of their changes: what one stretch does to a row that all
 * of them touch is done once for each. Where a word is much of the text, that sum oversteps, and
 * vectors grow without bounds.
 */
final class Word2VecLanes {
  private static final int MOST = 8;

  /**
   * Of {@link #pull} times lanes, the most. Found by trying on texts of 3 to 21,310 words: with
   * pulls from 0.62 to 0.79 eight lanes diverge or come near it and four do not; at 0.45 and below
   * eight do not. Of English with the default settings the pull is 0.37.
   */
  private static final double MOST_PULL = 3.2;

  private Word2VecLanes() {}

  /** Eight, or the half, and so on, as far as the sum of changes is no danger; at least one. */
  static int of(Vocabulary vocabulary, Word2VecSettings settings) {
    double pull = pull(vocabulary, settings);
    int lanes = MOST;
    while (lanes > 1 && lanes * pull > MOST_PULL) {
      lanes /= 2;
    }
    return lanes;
  }

  /**
   * How far one stretch draws the outputs' row that it touches most to where it has no error, as a
   * share of the way, for contexts of length 1: the learning rate times the sigmoid's steepest
   * slope, 1/4, for each pair that it is expected in.
   */
  private static double pull(Vocabulary vocabulary, Word2VecSettings settings) {
    WordDraws draws = new WordDraws(vocabulary, settings);
    int[] keep = settings.sample() == 0 ? null : draws.keep();
    double[] noise = draws.noise();
    double known = (double) vocabulary.knownWords();
    double centers = 0;
    double weights = 0;
    for (int word = 0; word < noise.length; word++) {
      centers += kept(vocabulary, keep, word) / known;
      weights += noise[word];
    }
    double most = 0;
    for (int word = 0; word < noise.length; word++) {
      double asCenter = kept(vocabulary, keep, word) / known;
      double asNoise = centers * settings.negatives() * noise[word] / weights;
      most = Math.max(most, asCenter + asNoise);
    }
    // A center's own window is half of it on average, on either side; CBOW has one mean of them.
    double contexts = settings.cbow() ? 1 : settings.window() + 1;
    return Word2VecPassages.EXACT_STRETCH * contexts * most * settings.learningRate() / 4;
  }

  private static double kept(Vocabulary vocabulary, int[] keep, int word) {
    double share = keep == null ? 1 : Integer.toUnsignedLong(keep[word]) * 0x1p-32;
    return share * vocabulary.count(word);
  }
}
