// What the CUDA backend says when the device or its runtime fails: which operation, of which shape, on
// which device, and whether the device is lost. Faults are planted in the emulator.
#include <cuda_runtime.h>

#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>

#include "check.h"
#include "core/backend.h"
#include "core/status.h"

extern "C" const refrain_backend* refrain_backend_entry(void);

namespace refrain::test {
namespace {

const refrain_backend& backend() { return *refrain_backend_entry(); }

bool says(std::initializer_list<const char*> parts) {
  const std::string message = backend().last_error();
  bool all = true;
  for (const char* part : parts) {
    if (message.find(part) != std::string::npos) continue;
    std::fprintf(stderr, "\"%s\" does not contain \"%s\"\n", message.c_str(), part);
    all = false;
  }
  return all;
}

bool keeps_quiet_about(const char* part) {
  const std::string message = backend().last_error();
  if (message.find(part) == std::string::npos) return true;
  std::fprintf(stderr, "\"%s\" contains \"%s\"\n", message.c_str(), part);
  return false;
}

// An engine with an array, closed at the end; the device works again then.
class Device {
 public:
  explicit Device(int32_t libraries = 0) {
    refrain_options options = {};
    options.backend = backend().name;
    options.libraries = libraries;
    CHECK(backend().open(&options, &engine) == REFRAIN_OK);
    void* data = nullptr;
    CHECK(backend().allocate(engine, kCount * int64_t{sizeof(float)}, &data) == REFRAIN_OK);
    array = static_cast<float*>(data);
    CHECK(backend().synchronize(engine) == REFRAIN_OK);
  }
  ~Device() {
    if (engine != nullptr) CHECK(backend().close(engine) == REFRAIN_OK);
    emulator::tell_failures_late(false);
    emulator::forget_failure();
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  static constexpr int64_t kCount = 300;

  int fill(int64_t count) const {
    const refrain_fill_args args = {array, count, 2.0f};
    return backend().run(engine, REFRAIN_OP_FILL, &args);
  }
  int read() const {
    float value = 0.0f;
    return backend().read(engine, &value, array, sizeof value);
  }
  refrain_program* record() const {
    const refrain_fill_args fill_args = {array, kCount, 2.0f};
    const refrain_copy_args copy_args = {1, 3, 5, {array, 0, 5}, {array + 100, 0, 5}};
    const refrain_call calls[] = {{REFRAIN_OP_FILL, &fill_args}, {REFRAIN_OP_COPY, &copy_args}};
    refrain_program* program = nullptr;
    CHECK(backend().compile(engine, calls, 2, &program) == REFRAIN_OK);
    return program;
  }

  refrain_engine* engine = nullptr;
  float* array = nullptr;
};

constexpr char kLost[] = "is lost to this process";
constexpr char kMend[] = "close the engine, end the process and start it again";

void check_late_failure_is_told() {
  Device device;
  CHECK(device.fill(17) == REFRAIN_OK && backend().synchronize(device.engine) == REFRAIN_OK);
  emulator::tell_failures_late(true);
  CHECK(device.fill(21) == REFRAIN_OK);
  emulator::break_next_launch(cudaErrorIllegalAddress);
  CHECK(device.fill(23) == REFRAIN_OK);
  CHECK(backend().synchronize(device.engine) == REFRAIN_FAILED);
  CHECK(says({"waiting for the device on emulated:0 (emulated device): cudaErrorIllegalAddress", kLost,
              kMend, "since it last answered: fill [count=21]; fill [count=23]",
              "CUDA_LAUNCH_BLOCKING=1"}));
  CHECK(keeps_quiet_about("count=17"));
  // From now on everything says so, and nothing calls it a lack of memory.
  void* data = nullptr;
  CHECK(backend().allocate(device.engine, 8, &data) == REFRAIN_FAILED && data == nullptr);
  CHECK(says({"emulated:0", kLost, kMend}));
  CHECK(device.fill(1) == REFRAIN_FAILED);
  CHECK(says({kLost}));
  CHECK(device.read() == REFRAIN_FAILED);
  // What remains is to let go, which repeats nothing.
  CHECK(backend().release(device.engine, device.array) == REFRAIN_OK);
}

void check_transfer() {
  Device device;
  emulator::tell_failures_late(true);
  emulator::break_next_launch(cudaErrorLaunchFailure);
  CHECK(device.fill(5) == REFRAIN_OK);
  CHECK(device.read() == REFRAIN_FAILED);
  CHECK(says({"read of 4 bytes on emulated:0 (emulated device): cudaErrorLaunchFailure", kLost,
              "fill [count=5]"}));
}

void check_recording() {
  Device device;
  refrain_program* program = device.record();
  CHECK(backend().replay(device.engine, program, 2) == REFRAIN_OK);
  CHECK(backend().synchronize(device.engine) == REFRAIN_OK);
  emulator::tell_failures_late(true);
  emulator::break_next_launch(cudaErrorLaunchFailure);
  CHECK(backend().replay(device.engine, program, 1) == REFRAIN_OK);
  CHECK(backend().replay(device.engine, program, 2) == REFRAIN_FAILED);
  CHECK(says({"running a recording of 2 operations: fill", "emulated:0", kLost,
              "a recording of 2 operations: fill [count=300], copy [G=1, rows=3, columns=5], 2 times"}));
  CHECK(backend().discard(device.engine, program) == REFRAIN_OK);
}

// The launch itself fails: the operation is named, and the engine lives on if the error does not last.
void check_operation() {
  Device device;
  emulator::break_next_launch(cudaErrorIllegalAddress);
  CHECK(device.fill(7) == REFRAIN_FAILED);
  CHECK(says({"fill [count=7] on emulated:0 (emulated device): launching ", "cudaErrorIllegalAddress",
              kLost}));
}

// Memory that cannot be had because of an earlier fault is no lack of memory.
void check_allocation() {
  Device device;
  emulator::tell_failures_late(true);
  emulator::break_next_launch(cudaErrorIllegalAddress);
  CHECK(device.fill(9) == REFRAIN_OK);
  void* data = nullptr;
  CHECK(backend().allocate(device.engine, 123456, &data) == REFRAIN_FAILED);
  CHECK(says({"allocating memory: cudaErrorIllegalAddress", "emulated:0", "fill [count=9]", kLost}));
  CHECK(backend().allocated_bytes(device.engine) == Device::kCount * int64_t{sizeof(float)});
}

// Another engine of the same process meets the loss when it is opened or used.
void check_other_engine() {
  Device device;
  Device other;
  emulator::break_next_launch(cudaErrorLaunchFailure);
  CHECK(device.fill(7) == REFRAIN_FAILED);
  CHECK(backend().synchronize(other.engine) == REFRAIN_FAILED);
  CHECK(says({kLost, kMend}));
  CHECK(other.fill(1) == REFRAIN_FAILED);
  refrain_options options = {};
  options.backend = backend().name;
  refrain_engine* late = nullptr;
  CHECK(backend().open(&options, &late) == REFRAIN_FAILED);
  CHECK(says({"cudaErrorLaunchFailure", "end the process and start it again"}));
}

// Each call that could fail unseen is refused once, and what was asked for says so.
void check_every_call() {
  {
    Device device;
    emulator::refuse_next("cudaStreamSynchronize", cudaErrorInvalidValue);
    CHECK(backend().synchronize(device.engine) == REFRAIN_FAILED);
    CHECK(says({"waiting for the device on emulated:0", "cudaErrorInvalidValue"}));
    CHECK(keeps_quiet_about(kLost));
    CHECK(device.fill(3) == REFRAIN_OK);
    emulator::refuse_next("cudaSetDevice", cudaErrorInvalidDevice);
    CHECK(device.fill(3) == REFRAIN_FAILED);
    CHECK(says({"choosing the CUDA device on emulated:0", "cudaErrorInvalidDevice"}));
    emulator::refuse_next("cudaMemsetAsync", cudaErrorInvalidValue);
    void* data = nullptr;
    CHECK(backend().allocate(device.engine, 8, &data) == REFRAIN_FAILED && data == nullptr);
    CHECK(says({"clearing new memory on emulated:0"}));
    emulator::refuse_next("cudaMemcpyAsync", cudaErrorInvalidValue);
    CHECK(device.read() == REFRAIN_FAILED);
    CHECK(says({"read of 4 bytes on emulated:0"}));
  }
  for (const char* call : {"cudaGraphExecDestroy", "cudaStreamSynchronize"}) {
    Device device;
    refrain_program* program = device.record();
    emulator::refuse_next(call, cudaErrorInvalidValue);
    CHECK(backend().discard(device.engine, program) == REFRAIN_FAILED);
    CHECK(says({"discard", "emulated:0", "cudaErrorInvalidValue"}));
  }
  for (const char* call : {"cudaStreamBeginCapture", "cudaGraphInstantiate", "cudaGraphDestroy",
                           "cudaMalloc"}) {
    Device device;
    const refrain_fill_args args = {device.array, 1, 2.0f};
    const refrain_call calls[] = {{REFRAIN_OP_FILL, &args}};
    refrain_program* program = nullptr;
    emulator::refuse_next(call, cudaErrorInvalidValue);
    CHECK(backend().compile(device.engine, calls, 1, &program) == REFRAIN_FAILED);
    CHECK(says({"a recording of 1 operation: fill [count=1]", "emulated:0", "cudaErrorInvalidValue"}));
    CHECK(program == nullptr);
    CHECK(device.fill(3) == REFRAIN_OK);
  }
  for (const char* call : {"cudaStreamSynchronize", "cudaFree", "cudaStreamDestroy"}) {
    Device device;
    emulator::refuse_next(call, cudaErrorInvalidValue);
    CHECK(backend().close(device.engine) == REFRAIN_FAILED);
    CHECK(says({"cudaErrorInvalidValue"}));
    device.engine = nullptr;
  }
}

// A device that does not answer how many blocks can meet is used without meetings, and says so.
void check_unanswered_meetings() {
  for (const char* call :
       {"cudaFuncSetAttribute", "cudaOccupancyMaxActiveBlocksPerMultiprocessor",
        "cudaOccupancyMaxActiveClusters"}) {
    emulator::refuse_next(call, cudaErrorInvalidValue);
    const Device device;
    char notices[300] = {};
    CHECK(backend().notices(device.engine, notices, sizeof notices) > 0);
    for (const char* part : {"emulated:0 (emulated device) does not say how many blocks can meet",
                             "cudaErrorInvalidValue", "step by step"}) {
      CHECK(std::string(notices).find(part) != std::string::npos);
    }
    CHECK(device.fill(3) == REFRAIN_OK);
  }
}

// Memory that runs out names the sizes.
void check_out_of_memory() {
  Device device;
  void* data = nullptr;
  CHECK(backend().allocate(device.engine, int64_t{5} << 30, &data) == REFRAIN_OUT_OF_MEMORY);
  CHECK(says({"cannot allocate 5368709120 bytes", "1200 are in use here", "of its 4294967296 are free",
              "ask for less at once"}));
  CHECK(keeps_quiet_about("fewer steps") && keeps_quiet_about(kLost));
  CHECK(device.fill(3) == REFRAIN_OK);
}

// What the driver takes for itself - a kernel that is loaded, a graph - comes out of what the pool keeps for
// nobody, before it is refused.
void check_driver_out_of_memory() {
  for (const char* call : {"cudaGraphInstantiate", "cudaGraphLaunch", "cudaLaunchKernel"}) {
    Device device;
    const auto keep_idle = [&] {
      void* data = nullptr;
      CHECK(backend().allocate(device.engine, 4096, &data) == REFRAIN_OK);
      CHECK(backend().release(device.engine, data) == REFRAIN_OK);
    };
    const auto fill_once = [&] {
      if (std::string(call) == "cudaLaunchKernel") return device.fill(3);
      const refrain_fill_args args = {device.array, 1, 2.0f};
      const refrain_call calls[] = {{REFRAIN_OP_FILL, &args}};
      refrain_program* program = nullptr;
      int status = backend().compile(device.engine, calls, 1, &program);
      if (status == REFRAIN_OK) status = backend().replay(device.engine, program, 1);
      const std::string cause = backend().last_error();
      if (program != nullptr) CHECK(backend().discard(device.engine, program) == REFRAIN_OK);
      return status == REFRAIN_OK ? status : fail(status, "%s", cause.c_str());
    };
    keep_idle();
    emulator::refuse_next(call, cudaErrorMemoryAllocation);
    CHECK(fill_once() == REFRAIN_OK);
    keep_idle();
    emulator::refuse_next(call, cudaErrorMemoryAllocation, 2);
    CHECK(fill_once() == REFRAIN_OUT_OF_MEMORY);
    CHECK(says({"emulated:0 (emulated device)", "cudaErrorMemoryAllocation",
                "the device has no memory left: ask for less at once"}));
    CHECK(keeps_quiet_about(kLost));
    CHECK(fill_once() == REFRAIN_OK);
  }
}

// Something else in the process waits for the device while a graph is captured, which breaks the capture.
void check_broken_capture() {
  Device device;
  emulator::visit_next("cudaStreamEndCapture", [] { cudaDeviceSynchronize(); });
  refrain_program* program = device.record();
  CHECK(program != nullptr && backend().replay(device.engine, program, 1) == REFRAIN_OK);
  CHECK(device.read() == REFRAIN_OK);
  CHECK(backend().discard(device.engine, program) == REFRAIN_OK);
  // What breaks each capture is told in the end.
  const refrain_fill_args args = {device.array, 1, 2.0f};
  const refrain_call calls[] = {{REFRAIN_OP_FILL, &args}};
  std::function<void()> always = [&] {
    cudaDeviceSynchronize();
    emulator::visit_next("cudaStreamEndCapture", always);
  };
  always();
  CHECK(backend().compile(device.engine, calls, 1, &program) == REFRAIN_FAILED);
  CHECK(says({"ending the capture of a recording of 1 operation: fill [count=1] on emulated:0",
              "cudaErrorStreamCaptureInvalidated"}));
  emulator::forget_failure();
  CHECK(device.fill(3) == REFRAIN_OK);
}

// Why there is no device, where the driver tells.
void check_no_device() {
  int32_t count = -1;
  emulator::refuse_next("cudaGetDeviceCount", cudaErrorSystemNotReady);
  CHECK(backend().device_count(&count) == REFRAIN_OK && count == 0);
  CHECK(says({"no CUDA device: this machine has no NVIDIA driver"}));  // the emulated one is 0
  emulator::refuse_next("cudaGetDeviceCount", cudaErrorSystemNotReady);
  emulator::refuse_next("cudaDriverGetVersion", cudaErrorInvalidValue);
  CHECK(backend().device_count(&count) == REFRAIN_OK && count == 0);
  CHECK(says({"no CUDA device: the system is not ready (cudaErrorSystemNotReady)", "nvidia-fabricmanager"}));
  CHECK(backend().device_count(&count) == REFRAIN_OK && count == 1);
}

void check_device_index() {
  refrain_options options = {};
  options.backend = backend().name;
  options.device = 1;
  refrain_engine* engine = nullptr;
  CHECK(backend().open(&options, &engine) == REFRAIN_BAD_ARGUMENT && engine == nullptr);
  CHECK(says({"device is 1; this machine has 1, counted from 0"}));
  refrain_device_info info = {};
  CHECK(backend().describe_device(1, &info) == REFRAIN_FAILED);
  CHECK(says({"asking for emulated:1: ", "cudaErrorInvalidDevice"}));
  int64_t free_bytes = -1;
  CHECK(backend().free_memory(1, &free_bytes) == REFRAIN_FAILED && free_bytes == 0);
  CHECK(says({"choosing emulated:1: ", "cudaErrorInvalidDevice"}));
  // To be described, a device is not chosen.
  emulator::refuse_next("cudaSetDevice", cudaErrorInvalidDevice);
  CHECK(backend().describe_device(0, &info) == REFRAIN_OK && info.total_bytes > 0);
  CHECK(backend().free_memory(0, &free_bytes) == REFRAIN_FAILED);
  CHECK(backend().free_memory(0, &free_bytes) == REFRAIN_OK);
  CHECK(free_bytes > 0 && free_bytes <= info.total_bytes);
  // A refusal leaves nothing behind for the next call.
  Device device;
  CHECK(device.fill(3) == REFRAIN_OK);
}

}  // namespace
}  // namespace refrain::test

int main() {
  using namespace refrain::test;
  check_late_failure_is_told();
  check_transfer();
  check_recording();
  check_operation();
  check_allocation();
  check_other_engine();
  check_every_call();
  check_unanswered_meetings();
  check_out_of_memory();
  check_driver_out_of_memory();
  check_broken_capture();
  check_no_device();
  check_device_index();
  return report();
}
