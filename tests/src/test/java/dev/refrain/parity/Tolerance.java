package dev.refrain.parity;

import dev.refrain.kernels.CellShape;

/**
 * How far a float32 engine may be from the float64 judge. Every value is relative to the largest
 * magnitude of its tensor, because an element near zero may be what is left of larger ones.
 */
public final class Tolerance {
  /** Half the distance from 1 to the next float: the largest relative error of one rounding. */
  public static final double EPSILON = 0x1p-24;

  /**
   * Roundings are random in sign: a sum of n terms is off by a walk of n steps, c·√n·ε. Eight
   * standard deviations leave room for the unlucky among a million elements, and for functions such
   * as tanh, whose float32 forms are off by a few ε themselves.
   */
  private static final double C = 8;

  private Tolerance() {}

  /** Of values that are copied or decided, never computed. */
  public static final double EXACT = 0;

  /** Of a few float32 operations on one element. */
  public static final double FEW_ROUNDINGS = C * EPSILON;

  /** Of a few float64 operations: fused or not, summed in this order or that. */
  public static final double DOUBLE_ROUNDINGS = C * 0x1p-53;

  /** Of a sum of {@code terms}: c·√terms·ε. */
  public static double sum(double terms) {
    return C * Math.sqrt(terms) * EPSILON;
  }

  /** Of a sum of {@code terms} in float64: c·√terms·2⁻⁵³. */
  public static double doubleSum(double terms) {
    return C * Math.sqrt(terms) * 0x1p-53;
  }

  /**
   * What the gates add to the sums of one step: some sixteen roundings, and near saturation their
   * derivatives y·(1 − y) and (1 − |y|)² lose a bit or two more.
   */
  private static final int POINTWISE = 64;

  /** Room for what cancels in a layer of one unit, whose tensors have no larger neighbour. */
  private static final int ONE_UNIT = 8;

  /**
   * Of a recurrent layer: each of T steps sums I + H terms, applies the gates and hands its error
   * on to the next, a walk of T·(I + H + 64) steps; gradients of parameters sum T·N such values.
   * With weights scaled by 1/√H no step magnifies what it is handed.
   */
  public static double recurrence(CellShape shape) {
    double steps = (double) shape.steps() * (shape.inputs() + shape.hidden() + POINTWISE);
    return sum(steps + shape.rows()) * (shape.hidden() == 1 ? ONE_UNIT : 1);
  }
}
