// A lane's own copies of the rows that its stretch touches, for the exact mode of word2vec.h.
#pragma once

#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// From a word to the copy of its row: open addressing, copies in the order of their first use.
class RowCopies {
 public:
  static int64_t capacity(int64_t most_rows) {
    int64_t slots = 16;
    while (slots < 2 * most_rows) slots *= 2;
    return slots;
  }

  // `rows` [most_rows, stride], `words` [most_rows], `slots` [capacity].
  RowCopies(const float* source, int64_t stride, float* rows, int32_t* words, int32_t* slots,
            int64_t capacity)
      : source_(source),
        stride_(stride),
        rows_(rows),
        words_(words),
        slots_(slots),
        mask_(static_cast<uint32_t>(capacity - 1)) {}

  void clear() {
    size_ = 0;
    std::memset(slots_, 0, sizeof(int32_t) * (int64_t{mask_} + 1));
  }

  REFRAIN_INLINE float* row(int32_t word) {
    uint32_t slot = slot_of(word);
    while (slots_[slot] != 0) {
      const int32_t copy = slots_[slot] - 1;
      if (words_[copy] == word) return rows_ + copy * stride_;
      slot = (slot + 1) & mask_;
    }
    return copy_row(word, slot);
  }

  // Null where the word's row was not touched.
  REFRAIN_INLINE const float* find(int32_t word) const {
    uint32_t slot = slot_of(word);
    while (slots_[slot] != 0) {
      const int32_t copy = slots_[slot] - 1;
      if (words_[copy] == word) return rows_ + copy * stride_;
      slot = (slot + 1) & mask_;
    }
    return nullptr;
  }

  REFRAIN_INLINE void prefetch(int32_t word) const {
    const float* row = source_ + word * stride_;
    for (int64_t d = 0; d < stride_; d += 16) __builtin_prefetch(row + d);
  }

  int32_t size() const { return size_; }
  int32_t word(int32_t copy) const { return words_[copy]; }
  const float* copy(int32_t copy) const { return rows_ + copy * stride_; }

 private:
  REFRAIN_INLINE uint32_t slot_of(int32_t word) const {
    return (static_cast<uint32_t>(word) * 0x9E3779B1u >> 7) & mask_;
  }

  float* copy_row(int32_t word, uint32_t slot) {
    float* row = rows_ + size_ * stride_;
    const float* from = source_ + word * stride_;
    for (int64_t d = 0; d < stride_; d += kLanes) store(row + d, load(from + d));
    words_[size_] = word;
    slots_[slot] = ++size_;
    return row;
  }

  const float* source_;
  int64_t stride_;
  float* rows_;
  int32_t* words_;
  int32_t* slots_;
  uint32_t mask_;
  int32_t size_ = 0;
};

// Adds the lanes' changes of one row to it, in their order. `first` is the lowest lane that has
// touched the row.
inline void merge_row(float* row, int64_t stride, int32_t word, RowCopies* const* lanes, int first,
                      int count) {
  const float* copies[64];
  int touched = 0;
  for (int lane = first; lane < count; ++lane) {
    const float* copy = lanes[lane]->find(word);
    if (copy != nullptr) copies[touched++] = copy;
  }
  if (touched == 1) {
    for (int64_t d = 0; d < stride; d += kLanes) store(row + d, load(copies[0] + d));
    return;
  }
  for (int64_t d = 0; d < stride; d += kLanes) {
    const Vec before = load(row + d);
    Vec sum = before;
    for (int i = 0; i < touched; ++i) sum = sum + (load(copies[i] + d) - before);
    store(row + d, sum);
  }
}

// Merges the rows whose word is `part` modulo `parts`.
inline void merge_rows(float* matrix, int64_t stride, RowCopies* const* lanes, int count,
                       int64_t part, int64_t parts) {
  for (int lane = 0; lane < count; ++lane) {
    for (int32_t i = 0; i < lanes[lane]->size(); ++i) {
      const int32_t word = lanes[lane]->word(i);
      if (word % parts != part) continue;
      bool merged = false;
      for (int lower = 0; lower < lane && !merged; ++lower) {
        merged = lanes[lower]->find(word) != nullptr;
      }
      if (!merged) merge_row(matrix + word * stride, stride, word, lanes, lane, count);
    }
  }
}

}  // namespace refrain::REFRAIN_TARGET
