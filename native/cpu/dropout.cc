#include <cmath>

#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/philox.h"
#include "cpu/phases.h"
#include "cpu/rows.h"

namespace refrain::REFRAIN_TARGET {
namespace {

class Dropout {
 public:
  static constexpr int kPhases = 1;

  explicit Dropout(const refrain_dropout_args& args)
      : args_(args),
        threshold_(static_cast<uint32_t>(std::floor(args.rate * 4294967296.0))),
        scale_(static_cast<float>(1.0 / (1.0 - args.rate))) {}

  int64_t pieces(int) const { return divide_up(args_.rows, rows_of_piece()); }
  double work(int) const { return 8.0 * static_cast<double>(args_.rows * args_.columns); }

  void run(int, const Place& place) const {
    const refrain_group_state& state = args_.state.group[place.group];
    const PhiloxStream stream(state, REFRAIN_STREAM_DROPOUT + static_cast<uint32_t>(args_.layer));
    const Rows x = rows_of(args_.x, place.group);
    const Rows y = rows_of(args_.y, place.group);
    const int64_t first = place.piece * rows_of_piece();
    const int64_t last = smaller(first + rows_of_piece(), args_.rows);
    for (int64_t row = first; row < last; ++row) {
      drop(stream, row * args_.columns, x.row(row), y.row(row));
    }
  }

 private:
  static constexpr int kCounters = 16;
  static constexpr int64_t kElementsOfPiece = 4096;

  int64_t rows_of_piece() const { return divide_up(kElementsOfPiece, args_.columns); }

  // One row, whose first element has the index `element` in the stream.
  void drop(const PhiloxStream& stream, int64_t element, const float* x, float* y) const {
    const int64_t end = element + args_.columns;
    int64_t i = element;
    while (i < end) {
      uint32_t words[4][kCounters];
      const int64_t counter = i / 4;
      philox<kCounters>(stream, counter, words);
      const int64_t stop = smaller(end, 4 * (counter + kCounters));
      for (; i < stop; ++i) {
        const uint32_t word = words[i % 4][i / 4 - counter];
        y[i - element] = word < threshold_ ? 0.0f : x[i - element] * scale_;
      }
    }
  }

  const refrain_dropout_args& args_;
  const uint32_t threshold_;
  const float scale_;
};

}  // namespace

int dropout(Engine& engine, const refrain_dropout_args& args) {
  Dropout dropout(args);
  run_phases(engine, args.groups, dropout);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
