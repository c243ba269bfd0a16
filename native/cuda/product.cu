#include "cuda/product.cuh"

#include "cuda/blas.h"
#include "cuda/elementwise.cuh"
#include "cuda/product_tensor.cuh"

namespace refrain::cuda {
namespace {

constexpr int kThreads = 256;
// Terms of the sums that are in shared memory at a time.
constexpr int kDepth = 16;

// A block computes a square tile of C, each thread a square of kMicro x kMicro elements of it that lie
// kTile / kMicro apart, so that neighbouring threads write neighbouring columns.
template <int kMicro, bool kTransA, bool kTransB>
struct Tile {
  static constexpr int kSide = 16;  // of the square of threads
  static constexpr int kSize = kSide * kMicro;
  // One column more than needed, so that a transposing write meets all banks.
  static constexpr int kStride = kSize + 1;

  // Loads op(A)[first_row.., first_k..] as [kDepth][kSize]; what lies outside is 0.
  __device__ static void load_a(float* shared, const float* a, const Product& p, int64_t first_row,
                                int64_t first_k) {
    for (int i = threadIdx.x; i < kSize * kDepth; i += kThreads) {
      const int row = kTransA ? i % kSize : i / kDepth;
      const int k = kTransA ? i / kSize : i % kDepth;
      const bool inside = first_row + row < p.m && first_k + k < p.k;
      const int64_t at = kTransA ? (first_k + k) * p.a.row_stride + first_row + row
                                 : (first_row + row) * p.a.row_stride + first_k + k;
      shared[k * kStride + row] = inside ? a[at] : 0.0f;
    }
  }

  __device__ static void load_b(float* shared, const float* b, const Product& p,
                                int64_t first_column, int64_t first_k) {
    for (int i = threadIdx.x; i < kSize * kDepth; i += kThreads) {
      const int column = kTransB ? i / kDepth : i % kSize;
      const int k = kTransB ? i % kDepth : i / kSize;
      const bool inside = first_column + column < p.n && first_k + k < p.k;
      const int64_t at = kTransB ? (first_column + column) * p.b.row_stride + first_k + k
                                 : (first_k + k) * p.b.row_stride + first_column + column;
      shared[k * kStride + column] = inside ? b[at] : 0.0f;
    }
  }

  __device__ static float started(const Product& p, int64_t group, int64_t row, int64_t column) {
    if (row >= p.m || column >= p.n || p.start == Start::kZero) return 0.0f;
    if (p.start == Start::kC) return row_of(p.c, group, row)[column];
    return p.bias.data == nullptr ? 0.0f : row_of(p.bias, group, 0)[column];
  }
};

template <int kMicro, bool kTransA, bool kTransB>
__global__ void __launch_bounds__(kThreads) product_kernel(Product p, int64_t column_tiles) {
  using T = Tile<kMicro, kTransA, kTransB>;
  __shared__ float tile_a[kDepth * T::kStride];
  __shared__ float tile_b[kDepth * T::kStride];
  const int thread_row = threadIdx.x / T::kSide;
  const int thread_column = threadIdx.x % T::kSide;
  const int64_t first_row = blockIdx.x / column_tiles * T::kSize;
  const int64_t first_column = blockIdx.x % column_tiles * T::kSize;
  for (int64_t group = blockIdx.y; group < p.groups; group += gridDim.y) {
    const float* a = p.a.data + group * p.a.group_stride;
    const float* b = p.b.data + group * p.b.group_stride;
    float sums[kMicro][kMicro];
    for (int i = 0; i < kMicro; ++i) {
      for (int j = 0; j < kMicro; ++j) {
        sums[i][j] = T::started(p, group, first_row + thread_row + i * T::kSide,
                                first_column + thread_column + j * T::kSide);
      }
    }
    for (int64_t first_k = 0; first_k < p.k; first_k += kDepth) {
      T::load_a(tile_a, a, p, first_row, first_k);
      T::load_b(tile_b, b, p, first_column, first_k);
      __syncthreads();
      const int depth = static_cast<int>(smaller(kDepth, p.k - first_k));
      for (int k = 0; k < depth; ++k) {
        float from_b[kMicro];
        for (int j = 0; j < kMicro; ++j) {
          from_b[j] = tile_b[k * T::kStride + thread_column + j * T::kSide];
        }
        for (int i = 0; i < kMicro; ++i) {
          const float from_a = tile_a[k * T::kStride + thread_row + i * T::kSide];
          for (int j = 0; j < kMicro; ++j) sums[i][j] = fmaf(from_a, from_b[j], sums[i][j]);
        }
      }
      __syncthreads();
    }
    for (int i = 0; i < kMicro; ++i) {
      const int64_t row = first_row + thread_row + i * T::kSide;
      for (int j = 0; j < kMicro; ++j) {
        const int64_t column = first_column + thread_column + j * T::kSide;
        if (row < p.m && column < p.n) row_of(p.c, group, row)[column] = sums[i][j];
      }
    }
  }
}

template <int kMicro, bool kTransA, bool kTransB>
void launch_product(Engine& engine, const char* name, const Product& p) {
  constexpr int kSize = Tile<kMicro, kTransA, kTransB>::kSize;
  const int64_t column_tiles = divide_up(p.n, kSize);
  const dim3 grid(static_cast<unsigned>(divide_up(p.m, kSize) * column_tiles),
                  static_cast<unsigned>(smaller(p.groups, kMostBlocksOfGroups)));
  engine.launch(name, product_kernel<kMicro, kTransA, kTransB>, grid, dim3(kThreads), 0, p,
                column_tiles);
}

template <bool kTransA, bool kTransB>
void choose_tile(Engine& engine, const char* name, const Product& p) {
  // Large tiles read less, small ones give more blocks; the choice must not see the groups.
  const bool large = divide_up(p.m, 64) * divide_up(p.n, 64) >= 128;
  if (large) {
    launch_product<4, kTransA, kTransB>(engine, name, p);
  } else if (p.m > 16 && p.n > 16) {
    launch_product<2, kTransA, kTransB>(engine, name, p);
  } else {
    launch_product<1, kTransA, kTransB>(engine, name, p);
  }
}

constexpr int kSumColumns = 32;
constexpr int kSumLanes = 8;

// Lane l of a column adds rows l, l + 8, ...; then the lanes are added by a fixed tree. In double, so
// that the error does not grow with the rows.
__global__ void __launch_bounds__(kSumColumns* kSumLanes) column_sums_kernel(ColumnSums s) {
  __shared__ double shared[kSumLanes][kSumColumns];
  const int lane = threadIdx.x / kSumColumns;
  const int offset = threadIdx.x % kSumColumns;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kSumColumns + offset;
  for (int64_t group = blockIdx.y; group < s.groups; group += gridDim.y) {
    double sum = 0.0;
    if (column < s.columns) {
      for (int64_t row = lane; row < s.rows; row += kSumLanes) {
        const double value = row_of(s.a, group, row)[column];
        sum += s.factor.data == nullptr ? value : value * row_of(s.factor, group, row)[column];
      }
    }
    shared[lane][offset] = sum;
    __syncthreads();
    for (int half = kSumLanes / 2; half > 0; half /= 2) {
      if (lane < half) shared[lane][offset] += shared[lane + half][offset];
      __syncthreads();
    }
    if (lane == 0 && column < s.columns) {
      const float total = static_cast<float>(shared[0][offset]);
      for (const refrain_view& target : {s.sum, s.also}) {
        if (target.data == nullptr) continue;
        float& at = row_of(target, group, 0)[column];
        at = s.accumulate ? at + total : total;
      }
    }
    __syncthreads();
  }
}

}  // namespace

void multiply(Engine& engine, const char* name, const Product& p) {
  if (blas_takes(engine, p)) return multiply_by_blas(engine, name, p);
  if (tensor_takes(engine, p)) return multiply_tensor(engine, name, p);
  if (p.a_transposed) {
    if (p.b_transposed) {
      choose_tile<true, true>(engine, name, p);
    } else {
      choose_tile<true, false>(engine, name, p);
    }
  } else if (p.b_transposed) {
    choose_tile<false, true>(engine, name, p);
  } else {
    choose_tile<false, false>(engine, name, p);
  }
}

void sum_columns(Engine& engine, const char* name, const ColumnSums& sums) {
  const dim3 grid(static_cast<unsigned>(divide_up(sums.columns, kSumColumns)),
                  static_cast<unsigned>(smaller(sums.groups, kMostBlocksOfGroups)));
  engine.launch(name, column_sums_kernel, grid, dim3(kSumColumns * kSumLanes), 0, sums);
}

}  // namespace refrain::cuda
