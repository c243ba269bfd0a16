package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.TouchedRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DistinctParityTest {

  private record Case(int groups, int first, int second, int limit) implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      IndexBuffer one = arena.indices("first", ids(groups * first));
      IndexBuffer two = second == 0 ? null : arena.indices("second", ids(groups * second));
      int capacity = first + second;
      TouchedRows touched =
          new TouchedRows(
              groups,
              capacity,
              arena.indicesOut("rows", groups * capacity),
              arena.indicesOut("count", groups),
              arena.indicesOut("slots", groups * capacity));
      return () -> kernels.distinct(limit, one, two, second, touched);
    }

    /** Many of them twice, some beyond the table on either side. */
    private int[] ids(int count) {
      Random random = new Random(count);
      int range = Math.min(limit, count / 2 + 1);
      return random.ints(count, -1, range + 1).map(id -> id == range ? limit : id).toArray();
    }
  }

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(new Case(1, 1, 0, 1));
    cases.add(new Case(1, 128, 64, 50_000));
    cases.add(new Case(3, 31, 0, 7));
    cases.add(new Case(9, 13, 29, 2_000_000_000));
    cases.add(new Case(1, 1500, 1100, 700));
    cases.add(new Case(1, 3000, 1200, 900));
    return TestEngines.times(cases);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case ids) {
    Parity.of("distinct " + ids, ids).within(Tolerance.EXACT).on(engine);
  }
}
