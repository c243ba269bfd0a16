package dev.refrain.kernels.reference;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * The memory of one {@link ReferenceKernels}: counts the bytes that its buffers would take on a
 * device, honours the cap, and knows its own buffers. Once closed, so are they.
 */
final class ReferenceMemory {
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final Precision precision;
  private final long limitBytes;
  private long allocatedBytes;
  private boolean recording;
  private boolean closed;

  ReferenceMemory(Precision precision, long limitBytes) {
    this.precision = precision;
    this.limitBytes = limitBytes;
  }

  ReferenceBuffer buffer(long size) {
    int elementBytes = rounds() ? Float.BYTES : Double.BYTES;
    return take(
        size, elementBytes, "floats", length -> new ReferenceBuffer(this, length, elementBytes));
  }

  ReferenceIndices indices(long size) {
    return take(size, Integer.BYTES, "ints", length -> new ReferenceIndices(this, length));
  }

  ReferenceState state(int groups, int historyLength) {
    if (groups < 1 || historyLength < 0) {
      throw new IllegalArgumentException(
          String.format(
              "a state needs groups >= 1 and historyLength >= 0, not %d and %d",
              groups, historyLength));
    }
    long doubles = groups * (ReferenceState.FIELDS + (long) historyLength);
    return take(
        doubles,
        Double.BYTES,
        "numbers of state and history",
        length -> new ReferenceState(this, groups, historyLength));
  }

  private <T> T take(long size, int elementBytes, String unit, IntFunction<T> make) {
    requireTransfers("allocated");
    if (size < 0) {
      throw new IllegalArgumentException("size is " + size + "; it must be at least 0");
    }
    if (size > LONGEST_ARRAY) {
      throw new KernelException(
          String.format(
              "%d %s are too many: a Java array of the reference engine holds at most %d",
              size, unit, LONGEST_ARRAY));
    }
    long bytes = size * elementBytes;
    if (bytes > limitBytes - allocatedBytes) {
      throw new KernelException(
          String.format(
              "%d %s take %d bytes, %d bytes are in use and the memory limit is %d bytes",
              size, unit, bytes, allocatedBytes, limitBytes));
    }
    T made = onHeap(() -> make.apply((int) size), size, unit);
    allocatedBytes += bytes;
    return made;
  }

  private static <T> T onHeap(Supplier<T> make, long size, String unit) {
    try {
      return make.get();
    } catch (OutOfMemoryError e) {
      throw new KernelException(
          String.format(
              "the Java heap of %d bytes has no room for %d %s (%s); raise -Xmx",
              Runtime.getRuntime().maxMemory(), size, unit, e.getMessage()));
    }
  }

  void giveBack(long bytes) {
    allocatedBytes -= closed ? 0 : bytes;
  }

  long allocatedBytes() {
    return allocatedBytes;
  }

  /** What the limit and Java's heap leave. */
  long availableBytes() {
    Runtime java = Runtime.getRuntime();
    long heap = java.maxMemory() - (java.totalMemory() - java.freeMemory());
    return Math.min(limitBytes - allocatedBytes, heap);
  }

  boolean rounds() {
    return precision != Precision.FP64;
  }

  void setRecording(boolean open) {
    recording = open;
  }

  void close() {
    closed = true;
    allocatedBytes = 0;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the kernels are closed");
    }
  }

  /** Refuses what would be frozen into a recording: taking, reading and writing memory. */
  void requireTransfers(String verb) {
    requireOpen();
    if (recording) {
      throw new IllegalStateException(
          "memory cannot be " + verb + " while a recording is open; do it before or after");
    }
  }

  /** Refuses views of buffers that are not from here; null stands for absent. */
  void requireOwn(View... views) {
    for (View view : views) {
      if (view != null) {
        requireOwn(view.buffer());
      }
    }
  }

  /** Refuses buffers that are not from here; null stands for absent. */
  void requireOwn(Buffer... buffers) {
    for (Buffer buffer : buffers) {
      if (buffer != null) {
        requireOwn(buffer instanceof ReferenceBuffer b && b.memory() == this, buffer);
      }
    }
  }

  /** Refuses index buffers that are not from here; null stands for absent. */
  void requireOwn(IndexBuffer... buffers) {
    for (IndexBuffer buffer : buffers) {
      if (buffer != null) {
        requireOwn(buffer instanceof ReferenceIndices b && b.memory() == this, buffer);
      }
    }
  }

  /** Refuses a state that is not from here. */
  void requireOwn(StepState state) {
    requireOwn(state instanceof ReferenceState s && s.memory() == this, state);
  }

  private static void requireOwn(boolean own, Object argument) {
    if (!own) {
      throw new IllegalArgumentException(
          "this "
              + argument.getClass().getSimpleName()
              + " was allocated by other kernels; an operation works on memory of its own kernels");
    }
  }
}
