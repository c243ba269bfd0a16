#include "cuda/product.cuh"

#include "cuda/blas.h"
#include "cuda/product_job.cuh"
#include "cuda/product_tensor.cuh"
#include "cuda/product_tile.cuh"
#include "cuda/product_vector.cuh"

namespace refrain::cuda {
namespace {

// Beyond so many blocks a split job's blocks take their splits in turn: the device is filled, and
// partial sums would only take memory. The bits are the same.
constexpr int64_t kMostSpreadBlocks = 1024;
static_assert(kMostJobs * kMostSpreadBlocks / 2 <= Engine::kCounters,
              "a spread tile has two splits");

using LargeTile = Tile<128, 64>;
constexpr int kSharedVectors = LargeTile::kSharedFloats / 4;
static_assert(Tile<64, 64>::kSharedFloats <= LargeTile::kSharedFloats);
static_assert(Tile<32, 32>::kSharedFloats <= LargeTile::kSharedFloats);
static_assert(kProductThreads * sizeof(double) <= LargeTile::kSharedFloats * sizeof(float));

__device__ __forceinline__ int job_of_block(const JobTable& table, unsigned block) {
  int job = 0;
  while (job + 1 < table.count && block >= table.jobs[job + 1].first_block) ++job;
  return job;
}

// A block computes a tile of a job; where the job is spread, one split of it.
__global__ void __launch_bounds__(kProductThreads, 2)
    product_kernel(const __grid_constant__ JobTable table) {
  __shared__ float4 memory[kSharedVectors];
  float* shared = reinterpret_cast<float*>(memory);
  const Job& job = table.jobs[job_of_block(table, blockIdx.x)];
  const unsigned block = blockIdx.x - job.first_block;
  const unsigned splits = static_cast<unsigned>(job.splits);
  const int64_t tile = job.spread ? block / splits : block;
  const int first = job.spread ? static_cast<int>(block % splits) : 0;
  const int last = job.spread ? first + 1 : job.splits;
  for (int64_t group = blockIdx.y; group < table.groups; group += gridDim.y) {
    switch (job.way) {
      case Way::kLargeTile:
        run_tile<128, 64>(job, group, tile, first, last, shared);
        break;
      case Way::kMediumTile:
        run_tile<64, 64>(job, group, tile, first, last, shared);
        break;
      case Way::kSmallTile:
        run_tile<32, 32>(job, group, tile, first, last, shared);
        break;
      case Way::kRows:
        run_rows(job, group, tile, first, last);
        break;
      case Way::kColumns:
        run_columns(job, group, tile, first, last, reinterpret_cast<double*>(shared));
        break;
      case Way::kDirect:
        run_direct(job, group, tile);
        break;
    }
  }
}

// Decides which jobs are spread; gives them scratch memory for their partial sums, and counters.
void place_partials(Engine& engine, JobTable* table) {
  ScratchLayout layout;
  int64_t offsets[kMostJobs];
  int64_t arrivals = 0;
  for (int i = 0; i < table->count; ++i) {
    Job& job = table->jobs[i];
    const int64_t tiles = table->groups * job.tiles;
    job.spread = job.splits > 1 && tiles * job.splits <= kMostSpreadBlocks;
    if (!job.spread) continue;
    offsets[i] = layout.take(tiles * job.splits * elements_of_tile(job));
    job.arrivals = engine.counters() + arrivals;
    arrivals += tiles;
  }
  if (layout.size() == 0) return;
  float* partials = engine.scratch(layout.size());
  for (int i = 0; i < table->count; ++i) {
    if (table->jobs[i].spread) table->jobs[i].partials = partials + offsets[i];
  }
}

void launch(Engine& engine, const char* name, JobTable* table) {
  const ScratchScope scope(engine);
  place_partials(engine, table);
  if (engine.status() != REFRAIN_OK) return;
  int64_t blocks = 0;
  for (int i = 0; i < table->count; ++i) {
    Job& job = table->jobs[i];
    job.first_block = static_cast<uint32_t>(blocks);
    blocks += job.tiles * (job.spread ? job.splits : 1);
  }
  const dim3 grid(static_cast<unsigned>(blocks),
                  static_cast<unsigned>(smaller(table->groups, kMostBlocksOfGroups)));
  engine.launch(name, product_kernel, grid, dim3(kProductThreads), 0, *table);
}

// Another implementation of products than this file's. It says why it declines one; null: it takes it.
struct Elsewhere {
  const char* name;
  bool adds_to_bias;  // it knows what is added to the bias
  const char* (*declines)(Engine&, const Product&);
  // Gets a product with `more` absent, and `bias_addition` where it does not know it.
  void (*multiply)(Engine&, const char* name, const Product&);
};

// Fastest first. The one place where products go elsewhere.
constexpr Elsewhere kElsewhere[] = {
    {"cuBLAS", false, blas_declines, multiply_by_blas},
    {"tensor cores", true, tensor_declines, multiply_tensor},
};
constexpr char kHere[] = "own kernels in float32";

void note_decision(Engine& engine, const Product& p, const Elsewhere* taken) {
  const Decisions::Key key = {Decisions::kProduct, p.m, p.n, p.k, p.a_transposed, p.b_transposed};
  const char* name = taken == nullptr ? kHere : taken->name;
  if (engine.decisions().knows(key, name)) return;
  Declined declined;
  for (const Elsewhere& elsewhere : kElsewhere) {
    if (&elsewhere == taken) break;
    const char* reason = elsewhere.declines(engine, p);
    declined.emplace_back(elsewhere.name, reason == nullptr ? "" : reason);
  }
  engine.decisions().note(key,
                          "product m=" + std::to_string(p.m) + " n=" + std::to_string(p.n) +
                              " k=" + std::to_string(p.k) + (p.a_transposed ? " A^T" : "") +
                              (p.b_transposed ? " B^T" : ""),
                          name, declined);
}

// Null: this file's kernels.
const Elsewhere* choose_elsewhere(Engine& engine, const Product& product) {
  const Elsewhere* taken = nullptr;
  for (const Elsewhere& elsewhere : kElsewhere) {
    if (elsewhere.declines(engine, product) != nullptr) continue;
    taken = &elsewhere;
    break;
  }
  if (engine.status() == REFRAIN_OK) note_decision(engine, product, taken);
  return taken;
}

// Hands a product over in parts that know neither further terms nor, but where it can be added there,
// an addition to the bias.
void hand_over(Engine& engine, const char* name, const Product& product,
               const Elsewhere& elsewhere) {
  Product first = product;
  first.more = {};
  if (!elsewhere.adds_to_bias) first.bias_addition = {};
  const BiasAddition& addition = product.bias_addition;
  const bool adds = addition.bias.data != nullptr || addition.shift != 0.0f;
  if (product.start == Start::kBias && adds && !elsewhere.adds_to_bias) {
    Product bias = product;
    bias.k = 0;
    bias.more = {};
    multiply(engine, name, bias);
    first.start = Start::kC;
  }
  elsewhere.multiply(engine, name, first);
  if (product.more.k == 0) return;
  Product further = first;
  further.start = Start::kC;
  further.bias_addition = {};
  further.a = product.more.a;
  further.b = product.more.b;
  further.k = product.more.k;
  // Shorter than the first part: it may be this file's again.
  multiply(engine, name, further);
}

}  // namespace

void multiply(Engine& engine, const char* name, const Product& product) {
  ProductBatch batch(engine);
  batch.add(name, product);
  batch.run();
}

void sum_columns(Engine& engine, const char* name, const ColumnSums& sums) {
  ProductBatch batch(engine);
  batch.add(name, sums);
  batch.run();
}

ProductBatch::ProductBatch(Engine& engine) : engine_(engine) {}

ProductBatch::~ProductBatch() = default;

void ProductBatch::add(const char* name, const Product& product) {
  if (product.m == 0 || product.n == 0) return;
  const Elsewhere* elsewhere = choose_elsewhere(engine_, product);
  if (elsewhere != nullptr) return hand_over(engine_, name, product, *elsewhere);
  add(name, product.groups, planned(product));
}

void ProductBatch::add(const char* name, const ColumnSums& sums) {
  if (sums.columns == 0 || (sums.sum.data == nullptr && sums.also.data == nullptr)) return;
  add(name, sums.groups, planned(sums));
}

void ProductBatch::add(const char* name, int64_t groups, const Job& job) {
  if (jobs_.size() == kMostJobs) run();
  if (!jobs_.empty()) name_ += " and ";
  name_ += name;
  groups_ = groups;
  jobs_.push_back(job);
}

void ProductBatch::run() {
  if (jobs_.empty()) return;
  JobTable table = {groups_, static_cast<int32_t>(jobs_.size()), {}};
  for (size_t i = 0; i < jobs_.size(); ++i) table.jobs[i] = jobs_[i];
  launch(engine_, name_.c_str(), &table);
  jobs_.clear();
  name_.clear();
}

}  // namespace refrain::cuda
