#include "cpu/activation.h"
#include "cpu/cell.h"
#include "cpu/cell_backward.h"
#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "cpu/reserve.h"

namespace refrain::REFRAIN_TARGET {
namespace {

enum Gate { kReset, kUpdate, kCandidate, kGates };

// An offset `by` floats further; absent stays absent.
int64_t moved(int64_t offset, int64_t by) { return offset < 0 ? offset : offset + by; }

KeptStates kept_states(const refrain_gru_args& args) {
  const GruReserve reserve = gru_reserve(args);
  return {reserve.size, reserve.inputs, reserve.gates};
}

// z h + (1-z) n
REFRAIN_INLINE Vec interpolate(Vec z, Vec h, Vec n) { return fma(z, h - n, n); }

class GruForward : public CellForward {
 protected:
  GruForward(Engine& engine, const refrain_gru_args& args)
      : CellForward(engine, args.shape, kGates, args.parameters, args.sequence,
                    kept_states(args)),
        args_(args),
        reserve_(gru_reserve(args)),
        hidden_(call_.hidden),
        packed_rz_(packing_.add_transposed(call_.slot,
                                           {args.parameters.w, 2 * hidden_, call_.inputs},
                                           {args.parameters.r, 2 * hidden_, hidden_})),
        w_n_{args.parameters.w + 2 * hidden_ * call_.inputs, hidden_, call_.inputs},
        r_n_{args.parameters.r + 2 * hidden_ * hidden_, hidden_, hidden_} {}

  void write_outputs(const Block& block, const Step& step, Rows inputs, Rows h) const {
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!carry(block, step, i, inputs, h)) copy_row(y.row(i), h.row(i), hidden_);
    }
  }

  const refrain_gru_args& args_;
  const GruReserve reserve_;
  const int64_t hidden_;
  const int64_t packed_rz_;
  const Packing::Weights w_n_;
  const Packing::Weights r_n_;
};

class GruResetAfterForward : public GruForward {
 public:
  GruResetAfterForward(Engine& engine, const refrain_gru_args& args)
      : GruForward(engine, args),
        packed_w_n_(packing_.add_transposed(call_.slot, w_n_)),
        packed_r_n_(packing_.add_transposed(call_.slot, r_n_)),
        recurrent_scratch_(call_.thread.take(call_.most_rows() * hidden_)) {}

 private:
  void adjust_bias(int64_t group, float* bias) const override {
    // b_Rn is multiplied by r: it belongs to the recurrent product.
    const float* b_w = call_.parameter(group, moved(args_.parameters.b_w, 2 * hidden_));
    copy_row(bias + 2 * hidden_, b_w, hidden_);
  }

  // Where R_n h + b_Rn of the step goes.
  Rows recurrent_rows(const Block& block, int64_t t) const {
    if (!call_.keeps()) return {block.thread + recurrent_scratch_, hidden_};
    return call_.reserve_rows(reserve_.recurrent, hidden_, block, t);
  }

  void step(const Block& block, const Step& step, Rows inputs, Rows a, Rows h) override {
    multiply_inputs(block, step, inputs, packed_rz_, 0, 2 * hidden_, a);
    multiply({block.rows, hidden_, call_.inputs, inputs.data, inputs.stride,
              block.slot + packed_w_n_, call_.inputs, a.data + 2 * hidden_, a.stride,
              Start::kBias, bias(block) + 2 * hidden_});
    const Rows recurrent = recurrent_rows(block, step.t);
    const Rows before = previous(inputs);
    const float* b_rn = call_.parameter(block.group, moved(args_.parameters.b_r, 2 * hidden_));
    multiply({block.rows, hidden_, begins_from_zeros(step) ? 0 : hidden_, before.data,
              before.stride, block.slot + packed_r_n_, hidden_, recurrent.data, recurrent.stride,
              b_rn == nullptr ? Start::kZero : Start::kBias, b_rn});
    with_activation(args_.activation, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (!call_.active(block.group, step.t, block.first + i)) continue;
        run_row(activation, recurrent.row(i), before.row(i), a.row(i), h.row(i));
      }
    });
    write_outputs(block, step, inputs, h);
  }

  template <class Activation>
  REFRAIN_INLINE void run_row(Activation activation, const float* recurrent, const float* before,
                              float* gate, float* h) const {
    for_vectors(hidden_, [&](int64_t j, int lanes) {
      const Vec r = sigmoid(load_lanes(gate + j, lanes));
      const Vec z = sigmoid(load_lanes(gate + hidden_ + j, lanes));
      const Vec a_n = load_lanes(gate + 2 * hidden_ + j, lanes);
      const Vec n = activation.value(fma(r, load_lanes(recurrent + j, lanes), a_n));
      store_lanes(gate + j, r, lanes);
      store_lanes(gate + hidden_ + j, z, lanes);
      store_lanes(gate + 2 * hidden_ + j, n, lanes);
      store_lanes(h + j, interpolate(z, load_lanes(before + j, lanes), n), lanes);
    });
  }

  const int64_t packed_w_n_;
  const int64_t packed_r_n_;
  const int64_t recurrent_scratch_;
};

class GruResetBeforeForward : public GruForward {
 public:
  GruResetBeforeForward(Engine& engine, const refrain_gru_args& args)
      : GruForward(engine, args),
        packed_n_(packing_.add_transposed(call_.slot, w_n_, r_n_)),
        reset_scratch_(call_.thread.take(call_.most_rows() * input_columns_)) {}

 private:
  // Rows [x | r h].
  Rows reset_rows(const Block& block, int64_t t) const {
    if (!call_.keeps()) return {block.thread + reset_scratch_, input_columns_};
    return call_.reserve_rows(reserve_.reset_inputs, input_columns_, block, t);
  }

  void step(const Block& block, const Step& step, Rows inputs, Rows a, Rows h) override {
    multiply_inputs(block, step, inputs, packed_rz_, 0, 2 * hidden_, a);
    const Rows reset = reset_rows(block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      copy_row(reset.row(i), inputs.row(i), call_.inputs);
      run_gates(previous(inputs).row(i), a.row(i), previous(reset).row(i));
    }
    multiply_inputs(block, step, reset, packed_n_, 2 * hidden_, hidden_, a);
    with_activation(args_.activation, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (!call_.active(block.group, step.t, block.first + i)) continue;
        run_candidate(activation, previous(inputs).row(i), a.row(i), h.row(i));
      }
    });
    write_outputs(block, step, inputs, h);
  }

  REFRAIN_INLINE void run_gates(const float* before, float* gate, float* reset) const {
    for_vectors(hidden_, [&](int64_t j, int lanes) {
      const Vec r = sigmoid(load_lanes(gate + j, lanes));
      store_lanes(gate + j, r, lanes);
      store_lanes(gate + hidden_ + j, sigmoid(load_lanes(gate + hidden_ + j, lanes)), lanes);
      store_lanes(reset + j, r * load_lanes(before + j, lanes), lanes);
    });
  }

  template <class Activation>
  REFRAIN_INLINE void run_candidate(Activation activation, const float* before, float* gate,
                                    float* h) const {
    for_vectors(hidden_, [&](int64_t j, int lanes) {
      const Vec z = load_lanes(gate + hidden_ + j, lanes);
      const Vec n = activation.value(load_lanes(gate + 2 * hidden_ + j, lanes));
      store_lanes(gate + 2 * hidden_ + j, n, lanes);
      store_lanes(h + j, interpolate(z, load_lanes(before + j, lanes), n), lanes);
    });
  }

  const int64_t packed_n_;
  const int64_t reset_scratch_;
};

// What the two forms of backward share.
class GruBackward : public CellBackward {
 protected:
  GruBackward(Engine& engine, const refrain_gru_args& args, int64_t a_columns)
      : CellBackward(engine, args.shape, a_columns, args.parameters, args.sequence, args.gradient,
                     kept_states(args)),
        args_(args),
        reserve_(gru_reserve(args)),
        hidden_(args.shape.hidden),
        // The parameters of the candidate.
        w_n_(args.parameters.w + 2 * hidden_ * call_.inputs),
        r_n_(args.parameters.r + 2 * hidden_ * hidden_),
        b_wn_(moved(args.parameters.b_w, 2 * hidden_)),
        b_rn_(moved(args.parameters.b_r, 2 * hidden_)) {
    const refrain_cell_parameters& p = args.parameters;
    this->add_weights(this->a_columns(0, 2 * hidden_), inputs_and_states(),
                      {p.w, p.r, p.b_w, p.b_r});
  }

  Rows gate_rows(const Block& block, const Step& step) const {
    return call_.reserve_rows(reserve_.gates, kGates * hidden_, block, step.t);
  }

  // dh and dy together.
  static REFRAIN_INLINE Vec total_gradient(const Rows& dh, const Rows& dy, int64_t i, int64_t j,
                                           int lanes) {
    const Vec d = load_lanes(dh.row(i) + j, lanes);
    return dy.present() ? d + load_lanes(dy.row(i) + j, lanes) : d;
  }

  const refrain_gru_args& args_;
  const GruReserve reserve_;
  const int64_t hidden_;
  const int64_t w_n_;
  const int64_t r_n_;
  const int64_t b_wn_;
  const int64_t b_rn_;
};

// Columns of da: r, z, r da_n (what reaches R_n), da_n (what reaches W_n).
class GruResetAfterBackward : public GruBackward {
 public:
  GruResetAfterBackward(Engine& engine, const refrain_gru_args& args)
      : GruBackward(engine, args, 4 * int64_t{args.shape.hidden}),
        packed_r_(packing_.add(call_.slot, {args.parameters.r, 3 * hidden_, hidden_})) {
    add_weights(a_columns(2 * hidden_, hidden_), states_alone(), {-1, r_n_, -1, b_rn_});
    add_weights(a_columns(3 * hidden_, hidden_), inputs_alone(), {w_n_, -1, b_wn_, -1});
    add_input_gradient(a_columns(0, 2 * hidden_), 0);
    add_input_gradient(a_columns(3 * hidden_, hidden_), 2 * hidden_);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows gates = gate_rows(block, step);
    const Rows recurrent = call_.reserve_rows(reserve_.recurrent, hidden_, block, step.t);
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
          const Vec h_before = load_lanes(before.row(i) + j, lanes);
          const Vec d = total_gradient(dh, dy, i, j, lanes);
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
    add_product(block, step, da, 3 * hidden_, packed_r_, dh);
  }

  const int64_t packed_r_;
};

// Columns of da: r, z, n.
class GruResetBeforeBackward : public GruBackward {
 public:
  GruResetBeforeBackward(Engine& engine, const refrain_gru_args& args)
      : GruBackward(engine, args, 3 * int64_t{args.shape.hidden}),
        packed_rz_(packing_.add(call_.slot, {args.parameters.r, 2 * hidden_, hidden_})),
        packed_n_(packing_.add(call_.slot, {r_n_, hidden_, hidden_})),
        dreset_scratch_(call_.thread.take(call_.most_rows() * hidden_)) {
    const int64_t columns = call_.inputs + hidden_;
    add_weights(a_columns(2 * hidden_, hidden_), {reserve_.reset_inputs, columns, columns},
                {w_n_, r_n_, b_wn_, b_rn_});
    add_input_gradient(a_columns(0, 3 * hidden_), 0);
  }

 private:
  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows gates = gate_rows(block, step);
    const Rows before = states_before(block, step);
    with_activation(args_.activation, [&](auto activation) {
      candidate_gradients(activation, block, step, gates, before, da, dh);
    });
    // The gradient of r h.
    const Rows dreset = {block.thread + dreset_scratch_, hidden_};
    multiply({block.rows, hidden_, hidden_, da.data + 2 * hidden_, da.stride,
              block.slot + packed_n_, hidden_, dreset.data, dreset.stride, Start::kZero,
              nullptr});
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!call_.active(block.group, step.t, block.first + i)) continue;
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec r = load_lanes(gates.row(i) + j, lanes);
        const Vec h_before = load_lanes(before.row(i) + j, lanes);
        const Vec d = load_lanes(dreset.row(i) + j, lanes);
        store_lanes(da.row(i) + j, d * h_before * sigmoid_slope(r), lanes);
        store_lanes(dh.row(i) + j, fma(d, r, load_lanes(dh.row(i) + j, lanes)), lanes);
      });
    }
    add_product(block, step, da, 2 * hidden_, packed_rz_, dh);
  }

  // What does not wait for the gradient of r h: da of z and n, and the part of dh that passes
  // through z.
  template <class Activation>
  void candidate_gradients(Activation activation, const Block& block, const Step& step,
                           Rows gates, Rows before, Rows da, Rows dh) const {
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      if (ended(block, step, i, da)) continue;
      const float* gate = gates.row(i);
      for_vectors(hidden_, [&](int64_t j, int lanes) {
        const Vec z = load_lanes(gate + hidden_ + j, lanes);
        const Vec n = load_lanes(gate + 2 * hidden_ + j, lanes);
        const Vec h_before = load_lanes(before.row(i) + j, lanes);
        const Vec d = total_gradient(dh, dy, i, j, lanes);
        float* to = da.row(i) + j;
        store_lanes(to + hidden_, d * (h_before - n) * sigmoid_slope(z), lanes);
        store_lanes(to + 2 * hidden_, d * (broadcast(1.0f) - z) * activation.slope(n), lanes);
        store_lanes(dh.row(i) + j, d * z, lanes);
      });
    }
  }

  const int64_t packed_rz_;
  const int64_t packed_n_;
  const int64_t dreset_scratch_;
};

}  // namespace

int gru_forward(Engine& engine, const refrain_gru_args& args) {
  if (args.form == REFRAIN_RESET_AFTER) return GruResetAfterForward(engine, args).run_call();
  return GruResetBeforeForward(engine, args).run_call();
}

int gru_backward(Engine& engine, const refrain_gru_args& args) {
  if (args.form == REFRAIN_RESET_AFTER) return GruResetAfterBackward(engine, args).run_call();
  return GruResetBeforeBackward(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
