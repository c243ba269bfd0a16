package dev.refrain.text;

/**
 * A word that is near.
 *
 * @param word in the vocabulary
 * @param similarity the cosine, or the score of the analogy that was asked for
 */
public record Neighbour(String word, float similarity) {}
