#include "cpu/activation.h"
#include "cpu/cell.h"
#include "cpu/cell_backward.h"
#include "cpu/gemm.h"
#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/reserve.h"

namespace refrain::REFRAIN_TARGET {
namespace {

enum Gate { kInput, kForget, kCandidate, kOutput, kGates };

// What is the same for every element: bounds of the cell state and peepholes.
struct LstmExtras {
  explicit LstmExtras(const refrain_lstm_args& args)
      : clip(static_cast<float>(args.cell_clip)), has_clip(args.cell_clip > 0) {}

  REFRAIN_INLINE Vec clipped(Vec c) const {
    if (!has_clip) return c;
    return max(zero() - broadcast(clip), min(broadcast(clip), c));
  }
  // dc where c was not cut, 0 where it was.
  REFRAIN_INLINE Vec uncut(Vec dc, Vec c) const {
    if (!has_clip) return dc;
    return select(broadcast(clip) < abs(c), zero(), dc);
  }

  const float clip;
  const bool has_clip;
};

// The cell state before its bounds; backward needs the same bits to see where it was cut.
REFRAIN_INLINE Vec unbounded_cell(Vec i, Vec f, Vec g, Vec c) { return fma(f, c, i * g); }

KeptStates kept_states(const refrain_lstm_args& args) {
  const LstmReserve reserve = lstm_reserve(args);
  return {reserve.size, reserve.inputs, reserve.gates};
}

class LstmForward : public CellForward {
 public:
  LstmForward(Engine& engine, const refrain_lstm_args& args)
      : CellForward(engine, args.shape, kGates, args.parameters, args.sequence,
                    kept_states(args)),
        args_(args),
        extras_(args),
        reserve_(lstm_reserve(args)),
        projects_(args.parameters.projection >= 0),
        packed_(packing_.add_transposed(call_.slot,
                                        {args.parameters.w, gate_rows_, call_.inputs},
                                        {args.parameters.r, gate_rows_, call_.outputs})),
        c_scratch_(call_.thread.take(call_.most_rows() * call_.hidden)),
        output_scratch_(call_.thread.take(projects_ ? call_.most_rows() * call_.hidden : 0)) {
    if (projects_) {
      packed_projection_ = packing_.add_transposed(
          call_.slot, {args.parameters.projection, call_.outputs, call_.hidden});
    }
  }

 private:
  void adjust_bias(int64_t, float* bias) const override {
    const float forget_bias = static_cast<float>(args_.forget_bias);
    for (int64_t j = 0; j < call_.hidden; ++j) bias[kForget * call_.hidden + j] += forget_bias;
  }

  Rows cell_rows(const Block& block, int64_t t) const {
    if (!call_.keeps()) return {block.thread + c_scratch_, call_.hidden};
    return call_.reserve_rows(reserve_.c, call_.hidden, block, t);
  }

  // o act(c') of the step: h itself without a projection.
  Rows output_rows(const Block& block, int64_t t, Rows h) const {
    if (!projects_) return h;
    if (!call_.keeps()) return {block.thread + output_scratch_, call_.hidden};
    return call_.reserve_rows(reserve_.cell_output, call_.hidden, block, t);
  }

  void step(const Block& block, const Step& step, Rows inputs, Rows a, Rows h) override {
    multiply_inputs(block, step, inputs, packed_, 0, gate_rows_, a);
    const Rows before = step.order == 0 ? CellCall::state_rows(args_.sequence.cx, block)
                                        : cell_rows(block, call_.time(step.order - 1));
    const Rows c = cell_rows(block, step.t);
    const Rows output = output_rows(block, step.t, h);
    const float* peepholes = call_.parameter(block.group, args_.parameters.peepholes);
    with_activation(args_.activation, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        const float* c_before = before.present() ? before.row(i) : nullptr;
        if (call_.active(block.group, step.t, block.first + i)) {
          run_row(activation, peepholes, a.row(i), c_before, c.row(i), output.row(i));
        } else {
          copy_row(c.row(i), c_before, call_.hidden);
          if (projects_) clear_row(output.row(i), call_.hidden);
        }
      }
    });
    finish_state(block, step, inputs, output, h);
    if (step.order == call_.steps - 1) write_final_cell(block, c);
  }

  template <class Activation>
  REFRAIN_INLINE void run_row(Activation activation, const float* peepholes, float* a,
                              const float* c_before, float* c, float* output) const {
    const int64_t hidden = call_.hidden;
    for_vectors(hidden, [&](int64_t j, int lanes) {
      float* gate = a + j;
      const Vec before = c_before == nullptr ? zero() : load_lanes(c_before + j, lanes);
      Vec a_i = load_lanes(gate + kInput * hidden, lanes);
      Vec a_f = load_lanes(gate + kForget * hidden, lanes);
      Vec a_o = load_lanes(gate + kOutput * hidden, lanes);
      if (peepholes != nullptr) {
        a_i = fma(load_lanes(peepholes + j, lanes), before, a_i);
        a_f = fma(load_lanes(peepholes + hidden + j, lanes), before, a_f);
      }
      const Vec i = sigmoid(a_i);
      const Vec f = sigmoid(a_f);
      const Vec g = activation.value(load_lanes(gate + kCandidate * hidden, lanes));
      const Vec after = extras_.clipped(unbounded_cell(i, f, g, before));
      if (peepholes != nullptr) {
        a_o = fma(load_lanes(peepholes + 2 * hidden + j, lanes), after, a_o);
      }
      const Vec o = sigmoid(a_o);
      store_lanes(gate + kInput * hidden, i, lanes);
      store_lanes(gate + kForget * hidden, f, lanes);
      store_lanes(gate + kCandidate * hidden, g, lanes);
      store_lanes(gate + kOutput * hidden, o, lanes);
      store_lanes(c + j, after, lanes);
      store_lanes(output + j, o * activation.value(after), lanes);
    });
  }

  void finish_state(const Block& block, const Step& step, Rows inputs, Rows output,
                    Rows h) const {
    const Rows y = call_.sequence_rows(call_.sequence.y, block, step.t);
    // Into y first: the state before may share the memory of the state after, and ended
    // sequences still need it.
    if (projects_) {
      multiply({block.rows, call_.outputs, call_.hidden, output.data, output.stride,
                block.slot + packed_projection_, call_.hidden, y.data, y.stride, Start::kZero,
                nullptr});
    }
    for (int64_t i = 0; i < block.rows; ++i) {
      if (carry(block, step, i, inputs, h)) continue;
      if (projects_) {
        copy_row(h.row(i), y.row(i), call_.outputs);
      } else {
        copy_row(y.row(i), h.row(i), call_.outputs);
      }
    }
  }

  void write_final_cell(const Block& block, Rows c) const {
    const Rows cy = CellCall::state_rows(args_.sequence.cy, block);
    for (int64_t i = 0; cy.present() && i < block.rows; ++i) {
      copy_row(cy.row(i), c.row(i), call_.hidden);
    }
  }

  const refrain_lstm_args& args_;
  const LstmExtras extras_;
  const LstmReserve reserve_;
  const bool projects_;
  const int64_t packed_;
  const int64_t c_scratch_;
  const int64_t output_scratch_;
  int64_t packed_projection_ = -1;
};

class LstmBackward : public CellBackward {
 public:
  LstmBackward(Engine& engine, const refrain_lstm_args& args)
      : CellBackward(engine, args.shape, int64_t{kGates} * args.shape.hidden, args.parameters,
                     args.sequence, args.gradient, kept_states(args)),
        args_(args),
        extras_(args),
        reserve_(lstm_reserve(args)),
        projects_(args.parameters.projection >= 0),
        gate_rows_(kGates * call_.hidden),
        packed_r_(packing_.add(call_.slot, {args.parameters.r, gate_rows_, call_.outputs})),
        dc_scratch_(call_.thread.take(call_.most_rows() * call_.hidden)) {
    const refrain_cell_parameters& p = args.parameters;
    add_weights(a_columns(0, gate_rows_), inputs_and_states(), {p.w, p.r, p.b_w, p.b_r});
    add_input_gradient(a_columns(0, gate_rows_), 0);
    if (projects_) prepare_projection();
  }

 private:
  void prepare_projection() {
    const int64_t projection = args_.parameters.projection;
    packed_projection_ = packing_.add(call_.slot, {projection, call_.outputs, call_.hidden});
    dh_ = call_.slot.take(call_.rows() * call_.outputs);
    doutput_scratch_ = call_.thread.take(call_.most_rows() * call_.hidden);
    add_weights({dh_, call_.outputs, call_.outputs},
                {reserve_.cell_output, call_.hidden, call_.hidden}, {projection, -1, -1, -1});
  }

  // c before the step; absent: zeros.
  Rows cells_before(const Block& block, const Step& step) const {
    if (step.order == 0) return CellCall::state_rows(args_.sequence.cx, block);
    return call_.reserve_rows(reserve_.c, call_.hidden, block, call_.time(step.order - 1));
  }

  Rows dc_rows(const Block& block) const { return {block.thread + dc_scratch_, call_.hidden}; }

  void begin(const Block& block) override {
    const Rows dcy = CellCall::state_rows(gradient_.dcy, block);
    for (int64_t i = 0; i < block.rows; ++i) {
      copy_row(dc_rows(block).row(i), dcy.present() ? dcy.row(i) : nullptr, call_.hidden);
    }
  }

  void end(const Block& block) override {
    const Rows dcx = CellCall::state_rows(gradient_.dcx, block);
    for (int64_t i = 0; dcx.present() && i < block.rows; ++i) {
      copy_row(dcx.row(i), dc_rows(block).row(i), call_.hidden);
    }
  }

  void step(const Block& block, const Step& step, Rows da, Rows dh) override {
    const Rows gates = call_.reserve_rows(reserve_.gates, gate_rows_, block, step.t);
    const Rows c = call_.reserve_rows(reserve_.c, call_.hidden, block, step.t);
    const Rows before = cells_before(block, step);
    const Rows dy = call_.sequence_rows(gradient_.dy, block, step.t);
    const Rows doutput = projects_ ? project_back(block, step, dy, dh) : dh;
    const float* peepholes = call_.parameter(block.group, args_.parameters.peepholes);
    with_activation(args_.activation, [&](auto activation) {
      for (int64_t i = 0; i < block.rows; ++i) {
        if (ended(block, step, i, da)) continue;
        const RowOperands row = {gates.row(i),
                                 c.row(i),
                                 before.present() ? before.row(i) : nullptr,
                                 dy.present() && !projects_ ? dy.row(i) : nullptr,
                                 doutput.row(i),
                                 dc_rows(block).row(i),
                                 da.row(i)};
        run_row(activation, peepholes, row);
      }
    });
    add_product(block, step, da, gate_rows_, packed_r_, dh);
  }

  // Adds dy to dh, keeps the sum for the projection's gradient, and returns its product with the
  // projection.
  Rows project_back(const Block& block, const Step& step, Rows dy, Rows dh) const {
    const Rows sum = call_.sequence_rows(block.slot + dh_, call_.outputs, block, step.t);
    for (int64_t i = 0; i < block.rows; ++i) {
      if (!call_.active(block.group, step.t, block.first + i)) {
        clear_row(sum.row(i), call_.outputs);
        continue;
      }
      for_vectors(call_.outputs, [&](int64_t j, int lanes) {
        Vec d = load_lanes(dh.row(i) + j, lanes);
        if (dy.present()) d = d + load_lanes(dy.row(i) + j, lanes);
        store_lanes(sum.row(i) + j, d, lanes);
        store_lanes(dh.row(i) + j, zero(), lanes);
      });
    }
    const Rows doutput = {block.thread + doutput_scratch_, call_.hidden};
    multiply({block.rows, call_.hidden, call_.outputs, sum.data, sum.stride,
              block.slot + packed_projection_, call_.outputs, doutput.data, doutput.stride,
              Start::kZero, nullptr});
    return doutput;
  }

  struct RowOperands {
    const float* gates;
    const float* c;
    const float* before;  // null: zeros
    const float* dy;      // null: zeros
    float* doutput;       // read, then cleared: where it is dh, the product with R adds to it
    float* dc;
    float* da;
  };

  template <class Activation>
  REFRAIN_INLINE void run_row(Activation activation, const float* peepholes,
                              const RowOperands& row) const {
    const int64_t hidden = call_.hidden;
    for_vectors(hidden, [&](int64_t j, int lanes) {
      const Vec i = load_lanes(row.gates + kInput * hidden + j, lanes);
      const Vec f = load_lanes(row.gates + kForget * hidden + j, lanes);
      const Vec g = load_lanes(row.gates + kCandidate * hidden + j, lanes);
      const Vec o = load_lanes(row.gates + kOutput * hidden + j, lanes);
      const Vec before = row.before == nullptr ? zero() : load_lanes(row.before + j, lanes);
      const Vec c_out = activation.value(load_lanes(row.c + j, lanes));
      Vec d = load_lanes(row.doutput + j, lanes);
      if (row.dy != nullptr) d = d + load_lanes(row.dy + j, lanes);

      const Vec da_o = d * c_out * sigmoid_slope(o);
      Vec dc = fma(d * o, activation.slope(c_out), load_lanes(row.dc + j, lanes));
      if (peepholes != nullptr) {
        dc = fma(da_o, load_lanes(peepholes + 2 * hidden + j, lanes), dc);
      }
      dc = extras_.uncut(dc, unbounded_cell(i, f, g, before));
      const Vec da_i = dc * g * sigmoid_slope(i);
      const Vec da_f = dc * before * sigmoid_slope(f);
      Vec dc_before = dc * f;
      if (peepholes != nullptr) {
        dc_before = fma(da_i, load_lanes(peepholes + j, lanes), dc_before);
        dc_before = fma(da_f, load_lanes(peepholes + hidden + j, lanes), dc_before);
      }
      store_lanes(row.da + kInput * hidden + j, da_i, lanes);
      store_lanes(row.da + kForget * hidden + j, da_f, lanes);
      store_lanes(row.da + kCandidate * hidden + j, dc * i * activation.slope(g), lanes);
      store_lanes(row.da + kOutput * hidden + j, da_o, lanes);
      store_lanes(row.dc + j, dc_before, lanes);
      store_lanes(row.doutput + j, zero(), lanes);
    });
  }

  int64_t own_pieces() const override { return args_.parameters.peepholes < 0 ? 0 : 3; }

  // The gradient of one peephole: the sum of its gate's da times the cell state that it saw.
  void run_own(const Place& place) override {
    constexpr Gate kSeen[] = {kInput, kForget, kOutput};
    const Gate gate = kSeen[place.piece];
    const int64_t hidden = call_.hidden;
    float* dp = call_.parameter_gradient(place.group, args_.parameters.peepholes) +
                place.piece * hidden;
    const float* c = call_.reserve(place.group) + reserve_.c;
    const Rows cx = rows_of(args_.sequence.cx, place.group);
    const Columns columns = a_columns(gate * hidden, hidden);
    const float* da = call_.slot_scratch(place) + columns.begin;
    if (!accumulates()) clear_row(dp, hidden);
    for (int64_t order = 0; order < call_.steps; ++order) {
      const int64_t first = call_.time(order) * call_.batch;
      const int64_t first_seen =
          (gate == kOutput || order == 0 ? call_.time(order) : call_.time(order - 1)) *
          call_.batch;
      const bool initial = gate != kOutput && order == 0;
      if (initial && !cx.present()) continue;
      for (int64_t n = 0; n < call_.batch; ++n) {
        const float* seen = initial ? cx.row(n) : c + (first_seen + n) * hidden;
        const float* da_row = da + (first + n) * columns.stride;
        for_vectors(hidden, [&](int64_t j, int lanes) {
          const Vec sum = fma(load_lanes(da_row + j, lanes), load_lanes(seen + j, lanes),
                              load_lanes(dp + j, lanes));
          store_lanes(dp + j, sum, lanes);
        });
      }
    }
  }

  const refrain_lstm_args& args_;
  const LstmExtras extras_;
  const LstmReserve reserve_;
  const bool projects_;
  const int64_t gate_rows_;
  const int64_t packed_r_;
  const int64_t dc_scratch_;
  int64_t packed_projection_ = -1;
  int64_t dh_ = -1;
  int64_t doutput_scratch_ = -1;
};

}  // namespace

int lstm_forward(Engine& engine, const refrain_lstm_args& args) {
  return LstmForward(engine, args).run_call();
}

int lstm_backward(Engine& engine, const refrain_lstm_args& args) {
  return LstmBackward(engine, args).run_call();
}

}  // namespace refrain::REFRAIN_TARGET
