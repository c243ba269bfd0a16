// The sums of the lanes of kLanes vectors at once, by a tree of shuffles: lane i of the result is the
// sum of v[i]'s lanes, in a fixed order.
#pragma once

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

#if defined(__AVX512F__)

// Each half of 256 bits holds the sums of one operand's pairs of quarters.
REFRAIN_INLINE __m512 fold_quarters(__m512 a, __m512 b) {
  return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

REFRAIN_INLINE __m512 fold_pairs(__m512 a, __m512 b) {
  return _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x88), _mm512_shuffle_ps(a, b, 0xdd));
}

REFRAIN_INLINE Vec sum_lanes(const Vec (&v)[kLanes]) {
  __m512 t[4];
  for (int i = 0; i < 4; ++i) {
    // quarter q of t[i] is what is left of v[4 q + i]
    t[i] = fold_quarters(fold_quarters(v[i].v, v[4 + i].v), fold_quarters(v[8 + i].v, v[12 + i].v));
  }
  return {fold_pairs(fold_pairs(t[0], t[1]), fold_pairs(t[2], t[3]))};
}

#elif defined(__AVX2__) && defined(__FMA__)

REFRAIN_INLINE Vec sum_lanes(const Vec (&v)[kLanes]) {
  const __m256 low = _mm256_hadd_ps(_mm256_hadd_ps(v[0].v, v[1].v), _mm256_hadd_ps(v[2].v, v[3].v));
  const __m256 high =
      _mm256_hadd_ps(_mm256_hadd_ps(v[4].v, v[5].v), _mm256_hadd_ps(v[6].v, v[7].v));
  return {_mm256_add_ps(_mm256_permute2f128_ps(low, high, 0x20),
                        _mm256_permute2f128_ps(low, high, 0x31))};
}

#else

REFRAIN_INLINE Vec sum_lanes(const Vec (&v)[kLanes]) {
  Vec sums = {};
  for (int i = 0; i < kLanes; ++i) {
    sums.v[i] = (v[i].v[0] + v[i].v[1]) + (v[i].v[2] + v[i].v[3]);
  }
  return sums;
}

#endif

}  // namespace refrain::REFRAIN_TARGET
