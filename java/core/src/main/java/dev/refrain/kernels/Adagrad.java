package dev.refrain.kernels;

import java.util.Objects;

/**
 * Adagrad (Duchi et al. 2011): {@code s += g²; p −= lr·g/(√s + ε)}; where s and ε are both 0 the
 * parameter stays.
 *
 * <p>Source: TensorFlow 1's AdagradOptimizer (the defaults here); PyTorch's has s starting at 0 and
 * ε = 1e-10.
 *
 * @param initialAccumulator what s starts at, {@code >= 0}
 * @param epsilon {@code >= 0}
 * @param decay weight decay
 */
public record Adagrad(double initialAccumulator, double epsilon, WeightDecay decay)
    implements Optimizer {

  public Adagrad {
    Arguments.nonNegative(initialAccumulator, "initialAccumulator");
    Arguments.nonNegative(epsilon, "epsilon");
    Objects.requireNonNull(decay, "decay");
  }

  /** TensorFlow's defaults: s starts at 0.1, ε = 0. */
  public Adagrad() {
    this(0.1, 0, WeightDecay.NONE);
  }

  @Override
  public int slots() {
    return 1;
  }

  @Override
  public float slotStart() {
    return (float) initialAccumulator;
  }

  @Override
  public void update(Kernels kernels, ParameterUpdate update, StepState state) {
    kernels.adagrad(this, update, state);
  }
}
