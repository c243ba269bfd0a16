package dev.refrain.kernels;

/**
 * The function a cell applies to its candidate values. Derivatives are taken from the result {@code
 * y}, as the engines do.
 */
public enum Activation {
  /** {@code tanh(a)}, derivative {@code 1 - y²}. */
  TANH,
  /** {@code max(a, 0)}, derivative {@code y > 0 ? 1 : 0}: zero at zero. */
  RELU,
  /** {@code 1 / (1 + exp(-a))}, derivative {@code y (1 - y)}. */
  SIGMOID,
  /** {@code a}, derivative 1. */
  IDENTITY,
  /** {@code a / (1 + |a|)}, derivative {@code (1 - |y|)²}. */
  SOFTSIGN,
  /** {@code a > 0 ? a : exp(a) - 1}, derivative {@code y > 0 ? 1 : y + 1}. */
  ELU
}
