#include "cuda/graph.h"

#include <algorithm>
#include <shared_mutex>
#include <string>

#include "core/status.h"
#include "cuda/captures.h"
#include "cuda/check.cuh"

namespace refrain::cuda {
namespace {

// A graph has scratch memory of its own even where it needs none: an operation that asks for
// nothing must not meet the eager one, which may be given back or grow, both impossible in a
// capture.
constexpr int64_t kLeastScratch = 32;

// A capture that something else in the process has broken, such as another library that waits for the device
// in its thread, is made again, so often.
constexpr int kMostCaptures = 3;

}  // namespace

int Graph::checked(cudaError_t error, const char* attempt) {
  if (error == cudaSuccess) return REFRAIN_OK;
  return engine_.checked(error, (std::string(attempt) + " " + *description_).c_str());
}

int Graph::end() {
  int status = REFRAIN_OK;
  if (executable_ != nullptr) {
    status = engine_.wait("waiting before a graph is discarded");
    const cudaError_t error = cudaGraphExecDestroy(executable_);
    if (status == REFRAIN_OK) status = checked(error, "discarding");
  }
  if (scratch_ != nullptr) engine_.memory().release(scratch_);
  executable_ = nullptr;
  scratch_ = nullptr;
  return status;
}

int Graph::capture(const std::function<int()>& operations) {
  engine_.begin_measuring();
  int status = operations();
  const int64_t floats = std::max(engine_.end_measuring(), kLeastScratch);
  if (status != REFRAIN_OK) return status;
  scratch_ = static_cast<float*>(
      engine_.memory().allocate(floats * static_cast<int64_t>(sizeof(float)), &status));
  if (scratch_ == nullptr) {
    const std::string memory_cause = last_error();
    return fail(status, "scratch memory of %s on %s: %s%s", description_->c_str(),
                engine_.name().c_str(), memory_cause.c_str(), engine_.notice_loss().c_str());
  }
  cudaGraph_t graph = nullptr;
  bool broken = true;
  for (int i = 0; i < kMostCaptures && broken; ++i) {
    status = capture_once(operations, &graph, &broken);
  }
  if (status == REFRAIN_OK) {
    status = checked(
        engine_.with_room([&] { return cudaGraphInstantiate(&executable_, graph, 0); }),
        "preparing");
  }
  if (graph != nullptr) {
    const cudaError_t error = cudaGraphDestroy(graph);
    if (status == REFRAIN_OK) status = checked(error, "discarding what was captured of");
  }
  return status;
}

int Graph::capture_once(const std::function<int()>& operations, cudaGraph_t* graph, bool* broken) {
  *graph = nullptr;
  *broken = false;
  const cudaStream_t stream = engine_.stream();
  const Memory::Capturing capturing(engine_.memory());
  const std::shared_lock<std::shared_mutex> nobody_waits_for_the_device(captures());
  int status = checked(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
                       "beginning to capture");
  if (status != REFRAIN_OK) return status;
  engine_.use_scratch(scratch_);
  status = operations();
  engine_.use_scratch(nullptr);
  const std::string cause = last_error();
  const cudaError_t ended = cudaStreamEndCapture(stream, graph);
  *broken = ended == cudaErrorStreamCaptureInvalidated;
  if (status == REFRAIN_OK) return checked(ended, "ending the capture of");
  // It was answered here, and must not show in the next launch.
  cudaGetLastError();
  return fail(status, "%s", cause.c_str());
}

int Graph::replay() {
  engine_.work().add(description_);
  return checked(
      engine_.with_room([&] { return cudaGraphLaunch(executable_, engine_.stream()); }), "running");
}

}  // namespace refrain::cuda
