#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/rows.h"

namespace refrain::REFRAIN_TARGET {
namespace {

class Copy {
 public:
  static constexpr int kPhases = 1;

  explicit Copy(const refrain_copy_args& args)
      : args_(args), rows_of_piece_(divide_up(kElementsOfPiece, args.columns)) {}

  int64_t pieces(int) const { return divide_up(args_.rows, rows_of_piece_); }
  double work(int) const { return static_cast<double>(args_.rows * args_.columns); }

  void run(int, const Place& place) const {
    const Rows source = rows_of(args_.source, place.group);
    const Rows target = rows_of(args_.target, place.group);
    const int64_t first = place.piece * rows_of_piece_;
    const int64_t last = smaller(first + rows_of_piece_, args_.rows);
    for (int64_t row = first; row < last; ++row) {
      copy_row(target.row(row), source.row(row), args_.columns);
    }
  }

 private:
  static constexpr int64_t kElementsOfPiece = 8192;

  const refrain_copy_args& args_;
  const int64_t rows_of_piece_;
};

}  // namespace

int copy(Engine& engine, const refrain_copy_args& args) {
  Copy copy(args);
  run_phases(engine, args.groups, copy);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
