#include "core/backends.h"

#include <dlfcn.h>

#include <mutex>
#include <vector>

#include "core/status.h"

namespace refrain {
namespace {

std::mutex loaded_mutex;
std::vector<const refrain_backend*> loaded;

int load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(REFRAIN_UNAVAILABLE, "cannot open the backend %s: %s", path, dlerror());
  }
  const auto entry =
      reinterpret_cast<refrain_backend_entry_function>(dlsym(library, REFRAIN_BACKEND_ENTRY));
  const refrain_backend* backend = entry == nullptr ? nullptr : entry();
  if (backend == nullptr || backend->abi != REFRAIN_ABI) {
    const int status =
        backend == nullptr
            ? fail(REFRAIN_UNAVAILABLE, "%s is no backend of Refrain: it has no working %s()", path,
                   REFRAIN_BACKEND_ENTRY)
            : fail(REFRAIN_UNAVAILABLE,
                   "the backend %s was built for contract %d, this library speaks %d: take both "
                   "from one build",
                   path, backend->abi, REFRAIN_ABI);
    dlclose(library);
    return status;
  }
  std::lock_guard<std::mutex> lock(loaded_mutex);
  for (const refrain_backend*& known : loaded) {
    if (std::string(known->name) == backend->name) {
      known = backend;
      return REFRAIN_OK;
    }
  }
  loaded.push_back(backend);
  return REFRAIN_OK;
}

}  // namespace

const refrain_backend* find_backend(const std::string& name) {
  if (name == cpu_backend()->name) return cpu_backend();
  std::lock_guard<std::mutex> lock(loaded_mutex);
  for (const refrain_backend* backend : loaded) {
    if (name == backend->name) return backend;
  }
  fail(REFRAIN_UNAVAILABLE, "there is no backend \"%s\": give cpu, or load its library first",
       name.c_str());
  return nullptr;
}

}  // namespace refrain

int refrain_load_backend(const char* path) {
  if (path == nullptr) return refrain::fail(REFRAIN_BAD_ARGUMENT, "the backend's path is null");
  return refrain::load(path);
}

int refrain_device_count(const char* backend, int32_t* count) {
  if (backend == nullptr || count == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "backend or count is null");
  }
  *count = 0;
  const refrain_backend* found = refrain::find_backend(backend);
  if (found == nullptr) return REFRAIN_UNAVAILABLE;
  const int status = found->device_count(count);
  if (status != REFRAIN_OK || *count == 0) refrain::fail(status, "%s", found->last_error());
  return status;
}

int refrain_describe_device(const char* backend, int32_t device, refrain_device_info* info) {
  if (backend == nullptr || info == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "backend or info is null");
  }
  *info = {};
  const refrain_backend* found = refrain::find_backend(backend);
  if (found == nullptr) return REFRAIN_UNAVAILABLE;
  const int status = found->describe_device(device, info);
  return status == REFRAIN_OK ? status : refrain::fail(status, "%s", found->last_error());
}

int refrain_free_memory(const char* backend, int32_t device, int64_t* free_bytes) {
  if (backend == nullptr || free_bytes == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "backend or free_bytes is null");
  }
  *free_bytes = 0;
  const refrain_backend* found = refrain::find_backend(backend);
  if (found == nullptr) return REFRAIN_UNAVAILABLE;
  const int status = found->free_memory(device, free_bytes);
  return status == REFRAIN_OK ? status : refrain::fail(status, "%s", found->last_error());
}

int refrain_describe_software(const char* backend, refrain_software_info* info) {
  if (backend == nullptr || info == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "backend or info is null");
  }
  *info = {};
  const refrain_backend* found = refrain::find_backend(backend);
  if (found == nullptr) return REFRAIN_UNAVAILABLE;
  if (found->describe_software == nullptr) return REFRAIN_OK;
  const int status = found->describe_software(info);
  return status == REFRAIN_OK ? status : refrain::fail(status, "%s", found->last_error());
}

int refrain_variants(const char* backend, const char** names) {
  if (backend == nullptr || names == nullptr) {
    return refrain::fail(REFRAIN_BAD_ARGUMENT, "backend or names is null");
  }
  *names = "";
  const refrain_backend* found = refrain::find_backend(backend);
  if (found == nullptr) return REFRAIN_UNAVAILABLE;
  *names = found->variants();
  return REFRAIN_OK;
}
