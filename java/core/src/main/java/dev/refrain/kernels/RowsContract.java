package dev.refrain.kernels;

import static dev.refrain.kernels.Contract.groups;
import static dev.refrain.kernels.Contract.indices;
import static dev.refrain.kernels.Contract.range;
import static dev.refrain.kernels.Contract.rows;

import java.util.Objects;

/** {@link Contract} of the operations on tables of which a batch names a few rows. */
public final class RowsContract {
  private RowsContract() {}

  /** {@link Kernels#skipGrams}. */
  public static void skipGrams(
      SkipGramShape s, IndexBuffer text, IndexBuffer inputs, IndexBuffer labels, StepState state) {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(labels, "labels");
    range(text.size(), 0, s.sharedText() ? s.length() : s.length() * s.groups(), "text");
    long pairs = (long) s.groups() * s.batch();
    indices(inputs, pairs, "inputs");
    indices(labels, pairs, "labels");
    groups(state, s.groups());
  }

  /** {@link Kernels#logUniform}. */
  public static void logUniform(
      LogUniform sampler, int groups, IndexBuffer sampled, IndexBuffer tries, StepState state) {
    Arguments.positive(groups, "groups");
    indices(
        Objects.requireNonNull(sampled, "sampled"), (long) groups * sampler.samples(), "sampled");
    indices(Objects.requireNonNull(tries, "tries"), groups, "tries");
    groups(state, groups);
  }

  /** {@link Kernels#logUniformExpected}. */
  public static void logUniformExpected(
      int groups, int count, IndexBuffer ids, IndexBuffer tries, Buffer logExpected) {
    Arguments.positive(groups, "groups");
    Arguments.positive(count, "count");
    indices(Objects.requireNonNull(ids, "ids"), (long) groups * count, "ids");
    indices(Objects.requireNonNull(tries, "tries"), groups, "tries");
    range(logExpected.size(), 0, (long) groups * count, "logExpected");
  }

  /** {@link Kernels#distinct}. */
  public static void distinct(
      int limit, IndexBuffer first, IndexBuffer second, int secondCount, TouchedRows touched) {
    Arguments.positive(limit, "limit");
    int firstCount = touched.capacity() - secondCount;
    if (secondCount < 0 || firstCount < 1 || (second == null) != (secondCount == 0)) {
      throw new IllegalArgumentException(
          String.format(
              "of %d ids, %d are to come from the second list%s",
              touched.capacity(), secondCount, second == null ? ", which is absent" : ""));
    }
    long groups = touched.groups();
    indices(Objects.requireNonNull(first, "first"), groups * firstCount, "first");
    indices(second, groups * secondCount, "second");
    touched(touched);
  }

  private static void touched(TouchedRows t) {
    long ids = (long) t.groups() * t.capacity();
    indices(t.rows(), ids, "rows");
    indices(t.count(), t.groups(), "count");
    indices(t.slots(), ids, "slots");
  }

  private static void touched(TouchedRows t, int groups, int capacity, String name) {
    if (t.groups() != groups || t.capacity() != capacity) {
      throw new IllegalArgumentException(
          String.format(
              "%s are %d of %d groups; the operation has %d of %d groups",
              name, t.capacity(), t.groups(), capacity, groups));
    }
    touched(t);
  }

  /** {@link Kernels#nce}. */
  public static void nce(NceShape s, NceArguments a, StepState state) {
    rows(a.embeddings(), s.groups(), s.words(), s.columns(), "embeddings", true);
    rows(a.weights(), s.groups(), s.classes(), s.columns(), "weights", true);
    rows(a.biases(), s.groups(), s.classes(), 1, "biases", true);
    touched(a.inputs(), s.groups(), s.batch(), "inputs");
    touched(a.targets(), s.groups(), s.candidates(), "targets");
    if (a.logExpected() != null) {
      range(a.logExpected().size(), 0, (long) s.groups() * s.candidates(), "logExpected");
    }
    rows(a.embeddingGradients(), s.groups(), s.batch(), s.columns(), "embeddingGradients", false);
    rows(a.weightGradients(), s.groups(), s.candidates(), s.columns(), "weightGradients", false);
    rows(a.biasGradients(), s.groups(), s.candidates(), 1, "biasGradients", false);
    groups(state, s.groups());
  }

  /** {@link Kernels#rowsAdamTableSize} and {@link Kernels#rowsAdamTable}. */
  public static void rowsAdamTable(long steps) {
    if (steps < 0 || steps > Integer.MAX_VALUE - 1) {
      throw new IllegalArgumentException(
          "steps is " + steps + "; a table covers 0 to 2^31 - 2 of them");
    }
  }

  private static void table(RowsAdam rule, AdamRows table, StepState state) {
    rows(table.values(), table.groups(), table.rows(), table.columns(), "values", false);
    rows(table.m(), table.groups(), table.rows(), table.columns(), "m", false);
    rows(table.v(), table.groups(), table.rows(), table.columns(), "v", false);
    if (rule.mode() == RowsAdam.Mode.DEFERRED) {
      Objects.requireNonNull(table.last(), "deferred rows need the steps of their last update");
      Objects.requireNonNull(table.moments(), "deferred rows need the table of moments");
    }
    indices(table.last(), (long) table.groups() * table.rows(), "last");
    groups(state, table.groups());
  }

  /** {@link Kernels#rowsAdamCatchUp}. */
  public static void rowsAdamCatchUp(
      RowsAdam rule, AdamRows table, TouchedRows touched, StepState state) {
    table(rule, table, state);
    touched(touched, table.groups(), touched.capacity(), "touched rows");
  }

  /** {@link Kernels#rowsAdam}. */
  public static void rowsAdam(
      RowsAdam rule, AdamRows table, TouchedRows touched, View gradients, StepState state) {
    rowsAdamCatchUp(rule, table, touched, state);
    Objects.requireNonNull(gradients, "gradients");
    rows(gradients, table.groups(), touched.capacity(), table.columns(), "gradients", true);
  }

  /** {@link Kernels#rowsAdamSnapshot}. */
  public static void rowsAdamSnapshot(RowsAdam rule, AdamRows table, View target, StepState state) {
    table(rule, table, state);
    Objects.requireNonNull(target, "target");
    rows(target, table.groups(), table.rows(), table.columns(), "target", false);
  }

  /** {@link Kernels#rowsSgd}. */
  public static void rowsSgd(SgdRows table, TouchedRows touched, View gradients, StepState state) {
    rows(table.values(), table.groups(), table.rows(), table.columns(), "values", false);
    touched(touched, table.groups(), touched.capacity(), "touched rows");
    Objects.requireNonNull(gradients, "gradients");
    rows(gradients, table.groups(), touched.capacity(), table.columns(), "gradients", true);
    groups(state, table.groups());
  }
}
