package dev.refrain.kernels;

import java.util.Objects;

/**
 * What gathering reads and writes; null stands for absent.
 *
 * @param series {@code [G,S,C]} or {@code [S,C]} in
 * @param rowsOf {@code [G]} in, valid rows of each group, span..S; absent: S
 * @param starts {@code [K,G,N]} in: round {@code (step−1) mod K} says where the windows start;
 *     absent: drawn by Philox from the group's seed and step
 * @param x {@code [G,T,N,I]} out
 * @param target {@code [G,T,N,O]} out
 */
public record GatherArguments(
    Buffer series, IndexBuffer rowsOf, IndexBuffer starts, View x, View target) {

  public GatherArguments {
    Objects.requireNonNull(series, "series");
    Objects.requireNonNull(x, "x");
  }
}
