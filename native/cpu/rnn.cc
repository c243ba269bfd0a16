#include "cpu/activation.h"
#include "cpu/cell.h"
#include "cpu/cell_backward.h"
#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "cpu/reserve.h"

namespace refrain::REFRAIN_TARGET {
namespace {

KeptStates kept_states(const refrain_rnn_args& args) {
  const RnnReserve reserve = rnn_reserve(args);
  return {reserve.size, reserve.inputs, -1};
}

class RnnForward : public CellForward {
 public:
  RnnForward(Engine& engine, const refrain_rnn_args& args)
      : CellForward(engine, args.shape, 1, args.parameters, args.sequence, kept_states(args)),
        activation_(args.activation),
        packed_(packing_.add_transposed(call_.slot,
                                        {args.parameters.w, call_.hidden, call_.inputs},
                                        {args.parameters.r, call_.hidden, call_.hidden})) {}

 private:
  void step(const Block& block, const Step& step, Rows inputs, Rows a, Rows h) override {
    multiply_inputs(block, step, inputs, packed_, 0, call_.hidden, a);
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    with_activation(activation_, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (carry(block, step, i, inputs, h)) continue;
        for_vectors(call_.hidden, [&](int64_t j, int lanes) {
          const Vec value = activation.value(load_lanes(a.row(i) + j, lanes));
          store_lanes(h.row(i) + j, value, lanes);
          store_lanes(y.row(i) + j, value, lanes);
        });
      }
    });
  }

  const int32_t activation_;
  const int64_t packed_;
};

class RnnBackward : public CellBackward {
 public:
  RnnBackward(Engine& engine, const refrain_rnn_args& args)
      : CellBackward(engine, args.shape, args.shape.hidden, args.parameters, args.sequence,
                     args.gradient, kept_states(args)),
        activation_(args.activation),
        packed_r_(packing_.add(call_.slot, {args.parameters.r, call_.hidden, call_.hidden})) {
    const refrain_cell_parameters& p = args.parameters;
    add_weights(a_columns(0, call_.hidden), inputs_and_states(), {p.w, p.r, p.b_w, p.b_r});
    add_input_gradient(a_columns(0, call_.hidden), 0);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    with_activation(activation_, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (ended(block, step, i, da)) continue;
        for_vectors(call_.hidden, [&](int64_t j, int lanes) {
          Vec d = load_lanes(dh.row(i) + j, lanes);
          if (dy.present()) d = d + load_lanes(dy.row(i) + j, lanes);
          const Vec slope = activation.slope(load_lanes(y.row(i) + j, lanes));
          store_lanes(da.row(i) + j, d * slope, lanes);
          store_lanes(dh.row(i) + j, zero(), lanes);
        });
      }
    });
    add_product(block, step, da, call_.hidden, packed_r_, dh);
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
