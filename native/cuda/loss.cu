#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarp = 32;
// Elements that one block sums.
constexpr int64_t kPiece = 2048;

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

__device__ double element_slope(const refrain_loss_args& args, double d) {
  switch (args.kind) {
    case REFRAIN_MSE:
      return 2.0 * d;
    case REFRAIN_MAE:
      return d > 0.0 ? 1.0 : (d < 0.0 ? -1.0 : d);
    case REFRAIN_HUBER:
      return d > args.delta ? args.delta : (d < -args.delta ? -args.delta : d);
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
    if (args.lengths != nullptr &&
        row / args.batch >= args.lengths[group * args.batch + row % args.batch]) {
      return false;
    }
    return !labelled() || label(group, row) >= 0;
  }

  // One thread's share of the sum over the elements of rows first..last-1.
  __device__ double sum_of_elements(int64_t group, int64_t first, int64_t last) const {
    double sum = 0.0;
    for (int64_t i = first * args.outputs + threadIdx.x; i < last * args.outputs; i += kThreads) {
      const int64_t row = i / args.outputs;
      if (!valid(group, row)) continue;
      const int64_t column = i % args.outputs;
      const double d = static_cast<double>(row_of(args.prediction, group, row)[column]) -
                       row_of(args.target, group, row)[column];
      sum += element_loss(args, d);
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
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
      sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    }
    return largest + log(sum);
  }

  // The same for cross-entropy: a warp takes a row.
  __device__ double sum_of_labelled(int64_t group, int64_t first, int64_t last) const {
    double sum = 0.0;
    for (int64_t row = first + threadIdx.x / kWarp; row < last; row += kThreads / kWarp) {
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

  __device__ void keep(int64_t group, double value) const {
    refrain_group_state& state = args.state.group[group];
    if (state.status != REFRAIN_RUNNING) return;
    state.loss = value;
    const int64_t length = args.state.history_length;
    if (state.step >= 1 && length > 0) {
      args.state.history[group * length + (state.step - 1) % length] = value;
    }
    if (!isfinite(value)) state.status = REFRAIN_NOT_FINITE;
  }
};

__global__ void __launch_bounds__(kThreads) loss_sums_kernel(Loss loss) {
  __shared__ double shared[kThreads];
  for (int64_t group = blockIdx.y; group < loss.args.groups; group += gridDim.y) {
    for (int64_t piece = blockIdx.x; piece < loss.pieces; piece += gridDim.x) {
      const int64_t first = piece * loss.rows_of_piece;
      const int64_t last = smaller(first + loss.rows_of_piece, loss.rows);
      const double own = loss.labelled() ? loss.sum_of_labelled(group, first, last)
                                         : loss.sum_of_elements(group, first, last);
      double count = 0.0;
      for (int64_t row = first + threadIdx.x; row < last; row += kThreads) {
        count += loss.valid(group, row) ? 1.0 : 0.0;
      }
      const double sum = block_sum<kThreads>(own, shared);
      count = block_sum<kThreads>(count, shared);
      if (threadIdx.x != 0) continue;
      loss.sums[group * loss.pieces + piece] = sum;
      loss.valid_rows[group * loss.pieces + piece] = count;
    }
  }
}

// One block a group.
__global__ void __launch_bounds__(kThreads) loss_finish_kernel(Loss loss) {
  __shared__ double shared[kThreads];
  for (int64_t group = blockIdx.x; group < loss.args.groups; group += gridDim.x) {
    double sum = 0.0;
    double count = 0.0;
    for (int64_t i = threadIdx.x; i < loss.pieces; i += kThreads) {
      sum += loss.sums[group * loss.pieces + i];
      count += loss.valid_rows[group * loss.pieces + i];
    }
    sum = block_sum<kThreads>(sum, shared);
    count = block_sum<kThreads>(count, shared);
    if (threadIdx.x != 0) continue;
    if (!loss.labelled()) count *= loss.args.outputs;
    double value = count == 0.0 ? 0.0 : sum / count;
    double scale = count == 0.0 ? 0.0 : 1.0 / count;
    if (loss.args.kind == REFRAIN_RMSE) {
      value = sqrt(value);
      scale = value == 0.0 ? 0.0 : scale / value;
    }
    loss.gradient_scales[group] = scale;
    loss.keep(group, value);
  }
}

struct LossGradient {
  Loss loss;

  __device__ void operator()(int64_t group, int64_t i) const {
    const refrain_loss_args& args = loss.args;
    const int64_t row = i / args.outputs;
    const int64_t column = i % args.outputs;
    float& gradient = row_of(args.gradient, group, row)[column];
    if (!loss.valid(group, row)) {
      gradient = 0.0f;
      return;
    }
    const double scale = loss.gradient_scales[group];
    const float prediction = row_of(args.prediction, group, row)[column];
    if (loss.labelled()) {
      const float log_sum = static_cast<float>(loss.log_sums[group * loss.rows + row]);
      const float softmax = expf(prediction - log_sum) * static_cast<float>(scale);
      gradient = loss.label(group, row) == column ? softmax - static_cast<float>(scale) : softmax;
    } else {
      const double d = static_cast<double>(prediction) - row_of(args.target, group, row)[column];
      gradient = static_cast<float>(element_slope(args, d) * scale);
    }
  }
};

}  // namespace

// Sums by pieces of rows; the loss of each group; gradients, last because rmse scales them by the loss
// and because they may overwrite the predictions.
void loss(Engine& engine, const refrain_loss_args& args) {
  Loss loss = {};
  loss.args = args;
  loss.rows = int64_t{args.steps} * args.batch;
  loss.rows_of_piece = divide_up(kPiece, args.outputs);
  loss.pieces = divide_up(loss.rows, loss.rows_of_piece);
  const int64_t groups = args.groups;
  const int64_t labelled_rows = loss.labelled() ? loss.rows : 0;
  float* scratch = engine.scratch(2 * groups * (2 * loss.pieces + 1 + labelled_rows));
  loss.sums = reinterpret_cast<double*>(scratch);
  loss.valid_rows = loss.sums + groups * loss.pieces;
  loss.gradient_scales = loss.valid_rows + groups * loss.pieces;
  loss.log_sums = loss.gradient_scales + groups;

  const unsigned group_blocks = static_cast<unsigned>(smaller(groups, kMostBlocksOfGroups));
  const unsigned piece_blocks = static_cast<unsigned>(smaller(loss.pieces, kMostBlocks));
  engine.launch("loss's sums", loss_sums_kernel, dim3(piece_blocks, group_blocks), dim3(kThreads),
                0, loss);
  engine.launch("loss's mean", loss_finish_kernel, dim3(group_blocks), dim3(kThreads), 0, loss);
  if (args.gradient.data == nullptr) return;
  for_each(engine, "loss's gradient", groups, loss.rows * args.outputs, LossGradient{loss});
}

}  // namespace refrain::cuda
