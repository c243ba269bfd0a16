// The memory of a block that learns stretches of text, and the text as refrain/word2vec.h defines it.
#pragma once

#include "cuda/elementwise.cuh"
#include "cuda/philox.cuh"
#include "cuda/reduce.cuh"
#include "refrain/word2vec.h"

namespace refrain::cuda {

constexpr int32_t kSentenceEnd = -1;
constexpr int kExactWarps = 8;

// A lane's own copies of the rows of one matrix: open addressing, filled by all threads at once, numbers
// in whatever order they come. A number says where a copy lies and nothing else.
struct RowCopies {
  float* rows;       // [most, stride]
  int32_t* words;    // [most], by number
  int32_t* keys;     // [capacity], word + 1, or 0
  int32_t* numbers;  // [capacity]
  uint32_t mask;
  int32_t stride;

  __device__ uint32_t slot_of(int32_t word) const {
    return (static_cast<uint32_t>(word) * 0x9E3779B1u >> 7) & mask;
  }

  // Threads that ask for the same word at once make one copy of it; its number is to be read after a
  // barrier.
  __device__ void add(int32_t word, int32_t* size) const {
    for (uint32_t slot = slot_of(word);; slot = (slot + 1) & mask) {
      const int32_t key = atomicCAS(&keys[slot], 0, word + 1);
      if (key == word + 1) return;
      if (key != 0) continue;
      const int32_t number = atomicAdd(size, 1);
      words[number] = word;
      numbers[slot] = number;
      return;
    }
  }

  // -1 where there is no copy.
  __device__ int32_t find(int32_t word) const {
    for (uint32_t slot = slot_of(word); keys[slot] != 0; slot = (slot + 1) & mask) {
      if (keys[slot] == word + 1) return numbers[slot];
    }
    return -1;
  }

  __device__ float* row(int32_t number) const {
    return rows + static_cast<int64_t>(number) * stride;
  }
};

// One block's, or one lane's, memory on the device.
struct Word2vecMemory {
  int32_t* words;   // [stretch + 2 window + 2], kept words and ends of sentences
  int64_t* places;  // the same, where in ids
  int32_t* plan;    // [warps, plan entries, 32]; of centers (word2vec_plan.cuh)
  int32_t* copy_of_place;  // exact: as words, the copy that a word's row is in, or -1
  float* window;    // the window's rows, where shared memory has no room for them
  double* loss;
  int64_t* pairs;   // [2], pairs and centers
  int32_t* sizes;   // [2] copies of inputs and of outputs
  RowCopies copies[2];
};

// Numbers that a center's plan takes.
inline int64_t plan_entries(const refrain_word2vec_args& a) {
  return 1 + (a.exact ? 4 : 2) * int64_t{a.window} + 2 * (1 + int64_t{a.negatives});
}

constexpr int kTileTargets = 6;   // rows of targets that the registers hold at once
constexpr int kTileContexts = 5;  // rows of contexts whose scores are summed at once
constexpr int kErrorStride = 8;
static_assert(kTileTargets * kTileContexts <= kWarp && kTileTargets <= kErrorStride, "");

// Floats from the beginning of the shared memory, and of the rows, which may lie elsewhere.
struct Word2vecLayout {
  int32_t slots;
  int32_t place_mask;
  int32_t plan_entries;
  int32_t words, references, copies;  // [slots]
  int32_t slot_of_place;              // [place_mask + 1]
  int32_t context_slots;              // [2 window]
  int32_t errors;                     // [2 window, kErrorStride]
  int32_t plan;                       // of one warp, where it lies here
  int32_t small;                      // all of these
  int64_t next;                       // [2 window, stride]: new rows, where targets take several turns
  int64_t mean;                       // [2, stride]: CBOW's h, and before
  int64_t rows;                       // all of these

  static int32_t whole(int32_t floats) { return (floats + 3) / 4 * 4; }

  Word2vecLayout() = default;

  Word2vecLayout(const refrain_word2vec_args& a, bool with_plan) {
    const int32_t contexts = 2 * a.window;
    slots = contexts + 2;
    plan_entries = static_cast<int32_t>(cuda::plan_entries(a));
    place_mask = 1;
    while (place_mask < slots) place_mask *= 2;
    words = 0;
    references = words + whole(slots);
    copies = references + whole(slots);
    slot_of_place = copies + whole(slots);
    context_slots = slot_of_place + whole(place_mask);
    errors = context_slots + whole(contexts);
    plan = errors + contexts * kErrorStride;
    small = plan + (with_plan ? plan_entries * kWarp : 0);
    next = int64_t{slots} * row_floats(a);
    mean = next + (a.negatives >= kTileTargets ? int64_t{contexts} * a.row_stride : 0);
    rows = mean + (a.cbow ? 2 * int64_t{a.row_stride} : 0);
    --place_mask;
  }

  // A row, and where blocks race also what it was when it came.
  static __host__ __device__ int64_t row_floats(const refrain_word2vec_args& a) {
    return (a.exact ? 1 : 2) * int64_t{a.row_stride};
  }
};

struct Word2vecJob {
  refrain_word2vec_args args;
  Word2vecMemory memory;  // of block 0
  Word2vecLayout layout;
  int64_t stride_bytes;   // from one block's to the next
  int64_t most[2];        // copies
  int64_t capacity[2];
  int64_t stretches;
  int64_t first_stretch;  // of this launch
  bool plan_on_chip;
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
  m.plan = moved(m.plan, bytes);
  m.copy_of_place = moved(m.copy_of_place, bytes);
  m.window = moved(m.window, bytes);
  m.loss = moved(m.loss, bytes);
  m.pairs = moved(m.pairs, bytes);
  m.sizes = moved(m.sizes, bytes);
  for (RowCopies& copies : m.copies) {
    copies.rows = moved(copies.rows, bytes);
    copies.words = moved(copies.words, bytes);
    copies.keys = moved(copies.keys, bytes);
    copies.numbers = moved(copies.numbers, bytes);
  }
  return m;
}

// The lanes before the first one of `mask`; all of them where it is empty.
__device__ __forceinline__ unsigned lanes_before_first(unsigned mask) {
  return (mask & (0u - mask)) - 1u;
}

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

  // W(p, 4 q) .. W(p, 4 q + 3)
  __device__ PhiloxWords draw(int64_t place, int q) const {
    const uint64_t counters = (1 + static_cast<uint64_t>(args.negatives) + 3) / 4;
    const uint64_t counter = static_cast<uint64_t>(args.text_position + place) * counters + q;
    return philox(args.seed, static_cast<uint32_t>(args.epoch), REFRAIN_STREAM_WINDOW, counter);
  }

  __device__ int32_t half_window(uint32_t number) const {
    return 1 + static_cast<int32_t>((uint64_t{number} * static_cast<uint64_t>(args.window)) >> 32);
  }

  __device__ int32_t noise(uint32_t number) const {
    const uint64_t r = number * static_cast<uint64_t>(args.vocabulary);
    const int64_t column = static_cast<int64_t>(r >> 32);
    const uint32_t threshold = static_cast<uint32_t>(args.noise[2 * column]);
    const int32_t alias = args.noise[2 * column + 1];
    const bool own = static_cast<uint32_t>(r) <= threshold || !is_word(alias);
    return own ? static_cast<int32_t>(column) : alias;
  }
};

// The kept words of a stretch and of the windows around it, in memory.words.
struct Word2vecStretch {
  int32_t first;         // the first word of all; an end of a sentence is before it,
  int32_t first_center;
  int32_t last_center;
  int32_t size;          // and one behind the last
};

// By one warp.
class Word2vecReader {
 public:
  __device__ Word2vecReader(const refrain_word2vec_args& args, int32_t* words, int64_t* places)
      : args_(args), words_(words), places_(places), text_{args} {}

  __device__ Word2vecStretch read(int64_t begin, int64_t end) const {
    Word2vecStretch s;
    s.first_center = 1 + args_.window;
    s.first = s.first_center - read_before(begin, s.first_center);
    s.last_center = read_centers(begin, end, s.first_center);
    s.size = read_behind(end, s.last_center);
    if (lane() == 0) {
      words_[s.first - 1] = kSentenceEnd;
      words_[s.size] = kSentenceEnd;
    }
    return s;
  }

 private:
  __device__ static int lane() { return static_cast<int>(threadIdx.x) % kWarp; }

  // How many of the mask's lanes come before this one.
  __device__ static int rank(unsigned mask) { return __popc(mask & ((1u << lane()) - 1u)); }

  // The kept words among 32 numbers, this lane's being i, up to the end of the sentence.
  __device__ unsigned kept_of_sentence(int64_t i, bool& ends) const {
    const bool word = i >= 0 && i < args_.count && text_.is_word(args_.ids[i]);
    const unsigned others = __ballot_sync(0xffffffffu, !word);
    const unsigned kept = __ballot_sync(0xffffffffu, word && text_.keeps(i));
    ends = others != 0;
    return kept & lanes_before_first(others);
  }

  // The nearest words before, the nearest one at `at` - 1. How many there are.
  __device__ int32_t read_before(int64_t begin, int32_t at) const {
    int32_t found = 0;
    bool ends = false;
    for (int64_t i = begin - 1 - lane(); found < args_.window && !ends; i -= kWarp) {
      const unsigned kept = kept_of_sentence(i, ends);
      const int32_t number = found + rank(kept);
      if ((kept >> lane() & 1) != 0 && number < args_.window) {
        words_[at - 1 - number] = args_.ids[i];
      }
      found += __popc(kept);
    }
    return found < args_.window ? found : args_.window;
  }

  __device__ int32_t read_centers(int64_t begin, int64_t end, int32_t at) const {
    for (int64_t first = begin; first < end; first += kWarp) {
      const int64_t i = first + lane();
      const bool word = i < end && text_.is_word(args_.ids[i]);
      const bool taken = i < end && (!word || text_.keeps(i));
      const unsigned mask = __ballot_sync(0xffffffffu, taken);
      if (taken) {
        words_[at + rank(mask)] = word ? args_.ids[i] : kSentenceEnd;
        places_[at + rank(mask)] = i;
      }
      at += __popc(mask);
    }
    return at;
  }

  __device__ int32_t read_behind(int64_t end, int32_t at) const {
    int32_t found = 0;
    bool ends = false;
    for (int64_t i = end + lane(); found < args_.window && !ends; i += kWarp) {
      const unsigned kept = kept_of_sentence(i, ends);
      const int32_t number = found + rank(kept);
      if ((kept >> lane() & 1) != 0 && number < args_.window) words_[at + number] = args_.ids[i];
      found += __popc(kept);
    }
    return at + (found < args_.window ? found : args_.window);
  }

  const refrain_word2vec_args& args_;
  int32_t* const words_;
  int64_t* const places_;
  const Word2vecText text_;
};

}  // namespace refrain::cuda
