// The multiply-add peak of one core with the instructions of a target, in GFLOP/s.
#pragma once

#include "cpu/target.h"

namespace refrain {

double measured_peak(Target target);

}  // namespace refrain
