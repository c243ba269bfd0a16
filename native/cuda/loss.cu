#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"
#include "cuda/step_loss.cuh"

namespace refrain::cuda {
namespace {

// Threads of a block, few where a group has few elements, and of the kernels for large groups.
constexpr int kFewThreads = 128;
constexpr int kThreads = 512;
constexpr int64_t kFewElements = 1024;
// Elements of a group that one block takes in one launch, loss and gradients. Not measured yet:
// 16,384 elements are 32 a thread, read twice.
constexpr int64_t kMostOfOneBlock = 16384;
// Elements that one block of a large group sums.
constexpr int64_t kPiece = 4096;

// The loss of an element and its slope, with d = prediction - target. The slope of rmse lacks the
// division by rmse.
__device__ double element_loss(const refrain_loss_args& args, double d) {
  const double magnitude = fabs(d);
  switch (args.kind) {
    case REFRAIN_MAE:
      return magnitude;
    case REFRAIN_HUBER:
      return magnitude <= args.delta ? d * d / 2.0 : args.delta * (magnitude - args.delta / 2.0);
    default:
      return d * d;
  }
}

__device__ float element_slope(const refrain_loss_args& args, float d) {
  const float delta = static_cast<float>(args.delta);
  switch (args.kind) {
    case REFRAIN_MSE:
      return 2.0f * d;
    case REFRAIN_MAE:
      return d > 0.0f ? 1.0f : (d < 0.0f ? -1.0f : d);
    case REFRAIN_HUBER:
      return d > delta ? delta : (d < -delta ? -delta : d);
    default:
      return d;
  }
}

// What the phases of one call share.
struct Loss {
  refrain_loss_args args;
  int64_t rows;
  int64_t rows_of_piece;
  int64_t pieces;
  double* sums;             // [G, pieces]
  double* valid_rows;       // [G, pieces]
  double* gradient_scales;  // [G]
  double* log_sums;         // [G, rows], cross-entropy alone

  __host__ __device__ bool labelled() const {
    return args.kind == REFRAIN_SOFTMAX_CROSS_ENTROPY;
  }
  __device__ int32_t label(int64_t group, int64_t row) const {
    return args.labels[group * rows + row];
  }
  __device__ bool valid(int64_t group, int64_t row) const {
    if (args.lengths != nullptr) {
      const Position at = position(row, args.batch);
      if (at.row >= args.lengths[group * args.batch + at.column]) return false;
    }
    return !labelled() || label(group, row) >= 0;
  }
  // Rounded once, as a float subtraction is.
  __device__ float difference(int64_t group, const Position& at) const {
    return row_of(args.prediction, group, at.row)[at.column] -
           row_of(args.target, group, at.row)[at.column];
  }

  // One thread's share of the sum over the elements of rows first..last-1.
  __device__ double sum_of_elements(int64_t group, int64_t first, int64_t last) const {
    double sum = 0.0;
    for (int64_t i = first * args.outputs + threadIdx.x; i < last * args.outputs;
         i += blockDim.x) {
      const Position at = position(i, args.outputs);
      if (valid(group, at.row)) sum += element_loss(args, difference(group, at));
    }
    return sum;
  }

  // A warp's logsumexp of a row, known to all of its lanes.
  __device__ double log_sum_exp(const float* logits) const {
    const int lane = threadIdx.x % kWarp;
    float largest = -INFINITY;
    for (int64_t i = lane; i < args.outputs; i += kWarp) largest = fmaxf(largest, logits[i]);
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, distance));
    }
    double sum = 0.0;
    for (int64_t i = lane; i < args.outputs; i += kWarp) sum += expf(logits[i] - largest);
    return largest + log(warp_sum(sum));
  }

  // The same for cross-entropy: a warp takes a row.
  __device__ double sum_of_labelled(int64_t group, int64_t first, int64_t last) const {
    double sum = 0.0;
    for (int64_t row = first + threadIdx.x / kWarp; row < last; row += blockDim.x / kWarp) {
      if (!valid(group, row)) continue;
      const float* logits = row_of(args.prediction, group, row);
      const int32_t at = label(group, row);
      const double log_sum = at < args.outputs ? log_sum_exp(logits) : static_cast<double>(NAN);
      if (threadIdx.x % kWarp != 0) continue;
      log_sums[group * rows + row] = log_sum;
      sum += at < args.outputs ? log_sum - logits[at] : log_sum;
    }
    return sum;
  }

  __device__ double sum(int64_t group, int64_t first, int64_t last) const {
    return labelled() ? sum_of_labelled(group, first, last) : sum_of_elements(group, first, last);
  }

  // One thread's share of the number of valid rows.
  __device__ double count(int64_t group, int64_t first, int64_t last) const {
    double count = 0.0;
    for (int64_t row = first + threadIdx.x; row < last; row += blockDim.x) {
      count += valid(group, row) ? 1.0 : 0.0;
    }
    return count;
  }

  // Keeps the group's loss; what slopes are multiplied with to become gradients.
  __device__ double finish(int64_t group, double sum, double count) const {
    if (!labelled()) count *= args.outputs;
    double value = count == 0.0 ? 0.0 : sum / count;
    double scale = count == 0.0 ? 0.0 : 1.0 / count;
    if (args.kind == REFRAIN_RMSE) {
      value = sqrt(value);
      scale = value == 0.0 ? 0.0 : scale / value;
    }
    keep_loss(args.state, group, value);
    return scale;
  }

  // Reads no prediction but the element's own, which it may overwrite.
  __device__ void write_gradient(int64_t group, int64_t i, float scale) const {
    const Position at = position(i, args.outputs);
    float gradient = 0.0f;
    if (valid(group, at.row)) {
      if (labelled()) {
        const float prediction = row_of(args.prediction, group, at.row)[at.column];
        const float log_sum = static_cast<float>(log_sums[group * rows + at.row]);
        gradient = expf(prediction - log_sum) * scale;
        if (label(group, at.row) == at.column) gradient -= scale;
      } else {
        gradient = element_slope(args, difference(group, at)) * scale;
      }
    }
    row_of(args.gradient, group, at.row)[at.column] = gradient;
  }
};

// One block a group.
template <int kThreadsOfBlock>
__global__ void __launch_bounds__(kThreadsOfBlock) loss_kernel(Loss loss) {
  __shared__ double shared[kWarp];
  __shared__ float scale;
  for (int64_t group = blockIdx.x; group < loss.args.groups; group += gridDim.x) {
    const double sum = block_sum<kThreadsOfBlock>(loss.sum(group, 0, loss.rows), shared);
    const double count = block_sum<kThreadsOfBlock>(loss.count(group, 0, loss.rows), shared);
    if (threadIdx.x == 0) scale = static_cast<float>(loss.finish(group, sum, count));
    __syncthreads();
    if (loss.args.gradient.data != nullptr) {
      for (int64_t i = threadIdx.x; i < loss.rows * loss.args.outputs; i += kThreadsOfBlock) {
        loss.write_gradient(group, i, scale);
      }
    }
    __syncthreads();
  }
}

__global__ void __launch_bounds__(kThreads) loss_sums_kernel(Loss loss) {
  __shared__ double shared[kWarp];
  for (int64_t group = blockIdx.y; group < loss.args.groups; group += gridDim.y) {
    for (int64_t piece = blockIdx.x; piece < loss.pieces; piece += gridDim.x) {
      const int64_t first = piece * loss.rows_of_piece;
      const int64_t last = smaller(first + loss.rows_of_piece, loss.rows);
      const double sum = block_sum<kThreads>(loss.sum(group, first, last), shared);
      const double count = block_sum<kThreads>(loss.count(group, first, last), shared);
      if (threadIdx.x != 0) continue;
      loss.sums[group * loss.pieces + piece] = sum;
      loss.valid_rows[group * loss.pieces + piece] = count;
    }
  }
}

// One block a group.
__global__ void __launch_bounds__(kThreads) loss_finish_kernel(Loss loss) {
  __shared__ double shared[kWarp];
  for (int64_t group = blockIdx.x; group < loss.args.groups; group += gridDim.x) {
    double sum = 0.0;
    double count = 0.0;
    for (int64_t i = threadIdx.x; i < loss.pieces; i += kThreads) {
      sum += loss.sums[group * loss.pieces + i];
      count += loss.valid_rows[group * loss.pieces + i];
    }
    sum = block_sum<kThreads>(sum, shared);
    count = block_sum<kThreads>(count, shared);
    if (threadIdx.x == 0) loss.gradient_scales[group] = loss.finish(group, sum, count);
  }
}

struct LossGradient {
  Loss loss;

  __device__ void operator()(int64_t group, int64_t i) const {
    loss.write_gradient(group, i, static_cast<float>(loss.gradient_scales[group]));
  }
};

void launch_one_block(Engine& engine, const Loss& loss) {
  const dim3 grid(static_cast<unsigned>(smaller(loss.args.groups, kMostBlocks)));
  if (loss.rows * loss.args.outputs <= kFewElements) {
    engine.launch("loss", loss_kernel<kFewThreads>, grid, dim3(kFewThreads), 0, loss);
  } else {
    engine.launch("loss", loss_kernel<kThreads>, grid, dim3(kThreads), 0, loss);
  }
}

void note_decision(Engine& engine, const Loss& loss, bool one_block) {
  const int64_t outputs = loss.args.outputs;
  const Decisions::Key key = {Decisions::kLoss, loss.rows, outputs};
  const char* taken = one_block ? "one block a group" : "blocks for pieces of a group";
  if (engine.decisions().knows(key, taken)) return;
  Declined declined;
  if (!one_block) {
    declined.emplace_back("one block a group", "a group has more than " +
                                                   std::to_string(kMostOfOneBlock) + " elements");
  }
  engine.decisions().note(
      key, "loss rows=" + std::to_string(loss.rows) + " outputs=" + std::to_string(outputs), taken,
      declined);
}

}  // namespace

// Of a small group all in one launch. Of a large one sums by pieces of rows; the loss of each
// group; gradients, last because rmse scales them by the loss and because they may overwrite the
// predictions.
void loss(Engine& engine, const refrain_loss_args& args) {
  Loss loss = {};
  loss.args = args;
  loss.rows = int64_t{args.steps} * args.batch;
  loss.rows_of_piece = divide_up(kPiece, args.outputs);
  loss.pieces = divide_up(loss.rows, loss.rows_of_piece);
  const int64_t groups = args.groups;
  const bool one_block = loss.rows * args.outputs <= kMostOfOneBlock;
  note_decision(engine, loss, one_block);
  const int64_t of_pieces = one_block ? 0 : 2 * loss.pieces + 1;
  const int64_t labelled_rows = loss.labelled() ? loss.rows : 0;
  float* scratch = nullptr;
  if (of_pieces + labelled_rows > 0) {
    scratch = engine.scratch(2 * groups * (of_pieces + labelled_rows));
  }
  loss.log_sums = reinterpret_cast<double*>(scratch);
  if (one_block) return launch_one_block(engine, loss);
  loss.sums = loss.log_sums + groups * labelled_rows;
  loss.valid_rows = loss.sums + groups * loss.pieces;
  loss.gradient_scales = loss.valid_rows + groups * loss.pieces;

  const unsigned group_blocks = static_cast<unsigned>(smaller(groups, kMostBlocksOfGroups));
  const unsigned piece_blocks = static_cast<unsigned>(smaller(loss.pieces, kMostBlocks));
  engine.launch("loss's sums", loss_sums_kernel, dim3(piece_blocks, group_blocks), dim3(kThreads),
                0, loss);
  engine.launch("loss's mean", loss_finish_kernel, dim3(group_blocks), dim3(kThreads), 0, loss);
  if (args.gradient.data == nullptr) return;
  for_each(engine, "loss's gradient", groups, loss.rows * args.outputs, LossGradient{loss});
}

}  // namespace refrain::cuda
