#include "cpu/cell_backward.h"

#include "cpu/gemm.h"
#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int64_t kColumnsOfBias = 64;
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
      dh_scratch_(call_.thread.take(call_.most_rows * call_.outputs)) {}

GradientColumns CellBackward::a_columns(int64_t first, int64_t count) const {
  return {da_ + first, a_columns_, count};
}

void CellBackward::add_weight(const GradientColumns& columns, const Operand& b,
                              int64_t parameter) {
  const int64_t wanted_pieces = divide_up(call_.engine.threads().count(), call_.groups);
  const WeightGradient gradient(columns.count, b.columns, wanted_pieces);
  weights_[weight_count_++] = {columns, b, parameter, gradient};
  product_scratch_size_ = larger(product_scratch_size_, gradient.scratch_size());
}

void CellBackward::add_bias(const GradientColumns& columns, int64_t b_w, int64_t b_r) {
  if (b_w >= 0 || b_r >= 0) biases_[bias_count_++] = {columns, b_w, b_r};
}

void CellBackward::add_input_gradient(const GradientColumns& columns, int64_t row) {
  if (gradient_.dx.data == nullptr) return;
  const int64_t parameter = call_.parameters.w + row * call_.inputs;
  input_gradients_[input_gradient_count_++] = {
      columns, packing_.add(call_.slot, parameter, columns.count, call_.inputs)};
}

int CellBackward::run_call() {
  product_scratch_ = call_.thread.take(larger(product_scratch_size_, kColumnsOfBias));
  if (!call_.allocate_scratch()) return REFRAIN_OUT_OF_MEMORY;
  run_phases(call_.engine, call_.groups, *this);
  return REFRAIN_OK;
}

int64_t CellBackward::bias_pieces(const Bias& bias) const {
  return divide_up(bias.columns.count, kColumnsOfBias);
}

int64_t CellBackward::input_gradient_pieces() const {
  return input_gradient_count_ == 0 ? 0 : divide_up(call_.rows(), kRowsOfInputGradient);
}

int64_t CellBackward::pieces(int phase) const {
  if (phase == 0) return packing_.pieces();
  if (phase == 1) return call_.blocks();
  int64_t pieces = input_gradient_pieces() + own_pieces();
  for (int i = 0; i < weight_count_; ++i) pieces += weights_[i].gradient.pieces();
  for (int i = 0; i < bias_count_; ++i) pieces += bias_pieces(biases_[i]);
  return pieces;
}

double CellBackward::work(int phase) const {
  if (phase == 0) return packing_.work();
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

bool CellBackward::ended(const Block& block, const Step& step, int64_t i, Rows da) const {
  if (call_.active(block.group, step.t, block.first + i)) return false;
  clear_row(da.row(i), a_columns_);
  return true;
}

Rows CellBackward::previous_state(const Block& block, const Step& step,
                                  const refrain_view& initial, int64_t kept,
                                  int64_t columns) const {
  if (step.order == 0) return CellCall::state_rows(initial, block);
  return call_.sequence_rows(call_.reserve(block.group) + kept, columns, block,
                             call_.time(step.order - 1));
}

void CellBackward::run_product(Place place) {
  for (int i = 0; i < weight_count_; ++i) {
    const int64_t pieces = weights_[i].gradient.pieces();
    if (place.piece < pieces) return run_weight(weights_[i], place);
    place.piece -= pieces;
  }
  if (place.piece < input_gradient_pieces()) return run_input_gradient(place);
  place.piece -= input_gradient_pieces();
  for (int i = 0; i < bias_count_; ++i) {
    if (place.piece < bias_pieces(biases_[i])) return run_bias(biases_[i], place);
    place.piece -= bias_pieces(biases_[i]);
  }
  run_own(place);
}

void CellBackward::run_weight(const Weight& weight, const Place& place) const {
  const GradientColumns& columns = weight.columns;
  const Operand& b = weight.b;
  const float* a = call_.slot_scratch(place) + columns.begin;
  float* dw = call_.parameter_gradient(place.group, weight.parameter);
  float* scratch = call_.thread_scratch(place) + product_scratch_;
  Start start = accumulates() ? Start::kC : Start::kZero;
  const auto run = [&](int64_t k, int64_t first_a, const float* b_rows, int64_t b_stride) {
    weight.gradient.run(place.piece, start, k, a + first_a * columns.stride, columns.stride,
                        b_rows, b_stride, dw, scratch);
    start = Start::kC;
  };
  const Rows x = rows_of(call_.sequence.x, place.group);
  switch (b.kind) {
    case Operand::Kind::kInput:
      return run(call_.rows(), 0, x.data, x.stride);
    case Operand::Kind::kScratch:
      return run(call_.rows(), 0, call_.slot_scratch(place) + b.begin, b.columns);
    case Operand::Kind::kReserve:
      return run(call_.rows(), 0, call_.reserve(place.group) + b.begin, b.columns);
    case Operand::Kind::kPreviousState:
      break;
  }
  // The first step began with hx, every other one with the state that its predecessor left.
  const Rows hx = rows_of(call_.sequence.hx, place.group);
  if (hx.present()) run(call_.batch, call_.time(0) * call_.batch, hx.data, hx.stride);
  const int64_t first_a = call_.sequence.reverse ? 0 : call_.batch;
  const int64_t first_b = call_.sequence.reverse ? call_.batch : 0;
  const float* h = call_.reserve(place.group) + kept_.h;
  run(call_.rows() - call_.batch, first_a, h + first_b * b.columns, b.columns);
}

void CellBackward::run_bias(const Bias& bias, const Place& place) const {
  const int64_t first = place.piece * kColumnsOfBias;
  const int64_t count = smaller(kColumnsOfBias, bias.columns.count - first);
  float* sums = call_.thread_scratch(place) + product_scratch_;
  column_sums(call_.rows(), call_.slot_scratch(place) + bias.columns.begin + first,
              bias.columns.stride, count, sums);
  float* db_w = call_.parameter_gradient(place.group, bias.b_w);
  float* db_r = call_.parameter_gradient(place.group, bias.b_r);
  for (int64_t i = 0; i < count; ++i) {
    if (db_w != nullptr) db_w[first + i] = sums[i] + (accumulates() ? db_w[first + i] : 0.0f);
    if (db_r != nullptr) db_r[first + i] = sums[i] + (accumulates() ? db_r[first + i] : 0.0f);
  }
}

void CellBackward::run_input_gradient(const Place& place) const {
  const int64_t first = place.piece * kRowsOfInputGradient;
  const int64_t rows = smaller(kRowsOfInputGradient, call_.rows() - first);
  const float* slot = call_.slot_scratch(place);
  const Rows dx = rows_of(gradient_.dx, place.group);
  for (int i = 0; i < input_gradient_count_; ++i) {
    const GradientColumns& columns = input_gradients_[i].columns;
    const Start start = i > 0 || gradient_.accumulate_dx ? Start::kC : Start::kZero;
    multiply({rows, call_.inputs, columns.count, slot + columns.begin + first * columns.stride,
              columns.stride, slot + input_gradients_[i].packed, dx.row(first), dx.stride, start,
              nullptr});
  }
}

}  // namespace refrain::REFRAIN_TARGET
