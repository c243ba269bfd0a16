package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdvanceParityTest {

  private record Case(
      Schedule schedule, Optimizer rule, int groups, long before, int steps, boolean twoStopped)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      StepState state =
          arena.state(
              0, twoStopped ? Steps.withTwoStopped(before, groups) : Steps.at(before, groups));
      return () -> {
        for (int step = 0; step < steps; step++) {
          kernels.advance(schedule, rule, state);
        }
      };
    }
  }

  static Stream<Arguments> cases() {
    List<Schedule> schedules =
        List.of(
            Schedule.CONSTANT,
            Schedule.exponential(0.9, 10),
            Schedule.exponential(0.5, 1),
            new Schedule(Schedule.Kind.EXPONENTIAL, 0.9, 10, 0, true),
            Schedule.cosine(100, 0),
            Schedule.cosine(100, 0.1),
            Schedule.cosine(1, 1),
            Schedule.step(0.1, 30));
    List<Case> cases = new ArrayList<>();
    for (Schedule schedule : schedules) {
      for (Optimizer rule : List.of(new Adam(), new Sgd())) {
        for (long before : new long[] {0, 9, 10, 29, 99, 100, 1000}) {
          cases.add(new Case(schedule, rule, 1, before, 1, false));
        }
        cases.add(new Case(schedule, rule, 3, 0, 47, false));
        cases.add(new Case(schedule, rule, 3, 5, 2, true));
      }
    }
    return TestEngines.times(cases);
  }

  /**
   * The powers of beta are the same products in the same order; pow and cos differ between
   * libraries in their last bits, and 1 + cos loses the bits before them: the error is one of the
   * base learning rate.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case advance) {
    Parity.of(advance.toString(), advance)
        .withinAbsolutely("state.learningRate", Tolerance.DOUBLE_ROUNDINGS * Steps.LARGEST_RATE)
        .on(engine);
  }
}
