// The rows of the words around a center, which stay with the block from the moment their word
// enters the window until it has left it. All functions are called by one warp.
//
// A word that stands in the window several times has one slot, so that all its pairs see the same
// row and a block alone learns what the contract says. Where blocks race (hogwild) a row's change
// is added to the model when its word leaves. The commonest words are in the windows of many blocks
// at once, whose changes from equally old rows would add up to too long a step: they are not kept,
// but read for each center and added to after it. Which words these are is guessed from their
// numbers, by which a vocabulary counts down; where the guess is wrong rows are older or moved more
// often, no more.
#pragma once

#include "cuda/word2vec_columns.cuh"
#include "cuda/word2vec_plan.cuh"

namespace refrain::cuda {

// Not measured on a device: docs/cuda-kernels.md says what it was chosen by.
constexpr int32_t kCommonWords = 128;

template <bool kExact, class Columns>
class Word2vecWindow {
 public:
  __device__ __forceinline__ Word2vecWindow(const refrain_word2vec_args& args, const Word2vecMemory& memory,
                            const Word2vecLayout& layout, float* small, float* rows)
      : args_(args),
        m_(memory),
        layout_(layout),
        words_(reinterpret_cast<int32_t*>(small + layout.words)),
        references_(reinterpret_cast<int32_t*>(small + layout.references)),
        copies_(reinterpret_cast<int32_t*>(small + layout.copies)),
        slot_of_place_(reinterpret_cast<int32_t*>(small + layout.slot_of_place)),
        rows_(rows) {}

  __device__ __forceinline__ void begin(const Word2vecStretch& stretch) {
    for (int i = lane(); i < layout_.slots; i += kWarp) references_[i] = 0;
    entered_ = left_ = stretch.first;
    size_ = stretch.size;
    pending_slot_ = -1;
    __syncwarp();
  }

  // Makes the words around place c present, and asks for the row of the next one, which arrives
  // while this center is learned.
  __device__ __forceinline__ void move_to(int32_t c) {
    arrive();
    for (; left_ < c - args_.window; ++left_) leave(left_);
    for (; entered_ < size_ && entered_ <= c + args_.window + 1; ++entered_) {
      arrive();
      enter(entered_);
    }
    if (entered_ <= c + args_.window + 1) arrive();  // the text ends within this window
  }

  __device__ __forceinline__ void end() {
    arrive();
    for (; left_ < entered_; ++left_) leave(left_);
  }

  __device__ __forceinline__ int32_t slot_of_place(int32_t place) const {
    return slot_of_place_[place & layout_.place_mask];
  }
  __device__ __forceinline__ int32_t word(int32_t slot) const { return words_[slot]; }
  __device__ __forceinline__ float* row(int32_t slot) const {
    return rows_ + slot * Word2vecLayout::row_floats(args_);
  }
  __device__ __forceinline__ float* model_row(int32_t word) const {
    return args_.inputs + static_cast<int64_t>(word) * args_.row_stride;
  }

  // Whether a word's row is read and changed at each center.
  static __device__ __forceinline__ bool is_common(int32_t word) { return !kExact && word < kCommonWords; }

  // Notes that a row changes; exact: which copy takes it in the end.
  __device__ __forceinline__ void use(int32_t slot, int32_t copy) { copies_[slot] = kExact ? copy : 0; }

 private:
  static constexpr int32_t kUnused = -1;

  static __device__ __forceinline__ int lane() { return static_cast<int>(threadIdx.x) % kWarp; }

  __device__ __forceinline__ void enter(int32_t place) {
    const int32_t word = m_.words[place];
    int32_t slot = -1;
    if (word != kSentenceEnd) {
      bool is_new;
      slot = find(word, is_new);
      __syncwarp();  // all lanes have searched
      if (lane() == 0) {
        references_[slot] = is_new ? 1 : references_[slot] + 1;
        words_[slot] = word;
        if (is_new) copies_[slot] = kUnused;
      }
      if (is_new && !is_common(word)) ask_for(source(word, place), slot);
    }
    if (lane() == 0) slot_of_place_[place & layout_.place_mask] = slot;
    __syncwarp();
  }

  // The word's slot, or a free one.
  __device__ __forceinline__ int32_t find(int32_t word, bool& is_new) const {
    int32_t free = -1;
    is_new = true;
    for (int32_t base = 0; base < layout_.slots; base += kWarp) {
      const int32_t i = base + lane();
      const bool there = i < layout_.slots;
      const bool used = there && references_[i] > 0;
      const unsigned found = __ballot_sync(0xffffffffu, used && words_[i] == word);
      const unsigned unused = __ballot_sync(0xffffffffu, there && !used);
      if (found != 0) {
        is_new = false;
        return base + __popc(lanes_before_first(found));
      }
      if (free < 0 && unused != 0) free = base + __popc(lanes_before_first(unused));
    }
    return free;
  }

  __device__ __forceinline__ const float* source(int32_t word, int32_t place) const {
    const int32_t copy = kExact ? m_.copy_of_place[place] : -1;
    return copy >= 0 ? m_.copies[0].row(copy) : model_row(word);
  }

  __device__ __forceinline__ void ask_for(const float* from, int32_t slot) {
    if (args_.row_stride <= Columns::kWidth) {
      load(pending_, from, 0);
      pending_slot_ = slot;
      return;
    }
    for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
      load(pending_, from, d);
      keep(slot, d);
    }
  }

  __device__ __forceinline__ void load(Columns& columns, const float* row, int d) const {
    if (kExact) {
      columns.load(row + d, args_.row_stride - d);
    } else {
      columns.load_racing(row + d, args_.row_stride - d);
    }
  }

  __device__ __forceinline__ void keep(int32_t slot, int d) const {
    pending_.store(row(slot) + d, args_.row_stride - d);
    if (!kExact) pending_.store(row(slot) + args_.row_stride + d, args_.row_stride - d);
  }

  __device__ __forceinline__ void arrive() {
    if (pending_slot_ >= 0) keep(pending_slot_, 0);
    pending_slot_ = -1;
  }

  __device__ __forceinline__ void leave(int32_t place) {
    const int32_t slot = slot_of_place(place);
    if (slot < 0) return;
    const int32_t references = references_[slot] - 1;
    __syncwarp();
    if (lane() == 0) references_[slot] = references;
    if (references == 0 && copies_[slot] != kUnused) give_back(slot);
    __syncwarp();
  }

  __device__ __forceinline__ void give_back(int32_t slot) const {
    const float* from = row(slot);
    float* to = kExact ? m_.copies[0].row(copies_[slot]) : model_row(words_[slot]);
    if (is_common(words_[slot])) return;
    for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
      const int left = args_.row_stride - d;
      Columns columns;
      columns.load(from + d, left);
      if (kExact) {
        columns.store(to + d, left);
      } else {
        Columns before;
        before.load(from + args_.row_stride + d, left);
        columns.add_change(to + d, left, before);
      }
    }
  }

  const refrain_word2vec_args& args_;
  const Word2vecMemory& m_;
  const Word2vecLayout& layout_;
  int32_t* const words_;
  int32_t* const references_;
  int32_t* const copies_;
  int32_t* const slot_of_place_;
  float* const rows_;
  int32_t entered_ = 0;
  int32_t left_ = 0;
  int32_t size_ = 0;
  int32_t pending_slot_ = -1;
  Columns pending_;
};

}  // namespace refrain::cuda
