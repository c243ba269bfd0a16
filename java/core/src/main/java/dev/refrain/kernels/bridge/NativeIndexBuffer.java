package dev.refrain.kernels.bridge;

import dev.refrain.kernels.IndexBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.IntPointer;

/** int32 numbers on a native engine's device. */
final class NativeIndexBuffer implements IndexBuffer {
  private final NativeMemory memory;
  private final long size;

  NativeIndexBuffer(NativeContext owner, long size) {
    if (size <= 0 || size > Long.MAX_VALUE / Integer.BYTES) {
      throw new IllegalArgumentException("buffer size is " + size + "; it must be at least 1");
    }
    this.size = size;
    memory = new NativeMemory(owner, size * Integer.BYTES, "index buffer");
  }

  /** The address of the first element. */
  IntPointer start(NativeContext user) {
    return new IntPointer(memory.addressFor(user));
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void write(long offset, int[] source, int from, int count) {
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(from, count, source.length);
    if (count == 0) {
      return;
    }
    try (IntPointer host = new IntPointer(count)) {
      host.put(source, from, count);
      memory.write(offset * Integer.BYTES, host, (long) count * Integer.BYTES);
    }
  }

  @Override
  public void read(long offset, int[] target, int from, int count) {
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(from, count, target.length);
    if (count == 0) {
      return;
    }
    try (IntPointer host = new IntPointer(count)) {
      memory.read(offset * Integer.BYTES, host, (long) count * Integer.BYTES);
      host.get(target, from, count);
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
