// What one element of an LSTM computes in a step, forward and backward: shared by all variants.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/activation.cuh"
#include "cuda/elementwise.cuh"

namespace refrain::cuda {

namespace lstm {
enum Gate { kInput, kForget, kCandidate, kOutput, kGates };
}

// What is the same for every element.
struct LstmRule {
  int32_t activation;
  float clip;  // 0: none
  refrain_view peepholes;

  __device__ float clipped(float c) const { return clip > 0.0f ? clamped(c, clip) : c; }
  // dc where c was not cut, 0 where it was.
  __device__ float uncut(float dc, float c) const {
    return clip > 0.0f && fabsf(c) > clip ? 0.0f : dc;
  }
  // Of gates i, f and o: 0, 1 and 2.
  __device__ float peephole(int64_t group, int64_t gate, int64_t j) const {
    return element_or_zero(peepholes, group, gate, j);
  }
};

// The cell state before its bounds; backward needs the same bits to see where it was cut.
__device__ __forceinline__ float unbounded_cell(float i, float f, float g, float c) {
  return fmaf(f, c, i * g);
}

// The gates of one element after their activations, and the cell state after the step.
struct LstmElement {
  float gates[lstm::kGates];
  float c;
  float output;  // o * act(c)
};

__device__ inline LstmElement lstm_forward_element(const LstmRule& rule,
                                                   const float (&a)[lstm::kGates], float before,
                                                   int64_t group, int64_t j) {
  float a_i = a[lstm::kInput];
  float a_f = a[lstm::kForget];
  float a_o = a[lstm::kOutput];
  const bool peeps = rule.peepholes.data != nullptr;
  if (peeps) {
    a_i = fmaf(rule.peephole(group, 0, j), before, a_i);
    a_f = fmaf(rule.peephole(group, 1, j), before, a_f);
  }
  LstmElement e;
  e.gates[lstm::kInput] = sigmoid(a_i);
  e.gates[lstm::kForget] = sigmoid(a_f);
  e.gates[lstm::kCandidate] = activate(rule.activation, a[lstm::kCandidate]);
  e.c = rule.clipped(unbounded_cell(e.gates[lstm::kInput], e.gates[lstm::kForget],
                                    e.gates[lstm::kCandidate], before));
  if (peeps) a_o = fmaf(rule.peephole(group, 2, j), e.c, a_o);
  e.gates[lstm::kOutput] = sigmoid(a_o);
  e.output = e.gates[lstm::kOutput] * activate(rule.activation, e.c);
  return e;
}

// Gradients of one element: of the pre-activations, and of the cell state before the step.
struct LstmElementGradient {
  float da[lstm::kGates];
  float dc;
};

// doutput and dc are the gradients of o * act(c) and of c after the step.
__device__ inline LstmElementGradient lstm_backward_element(const LstmRule& rule,
                                                            const float (&gates)[lstm::kGates],
                                                            float c, float before, float doutput,
                                                            float dc, int64_t group, int64_t j) {
  const float i = gates[lstm::kInput];
  const float f = gates[lstm::kForget];
  const float g = gates[lstm::kCandidate];
  const float o = gates[lstm::kOutput];
  const float c_out = activate(rule.activation, c);
  const bool peeps = rule.peepholes.data != nullptr;
  LstmElementGradient e;
  e.da[lstm::kOutput] = doutput * c_out * sigmoid_slope(o);
  dc = fmaf(doutput * o, slope(rule.activation, c_out), dc);
  if (peeps) dc = fmaf(e.da[lstm::kOutput], rule.peephole(group, 2, j), dc);
  dc = rule.uncut(dc, unbounded_cell(i, f, g, before));
  e.da[lstm::kInput] = dc * g * sigmoid_slope(i);
  e.da[lstm::kForget] = dc * before * sigmoid_slope(f);
  e.da[lstm::kCandidate] = dc * i * slope(rule.activation, g);
  e.dc = dc * f;
  if (peeps) {
    e.dc = fmaf(e.da[lstm::kInput], rule.peephole(group, 0, j), e.dc);
    e.dc = fmaf(e.da[lstm::kForget], rule.peephole(group, 1, j), e.dc);
  }
  return e;
}

}  // namespace refrain::cuda
