// Whole training steps of the shapes that the project is judged by, through the C interface: a
// recurrent layer, a projection to one output, mean squared error, Adam, recorded and replayed.
// Prints steps/s and GFLOP/s of the matrix products beside the multiply-add peak of as many cores,
// measured in turns, and how long each operation takes by itself: the best of many short rounds,
// because whatever else the machine does can only slow them.
// Usage: training_bench [THREADS [VARIANT [SHAPE]]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bench_clock.h"
#include "cpu/target.h"
#include "measured_peak.h"
#include "refrain/refrain.h"

namespace {

struct Shape {
  const char* name;
  int gates;  // 1: rnn, 3: gru, 4: lstm
  int32_t inputs, hidden, batch, steps;

  int64_t rows() const { return int64_t{steps} * batch; }
  // Matrix products alone: forward, gradients of the weights, gradient of h.
  double flops() const {
    const double gate_rows = static_cast<double>(gates) * hidden;
    return (4 * gate_rows * (inputs + hidden) + 2 * gate_rows * hidden + 6.0 * hidden) *
           static_cast<double>(rows());
  }
};

constexpr Shape kShapes[] = {{"RNN relu", 1, 1, 100, 50, 20},  {"LSTM", 4, 1, 100, 50, 20},
                             {"GRU", 3, 1, 100, 50, 20},       {"milk LSTM", 4, 1, 100, 1, 11},
                             {"large LSTM", 4, 64, 512, 64, 100}};

void require(int status) {
  if (status == REFRAIN_OK) return;
  std::fprintf(stderr, "training_bench: %s\n", refrain_last_error());
  std::exit(1);
}

double peak_of_threads(refrain::Target target, int threads) {
  std::vector<double> speeds(threads);
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back([&, i] { speeds[i] = refrain::measured_peak(target); });
  }
  speeds[0] = refrain::measured_peak(target);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (double speed : speeds) sum += speed;
  return sum;
}

class TrainingStep {
 public:
  TrainingStep(refrain_context* context, const Shape& shape) : context_(context), shape_(shape) {
    const int64_t gate_rows = int64_t{shape.gates} * shape.hidden;
    const int64_t r = gate_rows * shape.inputs;
    const int64_t b_w = r + gate_rows * shape.hidden;
    const int64_t b_r = b_w + gate_rows;
    const int64_t weight = b_r + gate_rows;
    parameters_ = weight + shape.hidden + 1;
    float* values = allocate(parameters_, 0.1f);
    float* gradients = allocate(parameters_, 0.0f);
    void* group = nullptr;
    require(refrain_allocate(context, sizeof(refrain_group_state), &group));
    refrain_group_state start = {};
    start.base_learning_rate = 1e-3;
    start.beta1_power = start.beta2_power = 1;
    require(refrain_write(context, group, &start, sizeof start));
    const refrain_step_state state = {static_cast<refrain_group_state*>(group), nullptr, 0, 1};

    const refrain_cell_shape cell_shape = {1,           shape.steps,  shape.batch,
                                           shape.inputs, shape.hidden, shape.hidden};
    const refrain_cell_parameters cell_parameters = {values, gradients, parameters_, 0, r,
                                                     -1,     -1,        b_w,         b_r};
    refrain_cell_sequence sequence = {};
    sequence.x = view(shape.inputs, 1.0f);
    sequence.y = view(shape.hidden, 0.0f);
    refrain_cell_gradients gradient = {};
    gradient.dy = view(shape.hidden, 0.0f);
    rnn_ = {cell_shape, REFRAIN_RELU, cell_parameters, sequence, gradient};
    lstm_ = {cell_shape, REFRAIN_TANH, 0.0, 0.0, cell_parameters, sequence, gradient};
    gru_ = {cell_shape,      REFRAIN_TANH, REFRAIN_RESET_AFTER,
            cell_parameters, sequence,     gradient};
    const int64_t reserve_size = shape.gates == 1   ? refrain_rnn_reserve(context, &rnn_)
                                 : shape.gates == 3 ? refrain_gru_reserve(context, &gru_)
                                                    : refrain_lstm_reserve(context, &lstm_);
    float* reserve = allocate(reserve_size, 0.0f);
    rnn_.sequence.reserve = lstm_.sequence.reserve = gru_.sequence.reserve = reserve;

    const refrain_view prediction = view(1, 0.0f);
    linear_ = {};
    linear_.groups = 1;
    linear_.inputs = shape.hidden;
    linear_.outputs = 1;
    linear_.rows = shape.rows();
    linear_.parameters = values;
    linear_.gradients = gradients;
    linear_.parameter_stride = parameters_;
    linear_.weight = weight;
    linear_.bias = weight + shape.hidden;
    linear_.x = sequence.y;
    linear_.y = prediction;
    linear_.dy = prediction;
    linear_.dx = gradient.dy;

    loss_ = {};
    loss_.kind = REFRAIN_MSE;
    loss_.groups = 1;
    loss_.steps = shape.steps;
    loss_.batch = shape.batch;
    loss_.outputs = 1;
    loss_.prediction = prediction;
    loss_.target = view(1, 1.0f);
    loss_.gradient = prediction;
    loss_.state = state;

    advance_ = {};
    advance_.beta1 = 0.9;
    advance_.beta2 = 0.999;
    advance_.state = state;
    adam_ = {};
    adam_.update = {1, REFRAIN_DECAY_NONE, parameters_, values, gradients, 0.0, state};
    adam_.beta1 = 0.9;
    adam_.beta2 = 0.999;
    adam_.epsilon = 1e-8;
    adam_.m = allocate(parameters_, 0.0f);
    adam_.v = allocate(parameters_, 0.0f);
  }

  struct Operation {
    const char* name;
    std::function<int()> run;
  };

  std::vector<Operation> operations() {
    std::vector<Operation> list;
    list.push_back({"advance", [this] { return refrain_advance(context_, &advance_); }});
    list.push_back({"forward", [this] {
                      if (shape_.gates == 1) return refrain_rnn_forward(context_, &rnn_);
                      if (shape_.gates == 3) return refrain_gru_forward(context_, &gru_);
                      return refrain_lstm_forward(context_, &lstm_);
                    }});
    list.push_back(
        {"linear forward", [this] { return refrain_linear_forward(context_, &linear_); }});
    list.push_back({"loss", [this] { return refrain_loss(context_, &loss_); }});
    list.push_back(
        {"linear backward", [this] { return refrain_linear_backward(context_, &linear_); }});
    list.push_back({"backward", [this] {
                      if (shape_.gates == 1) return refrain_rnn_backward(context_, &rnn_);
                      if (shape_.gates == 3) return refrain_gru_backward(context_, &gru_);
                      return refrain_lstm_backward(context_, &lstm_);
                    }});
    list.push_back({"adam", [this] { return refrain_adam(context_, &adam_); }});
    return list;
  }

 private:
  float* allocate(int64_t floats, float scale) {
    void* data = nullptr;
    require(refrain_allocate(context_, floats * static_cast<int64_t>(sizeof(float)), &data));
    std::vector<float> values(floats);
    uint32_t random = 1;
    for (float& value : values) {
      random = random * 1664525u + 1013904223u;
      value = scale * (static_cast<float>(random >> 8) / 8388608.0f - 1.0f);
    }
    require(refrain_write(context_, data, values.data(),
                          floats * static_cast<int64_t>(sizeof(float))));
    return static_cast<float*>(data);
  }

  refrain_view view(int64_t columns, float scale) {
    return {allocate(shape_.rows() * columns, scale), shape_.rows() * columns, columns};
  }

  refrain_context* context_;
  const Shape shape_;
  int64_t parameters_;
  refrain_rnn_args rnn_;
  refrain_lstm_args lstm_;
  refrain_gru_args gru_;
  refrain_linear_args linear_;
  refrain_loss_args loss_;
  refrain_advance_args advance_;
  refrain_adam_args adam_;
};

void measure(const Shape& shape, int threads, const char* variant) {
  refrain_options options = {};
  options.backend = "cpu";
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  require(refrain_context_create(&options, &context));
  refrain::Target target;
  std::string error;
  refrain::choose_target(refrain_context_variant(context), &target, &error);

  TrainingStep step(context, shape);
  auto operations = step.operations();
  refrain_recording* recording = nullptr;
  require(refrain_record_begin(context));
  for (auto& operation : operations) require(operation.run());
  require(refrain_record_end(context, &recording));
  require(refrain_recording_run(recording, 1));

  constexpr int kRounds = 40;
  const int64_t times = std::max<int64_t>(1, static_cast<int64_t>(5e8 / shape.flops()));
  double rate = 0;
  double peak = 0;
  for (int round = 0; round < kRounds; ++round) {
    peak = std::max(peak, peak_of_threads(target, threads));
    require(refrain_recording_run(recording, 1));
    const double begin = now();
    require(refrain_recording_run(recording, times));
    rate = std::max(rate, static_cast<double>(times) / (now() - begin));
    if (now() - begin > 1) round += 4;
  }
  const double speed = rate * shape.flops() * 1e-9;
  std::printf("%-10s I=%-2d H=%-3d N=%-2d T=%-3d %9.1f steps/s %7.1f GFLOP/s %5.1f %% of %.0f |",
              shape.name, shape.inputs, shape.hidden, shape.batch, shape.steps, rate, speed,
              100 * speed / peak, peak);
  for (auto& operation : operations) {
    double seconds = 1e9;
    for (int64_t i = 0; i < std::max<int64_t>(5, 10 * times); ++i) {
      const double begin = now();
      require(operation.run());
      seconds = std::min(seconds, now() - begin);
    }
    std::printf(" %s %.1f us,", operation.name, seconds * 1e6);
  }
  std::printf("\n");
  std::fflush(stdout);
  refrain_recording_destroy(recording);
  refrain_context_destroy(context);
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  if (threads < 1) {
    std::fprintf(stderr, "training_bench: '%s' is not a number of threads\n", arguments[1]);
    return 2;
  }
  std::printf("%d thread(s)\n", threads);
  for (const Shape& shape : kShapes) {
    if (count > 3 && std::strcmp(shape.name, arguments[3]) != 0) continue;
    measure(shape, threads, count > 2 ? arguments[2] : nullptr);
  }
  return 0;
}
