package dev.refrain.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Writes tensors into one file in the safetensors format: 8 bytes with the header's length (little
 * endian), the header in JSON, and the numbers, in the order in which they were added.
 *
 * <p>Beside the caller's, the metadata hold {@value #CHECKSUM}: the CRC-32C of data and header, the
 * header taken with eight zeros in its place. Arrays are not copied: leave them as they are until
 * {@link #write} returns.
 *
 * <p>Source of the format: github.com/huggingface/safetensors, whose readers read these files.
 */
public final class SafetensorsWriter {
  /** Metadata key of the checksum, eight hexadecimal digits. */
  public static final String CHECKSUM = "refrain.crc32c";

  /** The longest header that this library's and the format's own reader take. */
  public static final long MOST_HEADER_BYTES = SafetensorsHeader.MAX_BYTES;

  static final String NO_CHECKSUM = "00000000";
  static final String METADATA = "__metadata__";
  private static final int CHUNK_BYTES = 1 << 16;

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** A file without tensors, to be filled. */
  public SafetensorsWriter() {}

  /** Adds a remark that {@link SafetensorsFile#metadata} gives back; a second one replaces it. */
  public SafetensorsWriter metadata(String key, String value) {
    if (key.equals(CHECKSUM)) {
      throw new IllegalArgumentException("the metadata key " + CHECKSUM + " is the writer's own");
    }
    metadata.put(key, Objects.requireNonNull(value, key));
    return this;
  }

  /**
   * Adds a tensor of float32.
   *
   * @throws IllegalArgumentException if the name is taken or the shape does not fit the array
   */
  public SafetensorsWriter floats(String name, List<Long> shape, float... values) {
    return add(
        new TensorInfo(name, TensorType.F32, shape),
        values.length,
        (buffer, i) -> buffer.putFloat(values[i]));
  }

  /** Adds a tensor of float64; as {@link #floats}. */
  public SafetensorsWriter doubles(String name, List<Long> shape, double... values) {
    return add(
        new TensorInfo(name, TensorType.F64, shape),
        values.length,
        (buffer, i) -> buffer.putDouble(values[i]));
  }

  /** Adds a tensor of int32; as {@link #floats}. */
  public SafetensorsWriter ints(String name, List<Long> shape, int... values) {
    return add(
        new TensorInfo(name, TensorType.I32, shape),
        values.length,
        (buffer, i) -> buffer.putInt(values[i]));
  }

  /** Adds a tensor of int64; as {@link #floats}. */
  public SafetensorsWriter longs(String name, List<Long> shape, long... values) {
    return add(
        new TensorInfo(name, TensorType.I64, shape),
        values.length,
        (buffer, i) -> buffer.putLong(values[i]));
  }

  private SafetensorsWriter add(TensorInfo info, int length, Encoder encoder) {
    if (info.name().equals(METADATA) || tensors.containsKey(info.name())) {
      throw new IllegalArgumentException("the name '" + info.name() + "' is taken");
    }
    if (info.elements() != length) {
      throw new IllegalArgumentException(
          "tensor '"
              + info.name()
              + "' of the shape "
              + info.shape()
              + " has "
              + info.elements()
              + " elements, "
              + length
              + " are given");
    }
    tensors.put(info.name(), new Tensor(info, length, encoder));
    return this;
  }

  /**
   * Writes the file whole or not at all, as {@link AtomicFiles} does.
   *
   * @throws IOException if it cannot be written, or its header would be longer than {@value
   *     #MOST_HEADER_BYTES} bytes, which no reader takes; the message names it and the reason
   */
  public void write(Path file) throws IOException {
    long remarks = 0;
    for (Map.Entry<String, String> remark : metadata.entrySet()) {
      remarks += headerBytes(remark.getKey()) + headerBytes(remark.getValue());
    }
    requireShortHeader(file, remarks);
    CRC32C crc = new CRC32C();
    for (Tensor tensor : tensors.values()) {
      tensor.encode((bytes, count) -> crc.update(bytes, 0, count));
    }
    byte[] unsigned = header(NO_CHECKSUM);
    crc.update(unsigned, 0, unsigned.length);
    requireShortHeader(file, unsigned.length);
    byte[] header = header(String.format("%08x", crc.getValue()));
    AtomicFiles.write(file, out -> writeTo(out, header));
  }

  /** How many bytes a key or value of the metadata takes in the header, but for its quotes. */
  public static long headerBytes(String text) {
    return Json.escapedBytes(text);
  }

  private static void requireShortHeader(Path file, long bytes) throws IOException {
    if (bytes > MOST_HEADER_BYTES) {
      throw new IOException(
          "cannot write %s: names and metadata would take %d bytes in its header, readers take %d"
              .formatted(file, bytes, MOST_HEADER_BYTES));
    }
  }

  private void writeTo(OutputStream out, byte[] header) throws IOException {
    out.write(littleEndian(Long.BYTES).putLong(header.length).array());
    out.write(header);
    for (Tensor tensor : tensors.values()) {
      tensor.encode((bytes, count) -> out.write(bytes, 0, count));
    }
  }

  private byte[] header(String checksum) {
    List<String> remarks = new ArrayList<>();
    metadata.forEach((key, value) -> remarks.add(Json.quote(key) + ":" + Json.quote(value)));
    remarks.add(checksumEntry(checksum));
    List<String> entries = new ArrayList<>();
    entries.add(Json.quote(METADATA) + ":{" + String.join(",", remarks) + "}");
    long begin = 0;
    for (Tensor tensor : tensors.values()) {
      long end = begin + tensor.info.bytes();
      entries.add(entry(tensor.info, begin, end));
      begin = end;
    }
    String text = "{" + String.join(",", entries) + "}";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    // Spaces up to a multiple of 8, so that a reader can map the numbers into memory as they are.
    int padded = (bytes.length + 7) / 8 * 8;
    return (text + " ".repeat(padded - bytes.length)).getBytes(StandardCharsets.UTF_8);
  }

  static String checksumEntry(String checksum) {
    return Json.quote(CHECKSUM) + ":" + Json.quote(checksum);
  }

  private static String entry(TensorInfo info, long begin, long end) {
    String shape = String.join(",", info.shape().stream().map(String::valueOf).toList());
    return String.format(
        "%s:{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
        Json.quote(info.name()), info.type(), shape, begin, end);
  }

  static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Appends the element at an index to a buffer. */
  private interface Encoder {
    void put(ByteBuffer buffer, int index);
  }

  /** Takes the first {@code count} bytes. */
  private interface Sink<E extends Exception> {
    void accept(byte[] bytes, int count) throws E;
  }

  private record Tensor(TensorInfo info, int length, Encoder encoder) {

    private <E extends Exception> void encode(Sink<E> sink) throws E {
      byte[] bytes = new byte[CHUNK_BYTES];
      ByteBuffer chunk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < length; i++) {
        encoder.put(chunk, i);
        if (!chunk.hasRemaining()) {
          sink.accept(bytes, chunk.position());
          chunk.clear();
        }
      }
      sink.accept(bytes, chunk.position());
    }
  }
}
