package dev.refrain.text;

/** With which chances a text's words are kept, and drawn as noise. */
final class WordDraws {
  private final Vocabulary vocabulary;
  private final Word2VecSettings settings;

  WordDraws(Vocabulary vocabulary, Word2VecSettings settings) {
    this.vocabulary = vocabulary;
    this.settings = settings;
  }

  /** Of each word, up to which random word of 32 bits a use is kept. */
  int[] keep() {
    int[] keep = new int[vocabulary.size()];
    double known = (double) vocabulary.knownWords();
    for (int i = 0; i < keep.length; i++) {
      double share = vocabulary.count(i) / known / settings.sample();
      double probability = (Math.sqrt(share) + 1) / share;
      keep[i] = probability >= 1 ? -1 : (int) (long) (probability * 0x1p32);
    }
    return keep;
  }

  /** Weights of words as noise. */
  double[] noise() {
    double[] weights = new double[vocabulary.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] =
          settings.method().noise() == Word2VecNoise.UNIGRAM
              ? Math.pow((double) vocabulary.count(i), settings.noisePower())
              : Math.log((i + 2.0) / (i + 1.0));
    }
    return weights;
  }
}
