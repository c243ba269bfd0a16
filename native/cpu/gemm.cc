#include "cpu/gemm.h"

#include "cpu/packing.h"
#include "cpu/panel.h"
#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// A tile of C is kept in registers: some rows by the vectors of a panel. The limits leave room for
// one row of B and a broadcast element of A in 32 (AVX-512) or 16 registers, and keep at least
// eight chains in flight, which is what two FMA units with a latency of four need.
#if defined(__AVX512F__)
constexpr int kMaxRows[kMaxVectors + 1] = {0, 12, 12, 8, 6};
#else
constexpr int kMaxRows[kMaxVectors + 1] = {0, 10, 6, 4};
#endif
constexpr int kMostRows = 12;

// Rows of B in a block: a panel's block stays in a first-level cache of 32 KiB.
constexpr int64_t kBlockK = 128;
// Rows of A that stay in the second-level cache while the panels pass by.
constexpr int64_t kBlockM = 192;
// Columns of A that multiply_transposed copies at a time: whole tiles of every height, and few
// enough to stay in the first-level cache beside a panel.
constexpr int64_t kStripColumns = 24;

struct Tile {
  int64_t k;
  const float* a;
  int64_t a_stride;
  const float* b;
  int64_t b_stride;  // of Operands::kInPlace alone
  float* c;
  int64_t c_stride;
  int last_lanes;
  Start start;
  const float* bias;
};

// How the operands of a tile lie in memory.
enum class Operands {
  kRowsOfA,     // A is [m,k], B is packed
  kColumnsOfA,  // A is [k,m]: a tile reads a few neighbours of each row; B is packed
  kInPlace      // the same with B as it is, its last vector possibly partial
};

// The last vector of a row. A masked access costs no more than a plain one with AVX-512, and a
// branch less.
REFRAIN_INLINE Vec load_last(const float* p, int lanes) {
#if defined(__AVX512F__)
  return load_first(p, lanes);
#else
  return load_lanes(p, lanes);
#endif
}
REFRAIN_INLINE void store_last(float* p, Vec a, int lanes) {
#if defined(__AVX512F__)
  store_first(p, a, lanes);
#else
  store_lanes(p, a, lanes);
#endif
}

template <int kRows, int kVectors>
REFRAIN_INLINE void begin_chains(const Tile& t, Vec (&sum)[kRows][kVectors]) {
  if (t.start == Start::kZero) {
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] = zero();
    }
    return;
  }
  const bool biased = t.start == Start::kBias;
  const float* from = biased ? t.bias : t.c;
  const int64_t stride = biased ? 0 : t.c_stride;
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors - 1; ++v) sum[r][v] = load(from + r * stride + v * kLanes);
    sum[r][kVectors - 1] =
        load_last(from + r * stride + (kVectors - 1) * kLanes, t.last_lanes);
  }
}

// The tile comes by value: stores to C could otherwise change it, as far as a compiler can tell.
template <int kRows, int kVectors, Operands kOperands>
REFRAIN_INLINE void run_tile(const Tile t) {
  constexpr bool kTransposedA = kOperands != Operands::kRowsOfA;
  Vec sum[kRows][kVectors];
  begin_chains(t, sum);
  const int64_t a_stride = t.a_stride;
  const float* a = t.a;
  const float* b = t.b;
  for (int64_t k = 0; k < t.k; ++k) {
    Vec row[kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      row[v] = kOperands == Operands::kInPlace && v == kVectors - 1
                   ? load_last(b + v * kLanes, t.last_lanes)
                   : load(b + v * kLanes);
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Vec left = broadcast(kTransposedA ? a[r] : a[r * a_stride]);
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] = fma(left, row[v], sum[r][v]);
    }
    a += kTransposedA ? a_stride : 1;
    b += kOperands == Operands::kInPlace ? t.b_stride : kVectors * kLanes;
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    float* to = t.c + r * t.c_stride;
#pragma GCC unroll 16
    for (int v = 0; v < kVectors - 1; ++v) store(to + v * kLanes, sum[r][v]);
    store_last(to + (kVectors - 1) * kLanes, sum[r][kVectors - 1], t.last_lanes);
  }
}

template <int kRows, int kVectors, Operands kOperands>
void tile(const Tile& t) {
  run_tile<kRows, kVectors, kOperands>(t);
}

using TileFunction = void (*)(const Tile&);

struct TileTable {
  TileFunction of[kMaxVectors + 1][kMostRows + 1];
};

template <Operands kOperands, int kVectors, int kRows>
constexpr void fill_rows(TileTable& table) {
  if constexpr (kRows <= kMaxRows[kVectors]) {
    table.of[kVectors][kRows] = tile<kRows, kVectors, kOperands>;
    fill_rows<kOperands, kVectors, kRows + 1>(table);
  }
}

template <Operands kOperands, int kVectors = 1>
constexpr void fill_table(TileTable& table) {
  fill_rows<kOperands, kVectors, 1>(table);
  if constexpr (kVectors < kMaxVectors) fill_table<kOperands, kVectors + 1>(table);
}

template <Operands kOperands>
constexpr TileTable tile_table() {
  TileTable table = {};
  fill_table<kOperands>(table);
  return table;
}

template <Operands kOperands>
constexpr TileTable kTiles = tile_table<kOperands>();

// Runs one panel block over m rows of C, in tiles of nearly equal height, taller ones first.
template <Operands kOperands>
void run_rows(int64_t m, int vectors, Tile t) {
  const int64_t tiles = divide_up(m, kMaxRows[vectors]);
  const int64_t low = m / tiles;
  const int64_t taller = m - low * tiles;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t rows = low + (i < taller);
    kTiles<kOperands>.of[vectors][rows](t);
    t.a += kOperands == Operands::kRowsOfA ? rows * t.a_stride : rows;
    t.c += rows * t.c_stride;
  }
}

// At least one block, so that a product without terms still writes its starts.
int64_t blocks_of_k(int64_t k) { return k == 0 ? 1 : divide_up(k, kBlockK); }

// With so few rows of C that every panel is read once, copying the operands would not pay.
bool few_rows(int64_t m) { return m <= kMaxRows[kMaxVectors]; }

void multiply_in_place(const TransposedProduct& p) {
  const Panels panels(p.n);
  for (int64_t i = 0; i < panels.count(); ++i) {
    const Panel columns = panels[i];
    const Tile t = {p.k,        p.a,     p.a_stride, p.b + columns.column, p.b_stride,
                    p.c + columns.column, p.c_stride, columns.last_lanes,   p.start, nullptr};
    run_rows<Operands::kInPlace>(p.m, columns.vectors, t);
  }
}

// Rows of A often lie a power of two apart, which would crowd a few sets of the cache.
void copy_strip(const float* a, int64_t stride, int64_t k, int64_t columns, float* strip) {
  for (int64_t i = 0; i < k; ++i) {
    for_vectors(columns, [&](int64_t j, int lanes) {
      store_lanes(strip + i * columns + j, load_lanes(a + i * stride + j, lanes), lanes);
    });
  }
}

}  // namespace

void multiply(const Product& p) {
  const Panels panels(p.n);
  const int64_t blocks_k = blocks_of_k(p.k);
  const int64_t blocks_m = divide_up(p.m, kBlockM);
  for (int64_t block_m = 0; block_m < blocks_m; ++block_m) {
    const int64_t row = piece_begin(p.m, blocks_m, block_m);
    const int64_t rows = piece_begin(p.m, blocks_m, block_m + 1) - row;
    for (int64_t i = 0; i < panels.count(); ++i) {
      const Panel columns = panels[i];
      const int64_t width = columns.vectors * kLanes;
      for (int64_t block_k = 0; block_k < blocks_k; ++block_k) {
        const int64_t k = piece_begin(p.k, blocks_k, block_k);
        const Tile t = {piece_begin(p.k, blocks_k, block_k + 1) - k,
                        p.a + row * p.a_stride + k,
                        p.a_stride,
                        p.packed_b + columns.column * p.packed_k + k * width,
                        0,
                        p.c + row * p.c_stride + columns.column,
                        p.c_stride,
                        columns.last_lanes,
                        block_k == 0 ? p.start : Start::kC,
                        p.start == Start::kBias ? p.bias + columns.column : nullptr};
        run_rows<Operands::kRowsOfA>(rows, columns.vectors, t);
      }
    }
  }
}

int64_t transposed_scratch_size(int64_t m, int64_t n) {
  if (few_rows(m)) return 0;
  return packed_size(kBlockK, n) + kBlockK * smaller(m, kStripColumns);
}

void multiply_transposed(const TransposedProduct& p, float* scratch) {
  if (few_rows(p.m)) return multiply_in_place(p);
  const Panels panels(p.n);
  const int64_t blocks_k = blocks_of_k(p.k);
  float* const packed_b = scratch;
  float* const strip = scratch + packed_size(kBlockK, p.n);
  for (int64_t block_k = 0; block_k < blocks_k; ++block_k) {
    const int64_t k = piece_begin(p.k, blocks_k, block_k);
    const int64_t depth = piece_begin(p.k, blocks_k, block_k + 1) - k;
    pack(p.b + k * p.b_stride, p.b_stride, depth, p.n, 0, panels.count(), packed_b);
    for (int64_t row = 0; row < p.m; row += kStripColumns) {
      const int64_t rows = smaller(kStripColumns, p.m - row);
      copy_strip(p.a + k * p.a_stride + row, p.a_stride, depth, rows, strip);
      for (int64_t i = 0; i < panels.count(); ++i) {
        const Panel columns = panels[i];
        const Tile t = {depth,
                        strip,
                        rows,
                        packed_b + columns.column * depth,
                        0,
                        p.c + row * p.c_stride + columns.column,
                        p.c_stride,
                        columns.last_lanes,
                        block_k == 0 ? p.start : Start::kC,
                        nullptr};
        run_rows<Operands::kColumnsOfA>(rows, columns.vectors, t);
      }
    }
  }
}

namespace {

constexpr int64_t kBlockOfSum = 32;

// Sums of kWide neighbouring vectors at once: one addition after the other has a latency to hide.
template <int kWide>
void sum_vectors(int64_t k, const float* a, int64_t stride, float* sums, int last_lanes) {
  Vec total[kWide];
  for (int v = 0; v < kWide; ++v) total[v] = zero();
  for (int64_t begin = 0; begin < k; begin += kBlockOfSum) {
    const int64_t end = smaller(begin + kBlockOfSum, k);
    Vec block[kWide];
    for (int v = 0; v < kWide; ++v) block[v] = zero();
    for (int64_t row = begin; row < end; ++row) {
      const float* from = a + row * stride;
      for (int v = 0; v < kWide - 1; ++v) block[v] = block[v] + load(from + v * kLanes);
      block[kWide - 1] = block[kWide - 1] + load_last(from + (kWide - 1) * kLanes, last_lanes);
    }
    for (int v = 0; v < kWide; ++v) total[v] = total[v] + block[v];
  }
  for (int v = 0; v < kWide - 1; ++v) store(sums + v * kLanes, total[v]);
  store_last(sums + (kWide - 1) * kLanes, total[kWide - 1], last_lanes);
}

}  // namespace

void column_sums(int64_t k, const float* a, int64_t stride, int64_t columns, float* sums) {
  constexpr int kWide = 8;
  int64_t column = 0;
  for (; column + kWide * kLanes <= columns; column += kWide * kLanes) {
    sum_vectors<kWide>(k, a + column, stride, sums + column, kLanes);
  }
  for (; column < columns; column += kLanes) {
    sum_vectors<1>(k, a + column, stride, sums + column,
                   static_cast<int>(smaller(kLanes, columns - column)));
  }
}

}  // namespace refrain::REFRAIN_TARGET
