#include <cstdio>
#include <cstring>

#include "cpu/target.h"

namespace refrain {
namespace portable {
void run_gemm_bench();
}
#if defined(__x86_64__)
namespace avx2 {
void run_gemm_bench();
}
namespace avx512 {
void run_gemm_bench();
}
#endif
}  // namespace refrain

// Usage: gemm_bench [portable|avx2|avx512]; without a name, every target that this processor has.
int main(int count, char** arguments) {
  const auto wanted = [&](refrain::Target target) {
    if (!refrain::supports(target)) return false;
    if (count > 1 && std::strcmp(arguments[1], refrain::target_name(target)) != 0) return false;
    std::printf("%s: ", refrain::target_name(target));
    return true;
  };
  if (wanted(refrain::Target::kPortable)) refrain::portable::run_gemm_bench();
#if defined(__x86_64__)
  if (wanted(refrain::Target::kAvx2)) refrain::avx2::run_gemm_bench();
  if (wanted(refrain::Target::kAvx512)) refrain::avx512::run_gemm_bench();
#endif
  return 0;
}
