// The cpu backend: opening it on an instruction set, its memory, and the way to its operations.
#include <sched.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <system_error>

#include "core/backends.h"
#include "core/status.h"
#include "cpu/engine.h"
#include "cpu/operation_table.h"
#include "cpu/reserve.h"
#include "cpu/target.h"

namespace refrain {
namespace portable {
const OperationTable& operations();
}
#if defined(__x86_64__)
namespace avx2 {
const OperationTable& operations();
}
namespace avx512 {
const OperationTable& operations();
}
#endif
}  // namespace refrain

struct refrain_engine {
  refrain_engine(int threads, int64_t memory_limit, refrain::Target chosen)
      : engine(threads, memory_limit), target(chosen) {}

  refrain::Engine engine;
  refrain::Target target;
  const refrain::OperationTable* operations;
  std::string description;
};

namespace refrain {
namespace {

constexpr int kMostThreads = 1024;

// Processors that this process may use; a container often has fewer than the machine.
int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

const OperationTable& operations_of(Target target) {
#if defined(__x86_64__)
  if (target == Target::kAvx512) return avx512::operations();
  if (target == Target::kAvx2) return avx2::operations();
#endif
  (void)target;
  return portable::operations();
}

int device_count(int32_t* count) {
  *count = 1;
  return REFRAIN_OK;
}

int check_device(int32_t device) {
  if (device == 0) return REFRAIN_OK;
  return fail(REFRAIN_BAD_ARGUMENT, "cpu: device is %d; there is one, 0", device);
}

int64_t bytes_of_pages(int which) {
  return int64_t{sysconf(_SC_PAGESIZE)} * int64_t{sysconf(which)};
}

int describe_device(int32_t device, refrain_device_info* info) {
  const int status = check_device(device);
  if (status != REFRAIN_OK) return status;
  std::strcpy(info->name, "cpu");
  info->multiprocessors = available_processors();
  info->total_bytes = bytes_of_pages(_SC_PHYS_PAGES);
  return REFRAIN_OK;
}

int free_memory(int32_t device, int64_t* free_bytes) {
  const int status = check_device(device);
  if (status == REFRAIN_OK) *free_bytes = bytes_of_pages(_SC_AVPHYS_PAGES);
  return status;
}

const char* variants() { return "auto,portable,avx2,avx512"; }

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

int open(const refrain_options* options, refrain_engine** engine) {
  if (options->device != 0) {
    return fail(REFRAIN_BAD_ARGUMENT, "cpu: device is %d; there is device 0 alone",
                options->device);
  }
  if (options->precision != REFRAIN_FP32) {
    return fail(REFRAIN_UNAVAILABLE, "cpu: precision is %s; it computes in FP32 alone",
                precision_name(options->precision));
  }
  if (options->threads < 0 || options->threads > kMostThreads) {
    return fail(REFRAIN_BAD_ARGUMENT, "cpu: threads is %d; give 1..%d, or 0 for one a core",
                options->threads, kMostThreads);
  }
  if (options->memory_limit < 0) {
    return fail(REFRAIN_BAD_ARGUMENT, "cpu: memory_limit is %lld; it must not be negative",
                static_cast<long long>(options->memory_limit));
  }
  Target target;
  std::string error;
  if (!choose_target(options->variant == nullptr ? "" : options->variant, &target, &error)) {
    return fail(REFRAIN_UNAVAILABLE, "cpu: %s", error.c_str());
  }
  const int threads = options->threads == 0 ? available_processors() : options->threads;
  try {
    *engine = new refrain_engine(threads, options->memory_limit, target);
  } catch (const std::system_error& e) {
    return fail(REFRAIN_FAILED, "cpu: cannot start %d threads: %s; ask for fewer", threads,
                e.what());
  }
  (*engine)->operations = &operations_of(target);
  (*engine)->description = std::string("cpu ") + target_name(target) + ", " +
                           std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  return REFRAIN_OK;
}

int close(refrain_engine* engine) {
  delete engine;
  return REFRAIN_OK;
}

const char* description(refrain_engine* engine) { return engine->description.c_str(); }

const char* variant(refrain_engine* engine) { return target_name(engine->target); }

int allocate(refrain_engine* engine, int64_t size_bytes, void** data) {
  *data = engine->engine.memory().allocate(size_bytes);
  if (*data == nullptr) return REFRAIN_OUT_OF_MEMORY;
  std::memset(*data, 0, size_bytes);
  return REFRAIN_OK;
}

int release(refrain_engine* engine, void* data) {
  if (engine->engine.memory().release(data)) return REFRAIN_OK;
  return fail(REFRAIN_BAD_ARGUMENT, "release: this is no memory of this context, or no more");
}

int require_memory(refrain_engine* engine, const void* data, int64_t size_bytes,
                   const char* function) {
  if (engine->engine.memory().holds(data, size_bytes)) return REFRAIN_OK;
  return fail(REFRAIN_BAD_ARGUMENT, "%s: these %lld bytes do not lie within memory of this context",
              function, static_cast<long long>(size_bytes));
}

int write(refrain_engine* engine, void* device, const void* host, int64_t size_bytes) {
  const int status = require_memory(engine, device, size_bytes, "write");
  if (status == REFRAIN_OK) std::memcpy(device, host, size_bytes);
  return status;
}

int read(refrain_engine* engine, void* host, const void* device, int64_t size_bytes) {
  const int status = require_memory(engine, device, size_bytes, "read");
  if (status == REFRAIN_OK) std::memcpy(host, device, size_bytes);
  return status;
}

int64_t allocated_bytes(refrain_engine* engine) {
  return engine->engine.memory().allocated_bytes();
}

int trim(refrain_engine* engine) {
  engine->engine.release_scratch();
  return REFRAIN_OK;
}

int synchronize(refrain_engine*) { return REFRAIN_OK; }

int64_t reserve(refrain_engine*, int32_t operation, const void* arguments) {
  return reserve_size(operation, arguments);
}

int run(refrain_engine* engine, int32_t operation, const void* arguments) {
  return engine->operations->run[operation](engine->engine, arguments);
}

// Nothing is compiled: replaying is running one operation after the other.
const refrain_backend kBackend = {
    REFRAIN_ABI, "cpu",       last_error, device_count, describe_device, free_memory, nullptr, variants,
    open,        close,       description, variant,     allocate,        release,
    write,       read,        allocated_bytes, trim,    synchronize,     reserve,
    run,         nullptr,     nullptr,    nullptr,      nullptr,         nullptr,
    nullptr,     nullptr};

}  // namespace

const refrain_backend* cpu_backend() { return &kBackend; }

}  // namespace refrain
