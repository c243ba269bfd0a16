// Every operation through the C interface, at awkward sizes, on every instruction set: arrays have no
// element to spare, so that a sanitizer sees a step beyond them, and one thread, three threads and a
// recording must agree in every bit. Whether the numbers are right is judged by the Java tests.
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "refrain/refrain.h"

namespace {

// Arrays of a run, in the order in which they were asked for; the same run asks for the same ones.
class Arrays {
 public:
  float* floats(int64_t count, bool positive = false) {
    auto array = std::make_unique<float[]>(count);
    for (int64_t i = 0; i < count; ++i) {
      const float value = std::sin(0.37f * static_cast<float>(i + 11 * floats_.size()));
      array[i] = 0.4f * (positive ? value * value : value);
    }
    floats_.push_back({std::move(array), count});
    return floats_.back().data.get();
  }

  refrain_view view(int64_t groups, int64_t rows, int64_t columns) {
    return {floats(groups * rows * columns), rows * columns, columns};
  }

  int32_t* integers(int64_t count, int32_t range) {
    integers_.push_back(std::make_unique<int32_t[]>(count));
    for (int64_t i = 0; i < count; ++i) {
      integers_.back()[i] = static_cast<int32_t>((i * 7 + 3) % range);
    }
    return integers_.back().get();
  }

  refrain_step_state state(int32_t groups) {
    groups_.resize(groups);
    for (int32_t g = 0; g < groups; ++g) {
      groups_[g] = {0, 42 + g, 0.01, 0.01, 1, 1, 0, 0, 1, REFRAIN_RUNNING};
    }
    history_.assign(groups * 3, std::nan(""));
    return {groups_.data(), history_.data(), 3, groups};
  }

  bool same_bits(const Arrays& other) const {
    for (size_t i = 0; i < floats_.size(); ++i) {
      if (std::memcmp(floats_[i].data.get(), other.floats_[i].data.get(),
                      floats_[i].count * sizeof(float)) != 0) {
        return false;
      }
    }
    return groups_.empty() || std::memcmp(groups_.data(), other.groups_.data(),
                                          groups_.size() * sizeof(refrain_group_state)) == 0;
  }

 private:
  struct Floats {
    std::unique_ptr<float[]> data;
    int64_t count;
  };
  std::vector<Floats> floats_;
  std::vector<std::unique_ptr<int32_t[]>> integers_;
  std::vector<refrain_group_state> groups_;
  std::vector<double> history_;
};

using Step = std::function<void(refrain_context*, Arrays&)>;

void require_ok(int status) {
  if (status != REFRAIN_OK) std::fprintf(stderr, "%s\n", refrain_last_error());
  CHECK(status == REFRAIN_OK);
}

constexpr int kTimes = 2;

// Runs a step kTimes times and returns what it left.
std::unique_ptr<Arrays> outcome(const char* variant, int threads, bool recorded,
                                const Step& prepare_and_call) {
  refrain_options options = {};
  options.backend = "cpu";
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  require_ok(refrain_context_create(&options, &context));
  auto arrays = std::make_unique<Arrays>();
  if (recorded) {
    require_ok(refrain_record_begin(context));
    prepare_and_call(context, *arrays);
    refrain_recording* recording = nullptr;
    require_ok(refrain_record_end(context, &recording));
    require_ok(refrain_recording_run(recording, kTimes));
    refrain_recording_destroy(recording);
  } else {
    prepare_and_call(context, *arrays);
  }
  refrain_context_destroy(context);
  return arrays;
}

// `call` is made kTimes times when it runs at once, and once when it is recorded.
void check(const char* name, const std::function<std::function<void()>(refrain_context*, Arrays&)>&
                                 prepare) {
  for (const char* variant : {"portable", "avx2", "avx512"}) {
    refrain_options options = {};
    options.backend = "cpu";
    options.variant = variant;
    options.threads = 1;
    refrain_context* probe = nullptr;
    if (refrain_context_create(&options, &probe) == REFRAIN_UNAVAILABLE) {
      std::printf("%s: no %s here: %s\n", name, variant, refrain_last_error());
      continue;
    }
    refrain_context_destroy(probe);
    const Step eager = [&](refrain_context* context, Arrays& arrays) {
      const auto call = prepare(context, arrays);
      for (int i = 0; i < kTimes; ++i) call();
    };
    const Step once = [&](refrain_context* context, Arrays& arrays) {
      prepare(context, arrays)();
    };
    const auto one = outcome(variant, 1, false, eager);
    CHECK(one->same_bits(*outcome(variant, 3, false, eager)));
    CHECK(one->same_bits(*outcome(variant, 1, true, once)));
    CHECK(one->same_bits(*outcome(variant, 3, true, once)));
  }
}

struct CellSizes {
  int32_t groups, steps, batch, inputs, hidden, outputs;
  bool lengths, reverse;
};

// Fills what the cells' arguments share. Offsets follow each other within P.
template <class Args>
Args cell_arguments(Arrays& arrays, const CellSizes& s, int gates, bool peepholes, bool cell_state) {
  Args args = {};
  args.shape = {s.groups, s.steps, s.batch, s.inputs, s.hidden, s.outputs};
  const int64_t gate_rows = int64_t{gates} * s.hidden;
  int64_t end = 0;
  const auto take = [&](int64_t count) {
    const int64_t begin = end;
    end += count;
    return begin;
  };
  refrain_cell_parameters& p = args.parameters;
  p.w = take(gate_rows * s.inputs);
  p.r = take(gate_rows * s.outputs);
  p.projection = s.outputs != s.hidden ? take(int64_t{s.outputs} * s.hidden) : -1;
  p.peepholes = peepholes ? take(3 * s.hidden) : -1;
  p.b_w = take(gate_rows);
  p.b_r = take(gate_rows);
  p.group_stride = end;
  p.data = arrays.floats(s.groups * end);
  p.gradients = arrays.floats(s.groups * end);
  const int64_t rows = int64_t{s.steps} * s.batch;
  args.sequence.x = arrays.view(s.groups, rows, s.inputs);
  args.sequence.y = arrays.view(s.groups, rows, s.outputs);
  args.sequence.hx = arrays.view(s.groups, s.batch, s.outputs);
  args.sequence.hy = arrays.view(s.groups, s.batch, s.outputs);
  args.gradient.dy = arrays.view(s.groups, rows, s.outputs);
  args.gradient.dhy = arrays.view(s.groups, s.batch, s.outputs);
  args.gradient.dx = arrays.view(s.groups, rows, s.inputs);
  args.gradient.dhx = arrays.view(s.groups, s.batch, s.outputs);
  if (cell_state) {
    args.sequence.cx = arrays.view(s.groups, s.batch, s.hidden);
    args.sequence.cy = arrays.view(s.groups, s.batch, s.hidden);
    args.gradient.dcy = arrays.view(s.groups, s.batch, s.hidden);
    args.gradient.dcx = arrays.view(s.groups, s.batch, s.hidden);
  }
  // lengths from 0 to beyond T: the header clamps them
  if (s.lengths) args.sequence.lengths = arrays.integers(s.groups * s.batch, s.steps + 3);
  args.sequence.reverse = s.reverse ? 1 : 0;
  return args;
}

const std::vector<CellSizes> kCellSizes = {
    {1, 1, 1, 1, 1, 1, false, false},    {1, 5, 3, 2, 13, 13, true, false},
    {2, 4, 7, 3, 17, 17, true, true},    {3, 3, 2, 1, 8, 8, false, true},
    {9, 2, 2, 2, 5, 5, true, false},     {1, 6, 70, 5, 33, 33, true, true},
};

template <class Args, class Reserve, class Forward, class Backward>
std::function<void()> forward_and_backward(refrain_context* context, Arrays& arrays, Args args,
                                           Reserve reserve, Forward forward, Backward backward) {
  const int64_t size = reserve(context, &args);
  CHECK(size >= 0);
  args.sequence.reserve = arrays.floats(size);
  return [=] {
    require_ok(forward(context, &args));
    require_ok(backward(context, &args));
  };
}

void check_cells() {
  for (const CellSizes& s : kCellSizes) {
    for (int activation = REFRAIN_TANH; activation <= REFRAIN_ELU; ++activation) {
      check("rnn", [&](refrain_context* context, Arrays& arrays) {
        auto args = cell_arguments<refrain_rnn_args>(arrays, s, 1, false, false);
        args.activation = activation;
        args.gradient.accumulate_dx = s.reverse ? 1 : 0;
        return forward_and_backward(context, arrays, args, refrain_rnn_reserve,
                                    refrain_rnn_forward, refrain_rnn_backward);
      });
    }
    for (int form = REFRAIN_RESET_BEFORE; form <= REFRAIN_RESET_AFTER; ++form) {
      check("gru", [&](refrain_context* context, Arrays& arrays) {
        auto args = cell_arguments<refrain_gru_args>(arrays, s, 3, false, false);
        args.form = form;
        args.gradient.accumulate_parameters = s.reverse ? 1 : 0;
        return forward_and_backward(context, arrays, args, refrain_gru_reserve,
                                    refrain_gru_forward, refrain_gru_backward);
      });
    }
    for (bool extras : {false, true}) {
      check("lstm", [&](refrain_context* context, Arrays& arrays) {
        CellSizes sizes = s;
        if (extras) sizes.outputs = s.hidden / 2 + 1;
        auto args = cell_arguments<refrain_lstm_args>(arrays, sizes, 4, extras, true);
        args.forget_bias = 1;
        args.cell_clip = extras ? 0.2 : 0;
        return forward_and_backward(context, arrays, args, refrain_lstm_reserve,
                                    refrain_lstm_forward, refrain_lstm_backward);
      });
    }
  }
}

void check_linear() {
  for (int64_t rows : {1, 5, 131}) {
    check("linear", [&](refrain_context* context, Arrays& arrays) {
      constexpr int32_t kGroups = 2, kInputs = 13, kOutputs = 3;
      constexpr int64_t kSize = kInputs * kOutputs + kOutputs;
      refrain_linear_args args = {};
      args.groups = kGroups;
      args.inputs = kInputs;
      args.outputs = kOutputs;
      args.rows = rows;
      args.parameters = arrays.floats(kGroups * kSize);
      args.gradients = arrays.floats(kGroups * kSize);
      args.parameter_stride = kSize;
      args.weight = 0;
      args.bias = kInputs * kOutputs;
      args.x = arrays.view(kGroups, rows, kInputs);
      args.y = arrays.view(kGroups, rows, kOutputs);
      args.dy = arrays.view(kGroups, rows, kOutputs);
      args.dx = arrays.view(kGroups, rows, kInputs);
      return [=] {
        require_ok(refrain_linear_forward(context, &args));
        require_ok(refrain_linear_backward(context, &args));
      };
    });
  }
}

void check_losses() {
  for (int kind = REFRAIN_MSE; kind <= REFRAIN_SOFTMAX_CROSS_ENTROPY; ++kind) {
    check("loss", [&](refrain_context* context, Arrays& arrays) {
      constexpr int32_t kGroups = 2, kSteps = 5, kBatch = 3, kOutputs = 7;
      constexpr int64_t kRows = kSteps * kBatch;
      refrain_loss_args args = {};
      args.kind = kind;
      args.groups = kGroups;
      args.steps = kSteps;
      args.batch = kBatch;
      args.outputs = kOutputs;
      args.delta = 0.3;
      args.prediction = arrays.view(kGroups, kRows, kOutputs);
      args.gradient = arrays.view(kGroups, kRows, kOutputs);
      if (kind == REFRAIN_SOFTMAX_CROSS_ENTROPY) {
        args.labels = arrays.integers(kGroups * kRows, kOutputs);
      } else {
        args.target = arrays.view(kGroups, kRows, kOutputs);
      }
      args.lengths = arrays.integers(kGroups * kBatch, kSteps + 3);
      args.state = arrays.state(kGroups);
      return [=] { require_ok(refrain_loss(context, &args)); };
    });
  }
}

void check_training_step() {
  constexpr int32_t kGroups = 3;
  constexpr int64_t kSize = 37;
  check("optimizers", [&](refrain_context* context, Arrays& arrays) {
    const refrain_step_state state = arrays.state(kGroups);
    float* gradients = arrays.floats(kGroups * kSize);
    const auto update = [&](int decay) {
      return refrain_update{kGroups,   decay, kSize, arrays.floats(kGroups * kSize),
                            gradients, 0.01,  state};
    };
    const auto slot = [&] { return arrays.floats(kGroups * kSize, true); };
    const refrain_advance_args advance = {REFRAIN_SCHEDULE_COSINE, 0, 1, 0.1, 10, 0.9, 0.999,
                                          state};
    const refrain_clip_args clip = {kGroups, kSize, gradients, 0.3, state};
    const refrain_sgd_args sgd = {update(REFRAIN_DECAY_NONE), 0.9, 1, slot()};
    const refrain_adam_args adam = {update(REFRAIN_DECAY_DECOUPLED), 0.9, 0.999, 1e-8,
                                    REFRAIN_ADAM_PYTORCH, slot(), slot()};
    const refrain_rmsprop_args rmsprop = {update(REFRAIN_DECAY_L2), 0.9, 1e-8, slot()};
    const refrain_adagrad_args adagrad = {update(REFRAIN_DECAY_NONE), 0, slot()};
    return [=] {
      require_ok(refrain_advance(context, &advance));
      require_ok(refrain_clip_value(context, &clip));
      require_ok(refrain_clip_norm(context, &clip));
      require_ok(refrain_sgd(context, &sgd));
      require_ok(refrain_adam(context, &adam));
      require_ok(refrain_rmsprop(context, &rmsprop));
      require_ok(refrain_adagrad(context, &adagrad));
    };
  });
}

void check_batches() {
  constexpr int32_t kGroups = 2, kSteps = 4, kBatch = 3, kColumns = 3, kRows = 19;
  check("batches", [&](refrain_context* context, Arrays& arrays) {
    refrain_gather_args gather = {};
    gather.groups = kGroups;
    gather.steps = kSteps;
    gather.batch = kBatch;
    gather.inputs = 2;
    gather.outputs = 1;
    gather.target_column = 2;
    gather.target_shift = 1;
    gather.columns = kColumns;
    gather.span = kSteps + 1;
    gather.rows = kRows;
    gather.series = arrays.floats(kGroups * kRows * kColumns);
    gather.series_stride = kRows * kColumns;
    // starts far beyond the series: the header moves them inside
    gather.starts = arrays.integers(2 * kGroups * kBatch, 1000);
    gather.start_rows = 2;
    gather.x = arrays.view(kGroups, kSteps * kBatch, 2);
    gather.target = arrays.view(kGroups, kSteps * kBatch, 1);
    gather.state = arrays.state(kGroups);
    refrain_gather_args drawn = gather;
    drawn.starts = nullptr;
    drawn.start_rows = 0;
    drawn.x = arrays.view(kGroups, kSteps * kBatch, 2);
    refrain_dropout_args dropout = {};
    dropout.groups = kGroups;
    dropout.columns = 5;
    dropout.rows = 7;
    dropout.layer = 1;
    dropout.rate = 0.4;
    dropout.x = arrays.view(kGroups, 7, 5);
    dropout.y = arrays.view(kGroups, 7, 5);
    dropout.state = gather.state;
    const refrain_view copied = arrays.view(kGroups, 7, 5);
    return [=] {
      require_ok(refrain_gather(context, &gather));
      require_ok(refrain_gather(context, &drawn));
      require_ok(refrain_dropout(context, &dropout));
      require_ok(refrain_copy(context, kGroups, 7, 5, &dropout.y, &copied));
      require_ok(refrain_fill(context, copied.data, 3, 1.5f));
    };
  });
}

}  // namespace

int main() {
  check_cells();
  check_linear();
  check_losses();
  check_training_step();
  check_batches();
  return refrain::test::report();
}
