#include "cuda/engine.h"

#include <cstdlib>
#include <cstring>

#include "cuda/check.cuh"
#include "cuda/first_failure.h"
#include "cuda/vendor.h"

namespace refrain::cuda {

namespace {

#if defined(REFRAIN_EMULATED)
constexpr char kBackendName[] = "emulated";
#else
constexpr char kBackendName[] = "cuda";
#endif

// For sanitizers, which see an access to released memory only where it went back to the device.
bool pools_memory() {
  const char* asked = std::getenv("REFRAIN_MEMORY_POOL");
  return asked == nullptr || std::strcmp(asked, "off") != 0;
}

// The driver's own: a graph, a kernel that is loaded.
constexpr char kNoMemory[] =
    ": the device has no memory left: ask for less at once (a smaller batch, vocabulary or network), "
    "or end other programs that use it";

// Where the scratch memory of what is being measured would begin: aligned as real memory is.
constexpr uintptr_t kMeasuredAddress = uintptr_t{1} << 40;

}  // namespace

Engine::Engine(int device, const cudaDeviceProp& properties, int capability, cudaStream_t stream,
               int64_t limit_bytes, Variant variant, int32_t precision, int32_t libraries,
               bool autotunes)
    : device_(device),
      device_name_(properties.name),
      name_(std::string(kBackendName) + ":" + std::to_string(device) + " (" + properties.name + ")"),
      shared_bytes_(static_cast<int64_t>(properties.sharedMemPerBlockOptin)),
      multiprocessors_(properties.multiProcessorCount),
      capability_(capability),
      meetings_(properties, capability),
      stream_(stream),
      variant_(variant),
      precision_(precision),
      autotunes_(autotunes),
      memory_(limit_bytes, stream, pools_memory()),
      vendor_(std::make_unique<Vendor>(libraries, limit_bytes)) {
  if (meetings_.answer() != cudaSuccess) {
    give_notice(name_ + " does not say how many blocks can meet: " +
                cudaGetErrorString(meetings_.answer()) + " (" +
                cudaGetErrorName(meetings_.answer()) +
                "): large recurrent layers run step by step");
  }
}

Engine::~Engine() { close(); }

int Engine::close() {
  if (closed_) return REFRAIN_OK;
  closed_ = true;
  // A loss was told before, by whoever noticed it: here each call would only repeat it.
  const bool told = lost();
  FirstFailure failure;
  failure.note(checked(cudaStreamSynchronize(stream_), "waiting before the engine is closed"));
  failure.note(vendor_->close());  // what it holds belongs to the stream
  failure.note(memory_.close());
  failure.note(checked(cudaStreamDestroy(stream_), "ending the stream"));
  cudaGetLastError();
  return told ? REFRAIN_OK : failure.status();
}

int Engine::enter() {
  if (lost()) return fail(REFRAIN_FAILED, "%s", loss_.c_str());
  return checked(cudaSetDevice(device_), "choosing the CUDA device");
}

int Engine::checked(cudaError_t error, const char* attempt) {
  if (error == cudaSuccess) return REFRAIN_OK;
  const std::string loss = notice_loss();
  const bool no_memory = error == cudaErrorMemoryAllocation;
  return fail(no_memory ? REFRAIN_OUT_OF_MEMORY : REFRAIN_FAILED, "%s on %s: %s (%s)%s%s", attempt,
              name_.c_str(), cudaGetErrorString(error), cudaGetErrorName(error),
              no_memory ? kNoMemory : "", loss.c_str());
}

int Engine::wait(const char* attempt) {
  const int status = checked(cudaStreamSynchronize(stream_), attempt);
  if (status == REFRAIN_OK) work_.clear();
  return status;
}

std::string Engine::notice_loss() {
  // An error that lasts answers every call. Within a capture the stream must not be asked.
  const cudaError_t last = cudaGetLastError();
  const cudaError_t now = capturing() ? last : cudaStreamQuery(stream_);
  if (now == cudaSuccess || now == cudaErrorNotReady || !is_lasting(now)) return "";
  if (!lost()) {
    loss_ = name_ + " is lost to this process since " + cudaGetErrorString(now) + " (" +
            cudaGetErrorName(now) + "): close the engine, end the process and start it again";
  }
  const std::string work = work_.text();
  return "; " + loss_ +
         (work.empty() ? "" : ". What the device was given since it last answered: " + work) +
         (work_.count() > 1 ? "; with CUDA_LAUNCH_BLOCKING=1 the message names the one" : "");
}

void Engine::begin_operation() {
  status_ = REFRAIN_OK;
  scratch_used_ = 0;
  if (scratch_blocks_.size() <= 1 || measuring_ || recording_scratch_ != nullptr) return;
  // The next operations find one block that holds as much.
  const int64_t floats = scratch_blocks_.back().first + scratch_blocks_.back().floats;
  release_scratch();
  scratch(floats);
  // Where there is no room for all of it, this operation may still need less.
  status_ = REFRAIN_OK;
  scratch_used_ = 0;
}

float* Engine::scratch(int64_t floats) {
  if (status_ != REFRAIN_OK) return nullptr;
  ScratchLayout layout;
  layout.take(floats);
  const int64_t first = scratch_used_;
  const int64_t end = first + layout.size();
  if (measuring_) {
    scratch_used_ = end;
    measured_floats_ = end > measured_floats_ ? end : measured_floats_;
    // Never read or written: it only has to tell offsets apart from an absent array, and how they are
    // aligned.
    return reinterpret_cast<float*>(kMeasuredAddress) + first;
  }
  if (recording_scratch_ != nullptr) {
    scratch_used_ = end;
    return recording_scratch_ + first;
  }
  for (const ScratchBlock& block : scratch_blocks_) {
    const int64_t begin = first > block.first ? first : block.first;
    if (begin + layout.size() > block.first + block.floats) continue;
    scratch_used_ = begin + layout.size();
    return block.data + (begin - block.first);
  }
  if (first == 0) release_scratch();  // they are too small, and nobody holds a piece of them
  const int64_t size = layout.size();
  auto* data =
      static_cast<float*>(memory_.allocate(size * int64_t{sizeof(float)}, &status_));
  if (data == nullptr) return nullptr;
  const int64_t begin =
      scratch_blocks_.empty() ? 0 : scratch_blocks_.back().first + scratch_blocks_.back().floats;
  scratch_blocks_.push_back({data, begin, size});
  scratch_used_ = begin + size;
  return data;
}

void Engine::release_scratch() {
  for (const ScratchBlock& block : scratch_blocks_) memory_.release(block.data);
  scratch_blocks_.clear();
  scratch_used_ = 0;
}

// Allocated by the first operation that asks: in a recording that is when it is measured, before
// the capture.
uint32_t* Engine::counters() {
  if (status_ != REFRAIN_OK || counters_ != nullptr) return counters_;
  constexpr size_t kBytes = kCounters * sizeof(uint32_t);
  void* memory = memory_.allocate_for_engine(kBytes, &status_);
  if (memory == nullptr) return nullptr;
  status_ = check(cudaMemsetAsync(memory, 0, kBytes, stream_), "clearing counters");
  if (status_ != REFRAIN_OK) {
    memory_.release(memory);
    return nullptr;
  }
  counters_ = static_cast<uint32_t*>(memory);
  return counters_;
}

void Engine::clear(const char* operation, void* memory, int64_t size_bytes) {
  if (status_ != REFRAIN_OK || measuring_) return;
  status_ = check(cudaMemsetAsync(memory, 0, static_cast<size_t>(size_bytes), stream_), operation);
}

int64_t Engine::resident_blocks(const void* kernel, int threads, size_t shared_bytes) {
  if (status_ != REFRAIN_OK) return 0;
  int blocks = 0;
  cudaError_t error = cudaSuccess;
  if (shared_bytes > kSharedWithoutAsking) {
    error = with_room([&] { return allow_shared_memory(kernel); });
  }
  if (error == cudaSuccess) {
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes);
  }
  status_ = check(error, "asking how many blocks of a kernel are resident");
  return int64_t{blocks} * multiprocessors_;
}

int64_t Engine::resident_clusters(const void* kernel, int threads, size_t shared_bytes,
                                  int blocks) {
  if (status_ != REFRAIN_OK) return 0;
  int clusters = 0;
  cudaError_t error = cudaSuccess;
  if (shared_bytes > kSharedWithoutAsking) {
    error = with_room([&] { return allow_shared_memory(kernel); });
  }
  if (error == cudaSuccess) {
    error =
        active_clusters(&clusters, kernel, threads, shared_bytes, static_cast<unsigned>(blocks));
  }
  status_ = check(error, "asking how many clusters of a kernel are resident");
  return clusters;
}

cudaError_t Engine::allow_shared_memory(const void* kernel) {
  if (allowed_.count(kernel) != 0) return cudaSuccess;
  cudaFuncAttributes attributes;
  cudaError_t error = cudaFuncGetAttributes(&attributes, kernel);
  if (error == cudaSuccess) {
    error = cudaFuncSetAttribute(
        kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
        static_cast<int>(shared_bytes_ - static_cast<int64_t>(attributes.sharedSizeBytes)));
  }
  if (error == cudaSuccess) allowed_.insert(kernel);
  return error;
}

void Engine::begin_measuring() {
  measuring_ = true;
  measured_floats_ = 0;
}

int64_t Engine::end_measuring() {
  measuring_ = false;
  return measured_floats_;
}

void Engine::note(cudaError_t error, const char* kernel_name, dim3 grid, dim3 block,
                  size_t shared_bytes) {
  if (error == cudaSuccess) return;
  const bool no_room =
      error == cudaErrorCooperativeLaunchTooLarge || error == cudaErrorInvalidClusterSize;
  const bool no_memory = error == cudaErrorMemoryAllocation;
  status_ = fail(no_memory ? REFRAIN_OUT_OF_MEMORY : REFRAIN_FAILED,
                 "launching %s with %ux%ux%u blocks of %ux%ux%u threads and %zu bytes of shared "
                 "memory: %s (%s)%s",
                 kernel_name, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes,
                 cudaGetErrorString(error), cudaGetErrorName(error),
                 no_room ? ": other programs may hold a part of the device: end them, or take the "
                           "variant perStep"
                         : (no_memory ? kNoMemory : ""));
}

}  // namespace refrain::cuda
