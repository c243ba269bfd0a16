// TF32 and BF16: what a backend computes in them on tensor cores, beside the cpu backend's float32.
//
//   precision_test LIBRARY BACKEND PRECISION
//
// Exits with 77 where there is no device, or none that has the precision, unless REFRAIN_REQUIRE in the
// environment names the backend.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "check.h"
#include "precision.h"

namespace {

using refrain::test::Rounding;

constexpr Rounding kRoundings[] = {{"TF32", REFRAIN_TF32, 1.0 / 2048},
                                   {"BF16", REFRAIN_BF16, 1.0 / 256}};
constexpr int kSkipped = 77;

refrain_context* open(const char* backend, const char* variant, int32_t precision) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.precision = precision;
  refrain_context* context = nullptr;
  if (refrain_context_create(&options, &context) != REFRAIN_OK) {
    std::fprintf(stderr, "%s: %s\n", backend, refrain_last_error());
  }
  return context;
}

// 0 if there is a device that has the precision, otherwise the program's exit status.
int look_for_device(const char* backend, const Rounding& rounding) {
  int32_t count = 0;
  CHECK(refrain_device_count(backend, &count) == REFRAIN_OK);
  std::string reason = count > 0 ? "" : refrain_last_error();
  refrain_device_info info = {};
  if (count > 0) CHECK(refrain_describe_device(backend, 0, &info) == REFRAIN_OK);
  if (count > 0 && info.capability < 80) {
    refrain_options options = {};
    options.backend = backend;
    options.precision = rounding.precision;
    refrain_context* context = nullptr;
    CHECK(refrain_context_create(&options, &context) == REFRAIN_UNAVAILABLE);
    reason = refrain_last_error();
    CHECK(reason.find("compute capability 8.0") != std::string::npos);
  }
  if (reason.empty()) return 0;
  std::printf("skipped: %s\n", reason.c_str());
  const char* required = std::getenv("REFRAIN_REQUIRE");
  const bool fails = required != nullptr && std::string(required).find(backend) != std::string::npos;
  return refrain::test::failures != 0 || fails ? 1 : kSkipped;
}

}  // namespace

int main(int argc, char** argv) {
  const Rounding* rounding = nullptr;
  for (const Rounding& known : kRoundings) {
    if (argc == 4 && std::string(known.name) == argv[3]) rounding = &known;
  }
  if (rounding == nullptr) {
    std::fprintf(stderr, "usage: precision_test LIBRARY BACKEND TF32|BF16\n");
    return 2;
  }
  if (refrain_load_backend(argv[1]) != REFRAIN_OK) {
    std::fprintf(stderr, "%s\n", refrain_last_error());
    return 1;
  }
  const int missing = look_for_device(argv[2], *rounding);
  if (missing != 0) return missing;
  refrain_context* cpu = open("cpu", "portable", REFRAIN_FP32);
  refrain_context* other = open(argv[2], "perStep", rounding->precision);
  refrain_context* cooperative = open(argv[2], "cooperative", rounding->precision);
  if (cpu == nullptr || other == nullptr || cooperative == nullptr) return 1;
  const std::string description = refrain_context_description(other);
  CHECK(description.find(std::string("products in ") + rounding->name) != std::string::npos);
  refrain::test::check_products(cpu, other, *rounding);
  refrain::test::check_variants(cpu, other, cooperative, *rounding);
  refrain::test::check_cells_compared();
  refrain_context_destroy(cooperative);
  refrain_context_destroy(other);
  refrain_context_destroy(cpu);
  const int status = refrain::test::report();
  std::printf("bits %016" PRIx64 "\n", refrain::test::bits);
  return status;
}
