#include "training_step.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace refrain::bench {
namespace {

constexpr int64_t kSeriesRows = 1024;

// Where a group's parameters lie.
struct Offsets {
  explicit Offsets(const Shape& shape) {
    const int64_t gate_rows = int64_t{shape.gates} * shape.hidden;
    r = gate_rows * shape.inputs;
    b_w = r + gate_rows * shape.hidden;
    b_r = b_w + gate_rows;
    weight = b_r + gate_rows;
    bias = weight + shape.hidden;
  }

  int64_t r, b_w, b_r, weight, bias;
};

}  // namespace

double Shape::flops() const {
  const double gate_rows = static_cast<double>(gates) * hidden;
  const double layer = 4 * gate_rows * (inputs + hidden) + 2 * gate_rows * hidden;
  const double rest = whole ? 6.0 * hidden : 2 * gate_rows * inputs;
  return (layer + rest) * static_cast<double>(rows()) * groups;
}

int64_t Shape::parameters() const { return (Offsets(*this).bias + 1 + 15) / 16 * 16; }

void require(int status) {
  if (status == REFRAIN_OK) return;
  std::fprintf(stderr, "benchmark: %s\n", refrain_last_error());
  std::exit(1);
}

TrainingStep::TrainingStep(refrain_context* context, const Shape& shape)
    : context_(context), shape_(shape) {
  // So scaled, states neither vanish nor grow.
  values_ = allocate(shape.parameters(), 1.0f / std::sqrt(static_cast<float>(shape.hidden)));
  gradients_ = allocate(shape.parameters(), 0.0f);
  set_cell();
  if (!possible_) return;
  if (shape.whole) set_rest(Offsets(shape).weight);
  list_operations();
}

void TrainingStep::set_cell() {
  const Offsets offsets(shape_);
  const refrain_cell_shape cell_shape = {shape_.groups, shape_.steps,  shape_.batch,
                                         shape_.inputs, shape_.hidden, shape_.hidden};
  const refrain_cell_parameters parameters = {
      values_, gradients_, shape_.parameters(), 0, offsets.r, -1, -1, offsets.b_w, offsets.b_r};
  refrain_cell_sequence sequence = {};
  sequence.x = view(shape_.inputs, 1.0f);
  sequence.y = view(shape_.hidden, 0.0f);
  refrain_cell_gradients gradient = {};
  gradient.dy = view(shape_.hidden, shape_.whole ? 0.0f : 1.0f);
  if (!shape_.whole) gradient.dx = view(shape_.inputs, 0.0f);
  rnn_ = {cell_shape, REFRAIN_RELU, parameters, sequence, gradient};
  lstm_ = {cell_shape, REFRAIN_TANH, 0.0, 0.0, parameters, sequence, gradient};
  gru_ = {cell_shape, REFRAIN_TANH, REFRAIN_RESET_AFTER, parameters, sequence, gradient};
  const int64_t size = shape_.gates == 1   ? refrain_rnn_reserve(context_, &rnn_)
                       : shape_.gates == 3 ? refrain_gru_reserve(context_, &gru_)
                                           : refrain_lstm_reserve(context_, &lstm_);
  if (size < 0) {
    possible_ = false;
    return;
  }
  void* reserve = nullptr;
  require(refrain_allocate(context_, size * static_cast<int64_t>(sizeof(float)), &reserve));
  rnn_.sequence.reserve = lstm_.sequence.reserve = gru_.sequence.reserve =
      static_cast<float*>(reserve);
}

void TrainingStep::set_rest(int64_t weight) {
  const int32_t groups = shape_.groups;
  const int64_t parameters = shape_.parameters();
  void* memory = nullptr;
  require(refrain_allocate(context_, groups * static_cast<int64_t>(sizeof(refrain_group_state)),
                           &memory));
  refrain_group_state start = {};
  start.base_learning_rate = 1e-3;
  start.beta1_power = start.beta2_power = 1;
  const std::vector<refrain_group_state> starts(groups, start);
  require(refrain_write(context_, memory, starts.data(),
                        groups * static_cast<int64_t>(sizeof start)));
  const refrain_step_state state = {static_cast<refrain_group_state*>(memory), nullptr, 0, groups};

  const refrain_view prediction = view(1, 0.0f);
  const refrain_view target = view(1, 0.0f);
  const refrain_cell_sequence& sequence = lstm_.sequence;
  gather_.groups = groups;
  gather_.steps = shape_.steps;
  gather_.batch = shape_.batch;
  gather_.inputs = gather_.columns = shape_.inputs;
  gather_.outputs = gather_.target_shift = 1;
  gather_.span = shape_.steps + 1;
  gather_.rows = kSeriesRows;
  gather_.series_stride = kSeriesRows * shape_.inputs;
  gather_.series = allocate(gather_.series_stride, 1.0f);
  gather_.x = sequence.x;
  gather_.target = target;
  gather_.state = state;

  linear_.groups = groups;
  linear_.inputs = shape_.hidden;
  linear_.outputs = 1;
  linear_.rows = shape_.rows();
  linear_.parameters = values_;
  linear_.gradients = gradients_;
  linear_.parameter_stride = parameters;
  linear_.weight = weight;
  linear_.bias = weight + shape_.hidden;
  linear_.x = sequence.y;
  linear_.y = linear_.dy = prediction;
  linear_.dx = lstm_.gradient.dy;

  loss_.kind = REFRAIN_MSE;
  loss_.groups = groups;
  loss_.steps = shape_.steps;
  loss_.batch = shape_.batch;
  loss_.outputs = 1;
  loss_.prediction = loss_.gradient = prediction;
  loss_.target = target;
  loss_.state = state;

  advance_.beta1 = adam_.beta1 = 0.9;
  advance_.beta2 = adam_.beta2 = 0.999;
  advance_.state = state;
  clip_ = {groups, parameters, gradients_, kNorm, state};
  adam_.update = {groups, REFRAIN_DECAY_NONE, parameters, values_, gradients_, 0.0, state};
  adam_.epsilon = 1e-8;
  adam_.m = allocate(parameters, 0.0f);
  adam_.v = allocate(parameters, 0.0f);
}

void TrainingStep::list_operations() {
  const auto forward = [this] {
    if (shape_.gates == 1) return refrain_rnn_forward(context_, &rnn_);
    if (shape_.gates == 3) return refrain_gru_forward(context_, &gru_);
    return refrain_lstm_forward(context_, &lstm_);
  };
  const auto backward = [this] {
    if (shape_.gates == 1) return refrain_rnn_backward(context_, &rnn_);
    if (shape_.gates == 3) return refrain_gru_backward(context_, &gru_);
    return refrain_lstm_backward(context_, &lstm_);
  };
  if (!shape_.whole) {
    operations_ = {{"forward", forward}, {"backward", backward}};
    return;
  }
  operations_ = {
      {"advance", [this] { return refrain_advance(context_, &advance_); }},
      {"gather", [this] { return refrain_gather(context_, &gather_); }},
      {"forward", forward},
      {"linear forward", [this] { return refrain_linear_forward(context_, &linear_); }},
      {"loss", [this] { return refrain_loss(context_, &loss_); }},
      {"linear backward", [this] { return refrain_linear_backward(context_, &linear_); }},
      {"backward", backward},
      {"clip", [this] { return refrain_clip_norm(context_, &clip_); }},
      {"adam", [this] { return refrain_adam(context_, &adam_); }},
  };
}

// Numbers between -scale and scale for each group; those of the first groups do not depend on how many
// there are.
float* TrainingStep::allocate(int64_t floats_of_group, float scale) {
  const int64_t bytes = floats_of_group * static_cast<int64_t>(sizeof(float));
  void* memory = nullptr;
  require(refrain_allocate(context_, shape_.groups * bytes, &memory));
  if (scale == 0.0f) return static_cast<float*>(memory);
  std::vector<float> values(floats_of_group);
  uint32_t random = 1;
  for (int32_t group = 0; group < shape_.groups; ++group) {
    for (float& value : values) {
      random = random * 1664525u + 1013904223u;
      value = scale * (static_cast<float>(random >> 8) / 8388608.0f - 1.0f);
    }
    require(refrain_write(context_, static_cast<char*>(memory) + group * bytes, values.data(), bytes));
  }
  return static_cast<float*>(memory);
}

refrain_view TrainingStep::view(int64_t columns, float scale) {
  const int64_t floats = shape_.rows() * columns;
  return {allocate(floats, scale), floats, columns};
}

std::vector<float> TrainingStep::read(const float* data, int64_t floats) const {
  std::vector<float> values(floats);
  require(refrain_read(context_, values.data(), data,
                       floats * static_cast<int64_t>(sizeof(float))));
  return values;
}

std::vector<float> TrainingStep::outputs(int32_t groups) const {
  return read(lstm_.sequence.y.data, groups * shape_.rows() * shape_.hidden);
}

std::vector<float> TrainingStep::gradients(int32_t groups) const {
  return read(gradients_, groups * shape_.parameters());
}

}  // namespace refrain::bench
