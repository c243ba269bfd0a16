#include "cuda/activation.cuh"
#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

// A block that takes a group alone, and one that takes a piece of a large group. Not measured yet:
// of a group of 65,536 gradients a thread squares 64, read again where they are scaled.
constexpr int kGroupThreads = 1024;
constexpr int64_t kMostOfOneBlock = 65536;
constexpr int kThreads = 256;
constexpr int64_t kPiece = 4096;
// The sum of squares of a group that does not run.
constexpr double kNotRunning = -1.0;

struct ClipValue {
  float* gradients;
  int64_t parameters;
  float bound;
  __device__ void operator()(int64_t group, int64_t i) const {
    float& g = gradients[group * parameters + i];
    g = clamped(g, bound);
  }
};

// Gradients first .. last-1 of a group, four at a time where they are aligned.
struct Stretch {
  float* gradients;
  int64_t first;
  int64_t last;
  bool vectors;

  __device__ double own_squares() const {
    double sum = 0.0;
    for (int64_t i = first + 4 * int64_t{threadIdx.x}; i < last; i += 4 * int64_t{blockDim.x}) {
      float four[4];
      const int count = read(i, four);
      for (int j = 0; j < 4; ++j) {
        const double value = j < count ? four[j] : 0.0f;
        sum = fma(value, value, sum);
      }
    }
    return sum;
  }

  __device__ void scale(float factor) const {
    for (int64_t i = first + 4 * int64_t{threadIdx.x}; i < last; i += 4 * int64_t{blockDim.x}) {
      float four[4];
      const int count = read(i, four);
      if (vectors) {
        *reinterpret_cast<float4*>(gradients + i) = make_float4(
            four[0] * factor, four[1] * factor, four[2] * factor, four[3] * factor);
      } else {
        for (int j = 0; j < 4; ++j) {
          if (j < count) gradients[i + j] = four[j] * factor;
        }
      }
    }
  }

 private:
  __device__ int read(int64_t i, float (&four)[4]) const {
    if (vectors) {
      const float4 value = *reinterpret_cast<const float4*>(gradients + i);
      four[0] = value.x;
      four[1] = value.y;
      four[2] = value.z;
      four[3] = value.w;
      return 4;
    }
    const int count = static_cast<int>(smaller(4, last - i));
    for (int j = 0; j < 4; ++j) four[j] = j < count ? gradients[i + j] : 0.0f;
    return count;
  }
};

struct ClipNorm {
  refrain_clip_args args;
  bool vectors;
  int64_t pieces;
  double* sums;  // [G, pieces]: a piece's sum of squares

  __device__ Stretch stretch(int64_t group, int64_t first, int64_t last) const {
    return {args.gradients + group * args.parameters, first, smaller(last, args.parameters),
            vectors};
  }
  __device__ bool running(int64_t group) const {
    return args.state.group[group].status == REFRAIN_RUNNING;
  }
  __device__ double factor(double norm) const {
    return isfinite(norm) && norm > args.bound ? args.bound / norm : 1.0;
  }
  __device__ void keep(int64_t group, double norm) const {
    refrain_group_state& state = args.state.group[group];
    state.gradient_norm = norm;
    state.clip_factor = factor(norm);
    if (!isfinite(norm)) state.status = REFRAIN_NOT_FINITE;
  }
};

// One block a group: norm and scaling.
__global__ void __launch_bounds__(kGroupThreads) clip_norm_kernel(ClipNorm clip) {
  __shared__ double shared[kWarp];
  __shared__ float factor;
  for (int64_t group = blockIdx.x; group < clip.args.groups; group += gridDim.x) {
    const bool running = clip.running(group);
    __syncthreads();  // before the first thread changes the status
    if (!running) continue;
    const Stretch stretch = clip.stretch(group, 0, clip.args.parameters);
    const double sum = block_sum<kGroupThreads>(stretch.own_squares(), shared);
    if (threadIdx.x == 0) {
      const double norm = sqrt(sum);
      clip.keep(group, norm);
      factor = static_cast<float>(clip.factor(norm));
    }
    __syncthreads();
    if (factor != 1.0f) stretch.scale(factor);
  }
}

__global__ void __launch_bounds__(kThreads) sum_of_squares_kernel(ClipNorm clip) {
  __shared__ double shared[kWarp];
  for (int64_t group = blockIdx.y; group < clip.args.groups; group += gridDim.y) {
    const bool running = clip.running(group);
    for (int64_t piece = blockIdx.x; piece < clip.pieces; piece += gridDim.x) {
      double sum = clip.stretch(group, piece * kPiece, (piece + 1) * kPiece).own_squares();
      sum = block_sum<kThreads>(sum, shared);
      if (threadIdx.x == 0) clip.sums[group * clip.pieces + piece] = running ? sum : kNotRunning;
    }
  }
}

// Every block adds all pieces of its group by the same tree, and scales one. The first one keeps
// the norm: the others must not read a state that changes, so the pieces tell who runs.
__global__ void __launch_bounds__(kThreads) scale_kernel(ClipNorm clip) {
  __shared__ double shared[kWarp];
  __shared__ float factor;
  for (int64_t group = blockIdx.y; group < clip.args.groups; group += gridDim.y) {
    const double* sums = clip.sums + group * clip.pieces;
    if (sums[0] == kNotRunning) continue;
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < clip.pieces; i += kThreads) sum += sums[i];
    sum = block_sum<kThreads>(sum, shared);
    if (threadIdx.x == 0) {
      const double norm = sqrt(sum);
      if (blockIdx.x == 0) clip.keep(group, norm);
      factor = static_cast<float>(clip.factor(norm));
    }
    __syncthreads();
    if (factor != 1.0f) {
      for (int64_t piece = blockIdx.x; piece < clip.pieces; piece += gridDim.x) {
        clip.stretch(group, piece * kPiece, (piece + 1) * kPiece).scale(factor);
      }
    }
    __syncthreads();
  }
}

void note_decision(Engine& engine, int64_t parameters, bool one_block) {
  const Decisions::Key key = {Decisions::kClipNorm, parameters};
  const char* taken = one_block ? "one block a group" : "blocks for pieces of a group";
  if (engine.decisions().knows(key, taken)) return;
  Declined declined;
  if (!one_block) {
    declined.emplace_back("one block a group", "a group has more than " +
                                                   std::to_string(kMostOfOneBlock) + " parameters");
  }
  engine.decisions().note(key, "clip_norm parameters=" + std::to_string(parameters), taken,
                          declined);
}

}  // namespace

void clip_value(Engine& engine, const refrain_clip_args& args) {
  for_each(engine, "clip_value", args.groups, args.parameters,
           ClipValue{args.gradients, args.parameters, static_cast<float>(args.bound)});
}

void clip_norm(Engine& engine, const refrain_clip_args& args) {
  const bool vectors = args.parameters % 4 == 0 &&
                       reinterpret_cast<uintptr_t>(args.gradients) % sizeof(float4) == 0;
  ClipNorm clip = {args, vectors, divide_up(args.parameters, kPiece), nullptr};
  const unsigned groups = static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups));
  const bool one_block = args.parameters <= kMostOfOneBlock;
  note_decision(engine, args.parameters, one_block);
  if (one_block) {
    engine.launch("clip_norm", clip_norm_kernel, dim3(groups), dim3(kGroupThreads), 0, clip);
    return;
  }
  clip.sums = reinterpret_cast<double*>(engine.scratch(2 * args.groups * clip.pieces));
  const dim3 grid(static_cast<unsigned>(smaller(clip.pieces, kMostBlocks)), groups);
  engine.launch("clip_norm's sums", sum_of_squares_kernel, grid, dim3(kThreads), 0, clip);
  engine.launch("clip_norm's scaling", scale_kernel, grid, dim3(kThreads), 0, clip);
}

}  // namespace refrain::cuda
