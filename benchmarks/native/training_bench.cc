// Whole training steps of the shapes that the project is judged by, through the C interface: a
// recurrent layer, a projection to one output, mean squared error, clipping by norm, Adam, recorded and
// replayed.
// Prints steps/s and GFLOP/s of the matrix products beside the multiply-add peak of as many cores,
// measured in turns, and how long each operation takes by itself: the best of many short rounds,
// because whatever else the machine does can only slow them.
// Usage: training_bench [THREADS [VARIANT [SHAPE]]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bench_clock.h"
#include "cpu/target.h"
#include "measured_peak.h"
#include "refrain/refrain.h"
#include "training_step.h"

namespace {

using refrain::bench::require;
using refrain::bench::Shape;
using refrain::bench::TrainingStep;

constexpr Shape kShapes[] = {{"RNN relu", 1, 1, 1, 100, 50, 20, true},
                             {"LSTM", 4, 1, 1, 100, 50, 20, true},
                             {"GRU", 3, 1, 1, 100, 50, 20, true},
                             {"milk LSTM", 4, 1, 1, 100, 1, 11, true},
                             {"large LSTM", 4, 1, 64, 512, 64, 100, true}};

double peak_of_threads(refrain::Target target, int threads) {
  std::vector<double> speeds(threads);
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back([&, i] { speeds[i] = refrain::measured_peak(target); });
  }
  speeds[0] = refrain::measured_peak(target);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (double speed : speeds) sum += speed;
  return sum;
}

void measure(const Shape& shape, int threads, const char* variant) {
  refrain_options options = {};
  options.backend = "cpu";
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  require(refrain_context_create(&options, &context));
  refrain::Target target;
  std::string error;
  refrain::choose_target(refrain_context_variant(context), &target, &error);

  TrainingStep step(context, shape);
  const auto& operations = step.operations();
  refrain_recording* recording = nullptr;
  require(refrain_record_begin(context));
  for (const auto& operation : operations) require(operation.run());
  require(refrain_record_end(context, &recording));
  require(refrain_recording_run(recording, 1));

  constexpr int kRounds = 40;
  const int64_t times = std::max<int64_t>(1, static_cast<int64_t>(5e8 / shape.flops()));
  double rate = 0;
  double peak = 0;
  for (int round = 0; round < kRounds; ++round) {
    peak = std::max(peak, peak_of_threads(target, threads));
    require(refrain_recording_run(recording, 1));
    const double begin = now();
    require(refrain_recording_run(recording, times));
    rate = std::max(rate, static_cast<double>(times) / (now() - begin));
    if (now() - begin > 1) round += 4;
  }
  const double speed = rate * shape.flops() * 1e-9;
  std::printf("%-10s I=%-2d H=%-3d N=%-2d T=%-3d %9.1f steps/s %7.1f GFLOP/s %5.1f %% of %.0f |",
              shape.name, shape.inputs, shape.hidden, shape.batch, shape.steps, rate, speed,
              100 * speed / peak, peak);
  for (const auto& operation : operations) {
    double seconds = 1e9;
    for (int64_t i = 0; i < std::max<int64_t>(5, 10 * times); ++i) {
      const double begin = now();
      require(operation.run());
      seconds = std::min(seconds, now() - begin);
    }
    std::printf(" %s %.1f us,", operation.name, seconds * 1e6);
  }
  std::printf("\n");
  std::fflush(stdout);
  refrain_recording_destroy(recording);
  refrain_context_destroy(context);
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  if (threads < 1) {
    std::fprintf(stderr, "training_bench: '%s' is not a number of threads\n", arguments[1]);
    return 2;
  }
  std::printf("%d thread(s)\n", threads);
  for (const Shape& shape : kShapes) {
    if (count > 3 && std::strcmp(shape.name, arguments[3]) != 0) continue;
    measure(shape, threads, count > 2 ? arguments[2] : nullptr);
  }
  return 0;
}
