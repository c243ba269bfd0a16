// The arguments of a whole step of skip-grams with noise-contrastive estimation and Adam, small.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "refrain/refrain.h"

namespace refrain::test {

struct EmbeddingStep {
  static constexpr int32_t kGroups = 2, kBatch = 12, kSamples = 5, kColumns = 19, kWords = 40;
  static constexpr int32_t kClasses = kBatch + kSamples, kStride = kColumns + 1;
  static constexpr int64_t kText = 203;

  refrain_advance_args advance = {};
  refrain_skip_grams_args pairs = {};
  refrain_log_uniform_args draw = {};
  refrain_distinct_args inputs = {}, classes = {};
  refrain_log_uniform_args expected = {};
  refrain_rows_adam_args embeddings = {}, weights = {};
  refrain_nce_args nce = {};

  // `memory` gives so many zeroed words of 32 bits, `write` fills them from the host.
  using Memory = std::function<void*(int64_t words)>;
  using Write = std::function<void(void* to, const void* from, int64_t size_bytes)>;

  EmbeddingStep(int32_t mode, const Memory& memory, const Write& write) {
    const auto floats = [&](int64_t n) { return static_cast<float*>(memory(n)); };
    const auto ints = [&](int64_t n) { return static_cast<int32_t*>(memory(n)); };
    std::vector<refrain_group_state> groups(kGroups);
    for (int32_t g = 0; g < kGroups; ++g) groups[g] = {0, 90 + g, 0.02, 0.02, 1, 1, 0, 0, 1, 0};
    const int64_t state_bytes = kGroups * int64_t{sizeof(refrain_group_state)};
    auto* group = static_cast<refrain_group_state*>(memory(state_bytes / 4));
    write(group, groups.data(), state_bytes);
    const refrain_step_state state = {group, nullptr, 0, kGroups};
    advance = {REFRAIN_SCHEDULE_CONSTANT, 0, 0, 0, 0, 0.9, 0.999, state};

    std::vector<int32_t> words(kText);
    for (int64_t i = 0; i < kText; ++i) words[i] = static_cast<int32_t>(i * i * 7 % kWords);
    int32_t* text = ints(kText);
    write(text, words.data(), kText * 4);
    pairs = {kGroups,          kBatch, 2, 2, kText, text, 0, ints(kGroups * kBatch),
             ints(kGroups * kBatch), state};
    draw = {kGroups, kWords, kSamples, 0, ints(kGroups * kSamples), ints(kGroups), nullptr, nullptr,
            state};
    inputs = {kGroups,       kBatch, 0, kWords, pairs.inputs, nullptr, ints(kGroups * kBatch),
              ints(kGroups), ints(kGroups * kBatch)};
    classes = {kGroups,      kBatch,        kSamples, kWords, pairs.labels, draw.sampled,
               ints(kGroups * kClasses), ints(kGroups), ints(kGroups * kClasses)};
    expected = draw;
    expected.count = kClasses;
    expected.ids = classes.rows;
    expected.log_expected = floats(kGroups * kClasses);

    const auto table = [&](int32_t columns, const refrain_distinct_args& rows, int32_t most) {
      refrain_rows_adam_args a = {};
      const int64_t size = int64_t{kWords} * columns;
      const auto view = [&](int64_t n) {
        return refrain_view{floats(kGroups * n * columns), n * columns, columns};
      };
      a.groups = kGroups;
      a.mode = mode;
      a.rows = kWords;
      a.columns = columns;
      a.most_touched = most;
      a.epsilon = 1e-8;
      a.advance = advance;
      a.values = view(kWords);
      a.m = view(kWords);
      a.v = view(kWords);
      a.last = ints(kGroups * kWords);
      a.touched = rows.rows;
      a.count = rows.count;
      a.gradient = view(most);
      a.snapshot = view(kWords);
      std::vector<float> start(kGroups * size);
      for (size_t i = 0; i < start.size(); ++i) {
        start[i] = 0.3f * std::sin(0.7f * static_cast<float>(i));
      }
      write(a.values.data, start.data(), static_cast<int64_t>(start.size()) * 4);
      return a;
    };
    embeddings = table(kColumns, inputs, kBatch);
    weights = table(kStride, classes, kClasses);
    const auto behind = [](refrain_view v) {
      return refrain_view{v.data + kColumns, v.group_stride, v.row_stride};
    };
    nce = {kGroups,        kBatch,           kSamples,      kColumns,
           kWords,         kWords,           REFRAIN_SAMPLED_NCE, 0, embeddings.values,
           weights.values, behind(weights.values), inputs.rows, inputs.count,
           inputs.slots,   classes.rows,     classes.count, classes.slots,
           expected.log_expected, embeddings.gradient, weights.gradient, behind(weights.gradient),
           state};
  }

  // Where rows wait: the table of moments, which both tables share.
  void moments(float* table, int64_t steps) {
    for (auto* a : {&embeddings, &weights}) {
      a->table = table;
      a->table_steps = steps;
    }
  }
};

}  // namespace refrain::test
