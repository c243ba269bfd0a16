// Where forward keeps for backward what refrain/cell.h calls the reserve: offsets in floats within
// a group's part, and that part's size. Sequences in it are [T,N,columns], each beginning at a
// multiple of 128 bytes. All variants of our own kernels share it, so that forward and backward may
// choose theirs apart; h and c are carried through where a sequence has ended.
#pragma once

#include <cstdint>

#include "core/backend.h"

namespace refrain::cuda {

struct RnnReserve {
  int64_t h;  // [T,N,H], after the step
  int64_t size;
};
RnnReserve rnn_reserve(const refrain_rnn_args& args);

struct LstmReserve {
  int64_t gates;        // [T,N,4H], after their activations
  int64_t c;            // [T,N,H], after the step
  int64_t h;            // [T,N,Q], after the step
  int64_t cell_output;  // [T,N,H], o*act(c'): with a projection alone
  int64_t size;
};
LstmReserve lstm_reserve(const refrain_lstm_args& args);

struct GruReserve {
  int64_t gates;      // [T,N,3H], after their activations
  int64_t h;          // [T,N,H], after the step
  int64_t recurrent;  // [T,N,H], R_n h + b_Rn: reset-after alone
  int64_t size;
};
GruReserve gru_reserve(const refrain_gru_args& args);

}  // namespace refrain::cuda
