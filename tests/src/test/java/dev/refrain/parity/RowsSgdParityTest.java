package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.SgdRows;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RowsSgdParityTest {

  /** A step of a table of which every third row is touched. */
  private record Case(int groups, int rows, int columns, boolean stopped) implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      View values = arena.inOut("values", groups, rows, columns, Numbers.normal(1));
      int capacity = rows / 3 + 3;
      TouchedRows touched =
          new TouchedRows(
              groups,
              capacity,
              arena.indices("rows", touched(capacity)),
              arena.indices("count", counts(capacity)),
              arena.indices("slots", new int[groups * capacity]));
      View gradients = arena.in("gradients", groups, capacity, columns, Numbers.normal(0.5));
      StepState state =
          arena.state(0, stopped ? Steps.withTwoStopped(5, groups) : Steps.at(5, groups));
      SgdRows table = new SgdRows(groups, rows, columns, values);
      return () -> kernels.rowsSgd(table, touched, gradients, state);
    }

    /** Every third row from the last, and beside them numbers that are no row. */
    private int[] touched(int capacity) {
      int[] touched = new int[groups * capacity];
      for (int i = 0; i < touched.length; i++) {
        int row = rows - 1 - 3 * (i % capacity);
        touched[i] = row >= 0 ? row : (i % 2 == 0 ? -1 : rows);
      }
      return touched;
    }

    /** None in the second group, more than there is room for in the third. */
    private int[] counts(int capacity) {
      int[] counts = new int[groups];
      Arrays.setAll(counts, g -> g == 1 ? 0 : g == 2 ? capacity + 9 : capacity - 1);
      return counts;
    }
  }

  static Stream<Arguments> cases() {
    return TestEngines.times(
        Stream.of(
                new Case(1, 1, 1, false),
                new Case(1, 500, 151, false),
                new Case(3, 13, 33, true),
                new Case(9, 21, 16, false))
            .toList());
  }

  /** A product and a sum of each element. */
  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case step) {
    Parity.of("rows sgd " + step, step).within(Tolerance.sum(2)).on(engine);
  }
}
