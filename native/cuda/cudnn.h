// cuDNN with the state of an engine: its handle, and what it needs to know of each shape of layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cuda/cudnn_calls.h"
#include "cuda/engine.h"

namespace refrain::cuda {

struct CudnnShape {
  cudnnRNNMode_t cell;
  int32_t steps, batch, inputs, hidden, outputs;

  int gates() const { return cell == CUDNN_LSTM ? 4 : (cell == CUDNN_GRU ? 3 : 1); }
  bool projects() const { return outputs != hidden; }
  bool operator<(const CudnnShape& o) const {
    return std::tie(cell, steps, batch, inputs, hidden, outputs) <
           std::tie(o.cell, o.steps, o.batch, o.inputs, o.hidden, o.outputs);
  }
};

// Where a matrix and its bias lie within the weight space, in floats.
struct CudnnPart {
  int64_t matrix;
  int64_t bias;  // -1: none
};

// Descriptors and sizes of one layer in one direction, all of whose sequences have all steps.
class CudnnPlan {
 public:
  CudnnPlan(const CudnnCalls& calls, const CudnnShape& shape) : shape(shape), calls_(calls) {}
  ~CudnnPlan() { close(); }
  CudnnPlan(const CudnnPlan&) = delete;
  CudnnPlan& operator=(const CudnnPlan&) = delete;

  const CudnnShape shape;
  cudnnDropoutStruct* dropout = nullptr;
  cudnnRNNStruct* rnn = nullptr;
  cudnnRNNDataStruct* x = nullptr;
  cudnnRNNDataStruct* y = nullptr;
  cudnnTensorStruct* h = nullptr;
  cudnnTensorStruct* c = nullptr;
  size_t weights_bytes = 0;
  size_t inference_workspace_bytes = 0;
  size_t training_workspace_bytes = 0;
  size_t reserve_bytes = 0;
  // W of each gate, R of each gate, and the projection where there is one.
  std::vector<CudnnPart> parts;
  // Bytes of the weight space that none of them takes.
  int64_t unused_weights_bytes() const {
    return static_cast<int64_t>(weights_bytes) - parts_floats * static_cast<int64_t>(sizeof(float));
  }
  int64_t parts_floats = 0;
  // Which calls have run (Cudnn::warm_up).
  std::set<int> warm;

  // Ends the descriptors; the first call that failed, as text, or "".
  std::string close();

 private:
  const CudnnCalls& calls_;
};

// One group's arrays, each without gaps. Absent states are zeros; absent results are not computed.
struct CudnnForward {
  bool training;
  const float* x;
  float* y;
  const float* hx;
  const float* cx;
  float* cy;
  const float* weights;
  void* workspace;
  void* reserve;  // with training
};

struct CudnnBackward {
  const float* x;
  const float* y;
  const float* dy;
  float* dx;
  const float* hx;
  float* dhx;
  const float* cx;
  const float* dcy;
  float* dcx;
  const float* weights;
  float* dweights;  // added to
  void* workspace;
  void* reserve;
};

// Which of the arrays that a call may lack it has: cuDNN may run other kernels for them.
struct CudnnPresence {
  bool training;
  bool hx, cx, cy;         // forward
  bool backward;           // runs it too, with these:
  bool dhx, dcx, dcy;

  int bits() const {
    return training + 2 * hx + 4 * cx + 8 * cy + 16 * backward + 32 * dhx + 64 * dcx + 128 * dcy;
  }
};

class Cudnn {
 public:
  explicit Cudnn(const CudnnCalls& calls) : calls_(calls) {}
  ~Cudnn() { close(); }
  Cudnn(const Cudnn&) = delete;
  Cudnn& operator=(const Cudnn&) = delete;

  // Opens cuDNN at the first call, which is never within a capture. Null; or, from then on, why it cannot be
  // had, which the engine has noticed too: its own kernels then do the work.
  const char* refusal(Engine& engine);

  // Made at the first call for a shape, which is never within a capture. Null where the operation
  // has failed.
  CudnnPlan* plan(Engine& engine, const CudnnShape& shape);
  // Before the first capture of a plan with such arrays: runs it once, on zeros, so that all its kernels are
  // loaded.
  void warm_up(Engine& engine, CudnnPlan& plan, const CudnnPresence& presence);

  void forward(Engine& engine, const CudnnPlan& plan, const CudnnForward& arrays);
  void backward(Engine& engine, const CudnnPlan& plan, const CudnnBackward& arrays);

  // Ends what was opened. The message of the status is that of the first call that failed.
  int close();

 private:
  std::string open(Engine& engine);
  std::string create();
  bool passed(Engine& engine, const CudnnShape& shape, const char* call, cudnnStatus_t status);
  bool describe(Engine& engine, CudnnPlan& plan);
  bool describe_arrays(Engine& engine, CudnnPlan& plan);
  bool ask_sizes(Engine& engine, CudnnPlan& plan);
  bool find_parts(Engine& engine, CudnnPlan& plan, const void* weights);
  bool find_part(Engine& engine, CudnnPlan& plan, const void* weights, int32_t part,
                 cudnnTensorStruct* matrix, cudnnTensorStruct* bias);

  const CudnnCalls& calls_;
  cudnnContext* handle_ = nullptr;
  std::string refusal_;
  std::map<CudnnShape, std::unique_ptr<CudnnPlan>> plans_;
};

}  // namespace refrain::cuda
