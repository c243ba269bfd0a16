// Cases of tests are compiled once per instruction set, in files named NAME_cases.cc;
// REFRAIN_DECLARE_CASES(name) declares the copies and REFRAIN_RUN_CASES(name) calls those that
// this processor can run.
#pragma once

#include <cstdio>

#include "cpu/target.h"

#define REFRAIN_DECLARE_CASES_OF(target, name) \
  namespace refrain::target {                  \
  void name();                                 \
  }
#define REFRAIN_RUN_CASES_OF(target, id, name)       \
  if (refrain::supports(refrain::Target::id)) {      \
    std::printf("%s: %s\n", #target, #name);         \
    refrain::target::name();                         \
  } else {                                           \
    std::printf("%s: not on this processor\n", #target); \
  }

#if defined(__x86_64__)
#define REFRAIN_DECLARE_CASES(name)           \
  REFRAIN_DECLARE_CASES_OF(portable, name)    \
  REFRAIN_DECLARE_CASES_OF(avx2, name)        \
  REFRAIN_DECLARE_CASES_OF(avx512, name)
#define REFRAIN_RUN_CASES(name)                   \
  REFRAIN_RUN_CASES_OF(portable, kPortable, name) \
  REFRAIN_RUN_CASES_OF(avx2, kAvx2, name)         \
  REFRAIN_RUN_CASES_OF(avx512, kAvx512, name)
#else
#define REFRAIN_DECLARE_CASES(name) REFRAIN_DECLARE_CASES_OF(portable, name)
#define REFRAIN_RUN_CASES(name) REFRAIN_RUN_CASES_OF(portable, kPortable, name)
#endif
