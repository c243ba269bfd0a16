// Tensor cores: products of fragments that the 32 lanes of a warp hold together, as the PTX ISA
// lays them out ("Warp-level matrix instructions"), for compute capability 8.0 and later. Under the
// emulator the same functions compute what the instructions would from the lanes' fragments, each
// element as one chain in the order of k.
//
// Both precisions have the same layout in words of 32 bits, of which a row of A and a column of B
// have eight: a word is one element in TF32 and two neighbours in BF16, the first in the lower
// half. With group = lane / 4 and place = lane % 4 a lane holds
//
//   A [16, 8 words]  a[0]: row group,     word place        a[2]: row group,     word place + 4
//                    a[1]: row group + 8, word place        a[3]: row group + 8, word place + 4
//   B [8 words, 8]   b[0]: word place, column group         b[1]: word place + 4, column group
//   C [16, 8]        c[0], c[1]: row group,     columns 2 place, 2 place + 1
//                    c[2], c[3]: row group + 8, the same columns
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <cstring>

namespace refrain::cuda {

constexpr int kWarpLanes = 32;
constexpr int kMmaRows = 16;
constexpr int kMmaColumns = 8;
constexpr int kMmaWords = 8;

// Inputs rounded to 11 significant bits, ties away from zero.
struct Tf32 {
  static constexpr int kElementsOfWord = 1;
  static __device__ __forceinline__ uint32_t pack(const float* values);
  static __device__ __forceinline__ void multiply(float (&c)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[2]);
};

// Inputs rounded to 8 significant bits, ties to even.
struct Bf16 {
  static constexpr int kElementsOfWord = 2;
  static __device__ __forceinline__ uint32_t pack(const float* values);
  static __device__ __forceinline__ void multiply(float (&c)[4], const uint32_t (&a)[4],
                                                  const uint32_t (&b)[2]);
};

#if defined(REFRAIN_EMULATED)

namespace emulated {

inline uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float float_of(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline uint32_t to_tf32(float value) {
  if (isnan(value)) return 0x7fffe000u;
  return (bits_of(value) + 0x1000u) & 0xffffe000u;
}

inline uint32_t to_bf16(float value) {
  if (isnan(value)) return 0x7fffu;
  const uint32_t bits = bits_of(value);
  return (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}

// What a lane brings, as long as what an exchange keeps of it.
struct Fragments {
  uint32_t a[4];
  uint32_t b[4];  // the last two are not used
};

// The element at `part` of a word.
template <class Numbers>
float element(uint32_t word, int part) {
  return Numbers::kElementsOfWord == 1 ? float_of(word)
                                       : float_of(part == 0 ? word << 16 : word & 0xffff0000u);
}

template <class Numbers>
void multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  const Fragments own = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  static_assert(sizeof own == refrain::emulator::kMostExchangedBytes, "fragments fill an exchange");
  refrain::emulator::exchange_bytes(0xffffffffu, &own, sizeof own);
  const auto* lanes = static_cast<const Fragments*>(refrain::emulator::exchanged_bytes(0));
  const int lane = static_cast<int>(refrain::emulator::lane());
  for (int i = 0; i < 4; ++i) {
    const int row = lane / 4 + 8 * (i / 2);
    const int column = 2 * (lane % 4) + i % 2;
    for (int word = 0; word < kMmaWords; ++word) {
      const uint32_t from_a = lanes[row % 8 * 4 + word % 4].a[row / 8 + 2 * (word / 4)];
      const uint32_t from_b = lanes[column * 4 + word % 4].b[word / 4];
      for (int part = 0; part < Numbers::kElementsOfWord; ++part) {
        c[i] = std::fma(element<Numbers>(from_a, part), element<Numbers>(from_b, part), c[i]);
      }
    }
  }
}

}  // namespace emulated

inline uint32_t Tf32::pack(const float* values) { return emulated::to_tf32(values[0]); }
inline uint32_t Bf16::pack(const float* values) {
  return emulated::to_bf16(values[1]) << 16 | emulated::to_bf16(values[0]);
}
inline void Tf32::multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  emulated::multiply<Tf32>(c, a, b);
}
inline void Bf16::multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  emulated::multiply<Bf16>(c, a, b);
}

#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800

__device__ __forceinline__ uint32_t Tf32::pack(const float* values) {
  uint32_t word;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(values[0]));
  return word;
}

__device__ __forceinline__ uint32_t Bf16::pack(const float* values) {
  uint32_t word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(values[1]), "f"(values[0]));
  return word;
}

__device__ __forceinline__ void Tf32::multiply(float (&c)[4], const uint32_t (&a)[4],
                                               const uint32_t (&b)[2]) {
  // Volatile, so that all lanes of a warp stay together at it.
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ __forceinline__ void Bf16::multiply(float (&c)[4], const uint32_t (&a)[4],
                                               const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

// Devices below 8.0 have no such products; an engine in these precisions is not opened on them.
__device__ __forceinline__ uint32_t Tf32::pack(const float*) { return 0; }
__device__ __forceinline__ uint32_t Bf16::pack(const float*) { return 0; }
__device__ __forceinline__ void Tf32::multiply(float (&)[4], const uint32_t (&)[4],
                                               const uint32_t (&)[2]) {}
__device__ __forceinline__ void Bf16::multiply(float (&)[4], const uint32_t (&)[4],
                                               const uint32_t (&)[2]) {}

#endif

// Four words that a lane loads at once: which words of a row they are is a matter of order alone,
// as long as it is the same for A and B. So a lane's chunk serves two products: words 2s and 2s + 1
// are its first and its second word in product s. A span of sixteen words of a row, as the chunks
// of the four lanes of a group, thus makes two products.
constexpr int kChunkWords = 4;
constexpr int kChunkProducts = 2;
constexpr int kPlaces = 4;
constexpr int kSpanWords = kPlaces * kChunkWords;

struct alignas(16) Chunk {
  uint32_t words[kChunkWords];
};

// sums[j] += A B_j over a span, for kTiles fragments of B.
template <class Numbers, int kTiles>
__device__ __forceinline__ void multiply_chunks(float (&sums)[kTiles][4], const Chunk& upper,
                                                const Chunk& lower, const Chunk (&b)[kTiles]) {
#pragma unroll
  for (int s = 0; s < kChunkProducts; ++s) {
    const uint32_t fragment_a[4] = {upper.words[2 * s], lower.words[2 * s],
                                    upper.words[2 * s + 1], lower.words[2 * s + 1]};
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
      const uint32_t fragment_b[2] = {b[j].words[2 * s], b[j].words[2 * s + 1]};
      Numbers::multiply(sums[j], fragment_a, fragment_b);
    }
  }
}

}  // namespace refrain::cuda
