package dev.refrain.io;

import java.util.Arrays;
import java.util.List;

/**
 * An array as numpy knows it: a shape and its elements, the last index changing fastest. Arrays are
 * not copied on the way in or out.
 */
public final class NpyArray {
  private final NpyType type;
  private final List<Long> shape;
  private final Object elements;

  private NpyArray(NpyType type, List<Long> shape, Object elements, int length) {
    this.type = type;
    this.shape = List.copyOf(shape);
    this.elements = elements;
    long count = count(this.shape);
    if (count != length) {
      throw new IllegalArgumentException(
          "an array of the shape %s has %d elements, %d are given".formatted(shape, count, length));
    }
  }

  /**
   * An array of float32.
   *
   * @param shape empty for a single number
   * @throws IllegalArgumentException if the shape does not fit the number of values
   */
  public static NpyArray floats(List<Long> shape, float... values) {
    return new NpyArray(NpyType.F4, shape, values, values.length);
  }

  /** An array of float64; as {@link #floats(List, float...)}. */
  public static NpyArray doubles(List<Long> shape, double... values) {
    return new NpyArray(NpyType.F8, shape, values, values.length);
  }

  /** An array of int32; as {@link #floats(List, float...)}. */
  public static NpyArray ints(List<Long> shape, int... values) {
    return new NpyArray(NpyType.I4, shape, values, values.length);
  }

  /** An array of int64; as {@link #floats(List, float...)}. */
  public static NpyArray longs(List<Long> shape, long... values) {
    return new NpyArray(NpyType.I8, shape, values, values.length);
  }

  /** An array of text; numpy drops zeros at the end of one. */
  public static NpyArray texts(List<Long> shape, List<String> values) {
    return new NpyArray(NpyType.TEXT, shape, List.copyOf(values), values.size());
  }

  /** Number of elements of a shape. */
  static long count(List<Long> shape) {
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("the shape " + shape + " has a size below 0");
      }
    }
    return shape.contains(0L) ? 0 : shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** What its elements are. */
  public NpyType type() {
    return type;
  }

  /** Sizes, slowest index first. */
  public List<Long> shape() {
    return shape;
  }

  /**
   * The elements as float32; float64 is rounded.
   *
   * @throws IllegalStateException if they are not floating-point numbers
   */
  public float[] floats() {
    if (type == NpyType.F8) {
      double[] doubles = (double[]) elements;
      float[] rounded = new float[doubles.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) doubles[i];
      }
      return rounded;
    }
    return (float[]) as(NpyType.F4);
  }

  /**
   * The elements as float64; float32 is widened.
   *
   * @throws IllegalStateException if they are not floating-point numbers
   */
  public double[] doubles() {
    if (type == NpyType.F4) {
      float[] floats = (float[]) elements;
      double[] widened = new double[floats.length];
      Arrays.setAll(widened, i -> floats[i]);
      return widened;
    }
    return (double[]) as(NpyType.F8);
  }

  /** The elements, which must be int32. */
  public int[] ints() {
    return (int[]) as(NpyType.I4);
  }

  /** The elements, which must be int64. */
  public long[] longs() {
    return (long[]) as(NpyType.I8);
  }

  /** The elements, which must be text. */
  public List<String> texts() {
    return ((List<?>) as(NpyType.TEXT)).stream().map(String.class::cast).toList();
  }

  private Object as(NpyType wanted) {
    if (type != wanted) {
      throw new IllegalStateException("the array holds " + type + ", not " + wanted);
    }
    return elements;
  }
}
