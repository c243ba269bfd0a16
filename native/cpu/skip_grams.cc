#include "cpu/operations.h"
#include "cpu/philox.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// The number-th of the offsets -window..-1, 1..window that `used` does not hold; bit i of it stands for
// the i-th of them.
int64_t take_offset(int window, uint64_t number, uint64_t* used) {
  for (int i = 0;; ++i) {
    if ((*used >> i & 1) != 0) continue;
    if (number-- == 0) {
      *used |= uint64_t{1} << i;
      return i < window ? i - window : i - window + 1;
    }
  }
}

void draw_pairs(const refrain_skip_grams_args& args, int64_t group) {
  const refrain_group_state& state = args.state.group[group];
  const PhiloxStream stream(state, REFRAIN_STREAM_SKIP_GRAMS);
  const int32_t* text = args.text + group * args.text_stride;
  const int64_t steps_done = state.step > 1 ? state.step - 1 : 0;
  const int64_t centres = args.batch / args.skips;
  const int64_t places = args.length - 2 * int64_t{args.window};
  uint32_t words[4][1];
  for (int64_t i = 0; i < centres; ++i) {
    const int64_t place = args.window + (steps_done * centres + i) % places;
    uint64_t used = 0;
    for (int j = 0; j < args.skips; ++j) {
      const int64_t n = i * args.skips + j;
      if (n % 4 == 0) philox<1>(stream, static_cast<uint64_t>(n / 4), words);
      const uint64_t left = static_cast<uint64_t>(2 * args.window - j);
      const int64_t offset = take_offset(args.window, (words[n % 4][0] * left) >> 32, &used);
      args.inputs[group * args.batch + n] = text[place];
      args.labels[group * args.batch + n] = text[place + offset];
    }
  }
}

}  // namespace

int skip_grams(Engine& engine, const refrain_skip_grams_args& args) {
  if (args.groups == 1) {
    draw_pairs(args, 0);
  } else {
    engine.threads().parallel_for(args.groups,
                                  [&](int64_t group, int) { draw_pairs(args, group); });
  }
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
