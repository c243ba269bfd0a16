#include "cuda/activation.cuh"
#include "cuda/cell.cuh"
#include "cuda/copy.cuh"
#include "cuda/operations.h"
#include "core/reserve.h"

namespace refrain::cuda {
namespace {

enum Gate { kReset, kUpdate, kCandidate, kGates };

// z h + (1-z) n
__device__ __forceinline__ float interpolate(float z, float h, float n) {
  return fmaf(z, h - n, n);
}

// The reset and update gates of a step, and r h for the candidate's product: reset-before alone.
struct GruResetStep {
  int64_t hidden;
  refrain_view a;
  refrain_view previous;
  refrain_view reset;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    float* gate = row_of(a, group, n) + j;
    const float r = sigmoid(gate[kReset * hidden]);
    gate[kReset * hidden] = r;
    gate[kUpdate * hidden] = sigmoid(gate[kUpdate * hidden]);
    row_of(reset, group, n)[j] = r * element_or_zero(previous, group, n, j);
  }
};

// Ends a step. With `recurrent` (R_n h + b_Rn) the form is reset-after and the gates are still to be
// activated.
struct GruForwardStep {
  int64_t hidden;
  int64_t t;
  int32_t activation;
  Lengths lengths;
  refrain_view a;
  refrain_view recurrent;
  refrain_view previous;
  refrain_view h;
  refrain_view y;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    const float before = element_or_zero(previous, group, n, j);
    const bool active = lengths.active(group, n, t);
    float state = before;
    if (active) {
      float* gate = row_of(a, group, n) + j;
      float candidate = gate[kCandidate * hidden];
      if (recurrent.data != nullptr) {
        gate[kReset * hidden] = sigmoid(gate[kReset * hidden]);
        gate[kUpdate * hidden] = sigmoid(gate[kUpdate * hidden]);
        candidate = fmaf(gate[kReset * hidden], row_of(recurrent, group, n)[j], candidate);
      }
      candidate = activate(activation, candidate);
      gate[kCandidate * hidden] = candidate;
      state = interpolate(gate[kUpdate * hidden], before, candidate);
    }
    row_of(h, group, n)[j] = state;
    row_of(y, group, n)[j] = active ? state : 0.0f;
  }
};

// A step backward as far as it does not wait for the gradient of r h. Columns of da: r, z, n; in the
// form reset-after r, z, r da_n (what reaches R_n), da_n (what reaches W_n).
struct GruBackwardStep {
  int64_t hidden;
  int64_t t;
  int32_t activation;
  Lengths lengths;
  refrain_view gates;
  refrain_view recurrent;  // reset-after
  refrain_view before;
  refrain_view dy;
  refrain_view dh;
  refrain_view da;
  refrain_view reset;  // reset-before: r h, for the gradient of R_n

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    const bool after = recurrent.data != nullptr;
    float* gradient = row_of(da, group, n) + j;
    if (!lengths.active(group, n, t)) {
      for (int k = 0; k < (after ? kGates + 1 : kGates); ++k) gradient[k * hidden] = 0.0f;
      if (!after) row_of(reset, group, n)[j] = 0.0f;
      return;
    }
    const float* gate = row_of(gates, group, n) + j;
    const float r = gate[kReset * hidden];
    const float z = gate[kUpdate * hidden];
    const float candidate = gate[kCandidate * hidden];
    const float h_before = element_or_zero(before, group, n, j);
    float& dh_of_element = row_of(dh, group, n)[j];
    const float d = dh_of_element + element_or_zero(dy, group, n, j);
    const float da_n = d * (1.0f - z) * slope(activation, candidate);
    gradient[kUpdate * hidden] = d * (h_before - candidate) * sigmoid_slope(z);
    if (after) {
      gradient[kReset * hidden] = da_n * row_of(recurrent, group, n)[j] * sigmoid_slope(r);
      gradient[kCandidate * hidden] = da_n * r;
      gradient[kGates * hidden] = da_n;
    } else {
      gradient[kCandidate * hidden] = da_n;
      row_of(reset, group, n)[j] = r * h_before;
    }
    dh_of_element = d * z;
  }
};

// The rest of a step backward in the form reset-before: what the gradient of r h gives to r and h.
struct GruResetGradient {
  int64_t hidden;
  int64_t t;
  Lengths lengths;
  refrain_view gates;
  refrain_view before;
  refrain_view dreset;
  refrain_view dh;
  refrain_view da;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    if (!lengths.active(group, n, t)) return;
    const float r = row_of(gates, group, n)[kReset * hidden + j];
    const float d = row_of(dreset, group, n)[j];
    row_of(da, group, n)[kReset * hidden + j] =
        d * element_or_zero(before, group, n, j) * sigmoid_slope(r);
    float& dh_of_element = row_of(dh, group, n)[j];
    dh_of_element = fmaf(d, r, dh_of_element);
  }
};

// The parts of R: of the gates r and z, and of the candidate.
struct RecurrentWeights {
  refrain_view gates;
  refrain_view candidate;
};

RecurrentWeights recurrent_weights(const CellCall& call) {
  const refrain_view r = call.parameter(call.parameters.r, call.hidden);
  return {r, rows_from(r, kCandidate * call.hidden)};
}

struct GruForwardViews {
  refrain_view gates;
  refrain_view h;
  refrain_view recurrent;  // [G,T,N,H]: reset-after alone
  refrain_view reset;      // [G,N,H]: reset-before alone
};

void run_forward_steps(const CellCall& call, const refrain_gru_args& args,
                       const GruForwardViews& v) {
  const bool after = args.form == REFRAIN_RESET_AFTER;
  const RecurrentWeights r = recurrent_weights(call);
  const int64_t hidden = call.hidden;
  const refrain_view b_rn =
      call.parameter(moved(args.parameters.b_r, kCandidate * hidden), hidden);
  for (int64_t order = 0; order < call.steps; ++order) {
    const int64_t t = call.time(order);
    const refrain_view previous = call.before(order, args.sequence.hx, v.h);
    const refrain_view a = call.at(v.gates, t);
    if (previous.data != nullptr) {
      call.multiply_rows("gru_forward's recurrent product", 2 * hidden, hidden, previous, r.gates,
                         true, a, Start::kC);
    }
    if (after) {
      // A first step from zeros is a product with no terms.
      call.multiply_rows("gru_forward's candidate product", hidden,
                         previous.data == nullptr ? 0 : hidden, previous, r.candidate, true,
                         call.at(v.recurrent, t), Start::kBias, b_rn);
    } else {
      for_each(call.engine, "gru_forward's reset", call.groups, call.batch * hidden,
               GruResetStep{hidden, a, previous, v.reset});
      if (previous.data != nullptr) {
        call.multiply_rows("gru_forward's candidate product", hidden, hidden, v.reset, r.candidate,
                           true, columns_from(a, kCandidate * hidden), Start::kC);
      }
    }
    for_each(call.engine, "gru_forward's step", call.groups, call.batch * hidden,
             GruForwardStep{hidden, t, args.activation, call.lengths(), a,
                            after ? call.at(v.recurrent, t) : kAbsent, previous, call.at(v.h, t),
                            call.at(args.sequence.y, t)});
  }
}

struct GruBackwardViews {
  refrain_view dh;      // [G,N,H]
  refrain_view da;      // [G,T,N,3H or 4H]
  refrain_view reset;   // [G,T,N,H]: reset-before alone
  refrain_view dreset;  // [G,N,H]: reset-before alone
};

void run_backward_steps(const CellCall& call, const refrain_gru_args& args,
                        const GruReserve& reserve, const GruBackwardViews& v) {
  const bool after = args.form == REFRAIN_RESET_AFTER;
  const RecurrentWeights r = recurrent_weights(call);
  const int64_t hidden = call.hidden;
  const refrain_view gates = call.kept(reserve.gates, call.gate_rows);
  const refrain_view h = call.kept(reserve.h, hidden);
  const refrain_view recurrent = call.kept(reserve.recurrent, hidden);
  for (int64_t order = call.steps - 1; order >= 0; --order) {
    const int64_t t = call.time(order);
    const refrain_view before = call.before(order, args.sequence.hx, h);
    const refrain_view da = call.at(v.da, t);
    for_each(call.engine, "gru_backward's step", call.groups, call.batch * hidden,
             GruBackwardStep{hidden, t, args.activation, call.lengths(), call.at(gates, t),
                             after ? call.at(recurrent, t) : kAbsent, before,
                             call.at(args.gradient.dy, t), v.dh, da,
                             after ? kAbsent : call.at(v.reset, t)});
    if (!after) {
      call.multiply_rows("gru_backward's candidate product", hidden, hidden,
                         columns_from(da, kCandidate * hidden), r.candidate, false, v.dreset,
                         Start::kZero);
      for_each(call.engine, "gru_backward's reset", call.groups, call.batch * hidden,
               GruResetGradient{hidden, t, call.lengths(), call.at(gates, t), before, v.dreset,
                                v.dh, da});
    }
    if (order == 0 && args.gradient.dhx.data == nullptr) continue;
    call.multiply_rows("gru_backward's recurrent product", hidden,
                       (after ? 3 : 2) * hidden, da, r.gates, false, v.dh, Start::kC);
  }
}

void write_parameter_gradients(const CellCall& call, const refrain_gru_args& args,
                               const GruReserve& reserve, const GruBackwardViews& v) {
  const CellGradients gradients(call, args.gradient);
  const refrain_cell_parameters& p = args.parameters;
  const int64_t hidden = call.hidden;
  const int64_t candidate = kCandidate * hidden;  // where its columns, rows and biases begin
  const refrain_view& x = args.sequence.x;
  const refrain_view& hx = args.sequence.hx;
  const refrain_view h = call.kept(reserve.h, hidden);
  if (args.form == REFRAIN_RESET_AFTER) {
    const refrain_view da_n = columns_from(v.da, kGates * hidden);
    gradients.weight("gru_backward's dW", v.da, candidate, x, call.inputs, p.w);
    gradients.weight("gru_backward's dW", da_n, hidden, x, call.inputs,
                     p.w + candidate * call.inputs);
    gradients.recurrent_weight("gru_backward's dR", v.da, kGates * hidden, hx, h, hidden, p.r);
    gradients.bias("gru_backward's db", v.da, candidate, p.b_w, p.b_r);
    gradients.bias("gru_backward's db", da_n, hidden, moved(p.b_w, candidate), -1);
    gradients.bias("gru_backward's db", columns_from(v.da, candidate), hidden, -1,
                   moved(p.b_r, candidate));
    gradients.input("gru_backward's dx", v.da, candidate, 0, true);
    gradients.input("gru_backward's dx", da_n, hidden, candidate, false);
    return;
  }
  gradients.weight("gru_backward's dW", v.da, call.gate_rows, x, call.inputs, p.w);
  gradients.recurrent_weight("gru_backward's dR", v.da, candidate, hx, h, hidden, p.r);
  gradients.weight("gru_backward's dR", columns_from(v.da, candidate), hidden, v.reset, hidden,
                   p.r + candidate * hidden);
  gradients.bias("gru_backward's db", v.da, call.gate_rows, p.b_w, p.b_r);
  gradients.input("gru_backward's dx", v.da, call.gate_rows, 0, true);
}

}  // namespace

void gru_forward(Engine& engine, const refrain_gru_args& args) {
  const GruReserve reserve = gru_reserve(args);
  const bool after = args.form == REFRAIN_RESET_AFTER;
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t reserve_offset = call.take_reserve();
  const int64_t bias_offset = call.layout.take(call.groups * call.gate_rows);
  const int64_t reset_offset =
      call.layout.take(after ? 0 : call.groups * call.batch * call.hidden);
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const GruForwardViews views = {call.kept(reserve.gates, call.gate_rows),
                                 call.kept(reserve.h, call.hidden),
                                 call.kept(reserve.recurrent, call.hidden),
                                 call.scratch(reset_offset, call.batch, call.hidden)};
  // Reset-after multiplies b_Rn by r: it belongs to the recurrent product.
  const int64_t input_bias_from = after ? kCandidate * call.hidden : call.gate_rows;
  multiply_input(call, {input_bias_from, 0.0f}, call.scratch(bias_offset, 1, call.gate_rows),
                 views.gates);
  run_forward_steps(call, args, views);
  if (args.sequence.hy.data == nullptr) return;
  copy_rows(engine, call.groups, call.batch, call.hidden,
            call.at(views.h, call.time(call.steps - 1)), args.sequence.hy);
}

void gru_backward(Engine& engine, const refrain_gru_args& args) {
  const GruReserve reserve = gru_reserve(args);
  const bool after = args.form == REFRAIN_RESET_AFTER;
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t da_columns = (after ? kGates + 1 : kGates) * call.hidden;
  const int64_t states = call.groups * call.batch * call.hidden;
  const int64_t dh_offset = call.layout.take(states);
  const int64_t da_offset = call.layout.take(call.groups * call.rows() * da_columns);
  const int64_t reset_offset =
      call.layout.take(after ? 0 : call.groups * call.rows() * call.hidden);
  const int64_t dreset_offset = call.layout.take(after ? 0 : states);
  call.allocate_scratch();

  const GruBackwardViews views = {call.scratch(dh_offset, call.batch, call.hidden),
                                  call.scratch(da_offset, call.rows(), da_columns),
                                  call.scratch(reset_offset, call.rows(), call.hidden),
                                  call.scratch(dreset_offset, call.batch, call.hidden)};
  copy_rows(engine, call.groups, call.batch, call.hidden, args.gradient.dhy, views.dh);
  run_backward_steps(call, args, reserve, views);
  if (args.gradient.dhx.data != nullptr) {
    copy_rows(engine, call.groups, call.batch, call.hidden, views.dh, args.gradient.dhx);
  }
  write_parameter_gradients(call, args, reserve, views);
}

}  // namespace refrain::cuda
