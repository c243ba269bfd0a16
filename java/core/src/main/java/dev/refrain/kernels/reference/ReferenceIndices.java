package dev.refrain.kernels.reference;

import dev.refrain.kernels.IndexBuffer;
import java.util.Objects;

/** Ints on the heap. */
final class ReferenceIndices implements IndexBuffer {
  private final ReferenceMemory memory;
  private int[] data;

  ReferenceIndices(ReferenceMemory memory, int size) {
    this.memory = memory;
    this.data = new int[size];
  }

  ReferenceMemory memory() {
    return memory;
  }

  int[] data() {
    memory.requireOpen();
    if (data == null) {
      throw new IllegalStateException("the index buffer is closed");
    }
    return data;
  }

  @Override
  public long size() {
    return data().length;
  }

  @Override
  public void write(long offset, int[] source, int from, int count) {
    memory.requireTransfers("written");
    int start = range(offset, source.length, from, count);
    System.arraycopy(source, from, data, start, count);
  }

  @Override
  public void read(long offset, int[] target, int from, int count) {
    memory.requireTransfers("read");
    int start = range(offset, target.length, from, count);
    System.arraycopy(data, start, target, from, count);
  }

  private int range(long offset, int hostLength, int from, int count) {
    Objects.checkFromIndexSize(from, count, hostLength);
    return (int) Objects.checkFromIndexSize(offset, (long) count, size());
  }

  @Override
  public void close() {
    if (data != null) {
      memory.giveBack((long) data.length * Integer.BYTES);
      data = null;
    }
  }
}
