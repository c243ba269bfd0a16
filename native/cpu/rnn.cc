#include "cpu/activation.h"
#include "cpu/cell.h"
#include "cpu/cell_backward.h"
#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "core/reserve.h"

namespace refrain::REFRAIN_TARGET {
namespace {

KeptStates kept_states(const refrain_rnn_args& args) {
  const RnnReserve reserve = rnn_reserve(args);
  return {reserve.size, reserve.h, -1};
}

class RnnForward : public CellForward {
 public:
  RnnForward(Engine& engine, const refrain_rnn_args& args)
      : CellForward(engine, args.shape, 1, args.parameters, args.sequence, kept_states(args)),
        activation_(args.activation),
        packed_r_(packing_.add_transposed(call_.slot, args.parameters.r, call_.hidden,
                                          call_.hidden)) {}

 private:
  void step(const Block& block, const Step& step, Rows a, Rows previous, Rows h) override {
    if (previous.present()) {
      multiply({block.rows, call_.hidden, call_.hidden, previous.data, previous.stride,
                block.slot + packed_r_, a.data, a.stride, Start::kC, nullptr});
    }
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    with_activation(activation_, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (carry(block, step, i, previous, h)) continue;
        for_vectors(call_.hidden, [&](int64_t j, int lanes) {
          const Vec value = activation.value(load_lanes(a.row(i) + j, lanes));
          store_lanes(h.row(i) + j, value, lanes);
          store_lanes(y.row(i) + j, value, lanes);
        });
      }
    });
  }

  const int32_t activation_;
  const int64_t packed_r_;
};

class RnnBackward : public CellBackward {
 public:
  RnnBackward(Engine& engine, const refrain_rnn_args& args)
      : CellBackward(engine, args.shape, args.shape.hidden, args.parameters, args.sequence,
                     args.gradient, kept_states(args)),
        activation_(args.activation),
        packed_r_(packing_.add(call_.slot, args.parameters.r, call_.hidden, call_.hidden)) {
    const GradientColumns all = a_columns(0, call_.hidden);
    add_weight(all, Operand::input(call_.inputs), args.parameters.w);
    add_weight(all, Operand::previous_state(call_.hidden), args.parameters.r);
    add_bias(all, args.parameters.b_w, args.parameters.b_r);
    add_input_gradient(all, 0);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows h = call_.sequence_rows(call_.reserve(block.group) + kept_.h, call_.hidden, block,
                                       step.t);
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    with_activation(activation_, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (ended(block, step, i, da)) continue;
        for_vectors(call_.hidden, [&](int64_t j, int lanes) {
          Vec d = load_lanes(dh.row(i) + j, lanes);
          if (dy.present()) d = d + load_lanes(dy.row(i) + j, lanes);
          const Vec slope = activation.slope(load_lanes(h.row(i) + j, lanes));
          store_lanes(da.row(i) + j, d * slope, lanes);
          store_lanes(dh.row(i) + j, zero(), lanes);
        });
      }
    });
    if (!needs_previous(step)) return;
    multiply({block.rows, call_.hidden, call_.hidden, da.data, da.stride, block.slot + packed_r_,
              dh.data, dh.stride, Start::kC, nullptr});
  }

  const int32_t activation_;
  const int64_t packed_r_;
};

}  // namespace

int rnn_forward(Engine& engine, const refrain_rnn_args& args) {
  return RnnForward(engine, args).run_call();
}

int rnn_backward(Engine& engine, const refrain_rnn_args& args) {
  return RnnBackward(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
