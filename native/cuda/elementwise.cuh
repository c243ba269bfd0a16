// Kernels of one thread an element, and views of rows.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/engine.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

constexpr int kElementThreads = 128;
constexpr int64_t kMostBlocks = 1 << 20;
constexpr int64_t kMostBlocksOfGroups = 65535;

__host__ __device__ inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
__host__ __device__ inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
__host__ __device__ inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// An array that is not there.
__host__ __device__ constexpr refrain_view absent() { return {nullptr, 0, 0}; }

__device__ __forceinline__ float* row_of(const refrain_view& view, int64_t group, int64_t row) {
  return view.data + group * view.group_stride + row * view.row_stride;
}

// An element of a state, where an absent array stands for zeros.
__device__ __forceinline__ float element_or_zero(const refrain_view& view, int64_t group,
                                                 int64_t row, int64_t column) {
  return view.data == nullptr ? 0.0f : row_of(view, group, row)[column];
}

// Element i of rows with so many columns. A 64-bit division takes a GPU about a hundred
// instructions, a 32-bit one about ten.
struct Position {
  int64_t row;
  int64_t column;
};

__host__ __device__ __forceinline__ Position position(int64_t i, int64_t columns) {
  if (((i | columns) >> 32) == 0) {
    const uint32_t row = static_cast<uint32_t>(i) / static_cast<uint32_t>(columns);
    return {row, static_cast<uint32_t>(i) - row * static_cast<uint32_t>(columns)};
  }
  return {i / columns, i % columns};
}

// Nothing where the array is absent.
__device__ __forceinline__ void write_element(const refrain_view& view, int64_t group, int64_t row,
                                              int64_t column, float value) {
  if (view.data != nullptr) row_of(view, group, row)[column] = value;
}

// body(group, i) for i in [0, count) of every group.
template <class Body>
__global__ void for_each_kernel(int64_t groups, int64_t count, Body body) {
  const int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t group = blockIdx.y; group < groups; group += gridDim.y) {
    for (int64_t i = first; i < count; i += stride) body(group, i);
  }
}

template <class Body>
void for_each(Engine& engine, const char* name, int64_t groups, int64_t count, const Body& body) {
  if (count == 0) return;
  const dim3 grid(static_cast<unsigned>(smaller(divide_up(count, kElementThreads), kMostBlocks)),
                  static_cast<unsigned>(smaller(groups, kMostBlocksOfGroups)));
  engine.launch(name, for_each_kernel<Body>, grid, dim3(kElementThreads), 0, groups, count, body);
}

}  // namespace refrain::cuda
