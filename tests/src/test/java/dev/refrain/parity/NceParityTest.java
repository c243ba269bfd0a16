package dev.refrain.parity;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NceParityTest {
  private static final int HISTORY = 3;

  private enum Ids {
    /** Of few rows, so that inputs, labels and candidates meet each other often. */
    CROWDED,
    /** Each row at most once. */
    APART,
    /** The last candidate has no row. */
    BROKEN
  }

  private record Case(NceShape shape, Ids ids, boolean expected, long step, double scale)
      implements Operation {

    Case(NceShape shape, Ids ids, boolean expected, long step) {
      this(shape, ids, expected, step, 0.7);
    }

    @Override
    public Runnable prepare(Kernels kernels, Arena arena) {
      int groups = shape.groups();
      int columns = shape.columns();
      View embeddings =
          arena.in("embeddings", groups, shape.words(), columns, Numbers.normal(scale));
      View weights = arena.in("weights", groups, shape.classes(), columns, Numbers.normal(scale));
      View biases = arena.in("biases", groups, shape.classes(), 1, Numbers.normal(1));
      TouchedRows inputs = touched(arena, "inputs", ids(0));
      TouchedRows targets = touched(arena, "targets", ids(1));
      Buffer logExpected =
          expected
              ? arena.flatIn("logExpected", (long) groups * shape.candidates(), Numbers.normal(2))
              : null;
      NceArguments arguments =
          new NceArguments(
              embeddings,
              weights,
              biases,
              inputs,
              targets,
              logExpected,
              arena.out("dEmbeddings", groups, shape.batch(), columns),
              arena.out("dWeights", groups, shape.candidates(), columns),
              arena.out("dBiases", groups, shape.candidates(), 1));
      StepState state = arena.state(HISTORY, Steps.at(step, groups));
      return () -> kernels.nce(shape, arguments, state);
    }

    private int[][] ids(int seed) {
      Random random = new Random(seed);
      int count = seed == 0 ? shape.batch() : shape.candidates();
      int rows = seed == 0 ? shape.words() : shape.classes();
      int[][] ids = new int[shape.groups()][];
      for (int g = 0; g < ids.length; g++) {
        ids[g] =
            ids() == Ids.CROWDED
                ? random.ints(count, 0, Math.max(1, Math.min(rows, count / 3))).toArray()
                : random.ints(0, rows).distinct().limit(count).toArray();
      }
      if (ids() == Ids.BROKEN && seed == 1) {
        ids[0][count - 1] = -1;
      }
      return ids;
    }
  }

  /** What distinct makes of ids; slots that no id has stay as they are in the outputs. */
  private static TouchedRows touched(Arena arena, String name, int[][] ids) {
    int groups = ids.length;
    int capacity = ids[0].length;
    int[] rows = new int[groups * capacity];
    int[] count = new int[groups];
    int[] slots = new int[groups * capacity];
    Arrays.fill(rows, -1);
    for (int g = 0; g < groups; g++) {
      Map<Integer, Integer> found = new LinkedHashMap<>();
      for (int i = 0; i < capacity; i++) {
        int id = ids[g][i];
        if (id >= 0) {
          found.putIfAbsent(id, found.size());
        }
        slots[g * capacity + i] = id < 0 ? -1 : found.get(id);
      }
      int next = g * capacity;
      for (int id : found.keySet()) {
        rows[next++] = id;
      }
      count[g] = found.size();
    }
    return new TouchedRows(
        groups,
        capacity,
        arena.indices(name + " rows", rows),
        arena.indices(name + " count", count),
        arena.indices(name + " slots", slots));
  }

  static Stream<Arguments> cases() {
    List<Case> cases = new ArrayList<>();
    for (SampledLoss loss : SampledLoss.values()) {
      for (boolean remove : new boolean[] {false, true}) {
        cases.add(new Case(shape(1, 1, 1, 1, 1, 1, loss, remove), Ids.CROWDED, true, 1));
        cases.add(new Case(shape(1, 128, 64, 150, 300, 300, loss, remove), Ids.CROWDED, true, 2));
        cases.add(new Case(shape(1, 31, 17, 13, 61, 67, loss, remove), Ids.CROWDED, false, 0));
      }
      cases.add(new Case(shape(1, 128, 64, 150, 400, 500, loss, false), Ids.APART, true, 5));
      cases.add(new Case(shape(1, 7, 100, 33, 50, 200, loss, false), Ids.APART, false, 5));
      // a batch too large for a block's own memory
      cases.add(new Case(shape(1, 2600, 3, 5, 40, 41, loss, true), Ids.CROWDED, true, 5));
      cases.add(new Case(shape(3, 5, 3, 16, 8, 9, loss, false), Ids.BROKEN, true, 4));
      cases.add(new Case(shape(3, 11, 7, 16, 30, 31, loss, true), Ids.CROWDED, true, 4));
      cases.add(new Case(shape(9, 6, 5, 21, 30, 31, loss, false), Ids.CROWDED, true, 1));
      // logits whose exponentials are no floats
      cases.add(new Case(shape(2, 9, 8, 10, 11, 12, loss, true), Ids.CROWDED, true, 1, 6));
    }
    return TestEngines.times(cases);
  }

  private static NceShape shape(
      int groups,
      int batch,
      int samples,
      int columns,
      int words,
      int classes,
      SampledLoss loss,
      boolean remove) {
    return new NceShape(groups, batch, samples, columns, words, classes, loss, remove);
  }

  /**
   * A logit sums D products; a gradient sums as many slopes as there are pairs or candidates, whose
   * errors are those of logits.
   */
  private static double tolerance(NceShape shape) {
    return Tolerance.sum((double) shape.columns() + shape.candidates());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(TestEngine engine, Case pairs) {
    Parity.of("nce " + pairs, pairs)
        .within(tolerance(pairs.shape))
        .within("state.loss", tolerance(pairs.shape))
        .within("state.history", tolerance(pairs.shape))
        .on(engine);
  }
}
