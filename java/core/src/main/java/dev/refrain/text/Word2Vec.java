package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Learns a vector for each word from the words around it, with a learning rate that falls linearly:
 * skip-gram or CBOW with negative sampling by plain gradient descent (Mikolov et al. 2013), the
 * fast way; or skip-gram in batches of pairs, by any {@link Word2VecObjective} and {@link
 * Word2VecOptimizer}.
 *
 * <pre>{@code
 * Word2Vec word2vec = Word2Vec.builder().dimensions(150).epochs(5).build();
 * try (Kernels kernels = Engines.open(Device.AUTO);
 *     Word2VecTraining training = word2vec.start(kernels, Corpus.of(file))) {
 *   training.run(progress -> System.out.println(progress.loss()));
 *   training.vectors().write(Path.of("vectors.bin"));
 *   training.save(Path.of("vectors.safetensors"));
 * }
 * }</pre>
 */
public final class Word2Vec {
  private final Word2VecSettings settings;

  private Word2Vec(Word2VecSettings settings) {
    this.settings = settings;
  }

  /** Settings to begin with. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Counts and encodes a text and makes a model of it, ready to be trained. The text is read two
   * times, and two more for each pass that looks for phrases.
   *
   * @throws IllegalArgumentException if no word comes often enough, or only one
   * @throws IOException if the text cannot be read
   */
  public Word2VecTraining start(Kernels kernels, WordSource text) throws IOException {
    return Word2VecTraining.start(kernels, settings, text);
  }

  /**
   * Takes up a training that was saved before its end. In exact mode the result has the bits of a
   * training that was not broken off.
   *
   * @param state what {@link Word2VecTraining#save} wrote
   * @param text the same as before
   * @throws MalformedFileException if the file holds no training
   * @throws IllegalArgumentException if the text is another one
   * @throws IOException if file or text cannot be read
   */
  public static Word2VecTraining resume(Kernels kernels, Path state, WordSource text)
      throws IOException {
    return Word2VecTraining.resume(kernels, Word2VecState.read(state), text);
  }

  /**
   * Goes on learning from another text, with the vocabulary, the phrases and the noise of the
   * first: words that are not in it are dropped. The learning rate begins anew.
   *
   * @param state what {@link Word2VecTraining#save} wrote
   * @param epochs passes over the new text
   * @throws MalformedFileException if the file holds no training
   * @throws IllegalArgumentException if none of the text's words is known
   * @throws IOException if file or text cannot be read
   */
  public static Word2VecTraining goOn(Kernels kernels, Path state, WordSource text, int epochs)
      throws IOException {
    return Word2VecTraining.goOn(kernels, Word2VecState.read(state), text, epochs, null);
  }

  /**
   * The same with other draws than the first text's.
   *
   * @param seed of all draws from here on
   */
  public static Word2VecTraining goOn(
      Kernels kernels, Path state, WordSource text, int epochs, long seed) throws IOException {
    return Word2VecTraining.goOn(kernels, Word2VecState.read(state), text, epochs, seed);
  }

  /**
   * The settings of a saved training by the names of {@link Builder}'s methods.
   *
   * @throws MalformedFileException if the file holds no training
   * @throws IOException if it cannot be read
   */
  public static Map<String, String> settingsOf(Path state) throws IOException {
    return Word2VecState.readSettings(state).named();
  }

  /** The settings by the names of {@link Builder}'s methods. */
  public Map<String, String> settings() {
    return settings.named();
  }

  /** Collects settings. Methods throw nothing; {@link #build} does. */
  public static final class Builder {
    private int dimensions = 100;
    private int window = 5;
    private int negatives = -1;
    private int epochs = 5;
    private int minCount = 5;
    private int maxVocabulary = Integer.MAX_VALUE;
    private double sample = 1e-3;
    private Double noisePower;
    private boolean cbow;
    private Boolean exact;
    private int lanes = Word2VecSettings.LANES_BY_TEXT;
    private double learningRate = Double.NaN;
    private double leastLearningRate = Double.NaN;
    private int phrasePasses;
    private double phraseThreshold = 100;
    private long seed = 1;
    private Word2VecObjective objective = Word2VecObjective.NEGATIVE_SAMPLING;
    private Word2VecOptimizer optimizer = Word2VecOptimizer.SGD;
    private RowsAdam.Mode rows;
    private Word2VecNoise noise;
    private Integer batch;

    private Builder() {}

    /** Numbers of a vector; default 100. */
    public Builder dimensions(int value) {
      dimensions = value;
      return this;
    }

    /**
     * Most words on either side of a center that it is learned with, 1..128; default 5. Each center
     * draws its own from 1 to this one.
     */
    public Builder window(int value) {
      window = value;
      return this;
    }

    /**
     * Words of noise for each center, 1..128; default 5. In batches those of a batch, 1..65536;
     * default 64.
     */
    public Builder negatives(int value) {
      negatives = value;
      return this;
    }

    /** Passes over the text; default 5. */
    public Builder epochs(int value) {
      epochs = value;
      return this;
    }

    /** Rarer words are dropped; default 5. */
    public Builder minCount(int value) {
      minCount = value;
      return this;
    }

    /** At most so many words, the commonest; default: no limit. */
    public Builder maxVocabulary(int value) {
      maxVocabulary = value;
      return this;
    }

    /**
     * Uses of words whose share of the text is above this are dropped at random: a use is kept with
     * probability {@code (√(f/t) + 1) t/f}. 0: never. Default 1e-3.
     */
    public Builder sample(double value) {
      sample = value;
      return this;
    }

    /** Noise of {@link Word2VecNoise#UNIGRAM} is drawn by count to this power; default 0.75. */
    public Builder noisePower(double value) {
      noisePower = value;
      return this;
    }

    /** Whether the mean of the contexts predicts the center (CBOW); default: each does. */
    public Builder cbow(boolean value) {
      cbow = value;
      return this;
    }

    /**
     * Whether the bits of the result depend on settings, text, engine and instruction set alone,
     * not on the number of threads or on chance; default: threads race, which is faster, but in
     * batches, which are always exact.
     */
    public Builder exact(boolean value) {
      exact = value;
      return this;
    }

    /**
     * In exact mode, pieces of 128 numbers of the text that are learned side by side before their
     * changes are added, 1..64. At most so many threads are busy. 0, the default: 8, and 4, 2 or 1
     * where some word comes so often, after sampling, that the sum of its changes would go too far.
     */
    public Builder lanes(int value) {
      lanes = value;
      return this;
    }

    /**
     * Learning rate at the beginning; default 0.025, and 0.05 for CBOW. In batches, whose loss is
     * the mean over pairs, 0.003 for Adam and 1 for gradient descent, 3 by sampled softmax.
     */
    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    /** Learning rate at the end; default 1e-4, or the beginning's where that is less. */
    public Builder leastLearningRate(double value) {
      leastLearningRate = value;
      return this;
    }

    /**
     * How often pairs of words are joined to phrases before training, 0..8; default 0. Twice makes
     * phrases of up to four words.
     */
    public Builder phrasePasses(int value) {
      phrasePasses = value;
      return this;
    }

    /** A pair is joined when its {@link Phrases score} is above this; default 100. */
    public Builder phraseThreshold(double value) {
      phraseThreshold = value;
      return this;
    }

    /** Of the first vectors and all draws; default 1. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * What is made small; default {@link Word2VecObjective#NEGATIVE_SAMPLING}. Any but this is
     * learned in batches.
     */
    public Builder objective(Word2VecObjective value) {
      objective = value;
      return this;
    }

    /**
     * By which rule vectors change; default {@link Word2VecOptimizer#SGD}. Adam learns in batches.
     */
    public Builder optimizer(Word2VecOptimizer value) {
      optimizer = value;
      return this;
    }

    /**
     * What Adam does with rows that a step does not touch; default {@link RowsAdam.Mode#DEFERRED}.
     */
    public Builder rows(RowsAdam.Mode value) {
      rows = value;
      return this;
    }

    /**
     * Where noise comes from; default {@link Word2VecNoise#UNIGRAM} for negative sampling, {@link
     * Word2VecNoise#LOG_UNIFORM} otherwise.
     */
    public Builder noise(Word2VecNoise value) {
      noise = value;
      return this;
    }

    /** Pairs of a batch, 1..65536; default 128. */
    public Builder batch(int value) {
      batch = value;
      return this;
    }

    /**
     * Makes the trainer.
     *
     * @throws IllegalArgumentException for a value out of its range; the message names it
     */
    public Word2Vec build() {
      boolean batches = Word2VecMethod.inBatches(objective, optimizer);
      double rate = Double.isNaN(learningRate) ? defaultRate(batches) : learningRate;
      double least = Double.isNaN(leastLearningRate) ? Math.min(1e-4, rate) : leastLearningRate;
      return new Word2Vec(
          new Word2VecSettings(
              dimensions,
              window,
              negatives >= 0 ? negatives : batches ? 64 : 5,
              epochs,
              minCount,
              maxVocabulary,
              sample,
              noisePower == null ? 0.75 : noisePower,
              cbow,
              exact == null ? batches : exact,
              lanes,
              rate,
              least,
              phrasePasses,
              phraseThreshold,
              seed,
              method(batches)));
    }

    private double defaultRate(boolean batches) {
      if (!batches) {
        return cbow ? 0.05 : 0.025;
      }
      if (optimizer == Word2VecOptimizer.ADAM) {
        return 0.003;
      }
      return objective == Word2VecObjective.SAMPLED_SOFTMAX ? 3 : 1;
    }

    private Word2VecMethod method(boolean batches) {
      if (rows != null && optimizer != Word2VecOptimizer.ADAM) {
        throw new IllegalArgumentException(
            "rows is %s, which is what Adam does with rows that a step does not touch; gradient descent has no such rows, so leave it out"
                .formatted(rows));
      }
      Word2VecNoise from = noise;
      if (from == null) {
        from =
            objective == Word2VecObjective.NEGATIVE_SAMPLING
                ? Word2VecNoise.UNIGRAM
                : Word2VecNoise.LOG_UNIFORM;
      }
      if (from == Word2VecNoise.LOG_UNIFORM && noisePower != null) {
        throw new IllegalArgumentException(
            "noisePower is %s, but noise is log-uniform, by ranks alone; leave one of them out"
                .formatted(noisePower));
      }
      return new Word2VecMethod(
          objective,
          optimizer,
          rows == null ? RowsAdam.Mode.DEFERRED : rows,
          from,
          batch != null ? batch : batches ? 128 : 0);
    }
  }
}
