package dev.refrain.text;

import dev.refrain.kernels.RowsAdam;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Loss and optimizer of {@link Word2Vec}, and the size of its steps.
 *
 * @param rows what Adam does with rows that a step does not touch
 * @param batch pairs of a step, of which all have the same noise; where steps are not batches 0
 */
record Word2VecMethod(
    Word2VecObjective objective,
    Word2VecOptimizer optimizer,
    RowsAdam.Mode rows,
    Word2VecNoise noise,
    int batch) {
  static final int MOST_BATCH = 1 << 16;
  static final int MOST_NEGATIVES = 1 << 16;

  /** What files say that were written when there was no other. */
  static final Word2VecMethod PASSAGES =
      new Word2VecMethod(
          Word2VecObjective.NEGATIVE_SAMPLING,
          Word2VecOptimizer.SGD,
          RowsAdam.Mode.DEFERRED,
          Word2VecNoise.UNIGRAM,
          0);

  Word2VecMethod {
    Objects.requireNonNull(objective, "objective");
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(rows, "rows");
    Objects.requireNonNull(noise, "noise");
    boolean inBatches = inBatches(objective, optimizer);
    if (inBatches ? batch < 1 || batch > MOST_BATCH : batch != 0) {
      throw new IllegalArgumentException(
          inBatches
              ? "batch is " + batch + "; it must lie in 1.." + MOST_BATCH
              : "batch is "
                  + batch
                  + "; negative sampling by gradient descent learns a window at a time, not batches");
    }
    if (!inBatches && noise != Word2VecNoise.UNIGRAM) {
      throw new IllegalArgumentException(
          "noise is "
              + word(noise)
              + "; negative sampling by gradient descent draws words by count: leave it out, or set"
              + " noisePower");
    }
  }

  /** Whether steps are batches of pairs, not windows of the text one after the other. */
  boolean inBatches() {
    return inBatches(objective, optimizer);
  }

  static boolean inBatches(Word2VecObjective objective, Word2VecOptimizer optimizer) {
    return objective != Word2VecObjective.NEGATIVE_SAMPLING || optimizer != Word2VecOptimizer.SGD;
  }

  /** Whether each word has a bias, and logits are less the logarithm of expected noise. */
  boolean correctsForNoise() {
    return objective != Word2VecObjective.NEGATIVE_SAMPLING;
  }

  /** Whether a pair goes without noise that is its own label. */
  boolean leavesOutHits() {
    return objective != Word2VecObjective.NCE;
  }

  void toMetadata(String prefix, Map<String, String> metadata) {
    metadata.put(prefix + "objective", word(objective));
    metadata.put(prefix + "optimizer", word(optimizer));
    metadata.put(prefix + "rows", word(rows));
    metadata.put(prefix + "noise", word(noise));
    metadata.put(prefix + "batch", Integer.toString(batch));
  }

  static Word2VecMethod ofMetadata(String prefix, Map<String, String> metadata) {
    if (!metadata.containsKey(prefix + "objective")) {
      return PASSAGES;
    }
    Word2VecObjective objective = named(Word2VecObjective.class, metadata, prefix + "objective");
    Word2VecOptimizer optimizer = named(Word2VecOptimizer.class, metadata, prefix + "optimizer");
    Word2VecNoise noise = named(Word2VecNoise.class, metadata, prefix + "noise");
    return new Word2VecMethod(
        objective,
        optimizer,
        named(RowsAdam.Mode.class, metadata, prefix + "rows"),
        // Older files may say another, which had no say: words were drawn by count.
        inBatches(objective, optimizer) ? noise : Word2VecNoise.UNIGRAM,
        Integer.parseInt(Objects.requireNonNullElse(metadata.get(prefix + "batch"), "")));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <T extends Enum<T>> T named(
      Class<T> type, Map<String, String> metadata, String key) {
    String word = Objects.requireNonNullElse(metadata.get(key), "");
    for (T constant : type.getEnumConstants()) {
      if (word(constant).equals(word)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("its " + key + " is '" + word + "'");
  }
}
