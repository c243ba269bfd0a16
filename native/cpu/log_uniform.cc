#include <cmath>

#include "cpu/elementwise.h"
#include "cpu/operations.h"
#include "cpu/philox.h"
#include "cpu/row_index.h"

namespace refrain::REFRAIN_TARGET {
namespace {

class Draws {
 public:
  Draws(const refrain_group_state& state, int32_t classes)
      : stream_(state, REFRAIN_STREAM_LOG_UNIFORM),
        classes_(classes),
        log_range_(std::log1p(static_cast<double>(classes))) {}

  int32_t operator[](int64_t i) {
    if (i % 2 == 0) philox<1>(stream_, static_cast<uint64_t>(i / 2), words_);
    const uint64_t low = words_[2 * (i % 2)][0];
    const uint64_t high = words_[2 * (i % 2) + 1][0] & 0xfffff;
    const double u = static_cast<double>(high << 32 | low) * 0x1p-52;
    return static_cast<int32_t>((static_cast<int64_t>(std::exp(u * log_range_)) - 1) % classes_);
  }

 private:
  const PhiloxStream stream_;
  const int64_t classes_;
  const double log_range_;
  uint32_t words_[4][1];
};

void draw(const refrain_log_uniform_args& args, int64_t group, int32_t* memory) {
  RowIndex taken(memory, args.samples);
  Draws draws(args.state.group[group], args.classes);
  int32_t* sampled = args.sampled + group * args.samples;
  int32_t count = 0;
  int64_t tries = 0;
  while (count < args.samples) {
    const int32_t k = draws[tries++];
    if (taken.find_or_put(k, count) == count) sampled[count++] = k;
  }
  args.tries[group] = static_cast<int32_t>(tries);
}

float log_expected(const refrain_log_uniform_args& args, int32_t tries, int32_t k) {
  if (k < 0 || k >= args.classes) return 0.0f;
  const double range = std::log1p(static_cast<double>(args.classes));
  const double p = std::log((k + 2.0) / (k + 1.0)) / range;
  const double expected = tries == args.samples ? p * tries : -std::expm1(tries * std::log1p(-p));
  return static_cast<float>(std::log(expected));
}

// Logarithms take some tens of nanoseconds each.
constexpr int64_t kIdsOfPiece = 32;

}  // namespace

int log_uniform(Engine& engine, const refrain_log_uniform_args& args) {
  const int64_t size = RowIndex::size(args.samples);
  const int64_t copies = args.groups == 1 ? 1 : engine.threads().count();
  auto* memory = reinterpret_cast<int32_t*>(engine.scratch(copies * size));
  if (memory == nullptr) return REFRAIN_OUT_OF_MEMORY;
  engine.threads().parallel_for(
      args.groups, [&](int64_t group, int thread) { draw(args, group, memory + thread * size); });
  return REFRAIN_OK;
}

int log_uniform_expected(Engine& engine, const refrain_log_uniform_args& args) {
  const int64_t pieces = divide_up(args.count, kIdsOfPiece);
  engine.threads().parallel_for(args.groups * pieces, [&](int64_t task, int) {
    const int64_t group = task / pieces;
    const int64_t first = task % pieces * kIdsOfPiece;
    const int64_t last = smaller(first + kIdsOfPiece, args.count);
    for (int64_t i = group * args.count + first; i < group * args.count + last; ++i) {
      args.log_expected[i] = log_expected(args, args.tries[group], args.ids[i]);
    }
  });
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
