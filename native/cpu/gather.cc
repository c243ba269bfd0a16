#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/philox.h"
#include "cpu/phases.h"
#include "cpu/rows.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int64_t kWindowsOfPiece = 16;

class Gather {
 public:
  static constexpr int kPhases = 1;

  explicit Gather(const refrain_gather_args& args) : args_(args) {}

  int64_t pieces(int) const { return divide_up(args_.batch, kWindowsOfPiece); }
  // A copied element takes about as long as a few multiply-adds.
  double work(int) const {
    return 4.0 * args_.steps * args_.batch * (args_.inputs + args_.outputs);
  }

  void run(int, const Place& place) const {
    const int64_t first = place.piece * kWindowsOfPiece;
    const int64_t last = smaller(first + kWindowsOfPiece, args_.batch);
    for (int64_t n = first; n < last; ++n) copy_window(place.group, n, start(place.group, n));
  }

 private:
  int64_t last_start(int64_t group) const {
    const int64_t rows = args_.rows_of == nullptr ? args_.rows : args_.rows_of[group];
    return larger(0, smaller(rows, args_.rows) - args_.span);
  }

  int64_t start(int64_t group, int64_t n) const {
    const refrain_group_state& state = args_.state.group[group];
    const int64_t last = last_start(group);
    if (args_.starts != nullptr) {
      const int64_t round = (larger(state.step, 1) - 1) % args_.start_rows;
      const int64_t given = args_.starts[(round * args_.groups + group) * args_.batch + n];
      return smaller(larger(given, 0), last);
    }
    uint32_t words[4][1];
    philox<1>(PhiloxStream(state, REFRAIN_STREAM_GATHER), n / 4, words);
    return static_cast<int64_t>((uint64_t{words[n % 4][0]} * static_cast<uint64_t>(last + 1)) >>
                                32);
  }

  void copy_window(int64_t group, int64_t n, int64_t begin) const {
    const float* series = args_.series + group * args_.series_stride + begin * args_.columns;
    const Rows x = rows_of(args_.x, group);
    const Rows target = rows_of(args_.target, group);
    for (int64_t t = 0; t < args_.steps; ++t) {
      const int64_t row = t * args_.batch + n;
      copy_few(x.row(row),
               series + (t + args_.input_shift) * args_.columns + args_.input_column,
               args_.inputs);
      if (target.present()) {
        copy_few(target.row(row),
                 series + (t + args_.target_shift) * args_.columns + args_.target_column,
                 args_.outputs);
      }
    }
  }

  // A window's rows are often a single number: too short for a call of memcpy.
  static void copy_few(float* to, const float* from, int64_t count) {
    for (int64_t i = 0; i < count; ++i) to[i] = from[i];
  }

  const refrain_gather_args& args_;
};

}  // namespace

int gather(Engine& engine, const refrain_gather_args& args) {
  Gather gather(args);
  run_phases(engine, args.groups, gather);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
