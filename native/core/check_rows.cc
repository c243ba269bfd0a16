// The operations on tables of which a batch names a few rows.
#include "core/check.h"
#include "core/checker.h"

namespace refrain {

int check(const refrain_skip_grams_args& a) {
  Checker c("skip_grams");
  c.positive(a.groups, "groups");
  c.positive(a.batch, "batch");
  c.demand(a.window >= 1 && a.window <= REFRAIN_LARGEST_WINDOW, "window", a.window,
           "it must lie in 1..32");
  c.demand(a.skips >= 1 && a.skips <= 2 * a.window, "skips", a.skips,
           "it must lie in 1..2*window, as many neighbours as there are");
  c.demand(a.skips >= 1 && a.batch % a.skips == 0, "batch", a.batch,
           "it must be a multiple of skips");
  c.demand(a.length > 2 * int64_t{a.window}, "length", static_cast<double>(a.length),
           "a text needs at least 2*window + 1 words");
  c.demand(a.text_stride >= 0, "text_stride", static_cast<double>(a.text_stride),
           "it must not be negative");
  c.present(a.text, "text");
  c.present(a.inputs, "inputs");
  c.present(a.labels, "labels");
  c.state(a.state, a.groups);
  return c.status();
}

int check(const refrain_log_uniform_args& a, LogUniform what) {
  Checker c(what == LogUniform::kDraw ? "log_uniform" : "log_uniform_expected");
  c.positive(a.groups, "groups");
  c.positive(a.classes, "classes");
  c.positive(a.samples, "samples");
  c.demand(a.samples <= a.classes, "samples", a.samples, "there are fewer different classes");
  c.present(a.tries, "tries");
  if (what == LogUniform::kDraw) {
    c.present(a.sampled, "sampled");
    c.state(a.state, a.groups);
  } else {
    c.positive(a.count, "count");
    c.present(a.ids, "ids");
    c.present(a.log_expected, "log_expected");
  }
  return c.status();
}

int check(const refrain_distinct_args& a) {
  Checker c("distinct");
  c.positive(a.groups, "groups");
  c.positive(a.first_count, "first_count");
  c.demand(a.second_count >= 0, "second_count", a.second_count, "it must not be negative");
  c.demand(int64_t{a.first_count} + a.second_count <= INT32_MAX, "second_count", a.second_count,
           "the two lists hold at most 2^31 - 1 ids together");
  c.positive(a.table_rows, "table_rows");
  c.present(a.first, "first");
  if (a.second_count > 0) c.present(a.second, "second");
  c.present(a.rows, "rows");
  c.present(a.count, "count");
  c.present(a.slots, "slots");
  return c.status();
}

int check(const refrain_nce_args& a) {
  Checker c("nce");
  c.positive(a.groups, "groups");
  c.positive(a.batch, "batch");
  c.positive(a.samples, "samples");
  c.positive(a.columns, "columns");
  c.positive(a.words, "words");
  c.positive(a.classes, "classes");
  c.demand(int64_t{a.batch} + a.samples <= INT32_MAX, "samples", a.samples,
           "batch and samples are at most 2^31 - 1 together");
  c.choice(a.loss, 2, "loss");
  c.present_view(a.embeddings, a.columns, "embeddings");
  c.present_view(a.weights, a.columns, "weights");
  c.present_view(a.biases, 1, "biases");
  c.present(a.input_rows, "input_rows");
  c.present(a.input_count, "input_count");
  c.present(a.input_slots, "input_slots");
  c.present(a.class_rows, "class_rows");
  c.present(a.class_count, "class_count");
  c.present(a.class_slots, "class_slots");
  c.present_view(a.d_embeddings, a.columns, "d_embeddings");
  c.present_view(a.d_weights, a.columns, "d_weights");
  c.present_view(a.d_biases, 1, "d_biases");
  c.state(a.state, a.groups);
  return c.status();
}

namespace {

const char* name(RowsAdam what) {
  switch (what) {
    case RowsAdam::kTableSize:
      return "rows_adam_table_size";
    case RowsAdam::kTable:
      return "rows_adam_table";
    case RowsAdam::kCatchUp:
      return "rows_adam_catch_up";
    case RowsAdam::kSnapshot:
      return "rows_adam_snapshot";
    default:
      return "rows_adam";
  }
}

void check_table(Checker& c, const refrain_rows_adam_args& a) {
  const refrain_advance_args& d = a.advance;
  c.choice(a.mode, 3, "mode");
  c.demand(d.beta1 >= 0 && d.beta1 < 1, "beta1", d.beta1, "it must lie in [0, 1)");
  c.demand(d.beta2 >= 0 && d.beta2 < 1, "beta2", d.beta2, "it must lie in [0, 1)");
  c.demand(a.table_steps >= 0 && a.table_steps < INT32_MAX, "table_steps",
           static_cast<double>(a.table_steps), "it must lie in 0..2^31 - 2");
}

}  // namespace

int check(const refrain_rows_adam_args& a, RowsAdam what) {
  Checker c(name(what));
  check_table(c, a);
  if (what == RowsAdam::kTableSize) return c.status();
  c.choice(a.advance.schedule, 4, "advance.schedule");
  if (a.advance.schedule != REFRAIN_SCHEDULE_CONSTANT) c.positive(a.advance.period, "period");
  if (a.mode == REFRAIN_ROWS_DEFERRED || what == RowsAdam::kTable) {
    c.present(a.table, "table");
    c.demand(reinterpret_cast<uintptr_t>(a.table) % sizeof(double) == 0, "table",
             static_cast<double>(reinterpret_cast<uintptr_t>(a.table)),
             "its address must be a multiple of 8");
  }
  if (what == RowsAdam::kTable) return c.status();
  c.positive(a.groups, "groups");
  c.positive(a.rows, "rows");
  c.positive(a.columns, "columns");
  c.demand(a.epsilon > 0, "epsilon", a.epsilon, "it must be above 0");
  c.present_view(a.values, a.columns, "values");
  c.present_view(a.m, a.columns, "m");
  c.present_view(a.v, a.columns, "v");
  if (a.mode == REFRAIN_ROWS_DEFERRED) c.present(a.last, "last");
  if (what == RowsAdam::kSnapshot) {
    c.present_view(a.snapshot, a.columns, "snapshot");
  } else {
    c.positive(a.most_touched, "most_touched");
    c.present(a.touched, "touched");
    c.present(a.count, "count");
    if (what == RowsAdam::kUpdate) c.present_view(a.gradient, a.columns, "gradient");
  }
  c.state(a.advance.state, a.groups);
  return c.status();
}

int check(const refrain_rows_sgd_args& a) {
  Checker c("rows_sgd");
  c.positive(a.groups, "groups");
  c.positive(a.rows, "rows");
  c.positive(a.columns, "columns");
  c.positive(a.most_touched, "most_touched");
  c.present_view(a.values, a.columns, "values");
  c.present(a.touched, "touched");
  c.present(a.count, "count");
  c.present_view(a.gradient, a.columns, "gradient");
  c.state(a.state, a.groups);
  return c.status();
}

}  // namespace refrain
