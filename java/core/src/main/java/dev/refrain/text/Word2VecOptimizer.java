package dev.refrain.text;

/** By which rule {@link Word2Vec} changes the vectors. */
public enum Word2VecOptimizer {
  /** Gradient descent. */
  SGD,
  /** Adam, in TensorFlow's form with the paper's decays. */
  ADAM
}
