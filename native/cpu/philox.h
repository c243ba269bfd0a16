// Philox4x32-10 with the counter layout of refrain/philox.h.
#pragma once

#include <cstdint>

#include "cpu/simd.h"
#include "refrain/philox.h"
#include "refrain/shapes.h"

namespace refrain::REFRAIN_TARGET {

// The numbers that one operation draws for one group in one step.
struct PhiloxStream {
  uint32_t key[2];
  uint32_t step;
  uint32_t stream;

  PhiloxStream(const refrain_group_state& state, uint32_t stream_number)
      : key{static_cast<uint32_t>(state.seed), static_cast<uint32_t>(state.seed >> 32)},
        step(static_cast<uint32_t>(state.step)),
        stream(stream_number) {}

  PhiloxStream(int64_t seed, uint32_t step_number, uint32_t stream_number)
      : key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
        step(step_number),
        stream(stream_number) {}
};

// The four words of each of kCounters counters: words[i][c] has index 4 counters[c] + i. Loops over
// c are for the compiler to vectorise.
template <int kCounters>
REFRAIN_INLINE void philox_at(const PhiloxStream& stream, const uint64_t counters[kCounters],
                              uint32_t words[4][kCounters]) {
  uint32_t key0 = stream.key[0];
  uint32_t key1 = stream.key[1];
  for (int c = 0; c < kCounters; ++c) {
    words[0][c] = static_cast<uint32_t>(counters[c]);
    words[1][c] = static_cast<uint32_t>(counters[c] >> 32);
    words[2][c] = stream.step;
    words[3][c] = stream.stream;
  }
  for (int round = 0; round < 10; ++round) {
    for (int c = 0; c < kCounters; ++c) {
      const uint64_t product0 = uint64_t{0xD2511F53} * words[0][c];
      const uint64_t product1 = uint64_t{0xCD9E8D57} * words[2][c];
      words[0][c] = static_cast<uint32_t>(product1 >> 32) ^ words[1][c] ^ key0;
      words[1][c] = static_cast<uint32_t>(product1);
      words[2][c] = static_cast<uint32_t>(product0 >> 32) ^ words[3][c] ^ key1;
      words[3][c] = static_cast<uint32_t>(product0);
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

// As above for consecutive counters.
template <int kCounters>
REFRAIN_INLINE void philox(const PhiloxStream& stream, uint64_t first_counter,
                           uint32_t words[4][kCounters]) {
  uint64_t counters[kCounters];
  for (int c = 0; c < kCounters; ++c) counters[c] = first_counter + c;
  philox_at<kCounters>(stream, counters, words);
}

}  // namespace refrain::REFRAIN_TARGET
