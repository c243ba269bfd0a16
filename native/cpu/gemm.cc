#include "cpu/gemm.h"

#include "cpu/partition.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// A tile of C is kept in registers: `rows` rows by `vectors` vectors. The limits leave room for
// one row of B and a broadcast element of A in 32 (AVX-512) or 16 registers, and keep at least
// eight chains in flight, which is what two FMA units with a latency of four need.
#if defined(__AVX512F__)
constexpr int kMaxVectors = 4;
constexpr int kMaxRows[kMaxVectors + 1] = {0, 12, 12, 8, 6};
#else
constexpr int kMaxVectors = 3;
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

struct Panel {
  int64_t column;   // first column
  int vectors;      // vectors wide
  int last_lanes;   // columns in its last vector
};

Panel panel(int64_t n, int64_t i) {
  const int64_t vectors = divide_up(n, kLanes);
  const int64_t panels = divide_up(vectors, kMaxVectors);
  const int64_t begin = piece_begin(vectors, panels, i);
  const int64_t end = piece_begin(vectors, panels, i + 1);
  return {begin * kLanes, static_cast<int>(end - begin),
          end == vectors ? lanes_in_tail(n) : kLanes};
}

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

template <int kRows, int kVectors, Operands kOperands>
void tile(const Tile& t) {
  constexpr bool kTransposedA = kOperands != Operands::kRowsOfA;
  Vec sum[kRows][kVectors];
  const int64_t a_stride = t.a_stride;
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const int lanes = v == kVectors - 1 ? t.last_lanes : kLanes;
      if (t.start == Start::kZero) {
        sum[r][v] = zero();
      } else {
        const float* from = t.start == Start::kBias ? t.bias : t.c + r * t.c_stride;
        sum[r][v] = load_lanes(from + v * kLanes, lanes);
      }
    }
  }
  const float* a = t.a;
  const float* b = t.b;
  for (int64_t k = 0; k < t.k; ++k) {
    Vec row[kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      row[v] = kOperands == Operands::kInPlace && v == kVectors - 1
                   ? load_first(b + v * kLanes, t.last_lanes)
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
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      store_lanes(t.c + r * t.c_stride + v * kLanes, sum[r][v],
                  v == kVectors - 1 ? t.last_lanes : kLanes);
    }
  }
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

// Runs one panel block over m rows of C, in tiles of nearly equal height.
template <Operands kOperands>
void run_rows(int64_t m, int vectors, Tile t) {
  const int64_t tiles = divide_up(m, kMaxRows[vectors]);
  const float* a = t.a;
  float* c = t.c;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t row = piece_begin(m, tiles, i);
    const int64_t rows = piece_begin(m, tiles, i + 1) - row;
    t.a = a + (kOperands == Operands::kRowsOfA ? row * t.a_stride : row);
    t.c = c + row * t.c_stride;
    kTiles<kOperands>.of[vectors][rows](t);
  }
}

}  // namespace

namespace {

typedef float Four __attribute__((vector_size(16)));

// to[i * to_stride + j] = from[j * stride + i] for four rows j of k elements.
void transpose_four(const float* from, int64_t stride, int64_t k, float* to, int64_t to_stride) {
  int64_t i = 0;
  for (; i + 4 <= k; i += 4) {
    Four a, b, c, d;
    std::memcpy(&a, from + i, sizeof a);
    std::memcpy(&b, from + stride + i, sizeof b);
    std::memcpy(&c, from + 2 * stride + i, sizeof c);
    std::memcpy(&d, from + 3 * stride + i, sizeof d);
    const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const Four rows[4] = {__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
                          __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                          __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
    for (int r = 0; r < 4; ++r) std::memcpy(to + (i + r) * to_stride, &rows[r], sizeof rows[r]);
  }
  for (; i < k; ++i) {
    for (int j = 0; j < 4; ++j) to[i * to_stride + j] = from[j * stride + i];
  }
}

}  // namespace

int64_t packed_size(int64_t k, int64_t n) { return divide_up(n, kLanes) * kLanes * k; }

int64_t panel_count(int64_t n) { return divide_up(divide_up(n, kLanes), kMaxVectors); }

void pack(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first, int64_t last,
          float* packed) {
  for (int64_t i = first; i < last; ++i) {
    const Panel p = panel(n, i);
    float* to = packed + p.column * k;
    for (int64_t row = 0; row < k; ++row) {
      const float* from = b + row * stride + p.column;
      for (int v = 0; v < p.vectors; ++v, to += kLanes) {
        const int lanes = v == p.vectors - 1 ? p.last_lanes : kLanes;
        store(to, load_lanes(from + v * kLanes, lanes));
      }
    }
  }
}

void pack_transposed(const float* b, int64_t stride, int64_t k, int64_t n, int64_t first,
                     int64_t last, float* packed) {
  for (int64_t i = first; i < last; ++i) {
    const Panel p = panel(n, i);
    const int64_t width = p.vectors * kLanes;
    const int64_t columns = width - kLanes + p.last_lanes;
    const float* from = b + p.column * stride;
    float* to = packed + p.column * k;
    int64_t column = 0;
    for (; column + 4 <= columns; column += 4) {
      transpose_four(from + column * stride, stride, k, to + column, width);
    }
    for (; column < width; ++column) {
      for (int64_t row = 0; row < k; ++row) {
        to[row * width + column] = column < columns ? from[column * stride + row] : 0.0f;
      }
    }
  }
}

void multiply(const Product& product) {
  const Product& p = product;
  const int64_t panels = panel_count(p.n);
  const int64_t blocks_k = p.k == 0 ? 1 : divide_up(p.k, kBlockK);
  const int64_t blocks_m = divide_up(p.m, kBlockM);
  for (int64_t block_m = 0; block_m < blocks_m; ++block_m) {
    const int64_t row = piece_begin(p.m, blocks_m, block_m);
    const int64_t rows = piece_begin(p.m, blocks_m, block_m + 1) - row;
    for (int64_t i = 0; i < panels; ++i) {
      const Panel columns = panel(p.n, i);
      const int64_t width = columns.vectors * kLanes;
      for (int64_t block_k = 0; block_k < blocks_k; ++block_k) {
        const int64_t k = piece_begin(p.k, blocks_k, block_k);
        Tile t;
        t.k = piece_begin(p.k, blocks_k, block_k + 1) - k;
        t.a = p.a + row * p.a_stride + k;
        t.a_stride = p.a_stride;
        t.b = p.packed_b + columns.column * p.k + k * width;
        t.c = p.c + row * p.c_stride + columns.column;
        t.c_stride = p.c_stride;
        t.last_lanes = columns.last_lanes;
        t.start = block_k == 0 ? p.start : Start::kC;
        t.bias = p.start == Start::kBias ? p.bias + columns.column : nullptr;
        run_rows<Operands::kRowsOfA>(rows, columns.vectors, t);
      }
    }
  }
}

namespace {

// With so few rows of C that every panel is read once, copying the operands would not pay.
bool few_rows(int64_t m) { return m <= kMaxRows[kMaxVectors]; }

void multiply_in_place(const TransposedProduct& p) {
  const int64_t panels = panel_count(p.n);
  for (int64_t i = 0; i < panels; ++i) {
    const Panel columns = panel(p.n, i);
    Tile t;
    t.k = p.k;
    t.a = p.a;
    t.a_stride = p.a_stride;
    t.b = p.b + columns.column;
    t.b_stride = p.b_stride;
    t.c = p.c + columns.column;
    t.c_stride = p.c_stride;
    t.last_lanes = columns.last_lanes;
    t.start = p.start;
    t.bias = nullptr;
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

int64_t transposed_scratch_size(int64_t m, int64_t n) {
  return few_rows(m) ? 0 : packed_size(kBlockK, n) + kBlockK * smaller(m, kStripColumns);
}

void multiply_transposed(const TransposedProduct& product, float* scratch) {
  const TransposedProduct& p = product;
  if (few_rows(p.m)) return multiply_in_place(p);
  const int64_t panels = panel_count(p.n);
  const int64_t blocks_k = p.k == 0 ? 1 : divide_up(p.k, kBlockK);
  const int64_t strips = divide_up(p.m, kStripColumns);
  float* const packed_b = scratch;
  float* const strip = scratch + packed_size(kBlockK, p.n);
  for (int64_t block_k = 0; block_k < blocks_k; ++block_k) {
    const int64_t k = piece_begin(p.k, blocks_k, block_k);
    const int64_t depth = piece_begin(p.k, blocks_k, block_k + 1) - k;
    pack(p.b + k * p.b_stride, p.b_stride, depth, p.n, 0, panels, packed_b);
    for (int64_t s = 0; s < strips; ++s) {
      const int64_t row = s * kStripColumns;
      const int64_t rows = smaller(kStripColumns, p.m - row);
      copy_strip(p.a + k * p.a_stride + row, p.a_stride, depth, rows, strip);
      for (int64_t i = 0; i < panels; ++i) {
        const Panel columns = panel(p.n, i);
        Tile t;
        t.k = depth;
        t.a = strip;
        t.a_stride = rows;
        t.b = packed_b + columns.column * depth;
        t.c = p.c + row * p.c_stride + columns.column;
        t.c_stride = p.c_stride;
        t.last_lanes = columns.last_lanes;
        t.start = block_k == 0 ? p.start : Start::kC;
        t.bias = nullptr;
        run_rows<Operands::kColumnsOfA>(rows, columns.vectors, t);
      }
    }
  }
}

}  // namespace refrain::REFRAIN_TARGET
