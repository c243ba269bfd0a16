package dev.refrain.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads and writes single arrays in numpy's {@code .npy} format, versions 1 to 3, C order. What a
 * header says is held against the size of the file before any memory is taken.
 *
 * <p>Source of the format: numpy.lib.format in numpy's documentation.
 */
public final class Npy {
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private Npy() {}

  /**
   * Reads a file.
   *
   * @throws MalformedFileException if it is no array of an {@link NpyType}, is cut off, is longer
   *     than its header says, or has more elements than a Java array
   * @throws IOException if it cannot be read
   */
  public static NpyArray read(Path file) throws IOException {
    try (LittleEndianInput in = LittleEndianInput.open(file)) {
      return read(file, "", in);
    }
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @throws IOException as {@link AtomicFiles#write}
   */
  public static void write(Path file, NpyArray array) throws IOException {
    AtomicFiles.write(file, content(array));
  }

  /** What {@link #write(Path, NpyArray)} writes, for a file that is written with another. */
  public static AtomicFiles.Content content(NpyArray array) {
    return out -> write(array, out);
  }

  static NpyArray read(Path file, String place, LittleEndianInput in) throws IOException {
    NpyHeader header = NpyHeader.read(file, place, in);
    long count = NpyArray.count(header.shape());
    if (count > LARGEST_ARRAY || (header.units() == 0 && count > 0)) {
      throw new MalformedFileException(
          file,
          "%shas %d elements of %d bytes, which no array here holds"
              .formatted(place, count, (long) header.units() * header.type().unitBytes()));
    }
    int length = (int) count;
    List<Long> shape = header.shape();
    switch (header.type()) {
      case F4 -> {
        float[] values = new float[length];
        in.floats(values, 0, length);
        return NpyArray.floats(shape, values);
      }
      case F8 -> {
        double[] values = new double[length];
        in.doubles(values);
        return NpyArray.doubles(shape, values);
      }
      case I4 -> {
        int[] values = new int[length];
        in.ints(values);
        return NpyArray.ints(shape, values);
      }
      case I8 -> {
        long[] values = new long[length];
        in.longs(values);
        return NpyArray.longs(shape, values);
      }
      case TEXT -> {
        return NpyArray.texts(shape, texts(file, place, header.units(), length, in));
      }
    }
    throw new IllegalStateException("the type " + header.type() + " is not read");
  }

  private static List<String> texts(
      Path file, String place, int units, int length, LittleEndianInput in) throws IOException {
    List<String> texts = new ArrayList<>();
    int[] codePoints = new int[length == 0 ? 0 : units];
    for (int i = 0; i < length; i++) {
      in.ints(codePoints);
      int end = units;
      while (end > 0 && codePoints[end - 1] == 0) {
        end--;
      }
      try {
        texts.add(new String(codePoints, 0, end));
      } catch (IllegalArgumentException e) {
        throw new MalformedFileException(
            file, place + "has a text, number " + i + ", that is not Unicode", e);
      }
    }
    return texts;
  }

  static void write(NpyArray array, OutputStream stream) throws IOException {
    int units = array.type() == NpyType.TEXT ? longest(array.texts()) : 1;
    stream.write(new NpyHeader(array.type(), units, array.shape()).encode());
    LittleEndianOutput out = new LittleEndianOutput(stream);
    switch (array.type()) {
      case F4 -> out.floats(array.floats(), 0, array.floats().length);
      case F8 -> out.doubles(array.doubles());
      case I4 -> out.ints(array.ints(), 0, array.ints().length);
      case I8 -> out.longs(array.longs());
      case TEXT -> {
        for (String text : array.texts()) {
          int[] codePoints = Arrays.copyOf(text.codePoints().toArray(), units);
          out.ints(codePoints, 0, units);
        }
      }
    }
  }

  /** numpy gives even empty texts room for one code point. */
  private static int longest(List<String> texts) {
    return texts.stream()
        .mapToInt(text -> text.codePointCount(0, text.length()))
        .reduce(1, Math::max);
  }
}
