package dev.refrain.cli;

import dev.refrain.text.InvalidUtf8;
import dev.refrain.text.Word2Vec;
import java.util.List;
import picocli.CommandLine.Option;

/** What {@code refrain word2vec} learns and how. */
final class Word2vecOptions {
  @Option(
      names = "--dimensions",
      paramLabel = "N",
      defaultValue = "100",
      converter = OptionTypes.Count.class,
      description = "Numbers of a vector. Default: 100.")
  private int dimensions;

  @Option(
      names = "--window",
      paramLabel = "WORDS",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description =
          "Most words on either side of a center, up to 128; each center draws its own number from"
              + " 1 to this. Default: 5.")
  private int window;

  @Option(
      names = "--negatives",
      paramLabel = "N",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "Words of noise for each center, up to 128. Default: 5.")
  private int negatives;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "Passes over the text. Default: 5.")
  private int epochs;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      defaultValue = "5",
      converter = OptionTypes.Count.class,
      description = "Rarer words are dropped. Default: 5.")
  private int minCount;

  @Option(
      names = "--max-vocabulary",
      paramLabel = "WORDS",
      converter = OptionTypes.Count.class,
      description = "At most so many words, the commonest. Default: no limit.")
  private Integer maxVocabulary;

  @Option(
      names = "--sample",
      paramLabel = "SHARE",
      defaultValue = "1e-3",
      description =
          "Uses of words with a larger share of the text are dropped at random; 0: none. Default:"
              + " 1e-3.")
  private double sample;

  @Option(
      names = "--noise-power",
      paramLabel = "POWER",
      defaultValue = "0.75",
      description = "Noise is drawn by count to this power. Default: 0.75.")
  private double noisePower;

  @Option(
      names = "--cbow",
      description = "The mean of the contexts predicts the center; without it each context does.")
  private boolean cbow;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "hogwild",
      description =
          "hogwild: threads race on the same numbers, fastest. exact: the same bits in every run,"
              + " whatever the number of threads. Default: hogwild.")
  private String mode;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      defaultValue = "8",
      converter = OptionTypes.Count.class,
      description =
          "In exact mode, pieces of text that are learned side by side, up to 64; as many threads"
              + " find work. Default: 8.")
  private int lanes;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      converter = OptionTypes.PositiveNumber.class,
      description =
          "At the beginning; falls linearly to 1e-4. Default: 0.025, and 0.05 with --cbow.")
  private Double learningRate;

  @Option(
      names = "--phrases",
      paramLabel = "PASSES",
      defaultValue = "0",
      converter = OptionTypes.CountOrZero.class,
      description = "How often pairs of words are joined to phrases first, up to 8. Default: 0.")
  private int phrases;

  @Option(
      names = "--phrase-threshold",
      paramLabel = "SCORE",
      defaultValue = "100",
      converter = OptionTypes.PositiveNumber.class,
      description = "Least score of a phrase. Default: 100.")
  private double phraseThreshold;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      converter = OptionTypes.WholeNumber.class,
      description = "Of the first vectors and all draws. Default: 1.")
  private long seed;

  @Option(
      names = "--invalid-utf8",
      paramLabel = "POLICY",
      defaultValue = "refuse",
      description =
          "What becomes of bytes that are not UTF-8: refuse the corpus, or replace them by U+FFFD."
              + " Default: refuse.")
  private String invalidUtf8;

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      defaultValue = "negative-sampling",
      description = "negative-sampling is the only one here. Default: negative-sampling.")
  private String objective;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "sgd",
      description = "sgd is the only one here. Default: sgd.")
  private String optimizer;

  int epochs() {
    return epochs;
  }

  InvalidUtf8 invalidUtf8() {
    return oneOf("--invalid-utf8", invalidUtf8, "refuse", "replace").equals("refuse")
        ? InvalidUtf8.REFUSE
        : InvalidUtf8.REPLACE;
  }

  void refuseWhatIsNotThere() {
    oneOf("--mode", mode, "hogwild", "exact");
    invalidUtf8();
    if (List.of("nce", "sampled-softmax").contains(objective)) {
      throw new BadInputException(
          "--objective '%s' is not there in this command; 'refrain tutorial word2vec' trains by NCE"
              .formatted(objective));
    }
    oneOf("--objective", objective, "negative-sampling");
    if (optimizer.equals("adam")) {
      throw new BadInputException(
          "--optimizer 'adam' is not there in this command; 'refrain tutorial word2vec' trains by"
              + " Adam");
    }
    oneOf("--optimizer", optimizer, "sgd");
  }

  private static String oneOf(String option, String word, String... words) {
    if (!List.of(words).contains(word)) {
      throw new BadInputException(
          "%s '%s' is unknown; give %s".formatted(option, word, String.join(" or ", words)));
    }
    return word;
  }

  /** Throws IllegalArgumentException for a value out of range. */
  Word2Vec trainer() {
    Word2Vec.Builder builder =
        Word2Vec.builder()
            .dimensions(dimensions)
            .window(window)
            .negatives(negatives)
            .epochs(epochs)
            .minCount(minCount)
            .sample(sample)
            .noisePower(noisePower)
            .cbow(cbow)
            .exact(mode.equals("exact"))
            .lanes(lanes)
            .phrasePasses(phrases)
            .phraseThreshold(phraseThreshold)
            .seed(seed);
    if (maxVocabulary != null) {
      builder.maxVocabulary(maxVocabulary);
    }
    if (learningRate != null) {
      builder.learningRate(learningRate);
    }
    return builder.build();
  }
}
