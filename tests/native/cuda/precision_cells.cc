// Recurrent layers in TF32 and BF16: the cooperative kernels beside the step by step ones, which compute
// the same sums of the same rounded factors in another order.
#include "precision.h"

namespace refrain::test {

void check_variants(refrain_context* cpu, refrain_context* per_step, refrain_context* cooperative,
                    const Rounding& rounding) {
  CellTrial trial;
  trial.projections = false;
  trial.scaled_weights = true;
  // Another order changes a state by float32 rounding, which now and then moves a factor to the other
  // side of a rounding: by 2 units of it, which no product enlarges. Four such moves at once.
  trial.tolerance = 8.0 * rounding.unit;
  trial.smallest_batch = 8;
  trial.largest_batch = 20;
  trial.layers = 40;
  check_cells(per_step, cooperative, trial);
  // Several fragments of rows and several passes of them, more than eight units a block, and so many
  // units that a section has several spans.
  trial.largest_batch = 150;
  trial.hidden = {24, 65, 96};
  trial.layers = 6;
  check_cells(per_step, cooperative, trial);
  // Step by step few rows are multiplied in float32: a sum then differs by the rounding of all its
  // factors, together by 2 units of the magnitudes' sum, which is at most sqrt(H); five steps follow.
  CellTrial few;
  few.projections = false;
  few.scaled_weights = true;
  few.tolerance = 2.0 * 5.75 * 5.0 * rounding.unit;
  few.layers = 20;
  check_cells(per_step, cooperative, few);

  // Where nothing is rounded, the bits are those of the cpu backend, in whatever order.
  CellTrial exact;
  exact.projections = false;
  exact.integers = true;
  exact.tolerance = 0.0;
  exact.layers = 20;
  check_cells(cpu, cooperative, exact);
  exact.largest_batch = 40;
  exact.hidden = {70, 100};
  exact.layers = 3;
  check_cells(cpu, cooperative, exact);
  // Three fragments of columns a block, four and more, where there are eight multiprocessors.
  exact.largest_batch = 20;
  exact.layers = 2;
  for (const int hidden : {136, 200, 300}) {
    exact.hidden = {hidden};
    check_cells(cpu, cooperative, exact);
  }
}

}  // namespace refrain::test
