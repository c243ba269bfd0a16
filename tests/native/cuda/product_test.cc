// Matrix products and column sums of the CUDA backend against plain loops in double, under the emulator:
// every way of product_job.cuh, all transpositions, further terms, splits, strides, starts and batches; the
// same bits for each group alone and in every order of threads.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "check.h"
#include "cuda/product_job.cuh"
#include "engine_under_test.h"
#include "random.h"

namespace refrain::test {
namespace {

using cuda::Product;
using cuda::Start;

constexpr float kUntouched = 77.0f;

// The shape of a product, and how its operands lie in memory.
struct Shape {
  int64_t groups;
  int64_t m;
  int64_t n;
  int64_t k;
  int64_t more;    // further terms
  int64_t padding; // floats behind each row
  int64_t offset;  // floats before each operand: 4-byte alignment where it is odd
};

// A matrix in each group, with room behind its rows.
struct Matrix {
  std::vector<float> values;
  refrain_view view;

  Matrix(Random* random, int64_t groups, int64_t rows, int64_t columns, const Shape& shape) {
    const int64_t stride = columns + shape.padding;
    const int64_t size = rows * stride;
    values.assign(static_cast<size_t>(shape.offset + groups * size), kUntouched);
    if (random != nullptr) {
      for (float& value : values) value = random->uniform(-1.0f, 1.0f);
    }
    view = {values.data() + shape.offset, size, stride};
  }
  Matrix(const Matrix&) = delete;

  float at(int64_t group, int64_t row, int64_t column) const {
    return view.data[group * view.group_stride + row * view.row_stride + column];
  }
};

// A product with its operands, and its result by plain loops.
struct Problem {
  Shape shape;
  bool ta, tb;
  Start start;
  bool adds;  // to the bias
  Random random;
  Matrix a, b, more_a, more_b, c, bias, other_bias;
  std::vector<float> initial;

  Problem(const Shape& s, bool a_transposed, bool b_transposed, Start starts, bool bias_addition)
      : shape(s),
        ta(a_transposed),
        tb(b_transposed),
        start(starts),
        adds(bias_addition),
        random(static_cast<uint64_t>(s.m * 31 + s.n * 7 + s.k)),
        a(&random, s.groups, ta ? s.k : s.m, ta ? s.m : s.k, s),
        b(&random, s.groups, tb ? s.n : s.k, tb ? s.k : s.n, s),
        more_a(&random, s.groups, ta ? s.more : s.m, ta ? s.m : s.more, s),
        more_b(&random, s.groups, tb ? s.n : s.more, tb ? s.more : s.n, s),
        c(start == Start::kC ? &random : nullptr, s.groups, s.m, s.n, s),
        bias(&random, s.groups, 1, s.n, s),
        other_bias(&random, s.groups, 1, s.n, s),
        initial(c.values) {}

  Product product() const {
    Product p = {shape.groups, shape.m, shape.n, shape.k, a.view, ta, b.view, tb, c.view, start,
                 bias.view};
    if (adds) p.bias_addition = {other_bias.view, (shape.n + 1) / 2, shape.n / 3, shape.n, 0.75f};
    if (shape.more > 0) p.more = {more_a.view, more_b.view, shape.more};
    return p;
  }

  double start_at(int64_t group, int64_t row, int64_t column) const {
    if (start == Start::kZero) return 0.0;
    if (start == Start::kC) {
      return initial[static_cast<size_t>(shape.offset + group * c.view.group_stride +
                                         row * c.view.row_stride + column)];
    }
    double value = bias.at(group, 0, column);
    if (adds && column < (shape.n + 1) / 2) value += other_bias.at(group, 0, column);
    if (adds && column >= shape.n / 3) value += 0.75;
    return value;
  }

  static double term(const Matrix& a, bool ta, const Matrix& b, bool tb, int64_t group, int64_t row,
                     int64_t column, int64_t k) {
    return static_cast<double>(ta ? a.at(group, k, row) : a.at(group, row, k)) *
           (tb ? b.at(group, column, k) : b.at(group, k, column));
  }

  // Elements that are not the sum of their terms, to within four roundings of their magnitudes' sum,
  // or that are outside of C and not as they were.
  int wrong_elements() const {
    int wrong = 0;
    std::vector<float> rest = c.values;
    for (int64_t g = 0; g < shape.groups; ++g) {
      for (int64_t row = 0; row < shape.m; ++row) {
        for (int64_t column = 0; column < shape.n; ++column) {
          const double from = start_at(g, row, column);
          double sum = from;
          double magnitude = std::fabs(from);
          for (int64_t k = 0; k < shape.k + shape.more; ++k) {
            const double t = k < shape.k
                                 ? term(a, ta, b, tb, g, row, column, k)
                                 : term(more_a, ta, more_b, tb, g, row, column, k - shape.k);
            sum += t;
            magnitude += std::fabs(t);
          }
          const double result = c.at(g, row, column);
          const bool holds = std::isnan(sum)   ? std::isnan(result)
                             : std::isinf(sum) ? result == sum
                                               : std::fabs(result - sum) <= 4 * 0x1p-24 * magnitude;
          if (!holds) ++wrong;
          const int64_t at = &c.view.data[g * c.view.group_stride + row * c.view.row_stride + column] -
                             c.values.data();
          rest[static_cast<size_t>(at)] = initial[static_cast<size_t>(at)];
        }
      }
    }
    if (std::memcmp(rest.data(), initial.data(), rest.size() * sizeof(float)) != 0) ++wrong;
    return wrong;
  }
};

std::string name_of(const Shape& s, bool ta, bool tb) {
  char text[160];
  std::snprintf(text, sizeof text, "G=%d m=%d n=%d k=%d+%d, %s%s, rows end with %d, %d before",
                static_cast<int>(s.groups), static_cast<int>(s.m), static_cast<int>(s.n),
                static_cast<int>(s.k), static_cast<int>(s.more), ta ? "At " : "A ", tb ? "Bt" : "B",
                static_cast<int>(s.padding), static_cast<int>(s.offset));
  return text;
}

bool same_bits(const std::vector<float>& x, const std::vector<float>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

void require(bool holds, const std::string& what) {
  if (!holds) std::fprintf(stderr, "%s\n", what.c_str());
  CHECK(holds);
}

// The group's rows of C, computed for that group alone.
std::vector<float> alone(cuda::Engine& engine, const Problem& problem, int64_t group) {
  Product p = problem.product();
  std::vector<float> c = problem.initial;
  p.groups = 1;
  for (refrain_view* view : {&p.a, &p.b, &p.bias, &p.bias_addition.bias, &p.more.a, &p.more.b}) {
    if (view->data != nullptr) view->data += group * view->group_stride;
  }
  p.c.data = c.data() + problem.shape.offset + group * p.c.group_stride;
  engine.begin_operation();
  multiply(engine, "a product alone", p);
  CHECK(engine.status() == REFRAIN_OK);
  return {p.c.data, p.c.data + p.c.group_stride};
}

// Which ways of computing were taken, spread or in turn.
std::set<std::string> ways;

void note_way(const Product& product) {
  const cuda::Job job = cuda::planned(product);
  ways.insert("way " + std::to_string(static_cast<int>(job.way)) +
              (job.splits > 1 ? " split" : ""));
}

void check_product(cuda::Engine& engine, const Shape& shape, bool ta, bool tb, Start start,
                   bool adds) {
  const std::string name = name_of(shape, ta, tb);
  std::vector<float> first;
  for (unsigned seed = 0; seed < 3; ++seed) {
    emulator::set_seed(seed);
    Problem problem(shape, ta, tb, start, adds);
    note_way(problem.product());
    engine.begin_operation();
    multiply(engine, "a product", problem.product());
    CHECK(engine.status() == REFRAIN_OK);
    if (seed == 0) {
      require(problem.wrong_elements() == 0, name);
      first = problem.c.values;
      const int64_t last = shape.groups - 1;
      const float* rows = problem.c.view.data + last * problem.c.view.group_stride;
      require(same_bits(alone(engine, problem, last),
                        {rows, rows + problem.c.view.group_stride}),
              name + ": other bits alone");
    }
    require(same_bits(first, problem.c.values), name + ": other bits in another order of threads");
  }
  emulator::set_seed(0);
}

void check_products(cuda::Engine& engine) {
  const Shape shapes[] = {
      {1, 1, 1, 1, 0, 0, 0},     {2, 5, 7, 3, 1, 0, 1},      {2, 70, 130, 2, 0, 4, 0},   // direct
      {1, 3, 2, 0, 0, 0, 0},     {1, 9, 300, 4, 0, 1, 0},                                 // direct
      {2, 1, 1, 70, 0, 0, 0},    {2, 37, 1, 100, 0, 0, 0},   {1, 1, 37, 100, 9, 1, 1},   // vectors
      {1, 1, 45, 700, 0, 3, 0},  {2, 45, 1, 700, 50, 0, 0},  {1, 2, 1, 6000, 0, 0, 0},   // split
      {2, 33, 34, 17, 0, 0, 0},  {1, 16, 40, 31, 5, 4, 4},   {1, 20, 20, 400, 0, 1, 1},  // small
      {1, 40, 70, 6150, 10, 1, 0}, {1, 64, 64 * 128, 5, 0, 0, 0},                         // medium
      {1, 130, 34, 6150, 10, 0, 0}, {1, 1030, 1000, 6, 0, 0, 0},                          // large
  };
  for (const Shape& shape : shapes) {
    const bool heavy = shape.m * shape.n * shape.k > 1000000;
    for (int flags = 0; flags < 4; ++flags) {
      const Start start = flags == 0 ? Start::kBias : (flags == 1 ? Start::kC : Start::kZero);
      if (heavy && flags != 0 && flags != 3) continue;
      // At, Bt, both or none
      check_product(engine, shape, flags & 1, flags & 2, start, flags == 0);
    }
    if (heavy) {
      check_product(engine, shape, true, false, Start::kC, false);
      continue;
    }
    check_product(engine, shape, true, true, Start::kC, false);
    check_product(engine, shape, true, false, Start::kBias, true);
    check_product(engine, shape, false, true, Start::kBias, false);
  }
  // So many groups that splits are computed in turn, not spread; alone they are spread.
  check_product(engine, {300, 1, 33, 300, 0, 0, 0}, true, false, Start::kC, false);
  check_product(engine, {300, 33, 5, 200, 3, 0, 0}, true, false, Start::kBias, false);
  check_product(engine, {600, 1, 1, 4200, 0, 0, 0}, false, true, Start::kC, false);
  for (const char* way : {"way 0", "way 0 split", "way 1", "way 1 split", "way 2", "way 2 split", "way 3",
                          "way 3 split", "way 4", "way 4 split", "way 5"}) {
    require(ways.count(way) == 1, std::string("no shape takes ") + way);
  }
}

void check_nan(cuda::Engine& engine) {
  for (const Shape& shape : {Shape{1, 40, 50, 2, 0, 0, 0}, Shape{1, 40, 50, 300, 0, 0, 0},
                             Shape{1, 40, 1, 300, 0, 0, 0}, Shape{1, 1, 50, 300, 0, 0, 0}}) {
    Problem problem(shape, false, false, Start::kZero, false);
    problem.a.view.data[shape.k / 2] = NAN;
    problem.b.view.data[(shape.k - 1) * shape.n] = INFINITY;
    engine.begin_operation();
    multiply(engine, "a product with NaN", problem.product());
    require(problem.wrong_elements() == 0, "NaN: " + name_of(shape, false, false));
    CHECK(std::isnan(problem.c.at(0, 0, shape.n - 1)));
  }
}

void check_column_sums(cuda::Engine& engine) {
  for (const Shape& shape : {Shape{1, 1, 70, 5, 0, 1, 0}, Shape{2, 1, 33, 1500, 0, 0, 0},
                             Shape{300, 1, 20, 260, 3, 0, 0}}) {
    for (int flags = 0; flags < 8; ++flags) {
      const bool accumulate = flags & 1;
      const bool factor = flags & 2;
      const bool also = flags & 4;
      Random random(9);
      Matrix a(&random, shape.groups, shape.k, shape.n, shape);
      Matrix f(&random, shape.groups, shape.k, shape.n, shape);
      Matrix more(&random, shape.groups, 3, shape.n, shape);
      Matrix sum(&random, shape.groups, 1, shape.n, shape);
      Matrix second(&random, shape.groups, 1, shape.n, shape);
      const std::vector<float> before = sum.values;
      const std::vector<float> second_before = second.values;
      cuda::ColumnSums sums = {shape.groups, shape.k, shape.n, a.view,
                               factor ? f.view : cuda::absent(), sum.view,
                               also ? second.view : cuda::absent(), accumulate};
      if (shape.more > 0) sums.more = {more.view, factor ? more.view : cuda::absent(), shape.more};
      engine.begin_operation();
      sum_columns(engine, "column sums", sums);
      CHECK(engine.status() == REFRAIN_OK);
      int wrong = 0;
      for (int64_t g = 0; g < shape.groups; ++g) {
        for (int64_t column = 0; column < shape.n; ++column) {
          double expected = 0.0;
          for (int64_t row = 0; row < shape.k; ++row) {
            expected += a.at(g, row, column) *
                        (factor ? static_cast<double>(f.at(g, row, column)) : 1.0);
          }
          for (int64_t row = 0; row < shape.more; ++row) {
            const double value = more.at(g, row, column);
            expected += factor ? value * value : value;
          }
          const auto at = static_cast<size_t>(shape.offset + g * sum.view.group_stride + column);
          const double tolerance = 1e-5;
          const double from = accumulate ? before[at] : 0.0;
          if (!(std::fabs(sum.values[at] - from - expected) <= tolerance)) ++wrong;
          const double second_from = accumulate ? second_before[at] : 0.0;
          if (also && !(std::fabs(second.values[at] - second_from - expected) <= tolerance)) ++wrong;
        }
      }
      require(wrong == 0, "column sums of " + name_of(shape, false, false));
      if (!also) CHECK(same_bits(second.values, second_before));
    }
  }
}

// Ten products and sums at once: the bits of each alone, eight of them in one launch.
void check_batch(cuda::Engine& engine) {
  const Shape shapes[] = {{2, 40, 30, 700, 5, 0, 0}, {2, 1, 9, 300, 0, 0, 0},  {2, 70, 80, 3, 0, 0, 1},
                          {2, 33, 1, 2100, 0, 1, 0}, {2, 17, 19, 23, 0, 0, 0}, {2, 64, 40, 900, 0, 0, 0},
                          {2, 1, 1, 1, 0, 0, 0},     {2, 12, 1, 40, 0, 0, 0}};
  for (unsigned seed = 0; seed < 3; ++seed) {
    emulator::set_seed(seed);
    for (const size_t count : {size_t{1}, size_t{2}, size_t{3}, size_t{8}, size_t{12}}) {
      std::vector<std::unique_ptr<Problem>> together;
      std::vector<std::unique_ptr<Problem>> one_by_one;
      Shape sums_shape = {2, 1, 50, 400, 0, 0, 0};
      Random random(3);
      Matrix summed(&random, 2, 400, 50, sums_shape);
      Matrix sum(nullptr, 2, 1, 50, sums_shape);
      Matrix sum_alone(nullptr, 2, 1, 50, sums_shape);
      engine.begin_operation();
      const int64_t before = engine.launches();
      cuda::ProductBatch batch(engine);
      for (size_t i = 0; i + 1 < count; ++i) {
        const Shape& shape = shapes[i % 8];
        const Start start = i % 3 == 0 ? Start::kC : Start::kBias;
        together.push_back(std::make_unique<Problem>(shape, i & 1, i & 2, start, i & 1));
        one_by_one.push_back(std::make_unique<Problem>(shape, i & 1, i & 2, start, i & 1));
        batch.add("one of many", together.back()->product());
      }
      cuda::ColumnSums sums = {2, 400, 50, summed.view, cuda::absent(), sum.view, cuda::absent(),
                               false};
      batch.add("sums", sums);
      CHECK(engine.launches() == before || count > 8);
      batch.run();
      CHECK(engine.launches() - before == (count > 8 ? 2 : 1));
      sums.sum = sum_alone.view;
      sum_columns(engine, "sums alone", sums);
      CHECK(same_bits(sum.values, sum_alone.values));
      for (size_t i = 0; i < together.size(); ++i) {
        multiply(engine, "one alone", one_by_one[i]->product());
        CHECK(same_bits(together[i]->c.values, one_by_one[i]->c.values));
        CHECK(together[i]->wrong_elements() == 0);
      }
      CHECK(engine.status() == REFRAIN_OK);
    }
  }
  emulator::set_seed(0);
}

// Pieces of scratch memory of an operation lie apart; a scope gives its pieces back.
void check_scratch(cuda::Engine& engine) {
  engine.begin_operation();
  float* first = engine.scratch(100);
  float* second = engine.scratch(1 << 20);
  CHECK(first + 100 <= second || second + (1 << 20) <= first);
  float* inner = nullptr;
  {
    const cuda::ScratchScope scope(engine);
    inner = engine.scratch(10);
    CHECK(inner != nullptr && inner != first && inner != second);
  }
  CHECK(engine.scratch(10) == inner);
  engine.begin_operation();
  const int64_t held = engine.memory().allocated_bytes();
  first = engine.scratch(100);
  second = engine.scratch(1 << 20);
  CHECK(second - first >= 100 && second - first < 200);
  CHECK(engine.memory().allocated_bytes() == held);
}

}  // namespace
}  // namespace refrain::test

int main() {
  const auto engine = refrain::test::open_engine();
  CHECK(engine != nullptr);
  refrain::test::check_products(*engine);
  refrain::test::check_nan(*engine);
  refrain::test::check_column_sums(*engine);
  refrain::test::check_batch(*engine);
  refrain::test::check_scratch(*engine);
  return refrain::test::report();
}
