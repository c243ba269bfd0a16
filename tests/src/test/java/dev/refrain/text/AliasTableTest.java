package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AliasTableTest {
  /** The shares of all words that a table gives, as sums over its columns. */
  private static double[] shares(int... table) {
    int size = table.length / 2;
    double[] shares = new double[size];
    for (int column = 0; column < size; column++) {
      double own = (Integer.toUnsignedLong(table[2 * column]) + 1) / 0x1p32;
      shares[column] += own / size;
      shares[table[2 * column + 1]] += (1 - own) / size;
    }
    return shares;
  }

  private static void assertShares(double... weights) {
    double sum = Arrays.stream(weights).sum();
    double[] expected = Arrays.stream(weights).map(w -> w / sum).toArray();
    // A threshold is rounded to 2^-32, and one of 0 stands for a share of 2^-32.
    assertArrayEquals(expected, shares(AliasTable.of(weights)), 0x1p-30);
  }

  @Test
  void givesEveryWordItsShare() {
    assertShares(1);
    assertShares(1, 1, 1);
    assertShares(1000, 1, 1, 1, 1);
    assertShares(1, 0, 3, 0);
    Random random = new Random(5);
    double[] zipf = new double[20_011];
    for (int i = 0; i < zipf.length; i++) {
      zipf[i] = Math.pow(1e7 / (i + 1 + random.nextDouble()), 0.75);
    }
    assertShares(zipf);
  }

  @Test
  void everyAliasIsAWord() {
    int[] table = AliasTable.of(5, 1, 1, 1);
    for (int column = 0; column < 4; column++) {
      assertEquals(0, table[2 * column + 1] < 0 || table[2 * column + 1] > 3 ? 1 : 0);
    }
  }

  @Test
  void refusesWeightsWithoutASum() {
    assertThrows(IllegalArgumentException.class, () -> AliasTable.of(0, 0));
    assertThrows(IllegalArgumentException.class, () -> AliasTable.of(1, Double.NaN));
  }
}
