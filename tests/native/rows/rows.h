// The tests of operations on rows that a batch names, by subject; rows_test.cc calls them all.
#pragma once

#include <cstdint>
#include <vector>

#include "refrain/refrain.h"

namespace refrain::test {

struct Distinct {
  std::vector<int32_t> rows, slots;
  int32_t count = 0;
};

// The rows that these ids name, each once, and the slot of each id: -1 where it has no row.
Distinct distinct_of(const std::vector<int32_t>& ids, int32_t table_rows);

void check_distinct(refrain_context* context);
void check_skip_grams(refrain_context* context);
void check_log_uniform(refrain_context* context);

struct NceCase {
  int32_t loss, batch, samples, columns, rows;
  bool remove_hits, expected;
  int strange;  // 1: an id without a row, 2: a row outside the table
};

void check_nce(refrain_context* context, const NceCase& c);

// Rows that are touched now and then, one id out of the table, and steps that touch nothing.
void check_rows_adam(refrain_context* context, int32_t mode, int32_t rows, int32_t columns);
// Fewer rows than the list has room for, some without a row; the last group has stopped.
void check_rows_sgd(refrain_context* context, int32_t rows, int32_t columns, int32_t most);

// What five steps leave, one by one or replayed; `descends`: by gradient descent instead of Adam.
std::vector<uint32_t> train(refrain_context* context, int32_t mode, bool recorded,
                            int32_t loss = REFRAIN_SAMPLED_NCE, bool descends = false);
void check_row_refusals(refrain_context* context);

}  // namespace refrain::test
