// The open engine: its device, stream and memory, and the scratch memory of the running operation.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/status.h"
#include "cuda/choices.h"
#include "cuda/decisions.h"
#include "cuda/launch.cuh"
#include "cuda/memory.h"
#include "cuda/work_log.h"
#include "cuda/meetings.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

// Hands out pieces of the scratch memory in floats, each aligned to 128 bytes.
class ScratchLayout {
 public:
  int64_t take(int64_t floats) {
    const int64_t begin = size_;
    size_ += (floats + 31) / 32 * 32;
    return begin;
  }
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
};

class Vendor;

class Engine {
 public:
  // `capability`: of the device, or of what the kernels were compiled for where that is less.
  Engine(int device, const cudaDeviceProp& properties, int capability, cudaStream_t stream,
         int64_t limit_bytes, Variant variant, int32_t precision, int32_t libraries,
         bool autotunes);
  ~Engine();

  // Ends everything; the engine is of no use then. The status is that of the device.
  int close();

  // Makes the device current for the calling thread. Fails once the device is lost.
  int enter();

  // The status of a call of CUDA's, with a message that names the device.
  int checked(cudaError_t error, const char* attempt);
  // To be called after a failure: where the error is one that lasts, this engine and all others of the
  // process have lost the device, and enter() says so from now on. What is to be said of it: "" where
  // nothing is lost.
  std::string notice_loss();
  bool lost() const { return !loss_.empty(); }
  // Waits for the device.
  int wait(const char* attempt);
  // What it was given since it last answered.
  WorkLog& work() { return work_; }

  Memory& memory() { return memory_; }
  cudaStream_t stream() const { return stream_; }
  // What was asked for when the engine was opened.
  Variant variant() const { return variant_; }
  int32_t precision() const { return precision_; }  // refrain_precision
  // Whether it was asked to time variants (autotune.h), and what is chosen so far.
  bool autotunes() const { return autotunes_; }
  Choices& choices() { return choices_; }
  Decisions& decisions() { return decisions_; }
  // What whoever opened the engine should know and no status tells: a line each.
  const std::string& notices() const { return notices_; }
  void give_notice(const std::string& line) { notices_ += line + "\n"; }
  // "cuda:0 (NVIDIA H200)"
  const std::string& name() const { return name_; }
  const char* device_name() const { return device_name_.c_str(); }
  int device() const { return device_; }
  // cuBLAS and cuDNN (vendor.h).
  Vendor& vendor() const { return *vendor_; }
  // Dynamic shared memory that one block can have.
  int64_t shared_bytes() const { return shared_bytes_; }
  int multiprocessors() const { return multiprocessors_; }
  // How many blocks can meet in a launch.
  const Meetings& meetings() const { return meetings_; }
  // Compute capability of the code that runs, e.g. 90.
  int capability() const { return capability_; }

  // A call of CUDA's that may take memory of the device, such as one that loads a kernel: where there is none,
  // it is made once more when the pools have given back what nobody has.
  template <class Call>
  cudaError_t with_room(const Call& call) {
    const cudaError_t error = call();
    if (error != cudaErrorMemoryAllocation || capturing()) return error;
    cudaGetLastError();
    memory_.make_room();
    return call();
  }

  // An operation: launches after one that failed do nothing.
  void begin_operation();
  int status() const { return status_; }
  void set_failed(int status) { status_ = status; }

  // So many floats for the running operation alone, until it ends or the ScratchScope around the
  // call does. Null with a message when there is not enough memory. Eager operations share blocks,
  // which grow; a recording has its own.
  float* scratch(int64_t floats);
  // What uses it is on the stream, before whatever gets it next.
  void release_scratch();
  int64_t scratch_used() const { return scratch_used_; }
  // Gives back what was handed out since so much was used. What runs on the stream afterwards may
  // write there; what runs before still reads it.
  void return_scratch(int64_t used) { scratch_used_ = used; }

  // kCounters counters on the device, for the blocks of a launch to count themselves: 0 when a
  // kernel begins, and to be left so. Null if the operation has failed.
  static constexpr int kCounters = 4096;
  uint32_t* counters();

  // Kernels launched so far, also into captures.
  int64_t launches() const { return launches_; }

  // While measuring, scratch() only notes what is asked for and launches only load and prepare their
  // kernel.
  void begin_measuring();
  int64_t end_measuring();
  bool measuring() const { return measuring_; }
  // Scratch memory of the recording under capture; null: the eager one.
  void use_scratch(float* memory) { recording_scratch_ = memory; }
  // Whether operations go into a graph now: nothing may be allocated, freed or waited for.
  bool capturing() const { return recording_scratch_ != nullptr; }

  template <class... P, class... A>
  void launch(const char* kernel_name, void (*kernel)(P...), dim3 grid, dim3 block,
              size_t shared_bytes, A... arguments) {
    launch_meeting(Meeting::kNever, 1, kernel_name, kernel, grid, block, shared_bytes,
                   arguments...);
  }

  // The same for blocks that meet: all of the grid, or clusters of so many.
  template <class... P, class... A>
  void launch_meeting(Meeting meeting, unsigned cluster_blocks, const char* kernel_name,
                      void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes,
                      A... arguments) {
    if (status_ != REFRAIN_OK) return;
    const auto* function = reinterpret_cast<const void*>(kernel);
    if (measuring_) {
      note(with_room([&] { return load_kernel(function); }), kernel_name, grid, block,
           shared_bytes);
    }
    if (status_ == REFRAIN_OK && shared_bytes > kSharedWithoutAsking) {
      note(with_room([&] { return allow_shared_memory(function); }), kernel_name, grid, block,
           shared_bytes);
    }
    if (measuring_ || status_ != REFRAIN_OK) return;
    ++launches_;
    note(with_room([&] {
           return launch_kernel(kernel, grid, block, shared_bytes, stream_, meeting,
                                cluster_blocks, arguments...);
         }),
         kernel_name, grid, block, shared_bytes);
  }

  // Zeroes memory in the stream.
  void clear(const char* operation, void* memory, int64_t size_bytes);

  // Blocks of a kernel that the device holds at once.
  template <class... P>
  int64_t resident_blocks(void (*kernel)(P...), int threads, size_t shared_bytes) {
    return resident_blocks(reinterpret_cast<const void*>(kernel), threads, shared_bytes);
  }
  // Clusters of so many of its blocks.
  template <class... P>
  int64_t resident_clusters(void (*kernel)(P...), int threads, size_t shared_bytes, int blocks) {
    return resident_clusters(reinterpret_cast<const void*>(kernel), threads, shared_bytes, blocks);
  }

 private:
  struct ScratchBlock {
    float* data;
    int64_t first;
    int64_t floats;
  };
  int64_t resident_blocks(const void* kernel, int threads, size_t shared_bytes);
  int64_t resident_clusters(const void* kernel, int threads, size_t shared_bytes, int blocks);

  static constexpr size_t kSharedWithoutAsking = 48 << 10;

  // Lets a kernel have all the shared memory that the device gives, once: the limit belongs to the
  // kernel in the whole process, so another engine or a recorded launch must never find a lower
  // one.
  cudaError_t allow_shared_memory(const void* kernel);

  // Keeps the first failure of the operation.
  void note(cudaError_t error, const char* kernel_name, dim3 grid, dim3 block, size_t shared_bytes);

  const int device_;
  const std::string device_name_;
  const std::string name_;
  const int64_t shared_bytes_;
  const int multiprocessors_;
  const int capability_;
  const Meetings meetings_;
  const cudaStream_t stream_;
  const Variant variant_;
  const int32_t precision_;
  const bool autotunes_;
  Choices choices_;
  Decisions decisions_;
  std::string notices_;
  Memory memory_;
  WorkLog work_;
  std::string loss_;  // the message of the error that lasts
  bool closed_ = false;
  std::unique_ptr<Vendor> vendor_;
  int status_ = REFRAIN_OK;
  // The scratch memory of eager operations, of which all floats are counted through. More than one
  // block only until the operation that asked for it ends.
  std::vector<ScratchBlock> scratch_blocks_;
  int64_t scratch_used_ = 0;
  uint32_t* counters_ = nullptr;
  std::set<const void*> allowed_;  // kernels that may have all shared memory
  int64_t launches_ = 0;
  float* recording_scratch_ = nullptr;
  bool measuring_ = false;
  int64_t measured_floats_ = 0;
};

// Scratch memory that is asked for in its lifetime is given back at its end.
class ScratchScope {
 public:
  explicit ScratchScope(Engine& engine) : engine_(engine), used_(engine.scratch_used()) {}
  ~ScratchScope() { engine_.return_scratch(used_); }
  ScratchScope(const ScratchScope&) = delete;
  ScratchScope& operator=(const ScratchScope&) = delete;

 private:
  Engine& engine_;
  const int64_t used_;
};

}  // namespace refrain::cuda
