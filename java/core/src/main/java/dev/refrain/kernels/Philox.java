package dev.refrain.kernels;

/**
 * The counter-based random generator Philox4x32-10: four 32-bit words as a pure function of a key
 * and a counter, so that any number of a stream can be had without the numbers before it and every
 * engine draws the same ones.
 *
 * <p>The rounds are those of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1,
 * 2, 3", SC 2011, section 3.3. The streams of floats have TensorFlow's bit layout ({@code
 * random_distributions.h}): the key is the seed (low word first), counter words 0 and 1 number the
 * block, words 2 and 3 are the operation's seed, and a block gives four consecutive values.
 *
 * <p>All methods are deterministic and free of state. Values are the same on every machine: the
 * transcendental functions come from {@link StrictMath}.
 */
public final class Philox {
  /** Words that one block yields. */
  public static final int BLOCK_WORDS = 4;

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long LOW_WORD = 0xFFFFFFFFL;

  private static final int MANTISSA_MASK = 0x7FFFFF;
  private static final int EXPONENT_OF_ONE = 127 << 23;

  /** Keeps the logarithm of Box and Muller finite; TensorFlow's value. */
  private static final float SMALLEST_RADIUS_UNIFORM = 1e-7f;

  private static final float TRUNCATION = 2f;

  private Philox() {}

  /**
   * Computes one block of raw random words.
   *
   * @param key0 low word of the key
   * @param key1 high word of the key
   * @param counter0 counter word 0 (lowest)
   * @param counter1 counter word 1
   * @param counter2 counter word 2
   * @param counter3 counter word 3 (highest)
   * @param out receives the four words at indices 0 to 3
   */
  public static void block(
      int key0, int key1, int counter0, int counter1, int counter2, int counter3, int[] out) {
    int c0 = counter0;
    int c1 = counter1;
    int c2 = counter2;
    int c3 = counter3;
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & LOW_WORD);
      long product1 = MULTIPLIER_1 * (c2 & LOW_WORD);
      c0 = high(product1) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = high(product0) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /**
   * Computes block number {@code index} of the stream that a seed and an operation's seed name.
   *
   * @param seed the key, low word first
   * @param opSeed counter words 2 and 3, low word first
   * @param index number of the block, counter words 0 and 1, low word first
   * @param out receives the four words at indices 0 to 3
   */
  public static void block(long seed, long opSeed, long index, int[] out) {
    block((int) seed, high(seed), (int) index, high(index), (int) opSeed, high(opSeed), out);
  }

  /**
   * Turns a random word into a float of [0, 1): its low 23 bits are the mantissa of a number in [1,
   * 2), less 1. All multiples of 2⁻²³ are equally likely.
   */
  public static float uniformFloat(int word) {
    return Float.intBitsToFloat((word & MANTISSA_MASK) | EXPONENT_OF_ONE) - 1f;
  }

  /**
   * Draws the first {@code count} uniform floats of [0, 1) of a stream.
   *
   * @param seed the key of the stream
   * @param opSeed the operation's seed
   * @param count how many, not negative
   * @return a new array of {@code count} values
   * @throws IllegalArgumentException if count is negative
   */
  public static float[] uniformFloats(long seed, long opSeed, int count) {
    float[] values = new float[checkCount(count)];
    int[] words = new int[BLOCK_WORDS];
    for (int i = 0; i < count; i++) {
      int lane = i % BLOCK_WORDS;
      if (lane == 0) {
        block(seed, opSeed, i / BLOCK_WORDS, words);
      }
      values[i] = uniformFloat(words[lane]);
    }
    return values;
  }

  /**
   * Draws the first {@code count} standard normal floats of a stream, by Box and Muller: words 2j
   * and 2j+1 give values 2j (sine) and 2j+1 (cosine).
   *
   * @param seed the key of the stream
   * @param opSeed the operation's seed
   * @param count how many, not negative
   * @return a new array of {@code count} values
   * @throws IllegalArgumentException if count is negative
   */
  public static float[] normalFloats(long seed, long opSeed, int count) {
    float[] values = new float[checkCount(count)];
    int[] words = new int[BLOCK_WORDS];
    float[] normals = new float[BLOCK_WORDS];
    for (int i = 0; i < count; i++) {
      int lane = i % BLOCK_WORDS;
      if (lane == 0) {
        block(seed, opSeed, i / BLOCK_WORDS, words);
        normalBlock(words, normals);
      }
      values[i] = normals[lane];
    }
    return values;
  }

  /**
   * Draws {@code count} floats of the standard normal distribution cut off at two standard
   * deviations: the values of {@link #normalFloats} with those of magnitude 2 or more left out.
   * TensorFlow's {@code truncated_normal} has the same distribution, but another order of draws.
   *
   * @param seed the key of the stream
   * @param opSeed the operation's seed
   * @param count how many, not negative
   * @return a new array of {@code count} values in (−2, 2)
   * @throws IllegalArgumentException if count is negative
   */
  public static float[] truncatedNormalFloats(long seed, long opSeed, int count) {
    float[] values = new float[checkCount(count)];
    int[] words = new int[BLOCK_WORDS];
    float[] normals = new float[BLOCK_WORDS];
    int filled = 0;
    for (long index = 0; filled < count; index++) {
      block(seed, opSeed, index, words);
      normalBlock(words, normals);
      for (int lane = 0; lane < BLOCK_WORDS && filled < count; lane++) {
        if (Math.abs(normals[lane]) < TRUNCATION) {
          values[filled++] = normals[lane];
        }
      }
    }
    return values;
  }

  private static void normalBlock(int[] words, float[] normals) {
    for (int pair = 0; pair < BLOCK_WORDS; pair += 2) {
      float radiusUniform = Math.max(uniformFloat(words[pair]), SMALLEST_RADIUS_UNIFORM);
      // As in TensorFlow each step rounds to float32, but for the angle's product with a double pi.
      float angle = (float) (2 * Math.PI * uniformFloat(words[pair + 1]));
      float radius = (float) Math.sqrt(-2f * (float) StrictMath.log(radiusUniform));
      normals[pair] = (float) StrictMath.sin(angle) * radius;
      normals[pair + 1] = (float) StrictMath.cos(angle) * radius;
    }
  }

  private static int high(long value) {
    return (int) (value >>> 32);
  }

  private static int checkCount(int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count is " + count + ", but must not be negative");
    }
    return count;
  }
}
