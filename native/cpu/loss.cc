#include <cmath>

#include "cpu/math.h"
#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/rows.h"
#include "cpu/step_loss.h"

namespace refrain::REFRAIN_TARGET {
namespace {

double sign(double d) { return static_cast<double>(d > 0) - static_cast<double>(d < 0); }

// Losses of single elements, and their slopes, with d = prediction - target.
struct Square {
  double value(double d) const { return d * d; }
  double slope(double d) const { return 2.0 * d; }
};
// rmse divides the slope of the square by 2 rmse.
struct HalfSlopeSquare {
  double value(double d) const { return d * d; }
  double slope(double d) const { return d; }
};
struct Magnitude {
  double value(double d) const { return std::fabs(d); }
  double slope(double d) const { return std::isnan(d) ? d : sign(d); }
};
struct Huber {
  double delta;
  double value(double d) const {
    const double magnitude = std::fabs(d);
    return magnitude <= delta ? d * d / 2.0 : delta * (magnitude - delta / 2.0);
  }
  double slope(double d) const { return std::fabs(d) > delta ? delta * sign(d) : d; }
};

template <class Body>
void with_element_loss(const refrain_loss_args& args, Body&& body) {
  switch (args.kind) {
    case REFRAIN_MSE:
      return body(Square{});
    case REFRAIN_RMSE:
      return body(HalfSlopeSquare{});
    case REFRAIN_MAE:
      return body(Magnitude{});
    default:
      return body(Huber{args.delta});
  }
}

// Phases: sums by pieces of rows; the loss of the group; gradients by pieces. The gradient comes
// last because rmse scales it by the loss, and because it may overwrite the prediction.
class LossOperation {
 public:
  static constexpr int kPhases = 3;

  LossOperation(Engine& engine, const refrain_loss_args& args)
      : engine_(engine),
        args_(args),
        rows_(static_cast<int64_t>(args.steps) * args.batch),
        rows_of_piece_(divide_up(kElementsOfPiece, args.outputs)),
        pieces_(divide_up(rows_, rows_of_piece_)) {}

  int run_call() {
    // Doubles: a sum for every piece, the loss's scale for every group, logsumexp for every row.
    const int64_t row_values = labelled() ? rows_ : 0;
    float* scratch = engine_.scratch(2 * args_.groups * (pieces_ + 1 + row_values));
    if (scratch == nullptr) return REFRAIN_OUT_OF_MEMORY;
    sums_ = reinterpret_cast<double*>(scratch);
    gradient_scales_ = sums_ + args_.groups * pieces_;
    log_sums_ = gradient_scales_ + args_.groups;
    run_phases(engine_, args_.groups, *this);
    return REFRAIN_OK;
  }

  int64_t pieces(int phase) const { return phase == 1 ? 1 : pieces_; }
  double work(int phase) const {
    return phase == 1 ? 0.0 : 4.0 * static_cast<double>(rows_) * args_.outputs;
  }

  void run(int phase, const Place& place) const {
    if (phase == 1) return finish_loss(place.group);
    const int64_t first = place.piece * rows_of_piece_;
    const int64_t last = smaller(first + rows_of_piece_, rows_);
    if (phase == 0) {
      sums_[place.group * pieces_ + place.piece] =
          labelled() ? sum_of_labelled(place.group, first, last)
                     : sum_of_elements(place.group, first, last);
    } else if (args_.gradient.data != nullptr) {
      if (labelled()) {
        gradient_of_labelled(place.group, first, last);
      } else {
        gradient_of_elements(place.group, first, last);
      }
    }
  }

 private:
  static constexpr int64_t kElementsOfPiece = 4096;

  bool labelled() const { return args_.kind == REFRAIN_SOFTMAX_CROSS_ENTROPY; }

  int32_t label(int64_t group, int64_t row) const { return args_.labels[group * rows_ + row]; }

  bool valid(int64_t group, int64_t row) const {
    if (args_.lengths != nullptr &&
        row / args_.batch >= args_.lengths[group * args_.batch + row % args_.batch]) {
      return false;
    }
    return !labelled() || label(group, row) >= 0;
  }

  double valid_rows(int64_t group) const {
    if (args_.lengths == nullptr && !labelled()) return static_cast<double>(rows_);
    int64_t count = 0;
    for (int64_t row = 0; row < rows_; ++row) count += valid(group, row);
    return static_cast<double>(count);
  }

  double sum_of_elements(int64_t group, int64_t first, int64_t last) const {
    const Rows prediction = rows_of(args_.prediction, group);
    const Rows target = rows_of(args_.target, group);
    double sum = 0.0;
    with_element_loss(args_, [&](auto element) {
      for (int64_t row = first; row < last; ++row) {
        if (!valid(group, row)) continue;
        const float* p = prediction.row(row);
        const float* t = target.row(row);
        for (int64_t i = 0; i < args_.outputs; ++i) {
          sum += element.value(static_cast<double>(p[i]) - t[i]);
        }
      }
    });
    return sum;
  }

  void gradient_of_elements(int64_t group, int64_t first, int64_t last) const {
    const Rows prediction = rows_of(args_.prediction, group);
    const Rows target = rows_of(args_.target, group);
    const Rows gradient = rows_of(args_.gradient, group);
    const double scale = gradient_scales_[group];
    with_element_loss(args_, [&](auto element) {
      for (int64_t row = first; row < last; ++row) {
        float* g = gradient.row(row);
        if (!valid(group, row)) {
          clear_row(g, args_.outputs);
          continue;
        }
        const float* p = prediction.row(row);
        const float* t = target.row(row);
        for (int64_t i = 0; i < args_.outputs; ++i) {
          const double slope = element.slope(static_cast<double>(p[i]) - t[i]);
          g[i] = static_cast<float>(slope * scale);
        }
      }
    });
  }

  double log_sum_exp(const float* logits) const {
    float largest = logits[0];
    for (int64_t i = 1; i < args_.outputs; ++i) {
      if (logits[i] > largest) largest = logits[i];
    }
    double sum = 0.0;
    for_vectors(args_.outputs, [&](int64_t i, int lanes) {
      float terms[kLanes];
      store(terms, exp(load_lanes(logits + i, lanes) - broadcast(largest)));
      for (int j = 0; j < lanes; ++j) sum += terms[j];
    });
    return largest + std::log(sum);
  }

  double sum_of_labelled(int64_t group, int64_t first, int64_t last) const {
    const Rows prediction = rows_of(args_.prediction, group);
    double sum = 0.0;
    for (int64_t row = first; row < last; ++row) {
      if (!valid(group, row)) continue;
      const float* logits = prediction.row(row);
      const int32_t at = label(group, row);
      double& log_sum = log_sums_[group * rows_ + row];
      log_sum = at < args_.outputs ? log_sum_exp(logits) : std::nan("");
      sum += at < args_.outputs ? log_sum - logits[at] : log_sum;
    }
    return sum;
  }

  void gradient_of_labelled(int64_t group, int64_t first, int64_t last) const {
    const Rows prediction = rows_of(args_.prediction, group);
    const Rows gradient = rows_of(args_.gradient, group);
    const float scale = static_cast<float>(gradient_scales_[group]);
    for (int64_t row = first; row < last; ++row) {
      float* g = gradient.row(row);
      if (!valid(group, row)) {
        clear_row(g, args_.outputs);
        continue;
      }
      const float* logits = prediction.row(row);
      const Vec log_sum = broadcast(static_cast<float>(log_sums_[group * rows_ + row]));
      for_vectors(args_.outputs, [&](int64_t i, int lanes) {
        const Vec softmax = exp(load_lanes(logits + i, lanes) - log_sum);
        store_lanes(g + i, softmax * broadcast(scale), lanes);
      });
      const int32_t at = label(group, row);
      if (at < args_.outputs) g[at] -= scale;
    }
  }

  void finish_loss(int64_t group) const {
    double sum = 0.0;
    for (int64_t i = 0; i < pieces_; ++i) sum += sums_[group * pieces_ + i];
    const double count = valid_rows(group) * (labelled() ? 1 : args_.outputs);
    double loss = count == 0.0 ? 0.0 : sum / count;
    double scale = count == 0.0 ? 0.0 : 1.0 / count;
    if (args_.kind == REFRAIN_RMSE) {
      loss = std::sqrt(loss);
      scale = loss == 0.0 ? 0.0 : scale / loss;
    }
    gradient_scales_[group] = scale;
    keep_loss(args_.state, group, loss);
  }

  Engine& engine_;
  const refrain_loss_args& args_;
  const int64_t rows_;
  const int64_t rows_of_piece_;
  const int64_t pieces_;
  double* sums_ = nullptr;
  double* gradient_scales_ = nullptr;
  double* log_sums_ = nullptr;
};

}  // namespace

int loss(Engine& engine, const refrain_loss_args& args) {
  return LossOperation(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
