package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Buffer;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;

/** float32 numbers on a native engine's device. */
final class NativeBuffer implements Buffer {
  private static final String WHAT = "buffer";

  private final NativeMemory memory;
  private final long size;

  NativeBuffer(NativeContext owner, long size) {
    if (size <= 0 || size > Long.MAX_VALUE / Float.BYTES) {
      throw new IllegalArgumentException("buffer size is " + size + "; it must be at least 1");
    }
    this.size = size;
    memory = new NativeMemory(owner, size * Float.BYTES, WHAT);
  }

  /** The address of an element. */
  FloatPointer at(NativeContext user, long offset) {
    return new FloatPointer(memory.addressFor(user)).getPointer(offset);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(from, count, source.length);
    if (count == 0) {
      return;
    }
    try (FloatPointer host = new FloatPointer(count)) {
      host.put(source, from, count);
      memory.write(offset * Float.BYTES, host, (long) count * Float.BYTES);
    }
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(from, count, target.length);
    if (count == 0) {
      return;
    }
    try (FloatPointer host = new FloatPointer(count)) {
      memory.read(offset * Float.BYTES, host, (long) count * Float.BYTES);
      host.get(target, from, count);
    }
  }

  @Override
  public void writeDoubles(long offset, double[] source, int from, int count) {
    Objects.checkFromIndexSize(from, count, source.length);
    float[] rounded = new float[count];
    for (int i = 0; i < count; i++) {
      rounded[i] = (float) source[from + i];
    }
    write(offset, rounded, 0, count);
  }

  @Override
  public void readDoubles(long offset, double[] target, int from, int count) {
    Objects.checkFromIndexSize(from, count, target.length);
    float[] values = new float[count];
    read(offset, values, 0, count);
    for (int i = 0; i < count; i++) {
      target[from + i] = values[i];
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
