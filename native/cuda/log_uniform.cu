#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/philox.cuh"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

// Draws that a block makes at a time; 64 of 50,000 classes take about 80.
constexpr int kDraws = 128;

__device__ int32_t draw(const refrain_group_state& state, int32_t classes, int64_t i) {
  const PhiloxWords words =
      philox(state, REFRAIN_STREAM_LOG_UNIFORM, static_cast<uint64_t>(i / 2));
  const uint64_t low = i % 2 == 0 ? words.word[0] : words.word[2];
  const uint64_t high = (i % 2 == 0 ? words.word[1] : words.word[3]) & 0xfffff;
  const double u = static_cast<double>(high << 32 | low) * 0x1p-52;
  const double range = log1p(static_cast<double>(classes));
  return static_cast<int32_t>((static_cast<int64_t>(exp(u * range)) - 1) % classes);
}

// To the end, whatever is found: reads that do not wait for one another.
__device__ bool found(const int32_t* classes, int64_t count, int32_t k) {
  bool is_there = false;
#pragma unroll 8
  for (int64_t i = 0; i < count; ++i) is_there |= classes[i] == k;
  return is_there;
}

// Samples from which on a byte a class tells what is taken: where nearly all classes are to be
// drawn, most of very many draws are of taken ones. Bytes: threads set theirs without atomics.
constexpr int32_t kFewSamples = 256;

// At most 16 bytes a sample; fewer samples of more classes are soon drawn.
bool has_marks(const refrain_log_uniform_args& args) {
  return args.samples >= kFewSamples && args.classes / 16 < args.samples;
}

// A block a group: all threads draw, then each sees whether its class is new, and how many before
// it are.
// marks: [G,V], or null: the classes so far are read.
__global__ void __launch_bounds__(kDraws) log_uniform_kernel(refrain_log_uniform_args args,
                                                             uint8_t* marks) {
  __shared__ int32_t drawn[kDraws];
  __shared__ int fresh[kDraws / kWarp];
  const int thread = static_cast<int>(threadIdx.x);
  for (int64_t group = blockIdx.y; group < args.groups; group += gridDim.y) {
    const refrain_group_state& state = args.state.group[group];
    int32_t* sampled = args.sampled + group * args.samples;
    uint8_t* taken = marks == nullptr ? nullptr : marks + group * args.classes;
    for (int64_t i = thread; taken != nullptr && i < args.classes; i += kDraws) taken[i] = 0;
    int64_t count = 0;
    for (int64_t first = 0; count < args.samples; first += kDraws) {
      const int32_t k = draw(state, args.classes, first + thread);
      drawn[thread] = k;
      __syncthreads();
      const bool was_taken = taken == nullptr ? found(sampled, count, k) : taken[k] != 0;
      const bool is_new = !was_taken && !found(drawn, thread, k);
      const unsigned mask = __ballot_sync(0xffffffffu, is_new);
      if (thread % kWarp == 0) fresh[thread / kWarp] = __popc(mask);
      __syncthreads();
      int64_t place = count + __popc(mask & ((1u << thread % kWarp) - 1u));
      int64_t all = count;
      for (int i = 0; i < kDraws / kWarp; ++i) {
        if (i < thread / kWarp) place += fresh[i];
        all += fresh[i];
      }
      if (is_new && place < args.samples) {
        sampled[place] = k;
        if (taken != nullptr) taken[k] = 1;
        if (place == args.samples - 1) {
          args.tries[group] = static_cast<int32_t>(first + thread + 1);
        }
      }
      count = all;
      __syncthreads();
    }
  }
}

struct LogExpected {
  refrain_log_uniform_args args;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int32_t k = args.ids[group * args.count + i];
    const int32_t tries = args.tries[group];
    float value = 0.0f;
    if (k >= 0 && k < args.classes) {
      const double p = log((k + 2.0) / (k + 1.0)) / log1p(static_cast<double>(args.classes));
      const double expected = tries == args.samples ? p * tries : -expm1(tries * log1p(-p));
      value = static_cast<float>(log(expected));
    }
    args.log_expected[group * args.count + i] = value;
  }
};

}  // namespace

void log_uniform(Engine& engine, const refrain_log_uniform_args& args) {
  const dim3 grid(1, static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups)));
  uint8_t* marks = nullptr;
  if (has_marks(args)) {
    const int64_t floats = divide_up(int64_t{args.groups} * args.classes, sizeof(float));
    marks = reinterpret_cast<uint8_t*>(engine.scratch(floats));
  }
  engine.launch("log_uniform", log_uniform_kernel, grid, dim3(kDraws), 0, args, marks);
}

void log_uniform_expected(Engine& engine, const refrain_log_uniform_args& args) {
  for_each(engine, "log_uniform_expected", args.groups, args.count, LogExpected{args});
}

}  // namespace refrain::cuda
