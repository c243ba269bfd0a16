package dev.refrain.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads numbers, little endian, from a stream of known length, through a small buffer: the content
 * may be far longer than what fits the memory or 31 bits. What ends too early is a {@link
 * MalformedFileException}.
 */
final class LittleEndianInput implements Closeable {
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path file;
  private final InputStream in;
  private final long size;
  private final ByteBuffer chunk =
      ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);

  /** Bytes that came from the stream so far, those that wait in the chunk included. */
  private long received;

  /**
   * Reads a stream.
   *
   * @param file to name in messages
   * @param in closed with this
   * @param size its bytes
   */
  LittleEndianInput(Path file, InputStream in, long size) {
    this.file = file;
    this.in = in;
    this.size = size;
  }

  /** Reads a file from its start. */
  static LittleEndianInput open(Path file) throws IOException {
    try {
      if (Files.isDirectory(file)) {
        throw new IOException(file + ": is a folder, not a file");
      }
      return new LittleEndianInput(file, Files.newInputStream(file), Files.size(file));
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file", e);
    }
  }

  /** Where the next byte stands. */
  long position() {
    return received - chunk.remaining();
  }

  /** Bytes that are left. */
  long remaining() {
    return size - position();
  }

  /** The next byte, 0 to 255, or -1 at the end. */
  int read() throws IOException {
    if (!chunk.hasRemaining() && !refill()) {
      return -1;
    }
    return chunk.get() & 0xFF;
  }

  byte[] bytes(int count) throws IOException {
    byte[] target = new byte[count];
    for (int i = 0; i < count; ) {
      require(1);
      int taken = Math.min(count - i, chunk.remaining());
      chunk.get(target, i, taken);
      i += taken;
    }
    return target;
  }

  void floats(float[] target, int from, int count) throws IOException {
    for (int i = 0; i < count; ) {
      int taken = Math.min(count - i, available(Float.BYTES));
      chunk.asFloatBuffer().get(target, from + i, taken);
      chunk.position(chunk.position() + taken * Float.BYTES);
      i += taken;
    }
  }

  void doubles(double[] target) throws IOException {
    for (int i = 0; i < target.length; ) {
      int taken = Math.min(target.length - i, available(Double.BYTES));
      chunk.asDoubleBuffer().get(target, i, taken);
      chunk.position(chunk.position() + taken * Double.BYTES);
      i += taken;
    }
  }

  void ints(int[] target) throws IOException {
    for (int i = 0; i < target.length; ) {
      int taken = Math.min(target.length - i, available(Integer.BYTES));
      chunk.asIntBuffer().get(target, i, taken);
      chunk.position(chunk.position() + taken * Integer.BYTES);
      i += taken;
    }
  }

  void longs(long[] target) throws IOException {
    for (int i = 0; i < target.length; ) {
      int taken = Math.min(target.length - i, available(Long.BYTES));
      chunk.asLongBuffer().get(target, i, taken);
      chunk.position(chunk.position() + taken * Long.BYTES);
      i += taken;
    }
  }

  /** How many whole numbers wait in the chunk; at least one. */
  private int available(int bytesEach) throws IOException {
    require(bytesEach);
    return chunk.remaining() / bytesEach;
  }

  private void require(int bytes) throws IOException {
    while (chunk.remaining() < bytes) {
      if (!refill()) {
        throw new MalformedFileException(file, "is cut off: it ends after " + received + " bytes");
      }
    }
  }

  private boolean refill() throws IOException {
    chunk.compact();
    int count = in.read(chunk.array(), chunk.position(), chunk.remaining());
    if (count > 0) {
      received += count;
      chunk.position(chunk.position() + count);
    }
    chunk.flip();
    return count > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
