package dev.refrain.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The head of a {@code .npy} file: magic, version, length, and a Python dict with type, order and
 * shape, padded so that the elements begin at a multiple of 64 bytes.
 *
 * @param type of the elements
 * @param units code points of a text; 1 for numbers
 * @param shape slowest index first
 */
record NpyHeader(NpyType type, int units, List<Long> shape) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int ALIGNMENT = 64;
  private static final int LONGEST = 1 << 16;
  private static final int LONGEST_SHORT_HEADER = 0xFFFF;

  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,]*)\\)");
  private static final Pattern REST = Pattern.compile("\\{[\\s,]*}\\s*");
  private static final Pattern TEXT_DESCR = Pattern.compile("<U(\\d{1,9})");

  /** Bytes of all elements. */
  long dataBytes() {
    long elementBytes = (long) units * type.unitBytes();
    return Math.multiplyExact(NpyArray.count(shape), elementBytes);
  }

  /** The head as bytes. */
  byte[] encode() {
    String descr =
        switch (type) {
          case F4 -> "<f4";
          case F8 -> "<f8";
          case I4 -> "<i4";
          case I8 -> "<i8";
          case TEXT -> "<U" + units;
        };
    String sizes = shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    String dict =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(descr, shape.size() == 1 ? sizes + "," : sizes);
    int before = MAGIC.length + 2 + Short.BYTES;
    int length = (before + dict.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
    if (length > LONGEST_SHORT_HEADER) {
      throw new IllegalArgumentException("a shape of " + shape.size() + " sizes is too long");
    }
    byte[] bytes = new byte[before + length];
    System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
    bytes[MAGIC.length] = 1;
    bytes[before - 2] = (byte) length;
    bytes[before - 1] = (byte) (length >> Byte.SIZE);
    String padded = dict + " ".repeat(length - dict.length() - 1) + "\n";
    System.arraycopy(padded.getBytes(StandardCharsets.US_ASCII), 0, bytes, before, length);
    return bytes;
  }

  /**
   * Reads the head and holds it against what follows it.
   *
   * @param place what to name in messages before the fault, such as {@code member 'x' }; may be
   *     empty
   */
  static NpyHeader read(Path file, String place, LittleEndianInput in) throws IOException {
    NpyHeader header = parse(file, place, in);
    long bytes;
    try {
      bytes = header.dataBytes();
    } catch (ArithmeticException e) {
      throw new MalformedFileException(
          file, place + "has the shape " + header.shape + ", which is too large to be true", e);
    }
    if (bytes != in.remaining()) {
      throw new MalformedFileException(
          file,
          "%s%s: the shape %s of %s takes %d bytes, there are %d"
              .formatted(
                  place,
                  bytes > in.remaining() ? "is cut off" : "has more than its header says",
                  header.shape,
                  header.type,
                  bytes,
                  in.remaining()));
    }
    return header;
  }

  private static NpyHeader parse(Path file, String place, LittleEndianInput in) throws IOException {
    if (in.remaining() < MAGIC.length + 4 || !Arrays.equals(in.bytes(MAGIC.length), MAGIC)) {
      throw new MalformedFileException(file, place + "is not in numpy's .npy format");
    }
    int version = in.read();
    in.read();
    if (version < 1 || version > 3) {
      throw new MalformedFileException(
          file, place + "has version " + version + " of the .npy format; 1 to 3 are read");
    }
    long length = 0;
    for (int i = 0; i < (version == 1 ? Short.BYTES : Integer.BYTES); i++) {
      length |= (long) Math.max(0, in.read()) << (Byte.SIZE * i);
    }
    if (length > LONGEST || length > in.remaining()) {
      throw new MalformedFileException(
          file,
          "%sis cut off or no .npy file: its header would take %d bytes, %d are left"
              .formatted(place, length, in.remaining()));
    }
    return parse(file, place, new String(in.bytes((int) length), StandardCharsets.UTF_8));
  }

  private static NpyHeader parse(Path file, String place, String dict)
      throws MalformedFileException {
    StringBuilder rest = new StringBuilder(dict);
    String descr = take(DESCR, rest);
    String fortran = take(ORDER, rest);
    String sizes = take(SHAPE, rest);
    if (descr == null || fortran == null || sizes == null || !REST.matcher(rest).matches()) {
      throw new MalformedFileException(
          file, place + "has a header that is not that of a plain array: " + dict.strip());
    }
    List<Long> shape = shape(file, place, sizes);
    if (fortran.equals("True") && shape.stream().filter(size -> size > 1).count() > 1) {
      throw new MalformedFileException(
          file, place + "is stored column by column; save it with numpy.ascontiguousarray");
    }
    Matcher text = TEXT_DESCR.matcher(descr);
    if (text.matches()) {
      return new NpyHeader(NpyType.TEXT, Integer.parseInt(text.group(1)), shape);
    }
    NpyType type =
        switch (descr) {
          case "<f4" -> NpyType.F4;
          case "<f8" -> NpyType.F8;
          case "<i4" -> NpyType.I4;
          case "<i8" -> NpyType.I8;
          default ->
              throw new MalformedFileException(
                  file,
                  place
                      + "holds elements of the type '"
                      + descr
                      + "'; <f4, <f8, <i4, <i8 and <U are read: convert it with numpy's astype");
        };
    return new NpyHeader(type, 1, shape);
  }

  private static List<Long> shape(Path file, String place, String sizes)
      throws MalformedFileException {
    List<Long> shape = new ArrayList<>();
    for (String size : sizes.split(",", -1)) {
      if (size.isBlank()) {
        continue;
      }
      try {
        shape.add(Long.valueOf(size.strip()));
      } catch (NumberFormatException e) {
        throw new MalformedFileException(
            file, place + "has the size '" + size.strip() + "', which cannot be true", e);
      }
    }
    return shape;
  }

  /** Cuts the one match out and returns its group; null if there is none. */
  private static String take(Pattern pattern, StringBuilder text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      return null;
    }
    String group = matcher.group(1);
    text.delete(matcher.start(), matcher.end());
    return group;
  }
}
