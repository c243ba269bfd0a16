package dev.refrain.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes arrays of numbers, little endian, through a small buffer. */
final class LittleEndianOutput {
  private static final int CHUNK_BYTES = 1 << 16;

  private final OutputStream out;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  LittleEndianOutput(OutputStream out) {
    this.out = out;
  }

  void floats(float[] values, int from, int count) throws IOException {
    int perChunk = CHUNK_BYTES / Float.BYTES;
    for (int i = 0; i < count; i += perChunk) {
      int taken = Math.min(perChunk, count - i);
      chunk.asFloatBuffer().put(values, from + i, taken);
      out.write(chunk.array(), 0, taken * Float.BYTES);
    }
  }

  void doubles(double... values) throws IOException {
    int perChunk = CHUNK_BYTES / Double.BYTES;
    for (int i = 0; i < values.length; i += perChunk) {
      int taken = Math.min(perChunk, values.length - i);
      chunk.asDoubleBuffer().put(values, i, taken);
      out.write(chunk.array(), 0, taken * Double.BYTES);
    }
  }

  void ints(int[] values, int from, int count) throws IOException {
    int perChunk = CHUNK_BYTES / Integer.BYTES;
    for (int i = 0; i < count; i += perChunk) {
      int taken = Math.min(perChunk, count - i);
      chunk.asIntBuffer().put(values, from + i, taken);
      out.write(chunk.array(), 0, taken * Integer.BYTES);
    }
  }

  void longs(long... values) throws IOException {
    int perChunk = CHUNK_BYTES / Long.BYTES;
    for (int i = 0; i < values.length; i += perChunk) {
      int taken = Math.min(perChunk, values.length - i);
      chunk.asLongBuffer().put(values, i, taken);
      out.write(chunk.array(), 0, taken * Long.BYTES);
    }
  }
}
