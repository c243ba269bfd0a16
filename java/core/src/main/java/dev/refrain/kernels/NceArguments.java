package dev.refrain.kernels;

import java.util.Objects;

/**
 * What a sampled loss reads and writes; null stands for absent.
 *
 * @param embeddings {@code [G,words,D]} in
 * @param weights {@code [G,classes,D]} in
 * @param biases {@code [G,classes,1]} in; may lie behind the columns of the weights
 * @param inputs the rows of the pairs' inputs, capacity N
 * @param targets the rows of the pairs' labels, then of the candidates, capacity N + S
 * @param logExpected {@code [G,N+S]} in, {@code log Q} of the class in each slot; absent: 0
 * @param embeddingGradients {@code [G,N,D]} out, by slot
 * @param weightGradients {@code [G,N+S,D]} out, by slot
 * @param biasGradients {@code [G,N+S,1]} out, by slot; may lie behind the weights' columns
 */
public record NceArguments(
    View embeddings,
    View weights,
    View biases,
    TouchedRows inputs,
    TouchedRows targets,
    Buffer logExpected,
    View embeddingGradients,
    View weightGradients,
    View biasGradients) {

  public NceArguments {
    Objects.requireNonNull(embeddings, "embeddings");
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(biases, "biases");
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(targets, "targets");
    Objects.requireNonNull(embeddingGradients, "embeddingGradients");
    Objects.requireNonNull(weightGradients, "weightGradients");
    Objects.requireNonNull(biasGradients, "biasGradients");
  }
}
