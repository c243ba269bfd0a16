// What the recurrent layers share. A layer runs in phases (phases.h): forward packs the weights,
// then lets blocks of rows of the batch run through all steps, each on one thread without waiting
// for another; backward does the same from the last step to the first, keeping the gradients of
// all pre-activations, and ends with one product over all rows and steps for the weights (and one
// for dx). What a cell computes within a step is its own (rnn.cc, lstm.cc, gru.cc).
#pragma once

#include <cstdint>

#include "cpu/packing.h"
#include "cpu/phases.h"
#include "cpu/rows.h"
#include "refrain/cell.h"

namespace refrain::REFRAIN_TARGET {

// Some rows of the batch of one group, on their way through the steps.
struct Block {
  int64_t group;
  int64_t first;  // row of the batch
  int64_t rows;
  float* slot;    // scratch memory of the group
  float* thread;  // scratch memory of the thread
};

// `order` counts the steps as forward runs them; with `reverse`, t runs down.
struct Step {
  int64_t order;
  int64_t t;
};

// A call's arguments with the arithmetic of their offsets, and its scratch memory.
class CellCall {
 public:
  CellCall(Engine& engine, const refrain_cell_shape& shape,
           const refrain_cell_parameters& parameters, const refrain_cell_sequence& sequence,
           int64_t reserve_size);

  int64_t rows() const { return steps * batch; }
  int64_t time(int64_t order) const { return sequence.reverse ? steps - 1 - order : order; }
  bool active(int64_t group, int64_t t, int64_t n) const {
    return sequence.lengths == nullptr || t < sequence.lengths[group * batch + n];
  }
  // Null where the tensor is absent.
  const float* parameter(int64_t group, int64_t offset) const {
    return offset < 0 ? nullptr : parameters.data + group * parameters.group_stride + offset;
  }
  float* parameter_gradient(int64_t group, int64_t offset) const {
    return offset < 0 ? nullptr : parameters.gradients + group * parameters.group_stride + offset;
  }
  bool keeps() const { return sequence.reserve != nullptr; }

  // The block's rows of a state [G,N,columns], or absent.
  static Rows state_rows(const refrain_view& view, const Block& block);
  // The block's rows at step t of a sequence: a view [G,T,N,columns], or an array [T,N,columns].
  Rows sequence_rows(const refrain_view& view, const Block& block, int64_t t) const;
  Rows sequence_rows(float* array, int64_t columns, const Block& block, int64_t t) const;
  // The same of an array in the group's part of the reserve.
  Rows reserve_rows(int64_t begin, int64_t columns, const Block& block, int64_t t) const;
  float* reserve(int64_t group) const { return sequence.reserve + group * reserve_size_; }

  int64_t blocks() const { return blocks_; }
  int64_t most_rows() const { return most_rows_; }  // of a block
  Block block(const Place& place) const;

  float* slot_scratch(const Place& place) const;
  float* thread_scratch(const Place& place) const;
  bool allocate_scratch();

  const int64_t groups, steps, batch, inputs, hidden, outputs;
  const refrain_cell_parameters& parameters;
  const refrain_cell_sequence& sequence;
  Engine& engine;
  ScratchLayout slot;    // of a group
  ScratchLayout thread;  // of a thread

 private:
  const int64_t reserve_size_;
  const int64_t blocks_;
  const int64_t most_rows_;
  const int64_t slots_;
  float* scratch_ = nullptr;
};

// Where forward keeps what all cells keep, within a group's part of the reserve.
struct KeptStates {
  int64_t size;
  int64_t inputs;  // [T,N,I+Q]
  int64_t gates;   // [T,N,gates*H], -1: not kept
};

class CellForward {
 public:
  static constexpr int kPhases = 2;  // pack; run through the steps

  virtual ~CellForward() = default;

  int run_call();
  int64_t pieces(int phase) const;
  double work(int phase) const;
  void run(int phase, const Place& place);

 protected:
  CellForward(Engine& engine, const refrain_cell_shape& shape, int gates,
              const refrain_cell_parameters& parameters, const refrain_cell_sequence& sequence,
              const KeptStates& kept);

  // The group's bias holds b_w + b_r; here a cell adds what is its own.
  virtual void adjust_bias(int64_t, float*) const {}
  // One step of a block. `inputs` [rows, I+Q] holds x and the state before. Fills `a`
  // [rows, gates*H] with what is kept of the gates, and writes y and `h` [rows, Q], the state
  // after, which may be the memory of the state before.
  virtual void step(const Block& block, const Step& step, Rows inputs, Rows a, Rows h) = 0;

  // C = bias + inputs [W | R], for `columns` pre-activations beginning at `first`.
  void multiply_inputs(const Block& block, const Step& step, Rows inputs, int64_t packed,
                       int64_t first, int64_t columns, Rows a) const;
  // The state before, within the rows of inputs.
  Rows previous(Rows inputs) const { return {inputs.data + call_.inputs, inputs.stride}; }
  // Where the sequence of row i has ended, carries its state, sets y to 0 and returns true.
  bool carry(const Block& block, const Step& step, int64_t i, Rows inputs, Rows h) const;
  const float* bias(const Block& block) const { return block.slot + bias_; }
  // Whether the state before the step is known to be zeros.
  bool begins_from_zeros(const Step& step) const {
    return step.order == 0 && call_.sequence.hx.data == nullptr;
  }

  CellCall call_;
  const int64_t gate_rows_;
  const int64_t input_columns_;
  Packing packing_;

 private:
  void sum_biases(const Place& place) const;
  void run_steps(const Place& place);
  Rows input_rows(const Block& block, int64_t order) const;

  const KeptStates kept_;
  const int64_t bias_;
  const int64_t inputs_scratch_;
  const int64_t gates_scratch_;
  const int64_t h_scratch_;
};

}  // namespace refrain::REFRAIN_TARGET
