// Word vectors: whole steps of sampled losses with Adam on rows, recordings of them, and word2vec.
#include <cmath>
#include <cstring>
#include <string>

#include "check.h"
#include "sides.h"

namespace refrain::test {
namespace {

constexpr double kTolerance = 3e-5;

// No Adam: gradient descent on the touched rows.
constexpr int kDescent = -1;

struct StepShape {
  int groups, words, columns, batch, window, skips, samples, length;
  int mode;  // refrain_rows_mode, or kDescent
  bool remove_hits, expected;
  int loss = REFRAIN_SAMPLED_NCE;
  int stray = -1;  // where in the text a word stands that has no row
};

// The arrays of a step of: advance, skip_grams, log_uniform, distinct, rows_adam_catch_up, nce, rows_adam.
// Weights and biases share a table, whose last column is the bias.
class VectorStep {
 public:
  VectorStep(Sides& sides, const StepShape& shape) : sides_(sides), n_(shape) {
    Random random(11);
    const int64_t g = n_.groups;
    const int64_t table = g * n_.words;
    const int64_t classes = n_.batch + n_.samples;
    std::vector<int32_t> words;
    for (int64_t i = 0; i < g * n_.length; ++i) words.push_back(random.below(n_.words));
    if (n_.stray >= 0) words[static_cast<size_t>(n_.stray)] = n_.words + 3;
    text_ = sides.integers(words);
    for (Table* t : {&inputs_, &classes_}) {
      const bool weights = t == &classes_;
      t->columns = n_.columns + (weights ? 1 : 0);
      t->touched = weights ? classes : n_.batch;
      t->values = sides.random(random, table * t->columns);
      t->m = sides.random(random, table * t->columns, 0.1f);
      std::vector<float> squares(static_cast<size_t>(table * t->columns));
      for (float& square : squares) square = random.uniform(0.0f, 0.1f);
      t->v = sides.floats(squares);
      std::vector<int32_t> last;
      for (int64_t i = 0; i < table; ++i) last.push_back(static_cast<int32_t>(3 + i / n_.words));
      t->last = sides.integers(last);
      t->rows = integers(g * t->touched);
      t->count = integers(g);
      t->slots = integers(g * t->touched);
      t->gradient = sides.output(g * t->touched * t->columns);
      t->snapshot = sides.output(table * t->columns);
    }
    pair_inputs_ = integers(g * n_.batch);
    pair_labels_ = integers(g * n_.batch);
    sampled_ = integers(g * n_.samples);
    tries_ = integers(g);
    log_expected_ = sides.output(g * classes);
    refrain_rows_adam_args args = adam_args(sides.tested(), inputs_);
    if (n_.mode == kDescent) args.mode = REFRAIN_ROWS_LAZY;
    const int64_t size = refrain_rows_adam_table_size(sides.tested().context, &args);
    CHECK(size >= 0);
    moments_ = sides.opaque(size > 0 ? size : 1);
    if (n_.mode == REFRAIN_ROWS_DEFERRED) {
      sides.run([&](const Side& s) {
        const refrain_rows_adam_args table_args = adam_args(s, inputs_);
        return refrain_rows_adam_table(s.context, &table_args);
      });
    }
  }

  // Returns the first status that is none of success.
  int take(const Side& s) const {
    const refrain_advance_args advance = advance_args(s);
    const refrain_skip_grams_args pairs = pair_args(s);
    const refrain_log_uniform_args sampler = sampler_args(s);
    const refrain_distinct_args inputs = distinct_args(s, inputs_, pair_inputs_, Array{});
    const refrain_distinct_args classes = distinct_args(s, classes_, pair_labels_, sampled_);
    const refrain_rows_adam_args input_adam = adam_args(s, inputs_);
    const refrain_rows_adam_args class_adam = adam_args(s, classes_);
    const refrain_nce_args nce = nce_args(s);
    int status = refrain_advance(s.context, &advance);
    const auto then = [&](auto operation, const auto& args) {
      if (status == REFRAIN_OK) status = operation(s.context, &args);
    };
    then(refrain_skip_grams, pairs);
    then(refrain_log_uniform, sampler);
    then(refrain_distinct, inputs);
    then(refrain_distinct, classes);
    then(refrain_log_uniform_expected, sampler);
    if (n_.mode == kDescent) {
      then(refrain_nce, nce);
      then(refrain_rows_sgd, descent_args(input_adam));
      then(refrain_rows_sgd, descent_args(class_adam));
      return status;
    }
    then(refrain_rows_adam_catch_up, input_adam);
    then(refrain_rows_adam_catch_up, class_adam);
    then(refrain_nce, nce);
    then(refrain_rows_adam, input_adam);
    then(refrain_rows_adam, class_adam);
    return status;
  }

  int snapshot(const Side& s) const {
    if (n_.mode == kDescent) return REFRAIN_OK;
    const refrain_rows_adam_args input_adam = adam_args(s, inputs_);
    const refrain_rows_adam_args class_adam = adam_args(s, classes_);
    const int status = refrain_rows_adam_snapshot(s.context, &input_adam);
    return status != REFRAIN_OK ? status : refrain_rows_adam_snapshot(s.context, &class_adam);
  }

  // What must be refused, and leave everything as it is.
  void refusals(const Side& s) const {
    const auto refused = [&](auto operation, const auto& args) {
      CHECK(operation(s.context, &args) == REFRAIN_BAD_ARGUMENT);
      CHECK(refrain_last_error()[0] != '\0');
    };
    refrain_log_uniform_args sampler = sampler_args(s);
    sampler.samples = sampler.classes + 1;
    refused(refrain_log_uniform, sampler);
    refrain_skip_grams_args pairs = pair_args(s);
    pairs.skips = 2 * pairs.window + 1;
    refused(refrain_skip_grams, pairs);
    pairs = pair_args(s);
    pairs.length = 2 * pairs.window;
    refused(refrain_skip_grams, pairs);
    refrain_distinct_args distinct = distinct_args(s, inputs_, pair_inputs_, Array{});
    distinct.first_count = 0;
    refused(refrain_distinct, distinct);
    refrain_nce_args nce = nce_args(s);
    nce.columns = 0;
    refused(refrain_nce, nce);
    nce = nce_args(s);
    nce.loss = 2;
    refused(refrain_nce, nce);
    refrain_rows_adam_args adam = adam_args(s, inputs_);
    adam.epsilon = 0.0;
    refused(refrain_rows_adam, adam);
    adam = adam_args(s, inputs_);
    adam.mode = 3;
    refused(refrain_rows_adam, adam);
    refrain_rows_sgd_args descent = descent_args(adam);
    descent.columns = 0;
    refused(refrain_rows_sgd, descent);
  }

 private:
  struct Table {
    int columns;
    int64_t touched;
    Array values, m, v, last, rows, count, slots, gradient, snapshot;
  };

  Array integers(int64_t count) {
    return sides_.integers(std::vector<int32_t>(static_cast<size_t>(count), -7));
  }

  static refrain_view view(const Side& s, Array array, int64_t rows, int columns) {
    return s.view(array, rows * columns, columns);
  }

  static refrain_advance_args advance_args(const Side& s) {
    return {REFRAIN_SCHEDULE_EXPONENTIAL, 0, 0.9, 0.0, 5, 0.9, 0.999, s.state()};
  }

  refrain_skip_grams_args pair_args(const Side& s) const {
    return {n_.groups, n_.batch, n_.window, n_.skips, n_.length, s.integers(text_), n_.length,
            s.integers(pair_inputs_), s.integers(pair_labels_), s.state()};
  }

  refrain_log_uniform_args sampler_args(const Side& s) const {
    return {n_.groups, n_.words, n_.samples, n_.batch + n_.samples, s.integers(sampled_),
            s.integers(tries_), s.integers(classes_.rows), s.floats(log_expected_), s.state()};
  }

  refrain_distinct_args distinct_args(const Side& s, const Table& table, Array first,
                                      Array second) const {
    return {n_.groups, n_.batch, static_cast<int32_t>(table.touched) - n_.batch, n_.words,
            s.integers(first), s.integers(second), s.integers(table.rows), s.integers(table.count),
            s.integers(table.slots)};
  }

  refrain_rows_adam_args adam_args(const Side& s, const Table& table) const {
    refrain_rows_adam_args a = {};
    a.groups = n_.groups;
    a.mode = n_.mode;
    a.rows = n_.words;
    a.columns = table.columns;
    a.most_touched = static_cast<int32_t>(table.touched);
    // So large that a gradient of next to nothing is no step of the whole rate, whatever its sign.
    a.epsilon = 1e-3;
    a.advance = advance_args(s);
    a.values = view(s, table.values, n_.words, table.columns);
    a.m = view(s, table.m, n_.words, table.columns);
    a.v = view(s, table.v, n_.words, table.columns);
    const bool deferred = n_.mode == REFRAIN_ROWS_DEFERRED;
    a.last = deferred ? s.integers(table.last) : nullptr;
    a.touched = s.integers(table.rows);
    a.count = s.integers(table.count);
    a.gradient = view(s, table.gradient, table.touched, table.columns);
    a.snapshot = view(s, table.snapshot, n_.words, table.columns);
    a.table = deferred ? s.floats(moments_) : nullptr;
    a.table_steps = 20;
    return a;
  }

  static refrain_rows_sgd_args descent_args(const refrain_rows_adam_args& a) {
    return {a.groups,  a.rows,  a.columns,  a.most_touched,  a.values,
            a.touched, a.count, a.gradient, a.advance.state};
  }

  refrain_nce_args nce_args(const Side& s) const {
    const int32_t d = n_.columns;
    refrain_nce_args a = {};
    a.groups = n_.groups;
    a.batch = n_.batch;
    a.samples = n_.samples;
    a.columns = d;
    a.words = a.classes = n_.words;
    a.loss = n_.loss;
    a.remove_hits = n_.remove_hits;
    a.embeddings = view(s, inputs_.values, n_.words, d);
    a.weights = a.biases = view(s, classes_.values, n_.words, d + 1);
    a.biases.data = s.floats(classes_.values) + d;
    a.input_rows = s.integers(inputs_.rows);
    a.input_count = s.integers(inputs_.count);
    a.input_slots = s.integers(inputs_.slots);
    a.class_rows = s.integers(classes_.rows);
    a.class_count = s.integers(classes_.count);
    a.class_slots = s.integers(classes_.slots);
    a.log_expected = n_.expected ? s.floats(log_expected_) : nullptr;
    a.d_embeddings = view(s, inputs_.gradient, inputs_.touched, d);
    a.d_weights = a.d_biases = view(s, classes_.gradient, classes_.touched, d + 1);
    a.d_biases.data = s.floats(classes_.gradient) + d;
    a.state = s.state();
    return a;
  }

  Sides& sides_;
  const StepShape n_;
  Table inputs_, classes_;
  Array text_, pair_inputs_, pair_labels_, sampled_, tries_, log_expected_, moments_;
};

void check_steps(refrain_context* cpu, refrain_context* other, const StepShape& shape) {
  constexpr int kSteps = 3;
  Sides sides(cpu, other, shape.groups, kSteps);
  VectorStep step(sides, shape);
  for (int i = 0; i < kSteps; ++i) sides.run([&](const Side& s) { return step.take(s); });
  sides.run([&](const Side& s) { return step.snapshot(s); });
  const std::string name = "vectors " + std::to_string(shape.words) + "x" +
                           std::to_string(shape.columns) + " mode " + std::to_string(shape.mode);
  sides.compare(name, kTolerance);
  for (int g = 0; g < shape.groups; ++g) {
    const bool ended = sides.group_now(g).status != REFRAIN_RUNNING;
    CHECK(ended == (shape.stray >= 0 && g == 0));
  }
  step.refusals(sides.tested());
  step.refusals({cpu, &sides, 0});
  sides.compare(name + " after refusals", kTolerance);
}

// The steps of a recording against those taken one by one, on the same engine: every bit.
void check_recorded_steps(refrain_context* other, const StepShape& shape) {
  constexpr int kSteps = 3;
  Sides sides(other, other, shape.groups, kSteps);
  const VectorStep step(sides, shape);
  // Scratch memory is taken by then.
  Sides first(other, other, shape.groups, kSteps);
  const VectorStep before(first, shape);
  first.run([&](const Side& s) { return before.take(s); });
  sides.run([&](const Side& s) {
    if (s.number == 0) {
      int status = REFRAIN_OK;
      for (int i = 0; i < kSteps && status == REFRAIN_OK; ++i) status = step.take(s);
      return status;
    }
    refrain_recording* recording = nullptr;
    CHECK(refrain_record_begin(other) == REFRAIN_OK);
    CHECK(step.take(s) == REFRAIN_OK);
    CHECK(refrain_record_end(other, &recording) == REFRAIN_OK);
    const int status = refrain_recording_run(recording, kSteps);
    refrain_recording_destroy(recording);
    return status;
  });
  sides.compare("recorded vectors", 0);
}

struct TextShape {
  int vocabulary, stride, window, negatives, cbow, exact, lanes, stretch, count;
};

void check_word2vec(refrain_context* cpu, refrain_context* other, const TextShape& shape) {
  Random random(12);
  Sides sides(cpu, other, 1, 0);
  std::vector<int32_t> words, keep, noise;
  for (int i = 0; i < shape.count; ++i) {
    const int word = random.below(shape.vocabulary + 2);
    words.push_back(word < shape.vocabulary ? word : -1);
  }
  for (int i = 0; i < shape.vocabulary; ++i) {
    keep.push_back(static_cast<int32_t>(0xffffffffu - 0x9000000u * static_cast<uint32_t>(i % 9)));
    noise.push_back(static_cast<int32_t>(0x9E3779B9u * static_cast<uint32_t>(i)));
    noise.push_back(random.below(shape.vocabulary + 1));
  }
  const int64_t size = int64_t{shape.vocabulary} * shape.stride;
  const Array ids = sides.integers(words);
  const Array kept = sides.integers(keep);
  const Array alias = sides.integers(noise);
  const Array inputs = sides.random(random, size, 0.3f);
  const Array outputs = sides.random(random, size, 0.3f);
  const Array totals = sides.opaque(6);
  sides.run([&](const Side& s) { return refrain_fill(s.context, s.floats(totals), 6, 0.0f); });
  const auto arguments = [&](const Side& s) {
    refrain_word2vec_args a = {};
    a.vocabulary = shape.vocabulary;
    a.row_stride = shape.stride;
    a.window = shape.window;
    a.negatives = shape.negatives;
    a.cbow = shape.cbow;
    a.exact = shape.exact;
    a.lanes = shape.lanes;
    a.stretch = shape.stretch;
    a.epoch = 1;
    a.seed = 5;
    a.text_position = int64_t{1} << 33;
    a.count = shape.count;
    a.first = 2;
    a.last = shape.count - 1;
    a.rate = 0.05;
    a.rate_slope = -1e-5;
    a.ids = s.integers(ids);
    a.keep = s.integers(kept);
    a.noise = s.integers(alias);
    a.inputs = s.floats(inputs);
    a.outputs = s.floats(outputs);
    a.totals = s.integers(totals);
    return a;
  };
  sides.run([&](const Side& s) {
    const refrain_word2vec_args a = arguments(s);
    return refrain_word2vec(s.context, &a);
  });
  const std::string name = "word2vec of " + std::to_string(shape.vocabulary) + " words";
  sides.compare(name, kTolerance);
  struct Totals {
    double loss;
    int64_t pairs, centers;
  } sums[2];
  for (int side = 0; side < 2; ++side) {
    std::memcpy(&sums[side], sides.read(totals, side).data(), sizeof(Totals));
  }
  CHECK(sums[0].centers > 0 && sums[0].centers == sums[1].centers);
  CHECK(sums[0].pairs == sums[1].pairs);
  CHECK(std::fabs(sums[0].loss - sums[1].loss) <= kTolerance * (1.0 + sums[0].loss));
  for (const Side& s : {Side{cpu, &sides, 0}, sides.tested()}) {
    refrain_word2vec_args a = arguments(s);
    a.row_stride = shape.stride + 1;
    CHECK(refrain_word2vec(s.context, &a) == REFRAIN_BAD_ARGUMENT);
    a = arguments(s);
    a.last = shape.count + 1;
    CHECK(refrain_word2vec(s.context, &a) == REFRAIN_BAD_ARGUMENT);
  }
  sides.compare(name + " after refusals", kTolerance);
}

}  // namespace

void check_vectors(refrain_context* cpu, refrain_context* other) {
  const StepShape steps[] = {
      // Few words, so that most are named several times; one pair; all classes drawn.
      {2, 7, 5, 12, 2, 3, 4, 40, REFRAIN_ROWS_DENSE, false, true},
      {1, 3, 1, 2, 1, 2, 3, 9, REFRAIN_ROWS_LAZY, true, true},
      {2, 40, 150, 16, 1, 2, 9, 70, REFRAIN_ROWS_DEFERRED, false, true},
      {3, 33, 33, 20, 4, 5, 32, 50, REFRAIN_ROWS_DEFERRED, true, false},
      {1, 300, 16, 128, 1, 2, 64, 400, REFRAIN_ROWS_LAZY, false, false},
      // A word outside the table adds nothing, makes the loss NaN and ends its group.
      {2, 9, 5, 6, 1, 2, 3, 30, REFRAIN_ROWS_DEFERRED, false, true, REFRAIN_SAMPLED_NCE, 9},
      {2, 7, 5, 12, 2, 3, 4, 40, REFRAIN_ROWS_DENSE, false, true, REFRAIN_SAMPLED_SOFTMAX},
      {1, 3, 1, 2, 1, 2, 3, 9, REFRAIN_ROWS_LAZY, true, true, REFRAIN_SAMPLED_SOFTMAX},
      {3, 33, 33, 20, 4, 5, 32, 50, REFRAIN_ROWS_DEFERRED, true, false, REFRAIN_SAMPLED_SOFTMAX},
      {2, 9, 5, 6, 1, 2, 3, 30, REFRAIN_ROWS_DEFERRED, true, true, REFRAIN_SAMPLED_SOFTMAX, 9},
      {3, 40, 33, 20, 2, 4, 9, 70, kDescent, true, true, REFRAIN_SAMPLED_SOFTMAX},
      {2, 9, 5, 6, 1, 2, 3, 30, kDescent, false, true, REFRAIN_SAMPLED_NCE, 9},
  };
  for (const StepShape& shape : steps) check_steps(cpu, other, shape);
  check_recorded_steps(other, steps[0]);
  check_recorded_steps(other, steps[2]);
  check_recorded_steps(other, steps[8]);
  check_recorded_steps(other, steps[10]);
  const TextShape texts[] = {
      {2, 16, 1, 1, 0, 1, 1, 1, 29},      {30, 160, 5, 5, 0, 1, 4, 16, 130},
      {13, 32, 2, 7, 0, 1, 3, 11, 90},    {31, 16, 3, 6, 1, 1, 4, 9, 100},
      // Not exact, but of one stretch.
      {150, 48, 2, 5, 0, 0, 1, 65536, 120}, {20, 16, 3, 4, 1, 0, 1, 200, 80},
  };
  for (const TextShape& shape : texts) check_word2vec(cpu, other, shape);
}

}  // namespace refrain::test
