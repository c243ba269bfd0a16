// Operations as a CUDA graph, with scratch memory of its own.
#pragma once

#include <cuda_runtime.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cuda/engine.h"

namespace refrain::cuda {

class Graph {
 public:
  // The description tells what it is in messages: "a recording of 11 operations: ...".
  Graph(Engine& engine, std::string description)
      : engine_(engine), description_(std::make_shared<const std::string>(std::move(description))) {}
  ~Graph() { end(); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // `operations` runs some on the engine and returns a status. It is called to measure their
  // scratch memory and to capture them, once more where the capture was broken; nothing of it
  // computes anything. Once in the graph's life.
  int capture(const std::function<int()>& operations);
  int replay();
  // Waits for what runs, and gives everything back.
  int end();

 private:
  // The status of a call, which tells of this graph where it failed.
  int checked(cudaError_t error, const char* attempt);
  // `broken`: by something that a capture forbids.
  int capture_once(const std::function<int()>& operations, cudaGraph_t* graph, bool* broken);

  Engine& engine_;
  const std::shared_ptr<const std::string> description_;
  float* scratch_ = nullptr;
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace refrain::cuda
