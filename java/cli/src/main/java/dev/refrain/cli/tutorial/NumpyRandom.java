package dev.refrain.cli.tutorial;

/**
 * NumPy's {@code RandomState(seed)}: the Mersenne Twister MT19937 of Matsumoto and Nishimura (ACM
 * TOMACS 8, 1998), seeded by {@code init_genrand} as NumPy seeds it with an integer. It draws the
 * same numbers, bit for bit. One thread at a time.
 */
public final class NumpyRandom {
  private static final int WORDS = 624;
  private static final int MIDDLE = 397;
  private static final int TWIST = 0x9908B0DF;
  private static final int UPPER_BIT = 0x80000000;
  private static final int LOWER_BITS = 0x7FFFFFFF;
  private static final int SEED_MULTIPLIER = 1812433253;
  private static final long LARGEST_SEED = 0xFFFFFFFFL;

  private final int[] state = new int[WORDS];
  private int next = WORDS;

  /**
   * Seeds the generator.
   *
   * @param seed from 0 to 2³² − 1
   * @throws IllegalArgumentException if the seed lies outside
   */
  public NumpyRandom(long seed) {
    if (seed < 0 || seed > LARGEST_SEED) {
      throw new IllegalArgumentException("seed is " + seed + ", but must be from 0 to 4294967295");
    }
    state[0] = (int) seed;
    for (int i = 1; i < WORDS; i++) {
      state[i] = SEED_MULTIPLIER * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** Draws a double of [0, 1) with 53 random bits, as {@code rand()} does. */
  public double rand() {
    int upper = nextWord() >>> 5;
    int lower = nextWord() >>> 6;
    return (upper * 0x1p26 + lower) * 0x1p-53;
  }

  /**
   * Draws several doubles.
   *
   * @param count how many, not negative
   * @return a new array, in the order of {@code rand(count)}
   */
  public double[] rand(int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = rand();
    }
    return values;
  }

  /** Draws 32 random bits. */
  private int nextWord() {
    if (next == WORDS) {
      twist();
      next = 0;
    }
    int word = state[next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9D2C5680;
    word ^= (word << 15) & 0xEFC60000;
    return word ^ (word >>> 18);
  }

  private void twist() {
    for (int i = 0; i < WORDS; i++) {
      int word = (state[i] & UPPER_BIT) | (state[(i + 1) % WORDS] & LOWER_BITS);
      int twisted = (word >>> 1) ^ ((word & 1) == 0 ? 0 : TWIST);
      state[i] = state[(i + MIDDLE) % WORDS] ^ twisted;
    }
  }
}
