// Products against sums in double over awkward sizes, strides and alignments, and the order of
// every chain, for each instruction set.
#include "check.h"
#include "targets.h"

REFRAIN_DECLARE_CASES(gemm_cases)

int main() {
  REFRAIN_RUN_CASES(gemm_cases)
  return refrain::test::report();
}
