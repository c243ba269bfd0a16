#include "cuda/gru.cuh"

#include "cuda/cooperative_tensor.cuh"
#include "cuda/copy.cuh"
#include "cuda/cudnn_layer.h"
#include "cuda/gru_resident.cuh"
#include "cuda/operations.h"
#include "cuda/reserve.h"
#include "cuda/steps.cuh"

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

// Ends a step. With `recurrent` (R_n h + b_Rn) the form is reset-after and the gates are still to
// be activated.
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

// A step backward as far as it does not wait for the gradient of r h. Columns of da: r, z, n; in
// the form reset-after r, z, r da_n (what reaches R_n), da_n (what reaches W_n).
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

  void step(PerStepExecutor& executor, int64_t order) const {
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

  void step(PerStepExecutor& executor, int64_t order) const {
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

// `da` as GruBackwardStep says; `reset` [G,T,N,H]: r h, reset-before alone.
void write_parameter_gradients(const CellCall& call, const refrain_gru_args& args,
                               const refrain_view& h, const refrain_view& da,
                               const refrain_view& reset) {
  CellGradients gradients(call, args.gradient);
  const refrain_cell_parameters& p = args.parameters;
  const int64_t hidden = call.hidden;
  const int64_t candidate = kCandidate * hidden;  // where its columns, rows and biases begin
  const refrain_view& x = args.sequence.x;
  const refrain_view& hx = args.sequence.hx;
  if (args.form == REFRAIN_RESET_AFTER) {
    const refrain_view da_n = columns_from(da, kGates * hidden);
    gradients.weight("gru_backward's dW", da, candidate, x, call.inputs, p.w);
    gradients.weight("gru_backward's dW", da_n, hidden, x, call.inputs,
                     p.w + candidate * call.inputs);
    gradients.recurrent_weight("gru_backward's dR", da, kGates * hidden, hx, h, hidden,
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
  gradients.recurrent_weight("gru_backward's dR", da, candidate, hx, h, hidden, p.r);
  gradients.weight("gru_backward's dR", columns_from(da, candidate), hidden, reset, hidden,
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
  const int64_t reset_offset =
      call.layout.take(after ? 0 : call.groups * call.batch * call.hidden);
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kForward));
  const GruResident<GruBeforeForwardUnit, GruAfterForwardUnit> resident(call, recurrence, variant);
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const refrain_cell_sequence& sequence = args.sequence;
  const int64_t candidate = kCandidate * call.hidden;
  const refrain_view a = call.kept(reserve.gates, call.gate_rows);
  const refrain_view h = call.kept(reserve.h, call.hidden);
  const refrain_view recurrent = call.kept(reserve.recurrent, call.hidden);
  const refrain_view b_rn = call.parameter(moved(args.parameters.b_r, candidate), call.hidden);
  // Reset-after multiplies b_Rn by r: it belongs to the recurrent product.
  multiply_input(call, {after ? candidate : call.gate_rows, 0.0f}, a);
  if (resident.planned()) {
    const GruForwardEnds ends = {call.steps, call.hidden, args.activation, sequence.hx,
                                 a, h, sequence.y, sequence.hy};
    resident.run("gru_forward", {ends}, {ends, b_rn, recurrent});
    return;
  }
  if (runs_by_team(engine, variant)) {
    run_team("gru_forward", {call, recurrence, team_offset},
             GruTeamForward{call.steps, call.hidden, args.activation, b_rn, sequence.hx, a, h,
                            sequence.y, recurrent});
  } else {
    run_per_step(call, Direction::kForward,
                 GruForward{call.steps, call.hidden, args.activation, after, b_rn, sequence.hx, a,
                            h, sequence.y, recurrent,
                            call.scratch(reset_offset, call.batch, call.hidden)});
  }
  if (sequence.hy.data == nullptr) return;
  copy_rows(engine, call.groups, call.batch, call.hidden, call.last(h), sequence.hy);
}

namespace {

// The steps of backward where gradients of the states lie in memory: by the variants perStep and,
// on tensor cores, cooperative.
class GruStepsBackward {
 public:
  GruStepsBackward(CellCall& call, const Recurrence& recurrence, Variant variant)
      : call_(call), recurrence_(recurrence), variant_(variant) {
    const int64_t states = call.groups * call.batch * call.hidden;
    dh_ = call.layout.take(states);
    dreset_ = call.layout.take(after() ? 0 : states);
    team_ = call.layout.take(team_scratch(call.engine, variant, recurrence, Direction::kBackward));
  }

  void run(const refrain_gru_args& args, const GruReserve& reserve, const refrain_view& da,
           const refrain_view& reset) const {
    Engine& engine = call_.engine;
    const refrain_cell_gradients& gradient = args.gradient;
    const bool wants_dhx = gradient.dhx.data != nullptr;
    const refrain_view& hx = args.sequence.hx;
    const refrain_view gates = call_.kept(reserve.gates, call_.gate_rows);
    const refrain_view h = call_.kept(reserve.h, call_.hidden);
    const refrain_view recurrent = call_.kept(reserve.recurrent, call_.hidden);
    const refrain_view dh = call_.scratch(dh_, call_.batch, call_.hidden);
    copy_rows(engine, call_.groups, call_.batch, call_.hidden, gradient.dhy, dh);
    if (runs_by_team(engine, variant_)) {
      run_team("gru_backward", {call_, recurrence_, team_},
               GruTeamBackward{call_.steps, call_.hidden, args.activation, wants_dhx, hx, gates, h,
                               recurrent, gradient.dy, dh, da, reset});
    } else {
      run_per_step(call_, Direction::kBackward,
                   GruBackward{call_.steps, call_.hidden, args.activation, after(), wants_dhx, hx,
                               gates, h, recurrent, gradient.dy, dh, da, reset,
                               call_.scratch(dreset_, call_.batch, call_.hidden)});
    }
    if (!wants_dhx) return;
    copy_rows(engine, call_.groups, call_.batch, call_.hidden, dh, gradient.dhx);
  }

 private:
  bool after() const { return recurrence_.cell == Cell::kGruResetAfter; }

  const CellCall& call_;
  const Recurrence& recurrence_;
  const Variant variant_;
  int64_t dh_;
  int64_t dreset_;
  int64_t team_;
};

}  // namespace

void gru_backward(Engine& engine, const refrain_gru_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_backward(engine, cudnn_layer(args));
  const GruReserve reserve = gru_reserve(args);
  const bool after = args.form == REFRAIN_RESET_AFTER;
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t da_columns = (after ? kGates + 1 : kGates) * call.hidden;
  const int64_t da_offset = call.layout.take(call.groups * call.rows() * da_columns);
  const int64_t reset_offset =
      call.layout.take(after ? 0 : call.groups * call.rows() * call.hidden);
  const GruStepsBackward in_memory(call, recurrence, variant);
  const GruResident<GruBeforeBackwardUnit, GruAfterBackwardUnit> resident(call, recurrence,
                                                                          variant);
  call.allocate_scratch();

  const refrain_view h = call.kept(reserve.h, call.hidden);
  const refrain_view da = call.scratch(da_offset, call.rows(), da_columns);
  const refrain_view reset = call.scratch(reset_offset, call.rows(), call.hidden);
  if (resident.planned()) {
    const refrain_cell_gradients& gradient = args.gradient;
    const bool wants_dhx = gradient.dhx.data != nullptr;
    const GruBackwardEnds ends = {call.steps, call.hidden, args.activation, args.sequence.hx,
                                  call.kept(reserve.gates, call.gate_rows), h, gradient.dy,
                                  gradient.dhy, gradient.dhx, da};
    resident.run("gru_backward", {wants_dhx, ends, reset},
                 {wants_dhx, ends, call.kept(reserve.recurrent, call.hidden)});
  } else {
    in_memory.run(args, reserve, da, reset);
  }
  write_parameter_gradients(call, args, h, da, reset);
}

}  // namespace refrain::cuda
