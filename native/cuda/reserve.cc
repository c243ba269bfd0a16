#include "cuda/reserve.h"

namespace refrain::cuda {
namespace {

// Hands out consecutive sequences of T*N rows.
class Sequences {
 public:
  explicit Sequences(const refrain_cell_shape& shape)
      : rows_(static_cast<int64_t>(shape.steps) * shape.batch) {}

  int64_t take(int64_t columns) {
    const int64_t begin = size_;
    size_ += (rows_ * columns + 31) / 32 * 32;
    return begin;
  }
  int64_t size() const { return size_; }

 private:
  int64_t rows_;
  int64_t size_ = 0;
};

}  // namespace

RnnReserve rnn_reserve(const refrain_rnn_args& args) {
  Sequences sequences(args.shape);
  RnnReserve r;
  r.h = sequences.take(args.shape.hidden);
  r.size = sequences.size();
  return r;
}

LstmReserve lstm_reserve(const refrain_lstm_args& args) {
  Sequences sequences(args.shape);
  LstmReserve r;
  r.gates = sequences.take(int64_t{4} * args.shape.hidden);
  r.c = sequences.take(args.shape.hidden);
  r.h = sequences.take(args.shape.outputs);
  r.cell_output = sequences.take(args.parameters.projection >= 0 ? args.shape.hidden : 0);
  r.size = sequences.size();
  return r;
}

GruReserve gru_reserve(const refrain_gru_args& args) {
  Sequences sequences(args.shape);
  GruReserve r;
  r.gates = sequences.take(int64_t{3} * args.shape.hidden);
  r.h = sequences.take(args.shape.hidden);
  r.recurrent = sequences.take(args.form == REFRAIN_RESET_AFTER ? args.shape.hidden : 0);
  r.size = sequences.size();
  return r;
}

}  // namespace refrain::cuda
