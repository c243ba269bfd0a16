#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "check.h"
#include "cpu/gemm.h"
#include "cpu/packing.h"
#include "cpu/panel.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// Heap arrays of exactly the size that is used, so that a sanitizer sees every access beyond;
// `skew` floats in front take them off every alignment.
struct Array {
  std::vector<float> data;
  int64_t skew;
  Array(int64_t size, int64_t skew_floats) : data(size + skew_floats), skew(skew_floats) {}
  float* get() { return data.data() + skew; }
};

uint32_t random_state = 12345;
float random_float() {
  random_state = random_state * 1664525u + 1013904223u;
  return static_cast<float>(random_state >> 8) / 8388608.0f - 1.0f;
}

void fill_random(Array& a) {
  for (float& x : a.data) x = random_float();
}

// A size whose last row ends where the array ends.
int64_t matrix_size(int64_t rows, int64_t columns, int64_t stride) {
  return rows == 0 ? 0 : (rows - 1) * stride + columns;
}

// |difference| <= (k + 2) eps sum|a b|, the bound of a sum of k products in any order.
void check_element(float got, double expected, double magnitude, int64_t k) {
  CHECK(std::fabs(got - expected) <= static_cast<double>(k + 2) * 1.2e-7 * magnitude + 1e-30);
}

void check_product(int64_t m, int64_t n, int64_t k, int64_t skew, Start start) {
  const int64_t a_stride = k + skew;
  const int64_t c_stride = n + 2 * skew;
  Array a(matrix_size(m, k, a_stride), skew), b(matrix_size(k, n, n + 1), skew);
  Array bt(matrix_size(n, k, k + 3), skew);
  Array c(matrix_size(m, n, c_stride), skew), bias(n, skew);
  fill_random(a), fill_random(b), fill_random(c), fill_random(bias);
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t j = 0; j < n; ++j) bt.get()[j * (k + 3) + i] = b.get()[i * (n + 1) + j];
  }
  Array packed(packed_size(k, n), 0), packed_of_transpose(packed_size(k, n), 0);
  fill_random(packed);
  const int64_t panels = Panels(n).count();
  pack(b.get(), n + 1, k, n, 0, panels, packed.get());
  // In two halves of panels, and the rows in two parts, as weights of x and of h are.
  const int64_t upper = k / 3;
  float* transposed = packed_of_transpose.get();
  const int64_t bounds[] = {0, panels / 2, panels};
  for (int half = 0; half < 2; ++half) {
    const int64_t first = bounds[half];
    const int64_t last = bounds[half + 1];
    pack_transposed(bt.get(), k + 3, upper, n, first, last, transposed, 0, k);
    pack_transposed(bt.get() + upper, k + 3, k - upper, n, first, last, transposed, upper, k);
  }
  CHECK(packed.data == packed_of_transpose.data);

  const Array before = c;
  multiply({m, n, k, a.get(), a_stride, packed.get(), k, c.get(), c_stride, start, bias.get()});
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double first = start == Start::kZero   ? 0.0
                           : start == Start::kBias ? bias.get()[j]
                                                   : before.data[skew + i * c_stride + j];
      double sum = first;
      double magnitude = std::fabs(first);
      for (int64_t l = 0; l < k; ++l) {
        const double term = static_cast<double>(a.get()[i * a_stride + l]) * b.get()[l * (n + 1) + j];
        sum += term;
        magnitude += std::fabs(term);
      }
      check_element(c.get()[i * c_stride + j], sum, magnitude, k);
    }
    for (int64_t j = n; j < c_stride && i + 1 < m; ++j) {
      const int64_t at = skew + i * c_stride + j;
      CHECK(c.data[at] == before.data[at]);
    }
  }
}

void check_transposed(int64_t m, int64_t n, int64_t k, int64_t skew, Start start) {
  const int64_t a_stride = m + skew;
  const int64_t b_stride = n + skew;
  const int64_t c_stride = n + 2 * skew;
  Array a(matrix_size(k, m, a_stride), skew), b(matrix_size(k, n, b_stride), skew);
  Array c(matrix_size(m, n, c_stride), skew);
  fill_random(a), fill_random(b), fill_random(c);
  const Array before = c;
  Array scratch(transposed_scratch_size(m, n), 0);
  multiply_transposed(
      {m, n, k, a.get(), a_stride, b.get(), b_stride, c.get(), c_stride, start}, scratch.get());
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const double first = start == Start::kZero ? 0.0 : before.data[skew + i * c_stride + j];
      double sum = first;
      double magnitude = std::fabs(first);
      for (int64_t l = 0; l < k; ++l) {
        const double term =
            static_cast<double>(a.get()[l * a_stride + i]) * b.get()[l * b_stride + j];
        sum += term;
        magnitude += std::fabs(term);
      }
      check_element(c.get()[i * c_stride + j], sum, magnitude, k);
    }
  }
}

void check_column_sums(int64_t k, int64_t columns, int64_t skew) {
  const int64_t stride = columns + skew;
  Array a(matrix_size(k, columns, stride), skew), sums(columns, 0);
  fill_random(a), fill_random(sums);
  column_sums(k, a.get(), stride, columns, sums.get());
  for (int64_t j = 0; j < columns; ++j) {
    double sum = 0.0;
    double magnitude = 0.0;
    for (int64_t i = 0; i < k; ++i) {
      sum += a.get()[i * stride + j];
      magnitude += std::fabs(a.get()[i * stride + j]);
    }
    check_element(sums.get()[j], sum, magnitude, k);
  }
}

// The first terms of a packed product alone.
void check_fewer_terms(int64_t k, int64_t packed_k) {
  constexpr int64_t n = 37;
  Array a(packed_k, 0), b(packed_k * n, 0), packed(packed_size(packed_k, n), 0);
  Array first(n, 0), alone(n, 0), packed_alone(packed_size(k, n), 0);
  fill_random(a), fill_random(b);
  pack(b.get(), n, packed_k, n, 0, Panels(n).count(), packed.get());
  pack(b.get(), n, k, n, 0, Panels(n).count(), packed_alone.get());
  multiply({1, n, k, a.get(), k, packed.get(), packed_k, first.get(), n, Start::kZero, nullptr});
  multiply({1, n, k, a.get(), k, packed_alone.get(), k, alone.get(), n, Start::kZero, nullptr});
  CHECK(first.data == alone.data);
}

// The promise of gemm.h: an element is one chain, whatever surrounds it.
void check_chain(int64_t m, int64_t n, int64_t k) {
  Array a(m * k, 0), b(k * n, 0), c(m * n, 0), packed(packed_size(k, n), 0);
  fill_random(a), fill_random(b);
  pack(b.get(), n, k, n, 0, Panels(n).count(), packed.get());
  multiply({m, n, k, a.get(), k, packed.get(), k, c.get(), n, Start::kZero, nullptr});
  Array at(k * m, 0), ct(m * n, 0), scratch(transposed_scratch_size(m, n), 0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t l = 0; l < k; ++l) at.get()[l * m + i] = a.get()[i * k + l];
  }
  multiply_transposed({m, n, k, at.get(), m, b.get(), n, ct.get(), n, Start::kZero},
                      scratch.get());
  CHECK(c.data == ct.data);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      float chain = 0.0f;
      for (int64_t l = 0; l < k; ++l) {
#if defined(__FMA__)
        chain = std::fmaf(a.get()[i * k + l], b.get()[l * n + j], chain);
#else
        chain = chain + a.get()[i * k + l] * b.get()[l * n + j];
#endif
      }
      CHECK(c.get()[i * n + j] == chain);
    }
  }
}

}  // namespace

void gemm_cases() {
  for (const Start start : {Start::kZero, Start::kBias, Start::kC}) {
    for (const int64_t skew : {0, 1, 3}) {
      for (const int64_t m : {1, 2, 5, 6, 7, 13, 25}) {
        for (const int64_t n : {1, 3, 4, 15, 16, 17, 33, 49, 100}) {
          for (const int64_t k : {0, 1, 7, 130}) {
            check_product(m, n, k, skew, start);
            if (start != Start::kBias) check_transposed(m, n, k, skew, start);
          }
        }
      }
    }
  }
  check_product(400, 65, 300, 1, Start::kC);
  check_transposed(200, 65, 400, 1, Start::kC);
  for (const int64_t columns : {1, 16, 70, 150}) {
    for (const int64_t k : {0, 1, 31, 33, 100}) check_column_sums(k, columns, 1);
  }
  check_fewer_terms(3, 103);
  check_fewer_terms(130, 260);
  check_chain(31, 83, 301);
  check_chain(200, 17, 129);
}

}  // namespace refrain::REFRAIN_TARGET
