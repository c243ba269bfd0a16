package dev.refrain.kernels;

import java.util.Objects;

/**
 * The rows of a table that a batch names, each once: what {@link Kernels#distinct} finds.
 *
 * @param groups G
 * @param capacity R, ids of a group's batch, and the most rows that it can name
 * @param rows {@code [G,R]}: the rows in the order of first appearance, −1 behind the last
 * @param count {@code [G]}: how many they are
 * @param slots {@code [G,R]}: where among {@code rows} the row of each id stands; −1 for an id
 *     without a row
 */
public record TouchedRows(
    int groups, int capacity, IndexBuffer rows, IndexBuffer count, IndexBuffer slots) {

  public TouchedRows {
    Arguments.positive(groups, "groups");
    Arguments.positive(capacity, "capacity");
    Objects.requireNonNull(rows, "rows");
    Objects.requireNonNull(count, "count");
    Objects.requireNonNull(slots, "slots");
  }

  /** New memory for so many ids of each group. */
  public static TouchedRows allocate(Kernels kernels, int groups, int capacity) {
    long size = (long) groups * capacity;
    return new TouchedRows(
        groups,
        capacity,
        kernels.allocateIndices(size),
        kernels.allocateIndices(groups),
        kernels.allocateIndices(size));
  }
}
