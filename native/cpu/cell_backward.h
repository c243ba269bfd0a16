// The backward half of cell.h.
#pragma once

#include "cpu/cell.h"
#include "cpu/weight_gradient.h"

namespace refrain::REFRAIN_TARGET {

// The right operand of a weight gradient: one row for every t and n.
struct Operand {
  enum class Kind { kInput, kPreviousState, kScratch, kReserve };
  Kind kind;
  int64_t begin;    // of kScratch and kReserve
  int64_t columns;

  static Operand input(int64_t columns) { return {Kind::kInput, 0, columns}; }
  static Operand previous_state(int64_t columns) { return {Kind::kPreviousState, 0, columns}; }
  static Operand scratch(int64_t begin, int64_t columns) {
    return {Kind::kScratch, begin, columns};
  }
  static Operand reserve(int64_t begin, int64_t columns) {
    return {Kind::kReserve, begin, columns};
  }
};

// Columns of a matrix of gradients [T,N,stride] in the group's scratch memory.
struct GradientColumns {
  int64_t begin;
  int64_t stride;
  int64_t count;
};

class CellBackward {
 public:
  static constexpr int kPhases = 3;  // pack; run through the steps; products

  virtual ~CellBackward() = default;

  int run_call();
  int64_t pieces(int phase) const;
  double work(int phase) const;
  void run(int phase, const Place& place);

 protected:
  // `a_columns` is the width of the gradients that step() writes.
  CellBackward(Engine& engine, const refrain_cell_shape& shape, int64_t a_columns,
               const refrain_cell_parameters& parameters, const refrain_cell_sequence& sequence,
               const refrain_cell_gradients& gradient, const KeptStates& kept);

  // What the constructor of a cell states: the products that follow the steps.
  // The gradient of a parameter [columns.count, b.columns] at `parameter` is columns^T b.
  void add_weight(const GradientColumns& columns, const Operand& b, int64_t parameter);
  // The gradients of the biases at b_w and b_r (-1: absent) are the sums of the columns.
  void add_bias(const GradientColumns& columns, int64_t b_w, int64_t b_r);
  // dx is the sum over such calls of the columns times the rows of W that begin at `row`.
  void add_input_gradient(const GradientColumns& columns, int64_t row);
  GradientColumns a_columns(int64_t first, int64_t count) const;

  // Before a block's last step.
  virtual void begin(const Block&) {}
  // One step of a block. `dh` [rows, Q] comes with the gradient of the state after the step, dy
  // left out, and goes with the gradient of the state before it. Writes the gradients of the
  // pre-activations into `da` [rows, a_columns].
  virtual void step(const Block& block, const Step& step, Rows da, Rows dh) = 0;
  // After a block's first step.
  virtual void end(const Block&) {}
  // Products of the cell's own, in the same phase.
  virtual int64_t own_pieces() const { return 0; }
  virtual void run_own(const Place&) {}

  // Where the sequence of row i has ended there is no gradient: clears da, leaves dh to be
  // carried and returns true.
  bool ended(const Block& block, const Step& step, int64_t i, Rows da) const;
  // The state that the step began with, in rows of the block; absent: zeros.
  Rows previous_state(const Block& block, const Step& step, const refrain_view& initial,
                      int64_t kept, int64_t columns) const;
  // Whether anybody asks for the gradient of the state before this step.
  bool needs_previous(const Step& step) const {
    return step.order > 0 || gradient_.dhx.data != nullptr;
  }
  bool accumulates() const { return gradient_.accumulate_parameters != 0; }

  CellCall call_;
  const refrain_cell_gradients& gradient_;
  const KeptStates kept_;
  Packing packing_;

 private:
  struct Weight {
    GradientColumns columns;
    Operand b;
    int64_t parameter;
    WeightGradient gradient;
  };
  struct Bias {
    GradientColumns columns;
    int64_t b_w;
    int64_t b_r;
  };
  struct InputGradient {
    GradientColumns columns;
    int64_t packed;
  };

  void run_steps(const Place& place);
  void run_product(Place place);
  void run_weight(const Weight& weight, const Place& place) const;
  void run_bias(const Bias& bias, const Place& place) const;
  void run_input_gradient(const Place& place) const;
  int64_t bias_pieces(const Bias& bias) const;
  int64_t input_gradient_pieces() const;

  const int64_t a_columns_;
  const int64_t da_;
  const int64_t dh_scratch_;
  int64_t product_scratch_;
  int64_t product_scratch_size_ = 0;

  static constexpr int kMost = 4;
  Weight weights_[kMost];
  int weight_count_ = 0;
  Bias biases_[kMost];
  int bias_count_ = 0;
  InputGradient input_gradients_[kMost];
  int input_gradient_count_ = 0;
};

}  // namespace refrain::REFRAIN_TARGET
