// What a block of a team of cooperative_tensor.cuh knows, and its ways of multiplying, of passing
// on and of meeting the others.
#pragma once

#include <cuda_runtime.h>

#include "cuda/cooperative_tensor.cuh"
#include "cuda/counter.cuh"
#include "cuda/mma.cuh"

namespace refrain::cuda {

constexpr int kTeamThreads = 512;
constexpr int kTeamWarps = kTeamThreads / kWarpLanes;
// Fragments of columns that a block may own: a warp has the sums of all of them in registers.
constexpr int kMostTiles = 8;
// Spans of a row that a lane has asked for before it multiplies the first.
constexpr int kSpansAhead = 4;

// Floats between the rows of sums in shared memory: lanes of a half warp write to all banks.
__host__ __device__ constexpr int sum_stride(int tiles) {
  return (tiles * kMmaColumns + 23) / 32 * 32 + 8;
}

// The buffers of a launch.
struct TeamMemory {
  uint32_t* exchange;  // [2, G, N, row_words]
  float* sums;         // [sections, G, N, columns]
  unsigned* counters;  // [teams, 1 + column_blocks]
};

// A sum that lies in parts, to be added in their order.
struct TeamSum {
  const float* first;
  int64_t stride;
  int parts;

  __device__ float operator()(int column) const {
    float sum = 0.0f;
    for (int i = 0; i < parts; ++i) sum += first[i * stride + column];
    return sum;
  }
};

// One product of a step: the rows of an exchange buffer with some of the block's fragments of
// columns, over some of the sections.
struct TeamProduct {
  int buffer;
  int first_tile;
  int first_section;
  int sections;
};

// kTiles: the fragments of columns that a block owns; kMostTiles for any number up to it.
template <class Numbers, int kTiles>
class Team {
 public:
  __device__ Team(const TeamPlan& plan, const TeamMemory& memory)
      : plan_(plan), memory_(memory) {
    const int blocks = plan.team_blocks();
    const int block = static_cast<int>(blockIdx.x);
    index_ = block / blocks;
    section_ = block % blocks % plan.sections;
    column_block_ = block % blocks / plan.sections;
    slice_ = reinterpret_cast<Chunk*>(dynamic_shared());
    partial_ = reinterpret_cast<float*>(slice_ + plan.spans * tiles() * kWarpLanes);
    unsigned* const counters =
        memory.counters + int64_t{index_} * (1 + plan.column_blocks) * kCounterStride;
    team_counter_ = counters;
    column_counter_ = counters + (1 + column_block_) * kCounterStride;
  }

  // Parts of the batch of a group, in turn: body() for each that is this team's.
  template <class Body>
  __device__ void each_slab(const Body& body) {
    group_ = index_ / plan_.slabs;
    for (int slab = index_ % plan_.slabs; group_ < plan_.groups; group_ += plan_.group_stride) {
      first_row_ = static_cast<int>(slab * plan_.slab_rows);
      end_row_ = static_cast<int>(smaller(plan_.batch, first_row_ + plan_.slab_rows));
      body();
      // A division would need registers that sums have.
      slab += plan_.slab_stride;
      if (slab >= plan_.slabs) {
        slab -= plan_.slabs;
        ++group_;
      }
    }
  }

  __device__ int64_t group() const { return group_; }
  __device__ int units() const { return plan_.units; }

  // R [gates*H, H] as fragments: forward the columns of this block's units, all gates.
  __device__ void load_forward(const refrain_view& r) {
    load([&](int64_t k, int column) {
      const int64_t j = first_unit() + column % plan_.units;
      return j < plan_.hidden && k < plan_.hidden
                 ? row_of(r, group_, column / plan_.units * plan_.hidden + j)[k]
                 : 0.0f;
    });
  }

  // Backward the rows of one gate.
  __device__ void load_backward(const refrain_view& r) {
    load([&](int64_t k, int column) {
      const int64_t j = first_column() + column;
      return j < plan_.hidden && k < plan_.hidden
                 ? row_of(r, group_, section_ * plan_.hidden + k)[j]
                 : 0.0f;
    });
  }

  // body(n, j, sum) for the block's own rows and units, of a product with kPart of the fragments;
  // sum(c) is that of local column c. Forward the columns of a part are counted from its first
  // tile, gate * units() + the unit; backward a unit has one, number 0.
  template <int kPart, class Body>
  __device__ void multiply(const TeamProduct& part, const Body& body) {
    const bool takes_part =
        section_ >= part.first_section && section_ < part.first_section + part.sections;
    for (int64_t first = first_row_; first < end_row_; first += pass_rows()) {
      if (takes_part) {
        multiply_rows<kPart>(part, first);
        __syncthreads();
        if (plan_.sections > 1) publish<kPart>(first);
      }
      if (plan_.sections == 1) {
        each_element(first, [&](int64_t n, int64_t j) {
          const int row = static_cast<int>(n - first);
          const int unit = static_cast<int>(j - first_unit());
          body(n, j,
               TeamSum{partial_ + row * sum_stride(tiles()) + unit,
                   static_cast<int64_t>(pass_rows()) * sum_stride(tiles()), plan_.slices});
        });
      }
      __syncthreads();
    }
    if (plan_.sections == 1) return;
    meet(column_counter_, static_cast<unsigned>(plan_.sections), column_reached_);
    each_own([&](int64_t n, int64_t j) {
      body(n, j, TeamSum{sums_of(part.first_section, n) + j, section_floats(), part.sections});
    });
  }

  // The same with no product: every sum is 0.
  template <class Body>
  __device__ void without_product(const Body& body) {
    each_own([&](int64_t n, int64_t j) { body(n, j, TeamSum{nullptr, 0, 0}); });
  }

  // Passes a value on, as the element of unit j in a section of an exchange buffer.
  __device__ void pass_on(int buffer, int section, int64_t n, int64_t j, float value) {
    uint32_t* const row = exchange_row(buffer, n) + section * plan_.spans * kSpanWords;
    const float pair[2] = {value, 0.0f};
    if (Numbers::kElementsOfWord == 1) {
      __stcg(row + j, Numbers::pack(pair));
    } else {
      __stcg(reinterpret_cast<uint16_t*>(row) + j, static_cast<uint16_t>(Numbers::pack(pair)));
    }
  }

  __device__ void meet_team() {
    meet(team_counter_, static_cast<unsigned>(plan_.team_blocks()), team_reached_);
  }

 private:
  // How many of kCount fragments there are.
  template <int kCount>
  __device__ int present() const {
    return kCount == kMostTiles ? plan_.tiles : kCount;
  }
  __device__ int tiles() const { return present<kTiles>(); }

  __device__ int64_t first_column() const {
    return int64_t{column_block_} * plan_.sections * plan_.units;
  }
  __device__ int64_t first_unit() const { return first_column() + section_ * plan_.units; }
  // Rows that the block's warps multiply at a time.
  __device__ int pass_rows() const { return kTeamWarps / plan_.slices * kMmaRows; }

  __device__ uint32_t* exchange_row(int buffer, int64_t n) const {
    return memory_.exchange +
           ((buffer * plan_.groups + group_) * plan_.batch + n) * plan_.row_words;
  }
  __device__ int64_t section_floats() const {
    return plan_.groups * plan_.batch * plan_.columns();
  }
  __device__ float* sums_of(int section, int64_t n) const {
    return memory_.sums + section * section_floats() +
           (group_ * plan_.batch + n) * plan_.columns();
  }

  // element(k, column) of the block's part of R.
  template <class Element>
  __device__ void load(const Element& element) {
    constexpr int kElements = Numbers::kElementsOfWord;
    const int chunks = plan_.spans * tiles() * kWarpLanes;
    for (int i = static_cast<int>(threadIdx.x); i < chunks; i += kTeamThreads) {
      const int lane = i % kWarpLanes;
      const int column = i / kWarpLanes % tiles() * kMmaColumns + lane / kPlaces;
      const int word = i / kWarpLanes / tiles() * kSpanWords + lane % kPlaces * kChunkWords;
      Chunk chunk;
#pragma unroll
      for (int w = 0; w < kChunkWords; ++w) {
        float values[kElements];
#pragma unroll
        for (int e = 0; e < kElements; ++e) {
          values[e] = element(int64_t{word + w} * kElements + e, column);
        }
        chunk.words[w] = Numbers::pack(values);
      }
      slice_[i] = chunk;
    }
    __syncthreads();
  }

  template <class Body>
  __device__ void each_element(int64_t first, const Body& body) {
    const int rows = static_cast<int>(smaller(pass_rows(), end_row_ - first));
    for (int i = static_cast<int>(threadIdx.x); i < rows * plan_.units; i += kTeamThreads) {
      const int64_t j = first_unit() + i % plan_.units;
      if (j < plan_.hidden) body(first + i / plan_.units, j);
    }
  }

  template <class Body>
  __device__ void each_own(const Body& body) {
    for (int64_t first = first_row_; first < end_row_; first += pass_rows()) {
      each_element(first, body);
    }
  }

  // The sums of one fragment of rows and one slice a warp, into shared memory.
  template <int kPart>
  __device__ void multiply_rows(const TeamProduct& part, int64_t first) {
    const int warp = static_cast<int>(threadIdx.x) / kWarpLanes;
    const int lane = static_cast<int>(threadIdx.x) % kWarpLanes;
    const int place = lane % kPlaces;
    const int row = warp / plan_.slices * kMmaRows + lane / kPlaces;
    const int slice = warp % plan_.slices;
    if (first + row - lane / kPlaces >= end_row_) return;
    // Rows behind the last are read as the last, and their sums never.
    const int64_t offset = int64_t{section_} * plan_.spans * kSpanWords + place * kChunkWords;
    const uint32_t* const upper =
        exchange_row(part.buffer, smaller(first + row, end_row_ - 1)) + offset;
    const uint32_t* const lower =
        exchange_row(part.buffer, smaller(first + row + 8, end_row_ - 1)) + offset;
    const Chunk* const b = slice_ + part.first_tile * kWarpLanes + lane;
    float sums[kPart][4];
#pragma unroll
    for (int j = 0; j < kPart; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) sums[j][e] = 0.0f;
    }
    const int end = (slice + 1) * plan_.spans / plan_.slices;
    for (int span = slice * plan_.spans / plan_.slices; span < end; span += kSpansAhead) {
      uint4 ahead[kSpansAhead][2];
#pragma unroll
      for (int i = 0; i < kSpansAhead; ++i) {
        if (span + i >= end) continue;
        ahead[i][0] = __ldcg(reinterpret_cast<const uint4*>(upper + (span + i) * kSpanWords));
        ahead[i][1] = __ldcg(reinterpret_cast<const uint4*>(lower + (span + i) * kSpanWords));
      }
#pragma unroll
      for (int i = 0; i < kSpansAhead; ++i) {
        if (span + i >= end) continue;
        Chunk from_b[kPart];
#pragma unroll
        for (int j = 0; j < kPart; ++j) {
          // Tiles beyond the part's are multiplied with what is at hand, and not stored.
          const int tile = j < present<kPart>() ? j : 0;
          from_b[j] = b[((span + i) * tiles() + tile) * kWarpLanes];
        }
        const Chunk from_upper = {
            {ahead[i][0].x, ahead[i][0].y, ahead[i][0].z, ahead[i][0].w}};
        const Chunk from_lower = {
            {ahead[i][1].x, ahead[i][1].y, ahead[i][1].z, ahead[i][1].w}};
        multiply_chunks<Numbers>(sums, from_upper, from_lower, from_b);
      }
    }
    float* const to = partial_ + (slice * pass_rows() + row) * sum_stride(tiles()) + 2 * place;
#pragma unroll
    for (int j = 0; j < kPart; ++j) {
      if (j >= present<kPart>()) continue;
      float* const upper_sums = to + j * kMmaColumns;
      float* const lower_sums = upper_sums + 8 * sum_stride(tiles());
      upper_sums[0] = sums[j][0];
      upper_sums[1] = sums[j][1];
      lower_sums[0] = sums[j][2];
      lower_sums[1] = sums[j][3];
    }
  }

  // Adds the slices of a pass and leaves the sums of this section to the blocks of the column.
  template <int kPart>
  __device__ void publish(int64_t first) {
    const int columns = present<kPart>() * kMmaColumns;
    const int stride = sum_stride(tiles());
    const int rows = static_cast<int>(smaller(pass_rows(), end_row_ - first));
    for (int i = static_cast<int>(threadIdx.x); i < rows * columns; i += kTeamThreads) {
      const int row = i / columns;
      const int column = i % columns;
      const TeamSum sum = {partial_ + row * stride, static_cast<int64_t>(pass_rows()) * stride,
                       plan_.slices};
      __stcg(sums_of(section_, first + row) + first_column() + column, sum(column));
    }
  }

  const TeamPlan& plan_;
  const TeamMemory& memory_;
  int index_;
  int section_;
  int column_block_;
  Chunk* slice_;    // [spans, tiles, lanes]
  float* partial_;  // [slices, pass rows, sum_stride]
  unsigned* team_counter_;
  unsigned* column_counter_;
  unsigned team_reached_ = 0;
  unsigned column_reached_ = 0;
  int group_ = 0;
  int first_row_ = 0;
  int end_row_ = 0;
};

}  // namespace refrain::cuda
