package dev.refrain.text;

/** What becomes of a word that is not in the vocabulary. */
public enum UnknownWords {
  /** It is left out of the text; windows close over the gap. */
  DROP,
  /** It becomes {@value Vocabulary#UNKNOWN}, a word of its own with index 0. */
  OWN_WORD,
  /**
   * It becomes index 0, which is the commonest word's too. TensorFlow's classic tutorial does so;
   * it teaches that word what belongs to the rare ones. For that tutorial's numbers alone.
   */
  COMMONEST_WORD
}
