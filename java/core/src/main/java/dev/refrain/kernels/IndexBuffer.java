package dev.refrain.kernels;

/**
 * int32 numbers in the memory of a device: lengths, labels, window starts. Owned, closed and
 * refused as a {@link Buffer} is.
 */
public interface IndexBuffer extends AutoCloseable {

  /** Number of elements. */
  long size();

  /** Copies {@code source[from .. from+count)} to this buffer from {@code offset} on. */
  void write(long offset, int[] source, int from, int count);

  /** Copies this buffer from {@code offset} on to {@code target[from .. from+count)}. */
  void read(long offset, int[] target, int from, int count);

  /** Writes a whole array to the start of this buffer. */
  default void write(int... source) {
    write(0, source, 0, source.length);
  }

  /** Reads the whole buffer, which must fit a Java array. */
  default int[] read() {
    int[] target = new int[Math.toIntExact(size())];
    read(0, target, 0, target.length);
    return target;
  }

  /** Gives the memory back. Closing twice is harmless. */
  @Override
  void close();
}
