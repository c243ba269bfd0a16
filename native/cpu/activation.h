// The contract's activations as types, so that a loop over elements is compiled for each.
#pragma once

#include "cpu/math.h"
#include "refrain/shapes.h"

namespace refrain::REFRAIN_TARGET {

struct Tanh {
  REFRAIN_INLINE static Vec value(Vec x) { return tanh(x); }
  REFRAIN_INLINE static Vec slope(Vec y) { return tanh_slope(y); }
};
struct Relu {
  REFRAIN_INLINE static Vec value(Vec x) { return relu(x); }
  REFRAIN_INLINE static Vec slope(Vec y) { return relu_slope(y); }
};
struct Sigmoid {
  REFRAIN_INLINE static Vec value(Vec x) { return sigmoid(x); }
  REFRAIN_INLINE static Vec slope(Vec y) { return sigmoid_slope(y); }
};
struct Identity {
  REFRAIN_INLINE static Vec value(Vec x) { return x; }
  REFRAIN_INLINE static Vec slope(Vec) { return broadcast(1.0f); }
};
struct Softsign {
  REFRAIN_INLINE static Vec value(Vec x) { return softsign(x); }
  REFRAIN_INLINE static Vec slope(Vec y) { return softsign_slope(y); }
};
struct Elu {
  REFRAIN_INLINE static Vec value(Vec x) { return elu(x); }
  REFRAIN_INLINE static Vec slope(Vec y) { return elu_slope(y); }
};

// Calls body(Tanh{}) or its like.
template <class Body>
void with_activation(int32_t activation, Body&& body) {
  switch (activation) {
    case REFRAIN_TANH:
      return body(Tanh{});
    case REFRAIN_RELU:
      return body(Relu{});
    case REFRAIN_SIGMOID:
      return body(Sigmoid{});
    case REFRAIN_IDENTITY:
      return body(Identity{});
    case REFRAIN_SOFTSIGN:
      return body(Softsign{});
    default:
      return body(Elu{});
  }
}

}  // namespace refrain::REFRAIN_TARGET
