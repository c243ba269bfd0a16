// The release of NVIDIA's driver, from texts as drivers of several years have written them, and by NVML.
//
//   driver_test LIBRARY, which stands in for NVML
#include "cuda/driver.h"

#include <cstdlib>
#include <string>

#include "check.h"

namespace refrain::test {
namespace {

using cuda::driver_release_by_nvml;
using cuda::driver_release_in;

void check_recorded_texts() {
  CHECK(driver_release_in("NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.57.02  Tue Jul 13 "
                          "16:14:05 UTC 2021\nGCC version:  gcc version 9.3.0 (Ubuntu 9.3.0-17)\n") ==
        "470.57.02");
  CHECK(driver_release_in("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release "
                          "Build  (dvs-builder@U22-I3-AE18-23-3)  Sun Jul 27 06:54:38 UTC 2025\n"
                          "GCC version:  gcc version 12.3.0\n") == "580.65.06");
  CHECK(driver_release_in("NVRM version: NVIDIA UNIX aarch64 Kernel Module  535.54  Tue Jul 13\n") ==
        "535.54");
}

// Whatever the file holds, what comes out is a release or nothing.
void check_other_texts() {
  for (const char* text :
       {"", "\n\n", "NVRM version:", "NVRM version: NVIDIA UNIX x86_64 Kernel Module",
        "GCC version:  gcc version 12.3.0", "NVRM version: 580", "NVRM version: 580. .65 5..6 1.2.3.4",
        "NVRM version: 580.65x 16:14:05 9999999999999999999999999.99999999999999999999"}) {
    CHECK(driver_release_in(text).empty());
  }
}

void check_nvml(const char* library) {
  CHECK(driver_release_by_nvml("/nowhere/libnvidia-ml.so.1").empty());
  CHECK(driver_release_by_nvml(library) == "580.95.05");
  // What it says is no more trusted than the file.
  setenv("FAKE_NVML_VERSION", "a driver; rm -rf", 1);
  CHECK(driver_release_by_nvml(library).empty());
  setenv("FAKE_NVML_VERSION", "", 1);
  CHECK(driver_release_by_nvml(library).empty());
}

}  // namespace
}  // namespace refrain::test

int main(int argc, char** argv) {
  using namespace refrain::test;
  if (argc != 2) return 2;
  check_recorded_texts();
  check_other_texts();
  check_nvml(argv[1]);
  return report();
}
