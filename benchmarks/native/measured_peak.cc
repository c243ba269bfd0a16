#include "measured_peak.h"

namespace refrain {
namespace portable {
double measured_peak();
}
#if defined(__x86_64__)
namespace avx2 {
double measured_peak();
}
namespace avx512 {
double measured_peak();
}
#endif

double measured_peak(Target target) {
#if defined(__x86_64__)
  if (target == Target::kAvx512) return avx512::measured_peak();
  if (target == Target::kAvx2) return avx2::measured_peak();
#endif
  (void)target;
  return portable::measured_peak();
}

}  // namespace refrain
