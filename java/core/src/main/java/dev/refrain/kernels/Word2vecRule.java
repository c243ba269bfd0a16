package dev.refrain.kernels;

/**
 * How {@link Kernels#word2vec} learns word vectors; {@code refrain/word2vec.h} has the equations.
 *
 * @param window most words on either side that a center is learned with, 1..128
 * @param negatives K, words of noise for each center, 1..128
 * @param cbow whether the contexts' mean predicts the center; else each context does (skip-gram)
 * @param exact whether the bits are the same whatever the number of threads; else threads work on
 *     the rows without a lock, which is faster
 * @param lanes stretches that begin from the same rows in exact mode, 1..64: a part of the rule,
 *     not the number of threads
 * @param stretch numbers of the text that are learned one after the other, 1..65536
 */
public record Word2vecRule(
    int window, int negatives, boolean cbow, boolean exact, int lanes, int stretch) {

  public Word2vecRule {
    within(window, 128, "window");
    within(negatives, 128, "negatives");
    within(lanes, 64, "lanes");
    within(stretch, 65_536, "stretch");
  }

  private static void within(int value, int most, String name) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(name + " is " + value + "; it must lie in 1.." + most);
    }
  }
}
