#include "cpu/cell_backward.h"

#include "cpu/gemm.h"
#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int64_t kRowsOfInputGradient = 128;

}  // namespace

CellBackward::CellBackward(Engine& engine, const refrain_cell_shape& shape, int64_t a_columns,
                           const refrain_cell_parameters& parameters,
                           const refrain_cell_sequence& sequence,
                           const refrain_cell_gradients& gradient, const KeptStates& kept)
    : call_(engine, shape, parameters, sequence, kept.size),
      gradient_(gradient),
      kept_(kept),
      a_columns_(a_columns),
      da_(call_.slot.take(call_.rows() * a_columns)),
      dh_scratch_(call_.thread.take(call_.most_rows() * call_.outputs)) {}

CellBackward::Columns CellBackward::inputs_and_states() const {
  const int64_t columns = call_.inputs + call_.outputs;
  return {kept_.inputs, columns, columns};
}

CellBackward::Columns CellBackward::inputs_alone() const {
  return {kept_.inputs, call_.inputs + call_.outputs, call_.inputs};
}

CellBackward::Columns CellBackward::states_alone() const {
  return {kept_.inputs + call_.inputs, call_.inputs + call_.outputs, call_.outputs};
}

void CellBackward::add_weights(const Columns& gradients, const Columns& kept,
                               const Parameters& parameters) {
  const int64_t wanted_pieces = divide_up(call_.engine.threads().count(), call_.groups);
  const WeightGradient product(gradients.count, kept.count, wanted_pieces);
  weights_[weight_count_++] = {gradients, kept, parameters, product};
  product_scratch_size_ = larger(product_scratch_size_, product.scratch_size());
}

void CellBackward::add_input_gradient(const Columns& gradients, int64_t row) {
  if (gradient_.dx.data == nullptr) return;
  const int64_t offset = call_.parameters.w + row * call_.inputs;
  input_gradients_[input_gradient_count_++] = {
      gradients, packing_.add(call_.slot, {offset, gradients.count, call_.inputs})};
}

int CellBackward::run_call() {
  product_scratch_ = call_.thread.take(product_scratch_size_);
  if (!call_.allocate_scratch()) return REFRAIN_OUT_OF_MEMORY;
  run_phases(call_.engine, call_.groups, *this);
  return REFRAIN_OK;
}

int64_t CellBackward::input_gradient_pieces() const {
  return input_gradient_count_ == 0 ? 0 : divide_up(call_.rows(), kRowsOfInputGradient);
}

int64_t CellBackward::pieces(int phase) const {
  if (phase == 0) return packing_.pieces();
  if (phase == 1) return call_.blocks();
  int64_t pieces = input_gradient_pieces() + own_pieces();
  for (int i = 0; i < weight_count_; ++i) pieces += weights_[i].product.pieces();
  return pieces;
}

double CellBackward::work(int phase) const {
  if (phase == 0) return packing_.elements();
  return static_cast<double>(call_.rows()) * static_cast<double>(a_columns_) *
         static_cast<double>(call_.outputs + call_.inputs);
}

void CellBackward::run(int phase, const Place& place) {
  if (phase == 0) {
    packing_.run(place.piece, call_.parameter(place.group, 0), call_.slot_scratch(place));
  } else if (phase == 1) {
    run_steps(place);
  } else {
    run_product(place);
  }
}

void CellBackward::run_steps(const Place& place) {
  const Block block = call_.block(place);
  const Rows dh = {block.thread + dh_scratch_, call_.outputs};
  const Rows dhy = CellCall::state_rows(gradient_.dhy, block);
  for (int64_t i = 0; i < block.rows; ++i) {
    copy_row(dh.row(i), dhy.present() ? dhy.row(i) : nullptr, call_.outputs);
  }
  begin(block);
  for (int64_t order = call_.steps - 1; order >= 0; --order) {
    const int64_t t = call_.time(order);
    step(block, {order, t}, call_.sequence_rows(block.slot + da_, a_columns_, block, t), dh);
  }
  end(block);
  const Rows dhx = CellCall::state_rows(gradient_.dhx, block);
  for (int64_t i = 0; dhx.present() && i < block.rows; ++i) {
    copy_row(dhx.row(i), dh.row(i), call_.outputs);
  }
}

void CellBackward::add_product(const Block& block, const Step& step, Rows da, int64_t columns,
                               int64_t packed, Rows dh) const {
  if (step.order == 0 && gradient_.dhx.data == nullptr) return;
  multiply({block.rows, dh.stride, columns, da.data, da.stride, block.slot + packed, columns,
            dh.data, dh.stride, Start::kC, nullptr});
}

bool CellBackward::ended(const Block& block, const Step& step, int64_t i, Rows da) const {
  if (call_.active(block.group, step.t, block.first + i)) return false;
  clear_row(da.row(i), a_columns_);
  return true;
}

Rows CellBackward::states_before(const Block& block, const Step& step) const {
  Rows rows = call_.reserve_rows(kept_.inputs, call_.inputs + call_.outputs, block, step.t);
  rows.data += call_.inputs;
  return rows;
}

void CellBackward::run_product(Place place) {
  for (int i = 0; i < weight_count_; ++i) {
    const int64_t pieces = weights_[i].product.pieces();
    if (place.piece < pieces) return run_weights(weights_[i], place);
    place.piece -= pieces;
  }
  if (place.piece < input_gradient_pieces()) return run_input_gradient(place);
  place.piece -= input_gradient_pieces();
  run_own(place);
}

void CellBackward::run_weights(const Weights& weights, const Place& place) const {
  const Columns& gradients = weights.gradients;
  const Columns& kept = weights.kept;
  const Parameters& p = weights.parameters;
  const WeightOperands operands = {call_.rows(), call_.slot_scratch(place) + gradients.begin,
                                   gradients.stride, call_.reserve(place.group) + kept.begin,
                                   kept.stride};
  const bool both = p.w >= 0 && p.r >= 0;
  const int64_t left_columns = both ? call_.inputs : kept.count;
  WeightTargets targets;
  targets.left = call_.parameter_gradient(place.group, p.w >= 0 ? p.w : p.r);
  targets.left_columns = left_columns;
  targets.right = both ? call_.parameter_gradient(place.group, p.r) : nullptr;
  targets.right_columns = kept.count - left_columns;
  targets.biases[0] = call_.parameter_gradient(place.group, p.b_w);
  targets.biases[1] = call_.parameter_gradient(place.group, p.b_r);
  targets.accumulate = accumulates();
  weights.product.run(place.piece, operands, targets,
                      call_.thread_scratch(place) + product_scratch_);
}

void CellBackward::run_input_gradient(const Place& place) const {
  const int64_t first = place.piece * kRowsOfInputGradient;
  const int64_t rows = smaller(kRowsOfInputGradient, call_.rows() - first);
  const float* slot = call_.slot_scratch(place);
  const Rows dx = rows_of(gradient_.dx, place.group);
  for (int i = 0; i < input_gradient_count_; ++i) {
    const Columns& g = input_gradients_[i].gradients;
    const Start start = i > 0 || gradient_.accumulate_dx ? Start::kC : Start::kZero;
    multiply({rows, call_.inputs, g.count, slot + g.begin + first * g.stride, g.stride,
              slot + input_gradients_[i].packed, g.count, dx.row(first), dx.stride, start,
              nullptr});
  }
}

}  // namespace refrain::REFRAIN_TARGET
