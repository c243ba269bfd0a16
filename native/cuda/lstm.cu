#include "cuda/lstm.cuh"

#include "cuda/cooperative_tensor.cuh"
#include "cuda/copy.cuh"
#include "cuda/cudnn_layer.h"
#include "cuda/lstm_resident.cuh"
#include "cuda/operations.h"
#include "cuda/reserve.h"
#include "cuda/resident.cuh"
#include "cuda/steps.cuh"

namespace refrain::cuda {
namespace {

using namespace lstm;  // the gates

// One step without the projection: leaves the gates in `a`, writes c and `output`.
struct LstmForwardStep {
  int64_t hidden;
  int64_t t;
  LstmRule rule;
  Lengths lengths;
  refrain_view a;
  refrain_view before;
  refrain_view c;
  refrain_view output;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    const float c_before = element_or_zero(before, group, n, j);
    if (!lengths.active(group, n, t)) {
      row_of(c, group, n)[j] = c_before;
      row_of(output, group, n)[j] = 0.0f;
      return;
    }
    float* gate = row_of(a, group, n) + j;
    float pre[kGates];
    for (int k = 0; k < kGates; ++k) pre[k] = gate[k * hidden];
    const LstmElement e = lstm_forward_element(rule, pre, c_before, group, j);
    for (int k = 0; k < kGates; ++k) gate[k * hidden] = e.gates[k];
    row_of(c, group, n)[j] = e.c;
    row_of(output, group, n)[j] = e.output;
  }
};

// Ends a step: y is h, or 0 where the sequence has ended and h is carried on.
struct LstmCarry {
  int64_t outputs;
  int64_t t;
  Lengths lengths;
  refrain_view previous;
  refrain_view h;
  refrain_view y;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / outputs;
    const int64_t j = i % outputs;
    float& state = row_of(h, group, n)[j];
    const bool active = lengths.active(group, n, t);
    if (!active) state = element_or_zero(previous, group, n, j);
    row_of(y, group, n)[j] = active ? state : 0.0f;
  }
};

// Adds dy to dh, keeps the sum for the projection's gradient and clears dh, for the product with R
// to add to.
struct LstmProjectionGradient {
  int64_t outputs;
  int64_t t;
  Lengths lengths;
  refrain_view dy;
  refrain_view dh;
  refrain_view sum;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / outputs;
    const int64_t j = i % outputs;
    float& target = row_of(sum, group, n)[j];
    if (!lengths.active(group, n, t)) {
      target = 0.0f;
      return;
    }
    float& d = row_of(dh, group, n)[j];
    target = d + element_or_zero(dy, group, n, j);
    d = 0.0f;
  }
};

// Gradients of a step's pre-activations; dc becomes that of the state before, doutput is cleared
// where it is dh.
struct LstmBackwardStep {
  int64_t hidden;
  int64_t t;
  LstmRule rule;
  Lengths lengths;
  refrain_view gates;
  refrain_view c;
  refrain_view before;
  refrain_view dy;
  refrain_view doutput;
  refrain_view dc;
  refrain_view da;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    float* gradient = row_of(da, group, n) + j;
    if (!lengths.active(group, n, t)) {
      for (int k = 0; k < kGates; ++k) gradient[k * hidden] = 0.0f;
      return;
    }
    float gate[kGates];
    for (int k = 0; k < kGates; ++k) gate[k] = row_of(gates, group, n)[k * hidden + j];
    float& d = row_of(doutput, group, n)[j];
    float& dc_of_element = row_of(dc, group, n)[j];
    const LstmElementGradient e = lstm_backward_element(
        rule, gate, row_of(c, group, n)[j], element_or_zero(before, group, n, j),
        d + element_or_zero(dy, group, n, j), dc_of_element, group, j);
    for (int k = 0; k < kGates; ++k) gradient[k * hidden] = e.da[k];
    dc_of_element = e.dc;
    d = 0.0f;
  }
};

LstmRule rule_of(const CellCall& call, const refrain_lstm_args& args) {
  return {args.activation, static_cast<float>(args.cell_clip),
          call.parameter(args.parameters.peepholes, call.hidden)};
}

struct LstmForward {
  Steps steps;
  int64_t hidden;
  int64_t outputs;
  LstmRule rule;
  refrain_view projection;  // may be absent
  refrain_view hx;
  refrain_view cx;
  refrain_view a;  // W x + bias, and afterwards the gates
  refrain_view c;
  refrain_view h;
  refrain_view output;  // o * act(c); h itself without a projection
  refrain_view y;

  void step(PerStepExecutor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    const refrain_view previous = steps.before(order, hx, h);
    if (previous.data != nullptr) {
      executor.product("lstm_forward's recurrent product", previous, Part{0, kGates * hidden},
                       steps.at(a, t), Start::kC);
    }
    executor.elements("lstm_forward's step", hidden,
                      LstmForwardStep{hidden, t, rule, steps.lengths, steps.at(a, t),
                                      steps.before(order, cx, c), steps.at(c, t),
                                      steps.at(output, t)});
    if (projection.data != nullptr) {
      executor.product_with("lstm_forward's projection", steps.at(output, t), projection, outputs,
                            hidden, steps.at(h, t), Start::kZero);
    }
    executor.elements("lstm_forward's carry", outputs,
                      LstmCarry{outputs, t, steps.lengths, previous, steps.at(h, t),
                                steps.at(y, t)});
  }
};

struct LstmBackward {
  Steps steps;
  int64_t hidden;
  int64_t outputs;
  LstmRule rule;
  bool wants_dhx;
  refrain_view projection;  // may be absent
  refrain_view gates;
  refrain_view cx;
  refrain_view c;
  refrain_view dy;
  refrain_view dh;       // [G,N,Q]
  refrain_view dc;       // [G,N,H]
  refrain_view da;       // [G,T,N,4H]
  refrain_view dstate;   // [G,T,N,Q]: with a projection alone
  refrain_view doutput;  // [G,N,H]: dh itself without a projection

  void step(PerStepExecutor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    const bool projects = projection.data != nullptr;
    if (projects) {
      executor.elements("lstm_backward's dh", outputs,
                        LstmProjectionGradient{outputs, t, steps.lengths, steps.at(dy, t), dh,
                                               steps.at(dstate, t)});
      executor.product_with("lstm_backward's projection", steps.at(dstate, t), projection, outputs,
                            hidden, doutput, Start::kZero);
    }
    executor.elements("lstm_backward's step", hidden,
                      LstmBackwardStep{hidden, t, rule, steps.lengths, steps.at(gates, t),
                                       steps.at(c, t), steps.before(order, cx, c),
                                       projects ? absent() : steps.at(dy, t),
                                       doutput, dc, steps.at(da, t)});
    if (order == 0 && !wants_dhx) return;
    executor.product("lstm_backward's recurrent product", steps.at(da, t),
                     Part{0, kGates * hidden}, dh, Start::kC);
  }
};

// `da` [G,T,N,4H], `dstate` [G,T,N,Q] with a projection alone.
void write_parameter_gradients(const CellCall& call, const refrain_lstm_args& args,
                               const LstmReserve& reserve, const refrain_view& da,
                               const refrain_view& dstate) {
  CellGradients gradients(call, args.gradient);
  const refrain_cell_parameters& p = args.parameters;
  const refrain_cell_sequence& sequence = args.sequence;
  const refrain_view h = call.kept(reserve.h, call.outputs);
  const refrain_view c = call.kept(reserve.c, call.hidden);
  gradients.weight("lstm_backward's dW", da, call.gate_rows, sequence.x, call.inputs, p.w);
  gradients.recurrent_weight("lstm_backward's dR", da, call.gate_rows, sequence.hx, h,
                             call.outputs, p.r);
  gradients.bias("lstm_backward's db", da, call.gate_rows, p.b_w, p.b_r);
  gradients.input("lstm_backward's dx", da, call.gate_rows, 0, true);
  if (p.projection >= 0) {
    gradients.weight("lstm_backward's dprojection", dstate, call.outputs,
                     call.kept(reserve.cell_output, call.hidden), call.hidden, p.projection);
  }
  if (p.peepholes < 0) return;
  const char* name = "lstm_backward's dpeepholes";
  const int64_t hidden = call.hidden;
  gradients.recurrent_scale(name, da, hidden, sequence.cx, c, p.peepholes);
  gradients.recurrent_scale(name, columns_from(da, kForget * hidden), hidden, sequence.cx, c,
                            p.peepholes + hidden);
  gradients.scale(name, columns_from(da, kOutput * hidden), hidden, c, p.peepholes + 2 * hidden);
}

}  // namespace

void lstm_forward(Engine& engine, const refrain_lstm_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_forward(engine, cudnn_layer(args));
  const LstmReserve reserve = lstm_reserve(args);
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t reserve_offset = call.take_reserve();
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kForward));
  const ResidentSteps<LstmForwardUnit> resident(call, recurrence, variant);
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const refrain_cell_sequence& sequence = args.sequence;
  const refrain_view a = call.kept(reserve.gates, call.gate_rows);
  const refrain_view c = call.kept(reserve.c, call.hidden);
  const refrain_view h = call.kept(reserve.h, call.outputs);
  const LstmRule rule = rule_of(call, args);
  multiply_input(call, {call.gate_rows, static_cast<float>(args.forget_bias)}, a);
  if (resident.planned()) {
    resident.run("lstm_forward", {call.steps, call.hidden, rule, sequence.hx, sequence.cx, a, c, h,
                                  sequence.y, sequence.hy, sequence.cy});
    return;
  }
  if (runs_by_team(engine, variant)) {
    run_team("lstm_forward", {call, recurrence, team_offset},
             LstmTeamForward{call.steps, call.hidden, rule, sequence.hx, sequence.cx, a, c, h,
                             sequence.y});
  } else {
    run_per_step(call, Direction::kForward,
                 LstmForward{call.steps, call.hidden, call.outputs, rule,
                             call.parameter(args.parameters.projection, call.hidden), sequence.hx,
                             sequence.cx, a, c, h,
                             recurrence.projects ? call.kept(reserve.cell_output, call.hidden) : h,
                             sequence.y});
  }
  if (sequence.hy.data != nullptr) {
    copy_rows(engine, call.groups, call.batch, call.outputs, call.last(h), sequence.hy);
  }
  if (sequence.cy.data != nullptr) {
    copy_rows(engine, call.groups, call.batch, call.hidden, call.last(c), sequence.cy);
  }
}

namespace {

// The steps of backward where gradients of the states lie in memory: by the variants perStep and,
// on tensor cores, cooperative.
class LstmStepsBackward {
 public:
  LstmStepsBackward(CellCall& call, const Recurrence& recurrence, Variant variant)
      : call_(call), recurrence_(recurrence), variant_(variant) {
    const int64_t states = call.groups * call.batch;
    const bool projects = recurrence.projects;
    dh_ = call.layout.take(states * call.outputs);
    dc_ = call.layout.take(states * call.hidden);
    dstate_ = call.layout.take(projects ? call.groups * call.rows() * call.outputs : 0);
    doutput_ = call.layout.take(projects ? states * call.hidden : 0);
    team_ = call.layout.take(team_scratch(call.engine, variant, recurrence, Direction::kBackward));
  }

  refrain_view dstate() const { return call_.scratch(dstate_, call_.rows(), call_.outputs); }

  void run(const refrain_lstm_args& args, const LstmReserve& reserve,
           const refrain_view& da) const {
    Engine& engine = call_.engine;
    const int64_t groups = call_.groups;
    const refrain_cell_gradients& gradient = args.gradient;
    const bool wants_dhx = gradient.dhx.data != nullptr;
    const LstmRule rule = rule_of(call_, args);
    const refrain_view gates = call_.kept(reserve.gates, call_.gate_rows);
    const refrain_view c = call_.kept(reserve.c, call_.hidden);
    const refrain_view dh = call_.scratch(dh_, call_.batch, call_.outputs);
    const refrain_view dc = call_.scratch(dc_, call_.batch, call_.hidden);
    copy_rows(engine, groups, call_.batch, call_.outputs, gradient.dhy, dh);
    copy_rows(engine, groups, call_.batch, call_.hidden, gradient.dcy, dc);
    if (runs_by_team(engine, variant_)) {
      run_team("lstm_backward", {call_, recurrence_, team_},
               LstmTeamBackward{call_.steps, call_.hidden, rule, wants_dhx, gates,
                                args.sequence.cx, c, gradient.dy, dh, dc, da});
    } else {
      run_per_step(call_, Direction::kBackward,
                   LstmBackward{call_.steps, call_.hidden, call_.outputs, rule, wants_dhx,
                                call_.parameter(args.parameters.projection, call_.hidden), gates,
                                args.sequence.cx, c, gradient.dy, dh, dc, da, dstate(),
                                recurrence_.projects
                                    ? call_.scratch(doutput_, call_.batch, call_.hidden)
                                    : dh});
    }
    if (wants_dhx) copy_rows(engine, groups, call_.batch, call_.outputs, dh, gradient.dhx);
    if (gradient.dcx.data != nullptr) {
      copy_rows(engine, groups, call_.batch, call_.hidden, dc, gradient.dcx);
    }
  }

 private:
  const CellCall& call_;
  const Recurrence& recurrence_;
  const Variant variant_;
  int64_t dh_;
  int64_t dc_;
  int64_t dstate_;
  int64_t doutput_;
  int64_t team_;
};

}  // namespace

void lstm_backward(Engine& engine, const refrain_lstm_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_backward(engine, cudnn_layer(args));
  const LstmReserve reserve = lstm_reserve(args);
  CellCall call(engine, args.shape, kGates, args.parameters, args.sequence, reserve.size);
  const int64_t da_offset = call.layout.take(call.groups * call.rows() * call.gate_rows);
  const LstmStepsBackward in_memory(call, recurrence, variant);
  const ResidentSteps<LstmBackwardUnit> resident(call, recurrence, variant);
  call.allocate_scratch();

  const refrain_view da = call.scratch(da_offset, call.rows(), call.gate_rows);
  if (resident.planned()) {
    const refrain_cell_gradients& gradient = args.gradient;
    resident.run("lstm_backward",
                 {call.steps, call.hidden, rule_of(call, args), gradient.dhx.data != nullptr,
                  call.kept(reserve.gates, call.gate_rows), args.sequence.cx,
                  call.kept(reserve.c, call.hidden), gradient.dy, gradient.dhy, gradient.dcy,
                  gradient.dhx, gradient.dcx, da});
  } else {
    in_memory.run(args, reserve, da);
  }
  write_parameter_gradients(call, args, reserve, da, in_memory.dstate());
}

}  // namespace refrain::cuda
