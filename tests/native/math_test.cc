// The vector functions against the C library's in double, their limits, and their independence
// of position, for each instruction set.
#include "check.h"
#include "targets.h"

REFRAIN_DECLARE_CASES(math_cases)

int main() {
  REFRAIN_RUN_CASES(math_cases)
  return refrain::test::report();
}
