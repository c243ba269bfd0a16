// What one element of a GRU computes in a step, forward and backward: shared by all variants.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/activation.cuh"

namespace refrain::cuda {

namespace gru {
enum Gate { kReset, kUpdate, kCandidate, kGates };
}

// The state after the step: z h + (1-z) n.
__device__ __forceinline__ float gru_state(float z, float h, float n) { return fmaf(z, h - n, n); }

// The gates of one element after their activations. `a` are pre-activations; `recurrent` is R_n h +
// b_Rn in the form reset-after, 0 in the other one, whose a_n has it already.
struct GruGates {
  float r;
  float z;
  float n;
};

__device__ __forceinline__ GruGates gru_gates(int32_t activation, const float (&a)[gru::kGates],
                                              float recurrent) {
  GruGates gates;
  gates.r = sigmoid(a[gru::kReset]);
  gates.z = sigmoid(a[gru::kUpdate]);
  gates.n = activate(activation, fmaf(gates.r, recurrent, a[gru::kCandidate]));
  return gates;
}

// Gradients that d, that of the state after the step, gives: of the pre-activations of z and of n
// without R's part, and of the state before as far as it passes z.
struct GruElementGradient {
  float da_z;
  float da_n;
  float dh;
};

__device__ __forceinline__ GruElementGradient gru_backward_element(int32_t activation,
                                                                   const GruGates& gates,
                                                                   float before, float d) {
  return {d * (before - gates.n) * sigmoid_slope(gates.z),
          d * (1.0f - gates.z) * slope(activation, gates.n), d * gates.z};
}

// The gradient of r's pre-activation, from that of what r is multiplied with.
__device__ __forceinline__ float gru_reset_gradient(float r, float multiplied, float d) {
  return d * multiplied * sigmoid_slope(r);
}

}  // namespace refrain::cuda
