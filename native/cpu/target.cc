#include "cpu/target.h"

namespace refrain {
namespace {

constexpr Target kWidestFirst[] = {Target::kAvx512, Target::kAvx2, Target::kPortable};

}  // namespace

const char* target_name(Target target) {
  switch (target) {
    case Target::kAvx512:
      return "avx512";
    case Target::kAvx2:
      return "avx2";
    case Target::kPortable:
      break;
  }
  return "portable";
}

bool supports(Target target) {
#if defined(__x86_64__)
  switch (target) {
    case Target::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("fma");
    case Target::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Target::kPortable:
      break;
  }
  return true;
#else
  return target == Target::kPortable;
#endif
}

bool choose_target(const std::string& name, Target* target, std::string* error) {
  const bool any = name.empty() || name == "auto";
  for (Target candidate : kWidestFirst) {
    if (!any && name != target_name(candidate)) continue;
    if (supports(candidate)) {
      *target = candidate;
      return true;
    }
    if (!any) {
      *error = "this processor has no " + name +
               " instructions; choose portable, or auto for the widest it has";
      return false;
    }
  }
  *error = "unknown instruction set \"" + name + "\"; choose portable, avx2, avx512 or auto";
  return false;
}

}  // namespace refrain
