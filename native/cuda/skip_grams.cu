#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/philox.cuh"

namespace refrain::cuda {
namespace {

// One thread a centre.
struct SkipGrams {
  refrain_skip_grams_args args;
  int64_t centres;

  __device__ void operator()(int64_t group, int64_t i) const {
    const refrain_group_state& state = args.state.group[group];
    const int32_t* text = args.text + group * args.text_stride;
    const int64_t steps_done = larger(state.step, 1) - 1;
    const int64_t places = args.length - 2 * int64_t{args.window};
    const int64_t place = args.window + position(steps_done * centres + i, places).column;
    const int32_t word = text[place];
    uint64_t used = 0;
    for (int j = 0; j < args.skips; ++j) {
      const int64_t n = i * args.skips + j;
      const uint64_t left = static_cast<uint64_t>(2 * args.window - j);
      const uint64_t random = word_at(
          philox(state, REFRAIN_STREAM_SKIP_GRAMS, static_cast<uint64_t>(n / 4)), n);
      args.inputs[group * args.batch + n] = word;
      args.labels[group * args.batch + n] =
          text[place + take_offset(static_cast<int>((random * left) >> 32), used)];
    }
  }

  // The number-th of the offsets -window..-1, 1..window that `used` does not hold; bit i of it stands
  // for the i-th of them.
  __device__ int64_t take_offset(int number, uint64_t& used) const {
    int i = 0;
    for (; (used >> i & 1) != 0 || number > 0; ++i) number -= (used >> i & 1) == 0 ? 1 : 0;
    used |= uint64_t{1} << i;
    return i < args.window ? i - args.window : i - args.window + 1;
  }
};

}  // namespace

void skip_grams(Engine& engine, const refrain_skip_grams_args& args) {
  const int64_t centres = args.batch / args.skips;
  for_each(engine, "skip_grams", args.groups, centres, SkipGrams{args, centres});
}

}  // namespace refrain::cuda
