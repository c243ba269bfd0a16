package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.kernels.WeightDecay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RowsAdamParityTest {
  private static final int STEPS = 3;

  /**
   * Some steps of a table whose rows have waited for 0 to {@code step} steps; at the end some still
   * wait, and the snapshot catches them up.
   */
  private record Case(
      RowsAdam rule, int groups, int rows, int columns, long step, long tableSteps, boolean stopped)
      implements Operation {

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      View values = arena.inOut("values", groups, rows, columns, Numbers.normal(1));
      View m = arena.inOut("m", groups, rows, columns, Numbers.normal(0.1));
      View v = arena.inOut("v", groups, rows, columns, Case::squares);
      View snapshot = arena.out("snapshot", groups, rows, columns);
      IndexBuffer last = arena.indicesInOut("last", last());
      Buffer moments =
          arena.scratch("moments", Math.max(1, kernels.rowsAdamTableSize(rule, tableSteps)));
      kernels.rowsAdamTable(rule, tableSteps, moments);
      int capacity = Math.max(1, rows / 2) + 2;
      TouchedRows touched =
          new TouchedRows(
              groups,
              capacity,
              arena.indices("rows", touched(capacity)),
              arena.indices("count", counts()),
              arena.indices("slots", new int[groups * capacity]));
      View gradients = arena.in("gradients", groups, capacity, columns, Numbers.normal(0.5));
      StepState state =
          arena.state(0, stopped ? Steps.withTwoStopped(step, groups) : Steps.at(step, groups));
      AdamRows table = new AdamRows(groups, rows, columns, values, m, v, last, moments);
      return () -> {
        for (int i = 0; i < STEPS; i++) {
          kernels.advance(rule.schedule(), rule.adam(), state);
          kernels.rowsAdamCatchUp(rule, table, touched, state);
          kernels.rowsAdam(rule, table, touched, gradients, state);
        }
        kernels.rowsAdamSnapshot(rule, table, snapshot, state);
      };
    }

    /** Not below what m allows: Adam's own never are. */
    private static float[] squares(Random random, int count) {
      float[] values = Numbers.squares(0.5).draw(random, count);
      for (int i = 0; i < count; i++) {
        values[i] += 0.01f;
      }
      return values;
    }

    private int[] last() {
      int[] last = new int[groups * rows];
      Arrays.setAll(last, i -> (int) (i * 7919L % (step + 1)));
      return last;
    }

    /** Every second row, and beside them numbers that are no row. */
    private int[] touched(int capacity) {
      int[] touched = new int[groups * capacity];
      for (int i = 0; i < touched.length; i++) {
        int k = i % capacity;
        touched[i] = 2 * k < rows ? 2 * k : (k % 2 == 0 ? -1 : rows + 5);
      }
      return touched;
    }

    /** One row fewer than there are in the second group. */
    private int[] counts() {
      int[] counts = new int[groups];
      Arrays.setAll(counts, g -> (rows + 1) / 2 + (g == 1 ? -1 : 1));
      return counts;
    }
  }

  private static final Adam USUAL = new Adam();

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    for (RowsAdam.Mode mode : RowsAdam.Mode.values()) {
      RowsAdam rule = new RowsAdam(mode);
      cases.add(new Case(rule, 1, 1, 1, 0, 10, false));
      cases.add(new Case(rule, 1, 150, 151, 40, 100, false));
      cases.add(new Case(rule, 3, 13, 33, 700, 5000, true));
      cases.add(new Case(rule, 9, 21, 16, 700, 702, false));
    }
    for (Schedule schedule :
        List.of(Schedule.CONSTANT, Schedule.exponential(0.9, 100), Schedule.cosine(900, 0.1))) {
      RowsAdam rule = new RowsAdam(USUAL, RowsAdam.Mode.DEFERRED, schedule);
      for (long covered : new long[] {0, 350, 2000}) {
        cases.add(new Case(rule, 2, 37, 20, 1200, covered, false));
      }
    }
    // beyond the step from which on the rate stays as it is
    cases.add(new Case(new RowsAdam(RowsAdam.Mode.DEFERRED), 1, 31, 8, 60_000, 100_000, false));
    for (Adam adam : List.of(adam(0.9, 0.99), adam(0.5, 0.9), adam(0, 0.5), adam(0.95, 0.9999))) {
      RowsAdam rule = new RowsAdam(adam, RowsAdam.Mode.DEFERRED, Schedule.CONSTANT);
      cases.add(new Case(rule, 2, 37, 20, 600, 2000, false));
    }
    return TestEngines.times(cases);
  }

  private static Adam adam(double beta1, double beta2) {
    return new Adam(beta1, beta2, 1e-6, Adam.Form.TENSORFLOW, WeightDecay.NONE);
  }

  /**
   * Of rows_adam.h: relative to the largest |p| and the sum of the updates, which is below it here,
   * a walk of one rounding each touch. Where steps are taken one by one, each rounds.
   */
  private static double tolerance(RowsAdam rule) {
    boolean usual = rule.adam().equals(USUAL);
    double waiting =
        usual || rule.adam().beta1() == 0 ? 1 : Math.log(1e-8) / Math.log(rule.adam().beta1());
    return Tolerance.sum(1 + STEPS + waiting);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case steps) {
    Parity.of("rows adam " + steps, steps)
        .within(tolerance(steps.rule))
        .exactly("last")
        .within("state.learningRate", Tolerance.DOUBLE_ROUNDINGS)
        .within("state.beta1Power", Tolerance.doubleSum(STEPS))
        .within("state.beta2Power", Tolerance.doubleSum(STEPS))
        .on(engine);
  }
}
