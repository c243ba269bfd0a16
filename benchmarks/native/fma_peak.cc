#include "fma_peak.h"

namespace refrain::REFRAIN_TARGET {

double measured_peak() { return peak_gflops(); }

}  // namespace refrain::REFRAIN_TARGET
