// The host's side of CUDA: memory, streams, captured graphs and launches.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "emulator/cuda_runtime.h"
#include "emulator/scheduler.h"

namespace refrain::emulator {

struct Graph {
  std::vector<std::function<void()>> work;
};

struct Stream {
  // Threads may meet here: one that captures, and one that waits for the device.
  std::atomic<Graph*> capture = nullptr;
  // Something was called that a capture forbids: it can only end, without a graph.
  std::atomic<bool> capture_invalid = false;
};

// Work is done when it is submitted, so an event is past when it is recorded.
struct Event {
  std::chrono::steady_clock::time_point time;
};

namespace {

// The device that is emulated: limits of compute capability 9.0, with less memory and fewer
// multiprocessors so that running out of either can be tested.
constexpr size_t kMemoryBytes = size_t{4} << 30;
constexpr size_t kSharedBytes = 48 << 10;
constexpr size_t kMostSharedBytes = 227 << 10;
constexpr size_t kSharedOfMultiprocessor = 228 << 10;
constexpr unsigned kMostThreads = 1024;
constexpr unsigned kThreadsOfMultiprocessor = 2048;
constexpr unsigned kMostBlocksOfHigherDimensions = 65535;
constexpr unsigned kMostBlocksOfCluster = 8;

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kGuardBytes = 0;
#else
constexpr size_t kGuardBytes = 256;
#endif
constexpr unsigned char kGuard = 0xa5;

// Of everything below: CUDA may be called from several threads.
std::recursive_mutex mutex;
std::map<char*, size_t> allocations;  // by their first byte, which follows a guard
size_t allocated_bytes = 0;
std::map<const void*, size_t> shared_limits;
std::set<Stream*> streams;
cudaError_t sticky_error = cudaSuccess;  // of a launch that went wrong: the device is lost
thread_local cudaError_t last_error = cudaSuccess;
// What this thread captures: what may wait for the device is forbidden to it meanwhile.
thread_local Stream* captured_here = nullptr;
LaunchObserver launch_observer;
// Calls that are to fail, by their functions, the next one first.
std::map<std::string, std::vector<cudaError_t>> refused;
// What is to happen in the next call of a function.
std::map<std::string, std::function<void()>> visitors;
cudaError_t next_launch_error = cudaSuccess;
bool tells_late = false;

cudaError_t failed(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

// The error that a call of this function is to fail with, or that stays; none otherwise.
cudaError_t refusal(const char* function) {
  std::unique_lock<std::recursive_mutex> lock(mutex);
  if (const auto visited = visitors.find(function); visited != visitors.end()) {
    const std::function<void()> visitor = std::move(visited->second);
    visitors.erase(visited);
    lock.unlock();
    visitor();
    lock.lock();
  }
  const auto found = refused.find(function);
  if (found == refused.end()) return cudaSuccess;
  const cudaError_t error = found->second.front();
  found->second.erase(found->second.begin());
  if (found->second.empty()) refused.erase(found);
  return failed(error);
}

#define REFUSE_IF_PLANTED() \
  if (const cudaError_t planted = refusal(__func__); planted != cudaSuccess) return planted

// For calls that a thread may not make while it captures.
bool forbidden_in_capture() {
  if (captured_here == nullptr) return false;
  captured_here->capture_invalid = true;
  last_error = cudaErrorStreamCaptureUnsupported;
  return true;
}

#if defined(__SANITIZE_ADDRESS__)

// Guards are the sanitizer's, which ends the program at the write itself.
std::string damage() { return ""; }
void repair_guards() {}

#else

bool intact(const char* guard) {
  for (size_t i = 0; i < kGuardBytes; ++i) {
    if (static_cast<unsigned char>(guard[i]) != kGuard) return false;
  }
  return true;
}

// What was written where nothing is allocated.
std::string damage() {
  for (const auto& [memory, size] : allocations) {
    if (!intact(memory - kGuardBytes)) {
      return "it wrote before the beginning of an allocation of " + std::to_string(size) + " bytes";
    }
    if (!intact(memory + size)) {
      return "it wrote behind the end of an allocation of " + std::to_string(size) + " bytes";
    }
  }
  return "";
}

void repair_guards() {
  for (const auto& [memory, size] : allocations) {
    std::memset(memory - kGuardBytes, kGuard, kGuardBytes);
    std::memset(memory + size, kGuard, kGuardBytes);
  }
}

#endif

int number_in(const char* variable, int otherwise) {
  const char* named = std::getenv(variable);
  return named == nullptr ? otherwise : std::atoi(named);
}

int capability(const char* variable) { return number_in(variable, 90); }

// So few that a test can run out of them.
unsigned multiprocessors() {
  const int number = number_in("REFRAIN_EMULATOR_MULTIPROCESSORS", 8);
  return number > 0 ? static_cast<unsigned>(number) : 8;
}

bool has_cooperative_launches() { return number_in("REFRAIN_EMULATOR_COOPERATIVE", 1) != 0; }

unsigned most_blocks_of_cluster() {
  const int most = static_cast<int>(kMostBlocksOfCluster);
  return static_cast<unsigned>(std::clamp(number_in("REFRAIN_EMULATOR_CLUSTER", most), 1, most));
}

size_t shared_limit(const void* function) {
  const auto limit = shared_limits.find(function);
  return limit == shared_limits.end() ? kSharedBytes : limit->second;
}

// Blocks of this size on one multiprocessor at a time.
uint64_t resident_blocks(uint64_t threads, size_t shared_bytes) {
  const uint64_t by_threads = kThreadsOfMultiprocessor / threads;
  // What the device itself takes of a block's shared memory.
  return std::min<uint64_t>(by_threads, kSharedOfMultiprocessor / (shared_bytes + 1024));
}

cudaError_t check_sizes(const void* function, dim3 grid, dim3 block, size_t shared_bytes,
                        Launch kind, unsigned cluster_blocks) {
  const uint64_t threads = uint64_t{block.x} * block.y * block.z;
  const uint64_t blocks = uint64_t{grid.x} * grid.y * grid.z;
  if (threads == 0 || threads > kMostThreads || block.z > 64 || blocks == 0 ||
      grid.x > 0x7fffffffu || grid.y > kMostBlocksOfHigherDimensions ||
      grid.z > kMostBlocksOfHigherDimensions) {
    return cudaErrorInvalidConfiguration;
  }
  if (shared_bytes > shared_limit(function)) return cudaErrorInvalidValue;
  if (cluster_blocks == 0 || cluster_blocks > most_blocks_of_cluster() ||
      grid.x % cluster_blocks != 0) {
    return cudaErrorInvalidClusterSize;
  }
  if (kind == Launch::kCooperative && !has_cooperative_launches()) return cudaErrorNotSupported;
  const uint64_t resident = multiprocessors() * resident_blocks(threads, shared_bytes);
  if (kind == Launch::kCooperative && blocks > resident) return cudaErrorCooperativeLaunchTooLarge;
  return cudaSuccess;
}

void run_launch(dim3 grid, dim3 block, size_t shared_bytes, Launch kind, unsigned cluster_blocks,
                const std::function<void()>& thread_body) {
  if (sticky_error != cudaSuccess) return;
  if (next_launch_error != cudaSuccess) {
    sticky_error = next_launch_error;
    next_launch_error = cudaSuccess;
    return;
  }
  const std::string standstill = 
      run_grid(grid, block, shared_bytes, kind, cluster_blocks, thread_body);
  const std::string problem = standstill.empty() ? damage() : standstill;
  if (problem.empty()) return;
  std::fprintf(stderr, "emulator: a launch of %ux%ux%u blocks of %ux%ux%u threads failed: %s\n",
               grid.x, grid.y, grid.z, block.x, block.y, block.z, problem.c_str());
  repair_guards();
  sticky_error = standstill.empty() ? cudaErrorIllegalAddress : cudaErrorLaunchFailure;
}

// Now, or when the graph runs.
cudaError_t submit(Stream* stream, std::function<void()> work) {
  if (stream != nullptr && stream->capture != nullptr) {
    stream->capture.load()->work.push_back(std::move(work));
    return cudaSuccess;
  }
  const bool lost_before = sticky_error != cudaSuccess;
  work();
  return tells_late && !lost_before ? cudaSuccess : failed(sticky_error);
}

}  // namespace

cudaError_t launch(const void* function, dim3 grid, dim3 block, size_t shared_bytes, Stream* stream,
                   Launch kind, unsigned cluster_blocks, std::function<void()> thread_body) {
  const cudaError_t planted = refusal("cudaLaunchKernel");
  if (planted != cudaSuccess) return planted;
  std::lock_guard<std::recursive_mutex> lock(mutex);
  const cudaError_t error =
      check_sizes(function, grid, block, shared_bytes, kind, cluster_blocks);
  if (error != cudaSuccess) return failed(error);
  if (launch_observer && !launch_observer(function, grid, block, shared_bytes)) return cudaSuccess;
  return submit(stream, [=, body = std::move(thread_body)] {
    run_launch(grid, block, shared_bytes, kind, cluster_blocks, body);
  });
}

cudaError_t active_clusters(int* clusters, const void* function, unsigned threads,
                            size_t shared_bytes, unsigned cluster_blocks) {
  *clusters = 0;
  if (const cudaError_t planted = refusal("cudaOccupancyMaxActiveClusters");
      planted != cudaSuccess) {
    return planted;
  }
  std::lock_guard<std::recursive_mutex> lock(mutex);
  if (threads == 0 || threads > kMostThreads || cluster_blocks == 0 ||
      shared_bytes > shared_limit(function)) {
    return failed(cudaErrorInvalidValue);
  }
  if (cluster_blocks > most_blocks_of_cluster()) return cudaSuccess;
  *clusters = static_cast<int>(multiprocessors() * resident_blocks(threads, shared_bytes) /
                               cluster_blocks);
  return cudaSuccess;
}

void observe_launches(LaunchObserver observer) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  launch_observer = std::move(observer);
}

void enqueue(Stream* stream, std::function<void()> work) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  submit(stream, std::move(work));
}

bool is_device_memory(const void* memory, size_t size_bytes) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  const auto* first = static_cast<const char*>(memory);
  auto above = allocations.upper_bound(const_cast<char*>(first));
  if (above == allocations.begin()) return false;
  --above;
  const auto offset = static_cast<size_t>(first - above->first);
  return offset <= above->second && size_bytes <= above->second - offset;
}

bool is_capturing(const Stream* stream) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  return stream != nullptr && stream->capture != nullptr;
}

bool wait_for_device() { return cudaDeviceSynchronize() != cudaErrorStreamCaptureUnsupported; }

void forget_failure() {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  sticky_error = cudaSuccess;
  last_error = cudaSuccess;
  next_launch_error = cudaSuccess;
  refused.clear();
  visitors.clear();
}

void refuse_next(const char* function, int error, int times) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  refused[function].assign(static_cast<size_t>(times), static_cast<cudaError_t>(error));
}

void visit_next(const char* function, std::function<void()> visitor) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  visitors[function] = std::move(visitor);
}

void break_next_launch(int error) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  next_launch_error = static_cast<cudaError_t>(error);
}

void tell_failures_late(bool late) {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  tells_late = late;
}

}  // namespace refrain::emulator

using namespace refrain::emulator;

#define REFRAIN_NAMED(error) \
  case error:                \
    return #error

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    REFRAIN_NAMED(cudaSuccess);
    REFRAIN_NAMED(cudaErrorInvalidValue);
    REFRAIN_NAMED(cudaErrorMemoryAllocation);
    REFRAIN_NAMED(cudaErrorInvalidConfiguration);
    REFRAIN_NAMED(cudaErrorNoDevice);
    REFRAIN_NAMED(cudaErrorInvalidDevice);
    REFRAIN_NAMED(cudaErrorECCUncorrectable);
    REFRAIN_NAMED(cudaErrorNvlinkUncorrectable);
    REFRAIN_NAMED(cudaErrorContained);
    REFRAIN_NAMED(cudaErrorNotReady);
    REFRAIN_NAMED(cudaErrorIllegalAddress);
    REFRAIN_NAMED(cudaErrorLaunchTimeout);
    REFRAIN_NAMED(cudaErrorContextIsDestroyed);
    REFRAIN_NAMED(cudaErrorAssert);
    REFRAIN_NAMED(cudaErrorHardwareStackError);
    REFRAIN_NAMED(cudaErrorIllegalInstruction);
    REFRAIN_NAMED(cudaErrorMisalignedAddress);
    REFRAIN_NAMED(cudaErrorInvalidAddressSpace);
    REFRAIN_NAMED(cudaErrorInvalidPc);
    REFRAIN_NAMED(cudaErrorLaunchFailure);
    REFRAIN_NAMED(cudaErrorCooperativeLaunchTooLarge);
    REFRAIN_NAMED(cudaErrorTensorMemoryLeak);
    REFRAIN_NAMED(cudaErrorNotSupported);
    REFRAIN_NAMED(cudaErrorSystemNotReady);
    REFRAIN_NAMED(cudaErrorMpsClientTerminated);
    REFRAIN_NAMED(cudaErrorStreamCaptureUnsupported);
    REFRAIN_NAMED(cudaErrorStreamCaptureInvalidated);
    REFRAIN_NAMED(cudaErrorExternalDevice);
    REFRAIN_NAMED(cudaErrorInvalidClusterSize);
  }
  return "unknown error";
}

#undef REFRAIN_NAMED

const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }

cudaError_t cudaGetLastError() {
  const cudaError_t error = last_error;
  last_error = sticky_error;
  return error;
}

cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaGetDeviceCount(int* count) {
  REFUSE_IF_PLANTED();
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  REFUSE_IF_PLANTED();
  return device == 0 ? cudaSuccess : failed(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  REFUSE_IF_PLANTED();
  if (device != 0) return failed(cudaErrorInvalidDevice);
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "emulated device");
  properties->totalGlobalMem = kMemoryBytes;
  properties->sharedMemPerBlockOptin = kMostSharedBytes;
  properties->multiProcessorCount = static_cast<int>(multiprocessors());
  const int number = capability("REFRAIN_EMULATOR_CAPABILITY");
  properties->major = number / 10;
  properties->minor = number % 10;
  properties->cooperativeLaunch = has_cooperative_launches() ? 1 : 0;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  REFUSE_IF_PLANTED();
  *version = 0;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  REFUSE_IF_PLANTED();
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  *free_bytes = kMemoryBytes - allocated_bytes;
  *total_bytes = kMemoryBytes;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** memory, size_t size_bytes) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  *memory = nullptr;
  if (forbidden_in_capture()) return cudaErrorStreamCaptureUnsupported;
  if (sticky_error != cudaSuccess) return failed(sticky_error);
  if (size_bytes > kMemoryBytes - allocated_bytes) return failed(cudaErrorMemoryAllocation);
  void* block = nullptr;
  if (posix_memalign(&block, 256, size_bytes + 2 * kGuardBytes) != 0) {
    return failed(cudaErrorMemoryAllocation);
  }
  char* first = static_cast<char*>(block) + kGuardBytes;
  std::memset(first - kGuardBytes, kGuard, kGuardBytes);
  std::memset(first, 0xff, size_bytes);
  std::memset(first + size_bytes, kGuard, kGuardBytes);
  allocations[first] = size_bytes;
  allocated_bytes += size_bytes;
  *memory = first;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  REFUSE_IF_PLANTED();
  if (memory == nullptr) return cudaSuccess;
  if (forbidden_in_capture()) return cudaErrorStreamCaptureUnsupported;
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  const auto found = allocations.find(static_cast<char*>(memory));
  if (found == allocations.end()) return failed(cudaErrorInvalidValue);
  allocated_bytes -= found->second;
  std::free(found->first - kGuardBytes);
  allocations.erase(found);
  return failed(sticky_error);
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t size_bytes, cudaMemcpyKind,
                            cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  return submit(stream, [=] { std::memcpy(to, from, size_bytes); });
}

cudaError_t cudaMemsetAsync(void* memory, int value, size_t size_bytes, cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  return submit(stream, [=] { std::memset(memory, value, size_bytes); });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function) {
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  attributes->sharedSizeBytes = 0;
  attributes->maxDynamicSharedSizeBytes = static_cast<int>(shared_limit(function));
  attributes->ptxVersion = capability("REFRAIN_EMULATOR_COMPILED");
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute, int value) {
  REFUSE_IF_PLANTED();
  if (value < 0 || static_cast<size_t>(value) > kMostSharedBytes) {
    return failed(cudaErrorInvalidValue);
  }
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  shared_limits[function] = static_cast<size_t>(value);
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads,
                                                          size_t shared_bytes) {
  REFUSE_IF_PLANTED();
  *blocks = 0;
  if (threads <= 0) return failed(cudaErrorInvalidValue);
  *blocks = static_cast<int>(resident_blocks(static_cast<uint64_t>(threads), shared_bytes));
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  if (sticky_error != cudaSuccess) return failed(sticky_error);
  *stream = new Stream;
  streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  streams.erase(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  bool breaks = false;
  for (Stream* stream : streams) {
    if (stream->capture == nullptr) continue;
    stream->capture_invalid = true;
    breaks = true;
  }
  return failed(breaks ? cudaErrorStreamCaptureUnsupported : sticky_error);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  if (stream != nullptr && stream->capture != nullptr) {
    stream->capture_invalid = true;
    return failed(cudaErrorStreamCaptureUnsupported);
  }
  return failed(sticky_error);
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  if (stream != nullptr && stream->capture != nullptr) {
    stream->capture_invalid = true;
    return failed(cudaErrorStreamCaptureUnsupported);
  }
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  return failed(sticky_error);
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  REFUSE_IF_PLANTED();
  *event = new refrain::emulator::Event{};
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  REFUSE_IF_PLANTED();
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  if (event == nullptr || stream->capture != nullptr) return failed(cudaErrorInvalidValue);
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  REFUSE_IF_PLANTED();
  if (forbidden_in_capture()) return cudaErrorStreamCaptureUnsupported;
  return event == nullptr ? failed(cudaErrorInvalidValue) : cudaGetLastError();
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  REFUSE_IF_PLANTED();
  const std::chrono::duration<float, std::milli> elapsed = end->time - begin->time;
  *milliseconds = elapsed.count();
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  if (stream == nullptr || stream->capture != nullptr) {
    return failed(cudaErrorStreamCaptureUnsupported);
  }
  stream->capture = new Graph;
  stream->capture_invalid = false;
  if (mode == cudaStreamCaptureModeThreadLocal) captured_here = stream;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  REFUSE_IF_PLANTED();
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  *graph = stream->capture;
  if (stream->capture == nullptr) return failed(cudaErrorInvalidValue);
  stream->capture = nullptr;
  if (captured_here == stream) captured_here = nullptr;
  if (stream->capture_invalid) {
    delete *graph;
    *graph = nullptr;
    return failed(cudaErrorStreamCaptureInvalidated);
  }
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  REFUSE_IF_PLANTED();
  *executable = new Graph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  REFUSE_IF_PLANTED();
  if (stream != nullptr && stream->capture != nullptr) {
    return failed(cudaErrorStreamCaptureUnsupported);
  }
  std::lock_guard<std::recursive_mutex> lock(refrain::emulator::mutex);
  const bool lost_before = sticky_error != cudaSuccess;
  for (const auto& work : executable->work) work();
  return tells_late && !lost_before ? cudaSuccess : failed(sticky_error);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  REFUSE_IF_PLANTED();
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  REFUSE_IF_PLANTED();
  delete executable;
  return cudaSuccess;
}
