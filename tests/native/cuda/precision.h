// What the tests of TF32 and BF16 share.
#pragma once

#include "sides.h"

namespace refrain::test {

// A precision's name, its number for refrain_options, and the largest relative error of rounding to it:
// 2^-11 for TF32's 11 significant bits, 2^-8 for bfloat16's 8.
struct Rounding {
  const char* name;
  int32_t precision;
  double unit;
};

void check_products(refrain_context* cpu, refrain_context* other, const Rounding& rounding);
// Recurrent layers by two variants in the same precision.
void check_variants(refrain_context* cpu, refrain_context* per_step, refrain_context* cooperative,
                    const Rounding& rounding);

}  // namespace refrain::test
