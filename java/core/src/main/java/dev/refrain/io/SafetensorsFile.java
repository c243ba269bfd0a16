package dev.refrain.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads a file in the safetensors format; see {@link SafetensorsWriter}. Opening reads and checks
 * the header and, where there is one, the checksum of the whole file; numbers are read when asked
 * for. Any writer's files are read, those of other than {@link TensorType}s refused.
 *
 * <p>Every method that reads throws {@link MalformedFileException} for a file that is not what it
 * should be and {@link IOException} where reading fails. A thread that was interrupted before reads
 * all the same, and keeps its status; one that is interrupted meanwhile may fail.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final long dataStart;

  private SafetensorsFile(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    long fileBytes = channel.size();
    int headerBytes = headerLength(fileBytes);
    this.dataStart = (long) Long.BYTES + headerBytes;
    byte[] text = new byte[headerBytes];
    readAt(Long.BYTES, ByteBuffer.wrap(text));
    this.header = SafetensorsHeader.parse(file, text, fileBytes - dataStart);
    if (header.metadata().containsKey(SafetensorsWriter.CHECKSUM)) {
      verify(text, header.metadata().get(SafetensorsWriter.CHECKSUM));
    }
  }

  /** Opens a file. */
  public static SafetensorsFile open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": it is a folder");
    }
    return read(file, () -> openChannel(file));
  }

  private static SafetensorsFile openChannel(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file", e);
    }
    try {
      return new SafetensorsFile(file, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Does without the interrupted status, which closes a channel; the caller finds it again. */
  private static <T> T read(Path file, Reading<T> reading) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      return reading.read();
    } catch (ClosedByInterruptException e) {
      throw new IOException(file + ": it was interrupted while it was read", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private int headerLength(long fileBytes) throws IOException {
    if (fileBytes < Long.BYTES) {
      throw malformed("has " + fileBytes + " bytes, too few for a safetensors file");
    }
    ByteBuffer buffer = SafetensorsWriter.littleEndian(Long.BYTES);
    readAt(0, buffer);
    long length = buffer.flip().getLong();
    if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > fileBytes - Long.BYTES) {
      throw malformed(
          "is not a safetensors file, or is cut off: its first 8 bytes ask for a header of "
              + Long.toUnsignedString(length)
              + " bytes, the file has "
              + fileBytes);
    }
    return (int) length;
  }

  private void verify(byte[] headerText, String stored) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long end = channel.size();
    for (long at = dataStart; at < end; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - at));
      readAt(at, chunk);
      crc.update(chunk.flip());
    }
    String unsigned =
        new String(headerText, StandardCharsets.UTF_8)
            .replace(
                SafetensorsWriter.checksumEntry(stored),
                SafetensorsWriter.checksumEntry(SafetensorsWriter.NO_CHECKSUM));
    crc.update(unsigned.getBytes(StandardCharsets.UTF_8));
    String computed = String.format("%08x", crc.getValue());
    if (!computed.equals(stored)) {
      throw malformed(
          "is damaged: its checksum is "
              + computed
              + ", it says "
              + stored
              + "; take another copy of the file");
    }
  }

  /** Which file this is. */
  public Path file() {
    return file;
  }

  /** The header's remarks. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** All tensors, in the order of their numbers. */
  public Collection<TensorInfo> tensors() {
    return Collections.unmodifiableCollection(header.tensors().values());
  }

  /** A tensor by name, or null. */
  public TensorInfo tensor(String name) {
    return header.tensors().get(name);
  }

  /** Reads a tensor of float32, or of float64 rounded to it. */
  public float[] floats(String name) throws IOException {
    TensorInfo info = required(name);
    float[] values = new float[arrayLength(info)];
    switch (info.type()) {
      case F32 -> decode(info, (buffer, i) -> values[i] = buffer.getFloat());
      case F64 -> decode(info, (buffer, i) -> values[i] = (float) buffer.getDouble());
      default -> throw otherType(info, "F32 or F64");
    }
    return values;
  }

  /** Reads a tensor of float64 or float32. */
  public double[] doubles(String name) throws IOException {
    TensorInfo info = required(name);
    double[] values = new double[arrayLength(info)];
    switch (info.type()) {
      case F32 -> decode(info, (buffer, i) -> values[i] = buffer.getFloat());
      case F64 -> decode(info, (buffer, i) -> values[i] = buffer.getDouble());
      default -> throw otherType(info, "F32 or F64");
    }
    return values;
  }

  /** Reads a tensor of int32. */
  public int[] ints(String name) throws IOException {
    TensorInfo info = required(name);
    if (info.type() != TensorType.I32) {
      throw otherType(info, "I32");
    }
    int[] values = new int[arrayLength(info)];
    decode(info, (buffer, i) -> values[i] = buffer.getInt());
    return values;
  }

  /** Reads a tensor of int64. */
  public long[] longs(String name) throws IOException {
    TensorInfo info = required(name);
    if (info.type() != TensorType.I64) {
      throw otherType(info, "I64");
    }
    long[] values = new long[arrayLength(info)];
    decode(info, (buffer, i) -> values[i] = buffer.getLong());
    return values;
  }

  private TensorInfo required(String name) throws MalformedFileException {
    TensorInfo info = tensor(name);
    if (info == null) {
      throw malformed("has no tensor '" + name + "'; it has " + header.tensors().keySet());
    }
    return info;
  }

  private int arrayLength(TensorInfo info) throws MalformedFileException {
    if (info.elements() > Integer.MAX_VALUE - 8) {
      throw malformed(
          "tensor '" + info.name() + "' has " + info.elements() + " elements, more than an array");
    }
    return (int) info.elements();
  }

  private void decode(TensorInfo info, Decoder decoder) throws IOException {
    ByteBuffer chunk = SafetensorsWriter.littleEndian(CHUNK_BYTES);
    long at = dataStart + header.begin(info.name());
    int elements = (int) info.elements();
    int perChunk = CHUNK_BYTES / info.type().bytes();
    for (int first = 0; first < elements; first += perChunk) {
      int last = Math.min(elements, first + perChunk);
      chunk.clear().limit((last - first) * info.type().bytes());
      long position = at + (long) first * info.type().bytes();
      read(file, () -> readAt(position, chunk));
      chunk.flip();
      for (int i = first; i < last; i++) {
        decoder.get(chunk, i);
      }
    }
  }

  /** Fills a buffer, and returns it. */
  private ByteBuffer readAt(long position, ByteBuffer target) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new EOFException(file + ": became shorter while it was read");
      }
      at += count;
    }
    return target;
  }

  private MalformedFileException otherType(TensorInfo info, String wanted) {
    return malformed(
        "tensor '" + info.name() + "' has the type " + info.type() + ", not " + wanted);
  }

  private MalformedFileException malformed(String what) {
    return new MalformedFileException(file, what);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Takes the next element of a buffer as the one at an index. */
  private interface Decoder {
    void get(ByteBuffer buffer, int index);
  }
}
