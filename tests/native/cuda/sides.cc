#include "sides.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "check.h"

namespace refrain::test {

uint64_t bits = 14695981039346656037u;

namespace {

void require(int status, const char* attempt) {
  if (status != REFRAIN_OK) std::fprintf(stderr, "%s: %s\n", attempt, refrain_last_error());
  CHECK(status == REFRAIN_OK);
}

// A NaN counts as a NaN, whatever its sign: that is the compiler's choice.
void add_bits(const std::vector<char>& values) {
  for (size_t i = 0; i + sizeof(float) <= values.size(); i += sizeof(float)) {
    float value;
    std::memcpy(&value, &values[i], sizeof value);
    uint32_t word = 0x7fc00000;
    if (!std::isnan(value)) std::memcpy(&word, &value, sizeof word);
    bits = (bits ^ word) * 1099511628211u;
  }
}

bool close(double expected, double actual, double tolerance) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) == std::isnan(actual);
  if (std::isinf(expected) || std::isinf(actual)) return expected == actual;
  return std::fabs(expected - actual) <= tolerance * (1.0 + std::fabs(expected));
}

template <class T>
void compare_values(const std::string& name, int array, const std::vector<char>& expected,
                    const std::vector<char>& actual, double tolerance) {
  const size_t count = expected.size() / sizeof(T);
  const T* e = reinterpret_cast<const T*>(expected.data());
  const T* a = reinterpret_cast<const T*>(actual.data());
  int bad = 0;
  for (size_t i = 0; i < count; ++i) {
    if (close(static_cast<double>(e[i]), static_cast<double>(a[i]), tolerance)) continue;
    if (++bad == 1) {
      std::fprintf(stderr, "%s: array %d, element %zu of %zu: expected %.9g, got %.9g\n",
                   name.c_str(), array, i, count, static_cast<double>(e[i]),
                   static_cast<double>(a[i]));
    }
  }
  CHECK(bad == 0);
}

}  // namespace

void* Side::data(Array array) const {
  return array.index < 0 ? nullptr
                         : sides->entries_[static_cast<size_t>(array.index)].data[number];
}

refrain_step_state Side::state() const {
  return {static_cast<refrain_group_state*>(data(sides->state_array_)),
          doubles(sides->history_array_), sides->history_length_,
          static_cast<int32_t>(sides->states_.size())};
}

Sides::Sides(refrain_context* cpu, refrain_context* other, int groups, int64_t history_length)
    : states_(static_cast<size_t>(groups)), history_length_(history_length) {
  refrain_context* contexts[] = {cpu, other};
  for (int i = 0; i < 2; ++i) {
    side_[i].context = contexts[i];
    side_[i].sides = this;
    side_[i].number = i;
  }
  for (int g = 0; g < groups; ++g) {
    refrain_group_state& state = states_[static_cast<size_t>(g)];
    state = {};
    state.seed = 1000 + 7 * g;
    state.step = 3 + g;
    state.base_learning_rate = 0.01;
    state.learning_rate = 0.01;
    state.beta1_power = std::pow(0.9, state.step);
    state.beta2_power = std::pow(0.999, state.step);
  }
  state_array_ = add(states_.data(), groups * static_cast<int64_t>(sizeof(refrain_group_state)), 's');
  const std::vector<double> history(static_cast<size_t>(groups * history_length + 1), -1.0);
  history_array_ = add(history.data(), static_cast<int64_t>(history.size() * sizeof(double)), 'd');
}

Sides::~Sides() {
  for (const Entry& entry : entries_) {
    for (int i = 0; i < 2; ++i) refrain_release(side_[i].context, entry.data[i]);
  }
}

Array Sides::add(const void* values, int64_t size_bytes, char kind) {
  Entry entry = {{nullptr, nullptr}, size_bytes, kind};
  for (int i = 0; i < 2; ++i) {
    require(refrain_allocate(side_[i].context, size_bytes, &entry.data[i]), "allocate");
    require(refrain_write(side_[i].context, entry.data[i], values, size_bytes), "write");
  }
  entries_.push_back(entry);
  return {static_cast<int>(entries_.size()) - 1};
}

Array Sides::floats(std::vector<float> values) {
  return add(values.data(), static_cast<int64_t>(values.size() * sizeof(float)), 'f');
}

Array Sides::random(Random& random, int64_t count, float scale) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = random.uniform(-scale, scale);
  return floats(values);
}

Array Sides::output(int64_t count) {
  return floats(std::vector<float>(static_cast<size_t>(count), 77.0f));
}

Array Sides::opaque(int64_t count) {
  const std::vector<float> values(static_cast<size_t>(count), NAN);
  return add(values.data(), count * static_cast<int64_t>(sizeof(float)), 'o');
}

Array Sides::integers(std::vector<int32_t> values) {
  return add(values.data(), static_cast<int64_t>(values.size() * sizeof(int32_t)), 'i');
}

void Sides::write_state() {
  const Entry& entry = entries_[static_cast<size_t>(state_array_.index)];
  for (int i = 0; i < 2; ++i) {
    require(refrain_write(side_[i].context, entry.data[i], states_.data(), entry.size_bytes),
            "write");
  }
}

refrain_group_state Sides::group_now(int g) const {
  std::vector<refrain_group_state> states(states_.size());
  const Entry& entry = entries_[static_cast<size_t>(state_array_.index)];
  require(refrain_read(side_[1].context, states.data(), entry.data[1], entry.size_bytes), "read");
  return states[static_cast<size_t>(g)];
}

void Sides::run(const std::function<int(const Side&)>& call) {
  for (const Side& side : side_) require(call(side), side.number == 0 ? "cpu" : "under test");
}

std::vector<float> Sides::read(Array array, int side) const {
  const Entry& entry = entries_[static_cast<size_t>(array.index)];
  std::vector<float> values(static_cast<size_t>(entry.size_bytes) / sizeof(float));
  require(refrain_read(side_[side].context, values.data(), entry.data[side], entry.size_bytes),
          "read");
  return values;
}

void Sides::compare(const std::string& name, double tolerance) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.kind == 'o') continue;
    std::vector<char> values[2];
    for (int s = 0; s < 2; ++s) {
      values[s].resize(static_cast<size_t>(entry.size_bytes));
      require(refrain_read(side_[s].context, values[s].data(), entry.data[s], entry.size_bytes),
              "read");
    }
    if (entry.kind == 'f') add_bits(values[1]);
    const int array = static_cast<int>(i);
    if (entry.kind == 'f') compare_values<float>(name, array, values[0], values[1], tolerance);
    if (entry.kind == 'd') compare_values<double>(name, array, values[0], values[1], tolerance);
    if (entry.kind == 'i') CHECK(values[0] == values[1]);
    if (entry.kind != 's') continue;
    for (size_t g = 0; g < states_.size(); ++g) {
      refrain_group_state expected;
      refrain_group_state actual;
      std::memcpy(&expected, values[0].data() + g * sizeof expected, sizeof expected);
      std::memcpy(&actual, values[1].data() + g * sizeof actual, sizeof actual);
      CHECK(expected.step == actual.step && expected.seed == actual.seed);
      CHECK(expected.status == actual.status);
      CHECK(close(expected.learning_rate, actual.learning_rate, 1e-14));
      CHECK(close(expected.beta1_power, actual.beta1_power, 1e-14));
      CHECK(close(expected.beta2_power, actual.beta2_power, 1e-14));
      CHECK(close(expected.loss, actual.loss, tolerance));
      CHECK(close(expected.gradient_norm, actual.gradient_norm, tolerance));
      CHECK(close(expected.clip_factor, actual.clip_factor, tolerance));
    }
  }
}

}  // namespace refrain::test
