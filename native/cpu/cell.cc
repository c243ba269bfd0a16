#include "cpu/cell.h"

#include "cpu/gemm.h"
#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// Rows of a block: enough to use a packed weight several times while it is near, few enough that
// their gates stay in the second-level cache.
constexpr int64_t kFewestRows = 4;
constexpr int64_t kMostRows = 64;

int64_t rows_of_block(int threads, int64_t groups, int64_t batch) {
  const int64_t threads_of_group =
      groups_run_whole(threads, groups) ? 1 : divide_up(threads, groups);
  const int64_t rows = divide_up(batch, threads_of_group);
  return smaller(larger(rows, kFewestRows), kMostRows);
}

}  // namespace

CellCall::CellCall(Engine& e, const refrain_cell_shape& shape,
                   const refrain_cell_parameters& cell_parameters,
                   const refrain_cell_sequence& cell_sequence, int64_t reserve_size)
    : groups(shape.groups),
      steps(shape.steps),
      batch(shape.batch),
      inputs(shape.inputs),
      hidden(shape.hidden),
      outputs(shape.outputs),
      parameters(cell_parameters),
      sequence(cell_sequence),
      engine(e),
      reserve_size_(reserve_size),
      blocks_(divide_up(batch, rows_of_block(e.threads().count(), groups, batch))),
      most_rows_(divide_up(batch, blocks_)),
      slots_(group_slots(e.threads().count(), groups)) {}

Block CellCall::block(const Place& place) const {
  const int64_t first = piece_begin(batch, blocks_, place.piece);
  return {place.group, first, piece_begin(batch, blocks_, place.piece + 1) - first,
          slot_scratch(place), thread_scratch(place)};
}

Rows CellCall::state_rows(const refrain_view& view, const Block& block) {
  Rows rows = rows_of(view, block.group);
  if (rows.present()) rows.data += block.first * rows.stride;
  return rows;
}

Rows CellCall::sequence_rows(const refrain_view& view, const Block& block, int64_t t) const {
  Rows rows = rows_of(view, block.group);
  if (rows.present()) rows.data += (t * batch + block.first) * rows.stride;
  return rows;
}

Rows CellCall::sequence_rows(float* array, int64_t columns, const Block& block, int64_t t) const {
  return {array + (t * batch + block.first) * columns, columns};
}

Rows CellCall::reserve_rows(int64_t begin, int64_t columns, const Block& block,
                            int64_t t) const {
  return sequence_rows(reserve(block.group) + begin, columns, block, t);
}

float* CellCall::slot_scratch(const Place& place) const {
  return scratch_ + place.slot * slot.size();
}

float* CellCall::thread_scratch(const Place& place) const {
  return scratch_ + slots_ * slot.size() + place.thread * thread.size();
}

bool CellCall::allocate_scratch() {
  scratch_ = engine.scratch(slots_ * slot.size() + engine.threads().count() * thread.size());
  return scratch_ != nullptr;
}

CellForward::CellForward(Engine& engine, const refrain_cell_shape& shape, int gates,
                         const refrain_cell_parameters& parameters,
                         const refrain_cell_sequence& sequence, const KeptStates& kept)
    : call_(engine, shape, parameters, sequence, kept.size),
      gate_rows_(gates * call_.hidden),
      input_columns_(call_.inputs + call_.outputs),
      kept_(kept),
      bias_(call_.slot.take(gate_rows_)),
      inputs_scratch_(call_.thread.take(call_.most_rows() * input_columns_)),
      gates_scratch_(call_.thread.take(call_.most_rows() * gate_rows_)),
      h_scratch_(call_.thread.take(call_.most_rows() * call_.outputs)) {}

int CellForward::run_call() {
  if (!call_.allocate_scratch()) return REFRAIN_OUT_OF_MEMORY;
  run_phases(call_.engine, call_.groups, *this);
  return REFRAIN_OK;
}

int64_t CellForward::pieces(int phase) const {
  return phase == 0 ? packing_.pieces() : call_.blocks();
}

double CellForward::work(int phase) const {
  return phase == 0 ? packing_.elements()
                    : static_cast<double>(call_.rows()) * packing_.elements();
}

void CellForward::run(int phase, const Place& place) {
  if (phase == 1) return run_steps(place);
  if (place.piece == 0) sum_biases(place);
  packing_.run(place.piece, call_.parameter(place.group, 0), call_.slot_scratch(place));
}

void CellForward::sum_biases(const Place& place) const {
  float* bias = call_.slot_scratch(place) + bias_;
  clear_row(bias, gate_rows_);
  const float* b_w = call_.parameter(place.group, call_.parameters.b_w);
  const float* b_r = call_.parameter(place.group, call_.parameters.b_r);
  copy_row(bias, b_w, gate_rows_);
  for (int64_t i = 0; b_r != nullptr && i < gate_rows_; ++i) bias[i] += b_r[i];
  adjust_bias(place.group, bias);
}

// Without a reserve all steps share one set of rows: a step overwrites the state before with the
// state after.
Rows CellForward::input_rows(const Block& block, int64_t order) const {
  if (!call_.keeps()) return {block.thread + inputs_scratch_, input_columns_};
  return call_.reserve_rows(kept_.inputs, input_columns_, block, call_.time(order));
}

void CellForward::run_steps(const Place& place) {
  const Block block = call_.block(place);
  const bool keeps_gates = call_.keeps() && kept_.gates >= 0;
  const Rows hx = CellCall::state_rows(call_.sequence.hx, block);
  const Rows last_h = {block.thread + h_scratch_, call_.outputs};
  Rows inputs = input_rows(block, 0);
  for (int64_t i = 0; i < block.rows; ++i) {
    copy_row(previous(inputs).row(i), hx.present() ? hx.row(i) : nullptr, call_.outputs);
  }
  for (int64_t order = 0; order < call_.steps; ++order) {
    const int64_t t = call_.time(order);
    const Rows x = call_.sequence_rows(call_.sequence.x, block, t);
    for (int64_t i = 0; i < block.rows; ++i) copy_row(inputs.row(i), x.row(i), call_.inputs);
    const Rows a = keeps_gates ? call_.reserve_rows(kept_.gates, gate_rows_, block, t)
                               : Rows{block.thread + gates_scratch_, gate_rows_};
    const bool last = order == call_.steps - 1;
    const Rows next_inputs = last ? inputs : input_rows(block, order + 1);
    step(block, {order, t}, inputs, a, last ? last_h : previous(next_inputs));
    inputs = next_inputs;
  }
  const Rows hy = CellCall::state_rows(call_.sequence.hy, block);
  for (int64_t i = 0; hy.present() && i < block.rows; ++i) {
    copy_row(hy.row(i), last_h.row(i), call_.outputs);
  }
}

void CellForward::multiply_inputs(const Block& block, const Step& step, Rows inputs,
                                  int64_t packed, int64_t first, int64_t columns, Rows a) const {
  const int64_t terms = begins_from_zeros(step) ? call_.inputs : input_columns_;
  multiply({block.rows, columns, terms, inputs.data, inputs.stride, block.slot + packed,
            input_columns_, a.data + first, a.stride, Start::kBias, bias(block) + first});
}

bool CellForward::carry(const Block& block, const Step& step, int64_t i, Rows inputs,
                        Rows h) const {
  if (call_.active(block.group, step.t, block.first + i)) return false;
  copy_row(h.row(i), previous(inputs).row(i), call_.outputs);
  clear_row(call_.sequence_rows(call_.sequence.y, block, step.t).row(i), call_.outputs);
  return true;
}

}  // namespace refrain::REFRAIN_TARGET
