package dev.refrain.kernels;

/**
 * Sizes of predictions {@code [G,T,N,O]}.
 *
 * @param groups G
 * @param steps T
 * @param batch N
 * @param outputs O
 */
public record LossShape(int groups, int steps, int batch, int outputs) {

  public LossShape {
    Arguments.positive(groups, "groups");
    Arguments.positive(steps, "steps");
    Arguments.positive(batch, "batch");
    Arguments.positive(outputs, "outputs");
  }
}
