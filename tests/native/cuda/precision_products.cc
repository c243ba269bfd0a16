// Matrix products in TF32 and BF16, driven through the linear layer: y = x W^T + b, dW = dy^T x and
// dx = dy W are the transposed cases that there are.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

#include "check.h"
#include "precision.h"

namespace refrain::test {
namespace {

struct Shape {
  int groups, rows, inputs, outputs;
  int padding;  // what row strides exceed their columns by
  bool accumulate;
};

enum class Values { kReal, kSmallIntegers };

// The arrays of one linear layer.
struct Layer {
  Shape s;
  int64_t size;
  Array parameters, gradients, x, y, dy, dx;

  Layer(Sides& sides, const Shape& shape, Values kind) : s(shape) {
    Random random(static_cast<uint64_t>(s.rows * 31 + s.inputs * 7 + s.outputs));
    size = (int64_t{s.inputs} * s.outputs + s.outputs + 15) / 16 * 16;
    const auto draw = [&](int64_t count) {
      std::vector<float> values(static_cast<size_t>(count));
      for (float& value : values) {
        value = kind == Values::kReal ? random.uniform(-1.0f, 1.0f)
                                      : static_cast<float>(random.below(9) - 4);
      }
      return sides.floats(values);
    };
    parameters = draw(s.groups * size);
    gradients = draw(s.groups * size);
    x = draw(s.groups * x_group());
    dy = draw(s.groups * y_group());
    y = sides.output(s.groups * y_group());
    dx = sides.output(s.groups * x_group());
  }

  int64_t x_row() const { return s.inputs + s.padding; }
  int64_t y_row() const { return s.outputs + s.padding; }
  int64_t x_group() const { return s.rows * x_row(); }
  int64_t y_group() const { return s.rows * y_row(); }

  int run(const Side& side, bool forward) const {
    refrain_linear_args args = {};
    args.groups = s.groups;
    args.inputs = s.inputs;
    args.outputs = s.outputs;
    args.rows = s.rows;
    args.parameters = side.floats(parameters);
    args.gradients = side.floats(gradients);
    args.parameter_stride = size;
    args.bias = int64_t{s.inputs} * s.outputs;
    args.x = side.view(x, x_group(), x_row());
    args.y = side.view(y, y_group(), y_row());
    args.dy = side.view(dy, y_group(), y_row());
    args.dx = side.view(dx, x_group(), x_row());
    args.accumulate_parameters = s.accumulate;
    return forward ? refrain_linear_forward(side.context, &args)
                   : refrain_linear_backward(side.context, &args);
  }
};

// The element of one product: how many terms, the sum of their magnitudes, and where it lies.
struct Element {
  const char* product;
  int64_t terms;
  double magnitude;
  float expected;
  float actual;
};

// Each rounding of a factor errs by at most `unit` relative to it, both by 2 unit + unit^2 relative to
// a term; float32 sums of n terms on either side err by n 2^-23 relative to the magnitudes, where a
// tensor core may truncate what it adds.
double bound(const Element& e, const Rounding& rounding) {
  const double terms = static_cast<double>(e.terms) + 2.0;
  return (2.0 * rounding.unit + rounding.unit * rounding.unit + 2.0 * terms * 0x1p-23) *
             e.magnitude +
         1e-30;
}

void judge(const Element& e, double tolerance, const std::string& name, int* bad) {
  if (std::fabs(static_cast<double>(e.expected) - static_cast<double>(e.actual)) <= tolerance) {
    return;
  }
  if (++*bad > 1) return;
  std::fprintf(stderr, "%s, %s: expected %.9g, got %.9g, tolerance %.3g\n", name.c_str(), e.product,
               static_cast<double>(e.expected), static_cast<double>(e.actual), tolerance);
}

// Calls body with every element of the three products of every group.
template <class Body>
void for_each_element(const Sides& sides, const Layer& layer,
                      const std::vector<float>& old_gradients, const Body& body) {
  const Shape& s = layer.s;
  const auto both = [&](Array array) {
    return std::vector<std::vector<float>>{sides.read(array, 0), sides.read(array, 1)};
  };
  const std::vector<float> parameters = sides.read(layer.parameters, 0);
  const std::vector<float> x = sides.read(layer.x, 0);
  const std::vector<float> dy = sides.read(layer.dy, 0);
  const auto y = both(layer.y), dx = both(layer.dx), gradients = both(layer.gradients);
  const auto at = [](int64_t i) { return static_cast<size_t>(i); };
  const auto term = [](float a, float b) {
    return std::fabs(static_cast<double>(a) * static_cast<double>(b));
  };
  for (int g = 0; g < s.groups; ++g) {
    const float* w = &parameters[at(g * layer.size)];
    const float* x_g = &x[at(g * layer.x_group())];
    const float* dy_g = &dy[at(g * layer.y_group())];
    for (int r = 0; r < s.rows; ++r) {
      for (int o = 0; o < s.outputs; ++o) {
        double sum = std::fabs(static_cast<double>(w[s.inputs * s.outputs + o]));
        for (int i = 0; i < s.inputs; ++i) sum += term(x_g[r * layer.x_row() + i], w[o * s.inputs + i]);
        const size_t index = at(g * layer.y_group() + r * layer.y_row() + o);
        body(Element{"y", s.inputs, sum, y[0][index], y[1][index]});
      }
      for (int i = 0; i < s.inputs; ++i) {
        double sum = 0.0;
        for (int o = 0; o < s.outputs; ++o) {
          sum += term(dy_g[r * layer.y_row() + o], w[o * s.inputs + i]);
        }
        const size_t index = at(g * layer.x_group() + r * layer.x_row() + i);
        body(Element{"dx", s.outputs, sum, dx[0][index], dx[1][index]});
      }
    }
    for (int o = 0; o < s.outputs; ++o) {
      for (int i = 0; i < s.inputs; ++i) {
        const size_t index = at(g * layer.size + o * s.inputs + i);
        double sum = s.accumulate ? std::fabs(static_cast<double>(old_gradients[index])) : 0.0;
        for (int r = 0; r < s.rows; ++r) {
          sum += term(dy_g[r * layer.y_row() + o], x_g[r * layer.x_row() + i]);
        }
        body(Element{"dW", s.rows, sum, gradients[0][index], gradients[1][index]});
      }
    }
  }
}

void check_layer(refrain_context* cpu, refrain_context* other, const Rounding& rounding,
                 const Shape& s, Values kind) {
  Sides sides(cpu, other, s.groups, 0);
  const Layer layer(sides, s, kind);
  const std::vector<float> old_gradients = sides.read(layer.gradients, 0);
  sides.run([&](const Side& side) { return layer.run(side, true); });
  sides.run([&](const Side& side) { return layer.run(side, false); });
  const std::string name = std::string(rounding.name) + " " + std::to_string(s.rows) + "x" +
                           std::to_string(s.inputs) + "x" + std::to_string(s.outputs);
  // Padding, bias gradients, inputs: untouched, or float32. Elements of products are judged below.
  const double terms = std::fmax(s.rows, std::fmax(s.inputs, s.outputs)) + 1.0;
  sides.compare(name, kind == Values::kReal ? 3.0 * rounding.unit * terms : 0.0);
  int bad = 0;
  double worst = 0.0;
  for_each_element(sides, layer, old_gradients, [&](const Element& e) {
    // Integers up to 4 and their sums below 2^24 are exact in every format and in every order.
    const double tolerance = kind == Values::kReal ? bound(e, rounding) : 0.0;
    judge(e, tolerance, name, &bad);
    worst = std::fmax(worst, std::fabs(static_cast<double>(e.expected) -
                                       static_cast<double>(e.actual)) /
                                 (e.magnitude + 1e-30));
  });
  CHECK(bad == 0);
  // Products of sides from 8 on are rounded: less error would mean float32 arithmetic.
  const bool rounded = s.rows >= 8 && s.inputs >= 8 && s.outputs >= 8;
  if (kind == Values::kReal && rounded) CHECK(worst > rounding.unit / 64.0);
  if (kind == Values::kReal && !rounded) CHECK(worst < 2.0 * (terms + 2.0) * 0x1p-23);
}

// A group's bits are those of the same call with that group alone.
void check_groups(refrain_context* cpu, refrain_context* other) {
  const Shape s = {3, 21, 19, 23, 1, true};
  Sides all(cpu, other, s.groups, 0);
  const Layer layer(all, s, Values::kReal);
  const auto part = [&](Sides& sides, Array array, int64_t size, int g) {
    const std::vector<float> values = all.read(array, 1);
    return sides.floats({values.begin() + g * size, values.begin() + (g + 1) * size});
  };
  for (int g = 0; g < s.groups; ++g) {
    Sides alone(cpu, other, 1, 0);
    Shape one = s;
    one.groups = 1;
    Layer same(alone, one, Values::kReal);
    same.parameters = part(alone, layer.parameters, layer.size, g);
    same.gradients = part(alone, layer.gradients, layer.size, g);
    same.x = part(alone, layer.x, layer.x_group(), g);
    same.dy = part(alone, layer.dy, layer.y_group(), g);
    alone.run([&](const Side& side) { return same.run(side, true); });
    if (g == 0) all.run([&](const Side& side) { return layer.run(side, true); });
    const std::vector<float> expected = all.read(layer.y, 1);
    const std::vector<float> actual = alone.read(same.y, 1);
    CHECK(std::memcmp(actual.data(), &expected[static_cast<size_t>(g * layer.y_group())],
                      actual.size() * sizeof(float)) == 0);
  }
}

// Infinities and NaN pass through the rounding.
void check_not_finite(refrain_context* cpu, refrain_context* other) {
  const Shape s = {1, 9, 8, 8, 0, false};
  Sides sides(cpu, other, 1, 0);
  Layer layer(sides, s, Values::kSmallIntegers);
  std::vector<float> x = sides.read(layer.x, 0);
  std::vector<float> ones(static_cast<size_t>(layer.size), 1.0f);
  x[3] = INFINITY;
  x[8 + 1] = -INFINITY;
  x[16 + 2] = NAN;
  x[24 + 5] = -NAN;
  layer.x = sides.floats(x);
  layer.parameters = sides.floats(ones);
  sides.run([&](const Side& side) { return layer.run(side, true); });
  sides.compare("products that are not finite", 0);
}

}  // namespace

void check_products(refrain_context* cpu, refrain_context* other, const Rounding& rounding) {
  // Aligned and not; sides below the tile, beyond it, and beyond the depth of a tile; the large tile.
  static const Shape shapes[] = {
      {1, 16, 16, 16, 0, false}, {2, 8, 8, 8, 0, true},     {1, 37, 41, 29, 3, true},
      {3, 64, 40, 68, 4, false}, {1, 70, 132, 66, 0, true}, {1, 7, 50, 40, 1, false},
      {2, 40, 5, 40, 0, true},   {1, 40, 40, 1, 1, false},  {1, 330, 72, 300, 4, false}};
  for (const Shape& shape : shapes) {
    check_layer(cpu, other, rounding, shape, Values::kReal);
    check_layer(cpu, other, rounding, shape, Values::kSmallIntegers);
  }
  check_groups(cpu, other);
  check_not_finite(cpu, other);
}

}  // namespace refrain::test
