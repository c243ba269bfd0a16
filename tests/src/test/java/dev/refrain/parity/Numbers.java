package dev.refrain.parity;

import java.util.Random;

/** Reproducible float32 numbers, the same on every engine. */
public interface Numbers {

  /** The next {@code count} numbers. */
  float[] draw(Random random, int count);

  /** Normal, with this standard deviation. */
  static Numbers normal(double deviation) {
    return (random, count) -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
      }
      return values;
    };
  }

  /** Normal, but the first is NaN. */
  static Numbers normalBehindNaN(double deviation) {
    return (random, count) -> {
      float[] values = normal(deviation).draw(random, count);
      values[0] = Float.NaN;
      return values;
    };
  }

  /** Uniform in {@code [-limit, limit)}. */
  static Numbers uniform(double limit) {
    return (random, count) -> {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (limit * (2 * random.nextDouble() - 1));
      }
      return values;
    };
  }

  /** Squares of normal numbers: none negative. */
  static Numbers squares(double deviation) {
    return (random, count) -> {
      float[] values = normal(deviation).draw(random, count);
      for (int i = 0; i < count; i++) {
        values[i] *= values[i];
      }
      return values;
    };
  }

  /** These numbers. */
  static Numbers of(float... values) {
    return (random, count) -> {
      if (count != values.length) {
        throw new IllegalArgumentException(values.length + " numbers for " + count + " places");
      }
      return values.clone();
    };
  }
}
