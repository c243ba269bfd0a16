#include "cuda/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>

namespace refrain::cuda {
namespace {

// A library that has been opened, or why it has not.
class Library {
 public:
  Library(const char* name, const char* variable) {
    const char* named = std::getenv(variable);
    if (named != nullptr && *named != '\0') {
      open(named);
      return;
    }
#if defined(REFRAIN_EMULATED)
    reason_ = std::string("the emulated device takes the library that ") + variable +
              " names instead of " + name;
#else
    open(name);
    if (handle_ == nullptr) reason_ += std::string("; ") + variable + " can name its file";
#endif
  }

  template <class Function>
  void bind(const char* name, Function** function) {
    if (!reason_.empty()) return;
    *function = reinterpret_cast<Function*>(dlsym(handle_, name));
    if (*function != nullptr) return;
    reason_ = opened_ + " has no " + name + "(): another version of it is needed";
  }

  const std::string& reason() const { return reason_; }

 private:
  void open(const char* name) {
    opened_ = name;
    // It stays open: its functions are used until the process ends.
    handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
    const char* cause = dlerror();
    reason_ = std::string("cannot open ") + name + (cause == nullptr ? "" : ": ") +
              (cause == nullptr ? "" : cause);
  }

  void* handle_ = nullptr;
  std::string opened_;
  std::string reason_;
};

#define REFRAIN_BIND(function) library.bind(#function, &calls.function)

std::string bind(CublasCalls& calls) {
  Library library("libcublas.so.13", "REFRAIN_CUBLAS_LIBRARY");
  REFRAIN_BIND(cublasGetProperty);
  REFRAIN_BIND(cublasGetStatusString);
  REFRAIN_BIND(cublasCreate_v2);
  REFRAIN_BIND(cublasDestroy_v2);
  REFRAIN_BIND(cublasSetStream_v2);
  REFRAIN_BIND(cublasSetWorkspace_v2);
  REFRAIN_BIND(cublasSetPointerMode_v2);
  REFRAIN_BIND(cublasSetMathMode);
  REFRAIN_BIND(cublasSetAtomicsMode);
  REFRAIN_BIND(cublasGemmEx_64);
  return library.reason();
}

std::string bind(CudnnCalls& calls) {
  Library library("libcudnn.so.9", "REFRAIN_CUDNN_LIBRARY");
  REFRAIN_BIND(cudnnGetVersion);
  REFRAIN_BIND(cudnnGetErrorString);
  REFRAIN_BIND(cudnnCreate);
  REFRAIN_BIND(cudnnDestroy);
  REFRAIN_BIND(cudnnSetStream);
  REFRAIN_BIND(cudnnCreateTensorDescriptor);
  REFRAIN_BIND(cudnnSetTensorNdDescriptor);
  REFRAIN_BIND(cudnnGetTensorNdDescriptor);
  REFRAIN_BIND(cudnnDestroyTensorDescriptor);
  REFRAIN_BIND(cudnnCreateDropoutDescriptor);
  REFRAIN_BIND(cudnnSetDropoutDescriptor);
  REFRAIN_BIND(cudnnDestroyDropoutDescriptor);
  REFRAIN_BIND(cudnnCreateRNNDescriptor);
  REFRAIN_BIND(cudnnSetRNNDescriptor_v8);
  REFRAIN_BIND(cudnnDestroyRNNDescriptor);
  REFRAIN_BIND(cudnnCreateRNNDataDescriptor);
  REFRAIN_BIND(cudnnSetRNNDataDescriptor);
  REFRAIN_BIND(cudnnDestroyRNNDataDescriptor);
  REFRAIN_BIND(cudnnGetRNNWeightSpaceSize);
  REFRAIN_BIND(cudnnGetRNNWeightParams);
  REFRAIN_BIND(cudnnGetRNNTempSpaceSizes);
  REFRAIN_BIND(cudnnRNNForward);
  REFRAIN_BIND(cudnnRNNBackwardData_v8);
  REFRAIN_BIND(cudnnRNNBackwardWeights_v8);
  return library.reason();
}

#undef REFRAIN_BIND

template <class Calls>
const Calls* find(std::string* reason) {
  static std::mutex mutex;
  static Calls calls;
  static bool found = false;
  std::lock_guard<std::mutex> lock(mutex);
  if (!found) {
    *reason = bind(calls);
    found = reason->empty();
  }
  return found ? &calls : nullptr;
}

}  // namespace

const CublasCalls* find_cublas(std::string* reason) { return find<CublasCalls>(reason); }

const CudnnCalls* find_cudnn(std::string* reason) { return find<CudnnCalls>(reason); }

int32_t version_of(const CublasCalls* calls) {
  if (calls == nullptr) return 0;
  int major = 0;
  int minor = 0;
  int patch = 0;
  if (calls->cublasGetProperty(MAJOR_VERSION, &major) != CUBLAS_STATUS_SUCCESS ||
      calls->cublasGetProperty(MINOR_VERSION, &minor) != CUBLAS_STATUS_SUCCESS ||
      calls->cublasGetProperty(PATCH_LEVEL, &patch) != CUBLAS_STATUS_SUCCESS) {
    return 0;
  }
  return 10000 * major + 100 * minor + patch;
}

int32_t version_of(const CudnnCalls* calls) {
  return calls == nullptr ? 0 : static_cast<int32_t>(calls->cudnnGetVersion());
}

std::string version_text(int32_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace refrain::cuda
