#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "check.h"
#include "cpu/math.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

template <class Function>
float at(Function f, float x) {
  float lanes[kLanes];
  store(lanes, f(broadcast(x)));
  for (int i = 1; i < kLanes; ++i) CHECK(std::memcmp(&lanes[0], &lanes[i], sizeof(float)) == 0);
  return lanes[0];
}

// Distance in units in the last place of the exact value.
double ulps(float got, double exact) {
  if (std::isinf(exact) || std::fabs(exact) > std::numeric_limits<float>::max()) {
    return std::isinf(got) && (got > 0) == (exact > 0) ? 0.0 : 1e9;
  }
  int exponent;
  std::frexp(exact, &exponent);
  const double unit = std::ldexp(1.0, std::max(exponent, -125) - 24);
  return std::fabs(got - exact) / unit;
}

template <class Function, class Exact>
void check_range(const char* name, Function f, Exact exact, float from, float to, double limit) {
  double worst = 0.0;
  float worst_x = 0.0f;
  constexpr int kSamples = 20000;
  for (int i = 0; i <= kSamples; ++i) {
    // Evenly spaced, and again geometrically towards zero, where relative precision is lost.
    const float even = from + (to - from) * (static_cast<float>(i) / kSamples);
    const float tiny = even * std::exp2(-static_cast<float>(i % 60));
    for (const float x : {even, tiny}) {
      const double error = ulps(at(f, x), exact(static_cast<double>(x)));
      if (!(error <= worst)) {
        worst = error;
        worst_x = x;
      }
    }
  }
  std::printf("  %-16s %6.2f ulp at %g\n", name, worst, worst_x);
  CHECK(worst <= limit);
}

void check_limits() {
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const auto check = [&](auto f, float below, float above) {
    CHECK(same(at(f, -kInfinity), below));
    CHECK(same(at(f, kInfinity), above));
    CHECK(std::isnan(at(f, kNaN)));
    CHECK(!std::isnan(at(f, -3e38f)));
    CHECK(!std::isnan(at(f, 3e38f)));
  };
  check([](Vec x) { return exp(x); }, 0.0f, kInfinity);
  check([](Vec x) { return tanh(x); }, -1.0f, 1.0f);
  check([](Vec x) { return sigmoid(x); }, 0.0f, 1.0f);
  check([](Vec x) { return relu(x); }, 0.0f, kInfinity);
  check([](Vec x) { return elu(x); }, -1.0f, kInfinity);
  check([](Vec x) { return softsign(x); }, -1.0f, 1.0f);
  CHECK(std::isnan(at([](Vec y) { return relu_slope(y); }, kNaN)));
  CHECK(std::isnan(at([](Vec y) { return elu_slope(y); }, kNaN)));
  CHECK(at([](Vec y) { return relu_slope(y); }, 0.0f) == 0.0f);
  CHECK(at([](Vec x) { return tanh(x); }, 20.0f) == 1.0f);
  CHECK(std::signbit(at([](Vec x) { return tanh(x); }, -0.0f)));
}

// The value of an element must not depend on where a loop over vectors meets it.
void check_positions() {
  float x[3 * kLanes + 5];
  constexpr int kSize = sizeof x / sizeof x[0];
  for (int i = 0; i < kSize; ++i) x[i] = 0.37f * static_cast<float>(i) - 5.0f;
  for (int skip = 0; skip < kSize; ++skip) {
    float y[kSize];
    for_vectors(kSize - skip, [&](int64_t i, int lanes) {
      store_lanes(y + i, sigmoid(tanh(load_lanes(x + skip + i, lanes))), lanes);
    });
    for (int i = skip; i < kSize; ++i) {
      const float expected = at([](Vec v) { return sigmoid(tanh(v)); }, x[i]);
      CHECK(std::memcmp(&y[i - skip], &expected, sizeof(float)) == 0);
    }
  }
}

}  // namespace

void math_cases() {
  const auto exact_sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
  const auto exact_elu = [](double x) { return x > 0 ? x : std::expm1(x); };
  const auto exact_softsign = [](double x) { return x / (1.0 + std::fabs(x)); };
  check_range("exp", [](Vec x) { return exp(x); }, [](double x) { return std::exp(x); }, -104.0f,
              89.0f, 2.0);
  check_range("tanh", [](Vec x) { return tanh(x); }, [](double x) { return std::tanh(x); },
              -12.0f, 12.0f, 3.0);
  check_range("sigmoid", [](Vec x) { return sigmoid(x); }, exact_sigmoid, -87.0f, 90.0f, 3.0);
  check_range("elu", [](Vec x) { return elu(x); }, exact_elu, -50.0f, 50.0f, 3.0);
  check_range("softsign", [](Vec x) { return softsign(x); }, exact_softsign, -1e6f, 1e6f, 1.5);
  check_limits();
  check_positions();
}

}  // namespace refrain::REFRAIN_TARGET
