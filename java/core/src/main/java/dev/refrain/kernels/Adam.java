package dev.refrain.kernels;

import java.util.Objects;

/**
 * Adam (Kingma and Ba 2015): {@code m += (g − m)(1 − β1)}, {@code v += (g² − v)(1 − β2)}, then by
 * form. Scalars are computed in double and rounded once.
 *
 * @param beta1 in [0, 1)
 * @param beta2 in [0, 1)
 * @param epsilon {@code > 0}
 * @param form where epsilon stands
 * @param decay weight decay; {@link WeightDecay#decoupled} makes it AdamW
 */
public record Adam(double beta1, double beta2, double epsilon, Form form, WeightDecay decay)
    implements Optimizer {

  /** Where epsilon stands. */
  public enum Form {
    /** {@code p −= lr·√(1−β2^t)/(1−β1^t) · m/(√v + ε)}: TensorFlow 1's AdamOptimizer. */
    TENSORFLOW,
    /** {@code p −= lr/(1−β1^t) · m/(√v/√(1−β2^t) + ε)}: PyTorch's Adam and AdamW. */
    PYTORCH
  }

  public Adam {
    Arguments.inUnitInterval(beta1, "beta1");
    Arguments.inUnitInterval(beta2, "beta2");
    Arguments.positiveFinite(epsilon, "epsilon");
    Objects.requireNonNull(form, "form");
    Objects.requireNonNull(decay, "decay");
  }

  /** TensorFlow's Adam with the paper's defaults: 0.9, 0.999, 1e-8. */
  public Adam() {
    this(0.9, 0.999, 1e-8, Form.TENSORFLOW, WeightDecay.NONE);
  }

  @Override
  public int slots() {
    return 2;
  }

  @Override
  public void update(Kernels kernels, ParameterUpdate update, StepState state) {
    kernels.adam(this, update, state);
  }
}
