// The training steps that the CUDA engine is judged by, on a backend in a library of its own.
//
//   gpu_bench LIBRARY BACKEND info       what the device is, a line each
//   gpu_bench LIBRARY BACKEND variants   the ways to run a recurrent layer, with commas
//   gpu_bench LIBRARY BACKEND bench      a table: time of a step, beside its floor on this device
//   gpu_bench LIBRARY BACKEND bench tiny the same of shapes so small that the emulator runs them
//
// A step is recorded and replayed many times; the time is the wall clock from the first replay to the end
// of the last, divided by their number, and the median of the rounds: nearly the device's own time, since
// it is kept busy. Before it counts, the result of the first step is compared with the cpu backend's. Exits
// with 1 where that fails.
//
// `operations` are those recorded, each a launch or more: results/floors.md counts the launches.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "aims.h"
#include "device_peaks.h"
#include "floor.h"
#include "training_step.h"

namespace refrain::bench {
namespace {

// Steps of a fleet's training, by which a time becomes trained models a second.
constexpr double kStepsOfModel = 4000;

// The largest difference from the cpu's FP32 that rounding explains, relative to the largest value: 2e-5
// for a recurrence in float32 in another order; TF32 rounds the inputs of products to 2^-12 and BF16 to
// 2^-9, of which a few add up through the steps.
double tolerance(int32_t precision) {
  return precision == REFRAIN_FP32 ? 2e-5 : precision == REFRAIN_TF32 ? 8 * 0x1p-12 : 8 * 0x1p-9;
}

struct ContextDeleter {
  void operator()(refrain_context* context) const { refrain_context_destroy(context); }
};
using Context = std::unique_ptr<refrain_context, ContextDeleter>;

Context open(const char* backend, const char* variant, int32_t precision) {
  refrain_options options = {};
  options.backend = backend;
  options.variant = variant;
  options.precision = precision;
  options.libraries = REFRAIN_LIBRARY_CUBLAS | REFRAIN_LIBRARY_CUDNN;
  refrain_context* context = nullptr;
  if (refrain_context_create(&options, &context) != REFRAIN_OK) return nullptr;
  return Context(context);
}

struct Result {
  std::vector<float> outputs;
  std::vector<float> gradients;
};

// Groups that are compared: all of them have the same shape.
int32_t compared_groups(const Shape& shape) { return std::min(shape.groups, 4); }

Result of_cpu(const Shape& shape) {
  Shape few = shape;
  few.groups = compared_groups(shape);
  const Context cpu = open("cpu", nullptr, REFRAIN_FP32);
  if (cpu == nullptr) require(REFRAIN_FAILED);
  const TrainingStep step(cpu.get(), few);
  for (const auto& operation : step.operations()) require(operation.run());
  return {step.outputs(few.groups), step.gradients(few.groups)};
}

// The largest difference relative to the largest value.
double difference(const std::vector<float>& expected, const std::vector<float>& actual) {
  double largest = 0;
  double most = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(expected[i])));
    const double difference = std::fabs(static_cast<double>(expected[i]) - actual[i]);
    if (!(difference <= most)) most = difference;
  }
  return largest > 0 ? most / largest : most;
}

double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

// Median seconds of one replay.
double time_replays(refrain_context* context, refrain_recording* recording, bool tiny) {
  const int rounds = tiny ? 1 : 9;
  int64_t times = 1;
  const auto run = [&](int64_t count) {
    const double begin = now();
    require(refrain_recording_run(recording, count));
    require(refrain_synchronize(context));
    return now() - begin;
  };
  if (!tiny) {
    run(3);
    const double once = run(5) / 5;
    times = std::max<int64_t>(1, std::min<int64_t>(2000, static_cast<int64_t>(0.1 / once)));
  }
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    seconds.push_back(run(times) / static_cast<double>(times));
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

// The floor's seconds on this device. A recorded operation is at least one launch.
double seconds_of(const Floor& floor, const Aim& aim, int64_t operations, const DevicePeaks& peaks) {
  return std::max(floor.bytes / peaks.copy_bytes, floor.flops / peaks.flops(aim.precision)) +
         static_cast<double>(operations) * peaks.node_seconds +
         floor.syncs * (floor.grid_syncs ? peaks.grid_seconds : peaks.block_seconds);
}

class Bench {
 public:
  Bench(const char* backend, bool tiny) : backend_(backend), tiny_(tiny) {}

  int run() {
    // An emulated backend in a program that is linked to CUDA has no device to measure.
    measured_ = measure_device(tiny_, &peaks_);
    if (measured_) print_peaks();
    std::printf("\n| step | G | I | H | N | T | precision | run by | us | floor us | of floor | bytes | "
                "GFLOP | operations | syncs | GFLOP/s | difference from cpu | aim |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    if (tiny_) {
      for (const Aim& aim : kTiny) measure(aim);
    } else {
      for (const Aim& aim : kAims) measure(aim);
    }
    if (!notes_.empty()) std::printf("\n%s", notes_.c_str());
    std::printf("\n%d steps measured, %d wrong\n", steps_, wrong_);
    return steps_ > 0 && wrong_ == 0 ? 0 : 1;
  }

 private:
  void print_peaks() const {
    std::printf("| of this device | measured |\n|---|---|\n"
                "| copy | %.0f GB/s |\n| FP32 multiply-adds | %.1f TFLOP/s |\n"
                "| TF32 products | %.1f TFLOP/s |\n| BF16 products | %.1f TFLOP/s |\n"
                "| a kernel more in a graph | %.2f us |\n| a graph of one kernel, waited for | %.2f us |\n"
                "| a barrier of a block | %.3f us |\n| a barrier of all blocks | %.3f us |\n",
                peaks_.copy_bytes * 1e-9, peaks_.fp32_flops * 1e-12, peaks_.tf32_flops * 1e-12,
                peaks_.bf16_flops * 1e-12, peaks_.node_seconds * 1e6, peaks_.graph_seconds * 1e6,
                peaks_.block_seconds * 1e6, peaks_.grid_seconds * 1e6);
    std::fflush(stdout);
  }

  void measure(const Aim& aim) {
    const Result expected = of_cpu(aim.shape);
    const char* names = nullptr;
    require(refrain_variants(backend_, &names));
    std::stringstream list(names);
    std::string variant;
    while (std::getline(list, variant, ',')) measure(aim, variant, expected);
  }

  void measure(const Aim& aim, const std::string& variant, const Result& expected) {
    const Context context = open(backend_, variant.c_str(), aim.precision);
    if (context == nullptr) return decline(aim, variant);
    const TrainingStep step(context.get(), aim.shape);
    if (!step.possible()) return decline(aim, variant);
    refrain_recording* recording = nullptr;
    for (const auto& operation : step.operations()) {
      if (operation.run() != REFRAIN_OK) return decline(aim, variant);
    }
    const int32_t groups = compared_groups(aim.shape);
    const double outputs = difference(expected.outputs, step.outputs(groups));
    const double gradients = difference(expected.gradients, step.gradients(groups));
    const double most = outputs > gradients ? outputs : gradients;
    const bool right = outputs <= tolerance(aim.precision) && gradients <= tolerance(aim.precision);
    require(refrain_record_begin(context.get()));
    for (const auto& operation : step.operations()) require(operation.run());
    require(refrain_record_end(context.get(), &recording));
    const double seconds = time_replays(context.get(), recording, tiny_);
    print(aim, variant, seconds, refrain_recording_length(recording), most, right);
    refrain_recording_destroy(recording);
    ++steps_;
    if (!right) ++wrong_;
  }

  void decline(const Aim& aim, const std::string& variant) {
    std::string reason = refrain_last_error();
    const std::string before = "does not run this layer: ";
    const size_t found = reason.find(before);
    if (found != std::string::npos) reason = reason.substr(found + before.size());
    notes_ += std::string("* ") + variant + " does not run " + aim.shape.name + " in " +
              name_of(aim.precision) + ": " + reason + "\n";
  }

  void print(const Aim& aim, const std::string& variant, double seconds, int64_t operations,
             double difference, bool right) const {
    const Shape& s = aim.shape;
    const Floor floor = floor_of(aim);
    char floor_us[32] = "-";
    char of_floor[32] = "-";
    if (measured_) {
      const double least = seconds_of(floor, aim, operations, peaks_);
      std::snprintf(floor_us, sizeof floor_us, "%.1f", least * 1e6);
      std::snprintf(of_floor, sizeof of_floor, "%.0f %%", 100 * least / seconds);
    }
    char aimed[96];
    std::snprintf(aimed, sizeof aimed, "%s", aim.aim);
    if (s.groups >= 1000) {
      std::snprintf(aimed, sizeof aimed, "%s: %.0f models/s, wall clock, device kept busy",
                    aim.aim,
                    s.groups / (kStepsOfModel * seconds));
    }
    std::printf("| %s | %d | %d | %d | %d | %d | %s | %s | %.1f | %s | %s | %.2e | %.3f | %lld | "
                "%.0f %s | %.0f | %.1e%s | %s |\n",
                s.name, s.groups, s.inputs, s.hidden, s.batch, s.steps, name_of(aim.precision),
                variant.c_str(), seconds * 1e6, floor_us, of_floor, floor.bytes, floor.flops * 1e-9,
                static_cast<long long>(operations), floor.syncs, floor.grid_syncs ? "grid" : "block",
                floor.flops / seconds * 1e-9, difference, right ? "" : " WRONG", aimed);
    std::fflush(stdout);
  }

  const char* const backend_;
  const bool tiny_;
  bool measured_ = false;
  DevicePeaks peaks_ = {};
  int steps_ = 0;
  int wrong_ = 0;
  std::string notes_;
};

std::string version(int32_t number, int32_t major, int32_t minor) {
  if (number == 0) return "not found";
  return std::to_string(number / major) + "." + std::to_string(number % major / minor) + "." +
         std::to_string(number % minor);
}

int print_info(const char* backend) {
  int32_t count = 0;
  require(refrain_device_count(backend, &count));
  if (count == 0) {
    std::printf("device: none: %s\n", refrain_last_error());
    return 1;
  }
  refrain_device_info info = {};
  require(refrain_describe_device(backend, 0, &info));
  int64_t free_bytes = 0;
  require(refrain_free_memory(backend, 0, &free_bytes));
  refrain_software_info software = {};
  require(refrain_describe_software(backend, &software));
  std::printf("device: %s, compute capability %d.%d, %d multiprocessors, %lld MiB, %lld free\n"
              "driver: %s\nCUDA: the driver knows %d.%d, built with %d.%d\ncuDNN: %s\ncuBLAS: %s\n",
              info.name, info.capability / 10, info.capability % 10, info.multiprocessors,
              static_cast<long long>(info.total_bytes >> 20),
              static_cast<long long>(free_bytes >> 20),
              software.driver[0] != '\0' ? software.driver : "unknown", software.driver_version / 1000,
              software.driver_version % 1000 / 10, software.runtime_version / 1000,
              software.runtime_version % 1000 / 10,
              version(software.cudnn_version, 10000, 100).c_str(),
              version(software.cublas_version, 10000, 100).c_str());
  return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) {
  using refrain::bench::require;
  const std::string what = count > 3 ? arguments[3] : "";
  const bool tiny = count == 5 && std::strcmp(arguments[4], "tiny") == 0;
  if ((what != "info" && what != "variants" && what != "bench") || (count != 4 && !tiny)) {
    std::fprintf(stderr, "usage: gpu_bench LIBRARY BACKEND info|variants|bench [tiny]\n");
    return 2;
  }
  require(refrain_load_backend(arguments[1]));
  if (what == "info") return refrain::bench::print_info(arguments[2]);
  if (what == "variants") {
    const char* names = nullptr;
    require(refrain_variants(arguments[2], &names));
    std::printf("%s\n", names);
    return 0;
  }
  return refrain::bench::Bench(arguments[2], tiny).run();
}
