// Vector exp, expm1 and the activation functions, with their derivatives taken from the output.
// Errors are below 3 units in the last place with FMA (the test measures them); infinities give
// the limits, and NaN gives NaN, so that a network that has gone wrong is seen to be. Every function
// is a fixed sequence of lane-wise operations: an element's bits do not depend on its position.
#pragma once

#include "cpu/simd.h"

namespace refrain::REFRAIN_TARGET {

// x = n ln 2 + r with |r| <= ln(2)/2. 355/512 has nine bits, so n times it is exact.
struct ReducedExponent {
  Vec n;
  Vec r;
};

REFRAIN_INLINE ReducedExponent reduce_exponent(Vec x) {
  const Vec n = round_to_even(x * broadcast(1.44269504f));
  const Vec high = fnma(n, broadcast(0.693359375f), x);
  return {n, fnma(n, broadcast(-2.12194440e-4f), high)};
}

// e^r - 1 = r + r^2 q(r) on |r| <= ln(2)/2. q was fitted for the least relative error, 1.4e-8,
// and begins at very nearly 1/2, 1/6, 1/24.
REFRAIN_INLINE Vec expm1_reduced(Vec r) {
  Vec q = broadcast(0.0013882498f);
  q = fma(q, r, broadcast(0.00836664718f));
  q = fma(q, r, broadcast(0.0416672044f));
  q = fma(q, r, broadcast(0.16666542f));
  q = fma(q, r, broadcast(0.49999997f));
  return fma(r * r, q, r);
}

REFRAIN_INLINE Vec exp(Vec x) {
  // Beyond these bounds the result is 0 or infinity whatever x is.
  const Vec bounded = max(broadcast(-105.0f), min(broadcast(90.0f), x));
  const ReducedExponent e = reduce_exponent(bounded);
  return scale_by_power_of_two(broadcast(1.0f) + expm1_reduced(e.r), e.n);
}

// e^x - 1 for |x| <= 40, with full relative precision near 0.
REFRAIN_INLINE Vec expm1_bounded(Vec x) {
  const ReducedExponent e = reduce_exponent(x);
  const Vec power = scale_by_power_of_two(broadcast(1.0f), e.n);
  return fma(power, expm1_reduced(e.r), power - broadcast(1.0f));
}

REFRAIN_INLINE Vec tanh(Vec x) {
  // tanh|x| = m / (m + 2) with m = e^(2|x|) - 1; it rounds to 1 from 9.02 on.
  const Vec magnitude = min(broadcast(9.1f), abs(x));
  const Vec m = expm1_bounded(magnitude + magnitude);
  return copy_sign(m / (m + broadcast(2.0f)), x);
}

REFRAIN_INLINE Vec sigmoid(Vec x) {
  // From the smaller of sigmoid(x) and 1 - sigmoid(x), so that both keep their precision: slopes
  // are products of the two.
  const Vec one = broadcast(1.0f);
  const Vec magnitude = min(broadcast(105.0f), abs(x));
  const ReducedExponent e = reduce_exponent(zero() - magnitude);
  const Vec power = scale_by_power_of_two(one + expm1_reduced(e.r), e.n);
  const Vec smaller = power / (one + power);
  return select(zero() < x, one - smaller, smaller);
}

REFRAIN_INLINE Vec relu(Vec x) { return max(zero(), x); }

REFRAIN_INLINE Vec elu(Vec x) {
  // The bound keeps the branch not taken finite; e^-40 - 1 rounds to -1.
  const Vec negative = expm1_bounded(max(broadcast(-40.0f), min(zero(), x)));
  return select(zero() < x, x, negative);
}

REFRAIN_INLINE Vec softsign(Vec x) {
  const Vec magnitude = min(broadcast(3.40282347e38f), abs(x));
  return copy_sign(magnitude / (broadcast(1.0f) + magnitude), x);
}

// Derivatives as functions of the output y = f(x).
REFRAIN_INLINE Vec tanh_slope(Vec y) { return fnma(y, y, broadcast(1.0f)); }
REFRAIN_INLINE Vec sigmoid_slope(Vec y) { return fnma(y, y, y); }
REFRAIN_INLINE Vec relu_slope(Vec y) {
  return select(y <= zero(), zero(), select(zero() < y, broadcast(1.0f), y));
}
REFRAIN_INLINE Vec elu_slope(Vec y) {
  return select(zero() < y, broadcast(1.0f), y + broadcast(1.0f));
}
REFRAIN_INLINE Vec softsign_slope(Vec y) {
  const Vec rest = broadcast(1.0f) - abs(y);
  return rest * rest;
}

}  // namespace refrain::REFRAIN_TARGET
