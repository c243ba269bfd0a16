// Philox4x32-10 with the counter layout of refrain/philox.h.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "refrain/philox.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

struct PhiloxWords {
  uint32_t word[4];
};

// Word i mod 4. By conditions: an index that is not known would put the words into memory.
__device__ __forceinline__ uint32_t word_at(const PhiloxWords& words, int64_t i) {
  const uint32_t low = i % 2 == 0 ? words.word[0] : words.word[1];
  const uint32_t high = i % 2 == 0 ? words.word[2] : words.word[3];
  return i % 4 < 2 ? low : high;
}

// The four words of a counter under a key.
__device__ __forceinline__ PhiloxWords philox(int64_t seed, uint32_t step, uint32_t stream,
                                              uint64_t counter) {
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32);
  uint32_t c0 = static_cast<uint32_t>(counter);
  uint32_t c1 = static_cast<uint32_t>(counter >> 32);
  uint32_t c2 = step;
  uint32_t c3 = stream;
  for (int round = 0; round < 10; ++round) {
    const uint32_t high0 = __umulhi(0xD2511F53u, c0);
    const uint32_t low0 = 0xD2511F53u * c0;
    const uint32_t high1 = __umulhi(0xCD9E8D57u, c2);
    const uint32_t low1 = 0xCD9E8D57u * c2;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Those of the numbers that one operation draws for one group in one step.
__device__ __forceinline__ PhiloxWords philox(const refrain_group_state& state, uint32_t stream,
                                              uint64_t counter) {
  return philox(state.seed, static_cast<uint32_t>(state.step), stream, counter);
}

}  // namespace refrain::cuda
