// cuBLAS and cuDNN as the emulated backend uses them, with the libraries that stand in for them: found
// and not found, called and recorded.
//
//   vendor_test LIBRARY, with REFRAIN_CUBLAS_LIBRARY and REFRAIN_CUDNN_LIBRARY in the environment
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "sides.h"

namespace refrain::test {
namespace {

constexpr int32_t kBoth = REFRAIN_LIBRARY_CUBLAS | REFRAIN_LIBRARY_CUDNN;

refrain_context* open(const char* backend, const char* variant, int32_t libraries) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.libraries = libraries;
  refrain_context* context = nullptr;
  if (refrain_context_create(&options, &context) != REFRAIN_OK) {
    std::fprintf(stderr, "%s: %s\n", backend, refrain_last_error());
  }
  CHECK(context != nullptr);
  return context;
}

bool contains(const std::string& text, const char* part) {
  if (text.find(part) != std::string::npos) return true;
  std::fprintf(stderr, "\"%s\" does not contain \"%s\"\n", text.c_str(), part);
  return false;
}

std::string described(int32_t libraries) {
  refrain_context* context = open("emulated", nullptr, libraries);
  const std::string description = refrain_context_description(context);
  refrain_context_destroy(context);
  return description;
}

// How often a stand-in's products or layers have been called.
int64_t calls(const char* variable, const char* function) {
  void* library = dlopen(std::getenv(variable), RTLD_NOW | RTLD_LOCAL);
  CHECK(library != nullptr);
  const auto count = reinterpret_cast<int64_t (*)()>(dlsym(library, function));
  CHECK(count != nullptr);
  return count();
}

int64_t products() { return calls("REFRAIN_CUBLAS_LIBRARY", "fake_cublas_calls"); }
int64_t layers() { return calls("REFRAIN_CUDNN_LIBRARY", "fake_cudnn_calls"); }

// Before anything is found.
void check_missing() {
  const std::string cublas = std::getenv("REFRAIN_CUBLAS_LIBRARY");
  const std::string cudnn = std::getenv("REFRAIN_CUDNN_LIBRARY");
  setenv("REFRAIN_CUBLAS_LIBRARY", "/nowhere/libcublas.so", 1);
  setenv("REFRAIN_CUDNN_LIBRARY", cublas.c_str(), 1);  // a library, but not the right one
  const std::string both = described(kBoth);
  CHECK(contains(both, "own matrix products, cuBLAS not found (cannot open /nowhere/libcublas.so"));
  CHECK(contains(both, "own recurrent kernels, cuDNN not found ("));
  CHECK(contains(both, "has no cudnnGetVersion()"));
  refrain_device_info info = {};
  CHECK(refrain_describe_device("emulated", 0, &info) == REFRAIN_OK);
  CHECK(info.cublas_version == 0 && info.cudnn_version == 0);
  unsetenv("REFRAIN_CUBLAS_LIBRARY");
  CHECK(contains(described(REFRAIN_LIBRARY_CUBLAS), "REFRAIN_CUBLAS_LIBRARY names"));
  setenv("REFRAIN_CUBLAS_LIBRARY", cublas.c_str(), 1);
  setenv("REFRAIN_CUDNN_LIBRARY", cudnn.c_str(), 1);
}

void check_found() {
  CHECK(contains(described(kBoth), ", cuBLAS 13.2.1, cuDNN 9.25.1"));
  CHECK(described(0).find("cu") == std::string::npos);
  refrain_device_info info = {};
  CHECK(refrain_describe_device("emulated", 0, &info) == REFRAIN_OK);
  CHECK(info.cublas_version == 130201 && info.cudnn_version == 92501);
}

struct LinearArrays {
  Array parameters, gradients, x, y, dy, dx;
};

constexpr int kRows = 512, kInputs = 256, kOutputs = 160, kPadding = 4;
constexpr int64_t kParameters = kInputs * kOutputs + kOutputs;

refrain_linear_args linear(const Side& side, const LinearArrays& a, int groups, bool accumulates) {
  refrain_linear_args args = {};
  args.groups = groups;
  args.rows = kRows;
  args.inputs = kInputs;
  args.outputs = kOutputs;
  args.parameters = side.floats(a.parameters);
  args.gradients = side.floats(a.gradients);
  args.parameter_stride = kParameters;
  args.weight = 0;
  args.bias = kInputs * kOutputs;
  const auto view = [&](Array array, int64_t columns) {
    return side.view(array, kRows * (columns + kPadding), columns + kPadding);
  };
  args.x = view(a.x, kInputs);
  args.y = view(a.y, kOutputs);
  args.dy = view(a.dy, kOutputs);
  args.dx = view(a.dx, kInputs);
  args.accumulate_parameters = accumulates;
  return args;
}

// Forward and backward of a large layer against the cpu; the bits of what the engine under test computed.
std::vector<float> check_linear(refrain_context* cpu, refrain_context* other, int groups,
                                bool accumulates, bool recorded) {
  Random random(17);
  Sides sides(cpu, other, groups, 0);
  const auto drawn = [&](int64_t count, float scale) {
    return sides.random(random, count * groups, scale);
  };
  LinearArrays a;
  a.parameters = drawn(kParameters, 0.3f);
  a.gradients = drawn(kParameters, 1.0f);
  a.x = drawn(kRows * (kInputs + kPadding), 1.0f);
  a.y = sides.output(kRows * (kOutputs + kPadding) * groups);
  a.dy = drawn(kRows * (kOutputs + kPadding), 1.0f);
  a.dx = drawn(kRows * (kInputs + kPadding), 1.0f);
  sides.run([&](const Side& side) {
    const refrain_linear_args args = linear(side, a, groups, accumulates);
    refrain_recording* recording = nullptr;
    if (recorded) CHECK(refrain_record_begin(side.context) == REFRAIN_OK);
    CHECK(refrain_linear_forward(side.context, &args) == REFRAIN_OK);
    const int status = refrain_linear_backward(side.context, &args);
    if (!recorded || status != REFRAIN_OK) return status;
    CHECK(refrain_record_end(side.context, &recording) == REFRAIN_OK);
    CHECK(refrain_recording_run(recording, 1) == REFRAIN_OK);
    refrain_recording_destroy(recording);
    return status;
  });
  // c * sqrt(terms) * eps times the size of a partial sum: 512 terms of mean size 1/3 that add up as a
  // random walk does, c = 4.
  const double terms = 512.0;
  sides.compare("a large linear layer",
                4.0 * std::sqrt(terms) * std::ldexp(1.0, -24) * std::sqrt(terms) / 3.0);
  std::vector<float> values;
  for (const Array array : {a.y, a.gradients, a.dx}) {
    const std::vector<float> part = sides.read(array, 1);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void check_cublas(refrain_context* cpu) {
  refrain_context* other = open("emulated", nullptr, kBoth);
  const int64_t before = products();
  // The recording first: all that a capture forbids must happen before it.
  const std::vector<float> recorded = check_linear(cpu, other, 2, false, true);
  CHECK(products() > before);
  const int64_t after_recording = products();
  const std::vector<float> eager = check_linear(cpu, other, 2, false, false);
  CHECK(products() - after_recording == 2 * 3);  // groups times y, dW and dx
  CHECK(same_bits(recorded, eager));
  check_linear(cpu, other, 1, true, false);
  refrain_context_destroy(other);
  refrain_context* own = open("emulated", nullptr, 0);
  const int64_t before_own = products();
  check_linear(cpu, own, 1, false, false);
  CHECK(products() == before_own);
  refrain_context_destroy(own);
}

constexpr int kSteps = 7, kBatch = 3, kHidden = 5, kCellInputs = 2;
constexpr int64_t kCellParameters = 256;

// Training steps of an LSTM in a context of its own, with lengths that change between them.
std::vector<float> train_lstm(bool recorded) {
  refrain_context* context = open("emulated", "cudnn", kBoth);
  std::vector<void*> memory;
  const auto floats = [&](const std::vector<float>& values) {
    void* data = nullptr;
    const auto size_bytes = static_cast<int64_t>(values.size() * sizeof(float));
    CHECK(refrain_allocate(context, size_bytes, &data) == REFRAIN_OK);
    CHECK(refrain_write(context, data, values.data(), size_bytes) == REFRAIN_OK);
    memory.push_back(data);
    return static_cast<float*>(data);
  };
  Random random(3);
  const auto drawn = [&](int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = random.uniform(-0.5f, 0.5f);
    return floats(values);
  };
  constexpr int64_t kRows = kSteps * kBatch;
  refrain_lstm_args args = {};
  args.shape = {1, kSteps, kBatch, kCellInputs, kHidden, kHidden};
  args.forget_bias = 1.0;
  args.parameters = {drawn(kCellParameters), drawn(kCellParameters), kCellParameters, 0, 40, -1, -1,
                     140, 160};
  args.sequence.x = {drawn(kRows * kCellInputs), kRows * kCellInputs, kCellInputs};
  args.sequence.y = {drawn(kRows * kHidden), kRows * kHidden, kHidden};
  args.gradient.dy = {drawn(kRows * kHidden), kRows * kHidden, kHidden};
  args.gradient.dx = {drawn(kRows * kCellInputs), kRows * kCellInputs, kCellInputs};
  args.gradient.accumulate_parameters = 1;
  auto* lengths = reinterpret_cast<int32_t*>(drawn(kBatch));
  args.sequence.lengths = lengths;
  const int64_t reserve = refrain_lstm_reserve(context, &args);
  CHECK(reserve > 0);
  args.sequence.reserve = drawn(reserve);
  refrain_recording* recording = nullptr;
  const auto step = [&] {
    CHECK(refrain_lstm_forward(context, &args) == REFRAIN_OK);
    CHECK(refrain_lstm_backward(context, &args) == REFRAIN_OK);
  };
  if (recorded) {
    CHECK(refrain_record_begin(context) == REFRAIN_OK);
    step();
    CHECK(refrain_record_end(context, &recording) == REFRAIN_OK);
  }
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t now[kBatch] = {i, kSteps, kSteps - i};
    CHECK(refrain_write(context, lengths, now, sizeof now) == REFRAIN_OK);
    if (!recorded) step();
    if (recorded) CHECK(refrain_recording_run(recording, 1) == REFRAIN_OK);
  }
  std::vector<float> result(kCellParameters);
  CHECK(refrain_read(context, result.data(), args.parameters.gradients,
                     kCellParameters * int64_t{sizeof(float)}) == REFRAIN_OK);
  refrain_recording_destroy(recording);
  for (void* data : memory) CHECK(refrain_release(context, data) == REFRAIN_OK);
  refrain_context_destroy(context);
  return result;
}

void check_cudnn() {
  const int64_t before = layers();
  const std::vector<float> recorded = train_lstm(true);
  CHECK(layers() > before);
  const int64_t after = layers();
  const std::vector<float> eager = train_lstm(false);
  CHECK(layers() - after == 3 * 3);  // steps times forward, data and weights
  CHECK(same_bits(recorded, eager));
}

// What the variant cudnn says of a layer that it does not run.
void check_declined(int32_t libraries, int32_t activation, const char* reason) {
  refrain_context* context = open("emulated", "cudnn", libraries);
  refrain_rnn_args args = {};
  args.shape = {1, 2, 2, 2, 2, 2};
  args.activation = activation;
  args.parameters = {nullptr, nullptr, 16, 0, 4, -1, -1, 8, 10};
  CHECK(refrain_rnn_reserve(context, &args) < 0);
  CHECK(contains(refrain_last_error(), "the variant cudnn does not run this layer"));
  CHECK(contains(refrain_last_error(), reason));
  CHECK(contains(refrain_last_error(), "rnn_forward [G=1, T=2, N=2, I=2, H=2, Q=2] on emulated:0"));
  refrain_context_destroy(context);
}

}  // namespace
}  // namespace refrain::test

int main(int argc, char** argv) {
  using namespace refrain::test;
  if (argc != 2 || std::getenv("REFRAIN_CUBLAS_LIBRARY") == nullptr ||
      std::getenv("REFRAIN_CUDNN_LIBRARY") == nullptr) {
    std::fprintf(stderr,
                 "usage: REFRAIN_CUBLAS_LIBRARY=... REFRAIN_CUDNN_LIBRARY=... vendor_test LIBRARY\n");
    return 2;
  }
  if (refrain_load_backend(argv[1]) != REFRAIN_OK) {
    std::fprintf(stderr, "%s\n", refrain_last_error());
    return 1;
  }
  check_missing();
  check_found();
  refrain_context* cpu = open("cpu", nullptr, 0);
  check_cublas(cpu);
  refrain_context_destroy(cpu);
  check_cudnn();
  check_declined(0, REFRAIN_TANH, "the engine was opened without cuDNN");
  check_declined(kBoth, REFRAIN_ELU, "cuDNN's cells have tanh");
  return report();
}
