// Stands in for cuDNN under the emulator: the functions of cudnn_calls.h with their checks.
#include <atomic>
#include <cstring>
#include <limits>
#include <set>
#include <tuple>
#include <vector>

#include "cuda/cudnn_calls.h"
#include "fake_cudnn_cells.h"
#include "fake_library.h"

namespace refrain::cuda {

struct cudnnContext {
  cudaStream_t stream = nullptr;
  // Layers whose kernels have been loaded, by mode and the arrays that are there: which must not happen within
  // a capture.
  std::set<std::tuple<const cudnnRNNStruct*, int, int>> loaded;
};

struct cudnnTensorStruct {
  std::vector<int> sizes;
};

struct cudnnDropoutStruct {
  bool set = false;
};

struct cudnnRNNStruct {
  bool set = false;
  cudnnRNNMode_t cell;
  int32_t inputs, hidden, projected;
};

struct cudnnRNNDataStruct {
  int steps = 0;
  int batch = 0;
  int columns = 0;
};

namespace {

constexpr cudnnStatus_t kOk = CUDNN_STATUS_SUCCESS;
constexpr cudnnStatus_t kBad = CUDNN_STATUS_BAD_PARAM;
constexpr size_t kFloat = sizeof(float);

std::atomic<int64_t> layer_calls{0};
fake::Refusal refusal;

// Larger than any array here needs, and other sizes for the two modes.
size_t workspace_bytes_of(const fake::Layer& layer, cudnnForwardMode_t mode) {
  return static_cast<size_t>(layer.hidden * layer.batch) * kFloat +
         (mode == CUDNN_FWD_MODE_TRAINING ? 1028 : 516);
}

fake::Layer layer_of(const cudnnRNNStruct& rnn, const cudnnRNNDataStruct& x) {
  return {rnn.cell, x.steps, x.batch, rnn.inputs, rnn.hidden, rnn.projected};
}

bool is(const cudnnTensorStruct* tensor, int64_t batch, int64_t columns) {
  return tensor != nullptr && tensor->sizes.size() == 3 && tensor->sizes[0] == 1 &&
         tensor->sizes[1] == batch && tensor->sizes[2] == columns;
}

// What the three calls on a layer have in common.
struct LayerCall {
  const cudnnContext* handle;
  const cudnnRNNStruct* rnn;
  const int32_t* lengths;
  const cudnnRNNDataStruct* x;
  const cudnnRNNDataStruct* y;
  const cudnnTensorStruct* h;
  size_t weights_bytes;
  const void* weights;
  size_t workspace_bytes;
  void* workspace;

  cudnnStatus_t check(cudnnForwardMode_t mode) const {
    DEMAND(handle->stream != nullptr && rnn->set, kBad);
    DEMAND(x->columns == rnn->inputs && y->columns == rnn->projected, kBad);
    DEMAND(x->steps == y->steps && x->batch == y->batch, kBad);
    DEMAND(is(h, x->batch, rnn->projected), kBad);
    DEMAND(lengths == nullptr, kBad);  // those of the descriptors count
    const fake::Layer layer = layer_of(*rnn, *x);
    const auto floats = static_cast<size_t>(fake::WeightSpace(layer).floats);
    DEMAND(weights_bytes == floats * kFloat && fake::on_device(weights, weights_bytes), kBad);
    DEMAND(fake::aligned(weights, 256) && fake::aligned(workspace, 256), kBad);
    DEMAND(workspace_bytes >= workspace_bytes_of(layer, mode), kBad);
    DEMAND(fake::on_device(workspace, workspace_bytes), kBad);
    return kOk;
  }

  // As a library does that uses all of what it was given.
  void enqueue() const {
    emulator::enqueue(handle->stream, [call = *this] {
      auto* scratch = static_cast<float*>(call.workspace);
      for (size_t i = 0; i < call.workspace_bytes / kFloat; ++i) {
        scratch[i] = std::numeric_limits<float>::quiet_NaN();
      }
    });
  }
};

size_t sequence_bytes(const cudnnRNNDataStruct* data) {
  return static_cast<size_t>(data->steps) * static_cast<size_t>(data->batch) *
         static_cast<size_t>(data->columns) * kFloat;
}

size_t state_bytes(const cudnnTensorStruct* tensor) {
  if (tensor == nullptr) return 0;
  size_t bytes = kFloat;
  for (const int size : tensor->sizes) bytes *= static_cast<size_t>(size);
  return bytes;
}

// Which of them there are.
int states(std::initializer_list<const void*> arrays) {
  int bits = 0;
  for (const void* array : arrays) bits = 2 * bits + (array != nullptr ? 1 : 0);
  return bits;
}

const float* floats(const void* memory) { return static_cast<const float*>(memory); }
float* floats(void* memory) { return static_cast<float*>(memory); }

bool is_reserve(const fake::Layer& layer, size_t size_bytes, const void* reserve) {
  return size_bytes == static_cast<size_t>(fake::Reserve(layer).floats) * kFloat &&
         fake::on_device(reserve, size_bytes) && fake::aligned(reserve, 4);
}

}  // namespace

extern "C" {

REFRAIN_API int64_t fake_cudnn_calls() { return layer_calls; }

REFRAIN_API void fake_cudnn_refuse(const char* function) { refusal.plan(function); }

REFRAIN_API size_t cudnnGetVersion() { return 92501; }

REFRAIN_API const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == kOk ? "success" : "the stand-in refuses this call";
}

REFRAIN_API cudnnStatus_t cudnnCreate(cudnnContext** handle) {
  if (refusal.is_due("cudnnCreate")) return kBad;
  DEMAND(emulator::wait_for_device(), kBad);
  *handle = new cudnnContext;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnDestroy(cudnnContext* handle) {
  delete handle;
  DEMAND(emulator::wait_for_device(), kBad);
  return refusal.is_due("cudnnDestroy") ? kBad : kOk;
}

REFRAIN_API cudnnStatus_t cudnnSetStream(cudnnContext* handle, cudaStream_t stream) {
  handle->stream = stream;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorStruct** tensor) {
  *tensor = new cudnnTensorStruct;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorStruct* tensor,
                                                     cudnnDataType_t type, int dimensions,
                                                     const int* sizes, const int* strides) {
  DEMAND(type == CUDNN_DATA_FLOAT && dimensions == 3, kBad);
  DEMAND(strides[2] == 1 && strides[1] == sizes[2] && strides[0] == sizes[1] * sizes[2], kBad);
  tensor->sizes.assign(sizes, sizes + dimensions);
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnGetTensorNdDescriptor(const cudnnTensorStruct* tensor,
                                                     int most_dimensions, cudnnDataType_t* type,
                                                     int* dimensions, int* sizes, int* strides) {
  DEMAND(most_dimensions >= static_cast<int>(tensor->sizes.size()), kBad);
  *type = CUDNN_DATA_FLOAT;
  *dimensions = static_cast<int>(tensor->sizes.size());
  int stride = 1;
  for (size_t i = tensor->sizes.size(); i-- > 0;) {
    sizes[i] = tensor->sizes[i];
    strides[i] = stride;
    stride *= sizes[i];
  }
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorStruct* tensor) {
  delete tensor;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutStruct** dropout) {
  *dropout = new cudnnDropoutStruct;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutStruct* dropout, cudnnContext*,
                                                    float rate, void* states, size_t states_bytes,
                                                    unsigned long long) {
  DEMAND(rate == 0.0f && states == nullptr && states_bytes == 0, kBad);
  dropout->set = true;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutStruct* dropout) {
  delete dropout;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNStruct** rnn) {
  *rnn = new cudnnRNNStruct;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnSetRNNDescriptor_v8(
    cudnnRNNStruct* rnn, cudnnRNNAlgo_t algorithm, cudnnRNNMode_t cell, cudnnRNNBiasMode_t bias,
    cudnnDirectionMode_t direction, cudnnRNNInputMode_t input, cudnnDataType_t type,
    cudnnDataType_t math_precision, cudnnMathType_t math, int32_t inputs, int32_t hidden,
    int32_t projected, int32_t layers, cudnnDropoutStruct* dropout, uint32_t flags) {
  DEMAND(algorithm == CUDNN_RNN_ALGO_STANDARD && bias == CUDNN_RNN_DOUBLE_BIAS, kBad);
  DEMAND(direction == CUDNN_UNIDIRECTIONAL && input == CUDNN_LINEAR_INPUT && layers == 1, kBad);
  DEMAND(type == CUDNN_DATA_FLOAT && math_precision == CUDNN_DATA_FLOAT, kBad);
  DEMAND(math == CUDNN_FMA_MATH, kBad);
  DEMAND(dropout->set && flags == CUDNN_RNN_PADDED_IO_ENABLED, kBad);
  DEMAND(inputs > 0 && hidden > 0 && projected > 0 && projected <= hidden, kBad);
  DEMAND(projected == hidden || cell == CUDNN_LSTM, kBad);
  *rnn = {true, cell, inputs, hidden, projected};
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNStruct* rnn) {
  delete rnn;
  return refusal.is_due("cudnnDestroyRNNDescriptor") ? kBad : kOk;
}

REFRAIN_API cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataStruct** data) {
  *data = new cudnnRNNDataStruct;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataStruct* data, cudnnDataType_t type,
                                                    cudnnRNNDataLayout_t layout, int steps,
                                                    int batch, int columns, const int* lengths,
                                                    void* padding) {
  DEMAND(type == CUDNN_DATA_FLOAT && layout == CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED, kBad);
  DEMAND(steps > 0 && batch > 0 && columns > 0 && padding != nullptr, kBad);
  for (int n = 0; n < batch; ++n) DEMAND(lengths[n] == steps, kBad);
  *data = {steps, batch, columns};
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataStruct* data) {
  delete data;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnContext* handle, cudnnRNNStruct* rnn,
                                                     size_t* size_bytes) {
  DEMAND(rnn->set && !emulator::is_capturing(handle->stream), kBad);
  const fake::Layer layer = {rnn->cell, 1, 1, rnn->inputs, rnn->hidden, rnn->projected};
  *size_bytes = static_cast<size_t>(fake::WeightSpace(layer).floats) * kFloat;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnGetRNNWeightParams(cudnnContext* handle, cudnnRNNStruct* rnn,
                                                  int32_t layer_number, size_t weights_bytes,
                                                  const void* weights, int32_t part,
                                                  cudnnTensorStruct* matrix, void** matrix_address,
                                                  cudnnTensorStruct* bias, void** bias_address) {
  const fake::Layer layer = {rnn->cell, 1, 1, rnn->inputs, rnn->hidden, rnn->projected};
  const fake::WeightSpace space(layer);
  DEMAND(layer_number == 0 && part >= 0 && part < layer.parts(), kBad);
  DEMAND(!emulator::is_capturing(handle->stream), kBad);
  DEMAND(weights_bytes == static_cast<size_t>(space.floats) * kFloat, kBad);
  DEMAND(fake::on_device(weights, weights_bytes), kBad);
  const bool projection = part == 2 * layer.gates();
  const auto rows = static_cast<int>(projection ? layer.outputs : layer.hidden);
  matrix->sizes = {1, rows,
                   static_cast<int>(projection ? layer.hidden
                                               : (part < layer.gates() ? layer.inputs
                                                                       : layer.outputs))};
  auto* base = const_cast<float*>(floats(weights));
  *matrix_address = base + space.matrix[static_cast<size_t>(part)];
  bias->sizes.clear();
  *bias_address = nullptr;
  if (projection) return kOk;
  bias->sizes = {1, rows, 1};
  *bias_address = base + space.bias[static_cast<size_t>(part)];
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnContext* handle, cudnnRNNStruct* rnn,
                                                    cudnnForwardMode_t mode,
                                                    cudnnRNNDataStruct* x,
                                                    size_t* workspace_bytes,
                                                    size_t* reserve_bytes) {
  DEMAND(rnn->set && x->columns == rnn->inputs, kBad);
  DEMAND(!emulator::is_capturing(handle->stream), kBad);
  const fake::Layer layer = layer_of(*rnn, *x);
  *workspace_bytes = workspace_bytes_of(layer, mode);
  *reserve_bytes = mode == CUDNN_FWD_MODE_TRAINING
                       ? static_cast<size_t>(fake::Reserve(layer).floats) * kFloat
                       : 0;
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnRNNForward(
    cudnnContext* handle, cudnnRNNStruct* rnn, cudnnForwardMode_t mode, const int32_t* lengths,
    cudnnRNNDataStruct* x_data, const void* x, cudnnRNNDataStruct* y_data, void* y,
    cudnnTensorStruct* h, const void* hx, void* hy, cudnnTensorStruct* c, const void* cx, void* cy,
    size_t weights_bytes, const void* weights, size_t workspace_bytes, void* workspace,
    size_t reserve_bytes, void* reserve) {
  const LayerCall call = {handle, rnn, lengths, x_data, y_data, h, weights_bytes, weights,
                          workspace_bytes, workspace};
  DEMAND(call.check(mode) == kOk, kBad);
  const fake::Layer layer = layer_of(*rnn, *x_data);
  const bool training = mode == CUDNN_FWD_MODE_TRAINING;
  DEMAND(rnn->cell == CUDNN_LSTM ? is(c, x_data->batch, rnn->hidden) : !cx && !cy, kBad);
  DEMAND(fake::on_device(x, sequence_bytes(x_data)), kBad);
  DEMAND(fake::on_device(y, sequence_bytes(y_data)), kBad);
  DEMAND(fake::absent_or_on_device(hx, state_bytes(h)) && hy == nullptr, kBad);
  DEMAND(fake::absent_or_on_device(cx, state_bytes(c)), kBad);
  DEMAND(fake::absent_or_on_device(cy, state_bytes(c)), kBad);
  DEMAND(training ? is_reserve(layer, reserve_bytes, reserve) : reserve == nullptr, kBad);
  const bool first = handle->loaded.insert({rnn, mode, states({hx, cx, cy})}).second;
  DEMAND(!first || !emulator::is_capturing(handle->stream), kBad);
  ++layer_calls;
  call.enqueue();
  emulator::enqueue(handle->stream,
                    fake::Forward{layer, training, floats(x), floats(y), floats(hx), floats(cx),
                                  floats(cy), floats(weights), floats(reserve)});
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnRNNBackwardData_v8(
    cudnnContext* handle, cudnnRNNStruct* rnn, const int32_t* lengths, cudnnRNNDataStruct* y_data,
    const void* y, const void* dy, cudnnRNNDataStruct* x_data, void* dx, cudnnTensorStruct* h,
    const void* hx, const void* dhy, void* dhx, cudnnTensorStruct* c, const void* cx,
    const void* dcy, void* dcx, size_t weights_bytes, const void* weights, size_t workspace_bytes,
    void* workspace, size_t reserve_bytes, void* reserve) {
  const LayerCall call = {handle, rnn, lengths, x_data, y_data, h, weights_bytes, weights,
                          workspace_bytes, workspace};
  DEMAND(call.check(CUDNN_FWD_MODE_TRAINING) == kOk, kBad);
  const fake::Layer layer = layer_of(*rnn, *x_data);
  DEMAND(rnn->cell == CUDNN_LSTM ? is(c, x_data->batch, rnn->hidden) : !cx && !dcx, kBad);
  DEMAND(fake::on_device(y, sequence_bytes(y_data)), kBad);
  DEMAND(fake::on_device(dy, sequence_bytes(y_data)), kBad);
  DEMAND(fake::on_device(dx, sequence_bytes(x_data)), kBad);
  DEMAND(fake::absent_or_on_device(hx, state_bytes(h)), kBad);
  DEMAND(fake::absent_or_on_device(dhy, state_bytes(h)), kBad);
  DEMAND(fake::absent_or_on_device(dhx, state_bytes(h)), kBad);
  DEMAND(fake::absent_or_on_device(cx, state_bytes(c)), kBad);
  DEMAND(fake::absent_or_on_device(dcy, state_bytes(c)), kBad);
  DEMAND(fake::absent_or_on_device(dcx, state_bytes(c)), kBad);
  DEMAND(is_reserve(layer, reserve_bytes, reserve), kBad);
  const bool first = handle->loaded.insert({rnn, 2, states({hx, dhy, dhx, cx, dcy, dcx})}).second;
  DEMAND(!first || !emulator::is_capturing(handle->stream), kBad);
  ++layer_calls;
  call.enqueue();
  emulator::enqueue(handle->stream,
                    fake::BackwardData{layer, floats(y), floats(dy), floats(dx), floats(hx),
                                       floats(dhy), floats(dhx), floats(cx), floats(dcy),
                                       floats(dcx), floats(weights), floats(reserve)});
  return kOk;
}

REFRAIN_API cudnnStatus_t cudnnRNNBackwardWeights_v8(
    cudnnContext* handle, cudnnRNNStruct* rnn, cudnnWgradMode_t mode, const int32_t* lengths,
    cudnnRNNDataStruct* x_data, const void* x, cudnnTensorStruct* h, const void* hx,
    cudnnRNNDataStruct* y_data, const void* y, size_t weights_bytes, void* dweights,
    size_t workspace_bytes, void* workspace, size_t reserve_bytes, void* reserve) {
  const LayerCall call = {handle, rnn, lengths, x_data, y_data, h, weights_bytes, dweights,
                          workspace_bytes, workspace};
  DEMAND(mode == CUDNN_WGRAD_MODE_ADD && call.check(CUDNN_FWD_MODE_TRAINING) == kOk, kBad);
  const fake::Layer layer = layer_of(*rnn, *x_data);
  DEMAND(fake::on_device(x, sequence_bytes(x_data)), kBad);
  DEMAND(fake::on_device(y, sequence_bytes(y_data)), kBad);
  DEMAND(fake::absent_or_on_device(hx, state_bytes(h)), kBad);
  DEMAND(is_reserve(layer, reserve_bytes, reserve), kBad);
  const bool first = handle->loaded.insert({rnn, 3, states({hx})}).second;
  DEMAND(!first || !emulator::is_capturing(handle->stream), kBad);
  ++layer_calls;
  call.enqueue();
  emulator::enqueue(handle->stream,
                    fake::BackwardWeights{layer, floats(x), floats(hx), floats(y),
                                          floats(dweights), floats(reserve)});
  return kOk;
}

}  // extern "C"

}  // namespace refrain::cuda
