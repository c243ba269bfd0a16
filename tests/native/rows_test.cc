// The operations on rows that a batch names, through the C interface: against plain loops written
// here, at edge shapes, between guards, recorded and eager, on every instruction set and on one
// more backend.
//
//   rows_test [LIBRARY BACKEND]
//
// Exits with 77 where the backend has no device, unless the environment's REFRAIN_REQUIRE names it.
#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "embedding_step.h"
#include "refrain/refrain.h"

namespace {

using refrain::test::EmbeddingStep;

constexpr int64_t kGuard = 16;
constexpr uint32_t kMark = 0x5ca1ab1e;

// Arrays on an engine, each between guards, which `intact` checks.
class Arrays {
 public:
  explicit Arrays(refrain_context* context) : context_(context) {}
  Arrays(const Arrays&) = delete;

  ~Arrays() {
    for (const Block& block : blocks_) refrain_release(context_, block.base);
  }

  void* words(int64_t count, const void* values = nullptr) {
    std::vector<uint32_t> all(count + 2 * kGuard, kMark);
    std::memset(all.data() + kGuard, 0, count * 4);
    if (values != nullptr) std::memcpy(all.data() + kGuard, values, count * 4);
    void* base = nullptr;
    CHECK(refrain_allocate(context_, static_cast<int64_t>(all.size()) * 4, &base) == REFRAIN_OK);
    CHECK(refrain_write(context_, base, all.data(), static_cast<int64_t>(all.size()) * 4) ==
          REFRAIN_OK);
    blocks_.push_back({base, count});
    return static_cast<uint32_t*>(base) + kGuard;
  }

  float* floats(const std::vector<float>& v) {
    return static_cast<float*>(words(static_cast<int64_t>(v.size()), v.data()));
  }
  int32_t* ints(const std::vector<int32_t>& v) {
    return static_cast<int32_t*>(words(static_cast<int64_t>(v.size()), v.data()));
  }
  refrain_view view(const std::vector<float>& v, int64_t rows, int64_t columns) {
    return {floats(v), rows * columns, columns};
  }

  refrain_step_state state(int32_t groups, int64_t step, double rate = 0.1) {
    std::vector<refrain_group_state> s(groups);
    for (int32_t g = 0; g < groups; ++g) {
      s[g] = {step, 42 + g, rate, rate, std::pow(0.9, step), std::pow(0.999, step), 0, 0, 1, 0};
    }
    const int64_t count = groups * static_cast<int64_t>(sizeof s[0]) / 4;
    return {static_cast<refrain_group_state*>(words(count, s.data())), nullptr, 0, groups};
  }

  template <class T>
  std::vector<T> read(const T* data, int64_t count) const {
    std::vector<T> values(count);
    CHECK(refrain_read(context_, values.data(), data, count * static_cast<int64_t>(sizeof(T))) ==
          REFRAIN_OK);
    return values;
  }

  // All that the arrays hold, guards too.
  std::vector<uint32_t> contents() const {
    std::vector<uint32_t> all;
    for (const Block& block : blocks_) {
      const auto part = read(static_cast<const uint32_t*>(block.base), block.count + 2 * kGuard);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  bool intact() const {
    for (const Block& block : blocks_) {
      const auto all = read(static_cast<const uint32_t*>(block.base), block.count + 2 * kGuard);
      for (int64_t i = 0; i < kGuard; ++i) {
        if (all[i] != kMark || all[kGuard + block.count + i] != kMark) return false;
      }
    }
    return true;
  }

 private:
  struct Block {
    void* base;
    int64_t count;
  };
  refrain_context* context_;
  std::vector<Block> blocks_;
};

void ok(int status) {
  if (status != REFRAIN_OK) std::fprintf(stderr, "%s\n", refrain_last_error());
  CHECK(status == REFRAIN_OK);
}

bool near(double expected, double actual, double tolerance) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  return std::fabs(expected - actual) <= tolerance * (1 + std::fabs(expected));
}

uint32_t philox(int64_t seed, int64_t step, uint32_t stream, uint64_t index) {
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  const uint64_t n = index / 4;
  uint32_t c[4] = {static_cast<uint32_t>(n), static_cast<uint32_t>(n >> 32),
                   static_cast<uint32_t>(step), stream};
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0], b = uint64_t{0xCD9E8D57} * c[2];
    const uint32_t next[4] = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(b),
                              static_cast<uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(a)};
    std::memcpy(c, next, sizeof c);
  }
  return c[index % 4];
}

struct Distinct {
  std::vector<int32_t> rows, slots;
  int32_t count = 0;
};

Distinct distinct_of(const std::vector<int32_t>& ids, int32_t table_rows) {
  Distinct d;
  d.rows.assign(ids.size(), -1);
  for (const int32_t id : ids) {
    int32_t slot = -1;
    for (int32_t k = 0; k < d.count; ++k) {
      if (d.rows[k] == id) slot = k;
    }
    if (slot < 0 && id >= 0 && id < table_rows) d.rows[slot = d.count++] = id;
    d.slots.push_back(slot);
  }
  return d;
}

void check_distinct(refrain_context* context) {
  struct Case {
    int32_t groups, first, second, rows;
  };
  for (const Case& c : {Case{1, 1, 0, 1}, {1, 40, 0, 1}, {2, 7, 5, 3}, {3, 300, 70, 90},
                        {1, 4000, 200, 700}, {1, 5, 3, INT32_MAX}}) {
    Arrays arrays(context);
    std::vector<int32_t> first, second, ids;
    std::vector<Distinct> expected;
    for (int32_t g = 0; g < c.groups; ++g) {
      ids.clear();
      for (int32_t i = 0; i < c.first + c.second; ++i) {
        const int64_t strange[] = {-1, c.rows, INT32_MIN, INT32_MAX, c.rows - 1, 0};
        int64_t id = (int64_t{i} * i * 31 + 7 * g) % c.rows;
        if (i % 5 == 3) id = strange[i / 5 % 6];
        ids.push_back(static_cast<int32_t>(id));
        (i < c.first ? first : second).push_back(ids.back());
      }
      expected.push_back(distinct_of(ids, c.rows));
    }
    const int64_t r = c.first + c.second;
    refrain_distinct_args a = {};
    a.groups = c.groups;
    a.first_count = c.first;
    a.second_count = c.second;
    a.table_rows = c.rows;
    a.first = arrays.ints(first);
    if (c.second > 0) a.second = arrays.ints(second);
    a.rows = arrays.ints(std::vector<int32_t>(c.groups * r, 99));
    a.count = arrays.ints(std::vector<int32_t>(c.groups, 99));
    a.slots = arrays.ints(std::vector<int32_t>(c.groups * r, 99));
    ok(refrain_distinct(context, &a));
    for (int32_t g = 0; g < c.groups; ++g) {
      CHECK(arrays.read(a.rows + g * r, r) == expected[g].rows);
      CHECK(arrays.read(a.slots + g * r, r) == expected[g].slots);
      CHECK(arrays.read(a.count, c.groups)[g] == expected[g].count);
    }
    CHECK(arrays.intact());
  }
}

void check_skip_grams(refrain_context* context) {
  struct Case {
    int32_t groups, batch, window, skips;
    int64_t length, step;
    bool shared;
  };
  for (const Case& c : {Case{1, 1, 1, 1, 3, 0, false}, {2, 8, 1, 2, 3, 1, true},
                        {1, 128, 32, 64, 65, 9, true}, {2, 12, 2, 3, 40, 1000000007, false}}) {
    Arrays arrays(context);
    std::vector<int32_t> text;
    for (int64_t i = 0; i < (c.shared ? 1 : c.groups) * c.length; ++i) {
      text.push_back(static_cast<int32_t>(1000 + i));
    }
    const int64_t n = int64_t{c.groups} * c.batch, stride = c.shared ? 0 : c.length;
    const refrain_skip_grams_args a = {c.groups, c.batch, c.window, c.skips, c.length,
                                       arrays.ints(text), stride,
                                       arrays.ints(std::vector<int32_t>(n)),
                                       arrays.ints(std::vector<int32_t>(n)),
                                       arrays.state(c.groups, c.step)};
    ok(refrain_skip_grams(context, &a));
    const auto inputs = arrays.read(a.inputs, n), labels = arrays.read(a.labels, n);
    const int64_t centres = c.batch / c.skips, step = std::max<int64_t>(c.step, 1);
    for (int32_t g = 0; g < c.groups; ++g) {
      for (int64_t i = 0; i < centres; ++i) {
        const int64_t p = c.window + ((step - 1) * centres + i) % (c.length - 2 * c.window);
        std::vector<int32_t> left;
        for (int32_t o = -c.window; o <= c.window; ++o) {
          if (o != 0) left.push_back(o);
        }
        for (int32_t j = 0; j < c.skips; ++j) {
          const int64_t k = i * c.skips + j;
          const uint64_t word = philox(42 + g, c.step, REFRAIN_STREAM_SKIP_GRAMS, k);
          const auto at = left.begin() + static_cast<int64_t>(word * left.size() >> 32);
          CHECK(inputs[g * c.batch + k] == text[g * stride + p]);
          CHECK(labels[g * c.batch + k] == text[g * stride + p + *at]);
          left.erase(at);
        }
      }
    }
    CHECK(arrays.intact());
  }
}

void check_log_uniform(refrain_context* context) {
  struct Case {
    int32_t groups, classes, samples;
  };
  for (const Case& c : {Case{1, 1, 1}, {2, 2, 2}, {3, 7, 7}, {2, 1000, 64}, {1, 300, 300},
                        {2, 5000, 700}, {2, 4097, 256}, {1, INT32_MAX, 5}}) {
    Arrays arrays(context);
    const int64_t s = c.samples;
    const std::vector<int32_t> ids = {0, c.classes - 1, -1, c.classes == INT32_MAX ? -2 : c.classes,
                                      INT32_MIN};
    std::vector<int32_t> all_ids;
    for (int32_t g = 0; g < c.groups; ++g) all_ids.insert(all_ids.end(), ids.begin(), ids.end());
    const int64_t r = static_cast<int64_t>(ids.size());
    const refrain_log_uniform_args a = {
        c.groups,
        c.classes,
        c.samples,
        static_cast<int32_t>(r),
        arrays.ints(std::vector<int32_t>(c.groups * s, -5)),
        arrays.ints(std::vector<int32_t>(c.groups, -5)),
        arrays.ints(all_ids),
        arrays.floats(std::vector<float>(c.groups * r, 77)),
        arrays.state(c.groups, 3)};
    ok(refrain_log_uniform(context, &a));
    ok(refrain_log_uniform_expected(context, &a));
    const double range = std::log1p(static_cast<double>(c.classes));
    for (int32_t g = 0; g < c.groups; ++g) {
      std::vector<int32_t> taken;
      int32_t tries = 0;
      while (static_cast<int64_t>(taken.size()) < s) {
        const uint64_t i = 2 * static_cast<uint64_t>(tries++);
        const uint64_t low = philox(42 + g, 3, REFRAIN_STREAM_LOG_UNIFORM, i);
        const uint64_t high = philox(42 + g, 3, REFRAIN_STREAM_LOG_UNIFORM, i + 1) & 0xfffff;
        const double u = static_cast<double>(high << 32 | low) * 0x1p-52;
        const auto k =
            static_cast<int32_t>((static_cast<int64_t>(std::exp(u * range)) - 1) % c.classes);
        bool is_new = true;
        for (const int32_t other : taken) is_new = is_new && other != k;
        if (is_new) taken.push_back(k);
      }
      CHECK(arrays.read(a.sampled + g * s, s) == taken);
      CHECK(arrays.read(a.tries, c.groups)[g] == tries);
      const auto log_expected = arrays.read(a.log_expected + g * r, r);
      for (int64_t i = 0; i < r; ++i) {
        double value = 0;
        if (ids[i] >= 0 && ids[i] < c.classes) {
          const double p = std::log((ids[i] + 2.0) / (ids[i] + 1.0)) / range;
          value = std::log(tries == s ? p * tries : -std::expm1(tries * std::log1p(-p)));
        }
        CHECK(near(value, log_expected[i], 2e-7));
      }
    }
    CHECK(arrays.intact());
  }
}

std::vector<float> waves(int64_t count, double phase, double scale = 0.5) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(scale * std::sin(0.61 * static_cast<double>(i) + phase));
  }
  return values;
}

struct NceCase {
  int32_t loss, batch, samples, columns, rows;
  bool remove_hits, expected;
  int strange;  // 1: an id without a row, 2: a row outside the table
};

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

void check_nce(refrain_context* context, const NceCase& c) {
  constexpr int32_t kGroups = 2;
  const int64_t n = c.batch, s = c.samples, d = c.columns, r = n + s;
  Arrays arrays(context);
  std::vector<Distinct> in, cl;
  std::vector<int32_t> input_rows, input_count, input_slots, class_rows, class_count, class_slots;
  for (int32_t g = 0; g < kGroups; ++g) {
    std::vector<int32_t> inputs, classes;
    for (int64_t i = 0; i < n; ++i) inputs.push_back(static_cast<int32_t>((i * i + g) % c.rows));
    for (int64_t i = 0; i < r; ++i) classes.push_back(static_cast<int32_t>((i * 3 + g) % c.rows));
    if (c.strange == 1) classes[0] = -1;
    in.push_back(distinct_of(inputs, c.rows));
    cl.push_back(distinct_of(classes, c.rows));
    if (c.strange == 2) in[g].rows[0] = c.rows;
    const auto append = [](std::vector<int32_t>& to, const std::vector<int32_t>& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(input_rows, in[g].rows);
    append(input_slots, in[g].slots);
    append(class_rows, cl[g].rows);
    append(class_slots, cl[g].slots);
    input_count.push_back(in[g].count);
    class_count.push_back(cl[g].count);
  }
  // the logits of one row: up to some hundred, whose exponentials are no floats
  const double scale = c.rows == 1 ? 5 : 0.5;
  const auto e = waves(kGroups * c.rows * d, 0, scale), w = waves(kGroups * c.rows * d, 1, scale),
             b = waves(kGroups * c.rows, 2), q = waves(kGroups * r, 3, 2.0);
  const refrain_nce_args a = {
      kGroups, c.batch, c.samples, c.columns, c.rows, c.rows, c.loss, c.remove_hits ? 1 : 0,
      arrays.view(e, c.rows, d), arrays.view(w, c.rows, d), arrays.view(b, c.rows, 1),
      arrays.ints(input_rows), arrays.ints(input_count), arrays.ints(input_slots),
      arrays.ints(class_rows), arrays.ints(class_count), arrays.ints(class_slots),
      c.expected ? arrays.floats(q) : nullptr,
      arrays.view(std::vector<float>(kGroups * n * d, 77), n, d),
      arrays.view(std::vector<float>(kGroups * r * d, 77), r, d),
      arrays.view(std::vector<float>(kGroups * r, 77), r, 1), arrays.state(kGroups, 1)};
  ok(refrain_nce(context, &a));
  CHECK(arrays.intact());
  const auto state = arrays.read(a.state.group, kGroups);
  if (c.strange != 0) {
    for (const auto& group : state) {
      CHECK(std::isnan(group.loss) && group.status == REFRAIN_NOT_FINITE);
    }
    return;
  }
  const auto de = arrays.read(a.d_embeddings.data, kGroups * n * d);
  const auto dw = arrays.read(a.d_weights.data, kGroups * r * d);
  const auto db = arrays.read(a.d_biases.data, kGroups * r);
  for (int32_t g = 0; g < kGroups; ++g) {
    std::vector<double> xe(n * d), xw(r * d), xb(r);
    double loss = 0;
    for (int64_t i = 0; i < n; ++i) {
      const int32_t xs = in[g].slots[i], label = cl[g].slots[i];
      std::vector<int32_t> slots = {label};
      for (int64_t k = 0; k < s; ++k) {
        const int32_t slot = cl[g].slots[n + k];
        if (!c.remove_hits || slot != label) slots.push_back(slot);
      }
      const float* x = &e[(g * c.rows + in[g].rows[xs]) * d];
      const auto row_in = [&](int32_t slot) { return &w[(g * c.rows + cl[g].rows[slot]) * d]; };
      std::vector<double> logits;
      for (const int32_t slot : slots) {
        double logit = b[g * c.rows + cl[g].rows[slot]] - (c.expected ? q[g * r + slot] : 0.0);
        for (int64_t j = 0; j < d; ++j) logit += static_cast<double>(x[j]) * row_in(slot)[j];
        logits.push_back(logit);
      }
      const double largest = *std::max_element(logits.begin(), logits.end());
      double sum = 0;
      for (const double logit : logits) sum += std::exp(logit - largest);
      const bool softmax = c.loss == REFRAIN_SAMPLED_SOFTMAX;
      if (softmax) loss += (largest + std::log(sum) - logits[0]) / n;
      for (size_t k = 0; k < slots.size(); ++k) {
        const double logit = logits[k];
        if (!softmax) loss += softplus(k == 0 ? -logit : logit) / n;
        const double share = softmax ? std::exp(logit - largest) / sum : 1 / (1 + std::exp(-logit));
        const double slope = (share - (k == 0 ? 1 : 0)) / n;
        for (int64_t j = 0; j < d; ++j) {
          xe[xs * d + j] += slope * row_in(slots[k])[j];
          xw[slots[k] * d + j] += slope * x[j];
        }
        xb[slots[k]] += slope;
      }
    }
    CHECK(near(loss, state[g].loss, 3e-6));
    for (int64_t i = 0; i < n * d; ++i) {
      CHECK(near(i / d < in[g].count ? xe[i] : 77, de[g * n * d + i], 3e-6));
    }
    for (int64_t i = 0; i < r * d; ++i) {
      CHECK(near(i / d < cl[g].count ? xw[i] : 77, dw[g * r * d + i], 3e-6));
    }
    for (int64_t i = 0; i < r; ++i) CHECK(near(i < cl[g].count ? xb[i] : 77, db[g * r + i], 3e-6));
  }
}

// Rows that are touched now and then, one id out of the table, and steps that touch nothing.
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

// Fewer rows than the list has room for, some without a row; the last group has stopped.
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

struct Step {
  Arrays arrays;
  EmbeddingStep step;

  Step(refrain_context* context, int32_t mode, int32_t loss = REFRAIN_SAMPLED_NCE)
      : arrays(context),
        step(mode, [&](int64_t n) { return arrays.words(n); },
             [&](void* to, const void* from, int64_t size) {
               ok(refrain_write(context, to, from, size));
             }) {
    step.nce.loss = loss;
    if (mode != REFRAIN_ROWS_DEFERRED) return;
    refrain_rows_adam_args& a = step.embeddings;
    a.table_steps = 20;
    step.moments(static_cast<float*>(arrays.words(refrain_rows_adam_table_size(context, &a))), 20);
    ok(refrain_rows_adam_table(context, &a));
  }

  // By gradient descent instead of Adam.
  void descend(refrain_context* context) {
    for (const refrain_rows_adam_args* t : {&step.embeddings, &step.weights}) {
      const refrain_rows_sgd_args a = {t->groups,  t->rows,  t->columns,  t->most_touched,  t->values,
                                       t->touched, t->count, t->gradient, t->advance.state};
      ok(refrain_rows_sgd(context, &a));
    }
  }

  void run(refrain_context* context, bool descends) {
    ok(refrain_advance(context, &step.advance));
    ok(refrain_skip_grams(context, &step.pairs));
    ok(refrain_log_uniform(context, &step.draw));
    ok(refrain_distinct(context, &step.inputs));
    ok(refrain_distinct(context, &step.classes));
    ok(refrain_log_uniform_expected(context, &step.expected));
    ok(refrain_rows_adam_catch_up(context, &step.embeddings));
    ok(refrain_rows_adam_catch_up(context, &step.weights));
    ok(refrain_nce(context, &step.nce));
    if (descends) return descend(context);
    ok(refrain_rows_adam(context, &step.embeddings));
    ok(refrain_rows_adam(context, &step.weights));
  }
};

// What five steps leave, one by one or replayed.
std::vector<uint32_t> train(refrain_context* context, int32_t mode, bool recorded,
                            int32_t loss = REFRAIN_SAMPLED_NCE, bool descends = false) {
  constexpr int kSteps = 5;
  Step step(context, mode, loss);
  const auto before = step.arrays.contents();
  if (recorded) {
    refrain_recording* recording = nullptr;
    ok(refrain_record_begin(context));
    step.run(context, descends);
    ok(refrain_record_end(context, &recording));
    ok(refrain_recording_run(recording, kSteps));
    refrain_recording_destroy(recording);
  } else {
    for (int i = 0; i < kSteps; ++i) step.run(context, descends);
  }
  CHECK(step.arrays.intact());
  const auto group = step.arrays.read(step.step.nce.state.group, EmbeddingStep::kGroups);
  for (const auto& g : group) CHECK(g.step == kSteps && g.status == REFRAIN_RUNNING && g.loss > 0);
  auto after = step.arrays.contents();
  CHECK(after != before);
  return after;
}

// Refused with a message that names operation and argument, and nothing touched.
template <class Args, class Change>
void refused(const Step& step, refrain_context* context,
             int (*call)(refrain_context*, const Args*), Args args, const char* message,
             Change change) {
  const auto before = step.arrays.contents();
  change(args);
  CHECK(call(context, &args) == REFRAIN_BAD_ARGUMENT);
  const std::string said = refrain_last_error();
  if (said.find(message) != 0) std::fprintf(stderr, "'%s', not '%s'\n", said.c_str(), message);
  CHECK(said.find(message) == 0);
  CHECK(step.arrays.contents() == before);
}

#define REFUSED(call, args, message, change) \
  refused(step, context, call, args, message, [](auto& a) { change; })

void check_refusals(refrain_context* context) {
  const Step step(context, REFRAIN_ROWS_DEFERRED);
  const EmbeddingStep& s = step.step;
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: window", a.window = 0);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: window", a.window = 33);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: skips", a.skips = 5);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: batch", a.batch = 7);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: batch", a.batch = 0);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: length", a.length = 4);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: text", a.text = nullptr);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: labels", a.labels = nullptr);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: classes", a.classes = 0);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: samples", a.samples = 0);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: samples", a.samples = a.classes + 1);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: sampled", a.sampled = nullptr);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: state.groups", a.state.groups = 1);
  REFUSED(refrain_log_uniform_expected, s.expected, "log_uniform_expected: count", a.count = 0);
  REFUSED(refrain_log_uniform_expected, s.expected, "log_uniform_expected: ids", a.ids = nullptr);
  REFUSED(refrain_distinct, s.classes, "distinct: first_count", a.first_count = 0);
  REFUSED(refrain_distinct, s.classes, "distinct: second_count", a.second_count = -1);
  REFUSED(refrain_distinct, s.classes, "distinct: second_count", a.second_count = INT32_MAX);
  REFUSED(refrain_distinct, s.classes, "distinct: second", a.second = nullptr);
  REFUSED(refrain_distinct, s.classes, "distinct: table_rows", a.table_rows = 0);
  REFUSED(refrain_nce, s.nce, "nce: batch", a.batch = 0);
  REFUSED(refrain_nce, s.nce, "nce: samples", a.samples = 0);
  REFUSED(refrain_nce, s.nce, "nce: samples", a.samples = INT32_MAX);
  REFUSED(refrain_nce, s.nce, "nce: loss", a.loss = 2);
  REFUSED(refrain_nce, s.nce, "nce: loss", a.loss = -1);
  REFUSED(refrain_nce, s.nce, "nce: weights", a.weights.row_stride = a.columns - 1);
  REFUSED(refrain_nce, s.nce, "nce: class_slots", a.class_slots = nullptr);
  REFUSED(refrain_nce, s.nce, "nce: d_biases", a.d_biases.data = nullptr);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: mode", a.mode = 3);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: beta2", a.advance.beta2 = 1);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: epsilon", a.epsilon = 0);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: rows", a.rows = 0);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: gradient", a.gradient.data = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: last", a.last = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: table", a.table = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: table", a.table += 1);
  const refrain_rows_adam_args& w = s.weights;
  const refrain_rows_sgd_args sgd = {w.groups,  w.rows,  w.columns,  w.most_touched, w.values,
                                     w.touched, w.count, w.gradient, w.advance.state};
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: groups", a.groups = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: rows", a.rows = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: columns", a.columns = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: most_touched", a.most_touched = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: values", a.values.row_stride = a.columns - 1);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: touched", a.touched = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: count", a.count = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: gradient", a.gradient.data = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: state.groups", a.state.groups = 1);
  REFUSED(refrain_rows_adam_snapshot, s.weights, "rows_adam_snapshot: snapshot",
          a.snapshot.data = nullptr);
}

void check_engine(refrain_context* context) {
  check_distinct(context);
  check_skip_grams(context);
  check_log_uniform(context);
  for (const int32_t loss : {REFRAIN_SAMPLED_NCE, REFRAIN_SAMPLED_SOFTMAX}) {
    for (const bool flag : {false, true}) {
      check_nce(context, {loss, 1, 1, 1, 1, flag, false, 0});
      check_nce(context, {loss, 4, 3, 5, 1, flag, true, 0});  // one row: duplicates alone
      check_nce(context, {loss, 9, 5, 17, 11, flag, true, 0});
      check_nce(context, {loss, 33, 20, 70, 25, flag, false, 0});
      check_nce(context, {loss, 5, 3, 4, 7, flag, true, 1});
      check_nce(context, {loss, 5, 3, 4, 7, flag, true, 2});
    }
  }
  for (int32_t mode = REFRAIN_ROWS_DENSE; mode <= REFRAIN_ROWS_LAZY; ++mode) {
    check_rows_adam(context, mode, 1, 1);
    check_rows_adam(context, mode, 7, 19);
    CHECK(train(context, mode, false) == train(context, mode, true));
  }
  const int32_t lazy = REFRAIN_ROWS_LAZY, softmax = REFRAIN_SAMPLED_SOFTMAX;
  CHECK(train(context, lazy, false, softmax) == train(context, lazy, true, softmax));
  CHECK(train(context, lazy, false, softmax) != train(context, lazy, false));
  CHECK(train(context, lazy, false, softmax, true) == train(context, lazy, true, softmax, true));
  CHECK(train(context, lazy, false, softmax, true) != train(context, lazy, false, softmax));
  check_rows_sgd(context, 1, 1, 1);
  check_rows_sgd(context, 5, 7, 9);
  check_rows_sgd(context, 300, 33, 200);
  check_refusals(context);
}

refrain_context* open(const char* backend, const char* variant, int threads) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  refrain_context_create(&options, &context);
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    ok(refrain_load_backend(argv[1]));
    int32_t devices = 0;
    ok(refrain_device_count(argv[2], &devices));
    if (devices == 0) {
      std::printf("skipped: %s\n", refrain_last_error());
      const char* required = std::getenv("REFRAIN_REQUIRE");
      return required != nullptr && std::strstr(required, argv[2]) != nullptr ? 1 : 77;
    }
    refrain_context* context = open(argv[2], nullptr, 0);
    CHECK(context != nullptr);
    if (context != nullptr) check_engine(context);
    refrain_context_destroy(context);
    return refrain::test::report();
  }
  for (const char* variant : {"portable", "avx2", "avx512"}) {
    refrain_context* one = open("cpu", variant, 1);
    if (one == nullptr) {
      std::printf("no %s here: %s\n", variant, refrain_last_error());
      continue;
    }
    refrain_context* three = open("cpu", variant, 3);
    check_engine(one);
    check_engine(three);
    for (int32_t mode = REFRAIN_ROWS_DENSE; mode <= REFRAIN_ROWS_LAZY; ++mode) {
      for (const int32_t loss : {REFRAIN_SAMPLED_NCE, REFRAIN_SAMPLED_SOFTMAX}) {
        CHECK(train(one, mode, false, loss) == train(three, mode, false, loss));
        CHECK(train(one, mode, false, loss, true) == train(three, mode, false, loss, true));
      }
    }
    refrain_context_destroy(three);
    refrain_context_destroy(one);
  }
  return refrain::test::report();
}
