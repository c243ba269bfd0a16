package dev.refrain.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PhiloxTest {
  /** Random123's kat_vectors, "philox4x32 10": the digits of zeros, ones and of pi. */
  @Test
  void blocksEqualThePublishedKnownAnswers() {
    assertArrayEquals(
        new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0, 0, 0, 0));
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1, -1, -1, -1));
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
  }

  @Test
  void longArgumentsAreSplitIntoWordsLowFirst() {
    int[] words = new int[Philox.BLOCK_WORDS];
    Philox.block(0x299f31d0_a4093822L, 0x03707344_13198a2eL, 0x85a308d3_243f6a88L, words);
    assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, words);
  }

  /**
   * The digits that a tutorial printed of Y0 = tanh(X0 Wx), Y1 = tanh(Y0 Wy + X1 Wx), where
   * TensorFlow drew Wx [3,5] and Wy [5,5] with graph seed 42 and op seeds 5 and 14. The error of a
   * digit is that of its printing and of float32 sums: below 3e-7. It would be 1e-6 if the angle of
   * Box and Muller were a product of two float32.
   */
  @Test
  void normalFloatsGiveTensorFlowsPrintedDigits() {
    float[] wx = Philox.normalFloats(42, 5, 15);
    float[] wy = Philox.normalFloats(42, 14, 25);
    assertArrayEquals(
        new double[] {-0.0664006, 0.9625767, 0.68105793, 0.7091854, -0.898216},
        tanhOf(times(new double[] {0, 1, 2}, wx)),
        3e-7);
    double[] y0 = tanhOf(times(new double[] {3, 4, 5}, wx));
    assertArrayEquals(
        new double[] {0.9977755, -0.719789, -0.9965761, 0.9673924, -0.9998972}, y0, 3e-7);
    // The second row of X1 is zeros.
    assertArrayEquals(
        new double[] {-0.12210419, 0.62805265, 0.9671843, -0.9937122, -0.2583937},
        tanhOf(times(y0, wy)),
        3e-7);
  }

  /**
   * Independent numbers for the same streams, whose angle was rounded to float32 twice: it is off
   * by at most 7e-7, and the radius of these values is below 2.8.
   */
  @Test
  void normalFloatsAgreeWithAnIndependentImplementation() {
    float[] opSeed5 = {
      1.080044f, -2.473193f, -1.5754304f, -0.40005118f, 0.44604534f, 0.21750374f, 1.0418147f,
      -0.35708803f, 0.69083875f, -1.7454647f, -0.14200087f, 0.46902263f, 0.59408617f, 0.097352125f,
      0.1412782f
    };
    float[] opSeed14 = {
      0.07774825f, -1.004884f, -0.12903628f, -0.34402812f, 0.37334165f, -0.28052625f, 1.829852f,
      -0.021524707f, -0.66816276f, 1.0023034f, 0.166971f, -1.9246343f, -1.0795513f, 0.5960419f,
      -0.5712713f, -0.20543504f, 0.32061222f, 0.76581705f, -1.310895f, 0.57621145f, 0.037079245f,
      -0.8298328f, -0.34331673f, 1.1552114f, 1.0422956f
    };
    assertArrayEquals(opSeed5, Philox.normalFloats(42, 5, opSeed5.length), 2e-6f);
    assertArrayEquals(opSeed14, Philox.normalFloats(42, 14, opSeed14.length), 2e-6f);
  }

  /** Drawn by TensorFlow with graph seed 42, op seed 88. */
  @Test
  void uniformFloatsEqualTensorFlows() {
    float[] opSeed88 = {
      0.8589932f, 0.5919212f, 0.5649189f, 0.09474194f,
      0.24557471f, 0.9341073f, 0.3366984f, 0.39366424f
    };
    assertArrayEquals(opSeed88, Philox.uniformFloats(42, 88, opSeed88.length));
  }

  @Test
  void uniformFloatTakesTheLow23Bits() {
    assertEquals(0f, Philox.uniformFloat(0));
    assertEquals(0f, Philox.uniformFloat(0xFF800000));
    assertEquals(1f - 0x1p-23f, Philox.uniformFloat(-1));
    assertEquals(0.5f, Philox.uniformFloat(0x400000));
  }

  @Test
  void shorterStreamsAreBeginningsOfLongerOnes() {
    assertArrayEquals(
        Philox.uniformFloats(7, 1, 5), Arrays.copyOf(Philox.uniformFloats(7, 1, 1000), 5));
    assertArrayEquals(
        Philox.normalFloats(7, 1, 6), Arrays.copyOf(Philox.normalFloats(7, 1, 1000), 6));
    assertArrayEquals(
        Philox.truncatedNormalFloats(7, 1, 7),
        Arrays.copyOf(Philox.truncatedNormalFloats(7, 1, 1000), 7));
  }

  @Test
  void normalFloatsHaveMeanZeroAndDeviationOne() {
    float[] values = Philox.normalFloats(1, 2, 100_000);
    // Five standard errors: 1/√n for the mean, 1/√(2n) for the deviation.
    assertEquals(0, mean(values), 5 / Math.sqrt(values.length));
    assertEquals(1, deviation(values), 5 / Math.sqrt(2.0 * values.length));
  }

  @Test
  void truncatedNormalFloatsKeepTheirOrderAndStayWithinTwoDeviations() {
    float[] normal = Philox.normalFloats(3, 4, 100_000);
    float[] kept = new float[normal.length];
    int count = 0;
    for (float value : normal) {
      if (Math.abs(value) < 2) {
        kept[count++] = value;
      }
    }
    // P(|z| < 2) = 0.9545, so that some are left out.
    assertTrue(count > 95_000 && count < 96_000, "kept " + count);
    assertArrayEquals(Arrays.copyOf(kept, count), Philox.truncatedNormalFloats(3, 4, count));
  }

  @Test
  void noValuesAreAnEmptyStreamAndFewerAreRefused() {
    assertEquals(0, Philox.uniformFloats(1, 1, 0).length);
    assertEquals(0, Philox.truncatedNormalFloats(1, 1, 0).length);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Philox.normalFloats(1, 1, -1));
    assertEquals("count is -1, but must not be negative", refused.getMessage());
  }

  private static int[] block(int key0, int key1, int c0, int c1, int c2, int c3) {
    int[] words = new int[Philox.BLOCK_WORDS];
    Philox.block(key0, key1, c0, c1, c2, c3, words);
    return words;
  }

  /** A row times a matrix stored row by row. */
  private static double[] times(double[] row, float[] matrix) {
    double[] result = new double[matrix.length / row.length];
    for (int i = 0; i < row.length; i++) {
      for (int j = 0; j < result.length; j++) {
        result[j] += row[i] * matrix[i * result.length + j];
      }
    }
    return result;
  }

  private static double[] tanhOf(double[] values) {
    return Arrays.stream(values).map(Math::tanh).toArray();
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(float[] values) {
    double mean = mean(values);
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }
}
