#include "cuda/cell.cuh"

namespace refrain::cuda {
namespace {

struct SumBiases {
  refrain_view b_w;
  refrain_view b_r;
  refrain_view bias;
  int64_t hidden;
  InputProduct product;

  __device__ void operator()(int64_t group, int64_t i) const {
    float sum = element_or_zero(b_w, group, 0, i);
    if (i < product.input_bias_from) sum += element_or_zero(b_r, group, 0, i);
    if (i >= hidden && i < 2 * hidden) sum += product.forget_bias;
    row_of(bias, group, 0)[i] = sum;
  }
};

}  // namespace

CellCall::CellCall(Engine& e, const refrain_cell_shape& shape, int gates,
                   const refrain_cell_parameters& cell_parameters,
                   const refrain_cell_sequence& cell_sequence, int64_t reserve_size)
    : engine(e),
      parameters(cell_parameters),
      sequence(cell_sequence),
      groups(shape.groups),
      batch(shape.batch),
      inputs(shape.inputs),
      hidden(shape.hidden),
      outputs(shape.outputs),
      steps{shape.steps, shape.batch, cell_sequence.reverse != 0,
            {cell_sequence.lengths, shape.batch}},
      gate_rows(int64_t{gates} * shape.hidden),
      reserve_size_(reserve_size),
      reserve_(cell_sequence.reserve) {}

int64_t CellCall::take_reserve() {
  return layout.take(sequence.reserve == nullptr ? groups * reserve_size_ : 0);
}

void CellCall::set_reserve(int64_t offset) {
  if (sequence.reserve == nullptr && scratch_ != nullptr) reserve_ = scratch_ + offset;
}

refrain_view CellCall::parameter(int64_t offset, int64_t columns) const {
  if (offset < 0) return absent();
  return {parameters.data + offset, parameters.group_stride, columns};
}

refrain_view CellCall::gradient(int64_t offset, int64_t columns) const {
  if (offset < 0) return absent();
  return {parameters.gradients + offset, parameters.group_stride, columns};
}

refrain_view CellCall::kept(int64_t offset, int64_t columns) const {
  return {reserve_ + offset, reserve_size_, columns};
}

refrain_view CellCall::scratch(int64_t offset, int64_t rows, int64_t columns) const {
  return {scratch_ + offset, rows * columns, columns};
}

void multiply_input(const CellCall& call, const InputProduct& product, const refrain_view& bias,
                    const refrain_view& a) {
  const refrain_view b_w = call.parameter(call.parameters.b_w, call.gate_rows);
  const refrain_view b_r = call.parameter(call.parameters.b_r, call.gate_rows);
  for_each(call.engine, "the sum of a cell's biases", call.groups, call.gate_rows,
           SumBiases{b_w, b_r, bias, call.hidden, product});
  multiply(call.engine, "a cell's input product",
           {call.groups, call.rows(), call.gate_rows, call.inputs, call.sequence.x, false,
            call.parameter(call.parameters.w, call.inputs), true, a, Start::kBias, bias});
}

void CellGradients::weight(const char* name, const refrain_view& da, int64_t columns,
                           const refrain_view& b, int64_t b_columns, int64_t parameter) const {
  multiply(call_.engine, name,
           {call_.groups, columns, b_columns, call_.rows(), da, true, b, false,
            call_.gradient(parameter, b_columns), accumulates() ? Start::kC : Start::kZero,
            absent()});
}

void CellGradients::recurrent_weight(const char* name, const refrain_view& da, int64_t columns,
                                     const refrain_view& initial, const refrain_view& states,
                                     int64_t state_columns, int64_t parameter) const {
  const refrain_view target = call_.gradient(parameter, state_columns);
  Start start = accumulates() ? Start::kC : Start::kZero;
  // The first step began with the initial state, every other one with what its predecessor left.
  if (initial.data != nullptr) {
    multiply(call_.engine, name,
             {call_.groups, columns, state_columns, call_.batch, call_.steps.at(da, call_.steps.time(0)), true,
              initial, false, target, start, absent()});
    start = Start::kC;
  }
  const bool reverse = call_.steps.reverse;
  multiply(call_.engine, name,
           {call_.groups, columns, state_columns, call_.rows() - call_.batch,
            reverse ? da : rows_from(da, call_.batch), true,
            reverse ? rows_from(states, call_.batch) : states, false, target, start, absent()});
}

void CellGradients::recurrent_scale(const char* name, const refrain_view& da, int64_t columns,
                                    const refrain_view& initial, const refrain_view& states,
                                    int64_t parameter) const {
  const refrain_view target = call_.gradient(parameter, columns);
  bool accumulate = accumulates();
  if (initial.data != nullptr) {
    sum_columns(call_.engine, name,
                {call_.groups, call_.batch, columns, call_.steps.at(da, call_.steps.time(0)), initial, target,
                 absent(), accumulate});
    accumulate = true;
  }
  const bool reverse = call_.steps.reverse;
  sum_columns(call_.engine, name,
              {call_.groups, call_.rows() - call_.batch, columns,
               reverse ? da : rows_from(da, call_.batch),
               reverse ? rows_from(states, call_.batch) : states, target, absent(), accumulate});
}

void CellGradients::scale(const char* name, const refrain_view& da, int64_t columns,
                          const refrain_view& states, int64_t parameter) const {
  sum_columns(call_.engine, name,
              {call_.groups, call_.rows(), columns, da, states, call_.gradient(parameter, columns),
               absent(), accumulates()});
}

void CellGradients::bias(const char* name, const refrain_view& da, int64_t columns, int64_t b_w,
                         int64_t b_r) const {
  if (b_w < 0 && b_r < 0) return;
  sum_columns(call_.engine, name,
              {call_.groups, call_.rows(), columns, da, absent(), call_.gradient(b_w, columns),
               call_.gradient(b_r, columns), accumulates()});
}

void CellGradients::input(const char* name, const refrain_view& da, int64_t columns,
                          int64_t first_row, bool first_call) const {
  if (gradient_.dx.data == nullptr) return;
  const Start start =
      first_call && gradient_.accumulate_dx == 0 ? Start::kZero : Start::kC;
  const refrain_view w =
      call_.parameter(call_.parameters.w + first_row * call_.inputs, call_.inputs);
  multiply(call_.engine, name,
           {call_.groups, call_.rows(), call_.inputs, columns, da, false, w, false, gradient_.dx,
            start, absent()});
}

}  // namespace refrain::cuda
