// Which way the steps of a recurrent layer are run: a table of variants, fastest first by fixed
// rules, each of which takes a layer or says why it declines.
//
//   block        one launch; a block keeps R on chip and owns rows of the batch through all steps
//   cluster      one launch; the blocks of a cluster share R and exchange states through their
//                shared memory (compute capability 9.0)
//   cooperative  one launch; teams of blocks share R and exchange states through global memory
//   cudnn        cuDNN, for the cells that it has
//   perStep      a matrix product and a kernel over elements for each step; any shape
//
// The choice depends on the layer, the device and the precision, never on the number of groups, and
// is the same for forward and backward of a layer, which meet in the reserve.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/backend.h"
#include "cuda/engine.h"

namespace refrain::cuda {

enum class Cell { kRnn, kLstm, kGruResetBefore, kGruResetAfter };

// What the choice looks at.
struct Recurrence {
  Cell cell;
  int gates;
  refrain_cell_shape shape;
  int32_t activation;
  bool projects;
  bool peeps;
  bool clips;
  bool reverse;
  bool has_lengths;

  int64_t recurrent_floats() const { return int64_t{gates} * shape.hidden * shape.outputs; }
};

Recurrence recurrence_of(const refrain_rnn_args& args);
Recurrence recurrence_of(const refrain_lstm_args& args);
Recurrence recurrence_of(const refrain_gru_args& args);

// The variant that runs this layer: the one that is forced, or chosen (choices.h), or the first
// that takes it. If the forced one declines, the operation has failed and its message says why.
Variant choose_variant(Engine& engine, const Recurrence& recurrence);

// All that take this layer, fastest first by fixed rules.
std::vector<Variant> variants_of(Engine& engine, const Recurrence& recurrence);

// What the engine's choices know a layer by: "lstm G=1 T=20 N=50 I=1 H=100 Q=100 activation=0
// options=0". Lengths and direction are not told when a reserve's size is asked, and left out.
std::string layer_text(const Recurrence& recurrence);

// The names of the variants, as refrain_options.variant has them; kAutomatic is "auto".
const char* name_of(Variant variant);
// False where no variant has this name. A null or empty name is kAutomatic.
bool variant_named(const char* name, Variant* variant);
// All names, for messages: "auto, block, ... or perStep".
std::string names_of_variants();
// All names, for programs: "auto,block,...,perStep".
std::string list_of_variants();

// Floats of reserve for all groups; `operation` is one of the recurrent forwards.
int64_t reserve_size(Engine& engine, int32_t operation, const void* arguments);

}  // namespace refrain::cuda
