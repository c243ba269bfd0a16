// Where forward keeps for backward what refrain/cell.h calls the reserve: offsets in floats
// within a group's part, and that part's size. Sequences in it are [T,N,columns].
//
// Every cell keeps rows [x_t | h before step t]: one product with the packed [W | R] gives the
// pre-activations of a step, and one product with the gradients of all pre-activations the
// gradients of both weights. h and c are carried through where a sequence has ended.
#pragma once

#include <cstdint>

#include "core/backend.h"

namespace refrain {

struct RnnReserve {
  int64_t inputs;  // [T,N,I+H]: x, h before
  int64_t size;
};
RnnReserve rnn_reserve(const refrain_rnn_args& args);

struct LstmReserve {
  int64_t inputs;       // [T,N,I+Q]: x, h before
  int64_t gates;        // [T,N,4H], after their activations
  int64_t c;            // [T,N,H], after the step
  int64_t cell_output;  // [T,N,H], o*act(c'): with a projection alone
  int64_t size;
};
LstmReserve lstm_reserve(const refrain_lstm_args& args);

struct GruReserve {
  int64_t inputs;        // [T,N,I+H]: x, h before
  int64_t gates;         // [T,N,3H], after their activations
  int64_t reset_inputs;  // [T,N,I+H]: x, r*h before: reset-before alone
  int64_t recurrent;     // [T,N,H], R_n h + b_Rn: reset-after alone
  int64_t size;
};
GruReserve gru_reserve(const refrain_gru_args& args);

// Floats for all groups; `operation` is one of the recurrent forwards.
int64_t reserve_size(int32_t operation, const void* arguments);

}  // namespace refrain
