// How recurrent layers are laid over the blocks of devices of several sizes: every plan fits its device,
// whatever declines says so in a sentence, and layers that matter keep R in registers. Prints the plans for
// a device like an H200.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "check.h"
#include "cuda/cooperative_tensor.cuh"
#include "cuda/mma.cuh"
#include "cuda/resident_plan.h"
#include "engine_under_test.h"

namespace refrain::test {
namespace {

using cuda::Cell;
using cuda::Direction;
using cuda::Engine;
using cuda::Recurrence;
using cuda::ResidentPlan;
using cuda::TeamPlan;
using cuda::Variant;

struct Device {
  const char* name;
  int multiprocessors;
  size_t shared_bytes;
  int major;
  int minor;
};

constexpr Device kDevices[] = {{"like an H200", 132, 227 << 10, 9, 0},
                               {"like a T4", 40, 64 << 10, 7, 5},
                               {"tiny", 1, 48 << 10, 8, 6},
                               {"like an RTX 4090", 128, 99 << 10, 8, 9},
                               {"like an RTX 5090", 170, 99 << 10, 12, 0}};
constexpr Variant kVariants[] = {Variant::kBlock, Variant::kCluster, Variant::kCooperative};
constexpr Cell kCells[] = {Cell::kRnn, Cell::kLstm, Cell::kGruResetBefore, Cell::kGruResetAfter};

std::unique_ptr<Engine> open(const Device& device, int32_t precision = REFRAIN_FP32) {
  cudaDeviceProp properties;
  cudaStream_t stream = nullptr;
  // The emulator's answers to what the engine asks of the device.
  setenv("REFRAIN_EMULATOR_MULTIPROCESSORS", std::to_string(device.multiprocessors).c_str(), 1);
  CHECK(cudaGetDeviceProperties(&properties, 0) == cudaSuccess);
  CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  properties.multiProcessorCount = device.multiprocessors;
  properties.sharedMemPerBlockOptin = device.shared_bytes;
  properties.major = device.major;
  properties.minor = device.minor;
  return std::make_unique<Engine>(0, properties, 10 * device.major + device.minor, stream, 0,
                                  Variant::kAutomatic, precision, 0, false);
}

Recurrence layer(Cell cell, int32_t batch, int32_t hidden, int32_t groups = 1) {
  Recurrence r = {};
  r.cell = cell;
  r.gates = cell == Cell::kRnn ? 1 : (cell == Cell::kLstm ? 4 : 3);
  r.shape = {groups, 20, batch, 1, hidden, hidden};
  return r;
}

bool same(const ResidentPlan& a, const ResidentPlan& b) {
  return a.thread_class == b.thread_class && a.lanes == b.lanes && a.blocks == b.blocks &&
         a.units == b.units && a.threads == b.threads;
}

void check_plan(const Engine& engine, const Recurrence& r, Direction direction, Variant variant) {
  const ResidentPlan plan = plan_resident(engine, r, direction, variant);
  if (!plan.declines.empty()) {
    CHECK(plan.blocks == 0 && plan.declines.find(' ') != std::string::npos);
    return;
  }
  const cuda::ResidentTraits traits = cuda::resident_traits(r.cell, direction);
  const int64_t rows = std::min<int64_t>(r.shape.batch, plan.most_rows(variant));
  CHECK(rows >= 1);
  CHECK(plan.shared_bytes(variant, rows) <= engine.shared_bytes());
  CHECK(plan.staged_rows(variant, rows) >= 1);
  CHECK(plan.threads % 32 == 0 && plan.threads <= cuda::kClassThreads[plan.thread_class]);
  CHECK(int64_t{plan.units} * plan.blocks >= r.shape.hidden);
  CHECK((plan.units + traits.units - 1) / traits.units * plan.lanes <= plan.threads);
  CHECK(plan.lanes >= 4 * cuda::kClassRows[plan.thread_class]);
  for (int p = 0; p < traits.phases; ++p) {
    CHECK(4 * plan.lanes * plan.pieces[p] >= traits.phase[p].segments * r.shape.hidden);
  }
  CHECK(plan.blocks == 1 || variant != Variant::kBlock);
  CHECK(plan.blocks <= (variant == Variant::kCluster ? 8 : engine.multiprocessors()));
  Recurrence many = r;
  many.shape.groups = 1000;
  CHECK(same(plan, plan_resident(engine, many, direction, variant)));
}

void check_device(const Device& device) {
  const auto engine = open(device);
  for (const Cell cell : kCells) {
    for (const int32_t hidden : {1, 7, 32, 100, 115, 130, 220, 256, 431, 512, 1024, 1500, 5000}) {
      for (const int32_t batch : {1, 50, 64, 1000}) {
        for (const Variant variant : kVariants) {
          for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
            check_plan(*engine, layer(cell, batch, hidden), direction, variant);
          }
        }
      }
    }
  }
}

// Each of these keeps its whole R in one block of an H200, however many models there are.
void check_layers_of_a_block() {
  const auto engine = open(kDevices[0]);
  struct Case {
    Cell cell;
    int32_t hidden;
    int32_t largest;  // as docs/cuda-kernels.md says
  };
  for (const Case& c : {Case{Cell::kRnn, 220, 256}, {Cell::kGruResetBefore, 130, 144},
                        {Cell::kGruResetAfter, 130, 144}, {Cell::kLstm, 115, 128}}) {
    for (const int32_t batch : {1, 8}) {
      for (const int32_t groups : {1, 1000}) {
        const Recurrence r = layer(c.cell, batch, c.hidden, groups);
        CHECK(choose_variant(*engine, r) == Variant::kBlock);
        for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
          const ResidentPlan plan = plan_resident(*engine, r, direction, Variant::kBlock);
          CHECK(plan.declines.empty() && plan.blocks == 1 && plan.units == c.hidden);
          if (!plan.declines.empty()) continue;
          CHECK(plan.most_rows(Variant::kBlock) >= 1);
          CHECK(plan.shared_bytes(Variant::kBlock, 1) <= 227 << 10);
        }
        CHECK(block_declines(*engine, layer(c.cell, batch, c.largest, groups)).empty());
        CHECK(!block_declines(*engine, layer(c.cell, batch, c.largest + 1, groups)).empty());
      }
    }
  }
}

void check_reasons() {
  const auto old = open(kDevices[1]);
  const std::string cluster = cluster_declines(*old, layer(Cell::kLstm, 1, 100));
  CHECK(cluster.find("compute capability is 7.5") != std::string::npos);
  const std::string block = block_declines(*old, layer(Cell::kLstm, 1, 1024));
  CHECK(block.find("too few threads for 1024 units") != std::string::npos);
  const std::string large = block_declines(*old, layer(Cell::kLstm, 1, 128));
  CHECK(large.find("the device gives a block 65536") != std::string::npos);
  const auto tiny = open(kDevices[2]);
  const std::string alone = cooperative_resident_declines(*tiny, layer(Cell::kLstm, 1, 100));
  CHECK(alone.find("a single multiprocessor") != std::string::npos);
  Recurrence long_layer = layer(Cell::kRnn, 1 << 20, 8);
  long_layer.shape.steps = 1 << 13;
  CHECK(block_declines(*tiny, long_layer).find("32 bits") != std::string::npos);
}

// A device that lacks what its compute capability promises: a slice of one, or a virtual one.
void check_missing_meetings() {
  const Device& device = kDevices[0];
  setenv("REFRAIN_EMULATOR_CLUSTER", "4", 1);
  setenv("REFRAIN_EMULATOR_COOPERATIVE", "0", 1);
  const auto slice = open(device);
  const Recurrence small = layer(Cell::kLstm, 64, 256);
  const ResidentPlan four = plan_resident(*slice, small, Direction::kForward, Variant::kCluster);
  CHECK(four.declines.empty() && four.blocks <= 4);
  const std::string large = cluster_declines(*slice, layer(Cell::kLstm, 64, 512));
  CHECK(large.find("each of 4 blocks of a cluster") != std::string::npos);
  const std::string alone = cooperative_resident_declines(*slice, small);
  CHECK(alone.find("no cooperative launches") != std::string::npos);
  CHECK(cooperative_tensor_declines(*slice, small) == alone);
  setenv("REFRAIN_EMULATOR_CLUSTER", "1", 1);
  const std::string none = cluster_declines(*open(device), small);
  CHECK(none.find("no room for a cluster of two blocks") != std::string::npos);
  unsetenv("REFRAIN_EMULATOR_CLUSTER");
  unsetenv("REFRAIN_EMULATOR_COOPERATIVE");
  CHECK(open(device)->meetings().clusters(8) == device.multiprocessors / 8);
  CHECK(open(device)->meetings().clusters(3) == 0);
  CHECK(open(device)->meetings().cooperative_blocks() == device.multiprocessors);
}

// A layer in TF32 or BF16 by teams of blocks: what is planned fits the device, or a sentence says why not.
void check_team(const Engine& engine, const Recurrence& r) {
  const std::string declines = cooperative_tensor_declines(engine, r);
  if (!declines.empty()) {
    CHECK(declines.find(' ') != std::string::npos);
    return;
  }
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const TeamPlan plan = plan_team(engine, r, direction);
    CHECK(plan.teams >= 1 && plan.teams * plan.team_blocks() <= engine.multiprocessors());
    CHECK(plan.shared_bytes() <= engine.shared_bytes());
    CHECK(plan.columns() >= r.shape.hidden && plan.units % cuda::kMmaColumns == 0);
    CHECK(plan.tiles == plan.gates * plan.units / cuda::kMmaColumns);
    CHECK(plan.slab_rows * plan.slabs >= r.shape.batch);
    CHECK(plan.row_words >= plan.sections * r.shape.hidden /
                                (engine.precision() == REFRAIN_BF16 ? 2 : 1));
  }
}

// The largest layer that teams run, and that every larger one is declined.
int largest_team(const Engine& engine, Cell cell, int32_t batch) {
  int largest = 0;
  for (int hidden = 8; hidden <= 4096; hidden += 8) {
    if (cooperative_tensor_declines(engine, layer(cell, batch, hidden)).empty()) largest = hidden;
  }
  return largest;
}

void check_teams(int32_t precision) {
  for (const Device& device : {kDevices[0], kDevices[2], kDevices[3], kDevices[4]}) {
    const auto engine = open(device, precision);
    for (const Cell cell : kCells) {
      for (const int32_t hidden : {1, 7, 100, 512, 1000, 1024, 1056, 1057, 1500, 5000}) {
        for (const int32_t batch : {1, 50, 64, 1000}) {
          check_team(*engine, layer(cell, batch, hidden));
          check_team(*engine, layer(cell, batch, hidden, 3));
        }
      }
    }
  }
}

// The layer that the engine is judged by: R lies once in the shared memory of 128 of an H200's 132
// multiprocessors, each of which owns 8 units with all their gates forward, and backward the rows of
// one gate for the 32 units of four blocks.
void check_large_layer(int32_t precision) {
  const auto engine = open(kDevices[0], precision);
  const Recurrence r = layer(Cell::kLstm, 64, 1024);
  CHECK(cooperative_tensor_declines(*engine, r).empty());
  CHECK(choose_variant(*engine, r) == Variant::kCooperative);
  // Bytes of R's part, fragments of tensor cores for 4 gates of 8 units, and of 16 warps' sums.
  const int64_t part = int64_t{1024} * 4 * 8 * (precision == REFRAIN_BF16 ? 2 : 4);
  const int64_t sums = 16 * 16 * 40 * 4;
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const TeamPlan plan = plan_team(*engine, r, direction);
    CHECK(plan.teams == 1 && plan.team_blocks() == 128);
    CHECK(plan.sections == (direction == Direction::kForward ? 1 : 4));
    CHECK(plan.units == 8 && plan.tiles == 4 && plan.slab_rows == 64);
    CHECK(plan.shared_bytes() == part + sums && plan.shared_bytes() <= 227 << 10);
  }
  // A slice of the device runs it in no such way, and says what it lacks.
  const auto half = open({"half of one", 66, 227 << 10, 9, 0}, precision);
  const std::string declines = cooperative_tensor_declines(*half, r);
  if (precision == REFRAIN_BF16) {
    CHECK(declines.empty());
  } else {
    CHECK(declines.find("bytes of shared memory here; the device gives a block 232448") !=
          std::string::npos);
  }
  for (const Cell cell : kCells) {
    const int largest = largest_team(*engine, cell, 64);
    CHECK(largest >= 1024);
    std::printf("%s: teams run layers of %d gates at N=64 up to H=%d; then %s\n",
                precision == REFRAIN_BF16 ? "BF16" : "TF32", layer(cell, 64, 8).gates, largest,
                cooperative_tensor_declines(*engine, layer(cell, 64, largest + 8)).c_str());
  }
}

void print(const Engine& engine, const Recurrence& r, Variant variant, const char* text) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const ResidentPlan plan = plan_resident(engine, r, direction, variant);
    const bool forward = direction == Direction::kForward;
    if (!plan.declines.empty()) {
      std::printf("| %s | %s | %s |\n", text, forward ? "forward" : "backward", plan.declines.c_str());
      continue;
    }
    const int64_t teams = std::max(1, engine.multiprocessors() / plan.blocks);
    const int64_t rows = std::min((r.shape.batch + teams - 1) / teams, plan.most_rows(variant));
    std::printf("| %s | %s | %d x %d | %d | %d | %d | %lld | %.0f | %.0f |\n", text,
                forward ? "forward" : "backward", plan.blocks, plan.threads, plan.lanes, plan.units,
                cuda::kClassRows[plan.thread_class], static_cast<long long>(rows),
                static_cast<double>(plan.weight_floats) * 4 / 1024,
                static_cast<double>(plan.shared_bytes(variant, rows)) / 1024);
  }
}

void print_plans() {
  const auto engine = open(kDevices[0]);
  std::printf("| layer, variant | direction | blocks x threads | lanes | units | rows at once | rows "
              "| KiB of R in shared memory | KiB of shared memory |\n");
  print(*engine, layer(Cell::kLstm, 50, 100), Variant::kBlock, "LSTM H=100 N=50, block");
  print(*engine, layer(Cell::kLstm, 1, 100), Variant::kBlock, "LSTM H=100 N=1, block");
  print(*engine, layer(Cell::kRnn, 50, 100), Variant::kBlock, "RNN H=100 N=50, block");
  print(*engine, layer(Cell::kGruResetAfter, 50, 100), Variant::kBlock,
        "GRU after H=100 N=50, block");
  print(*engine, layer(Cell::kGruResetBefore, 50, 100), Variant::kBlock,
        "GRU before H=100 N=50, block");
  print(*engine, layer(Cell::kRnn, 8, 220), Variant::kBlock, "RNN H=220 N=8, block");
  print(*engine, layer(Cell::kGruResetAfter, 8, 130), Variant::kBlock,
        "GRU after H=130 N=8, block");
  print(*engine, layer(Cell::kGruResetBefore, 8, 130), Variant::kBlock,
        "GRU before H=130 N=8, block");
  print(*engine, layer(Cell::kLstm, 8, 115), Variant::kBlock, "LSTM H=115 N=8, block");
  print(*engine, layer(Cell::kLstm, 64, 256), Variant::kCluster, "LSTM H=256 N=64, cluster");
  print(*engine, layer(Cell::kLstm, 64, 512), Variant::kCluster, "LSTM H=512 N=64, cluster");
  print(*engine, layer(Cell::kLstm, 64, 512), Variant::kCooperative,
        "LSTM H=512 N=64, cooperative");
  print(*engine, layer(Cell::kLstm, 64, 1024), Variant::kCooperative,
        "LSTM H=1024 N=64, cooperative");
}

}  // namespace
}  // namespace refrain::test

int main() {
  for (const auto& device : refrain::test::kDevices) refrain::test::check_device(device);
  refrain::test::check_layers_of_a_block();
  refrain::test::check_reasons();
  refrain::test::check_missing_meetings();
  for (const int32_t precision : {REFRAIN_TF32, REFRAIN_BF16}) {
    refrain::test::check_teams(precision);
    refrain::test::check_large_layer(precision);
  }
  refrain::test::print_plans();
  return refrain::test::report();
}
