package dev.refrain.cli.tutorial;

import dev.refrain.network.Network;
import dev.refrain.network.UnrolledNetwork;
import java.util.Arrays;

/**
 * Shows windows of a series to a network with one input and one output, as the tutorials do: each
 * window is read anew from a zero state.
 */
final class WindowReader implements AutoCloseable {
  private final UnrolledNetwork unrolled;

  /**
   * Lays the network out.
   *
   * @param network one of one input and one output, that stays open
   * @param steps length of a window
   */
  WindowReader(Network network, int steps) {
    this.unrolled = network.unroll(steps, 1).build();
  }

  /** What the network says at each step of a window. */
  float[] read(float[] window) {
    unrolled.input().write(window);
    unrolled.forward();
    return unrolled.output().read();
  }

  /**
   * Lets the network go on: it reads the last window of the sequence, its last {@code ahead}
   * outputs are taken for the next values, and so on.
   *
   * @param seed at least a window
   * @param count how many values to generate
   * @param ahead how many steps ahead the network was trained to predict
   * @return the generated values, without the seed
   */
  float[] goOn(float[] seed, int count, int ahead) {
    int steps = unrolled.steps();
    float[] sequence = Arrays.copyOf(seed, seed.length + count);
    for (int end = seed.length; end < sequence.length; end += ahead) {
      float[] outputs = read(Arrays.copyOfRange(sequence, end - steps, end));
      int taken = Math.min(ahead, sequence.length - end);
      System.arraycopy(outputs, steps - ahead, sequence, end, taken);
    }
    return Arrays.copyOfRange(sequence, seed.length, sequence.length);
  }

  @Override
  public void close() {
    unrolled.close();
  }
}
