package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.WeightDecay;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Some steps of an optimizer with the same gradients in each. */
record OptimizerCase(
    Optimizer rule, int groups, int parameters, int steps, long firstStep, boolean twoStopped)
    implements Operation {

  /** Every size and weight decay, early and late in training, and with a stopped group. */
  static Stream<Arguments> of(List<Function<WeightDecay, Optimizer>> rules) {
    List<OptimizerCase> cases = new ArrayList<>();
    for (Function<WeightDecay, Optimizer> rule : rules) {
      Optimizer plain = rule.apply(WeightDecay.NONE);
      for (int parameters : new int[] {1, 13, 64, 1031, 40_009}) {
        cases.add(new OptimizerCase(plain, 1, parameters, 1, 0, false));
        cases.add(new OptimizerCase(plain, 3, parameters, 3, 0, false));
      }
      for (WeightDecay decay : List.of(WeightDecay.l2(0.05), WeightDecay.decoupled(0.05))) {
        cases.add(new OptimizerCase(rule.apply(decay), 3, 67, 5, 0, false));
      }
      cases.add(new OptimizerCase(plain, 3, 67, 20, 0, false));
      cases.add(new OptimizerCase(plain, 3, 67, 2, 30_000, false));
      cases.add(new OptimizerCase(plain, 3, 67, 2, 5, true));
    }
    return TestEngines.times(cases);
  }

  @Override
  public Runnable prepare(Kernels kernels, Arena arena) {
    long size = (long) groups * parameters;
    Buffer values = arena.flatInOut("values", size, Numbers.normal(1));
    Buffer gradients = arena.flatIn("gradients", size, Numbers.normal(0.5));
    List<Buffer> slots = new ArrayList<>();
    for (int i = 0; i < rule.slots(); i++) {
      // the second array of Adam and the only one of the adaptive rules hold squares
      slots.add(arena.flatInOut("slot" + i, size, Numbers.squares(0.5)));
    }
    StepState state =
        arena.state(
            0, twoStopped ? Steps.withTwoStopped(firstStep, groups) : Steps.at(firstStep, groups));
    ParameterUpdate update = new ParameterUpdate(groups, parameters, values, gradients, slots);
    return () -> {
      for (int step = 0; step < steps; step++) {
        kernels.advance(Schedule.CONSTANT, rule, state);
        rule.update(kernels, update, state);
      }
    };
  }

  /** Each step makes a few roundings, and hands them on: a walk of so many steps. */
  void on(TestEngine engine) {
    Parity.of(toString(), this)
        .within(Tolerance.sum(steps))
        .within("state.beta1Power", Tolerance.doubleSum(steps))
        .within("state.beta2Power", Tolerance.doubleSum(steps))
        .on(engine);
  }
}
