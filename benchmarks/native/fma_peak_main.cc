// Prints the multiply-add peak in GFLOP/s of as many threads at once as asked: the best of several
// rounds, since a peak is a floor of time. Usage: fma_peak [THREADS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "cpu/target.h"
#include "measured_peak.h"

int main(int count, char** arguments) {
  constexpr int kRounds = 40;
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  if (threads < 1) {
    std::fprintf(stderr, "fma_peak: '%s' is not a number of threads\n", arguments[1]);
    return 2;
  }
  refrain::Target target;
  std::string error;
  if (!refrain::choose_target("", &target, &error)) {
    std::fprintf(stderr, "fma_peak: %s\n", error.c_str());
    return 1;
  }
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> speeds(threads);
    std::vector<std::thread> workers;
    for (double& speed : speeds) {
      workers.emplace_back([&speed, target] { speed = refrain::measured_peak(target); });
    }
    for (std::thread& worker : workers) worker.join();
    best = std::max(best, std::accumulate(speeds.begin(), speeds.end(), 0.0));
  }
  std::printf("%.1f\n", best);
  return 0;
}
