package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GatherParityTest {

  private enum Starts {
    /** Drawn on the device. */
    RANDOM,
    /** One round that serves every step. */
    ONE_ROUND,
    /** Several rounds, with starts that lie outside the series among them. */
    SEVERAL_ROUNDS
  }

  private enum Rows {
    /** All that are stored. */
    ALL,
    /** Fewer in some groups. */
    FEWER,
    /** Fewer than none in one group, more than are stored in the others. */
    OUT_OF_RANGE
  }

  private record Case(GatherShape shape, Starts starts, Rows rowsOf, boolean target, long step)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      int copies = shape.sharedSeries() ? 1 : shape.groups();
      long rows = (long) shape.steps() * shape.batch();
      Buffer series =
          arena.flatIn("series", copies * shape.rows() * shape.columns(), Numbers.normal(1));
      View x = arena.out("x", shape.groups(), rows, shape.inputs());
      View into = target ? arena.out("target", shape.groups(), rows, shape.outputs()) : null;
      StepState state = arena.state(0, Steps.at(step, shape.groups()));
      GatherArguments arguments =
          new GatherArguments(series, rowsOf(arena), startsOf(arena), x, into);
      return () -> kernels.gather(shape, arguments, state);
    }

    private IndexBuffer rowsOf(Arena arena) {
      if (rowsOf == Rows.ALL) {
        return null;
      }
      int[] rows = new int[shape.groups()];
      Arrays.setAll(
          rows, g -> (int) (rowsOf == Rows.FEWER ? shape.rows() - 3L * g : -5 + 1000 * g));
      return arena.indices("rowsOf", rows);
    }

    private IndexBuffer startsOf(Arena arena) {
      int perRound = shape.groups() * shape.batch();
      return switch (starts) {
        case RANDOM -> null;
        case ONE_ROUND -> arena.exactIndices("starts", starts(perRound, 0, 3));
        case SEVERAL_ROUNDS -> arena.exactIndices("starts", starts(3 * perRound, -40, 17));
      };
    }

    private static int[] starts(int count, int first, int stride) {
      int[] starts = new int[count];
      Arrays.setAll(starts, i -> first + i * stride);
      return starts;
    }
  }

  static Stream<Arguments> cases() {
    List<GatherShape> shapes =
        List.of(
            GatherShape.ahead(1, 1, 1, 1, 0, 1, 0, 1, 1, true),
            GatherShape.ahead(1, 20, 50, 1, 0, 1, 1, 1000, 1, true),
            GatherShape.ahead(3, 7, 5, 2, 1, 3, 4, 61, 5, false),
            new GatherShape(3, 7, 5, 4, 1, 0, 1, 4, 1, 8, 61, 5, true),
            new GatherShape(3, 7, 5, 2, 3, 6, 3, 0, 2, 19, 61, 5, false),
            new GatherShape(3, 4, 67, 9, 0, 0, 9, 0, 0, 129, 129, 9, false));
    List<Case> cases = new ArrayList<>();
    for (GatherShape shape : shapes) {
      for (Starts starts : Starts.values()) {
        cases.add(new Case(shape, starts, Rows.ALL, true, 1));
        cases.add(new Case(shape, starts, Rows.FEWER, true, 8));
        cases.add(new Case(shape, starts, Rows.OUT_OF_RANGE, true, 0));
      }
      cases.add(new Case(shape, Starts.RANDOM, Rows.FEWER, false, 5_000_000_000L));
    }
    return TestEngines.times(cases);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case gather) {
    Parity.of(gather.toString(), gather).within(Tolerance.EXACT).on(engine);
  }
}
