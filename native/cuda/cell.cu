#include "cuda/cell.cuh"

namespace refrain::cuda {
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

void multiply_input(const CellCall& call, const InputProduct& product, const refrain_view& a) {
  const int64_t hidden = call.hidden;
  const BiasAddition addition = {call.parameter(call.parameters.b_r, call.gate_rows),
                                 product.input_bias_from, hidden, 2 * hidden, product.forget_bias};
  multiply(call.engine, "a cell's input product",
           {call.groups, call.rows(), call.gate_rows, call.inputs, call.sequence.x, false,
            call.parameter(call.parameters.w, call.inputs), true, a, Start::kBias,
            call.parameter(call.parameters.b_w, call.gate_rows), addition});
}

void CellGradients::weight(const char* name, const refrain_view& da, int64_t columns,
                           const refrain_view& b, int64_t b_columns, int64_t parameter) {
  batch_.add(name, Product{call_.groups, columns, b_columns, call_.rows(), da, true, b, false,
                           call_.gradient(parameter, b_columns), start(), absent()});
}

Terms CellGradients::first_step(const refrain_view& da, const refrain_view& initial) const {
  if (initial.data == nullptr) return {};
  return {call_.steps.at(da, call_.steps.time(0)), initial, call_.batch};
}

Terms CellGradients::other_steps(const refrain_view& da, const refrain_view& states) const {
  const bool reverse = call_.steps.reverse;
  return {reverse ? da : rows_from(da, call_.batch),
          reverse ? rows_from(states, call_.batch) : states, call_.rows() - call_.batch};
}

void CellGradients::recurrent_weight(const char* name, const refrain_view& da, int64_t columns,
                                     const refrain_view& initial, const refrain_view& states,
                                     int64_t state_columns, int64_t parameter) {
  const Terms others = other_steps(da, states);
  batch_.add(name, Product{call_.groups, columns, state_columns, others.k, others.a, true, others.b,
                           false, call_.gradient(parameter, state_columns), start(), absent(), {},
                           first_step(da, initial)});
}

void CellGradients::recurrent_scale(const char* name, const refrain_view& da, int64_t columns,
                                    const refrain_view& initial, const refrain_view& states,
                                    int64_t parameter) {
  const Terms others = other_steps(da, states);
  batch_.add(name, ColumnSums{call_.groups, others.k, columns, others.a, others.b,
                              call_.gradient(parameter, columns), absent(), accumulates(),
                              first_step(da, initial)});
}

void CellGradients::scale(const char* name, const refrain_view& da, int64_t columns,
                          const refrain_view& states, int64_t parameter) {
  batch_.add(name, ColumnSums{call_.groups, call_.rows(), columns, da, states,
                              call_.gradient(parameter, columns), absent(), accumulates()});
}

void CellGradients::bias(const char* name, const refrain_view& da, int64_t columns, int64_t b_w,
                         int64_t b_r) {
  batch_.add(name, ColumnSums{call_.groups, call_.rows(), columns, da, absent(),
                              call_.gradient(b_w, columns), call_.gradient(b_r, columns),
                              accumulates()});
}

void CellGradients::input(const char* name, const refrain_view& da, int64_t columns,
                          int64_t first_row, bool first_call) {
  if (gradient_.dx.data == nullptr) return;
  const refrain_view w =
      call_.parameter(call_.parameters.w + first_row * call_.inputs, call_.inputs);
  if (!first_call) {
    dx_.more = {da, w, columns};
    return;
  }
  dx_name_ = name;
  dx_ = {call_.groups, call_.rows(), call_.inputs, columns, da, false, w, false, gradient_.dx,
         gradient_.accumulate_dx != 0 ? Start::kC : Start::kZero, absent()};
}

CellGradients::~CellGradients() {
  if (dx_name_ != nullptr) batch_.add(dx_name_, dx_);
  batch_.run();
}

}  // namespace refrain::cuda
