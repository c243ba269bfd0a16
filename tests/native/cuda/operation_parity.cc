// Everything but the recurrent layers, and recordings.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "check.h"
#include "sides.h"

namespace refrain::test {
namespace {

constexpr double kTolerance = 1e-5;

void check_fill_and_copy(refrain_context* cpu, refrain_context* other) {
  Random random(1);
  Sides sides(cpu, other, 1, 0);
  const Array filled = sides.output(1000);
  const Array source = sides.random(random, 3 * 5 * 7);
  const Array target = sides.output(3 * 5 * 9);
  sides.run([&](const Side& s) {
    return refrain_fill(s.context, s.floats(filled) + 1, 998, 2.5f);
  });
  sides.run([&](const Side& s) {
    const refrain_view from = s.view(source, 5 * 7, 7);
    const refrain_view to = s.view(target, 5 * 9, 9);
    return refrain_copy(s.context, 3, 5, 7, &from, &to);
  });
  sides.compare("fill and copy", 0);
}

struct LinearShape {
  int groups;
  int64_t rows;
  int inputs;
  int outputs;
  int padding;  // of the rows of x, y and their gradients
};

void check_linear(refrain_context* cpu, refrain_context* other, const LinearShape& shape,
                  bool biased, bool accumulate, bool dx) {
  const auto [groups, rows, inputs, outputs, padding] = shape;
  const int64_t x_stride = inputs + padding;
  const int64_t y_stride = outputs + padding;
  Random random(2);
  Sides sides(cpu, other, groups, 0);
  const int64_t weights = int64_t{inputs} * outputs;
  const int64_t size = (weights + outputs + 15) / 16 * 16;
  const Array parameters = sides.random(random, groups * size);
  const Array gradients = sides.random(random, groups * size);
  const Array x = sides.random(random, groups * rows * x_stride);
  const Array y = sides.output(groups * rows * y_stride);
  const Array dy = sides.random(random, groups * rows * y_stride);
  const Array dx_array = dx ? sides.output(groups * rows * x_stride) : Array{};
  const auto call = [&, &shape = shape](const Side& s, bool forward) {
    refrain_linear_args args = {};
    args.groups = shape.groups;
    args.inputs = shape.inputs;
    args.outputs = shape.outputs;
    args.rows = shape.rows;
    args.parameters = s.floats(parameters);
    args.gradients = s.floats(gradients);
    args.parameter_stride = size;
    args.bias = biased ? weights : -1;
    args.x = s.view(x, shape.rows * x_stride, x_stride);
    args.y = s.view(y, shape.rows * y_stride, y_stride);
    args.dy = s.view(dy, shape.rows * y_stride, y_stride);
    args.dx = s.view(dx_array, shape.rows * x_stride, x_stride);
    args.accumulate_parameters = accumulate;
    return forward ? refrain_linear_forward(s.context, &args)
                   : refrain_linear_backward(s.context, &args);
  };
  sides.run([&](const Side& s) { return call(s, true); });
  sides.run([&](const Side& s) { return call(s, false); });
  // Sums of k terms stray by sqrt(k) roundings: kTolerance is for a hundred of them.
  const double most_terms = static_cast<double>(std::max({rows, int64_t{inputs}, int64_t{outputs}}));
  sides.compare("linear " + std::to_string(rows) + "x" + std::to_string(inputs) + "x" +
                    std::to_string(outputs),
                kTolerance * std::sqrt(std::max(1.0, most_terms / 100.0)));
}

// Groups of 20 rows, or of as many as more blocks or more threads take.
void check_loss(refrain_context* cpu, refrain_context* other, int kind, int steps, int outputs,
                bool lengths, bool in_place, bool strange) {
  const int groups = 3;
  const int batch = 5;
  const int64_t count = int64_t{groups} * steps * batch * outputs;
  Random random(3);
  Sides sides(cpu, other, groups, 2);
  sides.group(1).status = REFRAIN_ENDED;
  sides.group(2).step = 0;
  sides.write_state();
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = random.uniform(-2.0f, 2.0f);
  if (strange && kind != REFRAIN_SOFTMAX_CROSS_ENTROPY) values[3] = NAN;
  const Array prediction = sides.floats(values);
  // A rmse and a mae of zero difference have gradient 0.
  const Array target = strange ? prediction : sides.random(random, count);
  std::vector<int32_t> label_values;
  for (int i = 0; i < groups * steps * batch; ++i) label_values.push_back(random.below(outputs));
  label_values[1] = -1;
  if (strange) label_values[2] = outputs;
  const Array labels = sides.integers(label_values);
  const Array length_array =
      sides.integers({4, 0, 2, -3, 9, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0});
  const Array gradient = in_place ? prediction : sides.output(count);
  const bool labelled = kind == REFRAIN_SOFTMAX_CROSS_ENTROPY;
  sides.run([&](const Side& s) {
    refrain_loss_args args = {};
    args.kind = kind;
    args.groups = groups;
    args.steps = steps;
    args.batch = batch;
    args.outputs = outputs;
    args.delta = 0.7;
    args.prediction = s.view(prediction, int64_t{steps} * batch * outputs, outputs);
    if (!labelled) args.target = s.view(target, int64_t{steps} * batch * outputs, outputs);
    if (labelled) args.labels = s.integers(labels);
    if (lengths) args.lengths = s.integers(length_array);
    args.gradient = s.view(gradient, int64_t{steps} * batch * outputs, outputs);
    args.state = s.state();
    return refrain_loss(s.context, &args);
  });
  sides.compare("loss " + std::to_string(kind), kTolerance);
}

// One optimizer over three groups, of which one does not run.
void check_update(refrain_context* cpu, refrain_context* other, int optimizer, int decay,
                  int flavour, int64_t parameters = 208, int64_t offset = 0) {
  const int groups = 3;
  Random random(4);
  Sides sides(cpu, other, groups, 0);
  sides.group(1).status = REFRAIN_NOT_FINITE;
  sides.write_state();
  const int64_t floats = offset + groups * parameters;
  const Array values = sides.random(random, floats);
  const Array gradients = sides.random(random, floats);
  const std::vector<float> zeros(static_cast<size_t>(floats), 0.0f);
  const Array first = sides.floats(zeros);
  const Array second = sides.floats(zeros);
  for (int round = 0; round < 2; ++round) {
    sides.run([&](const Side& s) {
      const refrain_update update = {groups, decay, parameters, s.floats(values) + offset,
                                     s.floats(gradients) + offset, 0.1, s.state()};
      if (optimizer == 0) {
        const double momentum = flavour == 0 ? 0.0 : 0.9;
        const refrain_sgd_args args = {update, momentum, flavour == 2,
                                       flavour == 0 ? nullptr : s.floats(first) + offset};
        return refrain_sgd(s.context, &args);
      }
      if (optimizer == 1) {
        const refrain_adam_args args = {update, 0.9,  0.999, 1e-8, flavour % 2, s.floats(first) + offset,
                                        s.floats(second) + offset};
        return refrain_adam(s.context, &args);
      }
      if (optimizer == 2) {
        const refrain_rmsprop_args args = {update, 0.9, 1e-8, s.floats(first) + offset};
        return refrain_rmsprop(s.context, &args);
      }
      const refrain_adagrad_args args = {update, flavour == 0 ? 0.0 : 1e-10, s.floats(first) + offset};
      return refrain_adagrad(s.context, &args);
    });
  }
  sides.compare("optimizer " + std::to_string(optimizer), kTolerance);
}

void check_clip(refrain_context* cpu, refrain_context* other, bool norm, double bound,
                bool strange, int64_t parameters = 5008, int64_t offset = 0) {
  const int groups = 3;
  Random random(5);
  Sides sides(cpu, other, groups, 0);
  sides.group(1).status = REFRAIN_ENDED;
  sides.write_state();
  std::vector<float> values(static_cast<size_t>(offset + groups * parameters));
  for (float& value : values) value = random.uniform(-1.0f, 1.0f);
  if (strange) values[static_cast<size_t>(parameters - 508)] = NAN;
  const Array gradients = sides.floats(values);
  sides.run([&](const Side& s) {
    const refrain_clip_args args = {groups, parameters, s.floats(gradients) + offset, bound, s.state()};
    return norm ? refrain_clip_norm(s.context, &args) : refrain_clip_value(s.context, &args);
  });
  sides.compare(norm ? "clip_norm" : "clip_value", kTolerance);
}

void check_gather(refrain_context* cpu, refrain_context* other, bool given, bool rows_of,
                  bool target) {
  const int groups = 3;
  const int batch = 7;
  Random random(6);
  Sides sides(cpu, other, groups, 0);
  const Array series = sides.random(random, 3 * 40 * 4);
  const Array rows = sides.integers({40, 12, 3});
  std::vector<int32_t> start_values;
  for (int i = 0; i < 2 * groups * batch; ++i) start_values.push_back(random.below(80) - 20);
  const Array starts = sides.integers(start_values);
  const Array x = sides.output(groups * 5 * batch * 2);
  const Array targets = sides.output(groups * 5 * batch * 3);
  sides.run([&](const Side& s) {
    refrain_gather_args args = {};
    args.groups = groups;
    args.steps = 5;
    args.batch = batch;
    args.inputs = 2;
    args.outputs = 3;
    args.input_column = 1;
    args.target_column = 1;
    args.target_shift = 2;
    args.columns = 4;
    args.span = 8;
    args.rows = 40;
    args.series = s.floats(series);
    args.series_stride = 160;
    args.rows_of = rows_of ? s.integers(rows) : nullptr;
    args.starts = given ? s.integers(starts) : nullptr;
    args.start_rows = 2;
    args.x = s.view(x, 5 * batch * 2, 2);
    if (target) args.target = s.view(targets, 5 * batch * 3, 3);
    args.state = s.state();
    return refrain_gather(s.context, &args);
  });
  sides.compare("gather", 0);
}

void check_dropout(refrain_context* cpu, refrain_context* other, double rate) {
  const int groups = 2;
  Random random(8);
  Sides sides(cpu, other, groups, 0);
  const Array x = sides.random(random, groups * 11 * 8);
  const Array y = sides.output(groups * 11 * 7);
  sides.run([&](const Side& s) {
    refrain_dropout_args args = {};
    args.groups = groups;
    args.rows = 11;
    args.columns = 7;
    args.layer = 3;
    args.rate = rate;
    args.x = s.view(x, 11 * 8, 8);
    args.y = s.view(y, 11 * 7, 7);
    args.state = s.state();
    return refrain_dropout(s.context, &args);
  });
  sides.compare("dropout", 0);
}

void check_advance(refrain_context* cpu, refrain_context* other, int schedule, bool staircase) {
  Sides sides(cpu, other, 3, 0);
  sides.group(2).status = REFRAIN_ENDED;
  sides.write_state();
  sides.run([&](const Side& s) {
    const refrain_advance_args args = {schedule, staircase, 0.7, 0.1, 4, 0.9, 0.999, s.state()};
    return refrain_advance(s.context, &args);
  });
  sides.compare("advance", 0);
}

}  // namespace

void check_operations(refrain_context* cpu, refrain_context* other) {
  check_fill_and_copy(cpu, other);
  for (const int padding : {0, 1, 4}) {
    check_linear(cpu, other, {1, 1, 1, 1, padding}, true, false, true);
    check_linear(cpu, other, {3, 20, 5, 3, padding}, true, true, true);
    check_linear(cpu, other, {2, 37, 33, 18, padding}, false, false, false);
    check_linear(cpu, other, {1, 70, 80, 65, padding}, true, true, true);
    check_linear(cpu, other, {2, 500, 100, 1, padding}, true, true, true);  // one output
    check_linear(cpu, other, {2, 300, 1, 70, padding}, true, false, true);  // one input
    check_linear(cpu, other, {1, 1, 300, 40, padding}, true, false, true);  // one row
  }
  check_linear(cpu, other, {2, 2000, 20, 18, 0}, true, true, true);    // splits
  check_linear(cpu, other, {1, 2000, 20, 18, 1}, true, true, true);
  check_linear(cpu, other, {1, 530, 8, 900, 0}, true, false, true);    // medium tiles
  check_linear(cpu, other, {1, 1100, 6, 1000, 1}, true, false, true);  // large tiles
  for (int kind = 0; kind < 5; ++kind) {
    for (int flags = 0; flags < 8; ++flags) {
      check_loss(cpu, other, kind, 4, flags & 1 ? 40 : 3, flags & 1, flags & 2, flags & 4);
    }
    check_loss(cpu, other, kind, 100, 7, true, false, false);    // more than few elements
    check_loss(cpu, other, kind, 500, 1, false, true, false);
    check_loss(cpu, other, kind, 1200, 3, true, true, true);     // more than one block takes
    check_loss(cpu, other, kind, 4, 1000, false, false, false);
  }
  for (int optimizer = 0; optimizer < 4; ++optimizer) {
    for (int decay = 0; decay < 3; ++decay) {
      check_update(cpu, other, optimizer, decay, decay);
      check_update(cpu, other, optimizer, 0, decay);
    }
    // Rows that are not aligned to four, and more than a block's threads take at once.
    check_update(cpu, other, optimizer, 1, 1, 37);
    check_update(cpu, other, optimizer, 2, 1, 208, 1);
    check_update(cpu, other, optimizer, 1, 2, 1600, 4);
  }
  for (const bool strange : {false, true}) {
    check_clip(cpu, other, true, 5.0, strange);
    check_clip(cpu, other, true, 1e6, strange);
    check_clip(cpu, other, false, 0.4, strange);
    check_clip(cpu, other, true, 5.0, strange, 5001, 1);
    check_clip(cpu, other, true, 5.0, strange, 70000);  // more than one block takes
    check_clip(cpu, other, true, 1e6, strange, 70001);
  }
  for (int flags = 0; flags < 8; ++flags) check_gather(cpu, other, flags & 1, flags & 2, flags & 4);
  check_dropout(cpu, other, 0.4);
  check_dropout(cpu, other, 0.0);
  for (int schedule = 0; schedule < 4; ++schedule) {
    check_advance(cpu, other, schedule, false);
    check_advance(cpu, other, schedule, true);
  }
}

namespace {

// A training step of a linear layer on windows of a series.
struct TrainingStep {
  refrain_context* context;
  std::vector<void*> memory;

  float* floats(int64_t count) {
    void* data = nullptr;
    CHECK(refrain_allocate(context, count * static_cast<int64_t>(sizeof(float)), &data) ==
          REFRAIN_OK);
    memory.push_back(data);
    return static_cast<float*>(data);
  }

  ~TrainingStep() {
    for (void* data : memory) refrain_release(context, data);
  }
};

// The parameters after `steps` steps, run one by one or from a recording.
std::vector<float> train(refrain_context* context, int64_t steps, bool recorded) {
  constexpr int64_t kParameters = 16;
  TrainingStep step = {context, {}};
  float* values = step.floats(kParameters);
  float* gradients = step.floats(kParameters);
  float* m = step.floats(kParameters);
  float* v = step.floats(kParameters);
  float* series = step.floats(50);
  float* x = step.floats(3 * 4);
  float* target = step.floats(3 * 4);
  float* y = step.floats(3 * 4);
  auto* group = reinterpret_cast<refrain_group_state*>(step.floats(64));
  std::vector<float> points(50);
  for (size_t i = 0; i < points.size(); ++i) points[i] = std::sin(0.3f * static_cast<float>(i));
  CHECK(refrain_write(context, series, points.data(), 200) == REFRAIN_OK);
  refrain_group_state initial = {};
  initial.seed = 42;
  initial.base_learning_rate = 0.05;
  initial.beta1_power = 1.0;
  initial.beta2_power = 1.0;
  CHECK(refrain_write(context, group, &initial, sizeof initial) == REFRAIN_OK);
  const refrain_step_state state = {group, nullptr, 0, 1};

  const refrain_advance_args advance = {0, 0, 0.0, 0.0, 0, 0.9, 0.999, state};
  refrain_gather_args gather = {};
  gather.groups = gather.inputs = gather.outputs = gather.columns = 1;
  gather.steps = 3;
  gather.batch = 4;
  gather.target_shift = 1;
  gather.span = 4;
  gather.rows = 50;
  gather.series = series;
  gather.x = {x, 12, 1};
  gather.target = {target, 12, 1};
  gather.state = state;
  refrain_linear_args linear = {};
  linear.groups = linear.inputs = linear.outputs = 1;
  linear.rows = 12;
  linear.parameters = values;
  linear.gradients = gradients;
  linear.parameter_stride = kParameters;
  linear.bias = 1;
  linear.x = {x, 12, 1};
  linear.y = {y, 12, 1};
  linear.dy = {y, 12, 1};
  refrain_loss_args loss = {};
  loss.groups = loss.outputs = 1;
  loss.steps = 3;
  loss.batch = 4;
  loss.prediction = loss.gradient = {y, 12, 1};
  loss.target = {target, 12, 1};
  loss.state = state;
  const refrain_clip_args clip = {1, kParameters, gradients, 0.5, state};
  const refrain_adam_args adam = {
      {1, 0, kParameters, values, gradients, 0.0, state}, 0.9, 0.999, 1e-8, 0, m, v};
  const auto run = [&] {
    CHECK(refrain_advance(context, &advance) == REFRAIN_OK);
    CHECK(refrain_gather(context, &gather) == REFRAIN_OK);
    CHECK(refrain_linear_forward(context, &linear) == REFRAIN_OK);
    CHECK(refrain_loss(context, &loss) == REFRAIN_OK);
    CHECK(refrain_linear_backward(context, &linear) == REFRAIN_OK);
    CHECK(refrain_clip_norm(context, &clip) == REFRAIN_OK);
    CHECK(refrain_adam(context, &adam) == REFRAIN_OK);
  };
  if (recorded) {
    refrain_recording* recording = nullptr;
    CHECK(refrain_record_begin(context) == REFRAIN_OK);
    run();
    CHECK(refrain_record_end(context, &recording) == REFRAIN_OK);
    CHECK(refrain_recording_length(recording) == 7);
    CHECK(refrain_recording_run(recording, steps) == REFRAIN_OK);
    refrain_recording_destroy(recording);
  } else {
    for (int64_t i = 0; i < steps; ++i) run();
  }
  std::vector<float> result(kParameters);
  CHECK(refrain_read(context, result.data(), values, kParameters * 4) == REFRAIN_OK);
  return result;
}

}  // namespace

void check_recording(refrain_context* other) {
  const int64_t before = refrain_allocated_bytes(other);
  const std::vector<float> eager = train(other, 5, false);
  const std::vector<float> recorded = train(other, 5, true);
  CHECK(eager[0] != 0.0f && eager[1] != 0.0f);
  CHECK(std::memcmp(eager.data(), recorded.data(), eager.size() * sizeof(float)) == 0);
  // The scratch memory of eager operations stays.
  CHECK(refrain_allocated_bytes(other) - before <= 1 << 16);
}

}  // namespace refrain::test
