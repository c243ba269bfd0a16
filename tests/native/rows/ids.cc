// Which rows a batch names: distinct ids, skip-grams and sampled classes beside plain loops.
#include <algorithm>
#include <climits>
#include <cmath>
#include <cstring>

#include "rows/arrays.h"
#include "rows/rows.h"

namespace refrain::test {

namespace {

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

}  // namespace

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

}  // namespace refrain::test
