package dev.refrain.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Several arrays by name in one file, safetensors or numpy's {@code .npz}: the file's name ends in
 * one or the other.
 */
public final class ArrayFile {
  private static final String SAFETENSORS = ".safetensors";
  private static final String NPZ = ".npz";

  private ArrayFile() {}

  /**
   * Reads all arrays, in the order of the file.
   *
   * @throws IllegalArgumentException if the name ends in neither
   * @throws MalformedFileException if the file is not what its name says, or is damaged
   * @throws IOException if it cannot be read
   */
  public static Map<String, NpyArray> read(Path file) throws IOException {
    if (isNpz(file)) {
      return Npz.read(file);
    }
    try (SafetensorsFile in = SafetensorsFile.open(file)) {
      Map<String, NpyArray> arrays = new LinkedHashMap<>();
      for (TensorInfo info : in.tensors()) {
        arrays.put(info.name(), array(in, info));
      }
      return arrays;
    }
  }

  private static NpyArray array(SafetensorsFile in, TensorInfo info) throws IOException {
    String name = info.name();
    return switch (info.type()) {
      case F32 -> NpyArray.floats(info.shape(), in.floats(name));
      case F64 -> NpyArray.doubles(info.shape(), in.doubles(name));
      case I32 -> NpyArray.ints(info.shape(), in.ints(name));
      case I64 -> NpyArray.longs(info.shape(), in.longs(name));
    };
  }

  /**
   * Writes arrays of numbers, whole or not at all.
   *
   * @param arrays by name, written in the map's order
   * @throws IllegalArgumentException if the name ends in neither, or safetensors are asked to keep
   *     text
   * @throws IOException as {@link AtomicFiles#write}
   */
  public static void write(Path file, Map<String, NpyArray> arrays) throws IOException {
    if (isNpz(file)) {
      Npz.write(file, arrays);
      return;
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    arrays.forEach((name, array) -> add(writer, name, array));
    writer.write(file);
  }

  private static void add(SafetensorsWriter writer, String name, NpyArray array) {
    switch (array.type()) {
      case F4 -> writer.floats(name, array.shape(), array.floats());
      case F8 -> writer.doubles(name, array.shape(), array.doubles());
      case I4 -> writer.ints(name, array.shape(), array.ints());
      case I8 -> writer.longs(name, array.shape(), array.longs());
      default ->
          throw new IllegalArgumentException(
              "'" + name + "' holds text, which safetensors do not keep");
    }
  }

  private static boolean isNpz(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (!name.endsWith(NPZ) && !name.endsWith(SAFETENSORS)) {
      throw new IllegalArgumentException(
          "'%s' ends neither in %s nor in %s, which tells how arrays are kept"
              .formatted(file, SAFETENSORS, NPZ));
    }
    return name.endsWith(NPZ);
  }
}
