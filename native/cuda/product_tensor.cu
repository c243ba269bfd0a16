#include "cuda/product_tensor.cuh"

#include "cuda/elementwise.cuh"
#include "cuda/mma.cuh"
#include "cuda/product_job.cuh"
#include "refrain/context.h"

namespace refrain::cuda {
namespace {

constexpr int64_t kLeastSide = 8;

// A tile's rows in shared memory are two spans: one is multiplied while an operand of the next tile
// is on its way.
constexpr int kHalves = 2;
constexpr int kRowWords = kHalves * kSpanWords;
constexpr int kRowChunks = kRowWords / kChunkWords;

// Where a row's chunk lies. Eight lanes that access memory together have the same row, eight rows
// after one another with the same chunk, or two rows with half of the chunks: all meet eight
// different places.
__device__ __forceinline__ int place_of(int row, int chunk) {
  return row * kRowChunks + (chunk ^ ((row & 1) << 2 | (row >> 1 & 3)));
}

// An operand as rows of the product's k: element k of a row at data[row * row_step + k * k_step].
struct Operand {
  const float* data;
  int64_t row_step;
  int64_t k_step;
  int64_t rows;
  bool aligned;  // four elements in the order of k can be loaded at once
};

// A block computes kSize x kSize elements of C, each of its warps kWarpRows x kWarpColumns.
template <class Numbers, int kTileSide, int kThreadCount, int kRowsOfWarp, int kColumnsOfWarp>
struct TensorTile {
  static constexpr int kSize = kTileSide;
  static constexpr int kThreads = kThreadCount;
  static constexpr int kWarpRows = kRowsOfWarp;
  static constexpr int kWarpColumns = kColumnsOfWarp;
  static constexpr int kRowTiles = kWarpRows / kMmaRows;
  static constexpr int kColumnTiles = kWarpColumns / kMmaColumns;
  static constexpr int kColumnWarps = kSize / kWarpColumns;
  static constexpr int kDepth = kRowWords * Numbers::kElementsOfWord;
  static constexpr int kChunkElements = kChunkWords * Numbers::kElementsOfWord;
  // Chunks of one operand that a thread loads for a tile.
  static constexpr int kLoads = kSize * kRowChunks / kThreads;
  static constexpr int kOperandChunks = kSize * kRowChunks;
  // Two tiles of both operands.
  static constexpr size_t kSharedBytes = size_t{4} * kOperandChunks * sizeof(Chunk);
  static_assert(kThreads % kSize == 0 && kThreads % kRowChunks == 0, "loads are a thread's own");
  static_assert((kSize / kWarpRows) * kColumnWarps * kWarpLanes == kThreads, "one warp a part");
};

// The chunks of an operand's tiles that a thread loads: lanes go along what is contiguous in
// memory.
template <class Tile>
struct Loads {
  const float* from;  // the first element of the first chunk, in the next tile
  int64_t between;    // floats from chunk to chunk
  int64_t k_step;
  int row;  // of the first chunk, within the tile
  int chunk;
  int rows_between;
  int chunks_between;
  int rows;  // that exist from there on
  bool aligned;

  __device__ Loads(const Operand& operand, int64_t first_row) {
    const int thread = static_cast<int>(threadIdx.x);
    const bool along_k = operand.k_step == 1;
    row = along_k ? thread / kRowChunks : thread % Tile::kSize;
    chunk = along_k ? thread % kRowChunks : thread / Tile::kSize;
    rows_between = along_k ? Tile::kThreads / kRowChunks : 0;
    chunks_between = along_k ? 0 : Tile::kThreads / Tile::kSize;
    k_step = operand.k_step;
    between = rows_between * operand.row_step +
              int64_t{chunks_between} * Tile::kChunkElements * k_step;
    rows = static_cast<int>(smaller(Tile::kSize, operand.rows - first_row)) - row;
    aligned = operand.aligned;
    from = operand.data + (first_row + row) * operand.row_step +
           int64_t{chunk} * Tile::kChunkElements * k_step;
  }
};

// A thread's part of an operand's next tile, on its way from global to shared memory.
template <class Numbers, class Tile>
struct Staged {
  float values[Tile::kLoads][Tile::kChunkElements];

  // As many elements in the order of k are left; what lies outside of the operand is 0.
  __device__ void load(Loads<Tile>& loads, int depth) {
    const float* from = loads.from;
    loads.from += Tile::kDepth * loads.k_step;
#pragma unroll
    for (int load = 0; load < Tile::kLoads; ++load) {
      const int chunk = loads.chunk + load * loads.chunks_between;
      const int left =
          load * loads.rows_between < loads.rows ? depth - chunk * Tile::kChunkElements : 0;
      if (loads.aligned && left >= Tile::kChunkElements) {
#pragma unroll
        for (int i = 0; i < Tile::kChunkElements; i += 4) {
          const float4 four = *reinterpret_cast<const float4*>(from + i);
          values[load][i] = four.x;
          values[load][i + 1] = four.y;
          values[load][i + 2] = four.z;
          values[load][i + 3] = four.w;
        }
      } else {
        const float* element = from;
#pragma unroll
        for (int i = 0; i < Tile::kChunkElements; ++i) {
          values[load][i] = i < left ? *element : 0.0f;
          element += loads.k_step;
        }
      }
      from += loads.between;
    }
  }

  __device__ void store(const Loads<Tile>& loads, Chunk* shared) const {
#pragma unroll
    for (int load = 0; load < Tile::kLoads; ++load) {
      Chunk packed;
#pragma unroll
      for (int i = 0; i < kChunkWords; ++i) {
        packed.words[i] = Numbers::pack(values[load] + i * Numbers::kElementsOfWord);
      }
      shared[place_of(loads.row + load * loads.rows_between,
                      loads.chunk + load * loads.chunks_between)] = packed;
    }
  }
};

// A warp's part of C, with where it begins within the block's.
template <class Numbers, class Tile>
struct WarpTile {
  float sums[Tile::kRowTiles][Tile::kColumnTiles][4];
  int first_row;
  int first_column;
  int group;  // lane / 4
  int place;  // lane % 4
  // Fragments of rows that lie within C at least in part; the same for the whole warp.
  int row_tiles;

  __device__ WarpTile(const Product& p, int64_t block_row, int64_t block_column) {
    const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
    const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
    first_row = warp / Tile::kColumnWarps * Tile::kWarpRows;
    first_column = warp % Tile::kColumnWarps * Tile::kWarpColumns;
    group = lane / 4;
    place = lane % 4;
    const int64_t rows = p.m - block_row - first_row;
    row_tiles = block_column + first_column >= p.n || rows <= 0
                    ? 0
                    : static_cast<int>(smaller(Tile::kRowTiles, divide_up(rows, kMmaRows)));
  }

  // body(row, column, sum) for every element of C that this lane holds.
  template <class Body>
  __device__ void each(const Product& p, int64_t block_row, int64_t block_column,
                       const Body& body) {
#pragma unroll
    for (int i = 0; i < Tile::kRowTiles; ++i) {
#pragma unroll
      for (int j = 0; j < Tile::kColumnTiles; ++j) {
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const int64_t row = block_row + first_row + i * kMmaRows + group + e / 2 * 8;
          const int64_t column =
              block_column + first_column + j * kMmaColumns + 2 * place + e % 2;
          if (row < p.m && column < p.n) body(row, column, sums[i][j][e]);
        }
      }
    }
  }

  __device__ void begin(const Product& p, int64_t g, int64_t block_row, int64_t block_column) {
#pragma unroll
    for (int i = 0; i < Tile::kRowTiles; ++i) {
#pragma unroll
      for (int j = 0; j < Tile::kColumnTiles; ++j) {
#pragma unroll
        for (int e = 0; e < 4; ++e) sums[i][j][e] = 0.0f;
      }
    }
    if (p.start == Start::kZero) return;
    if (p.start == Start::kC) {
      each(p, block_row, block_column, [&](int64_t row, int64_t column, float& sum) {
        sum = row_of(p.c, g, row)[column];
      });
    } else {
      each(p, block_row, block_column, [&](int64_t, int64_t column, float& sum) {
        sum = bias_of(p.bias, p.bias_addition, g, column);
      });
    }
  }

  // Adds half of the terms of a tile.
  __device__ void multiply(const Chunk* a, const Chunk* b, int half) {
    __syncwarp();  // lanes come from loads of their own
    if (row_tiles == 0) return;
    // Fragments begin at multiples of eight rows, which leaves the place within a row the same.
    const int chunk = half * kPlaces + place;
    const Chunk* const own_a = a + first_row * kRowChunks + place_of(group, chunk);
    const Chunk* const own_b = b + first_column * kRowChunks + place_of(group, chunk);
    Chunk from_b[Tile::kColumnTiles];
#pragma unroll
    for (int j = 0; j < Tile::kColumnTiles; ++j) {
      from_b[j] = own_b[j * kMmaColumns * kRowChunks];
    }
#pragma unroll
    for (int i = 0; i < Tile::kRowTiles; ++i) {
      if (i >= row_tiles) break;
      const Chunk upper = own_a[i * kMmaRows * kRowChunks];
      const Chunk lower = own_a[(i * kMmaRows + 8) * kRowChunks];
      multiply_chunks<Numbers>(sums[i], upper, lower, from_b);
    }
  }
};

// Of a tile, where so many are left of all.
template <class Tile>
__device__ int elements_left(int64_t left) {
  return static_cast<int>(smaller(Tile::kDepth, left));
}

template <class Numbers, class Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    tensor_product_kernel(Product p, Operand a, Operand b, int64_t column_tiles) {
  Chunk* const shared = reinterpret_cast<Chunk*>(dynamic_shared());
  const int64_t block_row = blockIdx.x / column_tiles * Tile::kSize;
  const int64_t block_column = blockIdx.x % column_tiles * Tile::kSize;
  const float* const first_a = a.data;
  const float* const first_b = b.data;
  WarpTile<Numbers, Tile> warp(p, block_row, block_column);
  for (int64_t group = blockIdx.y; group < p.groups; group += gridDim.y) {
    a.data = first_a + group * p.a.group_stride;
    b.data = first_b + group * p.b.group_stride;
    Loads<Tile> loads_of_a(a, block_row);
    Loads<Tile> loads_of_b(b, block_column);
    Staged<Numbers, Tile> staged;
    staged.load(loads_of_a, elements_left<Tile>(p.k));
    staged.store(loads_of_a, shared);
    staged.load(loads_of_b, elements_left<Tile>(p.k));
    staged.store(loads_of_b, shared + Tile::kOperandChunks);
    warp.begin(p, group, block_row, block_column);
    __syncthreads();
    int stage = 0;
#pragma unroll 1
    for (int64_t left = p.k - Tile::kDepth;; left -= Tile::kDepth) {
      const Chunk* const now = shared + stage * 2 * Tile::kOperandChunks;
      Chunk* const next = shared + (1 - stage) * 2 * Tile::kOperandChunks;
      const int depth = elements_left<Tile>(left);
      if (depth > 0) staged.load(loads_of_a, depth);
      warp.multiply(now, now + Tile::kOperandChunks, 0);
      if (depth > 0) {
        staged.store(loads_of_a, next);
        staged.load(loads_of_b, depth);
      }
      warp.multiply(now, now + Tile::kOperandChunks, 1);
      if (depth > 0) staged.store(loads_of_b, next + Tile::kOperandChunks);
      __syncthreads();
      if (depth <= 0) break;
      stage = 1 - stage;
    }
    warp.each(p, block_row, block_column, [&](int64_t row, int64_t column, float& sum) {
      row_of(p.c, group, row)[column] = sum;
    });
  }
}

bool multiple_of_four(int64_t a, int64_t b) { return a % 4 == 0 && b % 4 == 0; }

// `contiguous`: along k.
Operand operand(const refrain_view& view, bool contiguous, int64_t rows) {
  const bool aligned = contiguous && reinterpret_cast<uintptr_t>(view.data) % 16 == 0 &&
                       multiple_of_four(view.group_stride, view.row_stride);
  return {view.data, contiguous ? view.row_stride : 1, contiguous ? 1 : view.row_stride, rows,
          aligned};
}

template <class Numbers, class Tile>
void launch_tile(Engine& engine, const char* name, const Product& p) {
  const int64_t column_tiles = divide_up(p.n, Tile::kSize);
  const dim3 grid(static_cast<unsigned>(divide_up(p.m, Tile::kSize) * column_tiles),
                  static_cast<unsigned>(smaller(p.groups, kMostBlocksOfGroups)));
  engine.launch(name, tensor_product_kernel<Numbers, Tile>, grid, dim3(Tile::kThreads),
                Tile::kSharedBytes, p, operand(p.a, !p.a_transposed, p.m),
                operand(p.b, p.b_transposed, p.n), column_tiles);
}

template <class Numbers>
void choose_tile(Engine& engine, const char* name, const Product& p) {
  // Large tiles read less, small ones give more blocks; both add in the same order.
  const bool large = divide_up(p.m, 128) * divide_up(p.n, 128) >= engine.multiprocessors();
  if (large) {
    launch_tile<Numbers, TensorTile<Numbers, 128, 256, 64, 32>>(engine, name, p);
  } else {
    launch_tile<Numbers, TensorTile<Numbers, 64, 128, 32, 32>>(engine, name, p);
  }
}

}  // namespace

const char* tensor_declines(Engine& engine, const Product& p) {
  if (engine.precision() == REFRAIN_FP32) return "the precision is FP32";
  if (p.m < kLeastSide || p.n < kLeastSide || p.k < kLeastSide) return "a side is shorter than 8";
  return nullptr;
}

void multiply_tensor(Engine& engine, const char* name, const Product& p) {
  if (engine.precision() == REFRAIN_TF32) {
    choose_tile<Tf32>(engine, name, p);
  } else {
    choose_tile<Bf16>(engine, name, p);
  }
}

}  // namespace refrain::cuda
