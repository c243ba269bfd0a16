// Adam and gradient descent on rows beside plain loops in double.
#include <algorithm>
#include <climits>
#include <cmath>

#include "rows/arrays.h"
#include "rows/rows.h"

namespace refrain::test {

void check_rows_adam(refrain_context* context, int32_t mode, int32_t rows, int32_t columns) {
  constexpr int32_t kMost = 3, kSteps = 12;
  Arrays arrays(context);
  const int64_t size = int64_t{rows} * columns;
  const std::vector<float> start = waves(size, 4), zeros(size);
  refrain_rows_adam_args a = {};
  a.groups = 1;
  a.mode = mode;
  a.rows = rows;
  a.columns = columns;
  a.most_touched = kMost;
  a.epsilon = 1e-8;
  a.advance = {REFRAIN_SCHEDULE_CONSTANT, 0, 0, 0, 0, 0.9, 0.999, arrays.state(1, 0, 0.01)};
  a.values = arrays.view(start, rows, columns);
  a.m = arrays.view(zeros, rows, columns);
  a.v = arrays.view(zeros, rows, columns);
  a.last = arrays.ints(std::vector<int32_t>(rows));
  int32_t* touched = arrays.ints(std::vector<int32_t>(kMost));
  int32_t* count = arrays.ints({0});
  a.touched = touched;
  a.count = count;
  a.gradient = arrays.view(std::vector<float>(kMost * columns), kMost, columns);
  a.snapshot = arrays.view(std::vector<float>(size, 77), rows, columns);
  a.table_steps = kSteps;
  a.table = static_cast<float*>(arrays.words(refrain_rows_adam_table_size(context, &a) + 2));
  if (mode == REFRAIN_ROWS_DEFERRED) ok(refrain_rows_adam_table(context, &a));
  std::vector<double> p(start.begin(), start.end()), m(size), v(size);
  for (int32_t step = 1; step <= kSteps; ++step) {
    const int32_t used = std::min(step % 4, rows);
    std::vector<int32_t> ids(kMost, -1);
    for (int32_t k = 0; k < std::min(used, kMost); ++k) ids[k] = (step * 5 + k) % rows;
    if (step == 5) ids[0] = rows;  // has no row
    const auto gradient = waves(kMost * columns, step, step % 2 == 0 ? 1e-3 : 1.0);
    ok(refrain_write(context, touched, ids.data(), kMost * 4));
    ok(refrain_write(context, count, &used, 4));
    ok(refrain_write(context, a.gradient.data, gradient.data(), kMost * columns * 4));
    ok(refrain_advance(context, &a.advance));
    ok(refrain_rows_adam_catch_up(context, &a));
    ok(refrain_rows_adam(context, &a));
    const double rate = 0.01 * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step));
    for (int32_t row = 0; row < rows; ++row) {
      int32_t slot = -1;
      for (int32_t k = 0; k < used; ++k) slot = ids[k] == row ? k : slot;
      if (mode == REFRAIN_ROWS_LAZY && slot < 0) continue;
      for (int32_t j = 0; j < columns; ++j) {
        const int64_t i = int64_t{row} * columns + j;
        const double g = slot < 0 ? 0 : gradient[slot * columns + j];
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        p[i] -= rate * m[i] / (std::sqrt(v[i]) + 1e-8);
      }
    }
    ok(refrain_rows_adam_snapshot(context, &a));
    const auto actual = arrays.read(a.snapshot.data, size);
    for (int64_t i = 0; i < size; ++i) CHECK(near(p[i], actual[i], 2e-6));
  }
  CHECK(arrays.intact());
}

void check_rows_sgd(refrain_context* context, int32_t rows, int32_t columns, int32_t most) {
  constexpr int32_t kGroups = 3;
  Arrays arrays(context);
  const int64_t size = int64_t{rows} * columns;
  const auto start = waves(kGroups * size, 4), gradient = waves(kGroups * most * columns, 5);
  std::vector<int32_t> touched, count;
  for (int32_t g = 0; g < kGroups; ++g) {
    const int32_t strange[] = {-1, rows, INT32_MIN, INT32_MAX};
    for (int32_t k = 0; k < most; ++k) {
      touched.push_back(k % 3 == 1 || k >= rows ? strange[k % 4] : rows - 1 - k);
    }
    count.push_back(g == 1 ? most + 7 : most - most / 4);
  }
  refrain_rows_sgd_args a = {};
  a.groups = kGroups;
  a.rows = rows;
  a.columns = columns;
  a.most_touched = most;
  a.values = arrays.view(start, rows, columns);
  a.touched = arrays.ints(touched);
  a.count = arrays.ints(count);
  a.gradient = arrays.view(gradient, most, columns);
  a.state = arrays.state(kGroups, 2, 0.3);
  const int32_t stopped = REFRAIN_NOT_FINITE;
  ok(refrain_write(context, &a.state.group[kGroups - 1].status, &stopped, sizeof stopped));
  ok(refrain_rows_sgd(context, &a));
  std::vector<double> expected(start.begin(), start.end());
  for (int32_t g = 0; g < kGroups - 1; ++g) {
    for (int32_t k = 0; k < std::min(count[g], most); ++k) {
      const int32_t row = touched[g * most + k];
      for (int32_t d = 0; row >= 0 && row < rows && d < columns; ++d) {
        expected[g * size + int64_t{row} * columns + d] -=
            0.3 * gradient[(int64_t{g} * most + k) * columns + d];
      }
    }
  }
  const auto actual = arrays.read(a.values.data, kGroups * size);
  for (int64_t i = 0; i < kGroups * size; ++i) CHECK(near(expected[i], actual[i], 1e-7));
  CHECK(arrays.intact());
}

}  // namespace refrain::test
