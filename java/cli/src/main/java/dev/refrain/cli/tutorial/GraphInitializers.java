package dev.refrain.cli.tutorial;

import dev.refrain.kernels.Philox;

/**
 * TensorFlow 1's initial weights for a graph seed. Each operation draws from its own stream, named
 * by its place in the graph, the op seed.
 *
 * @param graphSeed what {@code tf.set_random_seed} was given
 */
public record GraphInitializers(long graphSeed) {

  /**
   * {@code tf.random_normal}: standard normal values.
   *
   * @param opSeed of the operation
   * @param count number of values, filled row by row
   */
  public float[] standardNormal(long opSeed, int count) {
    return Philox.normalFloats(graphSeed, opSeed, count);
  }

  /**
   * {@code tf.glorot_uniform_initializer}: uniform of [−limit, limit) with limit √(6 / (fanIn +
   * fanOut)), of Glorot and Bengio, AISTATS 2010, equation 16.
   *
   * @param opSeed of the operation
   * @param fanIn rows of the kernel
   * @param fanOut columns of the kernel
   * @return [fanIn, fanOut], row by row
   */
  public float[] glorotUniform(long opSeed, int fanIn, int fanOut) {
    float limit = (float) Math.sqrt(6.0 / (fanIn + fanOut));
    float[] values = Philox.uniformFloats(graphSeed, opSeed, fanIn * fanOut);
    for (int i = 0; i < values.length; i++) {
      // TensorFlow's order, each operation rounded to float32.
      values[i] = values[i] * (limit - -limit) + -limit;
    }
    return values;
  }
}
