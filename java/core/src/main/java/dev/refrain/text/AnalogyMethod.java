package dev.refrain.text;

/**
 * How analogies are solved; Levy and Goldberg, "Linguistic Regularities in Sparse and Explicit Word
 * Representations" (2014), equations 3 and 4.
 */
public enum AnalogyMethod {
  /** 3CosAdd: the word nearest to the sum of positive unit vectors less the negative ones. */
  ADD,
  /** 3CosMul: the product of the positives' similarities over that of the negatives'. */
  MULTIPLY
}
