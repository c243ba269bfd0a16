// What a block keeps while it learns a stretch of text (refrain/word2vec.h).
#pragma once

#include "cuda/elementwise.cuh"
#include "cuda/philox.cuh"
#include "refrain/word2vec.h"

namespace refrain::cuda {

constexpr int kWord2vecThreads = 128;
constexpr int32_t kSentenceEnd = -1;
constexpr int kMostContexts = 256;
constexpr int kMostTargets = 129;

// A lane's own copies of the rows of one matrix: open addressing, copies in the order of their first
// use. One thread adds a row; all of them fill it.
struct RowCopies {
  float* source;
  float* rows;     // [most, stride]
  int32_t* words;  // [most]
  int32_t* slots;  // [capacity], a copy's number + 1
  uint32_t mask;
  int32_t stride;

  __device__ int32_t find(int32_t word, uint32_t* slot) const {
    *slot = (static_cast<uint32_t>(word) * 0x9E3779B1u >> 7) & mask;
    while (slots[*slot] != 0) {
      if (words[slots[*slot] - 1] == word) return slots[*slot] - 1;
      *slot = (*slot + 1) & mask;
    }
    return -1;
  }

  __device__ const float* copy_of(int32_t word) const {
    uint32_t slot;
    const int32_t copy = find(word, &slot);
    return copy < 0 ? nullptr : rows + static_cast<int64_t>(copy) * stride;
  }
};

// One block's, or one lane's, memory on the device.
struct Word2vecMemory {
  int32_t* words;   // [stretch + 2 window + 2], kept words and ends of sentences
  int64_t* places;  // the same, where in ids
  float* errors;    // [2 window (1 + K)]
  float* changed;   // [2 window, stride], the contexts' new rows
  float* mean;      // [2, stride], CBOW's h, and before
  int32_t* sizes;   // [2] copies of inputs and of outputs
  double* loss;
  int64_t* pairs;   // [2], pairs and centers
  RowCopies copies[2];
};

struct Word2vecJob {
  refrain_word2vec_args args;
  Word2vecMemory memory;  // of block 0
  int64_t stride_bytes;   // from one block's to the next
  int64_t most[2];        // copies
  int64_t capacity[2];
  int64_t stretches;
  int64_t first_stretch;  // of this launch
};

template <class T>
__device__ __forceinline__ T* moved(T* pointer, int64_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<char*>(pointer) + bytes);
}

__device__ inline Word2vecMemory memory_of(const Word2vecJob& job, int64_t block) {
  const int64_t bytes = block * job.stride_bytes;
  Word2vecMemory m = job.memory;
  m.words = moved(m.words, bytes);
  m.places = moved(m.places, bytes);
  m.errors = moved(m.errors, bytes);
  m.changed = moved(m.changed, bytes);
  m.mean = moved(m.mean, bytes);
  m.sizes = moved(m.sizes, bytes);
  m.loss = moved(m.loss, bytes);
  m.pairs = moved(m.pairs, bytes);
  for (RowCopies& copies : m.copies) {
    copies.rows = moved(copies.rows, bytes);
    copies.words = moved(copies.words, bytes);
    copies.slots = moved(copies.slots, bytes);
  }
  return m;
}

// The text as the header defines it.
struct Word2vecText {
  const refrain_word2vec_args& args;

  __device__ bool is_word(int32_t id) const { return id >= 0 && id < args.vocabulary; }

  __device__ bool keeps(int64_t i) const {
    if (args.keep == nullptr) return true;
    const uint64_t place = static_cast<uint64_t>(args.text_position + i);
    const PhiloxWords numbers = philox(args.seed, static_cast<uint32_t>(args.epoch),
                                       REFRAIN_STREAM_SUBSAMPLE, place / 4);
    return word_at(numbers, static_cast<int64_t>(place % 4)) <=
           static_cast<uint32_t>(args.keep[args.ids[i]]);
  }

  // W(p, j)
  __device__ uint32_t draw(int64_t place, int j) const {
    const uint64_t counters = (1 + static_cast<uint64_t>(args.negatives) + 3) / 4;
    const uint64_t counter = static_cast<uint64_t>(args.text_position + place) * counters + j / 4;
    return word_at(philox(args.seed, static_cast<uint32_t>(args.epoch), REFRAIN_STREAM_WINDOW,
                         counter),
                  j % 4);
  }

  __device__ int32_t half_window(int64_t place) const {
    return 1 + static_cast<int32_t>((uint64_t{draw(place, 0)} *
                                     static_cast<uint64_t>(args.window)) >> 32);
  }

  __device__ int32_t noise(int64_t place, int j) const {
    const uint64_t r = draw(place, j) * static_cast<uint64_t>(args.vocabulary);
    const int64_t column = static_cast<int64_t>(r >> 32);
    const uint32_t threshold = static_cast<uint32_t>(args.noise[2 * column]);
    const int32_t alias = args.noise[2 * column + 1];
    const bool own = static_cast<uint32_t>(r) <= threshold || !is_word(alias);
    return own ? static_cast<int32_t>(column) : alias;
  }
};

}  // namespace refrain::cuda
