#include "cpu/reserve.h"

namespace refrain {
namespace {

// Hands out consecutive sequences of T*N rows, each beginning at a cache line.
class Sequences {
 public:
  explicit Sequences(const refrain_cell_shape& shape)
      : rows_(static_cast<int64_t>(shape.steps) * shape.batch) {}

  int64_t take(int64_t columns) {
    const int64_t begin = size_;
    size_ += (rows_ * columns + 15) / 16 * 16;
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
  r.inputs = sequences.take(int64_t{args.shape.inputs} + args.shape.hidden);
  r.size = sequences.size();
  return r;
}

LstmReserve lstm_reserve(const refrain_lstm_args& args) {
  Sequences sequences(args.shape);
  LstmReserve r;
  r.inputs = sequences.take(int64_t{args.shape.inputs} + args.shape.outputs);
  r.gates = sequences.take(int64_t{4} * args.shape.hidden);
  r.c = sequences.take(args.shape.hidden);
  r.cell_output = sequences.take(args.parameters.projection >= 0 ? args.shape.hidden : 0);
  r.size = sequences.size();
  return r;
}

GruReserve gru_reserve(const refrain_gru_args& args) {
  const bool resets_after = args.form == REFRAIN_RESET_AFTER;
  const int64_t input_columns = int64_t{args.shape.inputs} + args.shape.hidden;
  Sequences sequences(args.shape);
  GruReserve r;
  r.inputs = sequences.take(input_columns);
  r.gates = sequences.take(int64_t{3} * args.shape.hidden);
  r.reset_inputs = sequences.take(resets_after ? 0 : input_columns);
  r.recurrent = sequences.take(resets_after ? args.shape.hidden : 0);
  r.size = sequences.size();
  return r;
}

int64_t reserve_size(int32_t operation, const void* arguments) {
  if (operation == REFRAIN_OP_RNN_FORWARD) {
    const auto& args = *static_cast<const refrain_rnn_args*>(arguments);
    return args.shape.groups * rnn_reserve(args).size;
  }
  if (operation == REFRAIN_OP_LSTM_FORWARD) {
    const auto& args = *static_cast<const refrain_lstm_args*>(arguments);
    return args.shape.groups * lstm_reserve(args).size;
  }
  const auto& args = *static_cast<const refrain_gru_args*>(arguments);
  return args.shape.groups * gru_reserve(args).size;
}

}  // namespace refrain
