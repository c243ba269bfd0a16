#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/rows.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// A row takes some tens of nanoseconds: enough of them that handing them out costs little beside.
constexpr int64_t kRowsOfPiece = 64;

class Descent {
 public:
  static constexpr int kPhases = 1;

  explicit Descent(const refrain_rows_sgd_args& args) : args_(args) {}

  int64_t pieces(int) const { return divide_up(args_.most_touched, kRowsOfPiece); }
  double work(int) const { return 2.0 * args_.most_touched * args_.columns; }

  void run(int, const Place& place) const {
    const refrain_group_state& state = args_.state.group[place.group];
    if (state.status != REFRAIN_RUNNING) return;
    const Vec rate = broadcast(static_cast<float>(state.learning_rate));
    const Rows values = rows_of(args_.values, place.group);
    const Rows gradient = rows_of(args_.gradient, place.group);
    const int32_t* touched = args_.touched + place.group * args_.most_touched;
    const int64_t first = place.piece * kRowsOfPiece;
    const int64_t last = smaller(first + kRowsOfPiece,
                                 smaller(args_.count[place.group], args_.most_touched));
    for (int64_t k = first; k < last; ++k) {
      if (touched[k] < 0 || touched[k] >= args_.rows) continue;
      float* p = values.row(touched[k]);
      const float* g = gradient.row(k);
      for_vectors(args_.columns, [&](int64_t i, int lanes) {
        store_lanes(p + i, fnma(rate, load_lanes(g + i, lanes), load_lanes(p + i, lanes)), lanes);
      });
    }
  }

 private:
  const refrain_rows_sgd_args& args_;
};

}  // namespace

int rows_sgd(Engine& engine, const refrain_rows_sgd_args& args) {
  Descent descent(args);
  run_phases(engine, args.groups, descent);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
