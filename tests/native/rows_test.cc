// The operations on rows that a batch names, through the C interface: against plain loops written
// here, at edge shapes, between guards, recorded and eager, on every instruction set and on one
// more backend.
//
//   rows_test [LIBRARY BACKEND]
//
// Exits with 77 where the backend has no device, unless the environment's REFRAIN_REQUIRE names it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "check.h"
#include "rows/arrays.h"
#include "rows/rows.h"

namespace {

using namespace refrain::test;

void check_engine(refrain_context* context) {
  check_distinct(context);
  check_skip_grams(context);
  check_log_uniform(context);
  for (const int32_t loss : {REFRAIN_SAMPLED_NCE, REFRAIN_SAMPLED_SOFTMAX}) {
    for (const bool flag : {false, true}) {
      check_nce(context, {loss, 1, 1, 1, 1, flag, false, 0});
      check_nce(context, {loss, 4, 3, 5, 1, flag, true, 0});  // one row: duplicates alone
      check_nce(context, {loss, 9, 5, 17, 11, flag, true, 0});
      check_nce(context, {loss, 33, 20, 70, 25, flag, false, 0});
      check_nce(context, {loss, 5, 3, 4, 7, flag, true, 1});
      check_nce(context, {loss, 5, 3, 4, 7, flag, true, 2});
    }
  }
  for (int32_t mode = REFRAIN_ROWS_DENSE; mode <= REFRAIN_ROWS_LAZY; ++mode) {
    check_rows_adam(context, mode, 1, 1);
    check_rows_adam(context, mode, 7, 19);
    CHECK(train(context, mode, false) == train(context, mode, true));
  }
  const int32_t lazy = REFRAIN_ROWS_LAZY, softmax = REFRAIN_SAMPLED_SOFTMAX;
  CHECK(train(context, lazy, false, softmax) == train(context, lazy, true, softmax));
  CHECK(train(context, lazy, false, softmax) != train(context, lazy, false));
  CHECK(train(context, lazy, false, softmax, true) == train(context, lazy, true, softmax, true));
  CHECK(train(context, lazy, false, softmax, true) != train(context, lazy, false, softmax));
  check_rows_sgd(context, 1, 1, 1);
  check_rows_sgd(context, 5, 7, 9);
  check_rows_sgd(context, 300, 33, 200);
  check_row_refusals(context);
}

refrain_context* open(const char* backend, const char* variant, int threads) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  refrain_context_create(&options, &context);
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    ok(refrain_load_backend(argv[1]));
    int32_t devices = 0;
    ok(refrain_device_count(argv[2], &devices));
    if (devices == 0) {
      std::printf("skipped: %s\n", refrain_last_error());
      const char* required = std::getenv("REFRAIN_REQUIRE");
      return required != nullptr && std::strstr(required, argv[2]) != nullptr ? 1 : 77;
    }
    refrain_context* context = open(argv[2], nullptr, 0);
    CHECK(context != nullptr);
    if (context != nullptr) check_engine(context);
    refrain_context_destroy(context);
    return refrain::test::report();
  }
  for (const char* variant : {"portable", "avx2", "avx512"}) {
    refrain_context* one = open("cpu", variant, 1);
    if (one == nullptr) {
      std::printf("no %s here: %s\n", variant, refrain_last_error());
      continue;
    }
    refrain_context* three = open("cpu", variant, 3);
    check_engine(one);
    check_engine(three);
    for (int32_t mode = REFRAIN_ROWS_DENSE; mode <= REFRAIN_ROWS_LAZY; ++mode) {
      for (const int32_t loss : {REFRAIN_SAMPLED_NCE, REFRAIN_SAMPLED_SOFTMAX}) {
        CHECK(train(one, mode, false, loss) == train(three, mode, false, loss));
        CHECK(train(one, mode, false, loss, true) == train(three, mode, false, loss, true));
      }
    }
    refrain_context_destroy(three);
    refrain_context_destroy(one);
  }
  return refrain::test::report();
}
