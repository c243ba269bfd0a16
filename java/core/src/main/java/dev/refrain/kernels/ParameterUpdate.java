package dev.refrain.kernels;

import java.util.List;
import java.util.Objects;

/**
 * What an optimizer works on: the flat parameters of G networks.
 *
 * @param groups G
 * @param parameters P
 * @param values {@code [G,P]} inout
 * @param gradients {@code [G,P]} in, left unchanged
 * @param slots the rule's own arrays {@code [G,P]}, {@link Optimizer#slots} of them, inout
 */
public record ParameterUpdate(
    int groups, long parameters, Buffer values, Buffer gradients, List<Buffer> slots) {

  public ParameterUpdate {
    Arguments.positive(groups, "groups");
    Arguments.positive(parameters, "parameters");
    Objects.requireNonNull(values, "values");
    Objects.requireNonNull(gradients, "gradients");
    slots = List.copyOf(slots);
  }
}
