// Which way a product is computed and how its k is split: fixed functions of its shape and
// transpositions.
//
// Counted by hand, to be judged on a device yet; the constants are chosen from these counts alone,
// for about 132 multiprocessors of 128 lanes.
//
//   LSTM H=100 N=50 T=20 I=1 (1,000 rows):
//     W x      m=1000 n=400 k=1      direct                       0.8 MFLOP   1.6 MB written
//     dR       m=400  n=100 k=1000   14 medium tiles, 10 splits    80 MFLOP   2 MB read, 1.6 MB of
//                                                                      partial sums, both ways
//     dW       m=400  n=1   k=1000   13 columns tiles, 7 splits   0.8 MFLOP   the same 1.6 MB of da
//     db       rows 1000, columns 400                             0.4 MFLOP   the same again
//   LSTM H=512 N=64 T=256 I=512 (16,384 rows):
//     W x, dx  m=16384 n=2048 k=512, 4,096 large tiles; n=512 k=2048, 1,024: 34.4 GFLOP each
//     dW, dR   m=2048 n=512 k=16384, 128 large tiles, 2 splits:              34.4 GFLOP each
//     of large tiles 1/64 + 1/128 floats are read for a multiply-add: 0.8 GB for each of them,
//     43 FLOP a byte if no tile found anything in a cache
//   Milk, LSTM H=100 N=1 T=11: dR m=400 n=100 k=10, 52 small tiles, 0.8 MFLOP, 160 kB written
#include <utility>

#include "cuda/product_job.cuh"
#include "cuda/product_tile.cuh"
#include "cuda/product_vector.cuh"

namespace refrain::cuda {
namespace {

// With so many blocks a device counts as filled.
constexpr int64_t kEnoughBlocks = 128;
// More blocks than this are not made by splitting.
constexpr int64_t kMostBlocksBySplits = 256;
constexpr int64_t kMostSplits = 64;
// Terms below which a split costs more than it saves.
constexpr int64_t kShortestSplit = 96;
constexpr int64_t kShortestRowSplit = 2048;
constexpr int64_t kShortestColumnSplit = 128;

constexpr int64_t sides(Way way, bool rows) {
  if (way == Way::kLargeTile) return rows ? 128 : 64;
  return way == Way::kMediumTile ? 64 : 32;
}

int64_t tiles_of(const Job& job, Way way) {
  return divide_up(job.m, sides(way, true)) * divide_up(job.n, sides(way, false));
}

int64_t splits_of(int64_t tiles, int64_t terms, int64_t shortest) {
  const int64_t wanted = smaller(kMostBlocksBySplits / tiles, kMostSplits);
  return larger(1, smaller(wanted, terms / shortest));
}

bool fills(const Job& job, Way way) {
  const int64_t tiles = tiles_of(job, way);
  return tiles * splits_of(tiles, job.depth(), kShortestSplit) >= kEnoughBlocks;
}

// Splits `units` terms, or steps of terms, evenly.
void split(Job* job, int64_t units, int64_t splits) {
  job->split_depth = divide_up(units, splits);
  job->splits = static_cast<int32_t>(divide_up(units, job->split_depth));
}

void plan_tiles(Job* job) {
  if (job->m > 64 && job->n > 32 && fills(*job, Way::kLargeTile)) {
    job->way = Way::kLargeTile;
  } else if (job->m > 32 && job->n > 32 && fills(*job, Way::kMediumTile)) {
    job->way = Way::kMediumTile;
  } else {
    job->way = Way::kSmallTile;
  }
  job->tiles = tiles_of(*job, job->way);
  job->column_tiles = divide_up(job->n, sides(job->way, false));
  const int64_t steps =
      divide_up(job->terms[0].k, kTileDepth) + divide_up(job->terms[1].k, kTileDepth);
  split(job, steps, splits_of(job->tiles, job->depth(), kShortestSplit));
}

void plan_direct(Job* job) {
  job->way = Way::kDirect;
  job->splits = 1;
  job->width = 1;
  while (job->width < kDirectMostColumns && job->width < job->n) job->width *= 2;
  job->column_tiles = divide_up(job->n, job->width);
  job->tiles =
      job->column_tiles * divide_up(job->m, kProductThreads / job->width * kDirectRows);
}

// The only row or column of C is the product of a matrix and a vector.
void plan_vector(Job* job) {
  job->transposed_out = job->n > 1;
  if (job->transposed_out) {
    for (Terms& terms : job->terms) terms = {terms.b, terms.a, terms.k};
    std::swap(job->a_along_k, job->b_along_k);
  }
  const int64_t items = job->transposed_out ? job->n : job->m;
  const bool rows = job->a_along_k;
  job->way = rows ? Way::kRows : Way::kColumns;
  job->factor = Factor::kVector;
  job->tiles = divide_up(items, rows ? kRowsOfBlock : kColumnsOfBlock);
  split(job, job->depth(),
        splits_of(job->tiles, job->depth(), rows ? kShortestRowSplit : kShortestColumnSplit));
}

bool aligned(const refrain_view& view) {
  return reinterpret_cast<uintptr_t>(view.data) % 16 == 0 && view.row_stride % 4 == 0 &&
         view.group_stride % 4 == 0;
}

}  // namespace

Job planned(const Product& p) {
  Job job = {};
  job.m = p.m;
  job.n = p.n;
  job.terms[0] = {p.a, p.b, p.k};
  job.terms[1] = p.more;
  if (p.k == 0) std::swap(job.terms[0], job.terms[1]);
  job.a_along_k = !p.a_transposed;
  job.b_along_k = p.b_transposed;
  job.a_vectors = aligned(job.terms[0].a) && aligned(job.terms[1].a);
  job.b_vectors = aligned(job.terms[0].b) && aligned(job.terms[1].b);
  job.c_vectors = aligned(p.c);
  job.c = p.c;
  job.start = p.start;
  job.bias = p.bias;
  job.bias_addition = p.bias_addition;
  if (job.depth() <= kDirectTerms) {
    plan_direct(&job);
  } else if (p.m == 1 || p.n == 1) {
    plan_vector(&job);
  } else {
    plan_tiles(&job);
  }
  return job;
}

int64_t elements_of_tile(const Job& job) {
  switch (job.way) {
    case Way::kRows:
      return kRowsOfBlock;
    case Way::kColumns:
      return kColumnsOfBlock;
    default:
      return sides(job.way, true) * sides(job.way, false);
  }
}

Job planned(const ColumnSums& s) {
  Job job = {};
  job.way = Way::kColumns;
  job.factor = s.factor.data == nullptr ? Factor::kNone : Factor::kMatrix;
  job.start = s.accumulate ? Start::kC : Start::kZero;
  job.transposed_out = true;
  job.m = 1;
  job.n = s.columns;
  job.terms[0] = {s.a, s.factor, s.rows};
  job.terms[1] = s.more;
  if (s.rows == 0) std::swap(job.terms[0], job.terms[1]);
  job.c = s.sum.data == nullptr ? s.also : s.sum;
  job.also = s.sum.data == nullptr ? absent() : s.also;
  job.tiles = divide_up(s.columns, kColumnsOfBlock);
  const int64_t depth = job.depth();
  split(&job, larger(1, depth), splits_of(job.tiles, depth, kShortestColumnSplit));
  return job;
}

}  // namespace refrain::cuda
