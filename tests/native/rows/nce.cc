// Sampled losses and their gradients beside plain loops in double.
#include <algorithm>
#include <cmath>

#include "rows/arrays.h"
#include "rows/rows.h"

namespace refrain::test {

namespace {

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

}  // namespace

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

}  // namespace refrain::test
