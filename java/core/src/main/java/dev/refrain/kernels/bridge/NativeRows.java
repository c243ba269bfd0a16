package dev.refrain.kernels.bridge;

import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.RowsContract;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.SgdRows;
import dev.refrain.kernels.SkipGramShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_advance_args;
import dev.refrain.kernels.bridge.generated.refrain_distinct_args;
import dev.refrain.kernels.bridge.generated.refrain_log_uniform_args;
import dev.refrain.kernels.bridge.generated.refrain_nce_args;
import dev.refrain.kernels.bridge.generated.refrain_rows_adam_args;
import dev.refrain.kernels.bridge.generated.refrain_rows_sgd_args;
import dev.refrain.kernels.bridge.generated.refrain_skip_grams_args;
import dev.refrain.kernels.bridge.generated.refrain_step_state;

/** The operations on tables of which a batch names a few rows. */
abstract class NativeRows extends NativeLayers {

  NativeRows(Device device, String backend, EngineOptions options) {
    super(device, backend, options);
  }

  @Override
  public void skipGrams(
      SkipGramShape shape,
      IndexBuffer text,
      IndexBuffer inputs,
      IndexBuffer labels,
      StepState state) {
    RowsContract.skipGrams(shape, text, inputs, labels, state);
    try (refrain_skip_grams_args a = new refrain_skip_grams_args()) {
      a.groups(shape.groups())
          .batch(shape.batch())
          .window(shape.window())
          .skips(shape.skips())
          .length(shape.length())
          .text(arguments.indices(text))
          .text_stride(shape.sharedText() ? 0 : shape.length())
          .inputs(arguments.indices(inputs))
          .labels(arguments.indices(labels));
      arguments.put(state, a.state());
      alone(() -> Native.refrain_skip_grams(context(), a));
    }
  }

  @Override
  public void logUniform(
      LogUniform sampler, int groups, IndexBuffer sampled, IndexBuffer tries, StepState state) {
    RowsContract.logUniform(sampler, groups, sampled, tries, state);
    try (refrain_log_uniform_args a = logUniformArguments(sampler, groups, tries)) {
      a.count(0).sampled(arguments.indices(sampled)).ids(null).log_expected(null);
      arguments.put(state, a.state());
      alone(() -> Native.refrain_log_uniform(context(), a));
    }
  }

  @Override
  public void logUniformExpected(
      LogUniform sampler,
      int groups,
      int count,
      IndexBuffer ids,
      IndexBuffer tries,
      Buffer logExpected) {
    RowsContract.logUniformExpected(groups, count, ids, tries, logExpected);
    try (refrain_log_uniform_args a = logUniformArguments(sampler, groups, tries)) {
      a.count(count)
          .sampled(null)
          .ids(arguments.indices(ids))
          .log_expected(arguments.floats(logExpected));
      putNone(a.state());
      alone(() -> Native.refrain_log_uniform_expected(context(), a));
    }
  }

  private refrain_log_uniform_args logUniformArguments(
      LogUniform sampler, int groups, IndexBuffer tries) {
    return new refrain_log_uniform_args()
        .groups(groups)
        .classes(sampler.classes())
        .samples(sampler.samples())
        .tries(arguments.indices(tries));
  }

  private static void putNone(refrain_step_state target) {
    target.group(null).history(null).history_length(0).groups(0);
  }

  @Override
  public void distinct(
      int limit, IndexBuffer first, IndexBuffer second, int secondCount, TouchedRows touched) {
    RowsContract.distinct(limit, first, second, secondCount, touched);
    try (refrain_distinct_args a = new refrain_distinct_args()) {
      a.groups(touched.groups())
          .first_count(touched.capacity() - secondCount)
          .second_count(secondCount)
          .table_rows(limit)
          .first(arguments.indices(first))
          .second(arguments.indices(second))
          .rows(arguments.indices(touched.rows()))
          .count(arguments.indices(touched.count()))
          .slots(arguments.indices(touched.slots()));
      alone(() -> Native.refrain_distinct(context(), a));
    }
  }

  @Override
  public void nce(NceShape shape, NceArguments n, StepState state) {
    RowsContract.nce(shape, n, state);
    try (refrain_nce_args a = new refrain_nce_args()) {
      a.groups(shape.groups())
          .batch(shape.batch())
          .samples(shape.samples())
          .columns(shape.columns())
          .words(shape.words())
          .classes(shape.classes())
          .loss(shape.loss().ordinal())
          .remove_hits(shape.removeHits() ? 1 : 0)
          .input_rows(arguments.indices(n.inputs().rows()))
          .input_count(arguments.indices(n.inputs().count()))
          .input_slots(arguments.indices(n.inputs().slots()))
          .class_rows(arguments.indices(n.targets().rows()))
          .class_count(arguments.indices(n.targets().count()))
          .class_slots(arguments.indices(n.targets().slots()))
          .log_expected(arguments.floats(n.logExpected()));
      arguments.put(n.embeddings(), a.embeddings());
      arguments.put(n.weights(), a.weights());
      arguments.put(n.biases(), a.biases());
      arguments.put(n.embeddingGradients(), a.d_embeddings());
      arguments.put(n.weightGradients(), a.d_weights());
      arguments.put(n.biasGradients(), a.d_biases());
      arguments.put(state, a.state());
      alone(() -> Native.refrain_nce(context(), a));
    }
  }

  @Override
  public long rowsAdamTableSize(RowsAdam rule, long steps) {
    RowsContract.rowsAdamTable(steps);
    try (refrain_rows_adam_args a = ruleArguments(rule)) {
      return size(Native.refrain_rows_adam_table_size(context(), a.table_steps(steps)));
    }
  }

  @Override
  public void rowsAdamTable(RowsAdam rule, long steps, Buffer table) {
    long size = rowsAdamTableSize(rule, steps);
    if (table.size() < size) {
      throw new IllegalArgumentException(
          "the table needs " + size + " floats, the buffer has " + table.size());
    }
    try (refrain_rows_adam_args a = ruleArguments(rule)) {
      NativeStatus.check(
          Native.refrain_rows_adam_table(
              context(), a.table_steps(steps).table(arguments.floats(table))));
    }
  }

  @Override
  public void rowsAdamCatchUp(RowsAdam rule, AdamRows table, TouchedRows touched, StepState state) {
    RowsContract.rowsAdamCatchUp(rule, table, touched, state);
    try (refrain_rows_adam_args a = tableArguments(rule, table, state)) {
      put(touched, a);
      alone(() -> Native.refrain_rows_adam_catch_up(context(), a));
    }
  }

  @Override
  public void rowsAdam(
      RowsAdam rule, AdamRows table, TouchedRows touched, View gradients, StepState state) {
    RowsContract.rowsAdam(rule, table, touched, gradients, state);
    try (refrain_rows_adam_args a = tableArguments(rule, table, state)) {
      put(touched, a);
      arguments.put(gradients, a.gradient());
      alone(() -> Native.refrain_rows_adam(context(), a));
    }
  }

  @Override
  public void rowsAdamSnapshot(RowsAdam rule, AdamRows table, View target, StepState state) {
    RowsContract.rowsAdamSnapshot(rule, table, target, state);
    try (refrain_rows_adam_args a = tableArguments(rule, table, state)) {
      arguments.put(target, a.snapshot());
      alone(() -> Native.refrain_rows_adam_snapshot(context(), a));
    }
  }

  @Override
  public void rowsSgd(SgdRows table, TouchedRows touched, View gradients, StepState state) {
    RowsContract.rowsSgd(table, touched, gradients, state);
    try (refrain_rows_sgd_args a = new refrain_rows_sgd_args()) {
      a.groups(table.groups())
          .rows(table.rows())
          .columns(table.columns())
          .most_touched(touched.capacity())
          .touched(arguments.indices(touched.rows()))
          .count(arguments.indices(touched.count()));
      arguments.put(table.values(), a.values());
      arguments.put(gradients, a.gradient());
      arguments.put(state, a.state());
      alone(() -> Native.refrain_rows_sgd(context(), a));
    }
  }

  private void put(TouchedRows touched, refrain_rows_adam_args target) {
    target
        .most_touched(touched.capacity())
        .touched(arguments.indices(touched.rows()))
        .count(arguments.indices(touched.count()));
  }

  /** The rule, and nothing to work on. */
  private refrain_rows_adam_args ruleArguments(RowsAdam rule) {
    refrain_rows_adam_args a = new refrain_rows_adam_args();
    a.groups(0)
        .mode(rule.mode().ordinal())
        .rows(0)
        .columns(0)
        .most_touched(0)
        .epsilon(rule.adam().epsilon())
        .last(null)
        .touched(null)
        .count(null)
        .table(null)
        .table_steps(0);
    Schedule schedule = rule.schedule();
    refrain_advance_args advance = a.advance();
    advance
        .schedule(schedule.kind().ordinal())
        .staircase(schedule.staircase() ? 1 : 0)
        .rate(schedule.rate())
        .floor_factor(schedule.floorFactor())
        .period(schedule.period())
        .beta1(rule.adam().beta1())
        .beta2(rule.adam().beta2());
    putNone(advance.state());
    arguments.put((View) null, a.values());
    arguments.put((View) null, a.m());
    arguments.put((View) null, a.v());
    arguments.put((View) null, a.gradient());
    arguments.put((View) null, a.snapshot());
    return a;
  }

  private refrain_rows_adam_args tableArguments(RowsAdam rule, AdamRows table, StepState state) {
    refrain_rows_adam_args a = ruleArguments(rule);
    a.groups(table.groups())
        .rows(table.rows())
        .columns(table.columns())
        .last(arguments.indices(table.last()))
        .table(arguments.floats(table.moments()));
    arguments.put(table.values(), a.values());
    arguments.put(table.m(), a.m());
    arguments.put(table.v(), a.v());
    arguments.put(state, a.advance().state());
    return a;
  }
}
