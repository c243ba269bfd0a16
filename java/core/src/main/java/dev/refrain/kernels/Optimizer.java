package dev.refrain.kernels;

/** A rule that turns gradients into new parameters. The equations stand at each rule. */
public sealed interface Optimizer permits Sgd, Adam, RmsProp, Adagrad {

  /** Pull of the parameters towards zero. */
  WeightDecay decay();

  /** How many arrays {@code [G,P]} of its own the rule keeps: 0, 1 or 2. */
  int slots();

  /** What the rule's own arrays hold before the first step. */
  default float slotStart() {
    return 0;
  }

  /** Adam's first decay; 1 for rules that have none. */
  default double beta1() {
    return 1;
  }

  /** Adam's second decay; 1 for rules that have none. */
  default double beta2() {
    return 1;
  }

  /** Updates all parameters of all groups on {@code kernels}. */
  void update(Kernels kernels, ParameterUpdate update, StepState state);
}
