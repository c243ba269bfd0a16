// The choice of the instruction set: the widest one by default, the named one when it is there,
// a message when it is not.
#include <string>

#include "check.h"
#include "cpu/target.h"

using refrain::choose_target;
using refrain::supports;
using refrain::Target;

int main() {
  Target target;
  std::string error;
  CHECK(choose_target("portable", &target, &error) && target == Target::kPortable);
  for (const char* any : {"", "auto"}) {
    CHECK(choose_target(any, &target, &error));
    CHECK(supports(target));
    if (supports(Target::kAvx512)) CHECK(target == Target::kAvx512);
  }
  for (const Target wanted : {Target::kAvx2, Target::kAvx512}) {
    const std::string name = target_name(wanted);
    error.clear();
    CHECK(choose_target(name, &target, &error) == supports(wanted));
    CHECK(supports(wanted) ? target == wanted : error.find(name) != std::string::npos);
  }
  CHECK(!choose_target("sse9", &target, &error));
  CHECK(error.find("sse9") != std::string::npos);
  return refrain::test::report();
}
