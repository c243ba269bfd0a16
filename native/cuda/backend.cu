// The CUDA backend: its devices, opening one, memory, and recordings as CUDA graphs. Compiled
// against the emulator it is the backend "emulated".
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/backend.h"
#include "core/status.h"
#include "cuda/autotune.h"
#include "cuda/check.cuh"
#include "cuda/driver.h"
#include "cuda/graph.h"
#include "cuda/library.h"
#include "cuda/neighbours.h"
#include "cuda/operations.h"
#include "cuda/recurrence.h"
#include "cuda/vendor.h"

struct refrain_engine {
  refrain_engine(int device, const cudaDeviceProp& properties, int capability,
                 cudaStream_t stream, int64_t limit_bytes, refrain::cuda::Variant variant,
                 int32_t precision, int32_t libraries, bool autotunes)
      : engine(device, properties, capability, stream, limit_bytes, variant, precision,
               libraries, autotunes) {}

  refrain::cuda::Engine engine;
  std::string description;
};

struct refrain_program {
  refrain_program(refrain::cuda::Engine& engine, std::string description)
      : graph(engine, std::move(description)) {}

  refrain::cuda::Graph graph;
};

namespace refrain::cuda {
namespace {

#if defined(REFRAIN_EMULATED)
constexpr char kName[] = "emulated";
#else
constexpr char kName[] = "cuda";
#endif

int device_count(int32_t* count) {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  *count = 0;
  if (error != cudaSuccess) {
    cudaGetLastError();
    int driver = 0;
    if (cudaDriverGetVersion(&driver) == cudaSuccess && driver == 0) {
      return fail(REFRAIN_OK,
                  "no CUDA device: this machine has no NVIDIA driver: install one for CUDA 13 or "
                  "newer (version 580), and see that nvidia-smi shows a device");
    }
    if (error == cudaErrorNoDevice) {
      return fail(REFRAIN_OK,
                  "no CUDA device: the NVIDIA driver shows none: see that nvidia-smi does, and "
                  "that CUDA_VISIBLE_DEVICES does not hide it");
    }
    if (error == cudaErrorSystemNotReady) {
      return fail(REFRAIN_OK,
                  "no CUDA device: the system is not ready (%s): machines with NVSwitch need NVIDIA's "
                  "Fabric Manager: see that the service nvidia-fabricmanager runs, in the driver's version",
                  cudaGetErrorName(error));
    }
    return fail(REFRAIN_OK,
                "no CUDA device: %s (%s), the driver knows CUDA %d.%d: install an NVIDIA driver "
                "for CUDA 13 or newer (version 580), and see that nvidia-smi shows a device",
                cudaGetErrorString(error), cudaGetErrorName(error), driver / 1000,
                driver % 1000 / 10);
  }
  if (devices == 0) {
    return fail(REFRAIN_OK, "no CUDA device: the NVIDIA driver shows none on this machine");
  }
  *count = devices;
  return REFRAIN_OK;
}

std::string name_of_device(int32_t device) {
  return std::string(kName) + ":" + std::to_string(device);
}

// Chooses no device: that would make a context on each that is asked, which takes memory there, and fails
// where another program has the device for itself.
int describe_device(int32_t device, refrain_device_info* info) {
  cudaDeviceProp properties;
  const int status = check(cudaGetDeviceProperties(&properties, device),
                           ("asking for " + name_of_device(device)).c_str());
  cudaGetLastError();
  if (status != REFRAIN_OK) return status;
  std::snprintf(info->name, sizeof info->name, "%s", properties.name);
  info->capability = 10 * properties.major + properties.minor;
  info->multiprocessors = properties.multiProcessorCount;
  info->total_bytes = static_cast<int64_t>(properties.totalGlobalMem);
  return REFRAIN_OK;
}

int free_memory(int32_t device, int64_t* free_bytes) {
  size_t free = 0;
  size_t total = 0;
  const std::string name = name_of_device(device);
  int status = check(cudaSetDevice(device), ("choosing " + name).c_str());
  if (status == REFRAIN_OK) {
    status = check(cudaMemGetInfo(&free, &total), ("asking for the memory of " + name).c_str());
  }
  cudaGetLastError();
  *free_bytes = static_cast<int64_t>(free);
  return status;
}

template <size_t kSize>
void put(char (&target)[kSize], const std::string& text) {
  std::snprintf(target, kSize, "%s", text.c_str());
}

// Needs no device, and never fails: what is missing is told as such.
int describe_software(refrain_software_info* info) {
  put(info->driver, driver_release());
  if (cudaDriverGetVersion(&info->driver_version) != cudaSuccess) info->driver_version = 0;
  if (cudaRuntimeGetVersion(&info->runtime_version) != cudaSuccess) info->runtime_version = 0;
  cudaGetLastError();
  std::string reason;
  info->cublas_version = version_of(find_cublas(&reason));
  if (info->cublas_version == 0) put(info->cublas_reason, reason);
  reason.clear();
  info->cudnn_version = version_of(find_cudnn(&reason));
  if (info->cudnn_version == 0) put(info->cudnn_reason, reason);
  return REFRAIN_OK;
}

const char* variants() {
  static const std::string names = list_of_variants();
  return names.c_str();
}

const char* precision_name(int32_t precision) {
  switch (precision) {
    case REFRAIN_FP32:
      return "FP32";
    case REFRAIN_TF32:
      return "TF32";
    case REFRAIN_BF16:
      return "BF16";
    default:
      return "none of refrain_precision";
  }
}

int check_options(const refrain_options& options, Variant* variant) {
  int32_t devices = 0;
  device_count(&devices);
  if (devices == 0) return REFRAIN_UNAVAILABLE;
  if (options.device < 0 || options.device >= devices) {
    return fail(REFRAIN_BAD_ARGUMENT, "%s: device is %d; this machine has %d, counted from 0",
                kName, options.device, devices);
  }
  if (options.precision < REFRAIN_FP32 || options.precision > REFRAIN_BF16) {
    return fail(REFRAIN_BAD_ARGUMENT, "%s: precision is %d, %s", kName, options.precision,
                precision_name(options.precision));
  }
  if (options.memory_limit < 0) {
    return fail(REFRAIN_BAD_ARGUMENT, "%s: memory_limit is %lld; it must not be negative", kName,
                static_cast<long long>(options.memory_limit));
  }
  if (!variant_named(options.variant, variant)) {
    return fail(REFRAIN_UNAVAILABLE, "%s: there is no variant \"%s\": give %s", kName,
                options.variant, names_of_variants().c_str());
  }
  return REFRAIN_OK;
}

// What the code that runs on this device may use: of the device's compute capability and that of
// the code the lesser.
int find_capability(const cudaDeviceProp& properties, int* capability) {
  const int device = 10 * properties.major + properties.minor;
  const cudaError_t error = compiled_capability(capability);
  if (error == cudaSuccess) {
    if (*capability > device) *capability = device;
    return REFRAIN_OK;
  }
  cudaGetLastError();
  return fail(REFRAIN_UNAVAILABLE,
              "%s: this build has no code for %s, compute capability %d.%d (%s): build with "
              "-Drefrain.cuda.architectures=%d-real",
              kName, properties.name, properties.major, properties.minor, cudaGetErrorName(error),
              device);
}

// TF32 and BF16 are tensor cores' formats.
int check_precision(int32_t precision, const cudaDeviceProp& properties, int capability) {
  if (precision == REFRAIN_FP32 || capability >= 80) return REFRAIN_OK;
  if (properties.major >= 8) {
    return fail(REFRAIN_UNAVAILABLE,
                "%s: precision is %s, which needs code for compute capability 8.0 or later; what "
                "this build has for %s is for %d.%d: take FP32, or build with "
                "-Drefrain.cuda.architectures=%d%d-real",
                kName, precision_name(precision), properties.name, capability / 10, capability % 10,
                properties.major, properties.minor);
  }
  return fail(REFRAIN_UNAVAILABLE,
              "%s: precision is %s, which needs a device of compute capability 8.0 or later; %s "
              "has %d.%d: take FP32",
              kName, precision_name(precision), properties.name, properties.major,
              properties.minor);
}

std::string describe_device(const refrain_options& options, const cudaDeviceProp& properties,
                            Variant variant) {
  char text[512];
  std::snprintf(text, sizeof text,
                "%s:%d %s, compute capability %d.%d, %lld MiB, products in %s%s%s", kName,
                options.device, properties.name, properties.major, properties.minor,
                static_cast<long long>(properties.totalGlobalMem >> 20),
                precision_name(options.precision),
                variant == Variant::kAutomatic ? "" : ", recurrent layers by ",
                variant == Variant::kAutomatic ? "" : name_of(variant));
  return text;
}

int open(const refrain_options* options, refrain_engine** engine) {
  Variant variant = Variant::kAutomatic;
  int status = check_options(*options, &variant);
  if (status != REFRAIN_OK) return status;
  cudaDeviceProp properties;
  const std::string name = name_of_device(options->device);
  status = check(cudaSetDevice(options->device), ("choosing " + name).c_str());
  if (status == REFRAIN_OK) {
    status = check(cudaGetDeviceProperties(&properties, options->device),
                   ("asking for " + name).c_str());
  }
  int capability = 0;
  if (status == REFRAIN_OK) status = find_capability(properties, &capability);
  if (status == REFRAIN_OK) status = check_precision(options->precision, properties, capability);
  cudaStream_t stream = nullptr;
  if (status == REFRAIN_OK) {
    status = check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                   ("making a stream on " + name).c_str());
  }
  if (status != REFRAIN_OK) return status;
  *engine =
      new refrain_engine(options->device, properties, capability, stream, options->memory_limit,
                         variant, options->precision, options->libraries, options->autotune != 0);
  (*engine)->description = describe_device(*options, properties, variant);
  const std::string& libraries = (*engine)->engine.vendor().description();
  if (!libraries.empty()) (*engine)->description += ", " + libraries;
  return REFRAIN_OK;
}

int close(refrain_engine* engine) {
  const bool lost = engine->engine.lost();
  const int entered = engine->engine.enter();
  const int closed = engine->engine.close();
  delete engine;
  return entered == REFRAIN_OK || lost ? closed : entered;
}

const char* description(refrain_engine* engine) { return engine->description.c_str(); }

const char* variant(refrain_engine* engine) {
  return name_of(engine->engine.variant());
}

int synchronize(refrain_engine* engine) {
  const int status = engine->engine.enter();
  return status == REFRAIN_OK ? engine->engine.wait("waiting for the device") : status;
}

int allocate(refrain_engine* engine, int64_t size_bytes, void** data) {
  Engine& e = engine->engine;
  int status = e.enter();
  if (status != REFRAIN_OK) return status;
  *data = e.memory().allocate(size_bytes, &status);
  if (*data == nullptr) {
    const std::string cause = last_error();
    return fail(status, "%s: %s%s", e.name().c_str(), cause.c_str(), e.notice_loss().c_str());
  }
  status = e.checked(cudaMemsetAsync(*data, 0, static_cast<size_t>(size_bytes), e.stream()),
                     "clearing new memory");
  if (status != REFRAIN_OK) {
    e.memory().release(*data);
    *data = nullptr;
  }
  return status;
}

int release(refrain_engine* engine, void* data) {
  Engine& e = engine->engine;
  const bool lost = e.lost();
  const int entered = e.enter();
  int status = REFRAIN_OK;
  if (!e.memory().release(data, &status)) {
    return fail(REFRAIN_BAD_ARGUMENT, "release: this is no memory of this context, or no more");
  }
  // There is nothing left to release where the device is lost, which was told.
  if (lost) return REFRAIN_OK;
  if (entered != REFRAIN_OK || status == REFRAIN_OK) return entered;
  const std::string cause = last_error();
  return fail(status, "release on %s: %s", e.name().c_str(), cause.c_str());
}

int transfer(refrain_engine* engine, void* to, const void* from, int64_t size_bytes,
             cudaMemcpyKind kind, const char* function) {
  Engine& e = engine->engine;
  int status = e.enter();
  if (status != REFRAIN_OK) return status;
  const void* device = kind == cudaMemcpyHostToDevice ? to : from;
  if (!e.memory().holds(device, size_bytes)) {
    return fail(REFRAIN_BAD_ARGUMENT,
                "%s: these %lld bytes do not lie within memory of this context", function,
                static_cast<long long>(size_bytes));
  }
  const std::string attempt = std::string(function) + " of " + std::to_string(size_bytes) + " bytes";
  status = e.checked(
      cudaMemcpyAsync(to, from, static_cast<size_t>(size_bytes), kind, e.stream()), attempt.c_str());
  return status == REFRAIN_OK ? e.wait(attempt.c_str()) : status;
}

int write(refrain_engine* engine, void* device, const void* host, int64_t size_bytes) {
  return transfer(engine, device, host, size_bytes, cudaMemcpyHostToDevice, "write");
}

int read(refrain_engine* engine, void* host, const void* device, int64_t size_bytes) {
  return transfer(engine, host, device, size_bytes, cudaMemcpyDeviceToHost, "read");
}

int64_t allocated_bytes(refrain_engine* engine) {
  return engine->engine.memory().allocated_bytes();
}

int trim(refrain_engine* engine) {
  engine->engine.release_scratch();
  return REFRAIN_OK;
}

// The status of an operation that has failed, with where it did in front of the cause.
int failed(Engine& engine, int32_t operation, const void* arguments) {
  const std::string cause = last_error();
  return fail(engine.status(), "%s on %s: %s%s", describe(operation, arguments).c_str(),
              engine.name().c_str(), cause.c_str(), engine.notice_loss().c_str());
}

int64_t reserve(refrain_engine* engine, int32_t operation, const void* arguments) {
  const int status = engine->engine.enter();
  if (status != REFRAIN_OK) return -status;
  autotune(engine->engine, operation, arguments);
  engine->engine.begin_operation();
  const int64_t size = reserve_size(engine->engine, operation, arguments);
  if (engine->engine.status() == REFRAIN_OK) return size;
  return -failed(engine->engine, operation, arguments);
}

template <class Args>
using Operation = void (*)(Engine&, const Args&);

template <class Args, Operation<Args> kOperation>
void run_operation(Engine& engine, const void* arguments) {
  kOperation(engine, *static_cast<const Args*>(arguments));
}

struct Entry {
  void (*run)(Engine&, const void*);
  size_t arguments_bytes;
};

template <class Args, Operation<Args> kOperation>
constexpr Entry entry() {
  static_assert(sizeof(Args) <= WorkLog::kMostBytes);
  return {run_operation<Args, kOperation>, sizeof(Args)};
}

// In the order of refrain_operation.
constexpr Entry kOperations[REFRAIN_OP_COUNT] = {
    entry<refrain_fill_args, fill>(),
    entry<refrain_copy_args, copy>(),
    entry<refrain_rnn_args, rnn_forward>(),
    entry<refrain_rnn_args, rnn_backward>(),
    entry<refrain_lstm_args, lstm_forward>(),
    entry<refrain_lstm_args, lstm_backward>(),
    entry<refrain_gru_args, gru_forward>(),
    entry<refrain_gru_args, gru_backward>(),
    entry<refrain_linear_args, linear_forward>(),
    entry<refrain_linear_args, linear_backward>(),
    entry<refrain_loss_args, loss>(),
    entry<refrain_sgd_args, sgd>(),
    entry<refrain_adam_args, adam>(),
    entry<refrain_rmsprop_args, rmsprop>(),
    entry<refrain_adagrad_args, adagrad>(),
    entry<refrain_clip_args, clip_value>(),
    entry<refrain_clip_args, clip_norm>(),
    entry<refrain_gather_args, gather>(),
    entry<refrain_dropout_args, dropout>(),
    entry<refrain_advance_args, advance>(),
    entry<refrain_skip_grams_args, skip_grams>(),
    entry<refrain_log_uniform_args, log_uniform>(),
    entry<refrain_log_uniform_args, log_uniform_expected>(),
    entry<refrain_distinct_args, distinct>(),
    entry<refrain_nce_args, nce>(),
    entry<refrain_rows_adam_args, rows_adam_catch_up>(),
    entry<refrain_rows_adam_args, rows_adam>(),
    entry<refrain_rows_adam_args, rows_adam_snapshot>(),
    entry<refrain_rows_sgd_args, rows_sgd>(),
    entry<refrain_word2vec_args, word2vec>(),
};

int run(refrain_engine* engine, int32_t operation, const void* arguments) {
  Engine& e = engine->engine;
  int status = e.enter();
  if (status != REFRAIN_OK) return status;
  if (!e.measuring() && !e.capturing()) autotune(e, operation, arguments);
  e.begin_operation();
  const Entry& performed = kOperations[operation];
  if (!e.measuring() && !e.capturing()) {
    e.work().add(operation, arguments, performed.arguments_bytes);
  }
  performed.run(e, arguments);
  return e.status() == REFRAIN_OK ? REFRAIN_OK : failed(e, operation, arguments);
}

// Two calls as one, in a recording alone: whether they were, or have failed.
bool run_neighbours(refrain_engine* engine, const refrain_call& first, const refrain_call& second,
                    int* status) {
  if (first.operation != second.operation) return false;
  Engine& e = engine->engine;
  *status = e.enter();
  if (*status != REFRAIN_OK) return true;
  e.begin_operation();
  if (!run_both(e, first.operation, first.arguments, second.arguments)) return false;
  if (e.status() != REFRAIN_OK) *status = failed(e, first.operation, first.arguments);
  return true;
}

int run_all(refrain_engine* engine, const refrain_call* calls, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    int status = REFRAIN_OK;
    if (i + 1 < count && run_neighbours(engine, calls[i], calls[i + 1], &status)) {
      if (status != REFRAIN_OK) return status;
      ++i;
      continue;
    }
    status = run(engine, calls[i].operation, calls[i].arguments);
    if (status != REFRAIN_OK) return status;
  }
  return REFRAIN_OK;
}

int discard(refrain_engine* engine, refrain_program* program) {
  const bool lost = engine->engine.lost();
  int status = engine->engine.enter();
  const int ended = program->graph.end();
  if (status == REFRAIN_OK) status = ended;
  delete program;
  return lost ? REFRAIN_OK : status;
}

// "a recording of 11 operations: gather [...], ..."
std::string describe_recording(const refrain_call* calls, int64_t count) {
  constexpr int64_t kNamed = 6;
  std::string text =
      "a recording of " + std::to_string(count) + (count == 1 ? " operation" : " operations");
  for (int64_t i = 0; i < std::min(count, kNamed); ++i) {
    text += (i == 0 ? ": " : ", ") + describe(calls[i].operation, calls[i].arguments);
  }
  return count <= kNamed ? text : text + " and " + std::to_string(count - kNamed) + " more";
}

int compile(refrain_engine* engine, const refrain_call* calls, int64_t count,
            refrain_program** program) {
  int status = engine->engine.enter();
  if (status != REFRAIN_OK) return status;
  // Nothing can be timed within a capture.
  for (int64_t i = 0; i < count; ++i) {
    autotune(engine->engine, calls[i].operation, calls[i].arguments);
  }
  auto made =
      std::make_unique<refrain_program>(engine->engine, describe_recording(calls, count));
  status = made->graph.capture([&] { return run_all(engine, calls, count); });
  if (status != REFRAIN_OK) {
    const std::string cause = last_error();
    made.reset();
    return fail(status, "%s", cause.c_str());
  }
  *program = made.release();
  return REFRAIN_OK;
}

int replay(refrain_engine* engine, refrain_program* program, int64_t times) {
  int status = engine->engine.enter();
  for (int64_t i = 0; i < times && status == REFRAIN_OK; ++i) status = program->graph.replay();
  return status;
}

int64_t tell(const std::string& text, char* buffer, int64_t size_bytes) {
  if (size_bytes > 0) std::snprintf(buffer, static_cast<size_t>(size_bytes), "%s", text.c_str());
  return static_cast<int64_t>(text.size());
}

int64_t choices(refrain_engine* engine, char* buffer, int64_t size_bytes) {
  return tell(engine->engine.choices().text(), buffer, size_bytes);
}

int64_t decisions(refrain_engine* engine, char* buffer, int64_t size_bytes) {
  return tell(engine->engine.decisions().text(), buffer, size_bytes);
}

int64_t notices(refrain_engine* engine, char* buffer, int64_t size_bytes) {
  return tell(engine->engine.notices(), buffer, size_bytes);
}

int set_choices(refrain_engine* engine, const char* text) {
  const std::string fault = engine->engine.choices().read(text);
  if (fault.empty()) return REFRAIN_OK;
  return fail(REFRAIN_BAD_ARGUMENT,
              "this is no choice of a layer's variant: \"%s\": the last word is one of %s",
              fault.c_str(), names_of_variants().c_str());
}

const refrain_backend kBackend = {
    REFRAIN_ABI,       kName,     last_error, device_count, describe_device,
    free_memory,       describe_software,     variants,     open,
    close,             description,           variant,      allocate,
    release,           write,     read,       allocated_bytes,
    trim,              synchronize,           reserve,      run,
    compile,           replay,    discard,    choices,      set_choices,
    decisions,         notices};

}  // namespace
}  // namespace refrain::cuda

extern "C" REFRAIN_API const refrain_backend* refrain_backend_entry(void) {
  return &refrain::cuda::kBackend;
}
