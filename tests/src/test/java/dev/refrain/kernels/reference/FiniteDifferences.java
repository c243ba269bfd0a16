package dev.refrain.kernels.reference;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.DoubleSupplier;

/**
 * Judges gradients of a function of tensors by central differences in double, {@code (L(v + h) −
 * L(v − h)) / 2h}.
 *
 * <p>Their error is at most {@code h²/6·|L'''|} from what the difference leaves out, and {@code
 * ε·depth·A/h} from rounding, with A the sum of the sizes of L's terms and depth the number of
 * roundings that one term sees. With values of order 1, {@code |L'''| ≤ 100 A} and {@code depth =
 * 50} are generous: the bound is then about {@code 3e-9·A}.
 */
final class FiniteDifferences {
  private static final double STEP = 1e-5;
  private static final double THIRD_DERIVATIVE = 100;
  private static final double DEPTH = 50;

  private final DoubleSupplier function;
  private final double tolerance;

  /**
   * @param function L, computed anew from the tensors' contents
   * @param size A, the sum of the sizes of its terms
   */
  FiniteDifferences(DoubleSupplier function, double size) {
    this.function = function;
    double relative = STEP * STEP / 6 * THIRD_DERIVATIVE + DEPTH * Math.ulp(1.0) / STEP;
    this.tolerance = relative * size;
  }

  /**
   * Checks that {@code gradient}, less what was there {@code before}, is L's by {@code variable}.
   */
  void check(String name, Tensor variable, double[] gradient, double[] before) {
    double[] values = variable.read();
    for (int i = 0; i < values.length; i++) {
      double expected = before[i] + slope(variable, values, i);
      if (!(Math.abs(gradient[i] - expected) <= tolerance)) {
        fail(
            String.format(
                "%s[%d] is %.12g, differences say %.12g (tolerance %.1e)",
                name, i, gradient[i], expected, tolerance));
      }
    }
  }

  /** As {@link #check(String, Tensor, double[], double[])} for a gradient that is assigned. */
  void check(String name, Tensor variable, double[] gradient) {
    check(name, variable, gradient, new double[gradient.length]);
  }

  private double slope(Tensor variable, double[] values, int i) {
    double value = values[i];
    values[i] = value + STEP;
    variable.write(values);
    double above = function.getAsDouble();
    values[i] = value - STEP;
    variable.write(values);
    double below = function.getAsDouble();
    values[i] = value;
    variable.write(values);
    return (above - below) / (2 * STEP);
  }
}
