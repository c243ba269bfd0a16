#include <cstdio>
#include <cstring>

#include "refrain/refrain.h"

int main() {
  if (std::strcmp(refrain_version(), REFRAIN_VERSION) != 0) {
    std::fprintf(stderr, "refrain_version() is %s, expected %s\n", refrain_version(), REFRAIN_VERSION);
    return 1;
  }
  return 0;
}
