// The backward half of cell.h.
#pragma once

#include "cpu/cell.h"
#include "cpu/weight_gradient.h"

namespace refrain::REFRAIN_TARGET {

class CellBackward {
 public:
  static constexpr int kPhases = 3;  // pack; run through the steps; products

  virtual ~CellBackward() = default;

  int run_call();
  int64_t pieces(int phase) const;
  double work(int phase) const;
  void run(int phase, const Place& place);

 protected:
  // Columns of a matrix [T,N,stride]: of gradients in the group's scratch memory, or of what
  // forward kept in the group's reserve.
  struct Columns {
    int64_t begin;
    int64_t stride;
    int64_t count;
  };

  // The parameters that get the columns of one product, offsets within a group. `w` takes the
  // first columns, as many as x has, and `r` the rest; where one of them is absent (-1) the other
  // takes all. The biases (-1: absent) get the sums of the gradients.
  struct Parameters {
    int64_t w;
    int64_t r;
    int64_t b_w;
    int64_t b_r;
  };

  // `a_columns` is the width of the gradients that step() writes.
  CellBackward(Engine& engine, const refrain_cell_shape& shape, int64_t a_columns,
               const refrain_cell_parameters& parameters, const refrain_cell_sequence& sequence,
               const refrain_cell_gradients& gradient, const KeptStates& kept);

  // What the constructor of a cell states: the products that follow the steps.
  // The gradients of parameters are gradients^T kept.
  void add_weights(const Columns& gradients, const Columns& kept, const Parameters& parameters);
  // dx is the sum over such calls of the gradients times the rows of W that begin at `row`.
  void add_input_gradient(const Columns& gradients, int64_t row);

  Columns a_columns(int64_t first, int64_t count) const { return {da_ + first, a_columns_, count}; }
  // Rows [x | h before], and their halves.
  Columns inputs_and_states() const;
  Columns inputs_alone() const;
  Columns states_alone() const;

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

  // dh += the first `columns` of da times packed weights, where anybody asks for the gradient of
  // the state before this step.
  void add_product(const Block& block, const Step& step, Rows da, int64_t columns, int64_t packed,
                   Rows dh) const;
  // Where the sequence of row i has ended there is no gradient: clears da, leaves dh to be
  // carried and returns true.
  bool ended(const Block& block, const Step& step, int64_t i, Rows da) const;
  // h before the step.
  Rows states_before(const Block& block, const Step& step) const;
  bool accumulates() const { return gradient_.accumulate_parameters != 0; }

  CellCall call_;
  const refrain_cell_gradients& gradient_;
  const KeptStates kept_;
  Packing packing_;

 private:
  struct Weights {
    Columns gradients;
    Columns kept;
    Parameters parameters;
    WeightGradient product;
  };
  struct InputGradient {
    Columns gradients;
    int64_t packed;
  };

  void run_steps(const Place& place);
  void run_product(Place place);
  void run_weights(const Weights& weights, const Place& place) const;
  void run_input_gradient(const Place& place) const;
  int64_t input_gradient_pieces() const;

  const int64_t a_columns_;
  const int64_t da_;
  const int64_t dh_scratch_;
  int64_t product_scratch_;
  int64_t product_scratch_size_ = 0;

  static constexpr int kMost = 4;
  Weights weights_[kMost];
  int weight_count_ = 0;
  InputGradient input_gradients_[kMost];
  int input_gradient_count_ = 0;
};

}  // namespace refrain::REFRAIN_TARGET
