// Which copy of the kernels this process runs.
#pragma once

#include <string>

namespace refrain {

enum class Target { kPortable, kAvx2, kAvx512 };

const char* target_name(Target target);

// True when processor and operating system have the instructions.
bool supports(Target target);

// The widest supported target when `name` is empty or "auto", else the one of that name.
// Returns false with a message in *error when the name is unknown or the processor lacks it.
bool choose_target(const std::string& name, Target* target, std::string* error);

}  // namespace refrain
