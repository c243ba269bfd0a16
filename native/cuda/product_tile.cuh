// A tile of C by one block: pieces of A and B in shared memory, a micro tile of C in the registers of
// each thread, the next pieces on their way from global memory while the present ones are multiplied.
//
// A thread of the large tile reads 12 floats of shared memory for 32 fused multiply-adds, of the medium
// one 8 for 16, of the small one 4 for 4.
#pragma once

#include "cuda/product_job.cuh"

namespace refrain::cuda {

// Terms in shared memory at a time.
constexpr int kTileDepth = 16;
// Threads of a block are a square.
constexpr int kTileSide = 16;

// An operand of a tile in one group, from the tile's first row of A (or column of B) and first term on.
struct Operand {
  const float* data;
  int64_t row_stride;
  bool along_k;
  bool vectors;
  int size;   // rows of A (or columns of B) that are left
  int depth;  // terms that are left

  __device__ Operand(const refrain_view& view, bool lies_along_k, bool has_vectors, int64_t group,
                     int64_t first, int64_t count, int64_t first_k, int64_t k)
      : data(view.data + group * view.group_stride +
             (lies_along_k ? first * view.row_stride + first_k : first_k * view.row_stride + first)),
        row_stride(view.row_stride),
        along_k(lies_along_k),
        vectors(has_vectors),
        size(static_cast<int>(smaller(count - first, kMostLeft))),
        depth(static_cast<int>(smaller(k - first_k, kMostLeft))) {}

  static constexpr int64_t kMostLeft = 128;  // no tile has more
};

// Up to four neighbours, of which `left` are inside; the others are 0.
__device__ __forceinline__ float4 load_vector(const float* data, int left, bool vectors) {
  if (left >= 4 && vectors) return *reinterpret_cast<const float4*>(data);
  float4 value = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  if (left > 0) value.x = data[0];
  if (left > 1) value.y = data[1];
  if (left > 2) value.z = data[2];
  if (left > 3) value.w = data[3];
  return value;
}

// kSize x kTileDepth elements of an operand on their way to shared memory [kTileDepth][kStride].
template <int kSize>
struct Piece {
  // A transposing write meets each bank at most twice, and rows stay aligned.
  static constexpr int kStride = kSize + 4;
  static constexpr int kVectors = kSize * kTileDepth / 4;
  static constexpr int kOwn = (kVectors + kProductThreads - 1) / kProductThreads;

  float4 held[kOwn];

  __device__ __forceinline__ void load(const Operand& o) {
    for (int i = 0; i < kOwn; ++i) {
      const int vector = threadIdx.x + i * kProductThreads;
      if (kVectors % kProductThreads != 0 && vector >= kVectors) return;
      if (o.along_k) {
        const int across = vector / (kTileDepth / 4);
        const int k = vector % (kTileDepth / 4) * 4;
        held[i] = load_vector(o.data + across * o.row_stride + k,
                              across < o.size ? o.depth - k : 0, o.vectors);
      } else {
        const int k = vector / (kSize / 4);
        const int across = vector % (kSize / 4) * 4;
        held[i] = load_vector(o.data + k * o.row_stride + across,
                              k < o.depth ? o.size - across : 0, o.vectors);
      }
    }
  }

  __device__ __forceinline__ void store(bool along_k, float* shared) const {
    for (int i = 0; i < kOwn; ++i) {
      const int vector = threadIdx.x + i * kProductThreads;
      if (kVectors % kProductThreads != 0 && vector >= kVectors) return;
      if (along_k) {
        const int across = vector / (kTileDepth / 4);
        const int k = vector % (kTileDepth / 4) * 4;
        shared[k * kStride + across] = held[i].x;
        shared[(k + 1) * kStride + across] = held[i].y;
        shared[(k + 2) * kStride + across] = held[i].z;
        shared[(k + 3) * kStride + across] = held[i].w;
      } else {
        const int k = vector / (kSize / 4);
        const int across = vector % (kSize / 4) * 4;
        *reinterpret_cast<float4*>(shared + k * kStride + across) = held[i];
      }
    }
  }
};

// The rows (or columns) of a tile that the thread `place` of a side owns: fours, kTileSide fours apart,
// so that neighbours read neighbouring fours; twos in the small tile.
template <int kMicro>
__device__ __forceinline__ int own(int place, int i) {
  return kMicro < 4 ? place * kMicro + i : i / 4 * (4 * kTileSide) + place * 4 + i % 4;
}

template <int kMicro>
__device__ __forceinline__ void read_own(const float* shared, int place, float (&values)[kMicro]) {
  if constexpr (kMicro < 4) {
    for (int i = 0; i < kMicro; ++i) values[i] = shared[place * kMicro + i];
  } else {
    for (int i = 0; i < kMicro; i += 4) {
      const float4 four = *reinterpret_cast<const float4*>(shared + i * kTileSide + place * 4);
      values[i] = four.x;
      values[i + 1] = four.y;
      values[i + 2] = four.z;
      values[i + 3] = four.w;
    }
  }
}

template <int kRows, int kColumns>
struct Tile {
  static constexpr int kMicroRows = kRows / kTileSide;
  static constexpr int kMicroColumns = kColumns / kTileSide;
  static constexpr int kPieceA = kTileDepth * Piece<kRows>::kStride;
  static constexpr int kBuffer = kPieceA + kTileDepth * Piece<kColumns>::kStride;
  static constexpr int kSharedFloats = 2 * kBuffer;

  __device__ Tile(const Job& j, int64_t g, int64_t tile)
      : job(j),
        group(g),
        first_row(tile / j.column_tiles * kRows),
        first_column(tile % j.column_tiles * kColumns),
        boundary(divide_up(j.terms[0].k, kTileDepth)) {}

  const Job& job;
  const int64_t group;
  const int64_t first_row;
  const int64_t first_column;
  const int64_t boundary;  // steps of kTileDepth terms before those of terms[1]
  float sums[kMicroRows][kMicroColumns];
  Piece<kRows> a;
  Piece<kColumns> b;

  __device__ __forceinline__ void load(int64_t step) {
    const bool further = step >= boundary;
    const Terms& terms = job.terms[further ? 1 : 0];
    const int64_t first_k = (further ? step - boundary : step) * kTileDepth;
    a.load(Operand(terms.a, job.a_along_k, job.a_vectors, group, first_row, job.m, first_k, terms.k));
    b.load(
        Operand(terms.b, job.b_along_k, job.b_vectors, group, first_column, job.n, first_k, terms.k));
  }

  __device__ __forceinline__ void store(float* shared) const {
    a.store(job.a_along_k, shared);
    b.store(job.b_along_k, shared + kPieceA);
  }

  __device__ __forceinline__ void multiply(const float* shared) {
    for (int k = 0; k < kTileDepth; ++k) {
      float from_a[kMicroRows];
      float from_b[kMicroColumns];
      read_own(shared + k * Piece<kRows>::kStride, threadIdx.x / kTileSide, from_a);
      read_own(shared + kPieceA + k * Piece<kColumns>::kStride, threadIdx.x % kTileSide, from_b);
      for (int i = 0; i < kMicroRows; ++i) {
        for (int j = 0; j < kMicroColumns; ++j) {
          sums[i][j] = fmaf(from_a[i], from_b[j], sums[i][j]);
        }
      }
    }
  }

  // The terms of steps first .. last-1.
  __device__ __forceinline__ void run(int64_t first, int64_t last, float* shared) {
    for (int i = 0; i < kMicroRows; ++i) {
      for (int j = 0; j < kMicroColumns; ++j) sums[i][j] = 0.0f;
    }
    load(first);
    store(shared);
    __syncthreads();
    for (int64_t step = first; step < last; ++step) {
      const int present = static_cast<int>(step - first) % 2;
      const bool more = step + 1 < last;
      if (more) load(step + 1);
      multiply(shared + present * kBuffer);
      // The other buffer was read before the last barrier.
      if (more) store(shared + (1 - present) * kBuffer);
      __syncthreads();
    }
  }

  __device__ __forceinline__ void finish(int split) const {
    for (int i = 0; i < kMicroRows; ++i) {
      const int64_t row = first_row + own<kMicroRows>(threadIdx.x / kTileSide, i);
      for (int j = 0; j < kMicroColumns; ++j) {
        const int64_t column = first_column + own<kMicroColumns>(threadIdx.x % kTileSide, j);
        if (row < job.m && column < job.n) finish_element(job, group, split, row, column, sums[i][j]);
      }
    }
  }
};

template <int kRows, int kColumns>
__device__ void run_tile(const Job& job, int64_t group, int64_t tile, int first_split, int last_split,
                         float* shared) {
  Tile<kRows, kColumns> work(job, group, tile);
  const int64_t steps = work.boundary + divide_up(job.terms[1].k, kTileDepth);
  for (int split = first_split; split < last_split; ++split) {
    const int64_t first = split * job.split_depth;
    work.run(first, smaller(first + job.split_depth, steps), shared);
    work.finish(split);
  }
}

}  // namespace refrain::cuda
