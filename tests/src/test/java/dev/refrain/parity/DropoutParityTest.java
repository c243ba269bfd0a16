package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.DropoutShape;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DropoutParityTest {

  private record Case(DropoutShape shape, double rate, long step, boolean inPlace)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      Numbers normal = Numbers.normal(1);
      int groups = shape.groups();
      View y =
          inPlace
              ? arena.inOut("y", groups, shape.rows(), shape.columns(), normal)
              : arena.out("y", groups, shape.rows(), shape.columns());
      View x = inPlace ? y : arena.in("x", groups, shape.rows(), shape.columns(), normal);
      StepState state = arena.state(0, Steps.at(step, groups));
      return () -> kernels.dropout(shape, rate, x, y, state);
    }
  }

  static Stream<Arguments> cases() {
    List<DropoutShape> shapes =
        List.of(
            new DropoutShape(1, 1, 1, 0),
            new DropoutShape(3, 1, 1, 7),
            new DropoutShape(3, 7, 5, 1),
            new DropoutShape(3, 31, 67, 65535),
            new DropoutShape(1, 1000, 100, 0));
    List<Case> cases = new ArrayList<>();
    for (DropoutShape shape : shapes) {
      for (double rate : new double[] {0, 0.1, 0.5, 0.999}) {
        cases.add(new Case(shape, rate, 1, false));
      }
      cases.add(new Case(shape, 0.3, 2, true));
      cases.add(new Case(shape, 0.3, 5_000_000_000L, false));
    }
    return TestEngines.times(cases);
  }

  /** What is dropped is 0 even where it was not finite; what is kept stays as it is. */
  @ParameterizedTest
  @MethodSource("dev.refrain.TestEngines#all")
  void dropsWhatIsNotFinite(TestEngine engine) {
    int count = 67;
    float[] wild = new float[count];
    for (int i = 0; i < count; i++) {
      wild[i] = i % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
    }
    Parity.of(
            "what is not finite",
            (kernels, arena) -> {
              View x = arena.in("x", 1, 1, count, Numbers.of(wild));
              View y = arena.out("y", 1, 1, count);
              StepState state = arena.state(0, Steps.at(1, 1));
              return () -> kernels.dropout(new DropoutShape(1, 1, count, 0), 0.5, x, y, state);
            })
        .within(Tolerance.EXACT)
        .on(engine);
  }

  /** A kept element is multiplied by a rounded factor and rounded. A dropped one must be 0. */
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case dropout) {
    Parity.of(dropout.toString(), dropout).within(2 * Tolerance.EPSILON).on(engine);
  }
}
