#include "cuda/activation.cuh"
#include "cuda/cell.cuh"
#include "cuda/copy.cuh"
#include "cuda/operations.h"
#include "core/reserve.h"

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

}  // namespace

void rnn_forward(Engine& engine, const refrain_rnn_args& args) {
  const RnnReserve reserve = rnn_reserve(args);
  CellCall call(engine, args.shape, 1, args.parameters, args.sequence, reserve.size);
  const int64_t reserve_offset = call.take_reserve();
  const int64_t bias_offset = call.layout.take(call.groups * call.gate_rows);
  const int64_t a_offset = call.layout.take(call.groups * call.rows() * call.gate_rows);
  call.allocate_scratch();
  call.set_reserve(reserve_offset);

  const refrain_view a = call.scratch(a_offset, call.rows(), call.gate_rows);
  const refrain_view h = call.kept(reserve.h, call.hidden);
  const refrain_view r = call.parameter(args.parameters.r, call.hidden);
  multiply_input(call, {call.gate_rows, 0.0f}, call.scratch(bias_offset, 1, call.gate_rows), a);
  for (int64_t order = 0; order < call.steps; ++order) {
    const int64_t t = call.time(order);
    const refrain_view previous = call.before(order, args.sequence.hx, h);
    if (previous.data != nullptr) {
      call.multiply_rows("rnn_forward's recurrent product", call.hidden, call.hidden, previous, r,
                         true, call.at(a, t), Start::kC);
    }
    for_each(engine, "rnn_forward's step", call.groups, call.batch * call.hidden,
             RnnForwardStep{call.hidden, t, args.activation, call.lengths(), call.at(a, t),
                            previous, call.at(h, t), call.at(args.sequence.y, t)});
  }
  if (args.sequence.hy.data == nullptr) return;
  copy_rows(engine, call.groups, call.batch, call.hidden,
            call.at(h, call.time(call.steps - 1)), args.sequence.hy);
}

void rnn_backward(Engine& engine, const refrain_rnn_args& args) {
  const RnnReserve reserve = rnn_reserve(args);
  CellCall call(engine, args.shape, 1, args.parameters, args.sequence, reserve.size);
  const int64_t dh_offset = call.layout.take(call.groups * call.batch * call.hidden);
  const int64_t da_offset = call.layout.take(call.groups * call.rows() * call.hidden);
  call.allocate_scratch();

  const refrain_cell_gradients& gradient = args.gradient;
  const refrain_view dh = call.scratch(dh_offset, call.batch, call.hidden);
  const refrain_view da = call.scratch(da_offset, call.rows(), call.hidden);
  const refrain_view h = call.kept(reserve.h, call.hidden);
  const refrain_view r = call.parameter(args.parameters.r, call.hidden);
  copy_rows(engine, call.groups, call.batch, call.hidden, gradient.dhy, dh);
  for (int64_t order = call.steps - 1; order >= 0; --order) {
    const int64_t t = call.time(order);
    for_each(engine, "rnn_backward's step", call.groups, call.batch * call.hidden,
             RnnBackwardStep{call.hidden, t, args.activation, call.lengths(), call.at(h, t),
                             call.at(gradient.dy, t), dh, call.at(da, t)});
    if (order == 0 && gradient.dhx.data == nullptr) continue;
    call.multiply_rows("rnn_backward's recurrent product", call.hidden, call.hidden,
                       call.at(da, t), r, false, dh, Start::kC);
  }
  if (gradient.dhx.data != nullptr) {
    copy_rows(engine, call.groups, call.batch, call.hidden, dh, gradient.dhx);
  }
  const CellGradients gradients(call, gradient);
  gradients.weight("rnn_backward's dW", da, call.hidden, args.sequence.x, call.inputs,
                   args.parameters.w);
  gradients.recurrent_weight("rnn_backward's dR", da, call.hidden, args.sequence.hx, h,
                             call.hidden, args.parameters.r);
  gradients.bias("rnn_backward's db", da, call.hidden, args.parameters.b_w, args.parameters.b_r);
  gradients.input("rnn_backward's dx", da, call.hidden, 0, true);
}

}  // namespace refrain::cuda
