package dev.refrain.kernels.reference;

import dev.refrain.kernels.Activation;

/** The activations of shapes.h. */
final class Activations {
  private Activations() {}

  /** {@code act(a)}. */
  static double value(Activation activation, double a) {
    return switch (activation) {
      case TANH -> Math.tanh(a);
      case RELU -> Math.max(a, 0); // unlike a comparison, keeps NaN
      case SIGMOID -> sigmoid(a);
      case IDENTITY -> a;
      case SOFTSIGN -> a / (1 + Math.abs(a));
      case ELU -> a > 0 ? a : Math.expm1(a);
    };
  }

  /** The derivative of {@code act} where it has the value {@code y}. */
  static double slope(Activation activation, double y) {
    return switch (activation) {
      case TANH -> 1 - y * y;
      case RELU -> y > 0 ? 1 : 0;
      case SIGMOID -> y * (1 - y);
      case IDENTITY -> 1;
      case SOFTSIGN -> (1 - Math.abs(y)) * (1 - Math.abs(y));
      case ELU -> y > 0 ? 1 : y + 1;
    };
  }

  static double sigmoid(double a) {
    return 1 / (1 + Math.exp(-a));
  }
}
