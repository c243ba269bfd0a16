#include "cuda/gru.cuh"

#include "cuda/cooperative_tensor.cuh"
#include "cuda/copy.cuh"
#include "cuda/cudnn_layer.h"
#include "cuda/operations.h"
#include "cuda/steps.cuh"
#include "cuda/reserve.h"

namespace refrain::cuda {
namespace {

using namespace gru;  // the gates

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
      if (recurrent.data != nullptr) {
        const float pre[kGates] = {gate[kReset * hidden], gate[kUpdate * hidden],
                                   gate[kCandidate * hidden]};
        const GruGates gates = gru_gates(activation, pre, row_of(recurrent, group, n)[j]);
        gate[kReset * hidden] = gates.r;
        gate[kUpdate * hidden] = gates.z;
        gate[kCandidate * hidden] = gates.n;
      } else {
        gate[kCandidate * hidden] = activate(activation, gate[kCandidate * hidden]);
      }
      state = gru_state(gate[kUpdate * hidden], before, gate[kCandidate * hidden]);
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
    const GruGates g = {gate[kReset * hidden], gate[kUpdate * hidden], gate[kCandidate * hidden]};
    const float h_before = element_or_zero(before, group, n, j);
    float& dh_of_element = row_of(dh, group, n)[j];
    const GruElementGradient e = gru_backward_element(
        activation, g, h_before, dh_of_element + element_or_zero(dy, group, n, j));
    gradient[kUpdate * hidden] = e.da_z;
    if (after) {
      gradient[kReset * hidden] =
          gru_reset_gradient(g.r, row_of(recurrent, group, n)[j], e.da_n);
      gradient[kCandidate * hidden] = e.da_n * g.r;
      gradient[kGates * hidden] = e.da_n;
    } else {
      gradient[kCandidate * hidden] = e.da_n;
      row_of(reset, group, n)[j] = g.r * h_before;
    }
    dh_of_element = e.dh;
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
        gru_reset_gradient(r, element_or_zero(before, group, n, j), d);
    float& dh_of_element = row_of(dh, group, n)[j];
    dh_of_element = fmaf(d, r, dh_of_element);
  }
};

struct GruForward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  bool after;
  refrain_view b_rn;  // reset-after alone, may be absent
  refrain_view hx;
  refrain_view a;  // W x + bias, and afterwards the gates
  refrain_view h;
  refrain_view y;
  refrain_view recurrent;  // [G,T,N,H]: reset-after alone
  refrain_view reset;      // [G,N,H]: reset-before alone

  REFRAIN_EVERY_EXECUTOR
  template <class Executor>
  __host__ __device__ void step(Executor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    const refrain_view previous = steps.before(order, hx, h);
    const refrain_view a_t = steps.at(a, t);
    const Part gates = {0, kCandidate * hidden};
    const Part candidate = {kCandidate * hidden, hidden};
    if (previous.data != nullptr) {
      executor.product("gru_forward's recurrent product", previous, gates, a_t, Start::kC);
    }
    if (after) {
      executor.product("gru_forward's candidate product", previous, candidate,
                       steps.at(recurrent, t), Start::kBias, b_rn);
    } else {
      executor.elements("gru_forward's reset", hidden, GruResetStep{hidden, a_t, previous, reset});
      if (previous.data != nullptr) {
        executor.product("gru_forward's candidate product", reset, candidate,
                         columns_from(a_t, candidate.first), Start::kC);
      }
    }
    executor.elements("gru_forward's step", hidden,
                      GruForwardStep{hidden, t, activation, steps.lengths, a_t,
                                     after ? steps.at(recurrent, t) : absent(),
                                     previous, steps.at(h, t), steps.at(y, t)});
  }
};

struct GruBackward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  bool after;
  bool wants_dhx;
  refrain_view hx;
  refrain_view gates;
  refrain_view h;
  refrain_view recurrent;  // [G,T,N,H]: reset-after alone
  refrain_view dy;
  refrain_view dh;      // [G,N,H]
  refrain_view da;      // [G,T,N,3H or 4H]
  refrain_view reset;   // [G,T,N,H]: reset-before alone
  refrain_view dreset;  // [G,N,H]: reset-before alone

  REFRAIN_EVERY_EXECUTOR
  template <class Executor>
  __host__ __device__ void step(Executor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    const refrain_view before = steps.before(order, hx, h);
    const refrain_view da_t = steps.at(da, t);
    executor.elements("gru_backward's step", hidden,
                      GruBackwardStep{hidden, t, activation, steps.lengths, steps.at(gates, t),
                                      after ? steps.at(recurrent, t) : absent(), before,
                                      steps.at(dy, t), dh, da_t,
                                      after ? absent() : steps.at(reset, t)});
    if (!after) {
      const Part candidate = {kCandidate * hidden, hidden};
      executor.product("gru_backward's candidate product", columns_from(da_t, candidate.first),
                       candidate, dreset, Start::kZero);
      executor.elements("gru_backward's reset", hidden,
                        GruResetGradient{hidden, t, steps.lengths, steps.at(gates, t), before,
                                         dreset, dh, da_t});
    }
    if (order == 0 && !wants_dhx) return;
    executor.product("gru_backward's recurrent product", da_t,
                     Part{0, (after ? kGates : kCandidate) * hidden}, dh, Start::kC);
  }
};

void write_parameter_gradients(const CellCall& call, const refrain_gru_args& args,
                               const GruBackward& layer) {
  CellGradients gradients(call, args.gradient);
  const refrain_cell_parameters& p = args.parameters;
  const int64_t hidden = call.hidden;
  const int64_t candidate = kCandidate * hidden;  // where its columns, rows and biases begin
  const refrain_view& x = args.sequence.x;
  const refrain_view& da = layer.da;
  if (args.form == REFRAIN_RESET_AFTER) {
    const refrain_view da_n = columns_from(da, kGates * hidden);
    gradients.weight("gru_backward's dW", da, candidate, x, call.inputs, p.w);
    gradients.weight("gru_backward's dW", da_n, hidden, x, call.inputs,
                     p.w + candidate * call.inputs);
    gradients.recurrent_weight("gru_backward's dR", da, kGates * hidden, layer.hx, layer.h, hidden,
                               p.r);
    gradients.bias("gru_backward's db", da, candidate, p.b_w, p.b_r);
    gradients.bias("gru_backward's db", da_n, hidden, moved(p.b_w, candidate), -1);
    gradients.bias("gru_backward's db", columns_from(da, candidate), hidden, -1,
                   moved(p.b_r, candidate));
    gradients.input("gru_backward's dx", da, candidate, 0, true);
    gradients.input("gru_backward's dx", da_n, hidden, candidate, false);
    return;
  }
  gradients.weight("gru_backward's dW", da, call.gate_rows, x, call.inputs, p.w);
  gradients.recurrent_weight("gru_backward's dR", da, candidate, layer.hx, layer.h, hidden, p.r);
  gradients.weight("gru_backward's dR", columns_from(da, candidate), hidden, layer.reset, hidden,
                   p.r + candidate * hidden);
  gradients.bias("gru_backward's db", da, call.gate_rows, p.b_w, p.b_r);
  gradients.input("gru_backward's dx", da, call.gate_rows, 0, true);
}

}  // namespace

void gru_forward(Engine& engine, const refrain_gru_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_forward(engine, cudnn_layer(args));
  const GruReserve reserve = gru_reserve(args);
  const bool after = args.form == REFRAIN_RESET_AFTER;
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t reserve_offset = call.take_reserve();
  const int64_t bias_offset = call.layout.take(call.groups * call.gate_rows);
  const int64_t reset_offset =
      call.layout.take(after ? 0 : call.groups * call.batch * call.hidden);
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kForward));
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const refrain_cell_sequence& sequence = args.sequence;
  const int64_t candidate = kCandidate * call.hidden;
  const GruForward layer = {call.steps,
                            call.hidden,
                            args.activation,
                            after,
                            call.parameter(moved(args.parameters.b_r, candidate), call.hidden),
                            sequence.hx,
                            call.kept(reserve.gates, call.gate_rows),
                            call.kept(reserve.h, call.hidden),
                            sequence.y,
                            call.kept(reserve.recurrent, call.hidden),
                            call.scratch(reset_offset, call.batch, call.hidden)};
  // Reset-after multiplies b_Rn by r: it belongs to the recurrent product.
  multiply_input(call, {after ? candidate : call.gate_rows, 0.0f},
                 call.scratch(bias_offset, 1, call.gate_rows), layer.a);
  if (runs_by_team(engine, variant)) {
    run_team("gru_forward", {call, recurrence, team_offset},
             GruTeamForward{layer.steps, layer.hidden, layer.activation,
                            layer.b_rn, layer.hx, layer.a, layer.h, layer.y,
                            layer.recurrent});
  } else {
    run_steps("gru_forward", call, variant, Direction::kForward, call.hidden, layer);
  }
  if (sequence.hy.data == nullptr) return;
  copy_rows(engine, call.groups, call.batch, call.hidden, call.last(layer.h), sequence.hy);
}

void gru_backward(Engine& engine, const refrain_gru_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_backward(engine, cudnn_layer(args));
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
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kBackward));
  call.allocate_scratch();

  const refrain_cell_gradients& gradient = args.gradient;
  const GruBackward layer = {call.steps,
                             call.hidden,
                             args.activation,
                             after,
                             gradient.dhx.data != nullptr,
                             args.sequence.hx,
                             call.kept(reserve.gates, call.gate_rows),
                             call.kept(reserve.h, call.hidden),
                             call.kept(reserve.recurrent, call.hidden),
                             gradient.dy,
                             call.scratch(dh_offset, call.batch, call.hidden),
                             call.scratch(da_offset, call.rows(), da_columns),
                             call.scratch(reset_offset, call.rows(), call.hidden),
                             call.scratch(dreset_offset, call.batch, call.hidden)};
  copy_rows(engine, call.groups, call.batch, call.hidden, gradient.dhy, layer.dh);
  if (runs_by_team(engine, variant)) {
    run_team("gru_backward", {call, recurrence, team_offset},
             GruTeamBackward{layer.steps, layer.hidden, layer.activation,
                             layer.wants_dhx, layer.hx, layer.gates, layer.h, layer.recurrent,
                             layer.dy, layer.dh, layer.da, layer.reset});
  } else {
    run_steps("gru_backward", call, variant, Direction::kBackward, call.gate_rows, layer);
  }
  if (gradient.dhx.data != nullptr) {
    copy_rows(engine, call.groups, call.batch, call.hidden, layer.dh, gradient.dhx);
  }
  write_parameter_gradients(call, args, layer);
}

}  // namespace refrain::cuda
