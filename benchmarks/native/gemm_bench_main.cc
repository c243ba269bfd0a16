#include <cstdio>
#include <cstring>

namespace refrain::portable {
void run_gemm_bench();
}
namespace refrain::avx2 {
void run_gemm_bench();
}
namespace refrain::avx512 {
void run_gemm_bench();
}

// Usage: gemm_bench [portable|avx2|avx512]; without a name, every target that this processor has.
int main(int count, char** arguments) {
  const auto wanted = [&](const char* name) {
    return count < 2 || std::strcmp(arguments[1], name) == 0;
  };
  if (wanted("portable")) {
    std::printf("portable: ");
    refrain::portable::run_gemm_bench();
  }
  if (wanted("avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    std::printf("avx2: ");
    refrain::avx2::run_gemm_bench();
  }
  if (wanted("avx512") && __builtin_cpu_supports("avx512f")) {
    std::printf("avx512: ");
    refrain::avx512::run_gemm_bench();
  }
  return 0;
}
