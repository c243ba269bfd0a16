package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import java.util.Objects;

/** Doubles on the heap; each is a float32 value unless the precision is FP64. */
final class ReferenceBuffer implements Buffer {
  private final ReferenceMemory memory;
  private final int elementBytes;
  private final boolean rounds;
  private double[] data;

  ReferenceBuffer(ReferenceMemory memory, int size, int elementBytes) {
    this.memory = memory;
    this.elementBytes = elementBytes;
    this.rounds = memory.rounds();
    this.data = new double[size];
  }

  ReferenceMemory memory() {
    return memory;
  }

  /** The elements; writers round what they store. */
  double[] data() {
    memory.requireOpen();
    if (data == null) {
      throw new IllegalStateException("the buffer is closed");
    }
    return data;
  }

  /** The value as this buffer keeps it. */
  double round(double value) {
    return rounds ? (float) value : value;
  }

  /** Assigns {@code values} from {@code start} on, or adds them to what is there. */
  void store(int start, double[] values, boolean accumulate) {
    for (int i = 0; i < values.length; i++) {
      data[start + i] = round(accumulate ? data[start + i] + values[i] : values[i]);
    }
  }

  @Override
  public long size() {
    return data().length;
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    int start = transfer("written", offset, source.length, from, count);
    for (int i = 0; i < count; i++) {
      data[start + i] = source[from + i];
    }
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    int start = transfer("read", offset, target.length, from, count);
    for (int i = 0; i < count; i++) {
      target[from + i] = (float) data[start + i];
    }
  }

  @Override
  public void writeDoubles(long offset, double[] source, int from, int count) {
    int start = transfer("written", offset, source.length, from, count);
    for (int i = 0; i < count; i++) {
      data[start + i] = round(source[from + i]);
    }
  }

  @Override
  public void readDoubles(long offset, double[] target, int from, int count) {
    int start = transfer("read", offset, target.length, from, count);
    System.arraycopy(data, start, target, from, count);
  }

  private int transfer(String verb, long offset, int hostLength, int from, int count) {
    memory.requireTransfers(verb);
    Objects.checkFromIndexSize(from, count, hostLength);
    return (int) Objects.checkFromIndexSize(offset, (long) count, size());
  }

  @Override
  public void close() {
    if (data != null) {
      memory.giveBack((long) data.length * elementBytes);
      data = null;
    }
  }
}
