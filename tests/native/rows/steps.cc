// Whole steps of skip-grams, recorded and eager, and what the operations refuse.
#include <cstdio>
#include <string>

#include "embedding_step.h"
#include "rows/arrays.h"
#include "rows/rows.h"

namespace refrain::test {

namespace {

struct Step {
  Arrays arrays;
  EmbeddingStep step;

  Step(refrain_context* context, int32_t mode, int32_t loss = REFRAIN_SAMPLED_NCE)
      : arrays(context),
        step(mode, [&](int64_t n) { return arrays.words(n); },
             [&](void* to, const void* from, int64_t size) {
               ok(refrain_write(context, to, from, size));
             }) {
    step.nce.loss = loss;
    if (mode != REFRAIN_ROWS_DEFERRED) return;
    refrain_rows_adam_args& a = step.embeddings;
    a.table_steps = 20;
    step.moments(static_cast<float*>(arrays.words(refrain_rows_adam_table_size(context, &a))), 20);
    ok(refrain_rows_adam_table(context, &a));
  }

  // By gradient descent instead of Adam.
  void descend(refrain_context* context) {
    for (const refrain_rows_adam_args* t : {&step.embeddings, &step.weights}) {
      const refrain_rows_sgd_args a = {t->groups,  t->rows,  t->columns,  t->most_touched,  t->values,
                                       t->touched, t->count, t->gradient, t->advance.state};
      ok(refrain_rows_sgd(context, &a));
    }
  }

  void run(refrain_context* context, bool descends) {
    ok(refrain_advance(context, &step.advance));
    ok(refrain_skip_grams(context, &step.pairs));
    ok(refrain_log_uniform(context, &step.draw));
    ok(refrain_distinct(context, &step.inputs));
    ok(refrain_distinct(context, &step.classes));
    ok(refrain_log_uniform_expected(context, &step.expected));
    ok(refrain_rows_adam_catch_up(context, &step.embeddings));
    ok(refrain_rows_adam_catch_up(context, &step.weights));
    ok(refrain_nce(context, &step.nce));
    if (descends) return descend(context);
    ok(refrain_rows_adam(context, &step.embeddings));
    ok(refrain_rows_adam(context, &step.weights));
  }
};

// Refused with a message that names operation and argument, and nothing touched.
template <class Args, class Change>
void refused(const Step& step, refrain_context* context,
             int (*call)(refrain_context*, const Args*), Args args, const char* message,
             Change change) {
  const auto before = step.arrays.contents();
  change(args);
  CHECK(call(context, &args) == REFRAIN_BAD_ARGUMENT);
  const std::string said = refrain_last_error();
  if (said.find(message) != 0) std::fprintf(stderr, "'%s', not '%s'\n", said.c_str(), message);
  CHECK(said.find(message) == 0);
  CHECK(step.arrays.contents() == before);
}

#define REFUSED(call, args, message, change) \
  refused(step, context, call, args, message, [](auto& a) { change; })

}  // namespace

std::vector<uint32_t> train(refrain_context* context, int32_t mode, bool recorded, int32_t loss,
                            bool descends) {
  constexpr int kSteps = 5;
  Step step(context, mode, loss);
  const auto before = step.arrays.contents();
  if (recorded) {
    refrain_recording* recording = nullptr;
    ok(refrain_record_begin(context));
    step.run(context, descends);
    ok(refrain_record_end(context, &recording));
    ok(refrain_recording_run(recording, kSteps));
    refrain_recording_destroy(recording);
  } else {
    for (int i = 0; i < kSteps; ++i) step.run(context, descends);
  }
  CHECK(step.arrays.intact());
  const auto group = step.arrays.read(step.step.nce.state.group, EmbeddingStep::kGroups);
  for (const auto& g : group) CHECK(g.step == kSteps && g.status == REFRAIN_RUNNING && g.loss > 0);
  auto after = step.arrays.contents();
  CHECK(after != before);
  return after;
}

void check_row_refusals(refrain_context* context) {
  const Step step(context, REFRAIN_ROWS_DEFERRED);
  const EmbeddingStep& s = step.step;
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: window", a.window = 0);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: window", a.window = 33);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: skips", a.skips = 5);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: batch", a.batch = 7);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: batch", a.batch = 0);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: length", a.length = 4);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: text", a.text = nullptr);
  REFUSED(refrain_skip_grams, s.pairs, "skip_grams: labels", a.labels = nullptr);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: classes", a.classes = 0);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: samples", a.samples = 0);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: samples", a.samples = a.classes + 1);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: sampled", a.sampled = nullptr);
  REFUSED(refrain_log_uniform, s.draw, "log_uniform: state.groups", a.state.groups = 1);
  REFUSED(refrain_log_uniform_expected, s.expected, "log_uniform_expected: count", a.count = 0);
  REFUSED(refrain_log_uniform_expected, s.expected, "log_uniform_expected: ids", a.ids = nullptr);
  REFUSED(refrain_distinct, s.classes, "distinct: first_count", a.first_count = 0);
  REFUSED(refrain_distinct, s.classes, "distinct: second_count", a.second_count = -1);
  REFUSED(refrain_distinct, s.classes, "distinct: second_count", a.second_count = INT32_MAX);
  REFUSED(refrain_distinct, s.classes, "distinct: second", a.second = nullptr);
  REFUSED(refrain_distinct, s.classes, "distinct: table_rows", a.table_rows = 0);
  REFUSED(refrain_nce, s.nce, "nce: batch", a.batch = 0);
  REFUSED(refrain_nce, s.nce, "nce: samples", a.samples = 0);
  REFUSED(refrain_nce, s.nce, "nce: samples", a.samples = INT32_MAX);
  REFUSED(refrain_nce, s.nce, "nce: loss", a.loss = 2);
  REFUSED(refrain_nce, s.nce, "nce: loss", a.loss = -1);
  REFUSED(refrain_nce, s.nce, "nce: weights", a.weights.row_stride = a.columns - 1);
  REFUSED(refrain_nce, s.nce, "nce: class_slots", a.class_slots = nullptr);
  REFUSED(refrain_nce, s.nce, "nce: d_biases", a.d_biases.data = nullptr);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: mode", a.mode = 3);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: beta2", a.advance.beta2 = 1);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: epsilon", a.epsilon = 0);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: rows", a.rows = 0);
  REFUSED(refrain_rows_adam, s.weights, "rows_adam: gradient", a.gradient.data = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: last", a.last = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: table", a.table = nullptr);
  REFUSED(refrain_rows_adam_catch_up, s.weights, "rows_adam_catch_up: table", a.table += 1);
  const refrain_rows_adam_args& w = s.weights;
  const refrain_rows_sgd_args sgd = {w.groups,  w.rows,  w.columns,  w.most_touched, w.values,
                                     w.touched, w.count, w.gradient, w.advance.state};
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: groups", a.groups = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: rows", a.rows = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: columns", a.columns = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: most_touched", a.most_touched = 0);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: values", a.values.row_stride = a.columns - 1);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: touched", a.touched = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: count", a.count = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: gradient", a.gradient.data = nullptr);
  REFUSED(refrain_rows_sgd, sgd, "rows_sgd: state.groups", a.state.groups = 1);
  REFUSED(refrain_rows_adam_snapshot, s.weights, "rows_adam_snapshot: snapshot",
          a.snapshot.data = nullptr);
}

}  // namespace refrain::test
