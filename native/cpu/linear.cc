#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "cpu/packing.h"
#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/rows.h"
#include "cpu/weight_gradient.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int64_t kRowsOfPiece = 128;

// What forward and backward share: scratch memory and the packed weight.
class LinearLayer {
 public:
  static constexpr int kPhases = 2;  // pack; everything else

 protected:
  LinearLayer(Engine& engine, const refrain_linear_args& args)
      : engine_(engine), args_(args), slots_(group_slots(engine.threads().count(), args.groups)) {}

  template <class Layer>
  static int run_call(Layer& layer) {
    layer.scratch_ = layer.engine_.scratch(
        layer.slots_ * layer.slot_.size() +
        layer.engine_.threads().count() * layer.thread_.size());
    if (layer.scratch_ == nullptr) return REFRAIN_OUT_OF_MEMORY;
    run_phases(layer.engine_, layer.args_.groups, layer);
    return REFRAIN_OK;
  }

  float* slot(const Place& place) const { return scratch_ + place.slot * slot_.size(); }
  float* thread(const Place& place) const {
    return scratch_ + slots_ * slot_.size() + place.thread * thread_.size();
  }
  const float* parameters(int64_t group) const {
    return args_.parameters + group * args_.parameter_stride;
  }
  int64_t row_pieces() const { return divide_up(args_.rows, kRowsOfPiece); }
  void pack(const Place& place) const {
    packing_.run(place.piece, parameters(place.group), slot(place));
  }
  double product_work() const {
    return static_cast<double>(args_.rows) * args_.inputs * args_.outputs;
  }

  Engine& engine_;
  const refrain_linear_args& args_;
  const int64_t slots_;
  ScratchLayout slot_;
  ScratchLayout thread_;
  Packing packing_;
  float* scratch_ = nullptr;
};

class LinearForward : public LinearLayer {
 public:
  LinearForward(Engine& engine, const refrain_linear_args& args)
      : LinearLayer(engine, args),
        packed_(packing_.add_transposed(slot_, {args.weight, args.outputs, args.inputs})) {}

  int run_call() { return LinearLayer::run_call(*this); }
  int64_t pieces(int phase) const { return phase == 0 ? packing_.pieces() : row_pieces(); }
  double work(int phase) const { return phase == 0 ? packing_.elements() : product_work(); }

  void run(int phase, const Place& place) const {
    if (phase == 0) return pack(place);
    const int64_t first = place.piece * kRowsOfPiece;
    const Rows x = rows_of(args_.x, place.group);
    const Rows y = rows_of(args_.y, place.group);
    const bool biased = args_.bias >= 0;
    multiply({smaller(kRowsOfPiece, args_.rows - first), args_.outputs, args_.inputs,
              x.row(first), x.stride, slot(place) + packed_, args_.inputs, y.row(first), y.stride,
              biased ? Start::kBias : Start::kZero,
              biased ? parameters(place.group) + args_.bias : nullptr});
  }

 private:
  friend class LinearLayer;
  const int64_t packed_;
};

class LinearBackward : public LinearLayer {
 public:
  LinearBackward(Engine& engine, const refrain_linear_args& args)
      : LinearLayer(engine, args),
        weight_(args.outputs, args.inputs, divide_up(engine.threads().count(), args.groups)) {
    if (args.dx.data != nullptr) {
      packed_ = packing_.add(slot_, {args.weight, args.outputs, args.inputs});
    }
    weight_scratch_ = thread_.take(weight_.scratch_size());
  }

  int run_call() { return LinearLayer::run_call(*this); }
  int64_t pieces(int phase) const {
    if (phase == 0) return packing_.pieces();
    return weight_.pieces() + (args_.dx.data == nullptr ? 0 : row_pieces());
  }
  double work(int phase) const { return phase == 0 ? packing_.elements() : 2 * product_work(); }

  void run(int phase, const Place& place) const {
    if (phase == 0) {
      pack(place);
    } else if (place.piece < weight_.pieces()) {
      weight_gradient(place);
    } else {
      input_gradient(place, place.piece - weight_.pieces());
    }
  }

 private:
  friend class LinearLayer;

  void weight_gradient(const Place& place) const {
    const Rows x = rows_of(args_.x, place.group);
    const Rows dy = rows_of(args_.dy, place.group);
    float* gradients = args_.gradients + place.group * args_.parameter_stride;
    WeightTargets targets = {};
    targets.left = gradients + args_.weight;
    targets.left_columns = args_.inputs;
    targets.biases[0] = args_.bias < 0 ? nullptr : gradients + args_.bias;
    targets.accumulate = args_.accumulate_parameters != 0;
    weight_.run(place.piece, {args_.rows, dy.data, dy.stride, x.data, x.stride}, targets,
                thread(place) + weight_scratch_);
  }

  void input_gradient(const Place& place, int64_t piece) const {
    const int64_t first = piece * kRowsOfPiece;
    const Rows dy = rows_of(args_.dy, place.group);
    const Rows dx = rows_of(args_.dx, place.group);
    multiply({smaller(kRowsOfPiece, args_.rows - first), args_.inputs, args_.outputs,
              dy.row(first), dy.stride, slot(place) + packed_, args_.outputs, dx.row(first),
              dx.stride, Start::kZero, nullptr});
  }

  const WeightGradient weight_;
  int64_t packed_ = 0;
  int64_t weight_scratch_;
};

}  // namespace

int linear_forward(Engine& engine, const refrain_linear_args& args) {
  return LinearForward(engine, args).run_call();
}

int linear_backward(Engine& engine, const refrain_linear_args& args) {
  return LinearBackward(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
