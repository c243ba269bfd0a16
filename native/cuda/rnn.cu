#include "cuda/cooperative_tensor.cuh"
#include "cuda/copy.cuh"
#include "cuda/cudnn_layer.h"
#include "cuda/operations.h"
#include "cuda/reserve.h"
#include "cuda/resident.cuh"
#include "cuda/rnn_resident.cuh"
#include "cuda/steps.cuh"

namespace refrain::cuda {
namespace {

// One step: h = act(a), or the state carried on where the sequence has ended.
struct RnnForwardStep {
  int64_t hidden;
  int64_t t;
  int32_t activation;
  Lengths lengths;
  refrain_view a;
  refrain_view previous;
  refrain_view h;
  refrain_view y;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    const bool active = lengths.active(group, n, t);
    const float value = active ? activate(activation, row_of(a, group, n)[j])
                               : element_or_zero(previous, group, n, j);
    row_of(h, group, n)[j] = value;
    row_of(y, group, n)[j] = active ? value : 0.0f;
  }
};

// Turns dh into da and clears it, for the product with R to add to.
struct RnnBackwardStep {
  int64_t hidden;
  int64_t t;
  int32_t activation;
  Lengths lengths;
  refrain_view h;
  refrain_view dy;
  refrain_view dh;
  refrain_view da;

  __device__ void operator()(int64_t group, int64_t i) const {
    const int64_t n = i / hidden;
    const int64_t j = i % hidden;
    float& gradient = row_of(da, group, n)[j];
    if (!lengths.active(group, n, t)) {
      gradient = 0.0f;
      return;
    }
    float& d = row_of(dh, group, n)[j];
    gradient = (d + element_or_zero(dy, group, n, j)) *
               slope(activation, row_of(h, group, n)[j]);
    d = 0.0f;
  }
};

struct RnnForward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  refrain_view hx;
  refrain_view a;  // W x + bias
  refrain_view h;
  refrain_view y;

  void step(PerStepExecutor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    const refrain_view previous = steps.before(order, hx, h);
    if (previous.data != nullptr) {
      executor.product("rnn_forward's recurrent product", previous, Part{0, hidden},
                       steps.at(a, t), Start::kC);
    }
    executor.elements("rnn_forward's step", hidden,
                      RnnForwardStep{hidden, t, activation, steps.lengths, steps.at(a, t),
                                     previous, steps.at(h, t), steps.at(y, t)});
  }
};

struct RnnBackward {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  bool wants_dhx;
  refrain_view h;
  refrain_view dy;
  refrain_view dh;
  refrain_view da;

  void step(PerStepExecutor& executor, int64_t order) const {
    const int64_t t = steps.time(order);
    executor.elements("rnn_backward's step", hidden,
                      RnnBackwardStep{hidden, t, activation, steps.lengths, steps.at(h, t),
                                      steps.at(dy, t), dh, steps.at(da, t)});
    if (order == 0 && !wants_dhx) return;
    executor.product("rnn_backward's recurrent product", steps.at(da, t), Part{0, hidden}, dh,
                     Start::kC);
  }
};

}  // namespace

void rnn_forward(Engine& engine, const refrain_rnn_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_forward(engine, cudnn_layer(args));
  const RnnReserve reserve = rnn_reserve(args);
  CellCall call(engine, args.shape, 1, args.parameters, args.sequence, reserve.size);
  const int64_t reserve_offset = call.take_reserve();
  const int64_t a_offset = call.layout.take(call.groups * call.rows() * call.gate_rows);
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kForward));
  const ResidentSteps<RnnForwardUnit> resident(call, recurrence, variant);
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const refrain_cell_sequence& sequence = args.sequence;
  const refrain_view a = call.scratch(a_offset, call.rows(), call.gate_rows);
  const refrain_view h = call.kept(reserve.h, call.hidden);
  multiply_input(call, {call.gate_rows, 0.0f}, a);
  if (resident.planned()) {
    resident.run("rnn_forward", {call.steps, args.activation, sequence.hx, a, h, sequence.y,
                                 sequence.hy});
    return;
  }
  if (runs_by_team(engine, variant)) {
    run_team("rnn_forward", {call, recurrence, team_offset},
             RnnTeamForward{call.steps, call.hidden, args.activation, sequence.hx, a, h,
                            sequence.y});
  } else {
    run_per_step(
        call, Direction::kForward,
        RnnForward{call.steps, call.hidden, args.activation, sequence.hx, a, h, sequence.y});
  }
  if (sequence.hy.data == nullptr) return;
  copy_rows(engine, call.groups, call.batch, call.hidden, call.last(h), sequence.hy);
}

void rnn_backward(Engine& engine, const refrain_rnn_args& args) {
  const Recurrence recurrence = recurrence_of(args);
  const Variant variant = choose_variant(engine, recurrence);
  if (variant == Variant::kCudnn) return cudnn_backward(engine, cudnn_layer(args));
  const RnnReserve reserve = rnn_reserve(args);
  CellCall call(engine, args.shape, 1, args.parameters, args.sequence, reserve.size);
  const int64_t dh_offset = call.layout.take(call.groups * call.batch * call.hidden);
  const int64_t da_offset = call.layout.take(call.groups * call.rows() * call.hidden);
  const int64_t team_offset =
      call.layout.take(team_scratch(engine, variant, recurrence, Direction::kBackward));
  const ResidentSteps<RnnBackwardUnit> resident(call, recurrence, variant);
  call.allocate_scratch();

  const refrain_cell_gradients& gradient = args.gradient;
  const bool wants_dhx = gradient.dhx.data != nullptr;
  const refrain_view h = call.kept(reserve.h, call.hidden);
  const refrain_view da = call.scratch(da_offset, call.rows(), call.hidden);
  if (resident.planned()) {
    resident.run("rnn_backward", {call.steps, args.activation, wants_dhx, h, gradient.dy,
                                  gradient.dhy, gradient.dhx, da});
  } else {
    const refrain_view dh = call.scratch(dh_offset, call.batch, call.hidden);
    copy_rows(engine, call.groups, call.batch, call.hidden, gradient.dhy, dh);
    if (runs_by_team(engine, variant)) {
      run_team("rnn_backward", {call, recurrence, team_offset},
               RnnTeamBackward{call.steps, call.hidden, args.activation, wants_dhx, h, gradient.dy,
                               dh, da});
    } else {
      run_per_step(call, Direction::kBackward,
                   RnnBackward{call.steps, call.hidden, args.activation, wants_dhx, h, gradient.dy,
                               dh, da});
    }
    if (wants_dhx) copy_rows(engine, call.groups, call.batch, call.hidden, dh, gradient.dhx);
  }
  CellGradients gradients(call, gradient);
  const refrain_cell_parameters& p = args.parameters;
  gradients.weight("rnn_backward's dW", da, call.hidden, args.sequence.x, call.inputs, p.w);
  gradients.recurrent_weight("rnn_backward's dR", da, call.hidden, args.sequence.hx, h,
                             call.hidden, p.r);
  gradients.bias("rnn_backward's db", da, call.hidden, p.b_w, p.b_r);
  gradients.input("rnn_backward's dx", da, call.hidden, 0, true);
}

}  // namespace refrain::cuda
