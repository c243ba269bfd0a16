// Operations as a CUDA graph, with scratch memory of its own.
#pragma once

#include <cuda_runtime.h>

#include <functional>

#include "cuda/engine.h"

namespace refrain::cuda {

class Graph {
 public:
  explicit Graph(Engine& engine) : engine_(engine) {}
  ~Graph();  // waits for what runs
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // `operations` runs some on the engine and returns a status. It is called twice, to measure their
  // scratch memory and to capture them; neither computes anything. Once in the graph's life.
  int capture(const std::function<int()>& operations);
  int replay();

 private:
  Engine& engine_;
  float* scratch_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace refrain::cuda
