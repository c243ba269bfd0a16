package dev.refrain.text;

/** What becomes of a word whose bytes are not UTF-8. */
public enum InvalidUtf8 {
  /** Reading fails and says where the word is. */
  REFUSE,
  /** Each malformed part becomes U+FFFD, the replacement character. */
  REPLACE
}
