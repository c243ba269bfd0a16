// The contract's activations, and their slopes taken from the output. NaN gives NaN.
#pragma once

#include <cuda_runtime.h>

#include <cmath>

#include "refrain/shapes.h"

namespace refrain::cuda {

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
__device__ __forceinline__ float sigmoid_slope(float y) { return fmaf(-y, y, y); }

__device__ __forceinline__ float softsign(float x) {
  // An infinity would give NaN.
  const float magnitude = fabsf(x) > 3.40282347e38f ? 3.40282347e38f : fabsf(x);
  return copysignf(magnitude / (1.0f + magnitude), x);
}

__device__ __forceinline__ float activate(int32_t activation, float x) {
  switch (activation) {
    case REFRAIN_TANH:
      return tanhf(x);
    case REFRAIN_RELU:
      return x <= 0.0f ? 0.0f : x;
    case REFRAIN_SIGMOID:
      return sigmoid(x);
    case REFRAIN_IDENTITY:
      return x;
    case REFRAIN_SOFTSIGN:
      return softsign(x);
    default:
      return x > 0.0f ? x : expm1f(x);
  }
}

__device__ __forceinline__ float slope(int32_t activation, float y) {
  switch (activation) {
    case REFRAIN_TANH:
      return fmaf(-y, y, 1.0f);
    case REFRAIN_RELU:
      return y <= 0.0f ? 0.0f : (y > 0.0f ? 1.0f : y);
    case REFRAIN_SIGMOID:
      return sigmoid_slope(y);
    case REFRAIN_IDENTITY:
      return 1.0f;
    case REFRAIN_SOFTSIGN: {
      const float rest = 1.0f - fabsf(y);
      return rest * rest;
    }
    default:
      return y > 0.0f ? 1.0f : y + 1.0f;
  }
}

// x within [-bound, bound].
__device__ __forceinline__ float clamped(float x, float bound) {
  return x > bound ? bound : (x < -bound ? -bound : x);
}

}  // namespace refrain::cuda
