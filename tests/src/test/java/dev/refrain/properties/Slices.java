package dev.refrain.properties;

import java.util.Arrays;

/** Cuts of arrays {@code [T,N,columns]} and {@code [N,columns]} of one group. */
final class Slices {
  private Slices() {}

  /** Part {@code index} of {@code parts} equal ones: a group, or some steps of one group. */
  static float[] part(float[] values, int parts, int index) {
    int size = values.length / parts;
    return Arrays.copyOfRange(values, index * size, (index + 1) * size);
  }

  /** The steps {@code from .. to-1} of {@code steps}. */
  static float[] steps(float[] values, int steps, int from, int to) {
    int size = values.length / steps;
    return Arrays.copyOfRange(values, from * size, to * size);
  }

  /** The steps from the last to the first. */
  static float[] backwards(float[] values, int steps) {
    int size = values.length / steps;
    float[] turned = new float[values.length];
    for (int t = 0; t < steps; t++) {
      System.arraycopy(values, t * size, turned, (steps - 1 - t) * size, size);
    }
    return turned;
  }

  /** Sequences in this order: {@code result[t, i] = values[t, order[i]]}. */
  static float[] sequences(float[] values, int steps, int batch, int... order) {
    int columns = values.length / (steps * batch);
    float[] picked = new float[steps * order.length * columns];
    for (int t = 0; t < steps; t++) {
      for (int i = 0; i < order.length; i++) {
        System.arraycopy(
            values,
            (t * batch + order[i]) * columns,
            picked,
            (t * order.length + i) * columns,
            columns);
      }
    }
    return picked;
  }

  /** Element by element. */
  static float[] sum(float[] a, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  static float[] join(float[] a, float[] b) {
    float[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
