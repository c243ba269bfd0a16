#include "cuda/graph.h"

#include <algorithm>
#include <string>

#include "core/status.h"
#include "cuda/check.cuh"

namespace refrain::cuda {
namespace {

// A graph has scratch memory of its own even where it needs none: an operation that asks for
// nothing must not meet the eager one, which may be given back or grow, both impossible in a
// capture.
constexpr int64_t kLeastScratch = 32;

}  // namespace

Graph::~Graph() {
  if (executable_ != nullptr || scratch_ != nullptr) cudaStreamSynchronize(engine_.stream());
  if (executable_ != nullptr) cudaGraphExecDestroy(executable_);
  if (scratch_ != nullptr) engine_.memory().release(scratch_);
}

int Graph::capture(const std::function<int()>& operations) {
  engine_.begin_measuring();
  int status = operations();
  const int64_t floats = std::max(engine_.end_measuring(), kLeastScratch);
  if (status != REFRAIN_OK) return status;
  scratch_ = static_cast<float*>(
      engine_.memory().allocate(floats * static_cast<int64_t>(sizeof(float))));
  if (scratch_ == nullptr) return REFRAIN_OUT_OF_MEMORY;
  const cudaStream_t stream = engine_.stream();
  status = check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                 "beginning to capture a graph");
  if (status != REFRAIN_OK) return status;
  engine_.use_scratch(scratch_);
  status = operations();
  engine_.use_scratch(nullptr);
  const std::string cause = last_error();
  cudaGraph_t graph = nullptr;
  const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
  if (status != REFRAIN_OK) {
    // It was answered here, and must not show in the next launch.
    cudaGetLastError();
    fail(status, "%s", cause.c_str());
  } else {
    status = check(ended, "ending the capture of a graph");
  }
  if (status == REFRAIN_OK) {
    status = check(cudaGraphInstantiate(&executable_, graph, 0), "preparing a graph");
  }
  if (graph != nullptr) cudaGraphDestroy(graph);
  return status;
}

int Graph::replay() {
  return check(cudaGraphLaunch(executable_, engine_.stream()), "running a graph");
}

}  // namespace refrain::cuda
