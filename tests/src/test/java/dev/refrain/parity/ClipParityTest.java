package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.StepState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClipParityTest {
  private static final int[] SIZES = {1, 13, 64, 1031, 40_009};

  /** Gradients of G networks with P parameters each. */
  private record Case(int groups, int parameters, double limit, boolean twoStopped) {}

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    for (int parameters : SIZES) {
      for (double limit : new double[] {0.3, 1e3}) {
        cases.add(new Case(1, parameters, limit, false));
        cases.add(new Case(3, parameters, limit, false));
      }
    }
    cases.add(new Case(3, 67, 0.3, true));
    return TestEngines.times(cases);
  }

  /** Only the limit is rounded. */
  @ParameterizedTest
  @MethodSource("cases")
  void clipsByValue(TestEngine engine, Case c) {
    Parity.of(
            "by value " + c,
            (kernels, arena) -> {
              int size = c.groups * c.parameters;
              Buffer gradients = arena.flatInOut("gradients", size, Numbers.normal(1));
              return () -> kernels.clipValue(gradients, size, c.limit);
            })
        .within(Tolerance.EPSILON)
        .on(engine);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void clippingByValueKeepsNaNAndBoundsInfinity(TestEngine engine) {
    float[] wild = new float[67];
    for (int i = 0; i < wild.length; i++) {
      wild[i] = i % 3 == 0 ? Float.NaN : i % 3 == 1 ? Float.NEGATIVE_INFINITY : 0.1f;
    }
    Parity.of(
            "by value, not finite",
            (kernels, arena) -> {
              Buffer gradients = arena.flatInOut("gradients", wild.length, Numbers.of(wild));
              return () -> kernels.clipValue(gradients, wild.length, 0.5);
            })
        .within(Tolerance.EPSILON)
        .on(engine);
  }

  /** The norm is a sum in double; each gradient is rounded once, after a factor that was. */
  @ParameterizedTest
  @MethodSource("cases")
  void clipsByNorm(TestEngine engine, Case c) {
    Parity.of(
            "by norm " + c,
            (kernels, arena) -> {
              int size = c.groups * c.parameters;
              Buffer gradients = arena.flatInOut("gradients", size, Numbers.normal(1));
              StepState state =
                  arena.state(
                      2, c.twoStopped ? Steps.withTwoStopped(3, c.groups) : Steps.at(3, c.groups));
              return () -> kernels.clipNorm(gradients, c.groups, c.parameters, c.limit, state);
            })
        .within(2 * Tolerance.EPSILON)
        .within("state.gradientNorm", Tolerance.doubleSum(c.parameters))
        .within("state.clipFactor", Tolerance.doubleSum(c.parameters))
        .on(engine);
  }

  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void aNormThatIsNotFiniteStopsItsGroupAlone(TestEngine engine) {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      Parity.of(
              "norm of " + bad,
              (kernels, arena) -> {
                float[] values = {1, 2, 3, 4, 5, bad, 7, 8, 9};
                Buffer gradients = arena.flatInOut("gradients", 9, Numbers.of(values));
                StepState state = arena.state(2, Steps.at(3, 3));
                return () -> kernels.clipNorm(gradients, 3, 3, 0.5, state);
              })
          .within(2 * Tolerance.EPSILON)
          .within("state.gradientNorm", Tolerance.doubleSum(3))
          .within("state.clipFactor", Tolerance.doubleSum(3))
          .on(engine);
    }
  }

  /** Squares of these overflow or vanish in float32. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void squaresNeitherOverflowNorVanish(TestEngine engine) {
    for (float size : new float[] {1e30f, 1e-30f}) {
      Parity.of(
              "norm of values like " + size,
              (kernels, arena) -> {
                Buffer gradients = arena.flatInOut("gradients", 50, Numbers.normal(size));
                StepState state = arena.state(0, Steps.at(3, 1));
                return () -> kernels.clipNorm(gradients, 1, 50, size / 2, state);
              })
          .within(2 * Tolerance.EPSILON)
          .within("state.gradientNorm", Tolerance.doubleSum(50))
          .within("state.clipFactor", Tolerance.doubleSum(50))
          .on(engine);
    }
  }
}
