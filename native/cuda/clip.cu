#include "cuda/activation.cuh"
#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 128;
// Gradients that one block squares and sums.
constexpr int64_t kPiece = 4096;

struct ClipValue {
  float* gradients;
  int64_t parameters;
  float bound;
  __device__ void operator()(int64_t group, int64_t i) const {
    float& g = gradients[group * parameters + i];
    g = clamped(g, bound);
  }
};

// sums [G, pieces]: a piece's sum of squares.
__global__ void __launch_bounds__(kThreads)
    sum_of_squares_kernel(refrain_clip_args args, int64_t pieces, double* sums) {
  __shared__ double shared[kThreads];
  for (int64_t group = blockIdx.y; group < args.groups; group += gridDim.y) {
    const float* gradients = args.gradients + group * args.parameters;
    for (int64_t piece = blockIdx.x; piece < pieces; piece += gridDim.x) {
      const int64_t end = smaller((piece + 1) * kPiece, args.parameters);
      double sum = 0.0;
      for (int64_t i = piece * kPiece + threadIdx.x; i < end; i += kThreads) {
        const double value = gradients[i];
        sum = fma(value, value, sum);
      }
      sum = block_sum<kThreads>(sum, shared);
      if (threadIdx.x == 0) sums[group * pieces + piece] = sum;
    }
  }
}

// One block a group.
__global__ void __launch_bounds__(kThreads)
    clip_factor_kernel(refrain_clip_args args, int64_t pieces, const double* sums) {
  __shared__ double shared[kThreads];
  for (int64_t group = blockIdx.x; group < args.groups; group += gridDim.x) {
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < pieces; i += kThreads) sum += sums[group * pieces + i];
    sum = block_sum<kThreads>(sum, shared);
    refrain_group_state& state = args.state.group[group];
    if (threadIdx.x != 0 || state.status != REFRAIN_RUNNING) continue;
    state.gradient_norm = sqrt(sum);
    state.clip_factor = 1.0;
    if (!isfinite(state.gradient_norm)) {
      state.status = REFRAIN_NOT_FINITE;
    } else if (state.gradient_norm > args.bound) {
      state.clip_factor = args.bound / state.gradient_norm;
    }
  }
}

struct Scale {
  refrain_clip_args args;
  __device__ void operator()(int64_t group, int64_t i) const {
    const refrain_group_state& state = args.state.group[group];
    if (state.status != REFRAIN_RUNNING || state.clip_factor == 1.0) return;
    args.gradients[group * args.parameters + i] *= static_cast<float>(state.clip_factor);
  }
};

}  // namespace

void clip_value(Engine& engine, const refrain_clip_args& args) {
  for_each(engine, "clip_value", args.groups, args.parameters,
           ClipValue{args.gradients, args.parameters, static_cast<float>(args.bound)});
}

void clip_norm(Engine& engine, const refrain_clip_args& args) {
  const int64_t pieces = divide_up(args.parameters, kPiece);
  auto* sums = reinterpret_cast<double*>(engine.scratch(2 * args.groups * pieces));
  const unsigned groups = static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups));
  engine.launch("clip_norm's sums", sum_of_squares_kernel,
                dim3(static_cast<unsigned>(smaller(pieces, kMostBlocks)), groups), dim3(kThreads),
                0, args, pieces, sums);
  engine.launch("clip_norm's factor", clip_factor_kernel, dim3(groups), dim3(kThreads), 0, args,
                pieces, sums);
  for_each(engine, "clip_norm's scaling", args.groups, args.parameters, Scale{args});
}

}  // namespace refrain::cuda
