package dev.refrain.golden;

import dev.refrain.TestEngine;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.parity.Comparison;
import dev.refrain.parity.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * Adam on the rows of a table, as TensorFlow 1 and a lazy optimizer move them. Deferred rows must
 * end where dense ones do.
 */
class RowsAdamGoldenTest {
  private static final int FIRST_STEPS = 300;

  @TestFactory
  Stream<DynamicNode> equalsTheOthers() {
    return GoldenTests.of("rows_adam_", RowsAdamGoldenTest::check);
  }

  private static void check(GoldenFile file, Kernels kernels, boolean exact) {
    boolean gaps = file.name().endsWith("gaps");
    List<RowsAdam.Mode> modes =
        file.name().endsWith("lazy")
            ? List.of(RowsAdam.Mode.LAZY)
            : List.of(RowsAdam.Mode.DENSE, RowsAdam.Mode.DEFERRED);
    for (RowsAdam.Mode mode : modes) {
      boolean slow = gaps && mode == RowsAdam.Mode.DENSE;
      if (slow && kernels.device().engine().equals("emulated")) {
        compareFirstSteps(file, kernels, mode);
        continue;
      }
      Table table = new Table(file, kernels, mode);
      if (gaps) {
        table.runEvents((int) file.number("steps"));
      } else {
        table.runSteps();
      }
      table.compare(exact);
    }
  }

  /**
   * One launch after the other for all steps, each of the whole table, takes an emulated GPU long,
   * and the file has the end alone: the first steps, beside the reference in float64, which other
   * tests of this file hold to its end.
   */
  private static void compareFirstSteps(GoldenFile file, Kernels kernels, RowsAdam.Mode mode) {
    Table table = new Table(file, kernels, mode);
    table.runEvents(FIRST_STEPS);
    try (Kernels judge = TestEngine.openJudge()) {
      Table judged = new Table(file, judge, mode);
      judged.runEvents(FIRST_STEPS);
      double[] expected = judged.table.values().buffer().readDoubles();
      double[] actual = table.table.values().buffer().readDoubles();
      double largest = 0;
      for (double value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      // no update of Adam is much larger than its rate; a row is rounded in every step
      double moved = 0.01 * FIRST_STEPS;
      double allowed = 4 * Tolerance.EPSILON * (Math.sqrt(1.0 + FIRST_STEPS) * largest + moved);
      Comparison.assertWithin(mode + ", first steps", expected, actual, allowed);
    }
  }

  /** A table and the steps that a file takes with it. */
  private static final class Table {
    private final GoldenFile file;
    private final Kernels kernels;
    private final RowsAdam rule;
    private final int rows;
    private final int columns;
    private final AdamRows table;
    private final IndexBuffer ids;
    private final Buffer gradients;
    private final StepState state;
    private final int[] touches;
    private final TouchedRows touched;

    Table(GoldenFile file, Kernels kernels, RowsAdam.Mode mode) {
      this.file = file;
      this.kernels = kernels;
      rule = new RowsAdam(new Adam(), mode, Schedule.CONSTANT);
      rows = file.size("start", 0);
      columns = file.size("start", 1);
      Buffer values = kernels.allocate((long) rows * columns);
      values.writeDoubles(file.values("start"));
      Buffer moments = kernels.allocate(kernels.rowsAdamTableSize(rule, 6000));
      kernels.rowsAdamTable(rule, 6000, moments);
      table =
          new AdamRows(
              1,
              rows,
              columns,
              View.of(values, rows, columns),
              View.of(kernels.allocate((long) rows * columns), rows, columns),
              View.of(kernels.allocate((long) rows * columns), rows, columns),
              kernels.allocateIndices(rows),
              moments);
      touched = TouchedRows.allocate(kernels, 1, rows);
      ids = kernels.allocateIndices(rows);
      gradients = kernels.allocate((long) rows * columns);
      touches = new int[rows];
      state = kernels.allocateState(1, 0);
      state.write(0, GroupState.initial(0, 0.01));
    }

    /** Lists of rows, of which some are named twice, and their gradients. */
    void runSteps() {
      for (int step = 0; step < file.count("ids"); step++) {
        int[] named = file.integers("ids", step);
        double[] gradient = file.values("gradients", step);
        double[][] sums = new double[rows][];
        for (int i = 0; i < named.length; i++) {
          double[] sum = sums[named[i]] == null ? new double[columns] : sums[named[i]];
          sums[named[i]] = sum;
          for (int d = 0; d < columns; d++) {
            sum[d] += gradient[i * columns + d];
          }
        }
        step(sums);
      }
    }

    /** Single rows at single steps. */
    void runEvents(int steps) {
      double[][][] events = new double[(int) file.number("steps") + 1][][];
      for (int i = 0; i < file.count("events"); i++) {
        GoldenFile.Event event = file.event("events", i);
        if (events[event.step()] == null) {
          events[event.step()] = new double[rows][];
        }
        events[event.step()][event.row()] = event.gradient();
      }
      for (int step = 1; step <= steps; step++) {
        step(events[step] == null ? new double[rows][] : events[step]);
      }
    }

    private void step(double[][] gradientOf) {
      int[] named = new int[rows];
      Arrays.fill(named, -1);
      int count = 0;
      for (int row = 0; row < rows; row++) {
        if (gradientOf[row] != null) {
          gradients.writeDoubles((long) count * columns, gradientOf[row], 0, columns);
          named[count++] = row;
          touches[row]++;
        }
      }
      kernels.advance(Schedule.CONSTANT, rule.adam(), state);
      if (count == 0 && rule.mode() != RowsAdam.Mode.DENSE) {
        return;
      }
      ids.write(named);
      kernels.distinct(rows, ids, null, 0, touched);
      kernels.rowsAdamCatchUp(rule, table, touched, state);
      kernels.rowsAdam(rule, table, touched, View.of(gradients, rows, columns), state);
    }

    /** By the tolerance of rows_adam.h, whose path is what the updates add up to. */
    void compare(boolean exact) {
      Buffer snapshot = kernels.allocate((long) rows * columns);
      kernels.rowsAdamSnapshot(rule, table, View.of(snapshot, rows, columns), state);
      double[] expected = file.values("end");
      double[] actual = snapshot.readDoubles();
      double[] start = file.values("start");
      double[] path = file.has("path") ? file.values("path") : null;
      // without a path: no update of Adam is much larger than its rate
      double longest = path == null ? 0.01 * file.count("ids") : 0;
      for (int i = 0; i < expected.length; i++) {
        double largest = Math.max(Math.abs(start[i]), Math.abs(expected[i])) + longest;
        double moved = path == null ? longest : path[i];
        // a dense row is rounded in every step, a deferred one where it is touched
        boolean dense = rule.mode() == RowsAdam.Mode.DENSE;
        double roundings = Math.sqrt(1.0 + (dense ? state.read(0).step() : touches[i / columns]));
        double allowed =
            exact
                ? GoldenTolerance.FLOAT64 * (largest + moved)
                : 4 * Tolerance.EPSILON * (roundings * largest + moved);
        Comparison.assertWithin(
            rule.mode() + " element " + i,
            new double[] {expected[i]},
            new double[] {actual[i]},
            allowed);
      }
    }
  }
}
