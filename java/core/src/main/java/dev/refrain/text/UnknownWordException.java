package dev.refrain.text;

import java.util.List;
import java.util.stream.Collectors;

/** A word that has no vector. The message names it and the words that are spelt nearly like it. */
public final class UnknownWordException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String word;

  UnknownWordException(String word, List<String> spellings) {
    super(
        "the word '%s' is not in the vocabulary".formatted(word)
            + (spellings.isEmpty()
                ? ""
                : spellings.stream()
                    .map(spelling -> "'" + spelling + "'")
                    .collect(Collectors.joining(" or ", "; did you mean ", "?"))));
    this.word = word;
  }

  /** Which word. */
  public String word() {
    return word;
  }
}
