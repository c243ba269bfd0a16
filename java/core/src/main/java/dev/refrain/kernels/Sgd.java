package dev.refrain.kernels;

import java.util.Objects;

/**
 * Gradient descent: {@code p −= lr·g}; with momentum {@code a = momentum·a + g; p −= lr·a};
 * Nesterov's form {@code p −= lr·(g + momentum·a)}.
 *
 * <p>Source: TensorFlow 1 GradientDescentOptimizer and MomentumOptimizer; PyTorch's SGD is the
 * same.
 *
 * @param momentum in [0, 1); 0 is plain descent
 * @param nesterov whether to look ahead; needs momentum
 * @param decay weight decay
 */
public record Sgd(double momentum, boolean nesterov, WeightDecay decay) implements Optimizer {

  public Sgd {
    Arguments.inUnitInterval(momentum, "momentum");
    Objects.requireNonNull(decay, "decay");
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("Nesterov's form needs a momentum above 0");
    }
  }

  /** Plain gradient descent. */
  public Sgd() {
    this(0, false, WeightDecay.NONE);
  }

  @Override
  public int slots() {
    return momentum > 0 ? 1 : 0;
  }

  @Override
  public void update(Kernels kernels, ParameterUpdate update, StepState state) {
    kernels.sgd(this, update, state);
  }
}
