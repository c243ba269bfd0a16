package dev.refrain.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What {@link Word2Vec} learns and how. Checked when made; {@link Word2Vec.Builder} has the
 * defaults and says what each means.
 */
record Word2VecSettings(
    int dimensions,
    int window,
    int negatives,
    int epochs,
    int minCount,
    int maxVocabulary,
    double sample,
    double noisePower,
    boolean cbow,
    boolean exact,
    int lanes,
    double learningRate,
    double leastLearningRate,
    int phrasePasses,
    double phraseThreshold,
    long seed,
    Word2VecMethod method) {

  /** The value of lanes before a text has decided: {@link Word2VecLanes}. */
  static final int LANES_BY_TEXT = 0;

  private static final String PREFIX = "word2vec.";
  private static final int MOST_DIMENSIONS = 1 << 16;

  Word2VecSettings {
    within(dimensions, 1, MOST_DIMENSIONS, "dimensions");
    within(window, 1, 128, "window");
    within(negatives, 1, method.inBatches() ? Word2VecMethod.MOST_NEGATIVES : 128, "negatives");
    within(epochs, 1, Integer.MAX_VALUE, "epochs");
    within(minCount, 1, Integer.MAX_VALUE, "minCount");
    within(maxVocabulary, 2, Integer.MAX_VALUE, "maxVocabulary");
    within(lanes, LANES_BY_TEXT, 64, "lanes");
    within(phrasePasses, 0, 8, "phrasePasses");
    require(sample >= 0 && sample <= 1, "sample", sample, "it must lie in 0..1");
    require(Double.isFinite(noisePower), "noisePower", noisePower, "it must be finite");
    require(
        learningRate > 0 && Double.isFinite(learningRate),
        "learningRate",
        learningRate,
        "it must be above 0");
    require(
        leastLearningRate >= 0 && leastLearningRate <= learningRate,
        "leastLearningRate",
        leastLearningRate,
        "it must lie in 0..learningRate");
    require(phraseThreshold > 0, "phraseThreshold", phraseThreshold, "it must be above 0");
    if (method.inBatches()) {
      requireBatches(cbow, exact);
    }
  }

  private static void requireBatches(boolean cbow, boolean exact) {
    if (cbow) {
      throw new IllegalArgumentException(
          "CBOW is learned by negative sampling and gradient descent alone; leave it out, or these"
              + " as they are");
    }
    if (!exact) {
      throw new IllegalArgumentException(
          "threads race (hogwild) in negative sampling by gradient descent alone; batches are"
              + " always learned in exact mode");
    }
  }

  private static void within(int value, int least, int most, String name) {
    require(value >= least && value <= most, name, value, "it must lie in " + least + ".." + most);
  }

  private static void require(boolean holds, String name, Number value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + "; " + rule);
    }
  }

  /** By name. */
  Map<String, String> named() {
    Map<String, String> named = new LinkedHashMap<>();
    toMetadata().forEach((key, value) -> named.put(key.substring(PREFIX.length()), value));
    return named;
  }

  /** As metadata of a file. */
  Map<String, String> toMetadata() {
    Map<String, String> m = new LinkedHashMap<>();
    m.put(PREFIX + "dimensions", Integer.toString(dimensions));
    m.put(PREFIX + "window", Integer.toString(window));
    m.put(PREFIX + "negatives", Integer.toString(negatives));
    m.put(PREFIX + "epochs", Integer.toString(epochs));
    m.put(PREFIX + "minCount", Integer.toString(minCount));
    m.put(PREFIX + "maxVocabulary", Integer.toString(maxVocabulary));
    m.put(PREFIX + "sample", Double.toString(sample));
    m.put(PREFIX + "noisePower", Double.toString(noisePower));
    m.put(PREFIX + "cbow", Boolean.toString(cbow));
    m.put(PREFIX + "exact", Boolean.toString(exact));
    m.put(PREFIX + "lanes", Integer.toString(lanes));
    m.put(PREFIX + "learningRate", Double.toString(learningRate));
    m.put(PREFIX + "leastLearningRate", Double.toString(leastLearningRate));
    m.put(PREFIX + "phrasePasses", Integer.toString(phrasePasses));
    m.put(PREFIX + "phraseThreshold", Double.toString(phraseThreshold));
    m.put(PREFIX + "seed", Long.toString(seed));
    method.toMetadata(PREFIX, m);
    return m;
  }

  /**
   * What {@link #toMetadata} wrote.
   *
   * @throws IllegalArgumentException if something is missing or does not fit
   */
  static Word2VecSettings ofMetadata(Map<String, String> m) {
    return new Word2VecSettings(
        integer(m, "dimensions"),
        integer(m, "window"),
        integer(m, "negatives"),
        integer(m, "epochs"),
        integer(m, "minCount"),
        integer(m, "maxVocabulary"),
        number(m, "sample"),
        number(m, "noisePower"),
        Boolean.parseBoolean(text(m, "cbow")),
        Boolean.parseBoolean(text(m, "exact")),
        integer(m, "lanes"),
        number(m, "learningRate"),
        number(m, "leastLearningRate"),
        integer(m, "phrasePasses"),
        number(m, "phraseThreshold"),
        Long.parseLong(text(m, "seed")),
        Word2VecMethod.ofMetadata(PREFIX, m));
  }

  private static int integer(Map<String, String> metadata, String name) {
    return Integer.parseInt(text(metadata, name));
  }

  private static double number(Map<String, String> metadata, String name) {
    return Double.parseDouble(text(metadata, name));
  }

  private static String text(Map<String, String> metadata, String name) {
    String value = metadata.get(PREFIX + name);
    if (value == null) {
      throw new IllegalArgumentException("it does not say " + PREFIX + name);
    }
    return Objects.requireNonNull(value);
  }

  /** The same for another number of passes over the text and another seed. */
  Word2VecSettings with(int otherEpochs, long otherSeed) {
    return with(otherEpochs, lanes, otherSeed);
  }

  /** The same for another number of lanes. */
  Word2VecSettings withLanes(int otherLanes) {
    return with(epochs, otherLanes, seed);
  }

  private Word2VecSettings with(int otherEpochs, int otherLanes, long otherSeed) {
    return new Word2VecSettings(
        dimensions,
        window,
        negatives,
        otherEpochs,
        minCount,
        maxVocabulary,
        sample,
        noisePower,
        cbow,
        exact,
        otherLanes,
        learningRate,
        leastLearningRate,
        phrasePasses,
        phraseThreshold,
        otherSeed,
        method);
  }
}
