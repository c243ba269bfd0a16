#include "device_peaks.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cuda/counter.cuh"
#include "cuda/launch.cuh"
#include "cuda/mma.cuh"
#include "refrain/context.h"

namespace refrain::bench {
namespace {

using cuda::Meeting;

constexpr int kCopyThreads = 256;
constexpr int kChains = 8;  // of dependent operations in a thread: more than their latency needs
constexpr int kFlopThreads = 256;
constexpr int kBarrierThreads = 512;

__global__ void copy_kernel(const float4* from, float4* to, int64_t count) {
  const int64_t step = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    to[i] = from[i];
  }
}

__global__ void fp32_kernel(float* result, int rounds) {
  float sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = static_cast<float>(threadIdx.x + i);
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kChains; ++i) sums[i] = fmaf(sums[i], 0.999f, 0.5f);
  }
  float sum = 0.0f;
  for (int i = 0; i < kChains; ++i) sum += sums[i];
  result[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

template <class Numbers>
__global__ void mma_kernel(float* result, int rounds) {
  float sums[kChains][4] = {};
  const float values[2] = {0.5f, 0.25f};
  const uint32_t word = Numbers::pack(values);
  const uint32_t a[4] = {word, word, word, word};
  const uint32_t b[2] = {word, word};
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kChains; ++i) Numbers::multiply(sums[i], a, b);
  }
  float sum = 0.0f;
  for (int i = 0; i < kChains; ++i) sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
  result[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

__global__ void empty_kernel(float* result) {
  if (result == nullptr && threadIdx.x == 0) result[0] = 1.0f;
}

__global__ void block_barrier_kernel(float* result, int rounds) {
  for (int round = 0; round < rounds; ++round) __syncthreads();
  if (threadIdx.x == 0) result[blockIdx.x] = static_cast<float>(rounds);
}

__global__ void grid_barrier_kernel(unsigned* counter, int rounds) {
  unsigned reached = 0;
  for (int round = 0; round < rounds; ++round) cuda::meet(counter, gridDim.x, reached);
}

// Device memory and a stream; the first error ends the measurement, everything after it does nothing.
class Device {
 public:
  explicit Device(bool tiny) : tiny_(tiny) {
    keep(cudaSetDevice(0));
    keep(cudaGetDeviceProperties(&properties_, 0));
    keep(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
    const int64_t floats = tiny ? 1 << 12 : 1 << 27;
    from_ = memory(floats);
    to_ = memory(floats);
    floats_ = floats;
  }

  ~Device() {
    cudaFree(from_);
    cudaFree(to_);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  bool has_grid_barriers() const { return properties_.cooperativeLaunch != 0; }
  bool ok() const { return error_ == cudaSuccess; }
  const char* error() const { return cudaGetErrorString(error_); }

  double copy_bytes() {
    const int rounds = tiny_ ? 1 : 10;
    const double seconds = best([&] {
      for (int i = 0; i < rounds; ++i) {
        launch(copy_kernel, blocks(8), kCopyThreads, Meeting::kNever,
               reinterpret_cast<const float4*>(from_), reinterpret_cast<float4*>(to_), floats_ / 4);
      }
    });
    return 2.0 * sizeof(float) * static_cast<double>(floats_) * rounds / seconds;
  }

  double fp32_flops() {
    const int rounds = tiny_ ? 4 : 1 << 16;
    const unsigned grid = blocks(8);
    const double seconds =
        best([&] { launch(fp32_kernel, grid, kFlopThreads, Meeting::kNever, to_, rounds); });
    return 2.0 * kChains * rounds * grid * kFlopThreads / seconds;
  }

  template <class Numbers>
  double mma_flops() {
    if (properties_.major < 8) return 0.0;
    const int rounds = tiny_ ? 4 : 1 << 15;
    const unsigned grid = blocks(8);
    const double seconds =
        best([&] { launch(mma_kernel<Numbers>, grid, kFlopThreads, Meeting::kNever, to_, rounds); });
    const double flops_of_warp = 2.0 * cuda::kMmaRows * cuda::kMmaColumns * cuda::kMmaWords *
                                 Numbers::kElementsOfWord * kChains * rounds;
    return flops_of_warp * grid * (kFlopThreads / cuda::kWarpLanes) / seconds;
  }

  // Seconds to run and wait for a graph of so many empty kernels.
  double graph_seconds(int nodes) {
    launch(empty_kernel, 1, 32, Meeting::kNever, to_);  // it is loaded before the capture
    keep(cudaStreamSynchronize(stream_));
    keep(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    for (int i = 0; i < nodes; ++i) launch(empty_kernel, 1, 32, Meeting::kNever, to_);
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    keep(cudaStreamEndCapture(stream_, &graph));
    if (ok()) keep(cudaGraphInstantiate(&executable, graph, 0));
    double seconds = 0.0;
    if (ok()) seconds = best([&] { keep(cudaGraphLaunch(executable, stream_)); });
    if (executable != nullptr) cudaGraphExecDestroy(executable);
    if (graph != nullptr) cudaGraphDestroy(graph);
    return seconds;
  }

  double block_seconds() {
    return of_one_round([&](int rounds) {
      launch(block_barrier_kernel, 1, kBarrierThreads, Meeting::kNever, to_, rounds);
    });
  }

  double grid_seconds() {
    auto* counter = reinterpret_cast<unsigned*>(to_);
    return of_one_round([&](int rounds) {
      keep(cudaMemsetAsync(counter, 0, sizeof(unsigned), stream_));
      launch(grid_barrier_kernel, blocks(1), kBarrierThreads, Meeting::kGrid, counter, rounds);
    });
  }

 private:
  void keep(cudaError_t error) {
    if (ok()) error_ = error;
  }

  unsigned blocks(int each) const {
    return tiny_ ? 2u : static_cast<unsigned>(each * properties_.multiProcessorCount);
  }

  float* memory(int64_t floats) {
    void* data = nullptr;
    if (ok()) keep(cudaMalloc(&data, static_cast<size_t>(floats) * sizeof(float)));
    if (ok()) keep(cudaMemsetAsync(data, 0, static_cast<size_t>(floats) * sizeof(float), stream_));
    return static_cast<float*>(data);
  }

  template <class... P, class... A>
  void launch(void (*kernel)(P...), unsigned grid, unsigned threads, Meeting meeting,
              A... arguments) {
    if (!ok()) return;
    keep(cuda::launch_kernel(kernel, dim3(grid), dim3(threads), 0, stream_, meeting, 1,
                             arguments...));
  }

  // The shortest of several runs, each waited for.
  template <class Work>
  double best(const Work& work) {
    double shortest = 1e30;
    for (int i = 0; ok() && i < (tiny_ ? 2 : 12); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      work();
      keep(cudaStreamSynchronize(stream_));
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
      if (i > 0) shortest = std::min(shortest, time.count());  // the first one loads the kernel
    }
    return shortest;
  }

  // What one round more costs: the start of the kernel is in both runs.
  template <class Rounds>
  double of_one_round(const Rounds& run) {
    const int few = tiny_ ? 1 : 1000;
    const int many = tiny_ ? 3 : 11000;
    const double less = best([&] { run(few); });
    const double more = best([&] { run(many); });
    return std::max(0.0, more - less) / (many - few);
  }

  const bool tiny_;
  cudaDeviceProp properties_ = {};
  cudaStream_t stream_ = nullptr;
  cudaError_t error_ = cudaSuccess;
  float* from_ = nullptr;
  float* to_ = nullptr;
  int64_t floats_ = 0;
};

}  // namespace

double DevicePeaks::flops(int32_t precision) const {
  if (precision == REFRAIN_TF32) return tf32_flops;
  return precision == REFRAIN_BF16 ? bf16_flops : fp32_flops;
}

bool measure_device(bool tiny, DevicePeaks* peaks) {
  Device device(tiny);
  constexpr int kNodes = 201;
  *peaks = {};
  if (device.ok()) peaks->copy_bytes = device.copy_bytes();
  if (device.ok()) peaks->fp32_flops = device.fp32_flops();
  if (device.ok()) peaks->tf32_flops = device.mma_flops<cuda::Tf32>();
  if (device.ok()) peaks->bf16_flops = device.mma_flops<cuda::Bf16>();
  if (device.ok()) peaks->graph_seconds = device.graph_seconds(1);
  if (device.ok()) {
    const double nodes = device.graph_seconds(kNodes);
    peaks->node_seconds = std::max(0.0, nodes - peaks->graph_seconds) / (kNodes - 1);
  }
  if (device.ok()) peaks->block_seconds = device.block_seconds();
  if (device.ok() && device.has_grid_barriers()) peaks->grid_seconds = device.grid_seconds();
  if (!device.ok()) std::fprintf(stderr, "the device was not measured: %s\n", device.error());
  return device.ok();
}

}  // namespace refrain::bench
