// One float vector type per instruction set, and the handful of operations the kernels are
// written in. A kernel's source is compiled once per target (REFRAIN_TARGET = portable, avx2 or
// avx512), each copy in a namespace of that name: the linker must never merge a copy that uses
// wide registers with one that has to run on an old processor. For the same reason these files
// use no container or algorithm of the standard library.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__) || defined(__AVX512F__)
// GCC 12 takes its own intrinsics' deliberately undefined operands for mistakes (its bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#ifndef REFRAIN_TARGET
#error "compile with -DREFRAIN_TARGET=portable, avx2 or avx512"
#endif

#define REFRAIN_INLINE inline __attribute__((always_inline))

namespace refrain::REFRAIN_TARGET {

#if defined(__AVX512F__)

inline constexpr int kLanes = 16;

struct Vec {
  __m512 v;
};
struct Mask {
  __mmask16 m;
};

REFRAIN_INLINE __mmask16 first_lanes(int n) { return static_cast<__mmask16>((1u << n) - 1u); }

REFRAIN_INLINE Vec broadcast(float x) { return {_mm512_set1_ps(x)}; }
REFRAIN_INLINE Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
REFRAIN_INLINE void store(float* p, Vec a) { _mm512_storeu_ps(p, a.v); }
REFRAIN_INLINE Vec load_first(const float* p, int n) {
  return {_mm512_maskz_loadu_ps(first_lanes(n), p)};
}
REFRAIN_INLINE void store_first(float* p, Vec a, int n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), a.v);
}

REFRAIN_INLINE Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
REFRAIN_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
REFRAIN_INLINE Vec sqrt(Vec a) { return {_mm512_sqrt_ps(a.v)}; }
REFRAIN_INLINE Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec round_to_even(Vec a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
REFRAIN_INLINE Vec abs(Vec a) { return {_mm512_abs_ps(a.v)}; }
REFRAIN_INLINE Vec copy_sign(Vec magnitude, Vec sign) {
  const __m512i bit = _mm512_set1_epi32(INT32_MIN);
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(
      bit, _mm512_castps_si512(sign.v), _mm512_castps_si512(magnitude.v), 0xCA))};
}
REFRAIN_INLINE Vec scale_by_power_of_two(Vec a, Vec n) { return {_mm512_scalef_ps(a.v, n.v)}; }
REFRAIN_INLINE Vec low_bits_as_exponent(Vec a) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a.v), 23))};
}

REFRAIN_INLINE Mask operator<(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
REFRAIN_INLINE Mask operator<=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
REFRAIN_INLINE Mask operator==(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
REFRAIN_INLINE Vec select(Mask m, Vec yes, Vec no) {
  return {_mm512_mask_blend_ps(m.m, no.v, yes.v)};
}

#elif defined(__AVX2__) && defined(__FMA__)

inline constexpr int kLanes = 8;

struct Vec {
  __m256 v;
};
struct Mask {
  __m256 m;
};

REFRAIN_INLINE __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

REFRAIN_INLINE Vec broadcast(float x) { return {_mm256_set1_ps(x)}; }
REFRAIN_INLINE Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
REFRAIN_INLINE void store(float* p, Vec a) { _mm256_storeu_ps(p, a.v); }
REFRAIN_INLINE Vec load_first(const float* p, int n) {
  return {_mm256_maskload_ps(p, first_lanes(n))};
}
REFRAIN_INLINE void store_first(float* p, Vec a, int n) {
  _mm256_maskstore_ps(p, first_lanes(n), a.v);
}

REFRAIN_INLINE Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
REFRAIN_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
REFRAIN_INLINE Vec sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }
REFRAIN_INLINE Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }
REFRAIN_INLINE Vec round_to_even(Vec a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
REFRAIN_INLINE Vec abs(Vec a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
REFRAIN_INLINE Vec copy_sign(Vec magnitude, Vec sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_and_ps(bit, sign.v), _mm256_andnot_ps(bit, magnitude.v))};
}
REFRAIN_INLINE Vec low_bits_as_exponent(Vec a) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a.v), 23))};
}
REFRAIN_INLINE __m256 power_of_two(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
REFRAIN_INLINE Vec scale_by_power_of_two(Vec a, Vec n) {
  // In two steps: 2^n alone may lie outside the range of a float where a 2^n does not.
  const __m256i whole = _mm256_cvtps_epi32(n.v);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  const __m256 first = _mm256_mul_ps(a.v, power_of_two(half));
  return {_mm256_mul_ps(first, power_of_two(_mm256_sub_epi32(whole, half)))};
}

REFRAIN_INLINE Mask operator<(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
REFRAIN_INLINE Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
REFRAIN_INLINE Mask operator==(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
REFRAIN_INLINE Vec select(Mask m, Vec yes, Vec no) {
  return {_mm256_blendv_ps(no.v, yes.v, m.m)};
}

#else  // portable: the vector extension of GCC and Clang, products and sums rounded separately

inline constexpr int kLanes = 4;

typedef float FloatLanes __attribute__((vector_size(16)));
typedef int32_t IntLanes __attribute__((vector_size(16)));

struct Vec {
  FloatLanes v;
};
struct Mask {
  IntLanes m;
};

REFRAIN_INLINE Vec broadcast(float x) { return {FloatLanes{x, x, x, x}}; }
REFRAIN_INLINE Vec load(const float* p) {
  Vec a;
  std::memcpy(&a.v, p, sizeof a.v);
  return a;
}
REFRAIN_INLINE void store(float* p, Vec a) { std::memcpy(p, &a.v, sizeof a.v); }
REFRAIN_INLINE Vec load_first(const float* p, int n) {
  Vec a = broadcast(0.0f);
  for (int i = 0; i < kLanes; ++i) {
    if (i < n) a.v[i] = p[i];
  }
  return a;
}
REFRAIN_INLINE void store_first(float* p, Vec a, int n) {
  for (int i = 0; i < kLanes; ++i) {
    if (i < n) p[i] = a.v[i];
  }
}

REFRAIN_INLINE Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
REFRAIN_INLINE Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
REFRAIN_INLINE Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
REFRAIN_INLINE Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
REFRAIN_INLINE Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
REFRAIN_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {c.v - a.v * b.v}; }
REFRAIN_INLINE Vec sqrt(Vec a) {
  for (int i = 0; i < kLanes; ++i) a.v[i] = __builtin_sqrtf(a.v[i]);
  return a;
}

REFRAIN_INLINE Mask operator<(Vec a, Vec b) { return {a.v < b.v}; }
REFRAIN_INLINE Mask operator<=(Vec a, Vec b) { return {a.v <= b.v}; }
REFRAIN_INLINE Mask operator==(Vec a, Vec b) { return {a.v == b.v}; }
REFRAIN_INLINE Vec select(Mask m, Vec yes, Vec no) {
  return {reinterpret_cast<FloatLanes>((m.m & reinterpret_cast<IntLanes>(yes.v)) |
                                       (~m.m & reinterpret_cast<IntLanes>(no.v)))};
}
REFRAIN_INLINE Vec min(Vec a, Vec b) { return select(a < b, a, b); }
REFRAIN_INLINE Vec max(Vec a, Vec b) { return select(b < a, a, b); }
REFRAIN_INLINE Vec abs(Vec a) {
  return {reinterpret_cast<FloatLanes>(reinterpret_cast<IntLanes>(a.v) & INT32_MAX)};
}
REFRAIN_INLINE Vec copy_sign(Vec magnitude, Vec sign) {
  return {reinterpret_cast<FloatLanes>(
      (reinterpret_cast<IntLanes>(magnitude.v) & INT32_MAX) |
      (reinterpret_cast<IntLanes>(sign.v) & INT32_MIN))};
}
REFRAIN_INLINE Vec round_to_even(Vec a) {
  // Adding and taking away 1.5 2^23 leaves no bits below 1; beyond 2^22 the caller clamps.
  const Vec magic = broadcast(12582912.0f);
  return (a + magic) - magic;
}
REFRAIN_INLINE Vec low_bits_as_exponent(Vec a) {
  return {reinterpret_cast<FloatLanes>(reinterpret_cast<IntLanes>(a.v) << 23)};
}
REFRAIN_INLINE FloatLanes power_of_two(IntLanes n) {
  return reinterpret_cast<FloatLanes>((n + 127) << 23);
}
REFRAIN_INLINE Vec scale_by_power_of_two(Vec a, Vec n) {
  // In two steps: 2^n alone may lie outside the range of a float where a 2^n does not. The sum
  // with 1.5 2^23 holds the integer n in its low bits, and no NaN has to become an integer.
  const IntLanes whole =
      reinterpret_cast<IntLanes>(n.v + 12582912.0f) - reinterpret_cast<IntLanes>(
                                                          broadcast(12582912.0f).v);
  const IntLanes half = whole >> 1;
  return {a.v * power_of_two(half) * power_of_two(whole - half)};
}

#endif

// scale_by_power_of_two(a, n) is a 2^n for any whole n that a float can hold;
// low_bits_as_exponent(a) takes the lowest eight bits of a's pattern for a float's exponent.
//
// min and max above give the SECOND operand when either is NaN: put the value that may be NaN
// there, and it survives.

REFRAIN_INLINE Vec zero() { return broadcast(0.0f); }

REFRAIN_INLINE int lanes_in_tail(int64_t n) {
  const int rest = static_cast<int>(n % kLanes);
  return rest == 0 ? kLanes : rest;
}

// Loads and stores that read and write exactly n lanes, at full speed when n is all of them.
REFRAIN_INLINE Vec load_lanes(const float* p, int n) {
  return n == kLanes ? load(p) : load_first(p, n);
}
REFRAIN_INLINE void store_lanes(float* p, Vec a, int n) {
  if (n == kLanes) {
    store(p, a);
  } else {
    store_first(p, a, n);
  }
}

// Calls body(offset, lanes) over n elements, whole vectors first and one partial at the end.
template <class Body>
REFRAIN_INLINE void for_vectors(int64_t n, Body&& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, kLanes);
  if (i < n) body(i, static_cast<int>(n - i));
}

}  // namespace refrain::REFRAIN_TARGET
