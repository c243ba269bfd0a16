#include "floor.h"

namespace refrain::bench {
namespace {

// Weights are read twice, gradients written; their norm reads those, and so does the optimizer, which
// reads and writes weights, m and v, and could scale the gradients as it does. Of each row x, y and what
// the gates were are written and read again, and their gradients.
double bytes_of(const Shape& s) {
  const double weights = static_cast<double>(s.parameters()) * (s.whole ? 2 + 1 + 1 + 1 + 6 : 2 + 1);
  const double row = 2.0 * (s.gates + 2) * s.hidden + 2.0 * s.inputs;
  return sizeof(float) * s.groups * (weights + row * static_cast<double>(s.rows()));
}

bool fits_block(const Shape& s) {
  constexpr double kBlockBytes = 227 << 10;
  return static_cast<double>(sizeof(float)) * s.gates * s.hidden * s.hidden <= kBlockBytes;
}

// A meeting a step, forward and backward. In TF32 and BF16 the blocks that share R are a team
// (native/cuda/cooperative_tensor.cuh): backward those that hold the gates of a column meet before
// that, to add their sums, except in the step that begins. A plain RNN has one gate, and nothing to add.
double syncs_of(const Aim& aim) {
  const Shape& s = aim.shape;
  const bool team = aim.precision != REFRAIN_FP32 && !fits_block(s);
  return 2.0 * s.steps + (team && s.gates > 1 ? s.steps - 1 : 0);
}

}  // namespace

Floor floor_of(const Aim& aim) {
  return {bytes_of(aim.shape), aim.shape.flops(), syncs_of(aim), !fits_block(aim.shape)};
}

}  // namespace refrain::bench
