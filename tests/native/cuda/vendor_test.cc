// cuBLAS and cuDNN as the emulated backend uses them, with the libraries that stand in for them: found
// and not found, called and recorded.
//
//   vendor_test LIBRARY, with REFRAIN_CUBLAS_LIBRARY and REFRAIN_CUDNN_LIBRARY in the environment
#include <dlfcn.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "sides.h"

namespace refrain::test {
namespace {

constexpr int32_t kBoth = REFRAIN_LIBRARY_CUBLAS | REFRAIN_LIBRARY_CUDNN;

refrain_context* open(const char* backend, const char* variant, int32_t libraries,
                      int64_t memory_limit = 0) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.libraries = libraries;
  options.memory_limit = memory_limit;
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

// Lets the next call of a stand-in's function fail.
void refuse(const char* variable, const char* planner, const char* function) {
  void* library = dlopen(std::getenv(variable), RTLD_NOW | RTLD_LOCAL);
  CHECK(library != nullptr);
  reinterpret_cast<void (*)(const char*)>(dlsym(library, planner))(function);
}

void refuse_cublas(const char* function) {
  refuse("REFRAIN_CUBLAS_LIBRARY", "fake_cublas_refuse", function);
}
void refuse_cudnn(const char* function) {
  refuse("REFRAIN_CUDNN_LIBRARY", "fake_cudnn_refuse", function);
}

using Tell = int64_t (*)(refrain_context* context, char* buffer, int64_t size_bytes);

std::string told(Tell tell, refrain_context* context) {
  std::string text(static_cast<size_t>(tell(context, nullptr, 0)) + 1, '?');
  CHECK(tell(context, text.data(), static_cast<int64_t>(text.size())) + 1 ==
        static_cast<int64_t>(text.size()));
  CHECK(text.back() == '\0');
  text.pop_back();
  return text;
}

std::string decisions(refrain_context* context) { return told(refrain_context_decisions, context); }
std::string notices(refrain_context* context) { return told(refrain_context_notices, context); }

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
  refrain_software_info info = {};
  CHECK(refrain_describe_software("emulated", &info) == REFRAIN_OK);
  CHECK(info.cublas_version == 0 && info.cudnn_version == 0);
  CHECK(contains(info.cublas_reason, "cannot open /nowhere/libcublas.so"));
  CHECK(contains(info.cudnn_reason, "has no cudnnGetVersion()"));
  unsetenv("REFRAIN_CUBLAS_LIBRARY");
  CHECK(contains(described(REFRAIN_LIBRARY_CUBLAS), "REFRAIN_CUBLAS_LIBRARY names"));
  setenv("REFRAIN_CUBLAS_LIBRARY", cublas.c_str(), 1);
  setenv("REFRAIN_CUDNN_LIBRARY", cudnn.c_str(), 1);
}

void check_found() {
  CHECK(contains(described(kBoth), ", cuBLAS 13.2.1, cuDNN 9.25.1"));
  CHECK(described(0).find("cu") == std::string::npos);
  refrain_software_info info = {};
  CHECK(refrain_describe_software("emulated", &info) == REFRAIN_OK);
  CHECK(info.cublas_version == 130201 && info.cudnn_version == 92501);
  CHECK(info.cublas_reason[0] == '\0' && info.cudnn_reason[0] == '\0');
  CHECK(info.runtime_version == 13000 && info.driver[0] == '\0');
}

struct LinearArrays {
  Array parameters, gradients, x, y, dy, dx;
};

constexpr int kRows = 512, kInputs = 256, kOutputs = 160, kPadding = 4;
constexpr int64_t kParameters = kInputs * kOutputs + kOutputs;

refrain_linear_args linear(const Side& side, const LinearArrays& a, int groups, bool accumulates,
                           int64_t stride) {
  refrain_linear_args args = {};
  args.groups = groups;
  args.rows = kRows;
  args.inputs = kInputs;
  args.outputs = kOutputs;
  args.parameters = side.floats(a.parameters);
  args.gradients = side.floats(a.gradients);
  args.parameter_stride = stride;
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
                                bool accumulates, bool recorded, int64_t odd = 0) {
  Random random(17);
  const int64_t stride = kParameters + odd;
  Sides sides(cpu, other, groups, 0);
  const auto drawn = [&](int64_t count, float scale) {
    return sides.random(random, count * groups, scale);
  };
  LinearArrays a;
  a.parameters = drawn(stride, 0.3f);
  a.gradients = drawn(stride, 1.0f);
  a.x = drawn(kRows * (kInputs + kPadding), 1.0f);
  a.y = sides.output(kRows * (kOutputs + kPadding) * groups);
  a.dy = drawn(kRows * (kOutputs + kPadding), 1.0f);
  a.dx = drawn(kRows * (kInputs + kPadding), 1.0f);
  sides.run([&](const Side& side) {
    const refrain_linear_args args = linear(side, a, groups, accumulates, stride);
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

void check_decisions(refrain_context* cpu) {
  CHECK(decisions(cpu).empty() && notices(cpu).empty());
  refrain_context* other = open("emulated", nullptr, kBoth);
  check_linear(cpu, other, 1, false, false);
  CHECK(contains(decisions(other), "product m=512 n=160 k=256 B^T: cuBLAS\n"));
  CHECK(notices(other).empty());
  refrain_context_destroy(other);
  refrain_context* own = open("emulated", nullptr, 0);
  check_linear(cpu, own, 1, false, false);
  CHECK(contains(decisions(own),
                 "product m=512 n=160 k=256 B^T: own kernels in float32; not cuBLAS: the engine was "
                 "opened without cuBLAS; not tensor cores: the precision is FP32\n"));
  refrain_context_destroy(own);
}

constexpr int64_t kMebibyte = 1 << 20;

// cuBLAS is there and cannot be had: the own kernels do its work, and that is said once.
void check_cublas_refused(refrain_context* cpu) {
  const int64_t before = products();
  refrain_context* small = open("emulated", nullptr, REFRAIN_LIBRARY_CUBLAS, 16 * kMebibyte);
  CHECK(contains(refrain_context_description(small),
                 "own matrix products, cuBLAS not used (its workspace of 4194304 bytes is more than an "
                 "eighth of the memory limit of 16777216 bytes)"));
  check_linear(cpu, small, 1, false, true);
  refrain_context_destroy(small);

  refrain_context* broken = open("emulated", nullptr, kBoth);
  refuse_cublas("cublasCreate");
  check_linear(cpu, broken, 1, false, true);
  check_linear(cpu, broken, 1, false, false);
  CHECK(notices(broken) ==
        "cuBLAS is not used on emulated:0 (emulated device): cublasCreate: the stand-in refuses this call "
        "(7): Refrain's own kernels do its work\n");
  CHECK(contains(decisions(broken), "own kernels in float32; not cuBLAS: cublasCreate: "));
  refrain_context_destroy(broken);

  refrain_context* full = open("emulated", nullptr, kBoth, 40 * kMebibyte);
  void* filler = nullptr;
  CHECK(refrain_allocate(full, 69 * kMebibyte / 2, &filler) == REFRAIN_OK);
  check_linear(cpu, full, 1, false, true);
  CHECK(contains(notices(full), "no room for its workspace: 4194304 bytes more would pass the memory"));
  refrain_context_destroy(full);
  CHECK(products() == before);
}

// Groups whose matrices are aligned unlike each other, each of which cuBLAS may have a kernel for.
void check_unaligned_groups(refrain_context* cpu) {
  refrain_context* other = open("emulated", nullptr, kBoth);
  CHECK(kParameters % 4 == 0);
  check_linear(cpu, other, 5, false, true, 1);
  refrain_context_destroy(other);
}

// What cannot be ended is told by whoever closes the engine, and everything else is ended all the same.
void check_endings(refrain_context* cpu) {
  refrain_context* other = open("emulated", nullptr, kBoth);
  check_linear(cpu, other, 1, false, false);
  refuse_cublas("cublasDestroy");
  CHECK(refrain_context_destroy(other) == REFRAIN_FAILED);
  CHECK(contains(refrain_last_error(), "ending cuBLAS: cublasDestroy: the stand-in refuses this call (7)"));
}

constexpr int kSteps = 7, kBatch = 3, kHidden = 5, kCellInputs = 2;
constexpr int64_t kCellParameters = 256;

// Training steps of an LSTM, with initial and final states and lengths that change between them.
std::vector<float> train_lstm(refrain_context* context, bool recorded) {
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
  const auto state = [&] { return refrain_view{drawn(kBatch * kHidden), kBatch * kHidden, kHidden}; };
  args.sequence.hx = state();
  args.sequence.cx = state();
  args.sequence.cy = state();
  args.gradient.dhx = state();
  args.gradient.dcy = state();
  args.gradient.dcx = state();
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
  return result;
}

std::vector<float> train_lstm(bool recorded) {
  refrain_context* context = open("emulated", "cudnn", kBoth);
  const std::vector<float> gradients = train_lstm(context, recorded);
  CHECK(contains(decisions(context),
                 "lstm G=1 T=7 N=3 I=2 H=5 Q=5 activation=0 options=0: cudnn; not others: cudnn is forced"));
  CHECK(refrain_context_destroy(context) == REFRAIN_OK);
  return gradients;
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

// cuDNN is there and cannot be had: by rules its layers go to the next variant, and a forced one says why.
void check_cudnn_refused() {
  const int64_t before = layers();
  refrain_context* context = open("emulated", nullptr, kBoth);
  // So large a layer runs by no variant that is asked before cuDNN.
  refrain_rnn_args args = {};
  args.shape = {1, 2, 2, 2, 30000, 30000};
  args.parameters = {nullptr, nullptr, 1, 0, 0, -1, -1, -1, -1};
  refuse_cudnn("cudnnCreate");
  CHECK(refrain_rnn_reserve(context, &args) > 0);
  CHECK(contains(notices(context), "cuDNN is not used on emulated:0 (emulated device): cudnnCreate: the"));
  CHECK(contains(decisions(context), ": perStep; not block: "));
  CHECK(contains(decisions(context), "; not cudnn: cudnnCreate: the stand-in refuses this call (2000)\n"));
  CHECK(refrain_context_destroy(context) == REFRAIN_OK);
  CHECK(layers() == before);

  context = open("emulated", "cudnn", kBoth);
  train_lstm(context, false);
  refuse_cudnn("cudnnDestroyRNNDescriptor");
  CHECK(refrain_context_destroy(context) == REFRAIN_FAILED);
  CHECK(contains(refrain_last_error(),
                 "ending cuDNN: cudnnDestroyRNNDescriptor: the stand-in refuses this call (2000)"));
}

// Engines are opened and closed by one thread while another one records: what NVIDIA's libraries wait for then
// must not break its captures.
void check_two_threads() {
  std::atomic<bool> recorded{false};
  std::atomic<int> opened{0};
  std::thread opening([&] {
    while (!recorded || opened == 0) {
      train_lstm(false);
      ++opened;
    }
  });
  refrain_context* context = open("emulated", "cudnn", kBoth);
  for (int i = 0; i < 100; ++i) train_lstm(context, true);
  while (opened == 0) std::this_thread::yield();
  recorded = true;
  opening.join();
  CHECK(refrain_context_destroy(context) == REFRAIN_OK);
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
  check_unaligned_groups(cpu);
  check_decisions(cpu);
  check_cublas_refused(cpu);
  check_endings(cpu);
  refrain_context_destroy(cpu);
  check_cudnn();
  check_cudnn_refused();
  check_two_threads();
  check_declined(0, REFRAIN_TANH, "the engine was opened without cuDNN");
  check_declined(kBoth, REFRAIN_ELU, "cuDNN's cells have tanh");
  return report();
}
