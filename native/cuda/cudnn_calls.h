// What the backend calls of cuDNN 9, by pointers that library.cc finds in the shared library: no
// header of cuDNN is needed to build, and no library to start. VendorPrototypesTest holds names,
// values and parameters against the presets of org.bytedeco:cuda.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace refrain::cuda {

struct cudnnContext;
struct cudnnTensorStruct;
struct cudnnDropoutStruct;
struct cudnnRNNStruct;
struct cudnnRNNDataStruct;

enum cudnnStatus_t : int { CUDNN_STATUS_SUCCESS = 0, CUDNN_STATUS_BAD_PARAM = 2000 };
enum cudnnDataType_t : int { CUDNN_DATA_FLOAT = 0 };
enum cudnnMathType_t : int {
  CUDNN_DEFAULT_MATH = 0,
  CUDNN_TENSOR_OP_MATH = 1,
  CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION = 2,
  CUDNN_FMA_MATH = 3
};
enum cudnnRNNAlgo_t : int { CUDNN_RNN_ALGO_STANDARD = 0 };
enum cudnnRNNMode_t : int { CUDNN_RNN_RELU = 0, CUDNN_RNN_TANH = 1, CUDNN_LSTM = 2, CUDNN_GRU = 3 };
enum cudnnRNNBiasMode_t : int { CUDNN_RNN_DOUBLE_BIAS = 2 };
enum cudnnDirectionMode_t : int { CUDNN_UNIDIRECTIONAL = 0 };
enum cudnnRNNInputMode_t : int { CUDNN_LINEAR_INPUT = 0 };
enum cudnnRNNDataLayout_t : int { CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED = 0 };
enum cudnnForwardMode_t : int { CUDNN_FWD_MODE_INFERENCE = 0, CUDNN_FWD_MODE_TRAINING = 1 };
enum cudnnWgradMode_t : int { CUDNN_WGRAD_MODE_ADD = 0 };
enum : unsigned { CUDNN_RNN_PADDED_IO_ENABLED = 1 };

struct CudnnCalls {
  size_t (*cudnnGetVersion)();
  const char* (*cudnnGetErrorString)(cudnnStatus_t status);
  cudnnStatus_t (*cudnnCreate)(cudnnContext** handle);
  cudnnStatus_t (*cudnnDestroy)(cudnnContext* handle);
  cudnnStatus_t (*cudnnSetStream)(cudnnContext* handle, cudaStream_t stream);

  cudnnStatus_t (*cudnnCreateTensorDescriptor)(cudnnTensorStruct** tensor);
  cudnnStatus_t (*cudnnSetTensorNdDescriptor)(cudnnTensorStruct* tensor, cudnnDataType_t type,
                                              int dimensions, const int* sizes,
                                              const int* strides);
  cudnnStatus_t (*cudnnGetTensorNdDescriptor)(const cudnnTensorStruct* tensor, int most_dimensions,
                                              cudnnDataType_t* type, int* dimensions, int* sizes,
                                              int* strides);
  cudnnStatus_t (*cudnnDestroyTensorDescriptor)(cudnnTensorStruct* tensor);
  cudnnStatus_t (*cudnnCreateDropoutDescriptor)(cudnnDropoutStruct** dropout);
  cudnnStatus_t (*cudnnSetDropoutDescriptor)(cudnnDropoutStruct* dropout, cudnnContext* handle,
                                             float rate, void* states, size_t states_bytes,
                                             unsigned long long seed);
  cudnnStatus_t (*cudnnDestroyDropoutDescriptor)(cudnnDropoutStruct* dropout);

  cudnnStatus_t (*cudnnCreateRNNDescriptor)(cudnnRNNStruct** rnn);
  cudnnStatus_t (*cudnnSetRNNDescriptor_v8)(
      cudnnRNNStruct* rnn, cudnnRNNAlgo_t algorithm, cudnnRNNMode_t cell,
      cudnnRNNBiasMode_t bias, cudnnDirectionMode_t direction, cudnnRNNInputMode_t input,
      cudnnDataType_t type, cudnnDataType_t math_precision, cudnnMathType_t math, int32_t inputs,
      int32_t hidden, int32_t projected, int32_t layers, cudnnDropoutStruct* dropout,
      uint32_t flags);
  cudnnStatus_t (*cudnnDestroyRNNDescriptor)(cudnnRNNStruct* rnn);
  cudnnStatus_t (*cudnnCreateRNNDataDescriptor)(cudnnRNNDataStruct** data);
  cudnnStatus_t (*cudnnSetRNNDataDescriptor)(cudnnRNNDataStruct* data, cudnnDataType_t type,
                                             cudnnRNNDataLayout_t layout, int steps, int batch,
                                             int columns, const int* lengths, void* padding);
  cudnnStatus_t (*cudnnDestroyRNNDataDescriptor)(cudnnRNNDataStruct* data);

  cudnnStatus_t (*cudnnGetRNNWeightSpaceSize)(cudnnContext* handle, cudnnRNNStruct* rnn,
                                              size_t* size_bytes);
  cudnnStatus_t (*cudnnGetRNNWeightParams)(cudnnContext* handle, cudnnRNNStruct* rnn,
                                           int32_t layer, size_t weights_bytes,
                                           const void* weights, int32_t part,
                                           cudnnTensorStruct* matrix, void** matrix_address,
                                           cudnnTensorStruct* bias, void** bias_address);
  cudnnStatus_t (*cudnnGetRNNTempSpaceSizes)(cudnnContext* handle, cudnnRNNStruct* rnn,
                                             cudnnForwardMode_t mode, cudnnRNNDataStruct* x,
                                             size_t* workspace_bytes, size_t* reserve_bytes);
  cudnnStatus_t (*cudnnRNNForward)(cudnnContext* handle, cudnnRNNStruct* rnn,
                                   cudnnForwardMode_t mode, const int32_t* lengths,
                                   cudnnRNNDataStruct* x_data, const void* x,
                                   cudnnRNNDataStruct* y_data, void* y, cudnnTensorStruct* h,
                                   const void* hx, void* hy, cudnnTensorStruct* c, const void* cx,
                                   void* cy, size_t weights_bytes, const void* weights,
                                   size_t workspace_bytes, void* workspace, size_t reserve_bytes,
                                   void* reserve);
  cudnnStatus_t (*cudnnRNNBackwardData_v8)(
      cudnnContext* handle, cudnnRNNStruct* rnn, const int32_t* lengths,
      cudnnRNNDataStruct* y_data, const void* y, const void* dy, cudnnRNNDataStruct* x_data,
      void* dx, cudnnTensorStruct* h, const void* hx, const void* dhy, void* dhx,
      cudnnTensorStruct* c, const void* cx, const void* dcy, void* dcx, size_t weights_bytes,
      const void* weights, size_t workspace_bytes, void* workspace, size_t reserve_bytes,
      void* reserve);
  cudnnStatus_t (*cudnnRNNBackwardWeights_v8)(
      cudnnContext* handle, cudnnRNNStruct* rnn, cudnnWgradMode_t mode, const int32_t* lengths,
      cudnnRNNDataStruct* x_data, const void* x, cudnnTensorStruct* h, const void* hx,
      cudnnRNNDataStruct* y_data, const void* y, size_t weights_bytes, void* dweights,
      size_t workspace_bytes, void* workspace, size_t reserve_bytes, void* reserve);
};

}  // namespace refrain::cuda
