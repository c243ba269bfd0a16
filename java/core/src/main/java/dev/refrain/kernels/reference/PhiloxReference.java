package dev.refrain.kernels.reference;

/** The random words of philox.h: Philox4x32-10 of Salmon et al. 2011. */
final class PhiloxReference {
  static final int GATHER = 0x47000000;
  static final int DROPOUT = 0x44000000;
  static final int SKIP_GRAMS = 0x53000000;
  static final int LOG_UNIFORM = 0x4C000000;
  static final int SUBSAMPLE = 0x4B000000;
  static final int WINDOW = 0x57000000;

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_2 = 0xCD9E8D57L;
  private static final int KEY_STEP_0 = 0x9E3779B9;
  private static final int KEY_STEP_1 = 0xBB67AE85;
  private static final long LOW = 0xFFFFFFFFL;

  private PhiloxReference() {}

  /** Word {@code index} of a stream in a group's step, as an unsigned 32-bit number. */
  static long word(ReferenceState.Group group, int stream, long index) {
    long block = index / 4;
    int[] counter = {(int) block, (int) (block >>> 32), (int) group.step, stream};
    int[] words = block(counter, (int) group.seed, (int) (group.seed >>> 32));
    return words[(int) (index % 4)] & LOW;
  }

  /** A whole number in {@code [0, range)}, range at most 2^31. */
  static long below(long range, long word) {
    return (word * range) >>> 32;
  }

  /** Whether an event of this probability happens. */
  static boolean happens(double probability, long word) {
    return word < (long) Math.floor(probability * 0x1p32);
  }

  /** The four words of one counter under one key. */
  static int[] block(int[] counter, int key0, int key1) {
    int[] c = counter;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c[0] & LOW);
      long product2 = MULTIPLIER_2 * (c[2] & LOW);
      c =
          new int[] {
            (int) (product2 >>> 32) ^ c[1] ^ (key0 + round * KEY_STEP_0),
            (int) product2,
            (int) (product0 >>> 32) ^ c[3] ^ (key1 + round * KEY_STEP_1),
            (int) product0
          };
    }
    return c;
  }
}
