#include "cpu/activation.h"
#include "cpu/cell.h"
#include "cpu/cell_backward.h"
#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "core/reserve.h"

namespace refrain::REFRAIN_TARGET {
namespace {

enum Gate { kReset, kUpdate, kCandidate, kGates };

// An offset `by` floats further; absent stays absent.
int64_t moved(int64_t offset, int64_t by) { return offset < 0 ? offset : offset + by; }

KeptStates kept_states(const refrain_gru_args& args) {
  const GruReserve reserve = gru_reserve(args);
  return {reserve.size, reserve.h, reserve.gates};
}

// z h + (1-z) n
REFRAIN_INLINE Vec interpolate(Vec z, Vec h, Vec n) { return fma(z, h - n, n); }

class GruForward : public CellForward {
 public:
  GruForward(Engine& engine, const refrain_gru_args& args)
      : CellForward(engine, args.shape, kGates, args.parameters, args.sequence,
                    kept_states(args)),
        args_(args),
        reserve_(gru_reserve(args)),
        hidden_(call_.hidden),
        packed_rz_(packing_.add_transposed(call_.slot, args.parameters.r, 2 * hidden_, hidden_)),
        packed_n_(packing_.add_transposed(call_.slot, args.parameters.r + 2 * hidden_ * hidden_,
                                          hidden_, hidden_)),
        candidate_scratch_(call_.thread.take(call_.most_rows * hidden_)) {}

 private:
  bool resets_after() const { return args_.form == REFRAIN_RESET_AFTER; }

  void adjust_bias(int64_t group, float* bias) const override {
    // Reset-after multiplies b_Rn by r: it belongs to the recurrent product.
    if (!resets_after()) return;
    const float* b_w = call_.parameter(group, moved(args_.parameters.b_w, 2 * hidden_));
    copy_row(bias + 2 * hidden_, b_w, hidden_);
  }

  void step(const Block& block, const Step& step, Rows a, Rows previous, Rows h) override {
    if (previous.present()) {
      multiply({block.rows, 2 * hidden_, hidden_, previous.data, previous.stride,
                block.slot + packed_rz_, a.data, a.stride, Start::kC, nullptr});
    }
    with_activation(args_.activation, [&](auto activation) {
      if (resets_after()) {
        reset_after(activation, block, step, a, previous, h);
      } else {
        reset_before(activation, block, step, a, previous, h);
      }
    });
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!carry(block, step, i, previous, h)) copy_row(y.row(i), h.row(i), hidden_);
    }
  }

  // Where R_n h + b_Rn of the step goes.
  Rows recurrent_rows(const Block& block, int64_t t) const {
    if (!keeps()) return {block.thread + candidate_scratch_, hidden_};
    return call_.sequence_rows(call_.reserve(block.group) + reserve_.recurrent, hidden_, block,
                               t);
  }

  template <class Activation>
  void reset_after(Activation activation, const Block& block, const Step& step, Rows a,
                   Rows previous, Rows h) const {
    const Rows recurrent = recurrent_rows(block, step.t);
    const float* b_rn = call_.parameter(block.group, moved(args_.parameters.b_r, 2 * hidden_));
    // A first step from zeros is a product with no terms.
    const int64_t terms = previous.present() ? hidden_ : 0;
    multiply({block.rows, hidden_, terms, previous.data, previous.stride, block.slot + packed_n_,
              recurrent.data, recurrent.stride, b_rn == nullptr ? Start::kZero : Start::kBias,
              b_rn});
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!call_.active(block.group, step.t, block.first + i)) continue;
      const float* before = previous.present() ? previous.row(i) : nullptr;
      float* gate = a.row(i);
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec r = sigmoid(load_lanes(gate + j, lanes));
        const Vec z = sigmoid(load_lanes(gate + hidden_ + j, lanes));
        const Vec a_n = load_lanes(gate + 2 * hidden_ + j, lanes);
        const Vec n = activation.value(fma(r, load_lanes(recurrent.row(i) + j, lanes), a_n));
        const Vec h_before = before == nullptr ? zero() : load_lanes(before + j, lanes);
        store_lanes(gate + j, r, lanes);
        store_lanes(gate + hidden_ + j, z, lanes);
        store_lanes(gate + 2 * hidden_ + j, n, lanes);
        store_lanes(h.row(i) + j, interpolate(z, h_before, n), lanes);
      });
    }
  }

  template <class Activation>
  void reset_before(Activation activation, const Block& block, const Step& step, Rows a,
                    Rows previous, Rows h) const {
    const Rows reset = {block.thread + candidate_scratch_, hidden_};
    for (int64_t i = 0; i < block.rows; ++i) {
      const float* before = previous.present() ? previous.row(i) : nullptr;
      float* gate = a.row(i);
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec r = sigmoid(load_lanes(gate + j, lanes));
        const Vec h_before = before == nullptr ? zero() : load_lanes(before + j, lanes);
        store_lanes(gate + j, r, lanes);
        store_lanes(gate + hidden_ + j, sigmoid(load_lanes(gate + hidden_ + j, lanes)), lanes);
        store_lanes(reset.row(i) + j, r * h_before, lanes);
      });
    }
    if (previous.present()) {
      multiply({block.rows, hidden_, hidden_, reset.data, reset.stride, block.slot + packed_n_,
                a.data + 2 * hidden_, a.stride, Start::kC, nullptr});
    }
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!call_.active(block.group, step.t, block.first + i)) continue;
      const float* before = previous.present() ? previous.row(i) : nullptr;
      float* gate = a.row(i);
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec z = load_lanes(gate + hidden_ + j, lanes);
        const Vec n = activation.value(load_lanes(gate + 2 * hidden_ + j, lanes));
        const Vec h_before = before == nullptr ? zero() : load_lanes(before + j, lanes);
        store_lanes(gate + 2 * hidden_ + j, n, lanes);
        store_lanes(h.row(i) + j, interpolate(z, h_before, n), lanes);
      });
    }
  }

  const refrain_gru_args& args_;
  const GruReserve reserve_;
  const int64_t hidden_;
  const int64_t packed_rz_;
  const int64_t packed_n_;
  const int64_t candidate_scratch_;
};

// What the two forms of backward share: dh, the gates, and the state before each step.
class GruBackward : public CellBackward {
 protected:
  GruBackward(Engine& engine, const refrain_gru_args& args, int64_t a_columns)
      : CellBackward(engine, args.shape, a_columns, args.parameters, args.sequence, args.gradient,
                     kept_states(args)),
        args_(args),
        reserve_(gru_reserve(args)),
        hidden_(args.shape.hidden) {}

  Rows gate_rows(const Block& block, const Step& step) const {
    return call_.sequence_rows(call_.reserve(block.group) + reserve_.gates, kGates * hidden_,
                               block, step.t);
  }
  Rows states_before(const Block& block, const Step& step) const {
    return previous_state(block, step, args_.sequence.hx, reserve_.h, hidden_);
  }

  const refrain_gru_args& args_;
  const GruReserve reserve_;
  const int64_t hidden_;
};

// Columns of da: r, z, r da_n (what reaches R_n), da_n (what reaches W_n).
class GruResetAfterBackward : public GruBackward {
 public:
  GruResetAfterBackward(Engine& engine, const refrain_gru_args& args)
      : GruBackward(engine, args, 4 * int64_t{args.shape.hidden}),
        packed_r_(packing_.add(call_.slot, args.parameters.r, 3 * hidden_, hidden_)) {
    const refrain_cell_parameters& p = args.parameters;
    const GradientColumns gates = a_columns(0, 2 * hidden_);
    const GradientColumns recurrent_candidate = a_columns(2 * hidden_, hidden_);
    const GradientColumns input_candidate = a_columns(3 * hidden_, hidden_);
    add_weight(gates, Operand::input(call_.inputs), p.w);
    add_weight(input_candidate, Operand::input(call_.inputs),
               p.w + 2 * hidden_ * call_.inputs);
    add_weight(a_columns(0, 3 * hidden_), Operand::previous_state(hidden_), p.r);
    add_bias(gates, p.b_w, p.b_r);
    add_bias(input_candidate, moved(p.b_w, 2 * hidden_), -1);
    add_bias(recurrent_candidate, -1, moved(p.b_r, 2 * hidden_));
    add_input_gradient(gates, 0);
    add_input_gradient(input_candidate, 2 * hidden_);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows gates = gate_rows(block, step);
    const Rows recurrent = call_.sequence_rows(
        call_.reserve(block.group) + reserve_.recurrent, hidden_, block, step.t);
    const Rows before = states_before(block, step);
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    with_activation(args_.activation, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (ended(block, step, i, da)) continue;
        const float* gate = gates.row(i);
        for_vectors(hidden_, [&](int64_t j, int lanes) {
          const Vec r = load_lanes(gate + j, lanes);
          const Vec z = load_lanes(gate + hidden_ + j, lanes);
          const Vec n = load_lanes(gate + 2 * hidden_ + j, lanes);
          const Vec h_before = before.present() ? load_lanes(before.row(i) + j, lanes) : zero();
          Vec d = load_lanes(dh.row(i) + j, lanes);
          if (dy.present()) d = d + load_lanes(dy.row(i) + j, lanes);
          const Vec da_n = d * (broadcast(1.0f) - z) * activation.slope(n);
          const Vec dr = da_n * load_lanes(recurrent.row(i) + j, lanes);
          float* to = da.row(i) + j;
          store_lanes(to, dr * sigmoid_slope(r), lanes);
          store_lanes(to + hidden_, d * (h_before - n) * sigmoid_slope(z), lanes);
          store_lanes(to + 2 * hidden_, da_n * r, lanes);
          store_lanes(to + 3 * hidden_, da_n, lanes);
          store_lanes(dh.row(i) + j, d * z, lanes);
        });
      }
    });
    if (!needs_previous(step)) return;
    multiply({block.rows, hidden_, 3 * hidden_, da.data, da.stride, block.slot + packed_r_,
              dh.data, dh.stride, Start::kC, nullptr});
  }

  const int64_t packed_r_;
};

// Columns of da: r, z, n.
class GruResetBeforeBackward : public GruBackward {
 public:
  GruResetBeforeBackward(Engine& engine, const refrain_gru_args& args)
      : GruBackward(engine, args, 3 * int64_t{args.shape.hidden}),
        packed_rz_(packing_.add(call_.slot, args.parameters.r, 2 * hidden_, hidden_)),
        packed_n_(packing_.add(call_.slot, args.parameters.r + 2 * hidden_ * hidden_, hidden_,
                               hidden_)),
        reset_states_(call_.slot.take(call_.rows() * hidden_)),
        dreset_scratch_(call_.thread.take(call_.most_rows * hidden_)) {
    const refrain_cell_parameters& p = args.parameters;
    const GradientColumns all = a_columns(0, 3 * hidden_);
    add_weight(all, Operand::input(call_.inputs), p.w);
    add_weight(a_columns(0, 2 * hidden_), Operand::previous_state(hidden_), p.r);
    add_weight(a_columns(2 * hidden_, hidden_), Operand::scratch(reset_states_, hidden_),
               p.r + 2 * hidden_ * hidden_);
    add_bias(all, p.b_w, p.b_r);
    add_input_gradient(all, 0);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows gates = gate_rows(block, step);
    const Rows before = states_before(block, step);
    const Rows reset = call_.sequence_rows(block.slot + reset_states_, hidden_, block, step.t);
    with_activation(args_.activation, [&](auto activation) {
      candidate_gradients(activation, block, step, gates, before, reset, da, dh);
    });
    const Rows dreset = {block.thread + dreset_scratch_, hidden_};
    multiply({block.rows, hidden_, hidden_, da.data + 2 * hidden_, da.stride,
              block.slot + packed_n_, dreset.data, dreset.stride, Start::kZero, nullptr});
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!call_.active(block.group, step.t, block.first + i)) continue;
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec r = load_lanes(gates.row(i) + j, lanes);
        const Vec h_before = before.present() ? load_lanes(before.row(i) + j, lanes) : zero();
        const Vec d = load_lanes(dreset.row(i) + j, lanes);
        store_lanes(da.row(i) + j, d * h_before * sigmoid_slope(r), lanes);
        store_lanes(dh.row(i) + j, fma(d, r, load_lanes(dh.row(i) + j, lanes)), lanes);
      });
    }
    if (!needs_previous(step)) return;
    multiply({block.rows, hidden_, 2 * hidden_, da.data, da.stride, block.slot + packed_rz_,
              dh.data, dh.stride, Start::kC, nullptr});
  }

  // Everything that does not wait for the gradient of r h: da of z and n, the part of dh that
  // passes through z, and r h itself for the gradient of R_n.
  template <class Activation>
  void candidate_gradients(Activation activation, const Block& block, const Step& step,
                           Rows gates, Rows before, Rows reset, Rows da, Rows dh) const {
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      if (ended(block, step, i, da)) {
        clear_row(reset.row(i), hidden_);
        continue;
      }
      const float* gate = gates.row(i);
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec r = load_lanes(gate + j, lanes);
        const Vec z = load_lanes(gate + hidden_ + j, lanes);
        const Vec n = load_lanes(gate + 2 * hidden_ + j, lanes);
        const Vec h_before = before.present() ? load_lanes(before.row(i) + j, lanes) : zero();
        Vec d = load_lanes(dh.row(i) + j, lanes);
        if (dy.present()) d = d + load_lanes(dy.row(i) + j, lanes);
        float* to = da.row(i) + j;
        store_lanes(to + hidden_, d * (h_before - n) * sigmoid_slope(z), lanes);
        store_lanes(to + 2 * hidden_, d * (broadcast(1.0f) - z) * activation.slope(n), lanes);
        store_lanes(reset.row(i) + j, r * h_before, lanes);
        store_lanes(dh.row(i) + j, d * z, lanes);
      });
    }
  }

  const int64_t packed_rz_;
  const int64_t packed_n_;
  const int64_t reset_states_;
  const int64_t dreset_scratch_;
};

}  // namespace

int gru_forward(Engine& engine, const refrain_gru_args& args) {
  return GruForward(engine, args).run_call();
}

int gru_backward(Engine& engine, const refrain_gru_args& args) {
  if (args.form == REFRAIN_RESET_AFTER) return GruResetAfterBackward(engine, args).run_call();
  return GruResetBeforeBackward(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
