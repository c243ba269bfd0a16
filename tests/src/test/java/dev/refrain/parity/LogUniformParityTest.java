package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.StepState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LogUniformParityTest {

  private record Case(int groups, LogUniform sampler, long step) implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      IndexBuffer sampled = arena.indicesOut("sampled", groups * sampler.samples());
      IndexBuffer tries = arena.indicesOut("tries", groups);
      int[] given = new int[groups];
      Arrays.setAll(given, g -> sampler.samples() + 11 * g);
      IndexBuffer givenTries = arena.indices("given tries", given);
      int count = 70;
      // classes, and numbers that are none
      int[] classes = new int[groups * count];
      Arrays.setAll(classes, i -> (int) (i * 2_654_435_761L % (sampler.classes() + 9)) - 4);
      IndexBuffer ids = arena.indices("ids", classes);
      Buffer logExpected = arena.flatOut("logExpected", (long) groups * count);
      StepState state = arena.state(0, Steps.at(step, groups));
      return () -> {
        kernels.logUniform(sampler, groups, sampled, tries, state);
        kernels.logUniformExpected(sampler, groups, count, ids, givenTries, logExpected);
      };
    }
  }

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    for (long step : new long[] {0, 1, 200_001}) {
      cases.add(new Case(1, new LogUniform(1, 1), step));
      cases.add(new Case(1, new LogUniform(50_000, 64), step));
      cases.add(new Case(3, new LogUniform(50, 37), step));
      cases.add(new Case(2, new LogUniform(31, 31), step));
      cases.add(new Case(9, new LogUniform(2_000_000, 300), step));
    }
    return TestEngines.times(cases);
  }

  /** The logarithm is rounded once; near 1 Q's own rounding is all that is left of it. */
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case draws) {
    Parity.of("log uniform " + draws, draws)
        .exactly("sampled", "tries")
        .within("logExpected", 2 * Tolerance.EPSILON)
        .on(engine);
  }
}
