package dev.refrain.cli.tutorial;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Philox;
import org.junit.jupiter.api.Test;

class GraphInitializersTest {
  private static final GraphInitializers LAB = new GraphInitializers(42);

  /**
   * Ends of the lab's two kernels. A step of gradient descent from these, on the first batch,
   * prints the lab's first loss, 13.841028, when done in double by NumPy: 13.8410262.
   */
  @Test
  void glorotUniformGivesTheLabsKernels() {
    float[] kernel = LAB.glorotUniform(88, 101, 100);
    assertEquals(10_100, kernel.length);
    assertEquals(0.12404916f, kernel[0]);
    assertEquals(-0.078014724f, kernel[10_099]);
    float[] dense = LAB.glorotUniform(137, 100, 1);
    assertEquals(0.16007408f, dense[0]);
    assertEquals(0.103978276f, dense[99]);
  }

  @Test
  void glorotUniformFillsItsRange() {
    float limit = (float) Math.sqrt(6.0 / 200);
    float largest = 0;
    for (float value : LAB.glorotUniform(1, 100, 100)) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest <= limit && largest > 0.999 * limit, largest + " of " + limit);
  }

  @Test
  void standardNormalIsTheStreamOfTheOperation() {
    assertArrayEquals(Philox.normalFloats(42, 5, 15), LAB.standardNormal(5, 15));
  }
}
