// Every operation on the cpu backend and on another one, over small shapes and all options.
//
//   parity_test LIBRARY BACKEND VARIANT
//
// Exits with 77 where the backend has no device, unless REFRAIN_REQUIRE in the environment names it.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "check.h"
#include "sides.h"

namespace {

refrain_context* open(const char* backend, const char* variant) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.libraries = REFRAIN_LIBRARY_CUBLAS | REFRAIN_LIBRARY_CUDNN;
  refrain_context* context = nullptr;
  if (refrain_context_create(&options, &context) != REFRAIN_OK) {
    std::fprintf(stderr, "%s: %s\n", backend, refrain_last_error());
  }
  return context;
}

// What is refused: a precision that nobody knows, another device, too much memory.
void check_refusals(const char* backend) {
  refrain_options options = {};
  options.backend = backend;
  options.memory_limit = 1 << 20;
  refrain_context* context = nullptr;
  CHECK(refrain_context_create(&options, &context) == REFRAIN_OK);
  void* data = nullptr;
  CHECK(refrain_allocate(context, 2 << 20, &data) == REFRAIN_OUT_OF_MEMORY);
  CHECK(std::string(refrain_last_error()).find("2097152") != std::string::npos);
  CHECK(refrain_allocate(context, 1 << 19, &data) == REFRAIN_OK);
  CHECK(refrain_allocated_bytes(context) == 1 << 19);
  CHECK(refrain_release(context, data) == REFRAIN_OK);
  CHECK(refrain_release(context, data) == REFRAIN_BAD_ARGUMENT);
  CHECK(refrain_allocated_bytes(context) == 0);
  refrain_context_destroy(context);
  options.memory_limit = 0;
  options.device = 99;
  CHECK(refrain_context_create(&options, &context) == REFRAIN_BAD_ARGUMENT);
  options.device = 0;
  options.precision = 7;
  CHECK(refrain_context_create(&options, &context) == REFRAIN_BAD_ARGUMENT);
  options.precision = REFRAIN_FP32;
  options.variant = "sideways";
  CHECK(refrain_context_create(&options, &context) == REFRAIN_UNAVAILABLE);
}

constexpr int kSkipped = 77;

// 0 if there is a device, otherwise the program's exit status.
int look_for_device(const char* backend) {
  int32_t count = -1;
  CHECK(refrain_device_count(backend, &count) == REFRAIN_OK);
  if (count > 0) return 0;
  CHECK(count == 0);
  refrain_options options = {};
  options.backend = backend;
  refrain_context* context = nullptr;
  CHECK(refrain_context_create(&options, &context) == REFRAIN_UNAVAILABLE);
  CHECK(std::string(refrain_last_error()).find("no CUDA device") != std::string::npos);
  std::printf("skipped: %s\n", refrain_last_error());
  const char* required = std::getenv("REFRAIN_REQUIRE");
  const bool fails = required != nullptr && std::string(required).find(backend) != std::string::npos;
  return refrain::test::report() != 0 || fails ? 1 : kSkipped;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: parity_test LIBRARY BACKEND VARIANT\n");
    return 2;
  }
  if (refrain_load_backend(argv[1]) != REFRAIN_OK) {
    std::fprintf(stderr, "%s\n", refrain_last_error());
    return 1;
  }
  const int missing = look_for_device(argv[2]);
  if (missing != 0) return missing;
  refrain_context* cpu = open("cpu", "portable");
  refrain_context* other = open(argv[2], argv[3]);
  if (cpu == nullptr || other == nullptr) return 1;
  check_refusals(argv[2]);
  refrain::test::check_operations(cpu, other);
  // They have no recurrent layer: one variant is all.
  const std::string variant = argv[3];
  if (variant == "auto" || variant == "perStep") refrain::test::check_vectors(cpu, other);
  refrain::test::check_cells(cpu, other);
  refrain::test::check_cell_sizes(cpu, other);
  refrain::test::check_cells_compared();
  refrain::test::check_recording(other);
  refrain_context_destroy(other);
  refrain_context_destroy(cpu);
  const int status = refrain::test::report();
  std::printf("bits %016" PRIx64 "\n", refrain::test::bits);
  return status;
}
