// The emulator itself: what kernels may use works, and what is planted here is caught.
#include <cuda_runtime.h>

#include <cooperative_groups.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <vector>

#include "check.h"
#include "cuda/launch.cuh"

using refrain::cuda::dynamic_shared;

template <class... P, class... A>
cudaError_t launch_ordinary(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                            cudaStream_t stream, A... arguments) {
  return refrain::cuda::launch_kernel(kernel, grid, block, shared_bytes, stream,
                                      refrain::cuda::Meeting::kNever, 1, arguments...);
}

namespace {

constexpr int kThreads = 96;

template <class T>
T* device_array(size_t count) {
  void* memory = nullptr;
  CHECK(cudaMalloc(&memory, count * sizeof(T)) == cudaSuccess);
  return static_cast<T*>(memory);
}

// Every thread learns the sum over its block, by shuffles and both kinds of shared memory.
__global__ void sum_kernel(const int* values, int* sums) {
  __shared__ int warps[32];
  auto* first = reinterpret_cast<int*>(dynamic_shared());
  int value = values[blockIdx.x * blockDim.x + threadIdx.x];
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_down_sync(0xffffffffu, value, distance);
  }
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0) {
    *first = 0;
    for (unsigned i = 0; i < blockDim.x / 32; ++i) *first += warps[i];
  }
  __syncthreads();
  sums[blockIdx.x * blockDim.x + threadIdx.x] = *first;
}

void check_sums() {
  const int count = 5 * kThreads;
  int* values = device_array<int>(count);
  int* sums = device_array<int>(count);
  for (int i = 0; i < count; ++i) values[i] = i;
  CHECK(launch_ordinary(sum_kernel, dim3(5), dim3(kThreads), sizeof(int), nullptr, values, sums) ==
        cudaSuccess);
  for (int i = 0; i < count; ++i) {
    const int first = i / kThreads * kThreads;
    CHECK(sums[i] == kThreads * first + kThreads * (kThreads - 1) / 2);
  }
  cudaFree(values);
  cudaFree(sums);
}

__global__ void warp_kernel(int* results) {
  const int lane = static_cast<int>(threadIdx.x);
  int* own = results + 6 * lane;
  own[0] = __shfl_sync(0xffffffffu, lane, 5);
  own[1] = __shfl_xor_sync(0xffffffffu, lane, 3);
  own[2] = __shfl_up_sync(0xffffffffu, lane, 2, 8);
  own[3] = static_cast<int>(__ballot_sync(0xffffffffu, lane % 3 == 0));
  // The halves of a warp apart from each other.
  if (lane < 16) {
    own[4] = __shfl_xor_sync(0x0000ffffu, lane, 1);
    own[5] = __any_sync(0x0000ffffu, lane == 20);
  } else {
    own[4] = __shfl_xor_sync(0xffff0000u, lane, 2);
    own[5] = __all_sync(0xffff0000u, lane >= 16);
  }
}

void check_warp() {
  int* results = device_array<int>(6 * 32);
  CHECK(launch_ordinary(warp_kernel, dim3(1), dim3(32), 0, nullptr, results) == cudaSuccess);
  for (int lane = 0; lane < 32; ++lane) {
    const int* own = results + 6 * lane;
    CHECK(own[0] == 5);
    CHECK(own[1] == (lane ^ 3));
    CHECK(own[2] == (lane % 8 >= 2 ? lane - 2 : lane));
    CHECK(own[3] == 0x49249249);
    CHECK(own[4] == (lane < 16 ? (lane ^ 1) : (lane ^ 2)));
    CHECK(own[5] == (lane < 16 ? 0 : 1));
  }
  cudaFree(results);
}

__global__ void count_kernel(int* counter) { atomicAdd(counter, 1); }

// Each block passes on what its neighbour wrote before the barrier.
__global__ void ring_kernel(int* values, int* result) {
  values[blockIdx.x] = static_cast<int>(10 * blockIdx.x);
  cooperative_groups::this_grid().sync();
  result[blockIdx.x] = values[(blockIdx.x + 1) % gridDim.x];
}

void check_grid() {
  int* values = device_array<int>(4);
  int* result = device_array<int>(4);
  const auto body = [=] { ring_kernel(values, result); };
  using refrain::emulator::Launch;
  CHECK(refrain::emulator::launch(nullptr, dim3(4), dim3(1), 0, nullptr, Launch::kCooperative,
                                  1, body) == cudaSuccess);
  for (int i = 0; i < 4; ++i) CHECK(result[i] == (i + 1) % 4 * 10);
  // Outside of a cooperative launch blocks are not there together.
  CHECK(refrain::emulator::launch(nullptr, dim3(4), dim3(1), 0, nullptr, Launch::kOrdinary, 1,
                                  body) == cudaErrorLaunchFailure);
  refrain::emulator::forget_failure();
  CHECK(refrain::emulator::launch(nullptr, dim3(4000), dim3(1024), 0, nullptr,
                                  Launch::kCooperative, 1,
                                  body) == cudaErrorCooperativeLaunchTooLarge);
  refrain::emulator::forget_failure();
  cudaFree(values);
  cudaFree(result);
}

// Each block of a cluster passes on what the next one wrote into its own shared memory. Planted: it does
// not wait until that has begun, or until the one before has read its own.
template <bool kBegins, bool kEnds>
__global__ void cluster_ring_kernel(int* result) {
  const cooperative_groups::cluster_group cluster = cooperative_groups::this_cluster();
  int* own = reinterpret_cast<int*>(refrain::cuda::dynamic_shared());
  own[threadIdx.x] = static_cast<int>(10 * blockIdx.x + threadIdx.x);
  if (kBegins) cluster.sync();
  const int* next =
      cluster.map_shared_rank(own, (cluster.block_rank() + 1) % cluster.num_blocks());
  result[blockIdx.x * blockDim.x + threadIdx.x] = next[threadIdx.x];
  if (kEnds) cluster.sync();
}

void check_cluster() {
  int* result = device_array<int>(12);
  const auto launch = [=](unsigned blocks, unsigned cluster_blocks) {
    return refrain::cuda::launch_kernel(cluster_ring_kernel<true, true>, dim3(blocks), dim3(2), 64,
                                        nullptr, refrain::cuda::Meeting::kCluster, cluster_blocks,
                                        result);
  };
  CHECK(launch(6, 3) == cudaSuccess);
  for (int i = 0; i < 12; ++i) {
    const int block = i / 2;
    CHECK(result[i] == 10 * (block / 3 * 3 + (block + 1) % 3) + i % 2);
  }
  CHECK(launch(6, 4) == cudaErrorInvalidClusterSize);
  CHECK(launch(9, 9) == cudaErrorInvalidClusterSize);
  refrain::emulator::forget_failure();
  for (const auto kernel : {cluster_ring_kernel<false, true>, cluster_ring_kernel<true, false>}) {
    CHECK(refrain::cuda::launch_kernel(kernel, dim3(6), dim3(2), 64, nullptr,
                                       refrain::cuda::Meeting::kCluster, 3,
                                       result) == cudaErrorLaunchFailure);
    refrain::emulator::forget_failure();
  }
  cudaFree(result);
}

// The first block waits until all others have counted themselves, and adds up what they wrote.
__global__ void counting_kernel(unsigned* counter, int* values, int* sum, unsigned count) {
  if (blockIdx.x > 0) {
    values[blockIdx.x] = static_cast<int>(blockIdx.x);
    refrain::emulator::arrive(counter);
    return;
  }
  refrain::emulator::wait_for_count(counter, count);
  for (unsigned i = 1; i < gridDim.x; ++i) *sum += values[i];
}

void check_counter() {
  unsigned* counter = device_array<unsigned>(1);
  int* values = device_array<int>(5);
  int* sum = device_array<int>(1);
  const auto launch = [=](unsigned begin, unsigned count) {
    *counter = begin;
    *sum = 0;
    return refrain::cuda::launch_kernel(counting_kernel, dim3(5), dim3(1), 0, nullptr,
                                        refrain::cuda::Meeting::kGrid, 1, counter, values, sum,
                                        begin + count);
  };
  // A counter that has come to the end of its bits begins again.
  for (const unsigned begin : {0u, UINT_MAX - 1, UINT_MAX - 3}) {
    CHECK(launch(begin, 4) == cudaSuccess);
    CHECK(*sum == 1 + 2 + 3 + 4);
    // Planted: one more than will ever come.
    CHECK(launch(begin, 5) == cudaErrorLaunchFailure);
    refrain::emulator::forget_failure();
  }
  cudaFree(counter);
  cudaFree(values);
  cudaFree(sum);
}

// What may wait for the device ends a capture without a graph.
void check_forbidden_in_capture() {
  cudaStream_t stream = nullptr;
  CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  int* before = device_array<int>(1);
  for (int call = 0; call < 3; ++call) {
    cudaGraph_t graph = nullptr;
    void* memory = nullptr;
    CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
    const cudaError_t error = call == 0   ? cudaStreamSynchronize(stream)
                              : call == 1 ? cudaMalloc(&memory, 4)
                                          : cudaFree(before);
    CHECK(error == cudaErrorStreamCaptureUnsupported);
    CHECK(cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureInvalidated);
    CHECK(graph == nullptr);
  }
  cudaGetLastError();
  CHECK(cudaFree(before) == cudaSuccess);
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
}

void check_graph() {
  cudaStream_t stream = nullptr;
  CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  int* counter = device_array<int>(1);
  *counter = 0;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
  CHECK(launch_ordinary(count_kernel, dim3(2), dim3(32), 0, stream, counter) == cudaSuccess);
  CHECK(launch_ordinary(count_kernel, dim3(1), dim3(1), 0, stream, counter) == cudaSuccess);
  CHECK(cudaStreamEndCapture(stream, &graph) == cudaSuccess);
  CHECK(*counter == 0);
  CHECK(cudaGraphInstantiate(&executable, graph, 0) == cudaSuccess);
  CHECK(cudaGraphDestroy(graph) == cudaSuccess);
  for (int i = 0; i < 3; ++i) CHECK(cudaGraphLaunch(executable, stream) == cudaSuccess);
  CHECK(*counter == 3 * 65);
  CHECK(cudaGraphExecDestroy(executable) == cudaSuccess);
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
  cudaFree(counter);
}

void check_limits() {
  int* counter = device_array<int>(1);
  *counter = 0;
  const auto launch = [&](dim3 grid, dim3 block, size_t shared_bytes) {
    const cudaError_t error =
        launch_ordinary(count_kernel, grid, block, shared_bytes, nullptr, counter);
    refrain::emulator::forget_failure();
    return error;
  };
  CHECK(launch(dim3(1), dim3(1025), 0) == cudaErrorInvalidConfiguration);
  CHECK(launch(dim3(0), dim3(1), 0) == cudaErrorInvalidConfiguration);
  CHECK(launch(dim3(1, 65536), dim3(1), 0) == cudaErrorInvalidConfiguration);
  CHECK(launch(dim3(1), dim3(1), 48 * 1024 + 1) == cudaErrorInvalidValue);
  CHECK(*counter == 0);
  const auto* function = reinterpret_cast<const void*>(&count_kernel);
  CHECK(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, 100000) ==
        cudaSuccess);
  CHECK(launch(dim3(1), dim3(1), 100000) == cudaSuccess);
  CHECK(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, 48 * 1024) ==
        cudaSuccess);
  void* memory = nullptr;
  CHECK(cudaMalloc(&memory, size_t{1} << 50) == cudaErrorMemoryAllocation);
  refrain::emulator::forget_failure();
  cudaFree(counter);
}

// Planted: no barrier between the write and the read of another thread's element.
__global__ void racing_kernel(int* results) {
  __shared__ int shared[kThreads];
  shared[threadIdx.x] = static_cast<int>(threadIdx.x) + results[threadIdx.x];
  results[threadIdx.x] = shared[(threadIdx.x + 37) % blockDim.x];
}

void run_race(uint32_t seed, std::vector<int>* results) {
  refrain::emulator::set_seed(seed);
  int* values = device_array<int>(kThreads);
  for (int i = 0; i < kThreads; ++i) values[i] = 0;
  for (int round = 0; round < 3; ++round) {
    CHECK(launch_ordinary(racing_kernel, dim3(1), dim3(kThreads), 0, nullptr, values) ==
          cudaSuccess);
  }
  results->assign(values, values + kThreads);
  cudaFree(values);
  refrain::emulator::set_seed(0);
}

#if !defined(__SANITIZE_THREAD__)
void check_race() {
  std::vector<int> in_order, shuffled;
  run_race(0, &in_order);
  run_race(1, &shuffled);
  CHECK(in_order != shuffled);
}
#endif

// Planted: one element too many.
__global__ void overrunning_kernel(float* values, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i <= count) values[i] = 1.0f;
}

#if defined(__SANITIZE_ADDRESS__)
__global__ void overrunning_shared_kernel(float* result) {
  dynamic_shared()[threadIdx.x + 1] = 1.0f;
  __syncthreads();
  result[threadIdx.x] = dynamic_shared()[threadIdx.x];
}
#endif

// How a child process ends that runs this.
template <class Body>
int status_of(Body&& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::fclose(stderr);  // the report of a sanitizer is expected, and long
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

void check_bounds() {
  float* values = device_array<float>(100);
#if defined(__SANITIZE_ADDRESS__)
  CHECK(status_of([&] {
          launch_ordinary(overrunning_kernel, dim3(1), dim3(128), 0, nullptr, values, 100);
        }) != 0);
  CHECK(status_of([&] {
          launch_ordinary(overrunning_shared_kernel, dim3(1), dim3(64), 64 * sizeof(float), nullptr,
                        values);
        }) != 0);
#else
  CHECK(launch_ordinary(overrunning_kernel, dim3(1), dim3(128), 0, nullptr, values, 100) ==
        cudaErrorIllegalAddress);
  CHECK(cudaStreamSynchronize(nullptr) == cudaErrorIllegalAddress);
  refrain::emulator::forget_failure();
#endif
  CHECK(status_of([&] {
          launch_ordinary(overrunning_kernel, dim3(1), dim3(128), 0, nullptr, values, 99);
        }) == 0);
  cudaFree(values);
}

// Planted: half of the block waits for the other half, which waits elsewhere.
__global__ void diverging_kernel(float* result) {
  if (threadIdx.x < 16) {
    __syncthreads();
  } else {
    result[0] = __shfl_down_sync(0xffffffffu, 1.0f, 1);
  }
}

void check_standstill() {
  float* result = device_array<float>(1);
  CHECK(launch_ordinary(diverging_kernel, dim3(1), dim3(32), 0, nullptr, result) ==
        cudaErrorLaunchFailure);
  refrain::emulator::forget_failure();
  cudaFree(result);
}

}  // namespace

int main() {
#if defined(__SANITIZE_THREAD__)
  // The race ends the child, because ThreadSanitizer reports it.
  std::vector<int> results;
  CHECK(status_of([&] {
          run_race(0, &results);
          exit(0);
        }) != 0);
#else
  check_race();
#endif
  for (const uint32_t seed : {0u, 1u, 2u}) {
    refrain::emulator::set_seed(seed);
    check_sums();
    check_warp();
    check_grid();
  check_cluster();
  check_counter();
    check_forbidden_in_capture();
  check_graph();
    check_limits();
    check_bounds();
    check_standstill();
  }
  return refrain::test::report();
}
