/*
 * Philox4x32-10 (Salmon et al. 2011), the only source of randomness on a device, so that every engine
 * draws the same numbers and a resumed run goes on with them. No function is called from outside: this
 * header fixes which numbers an operation uses.
 *
 *   key          the group's seed: low word, high word
 *   counter[0,1] index / 4: low word, high word
 *   counter[2]   low word of the group's step
 *   counter[3]   the stream: which operation draws, below
 *   word         index mod 4 of the four output words
 *
 * A whole number in [0, range): (word * range) >> 32 in 64 bits, range <= 2^31.
 * An event of probability q: word < floor(q * 2^32).
 */
#ifndef REFRAIN_PHILOX_H
#define REFRAIN_PHILOX_H

enum refrain_stream {
  REFRAIN_STREAM_GATHER = 0x47000000,
  REFRAIN_STREAM_SKIP_GRAMS = 0x53000000,
  REFRAIN_STREAM_LOG_UNIFORM = 0x4C000000,
  REFRAIN_STREAM_DROPOUT = 0x44000000, /* + the layer's number, below 2^16 */
  REFRAIN_STREAM_SUBSAMPLE = 0x4B000000,
  REFRAIN_STREAM_WINDOW = 0x57000000
};

#endif
