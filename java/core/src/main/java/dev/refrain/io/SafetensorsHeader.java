package dev.refrain.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The header of a safetensors file, checked against the bytes behind it: every tensor has a known
 * type and a shape that takes as many bytes as its offsets span, and the tensors fill the data
 * without gaps or overlaps.
 */
final class SafetensorsHeader {
  /** As the format's own reader has it; keeps a damaged length from taking all memory. */
  static final long MAX_BYTES = 100_000_000;

  private static final Set<String> KEYS = Set.of("dtype", "shape", "data_offsets");

  private final Path file;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, Long> begins = new LinkedHashMap<>();

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  static SafetensorsHeader parse(Path file, byte[] text, long dataBytes)
      throws MalformedFileException {
    SafetensorsHeader header = new SafetensorsHeader(file);
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, Object> entry : header.members(text).entrySet()) {
      if (entry.getKey().equals(SafetensorsWriter.METADATA)) {
        header.readMetadata(entry.getValue());
      } else {
        entries.add(header.entry(entry.getKey(), entry.getValue()));
      }
    }
    header.place(entries, dataBytes);
    return header;
  }

  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** In the order of their numbers. */
  Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** Where a tensor begins, in bytes from the start of the data. */
  long begin(String name) {
    return begins.get(name);
  }

  private Map<String, Object> members(byte[] text) throws MalformedFileException {
    try {
      String decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
      return object(Json.parse(decoded), "the header");
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file, "is damaged: its header is not UTF-8", e);
    } catch (Json.SyntaxException e) {
      throw new MalformedFileException(
          file, "is damaged: its header is not JSON: " + e.getMessage(), e);
    }
  }

  private void readMetadata(Object value) throws MalformedFileException {
    for (Map.Entry<String, Object> entry : object(value, "the metadata").entrySet()) {
      if (!(entry.getValue() instanceof String remark)) {
        throw malformed("the metadata '" + entry.getKey() + "' is not a string");
      }
      metadata.put(entry.getKey(), remark);
    }
  }

  private Entry entry(String name, Object value) throws MalformedFileException {
    Map<String, Object> members = object(value, "tensor '" + name + "'");
    if (!members.keySet().equals(KEYS)) {
      throw malformed("tensor '" + name + "' has the keys " + members.keySet() + ", not " + KEYS);
    }
    TensorType type = type(name, members.get("dtype"));
    List<Long> shape = wholeNumbers(members.get("shape"), "the shape of tensor '" + name + "'");
    List<Long> offsets =
        wholeNumbers(members.get("data_offsets"), "the offsets of tensor '" + name + "'");
    if (offsets.size() != 2) {
      throw malformed(
          "tensor '" + name + "' has the offsets " + offsets + ", not a begin and an end");
    }
    TensorInfo info = new TensorInfo(name, type, shape);
    long bytes;
    try {
      bytes = info.bytes();
    } catch (ArithmeticException e) {
      throw new MalformedFileException(
          file, "the shape " + shape + " of tensor '" + name + "' is too large", e);
    }
    if (offsets.get(1) - offsets.get(0) != bytes) {
      throw malformed(
          "tensor '"
              + name
              + "' of the shape "
              + shape
              + " takes "
              + bytes
              + " bytes, its offsets are "
              + offsets);
    }
    return new Entry(info, offsets.get(0), offsets.get(1));
  }

  private TensorType type(String name, Object dtype) throws MalformedFileException {
    return Arrays.stream(TensorType.values())
        .filter(type -> type.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                malformed(
                    "tensor '"
                        + name
                        + "' has the type "
                        + dtype
                        + "; known are "
                        + Arrays.toString(TensorType.values())
                        + ": convert it with the program that wrote it"));
  }

  private void place(List<Entry> entries, long dataBytes) throws MalformedFileException {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long expected = 0;
    for (Entry entry : entries) {
      if (entry.begin != expected) {
        throw malformed(
            "tensor '"
                + entry.info.name()
                + "' begins at byte "
                + entry.begin
                + " of the data, not at "
                + expected
                + " where the one before it ends");
      }
      tensors.put(entry.info.name(), entry.info);
      begins.put(entry.info.name(), entry.begin);
      expected = entry.end;
    }
    if (expected != dataBytes) {
      throw malformed(
          (expected > dataBytes ? "is cut off" : "has more than its header says")
              + ": the tensors take "
              + expected
              + " bytes, there are "
              + dataBytes);
    }
  }

  private Map<String, Object> object(Object value, String what) throws MalformedFileException {
    if (!(value instanceof Map<?, ?> map)) {
      throw malformed(what + " is not a JSON object");
    }
    Map<String, Object> members = new LinkedHashMap<>();
    map.forEach((key, member) -> members.put((String) key, member));
    return members;
  }

  private List<Long> wholeNumbers(Object value, String what) throws MalformedFileException {
    if (!(value instanceof List<?> list)) {
      throw malformed(what + " is not an array");
    }
    List<Long> numbers = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof Long number) || number < 0) {
        throw malformed(what + " holds " + element + ", not a whole number >= 0");
      }
      numbers.add(number);
    }
    return numbers;
  }

  private MalformedFileException malformed(String what) {
    return new MalformedFileException(file, what);
  }

  /** A tensor with its place in bytes from the start of the data. */
  private record Entry(TensorInfo info, long begin, long end) {}
}
