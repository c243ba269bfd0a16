// Stands in for NVML: it tells the driver's release that FAKE_NVML_VERSION names, and fails where that is
// empty or longer than the caller has room for.
#include <cstdlib>
#include <cstring>

#include "refrain/shapes.h"

namespace {

bool is_open = false;

}  // namespace

extern "C" {

REFRAIN_API int nvmlInit_v2() {
  is_open = true;
  return 0;
}

REFRAIN_API int nvmlShutdown() {
  is_open = false;
  return 0;
}

REFRAIN_API int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  const char* named = std::getenv("FAKE_NVML_VERSION");
  const char* told = named == nullptr ? "580.95.05" : named;
  if (!is_open || *told == '\0' || std::strlen(told) >= length) return 1;
  std::strcpy(version, told);
  return 0;
}

}  // extern "C"
