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

REFRAIN_INLINE Vec reduced_by(Vec x, Vec n) {
  const Vec high = fnma(n, broadcast(0.693359375f), x);
  return fnma(n, broadcast(-2.12194440e-4f), high);
}

REFRAIN_INLINE ReducedExponent reduce_exponent(Vec x) {
  const Vec n = round_to_even(x * broadcast(1.44269504f));
  return {n, reduced_by(x, n)};
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

// e^x = power (1 + part) for -87.3 <= x <= 0, where power is a normal float. The sum with
// 1.5 2^23 rounds to a whole number and leaves it, with an exponent's bias, in the lowest bits.
struct SplitExponential {
  Vec power;
  Vec part;
};

REFRAIN_INLINE SplitExponential split_exponential(Vec x) {
  const Vec magic = broadcast(12582912.0f + 127.0f);
  const Vec shifted = fma(x, broadcast(1.44269504f), magic);
  return {low_bits_as_exponent(shifted), expm1_reduced(reduced_by(x, shifted - magic))};
}

// e^x - 1 for -87.3 <= x <= 0, with full relative precision near 0.
REFRAIN_INLINE Vec expm1_of_negative(Vec x) {
  const SplitExponential e = split_exponential(x);
  return fma(e.power, e.part, e.power - broadcast(1.0f));
}

// a / b for 1 <= b <= 2 and |a| <= b. A division takes several times as long as these steps: a
// quadratic approximation of 1/b, off by 1/99 at most (the Chebyshev polynomial of degree 3,
// scaled to be 1 at b = 0); a cubic step, which leaves 1e-6; and the quotient's own remainder.
REFRAIN_INLINE Vec quotient(Vec a, Vec b) {
#if defined(__FMA__)
  const Vec one = broadcast(1.0f);
  Vec inverse = fma(b, broadcast(32.0f / 99.0f), broadcast(-144.0f / 99.0f));
  inverse = fma(inverse, b, broadcast(210.0f / 99.0f));
  const Vec error = fnma(b, inverse, one);
  inverse = fma(inverse, fma(error, error, error), inverse);
  const Vec q = a * inverse;
  return fma(fnma(q, b, a), inverse, q);
#else
  return a / b;
#endif
}

REFRAIN_INLINE Vec tanh(Vec x) {
  // tanh|x| = m / (2 - m) with m = 1 - e^(-2|x|); it rounds to 1 from 9.02 on.
  const Vec magnitude = min(broadcast(9.1f), abs(x));
  const Vec m = zero() - expm1_of_negative(broadcast(-2.0f) * magnitude);
  return copy_sign(quotient(m, broadcast(2.0f) - m), x);
}

REFRAIN_INLINE Vec sigmoid(Vec x) {
  // From the smaller of sigmoid(x) and 1 - sigmoid(x), so that both keep their precision: slopes
  // are products of the two. What would not be a normal float is 0.
  const Vec one = broadcast(1.0f);
  const Vec limit = broadcast(87.0f);
  const SplitExponential e = split_exponential(zero() - min(limit, abs(x)));
  const Vec exponential = fma(e.power, e.part, e.power);
  const Vec smaller = quotient(exponential, one + exponential);
  const Vec y = select(zero() < x, one - smaller, smaller);
  return select(x < zero() - limit, zero(), y);
}

// log1p(t) for 0 <= t <= 1, by the series of 2 atanh(t / (2 + t)): nine terms leave 2e-9 of it.
REFRAIN_INLINE Vec log1p_of_fraction(Vec t) {
  const Vec z = t / (broadcast(2.0f) + t);
  const Vec square = z * z;
  Vec sum = broadcast(2.0f / 17.0f);
  for (int odd = 15; odd >= 1; odd -= 2) {
    sum = fma(sum, square, broadcast(2.0f / static_cast<float>(odd)));
  }
  return sum * z;
}

// log(1 + e^x) and its slope sigmoid(x), from one exponential.
struct Softplus {
  Vec value;
  Vec slope;
};

REFRAIN_INLINE Softplus softplus(Vec x) {
  const Vec one = broadcast(1.0f);
  const SplitExponential e = split_exponential(zero() - min(broadcast(87.0f), abs(x)));
  const Vec exponential = fma(e.power, e.part, e.power);
  const Vec smaller = quotient(exponential, one + exponential);
  return {max(zero(), x) + log1p_of_fraction(exponential),
          select(zero() < x, one - smaller, smaller)};
}

REFRAIN_INLINE Vec relu(Vec x) { return max(zero(), x); }

REFRAIN_INLINE Vec elu(Vec x) {
  // e^-40 - 1 rounds to -1.
  const Vec negative = expm1_of_negative(max(broadcast(-40.0f), min(zero(), x)));
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
