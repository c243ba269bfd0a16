#include "cuda/cudnn.h"

#include <cstdio>
#include <mutex>
#include <string>

#include "core/status.h"
#include "cuda/captures.h"
#include "refrain/context.h"

namespace refrain::cuda {
namespace {

// Of sequences, on the device: since 8.9.1 cuDNN takes those that its descriptors hold, and wants none.
constexpr const int32_t* kNoLengths = nullptr;

std::string text_of(const CudnnShape& s) {
  const char* const cells[] = {"ReLU RNN", "tanh RNN", "LSTM", "GRU"};
  char text[160];
  std::snprintf(text, sizeof text, "%s T=%d N=%d I=%d H=%d Q=%d", cells[s.cell], s.steps, s.batch,
                s.inputs, s.hidden, s.outputs);
  return text;
}

// TF32 is what the default mode allows for float32; FMA forbids it.
cudnnMathType_t math_type(int32_t precision) {
  return precision == REFRAIN_TF32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
}

// A matrix as cuDNN lays it out, row after row, or a bias with columns = 1.
bool is_matrix(const CudnnCalls& calls, const cudnnTensorStruct* tensor, int rows, int columns) {
  cudnnDataType_t type;
  int dimensions = 0;
  int sizes[3] = {};
  int strides[3] = {};
  return calls.cudnnGetTensorNdDescriptor(tensor, 3, &type, &dimensions, sizes, strides) ==
             CUDNN_STATUS_SUCCESS &&
         type == CUDNN_DATA_FLOAT && dimensions == 3 && sizes[0] == 1 && sizes[1] == rows &&
         sizes[2] == columns;
}

// "cudnnCreate: ... (1001)"; "" for success.
std::string failure_of(const CudnnCalls& calls, const char* call, cudnnStatus_t status) {
  if (status == CUDNN_STATUS_SUCCESS) return "";
  return std::string(call) + ": " + calls.cudnnGetErrorString(status) + " (" +
         std::to_string(static_cast<int>(status)) + ")";
}

int64_t floats_between(const void* begin, const void* end) {
  return static_cast<const float*>(end) - static_cast<const float*>(begin);
}

}  // namespace

std::string CudnnPlan::close() {
  std::string failure;
  const auto end = [&](const char* call, auto destroy, auto*& descriptor) {
    if (descriptor == nullptr) return;
    const cudnnStatus_t status = destroy(descriptor);
    descriptor = nullptr;
    if (failure.empty()) failure = failure_of(calls_, call, status);
  };
  end("cudnnDestroyTensorDescriptor", calls_.cudnnDestroyTensorDescriptor, c);
  end("cudnnDestroyTensorDescriptor", calls_.cudnnDestroyTensorDescriptor, h);
  end("cudnnDestroyRNNDataDescriptor", calls_.cudnnDestroyRNNDataDescriptor, y);
  end("cudnnDestroyRNNDataDescriptor", calls_.cudnnDestroyRNNDataDescriptor, x);
  end("cudnnDestroyRNNDescriptor", calls_.cudnnDestroyRNNDescriptor, rnn);
  end("cudnnDestroyDropoutDescriptor", calls_.cudnnDestroyDropoutDescriptor, dropout);
  return failure;
}

int Cudnn::close() {
  std::string failure;
  for (const auto& [shape, plan] : plans_) {
    const std::string of_plan = plan->close();
    if (failure.empty()) failure = of_plan;
  }
  plans_.clear();
  if (handle_ != nullptr) {
    // It may wait for the device.
    const std::unique_lock<std::shared_mutex> no_captures(captures());
    const cudnnStatus_t status = calls_.cudnnDestroy(handle_);
    handle_ = nullptr;
    if (failure.empty()) failure = failure_of(calls_, "cudnnDestroy", status);
  }
  return failure.empty() ? REFRAIN_OK : fail(REFRAIN_FAILED, "ending cuDNN: %s", failure.c_str());
}

bool Cudnn::passed(Engine& engine, const CudnnShape& shape, const char* call,
                   cudnnStatus_t status) {
  if (status == CUDNN_STATUS_SUCCESS) return true;
  engine.set_failed(fail(REFRAIN_FAILED, "%s by cuDNN: %s", text_of(shape).c_str(),
                         failure_of(calls_, call, status).c_str()));
  return false;
}

const char* Cudnn::refusal(Engine& engine) {
  if (handle_ == nullptr && refusal_.empty()) {
    refusal_ = open(engine);
    if (!refusal_.empty()) {
      engine.give_notice("cuDNN is not used on " + engine.name() + ": " + refusal_ +
                         ": Refrain's own kernels do its work");
    }
  }
  return refusal_.empty() ? nullptr : refusal_.c_str();
}

std::string Cudnn::create() {
  const std::unique_lock<std::shared_mutex> no_captures(captures());
  return failure_of(calls_, "cudnnCreate", calls_.cudnnCreate(&handle_));
}

// Returns why it cannot be had; "" if it can. The library that was found is a small one that loads others,
// which may be missing or of another version.
std::string Cudnn::open(Engine& engine) {
  std::string failure = create();
  if (!failure.empty()) {
    // It takes memory of its own, which the pools may hold; what is refused now is refused for ever.
    cudaGetLastError();
    if (engine.memory().make_room() > 0) failure = create();
  }
  if (!failure.empty()) handle_ = nullptr;
  if (failure.empty()) {
    failure = failure_of(calls_, "cudnnSetStream", calls_.cudnnSetStream(handle_, engine.stream()));
  }
  if (!failure.empty()) {
    close();
    cudaGetLastError();  // it was answered here, and must not show in the next launch
  }
  return failure;
}

bool Cudnn::describe(Engine& engine, CudnnPlan& plan) {
  const CudnnShape& s = plan.shape;
  return passed(engine, s, "cudnnCreateDropoutDescriptor",
                calls_.cudnnCreateDropoutDescriptor(&plan.dropout)) &&
         passed(engine, s, "cudnnSetDropoutDescriptor",
                calls_.cudnnSetDropoutDescriptor(plan.dropout, handle_, 0.0f, nullptr, 0, 0)) &&
         passed(engine, s, "cudnnCreateRNNDescriptor",
                calls_.cudnnCreateRNNDescriptor(&plan.rnn)) &&
         passed(engine, s, "cudnnSetRNNDescriptor",
                calls_.cudnnSetRNNDescriptor_v8(
                    plan.rnn, CUDNN_RNN_ALGO_STANDARD, s.cell, CUDNN_RNN_DOUBLE_BIAS,
                    CUDNN_UNIDIRECTIONAL, CUDNN_LINEAR_INPUT, CUDNN_DATA_FLOAT, CUDNN_DATA_FLOAT,
                    math_type(engine.precision()), s.inputs, s.hidden, s.outputs, 1, plan.dropout,
                    CUDNN_RNN_PADDED_IO_ENABLED)) &&
         describe_arrays(engine, plan);
}

bool Cudnn::describe_arrays(Engine& engine, CudnnPlan& plan) {
  const CudnnShape& s = plan.shape;
  const std::vector<int> lengths(static_cast<size_t>(s.batch), s.steps);
  const auto sequence = [&](cudnnRNNDataStruct** data, int columns) {
    float padding = 0.0f;
    return passed(engine, s, "cudnnCreateRNNDataDescriptor",
                  calls_.cudnnCreateRNNDataDescriptor(data)) &&
           passed(engine, s, "cudnnSetRNNDataDescriptor",
                  calls_.cudnnSetRNNDataDescriptor(
                      *data, CUDNN_DATA_FLOAT, CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED, s.steps,
                      s.batch, columns, lengths.data(), &padding));
  };
  const auto state = [&](cudnnTensorStruct** tensor, int columns) {
    const int sizes[] = {1, s.batch, columns};
    const int strides[] = {s.batch * columns, columns, 1};
    return passed(engine, s, "cudnnCreateTensorDescriptor",
                  calls_.cudnnCreateTensorDescriptor(tensor)) &&
           passed(engine, s, "cudnnSetTensorNdDescriptor",
                  calls_.cudnnSetTensorNdDescriptor(*tensor, CUDNN_DATA_FLOAT, 3, sizes, strides));
  };
  return sequence(&plan.x, s.inputs) && sequence(&plan.y, s.outputs) &&
         state(&plan.h, s.outputs) && (s.cell != CUDNN_LSTM || state(&plan.c, s.hidden));
}

bool Cudnn::ask_sizes(Engine& engine, CudnnPlan& plan) {
  size_t no_reserve = 0;
  return passed(engine, plan.shape, "cudnnGetRNNWeightSpaceSize",
                calls_.cudnnGetRNNWeightSpaceSize(handle_, plan.rnn, &plan.weights_bytes)) &&
         passed(engine, plan.shape, "cudnnGetRNNTempSpaceSizes",
                calls_.cudnnGetRNNTempSpaceSizes(handle_, plan.rnn, CUDNN_FWD_MODE_INFERENCE,
                                                 plan.x, &plan.inference_workspace_bytes,
                                                 &no_reserve)) &&
         passed(engine, plan.shape, "cudnnGetRNNTempSpaceSizes",
                calls_.cudnnGetRNNTempSpaceSizes(handle_, plan.rnn, CUDNN_FWD_MODE_TRAINING,
                                                 plan.x, &plan.training_workspace_bytes,
                                                 &plan.reserve_bytes));
}

bool Cudnn::find_part(Engine& engine, CudnnPlan& plan, const void* weights, int32_t part,
                      cudnnTensorStruct* matrix, cudnnTensorStruct* bias) {
  const CudnnShape& s = plan.shape;
  const bool projection = part == 2 * s.gates();
  void* matrix_address = nullptr;
  void* bias_address = nullptr;
  if (!passed(engine, s, "cudnnGetRNNWeightParams",
              calls_.cudnnGetRNNWeightParams(handle_, plan.rnn, 0, plan.weights_bytes, weights,
                                             part, matrix, &matrix_address, bias,
                                             &bias_address))) {
    return false;
  }
  const int rows = projection ? s.outputs : s.hidden;
  const int columns = projection ? s.hidden : (part < s.gates() ? s.inputs : s.outputs);
  if (matrix_address == nullptr || !is_matrix(calls_, matrix, rows, columns) ||
      (!projection && (bias_address == nullptr || !is_matrix(calls_, bias, rows, 1)))) {
    engine.set_failed(fail(REFRAIN_FAILED,
                           "%s by cuDNN: part %d of its weights is not a matrix [%d,%d] with a "
                           "bias, as its manual has it: another version is needed",
                           text_of(s).c_str(), part, rows, columns));
    return false;
  }
  plan.parts.push_back({floats_between(weights, matrix_address),
                        projection ? -1 : floats_between(weights, bias_address)});
  plan.parts_floats += int64_t{rows} * columns + (projection ? 0 : rows);
  return true;
}

bool Cudnn::find_parts(Engine& engine, CudnnPlan& plan, const void* weights) {
  cudnnTensorStruct* matrix = nullptr;
  cudnnTensorStruct* bias = nullptr;
  bool found = passed(engine, plan.shape, "cudnnCreateTensorDescriptor",
                      calls_.cudnnCreateTensorDescriptor(&matrix)) &&
               passed(engine, plan.shape, "cudnnCreateTensorDescriptor",
                      calls_.cudnnCreateTensorDescriptor(&bias));
  const int count = 2 * plan.shape.gates() + (plan.shape.projects() ? 1 : 0);
  for (int32_t part = 0; found && part < count; ++part) {
    found = find_part(engine, plan, weights, part, matrix, bias);
  }
  for (cudnnTensorStruct* tensor : {bias, matrix}) {
    if (tensor == nullptr) continue;
    const cudnnStatus_t ended = calls_.cudnnDestroyTensorDescriptor(tensor);
    // The first failure's message stays.
    found = found && passed(engine, plan.shape, "cudnnDestroyTensorDescriptor", ended);
  }
  return found;
}

CudnnPlan* Cudnn::plan(Engine& engine, const CudnnShape& shape) {
  if (engine.status() != REFRAIN_OK) return nullptr;
  const auto known = plans_.find(shape);
  if (known != plans_.end()) return known->second.get();
  if (refusal(engine) != nullptr) {
    engine.set_failed(fail(REFRAIN_UNAVAILABLE, "%s", refusal_.c_str()));
    return nullptr;
  }
  auto made = std::make_unique<CudnnPlan>(calls_, shape);
  if (!describe(engine, *made) || !ask_sizes(engine, *made)) return nullptr;
  // Addresses are told within a weight space that exists.
  int status = REFRAIN_OK;
  void* weights = engine.memory().allocate(static_cast<int64_t>(made->weights_bytes), &status);
  if (weights == nullptr) {
    engine.set_failed(status);
    return nullptr;
  }
  const bool found = find_parts(engine, *made, weights);
  engine.memory().release(weights);
  if (!found) return nullptr;
  return plans_.emplace(shape, std::move(made)).first->second.get();
}

void Cudnn::warm_up(Engine& engine, CudnnPlan& plan, const CudnnPresence& is) {
  if (engine.status() != REFRAIN_OK || plan.warm.count(is.bits()) != 0) return;
  const CudnnShape& s = plan.shape;
  const int64_t rows = int64_t{s.steps} * s.batch;
  const auto floats = [](size_t bytes) { return static_cast<int64_t>((bytes + 3) / 4); };
  ScratchLayout layout;
  // Aligned as the arrays of a layer's call are.
  const auto take = [&](int64_t count) { return layout.take((count + 63) / 64 * 64); };
  const int64_t x = take(rows * s.inputs);
  const int64_t dx = take(is.backward ? rows * s.inputs : 0);
  const int64_t y = take(rows * s.outputs);
  const int64_t dy = take(is.backward ? rows * s.outputs : 0);
  const int64_t weights = take(floats(plan.weights_bytes));
  const int64_t dweights = take(is.backward ? floats(plan.weights_bytes) : 0);
  const int64_t workspace = take(
      floats(is.training ? plan.training_workspace_bytes : plan.inference_workspace_bytes));
  const int64_t reserve = take(is.training ? floats(plan.reserve_bytes) : 0);
  const int64_t h = take(int64_t{s.batch} * s.outputs);
  const int64_t dh = take(int64_t{s.batch} * s.outputs);
  const int64_t c = take(int64_t{s.batch} * s.hidden);
  const int64_t c_out = take(int64_t{s.batch} * s.hidden);
  const int64_t dc = take(int64_t{s.batch} * s.hidden);
  const int64_t dc_in = take(int64_t{s.batch} * s.hidden);
  const int64_t size_bytes = layout.size() * static_cast<int64_t>(sizeof(float));
  int status = REFRAIN_OK;
  auto* memory = static_cast<float*>(engine.memory().allocate(size_bytes, &status));
  if (memory == nullptr) {
    engine.set_failed(status);
    return;
  }
  const auto where = [&](bool present, int64_t offset) {
    return present ? memory + offset : nullptr;
  };
  cudaError_t error = cudaMemsetAsync(memory, 0, static_cast<size_t>(size_bytes), engine.stream());
  if (error == cudaSuccess) {
    forward(engine, plan,
            {is.training, memory + x, memory + y, where(is.hx, h), where(is.cx, c), where(is.cy, c_out),
             memory + weights, memory + workspace,
             where(is.training, reserve)});
  }
  if (error == cudaSuccess && is.backward) {
    backward(engine, plan,
             {memory + x, memory + y, memory + dy, memory + dx, where(is.hx, h),
              where(is.dhx, dh), where(is.cx, c), where(is.dcy, dc_in), where(is.dcx, dc),
              memory + weights, memory + dweights, memory + workspace, memory + reserve});
  }
  if (error == cudaSuccess) error = cudaStreamSynchronize(engine.stream());
  engine.memory().release(memory);
  if (engine.status() != REFRAIN_OK) return;
  if (error != cudaSuccess) {
    engine.set_failed(fail(REFRAIN_FAILED, "%s by cuDNN: a first run: %s (%s)", text_of(s).c_str(),
                           cudaGetErrorString(error), cudaGetErrorName(error)));
    return;
  }
  plan.warm.insert(is.bits());
}

void Cudnn::forward(Engine& engine, const CudnnPlan& plan, const CudnnForward& a) {
  if (engine.status() != REFRAIN_OK) return;
  passed(engine, plan.shape, "cudnnRNNForward",
         calls_.cudnnRNNForward(
             handle_, plan.rnn, a.training ? CUDNN_FWD_MODE_TRAINING : CUDNN_FWD_MODE_INFERENCE,
             kNoLengths, plan.x, a.x, plan.y, a.y, plan.h, a.hx, nullptr, plan.c, a.cx, a.cy,
             plan.weights_bytes, a.weights,
             a.training ? plan.training_workspace_bytes : plan.inference_workspace_bytes,
             a.workspace, a.training ? plan.reserve_bytes : 0, a.training ? a.reserve : nullptr));
}

void Cudnn::backward(Engine& engine, const CudnnPlan& plan, const CudnnBackward& a) {
  if (engine.status() != REFRAIN_OK) return;
  if (!passed(engine, plan.shape, "cudnnRNNBackwardData",
              calls_.cudnnRNNBackwardData_v8(
                  handle_, plan.rnn, kNoLengths, plan.y, a.y, a.dy, plan.x, a.dx, plan.h, a.hx,
                  nullptr, a.dhx, plan.c, a.cx, a.dcy, a.dcx, plan.weights_bytes, a.weights,
                  plan.training_workspace_bytes, a.workspace, plan.reserve_bytes, a.reserve))) {
    return;
  }
  passed(engine, plan.shape, "cudnnRNNBackwardWeights",
         calls_.cudnnRNNBackwardWeights_v8(
             handle_, plan.rnn, CUDNN_WGRAD_MODE_ADD, kNoLengths, plan.x, a.x, plan.h, a.hx,
             plan.y, a.y, plan.weights_bytes, a.dweights, plan.training_workspace_bytes,
             a.workspace, plan.reserve_bytes, a.reserve));
}

}  // namespace refrain::cuda
