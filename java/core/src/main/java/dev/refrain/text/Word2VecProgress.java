package dev.refrain.text;

/**
 * How far {@link Word2VecTraining} is.
 *
 * @param epoch the pass over the text, from 0
 * @param words words of the text that were gone through, all passes counted; those that are not in
 *     the vocabulary count too
 * @param totalWords of all passes
 * @param loss mean loss of a pair since the last report, summed in double; NaN where there was none
 * @param wordsPerSecond since training began or was resumed
 * @param epochLoss mean loss of a pair in the pass that ends here; NaN within a pass
 */
public record Word2VecProgress(
    int epoch, long words, long totalWords, double loss, double wordsPerSecond, double epochLoss) {

  /** Is told. */
  @FunctionalInterface
  public interface Listener {
    /** Called by the thread that trains, a few times a second where the engine is fast. */
    void onProgress(Word2VecProgress progress);
  }
}
