package dev.refrain.kernels;

import java.util.Objects;

/**
 * RMSProp (Tieleman and Hinton 2012): {@code s = ρ·s + (1−ρ)·g²; p −= lr·g/(√s + ε)}, s starting at
 * 0.
 *
 * <p>Source: PyTorch's RMSprop.
 *
 * @param rho decay of the mean square, in [0, 1)
 * @param epsilon {@code > 0}
 * @param decay weight decay
 */
public record RmsProp(double rho, double epsilon, WeightDecay decay) implements Optimizer {

  public RmsProp {
    Arguments.inUnitInterval(rho, "rho");
    Arguments.positiveFinite(epsilon, "epsilon");
    Objects.requireNonNull(decay, "decay");
  }

  /** With ρ = 0.9 and ε = 1e-8. */
  public RmsProp() {
    this(0.9, 1e-8, WeightDecay.NONE);
  }

  @Override
  public int slots() {
    return 1;
  }

  @Override
  public void update(Kernels kernels, ParameterUpdate update, StepState state) {
    kernels.rmsProp(this, update, state);
  }
}
