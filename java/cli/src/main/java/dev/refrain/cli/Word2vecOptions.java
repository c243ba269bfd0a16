package dev.refrain.cli;

import dev.refrain.kernels.RowsAdam;
import dev.refrain.text.InvalidUtf8;
import dev.refrain.text.Word2Vec;
import dev.refrain.text.Word2VecNoise;
import dev.refrain.text.Word2VecObjective;
import dev.refrain.text.Word2VecOptimizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** What {@code refrain word2vec} learns and how. */
final class Word2vecOptions {
  /** Settings that have another name than their option. */
  private static final Map<String, String> NAMES =
      Map.of("--mode", "exact", "--phrases", "phrasePasses");

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
      converter = OptionTypes.Count.class,
      description =
          "Words of noise for each center, up to 128; in batches, for all pairs of a batch. Default:"
              + " 5, and 64 in batches.")
  private Integer negatives;

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
      converter = OptionTypes.FiniteNumber.class,
      description =
          "Uses of words with a larger share of the text are dropped at random; 0: none. Default:"
              + " 1e-3.")
  private double sample;

  @Option(
      names = "--noise",
      paramLabel = "NAME",
      description =
          "unigram: words of noise are drawn by count to a power. log-uniform: by rank, as"
              + " TensorFlow does. Default: unigram for negative sampling, else log-uniform.")
  private String noise;

  @Option(
      names = "--noise-power",
      paramLabel = "POWER",
      converter = OptionTypes.FiniteNumber.class,
      description = "The power of unigram noise. Default: 0.75.")
  private Double noisePower;

  @Option(
      names = "--cbow",
      description = "The mean of the contexts predicts the center; without it each context does.")
  private boolean cbow;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "hogwild: threads race on the same numbers, fastest. exact: the same bits in every run,"
              + " whatever the number of threads. Default: hogwild, but for batches, which are"
              + " always exact.")
  private String mode;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      defaultValue = "0",
      converter = OptionTypes.CountOrZero.class,
      description =
          "In exact mode, pieces of text that are learned side by side, up to 64; as many threads"
              + " find work. Default: 0, which is 8, or fewer where a word is much of the text.")
  private int lanes;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      converter = OptionTypes.PositiveNumber.class,
      description =
          "At the beginning; falls linearly to 1e-4. Default: 0.025, and 0.05 with --cbow; in"
              + " batches 0.003 for adam, 1 for sgd, and 3 for sgd by sampled softmax.")
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
      description =
          "negative-sampling; or, learned in batches, nce: noise-contrastive estimation, or"
              + " sampled-softmax. Default: negative-sampling.")
  private String objective;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "sgd",
      description = "sgd, or adam, which learns in batches. Default: sgd.")
  private String optimizer;

  @Option(
      names = "--rows",
      paramLabel = "MODE",
      description =
          "What adam does with words that a batch does not have. dense: moves them on all the same,"
              + " as TensorFlow 1 does. deferred: the same numbers, when they come up next. lazy:"
              + " leaves them. Default: deferred.")
  private String rows;

  @Option(
      names = "--batch",
      paramLabel = "PAIRS",
      converter = OptionTypes.Count.class,
      description = "Pairs of a batch, up to 65536. Default: 128.")
  private Integer batch;

  int epochs() {
    return epochs;
  }

  int phrases() {
    return phrases;
  }

  InvalidUtf8 invalidUtf8() {
    return oneOf("--invalid-utf8", invalidUtf8, "refuse", "replace").equals("refuse")
        ? InvalidUtf8.REFUSE
        : InvalidUtf8.REPLACE;
  }

  /** The one of these words that an option's value is. */
  private static String oneOf(String option, String word, String... words) {
    if (!List.of(words).contains(word)) {
      throw new BadInputException(
          "%s '%s' is unknown; give %s".formatted(option, word, String.join(" or ", words)));
    }
    return word;
  }

  private static <T extends Enum<T>> T named(String option, String word, T[] constants) {
    String[] words = new String[constants.length];
    for (T constant : constants) {
      words[constant.ordinal()] = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
    return constants[List.of(words).indexOf(oneOf(option, word, words))];
  }

  /**
   * Refuses settings that were given and are not those of a saved training.
   *
   * @param given names of options, "--window"
   * @param free names of those that may differ
   */
  void refuseOthersThan(Map<String, String> saved, Path file, Set<String> given, Set<String> free) {
    Map<String, String> own = trainer().settings();
    for (String option : given) {
      String name = NAMES.getOrDefault(option, camelCase(option));
      if (own.containsKey(name) && !free.contains(option)) {
        String kept = saved.get(name);
        boolean left = option.equals("--lanes") && lanes == 0; // It says "as you see fit".
        if (!left && !own.get(name).equals(kept)) {
          throw new BadInputException(
              "%s: %s was trained with %s = %s, and goes on with it; leave the option out"
                  .formatted(option, file, name, kept));
        }
      }
    }
  }

  /** What the trainer refuses, with the option in the place of the setting that it names first. */
  static String byOption(String message) {
    Matcher setting = Pattern.compile("^([a-z][A-Za-z]*)(?= is )").matcher(message);
    if (!setting.find()) {
      return message;
    }
    String name = setting.group(1);
    String option =
        NAMES.entrySet().stream()
            .filter(entry -> entry.getValue().equals(name))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseGet(() -> "--" + kebabCase(name));
    return option + message.substring(name.length());
  }

  private static String kebabCase(String name) {
    return Pattern.compile("[A-Z]")
        .matcher(name)
        .replaceAll(match -> "-" + match.group().toLowerCase(Locale.ROOT));
  }

  private static String camelCase(String option) {
    return Pattern.compile("-(.)")
        .matcher(option.substring(2))
        .replaceAll(match -> match.group(1).toUpperCase(Locale.ROOT));
  }

  /** Throws IllegalArgumentException for a value out of range. */
  Word2Vec trainer() {
    invalidUtf8();
    Word2Vec.Builder builder =
        Word2Vec.builder()
            .dimensions(dimensions)
            .window(window)
            .epochs(epochs)
            .minCount(minCount)
            .sample(sample)
            .cbow(cbow)
            .lanes(lanes)
            .phrasePasses(phrases)
            .phraseThreshold(phraseThreshold)
            .seed(seed)
            .objective(named("--objective", objective, Word2VecObjective.values()))
            .optimizer(named("--optimizer", optimizer, Word2VecOptimizer.values()));
    if (mode != null) {
      builder.exact(oneOf("--mode", mode, "hogwild", "exact").equals("exact"));
    }
    if (negatives != null) {
      builder.negatives(negatives);
    }
    if (noise != null) {
      builder.noise(named("--noise", noise, Word2VecNoise.values()));
    }
    if (noisePower != null) {
      builder.noisePower(noisePower);
    }
    if (rows != null) {
      builder.rows(named("--rows", rows, RowsAdam.Mode.values()));
    }
    if (batch != null) {
      builder.batch(batch);
    }
    if (maxVocabulary != null) {
      builder.maxVocabulary(maxVocabulary);
    }
    if (learningRate != null) {
      builder.learningRate(learningRate);
    }
    return builder.build();
  }

  long seed() {
    return seed;
  }
}
