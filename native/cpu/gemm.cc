#include "gemm.h"

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
// Columns of A that multiply_transposed copies at a time.
constexpr int64_t kBlockColumns = 96;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Cuts `total` into `parts` pieces whose sizes differ by at most one, larger ones first.
int64_t piece_begin(int64_t total, int64_t parts, int64_t i) {
  return i * (total / parts) + smaller(i, total % parts);
}

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
  float* c;
  int64_t c_stride;
  int last_lanes;
  Start start;
  const float* bias;
};

// With kTransposedA, A is [k,m] and a tile reads a few neighbours of each row.
template <int kRows, int kVectors, bool kTransposedA>
void tile(const Tile& t) {
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
    for (int v = 0; v < kVectors; ++v) row[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const Vec left = broadcast(kTransposedA ? a[r] : a[r * a_stride]);
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] = fma(left, row[v], sum[r][v]);
    }
    a += kTransposedA ? a_stride : 1;
    b += kVectors * kLanes;
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

template <bool kTransposedA, int kVectors, int kRows>
constexpr void fill_rows(TileTable& table) {
  if constexpr (kRows <= kMaxRows[kVectors]) {
    table.of[kVectors][kRows] = tile<kRows, kVectors, kTransposedA>;
    fill_rows<kTransposedA, kVectors, kRows + 1>(table);
  }
}

template <bool kTransposedA, int kVectors = 1>
constexpr void fill(TileTable& table) {
  fill_rows<kTransposedA, kVectors, 1>(table);
  if constexpr (kVectors < kMaxVectors) fill<kTransposedA, kVectors + 1>(table);
}

template <bool kTransposedA>
constexpr TileTable tile_table() {
  TileTable table = {};
  fill<kTransposedA>(table);
  return table;
}

constexpr TileTable kTiles = tile_table<false>();
constexpr TileTable kTransposedTiles = tile_table<true>();

// Runs one panel block over m rows of C, in tiles of nearly equal height.
template <bool kTransposedA>
void run_rows(int64_t m, int vectors, Tile t) {
  const TileTable& table = kTransposedA ? kTransposedTiles : kTiles;
  const int64_t tiles = divide_up(m, kMaxRows[vectors]);
  const float* a = t.a;
  float* c = t.c;
  for (int64_t i = 0; i < tiles; ++i) {
    const int64_t row = piece_begin(m, tiles, i);
    const int64_t rows = piece_begin(m, tiles, i + 1) - row;
    t.a = a + (kTransposedA ? row : row * t.a_stride);
    t.c = c + row * t.c_stride;
    table.of[vectors][rows](t);
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
    float* to = packed + p.column * k;
    for (int64_t column = 0; column < columns; ++column) {
      const float* from = b + (p.column + column) * stride;
      for (int64_t row = 0; row < k; ++row) to[row * width + column] = from[row];
    }
    for (int64_t row = 0; row < k; ++row) {
      for (int64_t column = columns; column < width; ++column) to[row * width + column] = 0.0f;
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
        run_rows<false>(rows, columns.vectors, t);
      }
    }
  }
}

int64_t transposed_scratch_size(int64_t m, int64_t n) {
  return packed_size(kBlockK, n) + kBlockK * smaller(m, kBlockColumns);
}

void multiply_transposed(const TransposedProduct& product, float* scratch) {
  const TransposedProduct& p = product;
  const int64_t panels = panel_count(p.n);
  const int64_t blocks_k = p.k == 0 ? 1 : divide_up(p.k, kBlockK);
  const int64_t blocks_m = divide_up(p.m, kBlockColumns);
  float* const packed_b = scratch;
  float* const copied_a = scratch + packed_size(kBlockK, p.n);
  for (int64_t block_k = 0; block_k < blocks_k; ++block_k) {
    const int64_t k = piece_begin(p.k, blocks_k, block_k);
    const int64_t depth = piece_begin(p.k, blocks_k, block_k + 1) - k;
    pack(p.b + k * p.b_stride, p.b_stride, depth, p.n, 0, panels, packed_b);
    for (int64_t block_m = 0; block_m < blocks_m; ++block_m) {
      const int64_t row = piece_begin(p.m, blocks_m, block_m);
      const int64_t rows = piece_begin(p.m, blocks_m, block_m + 1) - row;
      // Rows of A often lie a power of two apart, which would crowd a few sets of the cache.
      for (int64_t i = 0; i < depth; ++i) {
        const float* from = p.a + (k + i) * p.a_stride + row;
        float* to = copied_a + i * rows;
        for_vectors(rows, [&](int64_t j, int lanes) {
          store_lanes(to + j, load_lanes(from + j, lanes), lanes);
        });
      }
      for (int64_t i = 0; i < panels; ++i) {
        const Panel columns = panel(p.n, i);
        Tile t;
        t.k = depth;
        t.a = copied_a;
        t.a_stride = rows;
        t.b = packed_b + columns.column * depth;
        t.c = p.c + row * p.c_stride + columns.column;
        t.c_stride = p.c_stride;
        t.last_lanes = columns.last_lanes;
        t.start = block_k == 0 ? p.start : Start::kC;
        t.bias = nullptr;
        run_rows<true>(rows, columns.vectors, t);
      }
    }
  }
}

}  // namespace refrain::REFRAIN_TARGET
