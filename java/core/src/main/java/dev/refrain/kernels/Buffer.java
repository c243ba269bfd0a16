package dev.refrain.kernels;

/**
 * float32 numbers in the memory of a device (float64 under {@link Precision#FP64}). The {@link
 * Kernels} that made it owns it: closing the kernels closes their buffers. Reading and writing wait
 * for the device and are refused while a recording is open.
 *
 * <p>Every method throws {@link IllegalStateException} once closed and {@link
 * IndexOutOfBoundsException} for a range outside the buffer.
 */
public interface Buffer extends AutoCloseable {

  /** Number of elements. */
  long size();

  /** Copies {@code source[from .. from+count)} to this buffer from {@code offset} on. */
  void write(long offset, float[] source, int from, int count);

  /** Copies this buffer from {@code offset} on to {@code target[from .. from+count)}. */
  void read(long offset, float[] target, int from, int count);

  /** As {@link #write(long, float[], int, int)}; rounds to float32 unless the precision is FP64. */
  void writeDoubles(long offset, double[] source, int from, int count);

  /** As {@link #read(long, float[], int, int)}, without rounding. */
  void readDoubles(long offset, double[] target, int from, int count);

  /** Writes a whole array to the start of this buffer. */
  default void write(float... source) {
    write(0, source, 0, source.length);
  }

  /** Reads the whole buffer, which must fit a Java array. */
  default float[] read() {
    float[] target = new float[Math.toIntExact(size())];
    read(0, target, 0, target.length);
    return target;
  }

  /** Writes a whole array to the start of this buffer. */
  default void writeDoubles(double... source) {
    writeDoubles(0, source, 0, source.length);
  }

  /** Reads the whole buffer, which must fit a Java array. */
  default double[] readDoubles() {
    double[] target = new double[Math.toIntExact(size())];
    readDoubles(0, target, 0, target.length);
    return target;
  }

  /** Gives the memory back. Closing twice is harmless. */
  @Override
  void close();
}
