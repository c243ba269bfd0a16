// Prints what the steps that the CUDA engine is judged by take at least: bytes, FLOPs, launches and
// meetings, counted without a GPU.
//
//   step_floors LIBRARY           the table
//   step_floors LIBRARY COMMITTED compares it with that file: exits with 1 where they differ
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "emulated_step.h"
#include "floor.h"

namespace refrain::bench {
namespace {

// NVIDIA's data sheet of the H200 SXM. Of products on tensor cores it tells twice as much, for
// matrices half of zeros.
constexpr double kBytesPerSecond = 4.8e12;
constexpr double kFp32 = 67e12;
constexpr double kTf32 = 494.5e12;
constexpr double kBf16 = 989.5e12;

constexpr char kHead[] = R"(# Floors of the steps that are aimed at

Made by `benchmarks/floors > benchmarks/results/floors.md`, without a GPU: everything here is counted
or computed, nothing measured. `run bench` of the [bundle](../../docs/gpu-proof.md) prints the times
of these steps beside floors at the rates that the same run measures.

* **bytes**: of weights (read forward and backward), gradients (written; read for their norm and by
  the optimizer, which could scale them as it does), weights and both moments (read and written by
  Adam), and of x, y, gates and their gradients (written and read once): what must move where no cache
  keeps it.
* **GFLOP**: of the matrix products alone, a multiply-add as two.
* **launches**: kernels of a step by the way that the engine takes by itself, without cuDNN and
  cuBLAS, on a device with 132 multiprocessors, as the emulator counts them.
* **syncs**: meetings between the recurrent steps, one after another, forward and backward, of a
  `block`'s threads or of blocks of the `grid`. Groups that take turns on a multiprocessor meet as
  often each.
* **bytes, us** and **FLOPs, us**: computed, at the rates of NVIDIA's data sheet of the H200 SXM:
  4.8 TB/s; 67 TFLOP/s in FP32, 494.5 in TF32 and 989.5 in BF16, dense. A step takes at least the
  larger one, and what its launches and syncs cost, of which the data sheet says nothing.

| step | G | I | H | N | T | precision | bytes | GFLOP | launches | syncs | bytes, us | FLOPs, us | aim |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
)";

double flops_per_second(int32_t precision) {
  return precision == REFRAIN_FP32 ? kFp32 : precision == REFRAIN_TF32 ? kTf32 : kBf16;
}

std::string row_of(const Aim& aim) {
  int launches = 0;
  observe_step(aim, [&](const void*, dim3, dim3, size_t) { ++launches; });
  const Floor floor = floor_of(aim);
  const Shape& s = aim.shape;
  char row[400];
  std::snprintf(row, sizeof row,
                "| %s | %d | %d | %d | %d | %d | %s | %.3e | %.3f | %d | %.0f %s | %.2f | %.2f | %s |\n",
                s.name, s.groups, s.inputs, s.hidden, s.batch, s.steps, name_of(aim.precision),
                floor.bytes, floor.flops * 1e-9, launches, floor.syncs,
                floor.grid_syncs ? "grid" : "block", 1e6 * floor.bytes / kBytesPerSecond,
                1e6 * floor.flops / flops_per_second(aim.precision), aim.aim);
  return row;
}

int compare(const std::string& table, const char* path) {
  std::ifstream file(path);
  std::stringstream committed;
  committed << file.rdbuf();
  if (committed.str() == table) return 0;
  std::fprintf(stderr,
               "%s is not what this program prints now; make it anew by benchmarks/floors:\n%s", path,
               table.c_str());
  return 1;
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) {
  if (count != 2 && count != 3) {
    std::fprintf(stderr, "usage: step_floors LIBRARY [COMMITTED]\n");
    return 2;
  }
  setenv("REFRAIN_EMULATOR_MULTIPROCESSORS", refrain::bench::kMultiprocessors, 1);
  refrain::bench::require(refrain_load_backend(arguments[1]));
  std::string table = refrain::bench::kHead;
  for (const auto& aim : refrain::bench::kAims) table += refrain::bench::row_of(aim);
  if (count == 3) return refrain::bench::compare(table, arguments[2]);
  std::fputs(table.c_str(), stdout);
  return 0;
}
