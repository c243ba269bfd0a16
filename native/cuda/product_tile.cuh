// A tile of C by one block: pieces of A and B in shared memory, a micro tile of C in the registers
// of each thread, the next pieces on their way from global memory while the present ones are
// multiplied.
//
// A thread of the large tile reads 12 floats of shared memory for 32 fused multiply-adds, of the
// medium one 8 for 16, of the small one 4 for 4.
#pragma once

#include "cuda/product_job.cuh"

namespace refrain::cuda {

// Terms in shared memory at a time.
constexpr int kTileDepth = 16;
// Threads of a block are a square.
constexpr int kTileSide = 16;

// An operand of a tile in one group, from the tile's first row of A (or column of B) and first term
// on: lines as they are stored.
struct Operand {
  const float* data;
  int64_t stride;
  bool vectors;
  int lines;    // that are left
  int columns;

  __device__ __forceinline__ Operand(const refrain_view& view, bool along_k, bool has_vectors,
                                     int64_t group, int64_t first, int64_t count, int64_t first_k,
                                     int64_t k)
      : data(view.data + group * view.group_stride +
             (along_k ? first * view.row_stride + first_k : first_k * view.row_stride + first)),
        stride(view.row_stride),
        vectors(has_vectors) {
    constexpr int64_t kMostLeft = 128;  // no tile has more
    const int size = static_cast<int>(smaller(count - first, kMostLeft));
    const int depth = static_cast<int>(smaller(k - first_k, kMostLeft));
    lines = along_k ? size : depth;
    columns = along_k ? depth : size;
  }
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

  // From one vector of a thread to its next, in lines.
  static constexpr int kLinesAlongK = kProductThreads / (kTileDepth / 4);
  static constexpr int kLinesAcross = kProductThreads / (kSize / 4);

  float4 held[kOwn];

  // A side's last threads have no vector where there are fewer vectors than threads.
  __device__ static bool owns() {
    return kVectors >= kProductThreads || static_cast<int>(threadIdx.x) < kVectors;
  }

  __device__ __forceinline__ void load(const Operand& o, bool along_k) {
    if (!owns()) return;
    const int line = along_k ? threadIdx.x / (kTileDepth / 4) : threadIdx.x / (kSize / 4);
    const int column = 4 * (along_k ? threadIdx.x % (kTileDepth / 4) : threadIdx.x % (kSize / 4));
    const int apart = along_k ? kLinesAlongK : kLinesAcross;
    const float* data = o.data + line * o.stride + column;
    REFRAIN_UNROLL
    for (int i = 0; i < kOwn; ++i) {
      held[i] =
          load_vector(data, line + i * apart < o.lines ? o.columns - column : 0, o.vectors);
      data += apart * o.stride;
    }
  }

  __device__ __forceinline__ void store(bool along_k, float* shared) const {
    if (!owns()) return;
    if (along_k) {
      const int across = threadIdx.x / (kTileDepth / 4);
      float* target = shared + threadIdx.x % (kTileDepth / 4) * 4 * kStride + across;
      REFRAIN_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        target[i * kLinesAlongK] = held[i].x;
        target[i * kLinesAlongK + kStride] = held[i].y;
        target[i * kLinesAlongK + 2 * kStride] = held[i].z;
        target[i * kLinesAlongK + 3 * kStride] = held[i].w;
      }
    } else {
      const int k = threadIdx.x / (kSize / 4);
      float* target = shared + k * kStride + threadIdx.x % (kSize / 4) * 4;
      REFRAIN_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        *reinterpret_cast<float4*>(target + i * kLinesAcross * kStride) = held[i];
      }
    }
  }
};

// The rows (or columns) of a tile that the thread `place` of a side owns: fours, kTileSide fours
// apart, so that neighbours read neighbouring fours; twos in the small tile.
template <int kMicro>
__device__ __forceinline__ int own(int place, int i) {
  return kMicro < 4 ? place * kMicro + i : i / 4 * (4 * kTileSide) + place * 4 + i % 4;
}

template <int kMicro>
__device__ __forceinline__ void read_own(const float* shared, int place, float (&values)[kMicro]) {
  if constexpr (kMicro < 4) {
    REFRAIN_UNROLL
    for (int i = 0; i < kMicro; ++i) values[i] = shared[place * kMicro + i];
  } else {
    REFRAIN_UNROLL
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
  static_assert(kMicroColumns <= 4, "a thread's columns are neighbours");
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
    a.load(Operand(terms.a, job.a_along_k, job.a_vectors, group, first_row, job.m, first_k,
                   terms.k),
           job.a_along_k);
    b.load(Operand(terms.b, job.b_along_k, job.b_vectors, group, first_column, job.n, first_k,
                   terms.k),
           job.b_along_k);
  }

  __device__ __forceinline__ void store(float* shared) const {
    a.store(job.a_along_k, shared);
    b.store(job.b_along_k, shared + kPieceA);
  }

  __device__ __forceinline__ void multiply(const float* shared) {
    REFRAIN_UNROLL_4
    for (int k = 0; k < kTileDepth; ++k) {
      float from_a[kMicroRows];
      float from_b[kMicroColumns];
      read_own(shared + k * Piece<kRows>::kStride, threadIdx.x / kTileSide, from_a);
      read_own(shared + kPieceA + k * Piece<kColumns>::kStride, threadIdx.x % kTileSide, from_b);
      REFRAIN_UNROLL
      for (int i = 0; i < kMicroRows; ++i) {
        REFRAIN_UNROLL
        for (int j = 0; j < kMicroColumns; ++j) {
          sums[i][j] = fmaf(from_a[i], from_b[j], sums[i][j]);
        }
      }
    }
  }

  // The terms of steps first .. last-1.
  __device__ __forceinline__ void run(int64_t first, int64_t last, float* shared) {
    REFRAIN_UNROLL
    for (int i = 0; i < kMicroRows; ++i) {
      REFRAIN_UNROLL
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

  // Neighbouring columns of a row of C, the thread's own.
  struct Own {
    float* at;
    int count;  // that are inside
    bool vector;
  };

  __device__ __forceinline__ Own own_columns(int i) const {
    const int64_t row = first_row + own<kMicroRows>(threadIdx.x / kTileSide, i);
    const int64_t column = first_column + own<kMicroColumns>(threadIdx.x % kTileSide, 0);
    if (row >= job.m || column >= job.n) return {nullptr, 0, false};
    const int count = static_cast<int>(smaller(kMicroColumns, job.n - column));
    return {row_of(job.c, group, row) + column, count,
            kMicroColumns == 4 && count == 4 && job.c_vectors};
  }

  // What the sums of a split are added to, instead of the sums.
  __device__ __forceinline__ void start_row(int split, const Own& c,
                                            float (&values)[kMicroColumns]) const {
    const int64_t column = first_column + own<kMicroColumns>(threadIdx.x % kTileSide, 0);
    if (c.vector && (split > 0 || job.start == Start::kC)) {
      const float4 present = *reinterpret_cast<const float4*>(c.at);
      values[0] = present.x;
      values[1] = present.y;
      values[kMicroColumns - 2] = present.z;
      values[kMicroColumns - 1] = present.w;
      return;
    }
    REFRAIN_UNROLL
    for (int j = 0; j < kMicroColumns; ++j) {
      if (j < c.count) values[j] = start_of(job, group, column + j, split, c.at[j]);
    }
  }

  __device__ __forceinline__ void write_row(const Own& c,
                                            const float (&values)[kMicroColumns]) const {
    if (c.vector) {
      *reinterpret_cast<float4*>(c.at) =
          make_float4(values[0], values[1], values[kMicroColumns - 2], values[kMicroColumns - 1]);
      return;
    }
    REFRAIN_UNROLL
    for (int j = 0; j < kMicroColumns; ++j) {
      if (j < c.count) c.at[j] = values[j];
    }
  }

  // Adds the sums of a split that is not spread to C.
  __device__ __forceinline__ void finish(int split) const {
    REFRAIN_UNROLL
    for (int i = 0; i < kMicroRows; ++i) {
      const Own c = own_columns(i);
      if (c.count == 0) continue;
      float values[kMicroColumns] = {};
      start_row(split, c, values);
      REFRAIN_UNROLL
      for (int j = 0; j < kMicroColumns; ++j) values[j] += sums[i][j];
      write_row(c, values);
    }
  }

  // Leaves the sums of a split; the last block adds those of all splits to C.
  __device__ __forceinline__ void finish_spread(int64_t tile, int split) {
    constexpr int kElements = kRows * kColumns;
    float* mine = partials_of(job, group, tile, split, kElements) + threadIdx.x;
    REFRAIN_UNROLL
    for (int i = 0; i < kMicroRows; ++i) {
      REFRAIN_UNROLL
      for (int j = 0; j < kMicroColumns; ++j) {
        mine[(i * kMicroColumns + j) * kProductThreads] = sums[i][j];
      }
    }
    if (!arrives_last(job, group, tile)) return;
    REFRAIN_UNROLL
    for (int i = 0; i < kMicroRows; ++i) start_row(0, own_columns(i), sums[i]);
    for (int k = 0; k < job.splits; ++k) {
      const float* theirs = partials_of(job, group, tile, k, kElements) + threadIdx.x;
      REFRAIN_UNROLL
      for (int i = 0; i < kMicroRows; ++i) {
        REFRAIN_UNROLL
        for (int j = 0; j < kMicroColumns; ++j) {
          sums[i][j] += __ldcg(theirs + (i * kMicroColumns + j) * kProductThreads);
        }
      }
    }
    REFRAIN_UNROLL
    for (int i = 0; i < kMicroRows; ++i) write_row(own_columns(i), sums[i]);
  }
};

template <int kRows, int kColumns>
__device__ __forceinline__ void run_tile(const Job& job, int64_t group, int64_t tile,
                                         int first_split, int last_split, float* shared) {
  Tile<kRows, kColumns> work(job, group, tile);
  const int64_t steps = work.boundary + divide_up(job.terms[1].k, kTileDepth);
  for (int split = first_split; split < last_split; ++split) {
    const int64_t first = split * job.split_depth;
    work.run(first, smaller(first + job.split_depth, steps), shared);
    if (job.spread) {
      work.finish_spread(tile, split);
    } else {
      work.finish(split);
    }
  }
}

}  // namespace refrain::cuda
