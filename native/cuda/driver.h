// The release of NVIDIA's driver, such as 580.95.05: what its downloads and its messages are named by. CUDA's
// own functions tell only which CUDA the driver knows.
#pragma once

#include <string>

namespace refrain::cuda {

// Of the text of /proc/driver/nvidia/version; "" where it names none.
std::string driver_release_in(const std::string& version_text);

// As NVML in this shared library tells it; "" where it does not.
std::string driver_release_by_nvml(const char* library);

// The first of both that answers on this machine; "" without a driver.
std::string driver_release();

}  // namespace refrain::cuda
