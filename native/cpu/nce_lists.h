// Which pairs and candidates of an nce.h batch share a row, in the scratch memory of a group.
#pragma once

#include <cstdint>
#include <cstring>

#include "cpu/phases.h"
#include "refrain/nce.h"

namespace refrain::REFRAIN_TARGET {

// A column is a different candidate, in the order of its first appearance; one that was drawn twice counts
// twice. Pairs with a slot or row that is not valid are in no list.
class NceLists {
 public:
  static int64_t size(const refrain_nce_args& a) {
    const int64_t n = a.batch;
    const int64_t r = n + a.samples;
    return (n + 1) + n + (r + 1) + n + r + 2 * int64_t{a.samples};
  }

  NceLists(const refrain_nce_args& a, int64_t group, int32_t* memory)
      : args_(a),
        group_(group),
        capacity_(int64_t{a.batch} + a.samples),
        input_begin_(memory),
        input_pairs_(input_begin_ + a.batch + 1),
        class_begin_(input_pairs_ + a.batch),
        class_pairs_(class_begin_ + capacity_ + 1),
        column_of_(class_pairs_ + a.batch),
        slot_of_(column_of_ + capacity_),
        times_(slot_of_ + a.samples) {}

  // How many candidates there are, and whether every pair and candidate is valid.
  struct Summary {
    int64_t columns;
    bool valid;
  };

  Summary build() {
    std::memset(input_begin_, 0, static_cast<size_t>(args_.batch + 1) * sizeof(int32_t));
    std::memset(class_begin_, 0, static_cast<size_t>(capacity_ + 1) * sizeof(int32_t));
    Summary summary = {0, true};
    for (int64_t n = 0; n < args_.batch; ++n) {
      if (valid(n)) {
        ++input_begin_[input_slot(n) + 1];
        ++class_begin_[class_slot(n) + 1];
      } else {
        summary.valid = false;
      }
    }
    for (int64_t k = 0; k < args_.batch; ++k) input_begin_[k + 1] += input_begin_[k];
    for (int64_t k = 0; k < capacity_; ++k) class_begin_[k + 1] += class_begin_[k];
    fill_pairs();
    for (int64_t k = 0; k < capacity_; ++k) column_of_[k] = -1;
    for (int64_t s = 0; s < args_.samples; ++s) {
      const int32_t slot = class_slot(args_.batch + s);
      if (class_row(slot) < 0) {
        summary.valid = false;
      } else if (column_of_[slot] < 0) {
        column_of_[slot] = static_cast<int32_t>(summary.columns);
        slot_of_[summary.columns] = slot;
        times_[summary.columns++] = 1;
      } else {
        ++times_[column_of_[slot]];
      }
    }
    return summary;
  }

  int64_t input_count() const { return clamped(args_.input_count[group_], args_.batch); }
  int64_t class_count() const { return clamped(args_.class_count[group_], capacity_); }
  int32_t input_slot(int64_t pair) const { return args_.input_slots[group_ * args_.batch + pair]; }
  // Of a pair's label, or, from N on, of a candidate.
  int32_t class_slot(int64_t i) const { return args_.class_slots[group_ * capacity_ + i]; }
  // The row in a slot; -1 if the slot or its row is not valid.
  int64_t input_row(int64_t slot) const {
    if (slot < 0 || slot >= input_count()) return -1;
    const int32_t row = args_.input_rows[group_ * args_.batch + slot];
    return row < args_.words ? row : -1;
  }
  int64_t class_row(int64_t slot) const {
    if (slot < 0 || slot >= class_count()) return -1;
    const int32_t row = args_.class_rows[group_ * capacity_ + slot];
    return row < args_.classes ? row : -1;
  }
  float log_expected(int64_t slot) const {
    return args_.log_expected == nullptr ? 0.0f : args_.log_expected[group_ * capacity_ + slot];
  }

  // The pairs of a slot, ascending.
  struct Pairs {
    const int32_t* begin;
    int64_t count;
  };
  Pairs pairs_of_input(int64_t slot) const {
    return {input_pairs_ + input_begin_[slot], input_begin_[slot + 1] - input_begin_[slot]};
  }
  Pairs pairs_of_class(int64_t slot) const {
    return {class_pairs_ + class_begin_[slot], class_begin_[slot + 1] - class_begin_[slot]};
  }
  int32_t column_of(int64_t slot) const { return column_of_[slot]; }
  int32_t slot_of(int64_t column) const { return slot_of_[column]; }
  int32_t times(int64_t column) const { return times_[column]; }

 private:
  static int64_t clamped(int32_t count, int64_t most) {
    return count < 0 ? 0 : (count < most ? count : most);
  }

  bool valid(int64_t pair) const {
    return input_row(input_slot(pair)) >= 0 && class_row(class_slot(pair)) >= 0;
  }

  // Counting sort: entry k + 1 holds where list k ends, counts down to where it begins, and moves there.
  void fill_pairs() {
    const int32_t total = input_begin_[args_.batch];
    for (int64_t n = args_.batch - 1; n >= 0; --n) {
      if (!valid(n)) continue;
      input_pairs_[--input_begin_[input_slot(n) + 1]] = static_cast<int32_t>(n);
      class_pairs_[--class_begin_[class_slot(n) + 1]] = static_cast<int32_t>(n);
    }
    move_down(input_begin_, args_.batch, total);
    move_down(class_begin_, capacity_, total);
  }

  static void move_down(int32_t* begin, int64_t lists, int32_t total) {
    std::memmove(begin, begin + 1, static_cast<size_t>(lists) * sizeof *begin);
    begin[lists] = total;
  }

  const refrain_nce_args& args_;
  const int64_t group_;
  const int64_t capacity_;
  int32_t* const input_begin_;
  int32_t* const input_pairs_;
  int32_t* const class_begin_;
  int32_t* const class_pairs_;
  int32_t* const column_of_;
  int32_t* const slot_of_;
  int32_t* const times_;
};

}  // namespace refrain::REFRAIN_TARGET
