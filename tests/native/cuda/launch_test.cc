// Counts the kernels of a whole training step: in a CUDA graph each costs some microseconds, which is what
// a small network's step is made of. A number here may go down; if it goes up, a step has become slower.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "cuda/neighbours.h"
#include "cuda/operations.h"
#include "cuda/product.cuh"
#include "cuda/recurrence.h"
#include "embedding_step.h"
#include "engine_under_test.h"

namespace refrain::test {
namespace {

using cuda::Engine;
using cuda::run_both;

enum class CellKind { kRnn, kLstm, kGruBefore, kGruAfter };

struct Network {
  CellKind cell;
  int32_t steps;
  int32_t batch;
  int32_t hidden;
  // The most launches of each part.
  int64_t forward;
  int64_t backward;
  int64_t step;
  int64_t norm = 1;
};

// The arrays of a step of: advance, gather, a cell, a linear layer, mse, clip_norm, Adam.
class Training {
 public:
  Training(Engine& engine, const Network& network)
      : engine_(engine), n_(network), gates_(gates()), rows_(int64_t{n_.steps} * n_.batch) {
    const int64_t h = n_.hidden;
    w_ = 0;
    r_ = w_ + gates_ * h;
    b_w_ = r_ + gates_ * h * h;
    b_r_ = b_w_ + gates_ * h;
    linear_weight_ = b_r_ + gates_ * h;
    linear_bias_ = linear_weight_ + h;
    parameters_ = (linear_bias_ + 1 + 15) / 16 * 16;
    for (auto* array : {&values_, &gradients_, &m_, &v_}) *array = memory(parameters_);
    series_ = memory(4096);
    x_ = memory(rows_);
    target_ = memory(rows_);
    prediction_ = memory(rows_);
    y_ = memory(rows_ * h);
    dy_ = memory(rows_ * h);
    auto* group = reinterpret_cast<refrain_group_state*>(memory(64));
    *group = {};
    group->base_learning_rate = 0.01;
    group->beta1_power = group->beta2_power = 1.0;
    state_ = {group, nullptr, 0, 1};
    for (int64_t i = 0; i < 4096; ++i) series_[i] = static_cast<float>(i % 17) / 17.0f;
    for (int64_t i = 0; i < parameters_; ++i) {
      values_[i] = static_cast<float>(i % 13 - 6) / (40.0f * static_cast<float>(h));
    }
    reserve_ = memory(reserve_floats());
  }

  ~Training() {
    for (float* block : blocks_) engine_.memory().release(block);
  }

  void run() {
    count("advance", 1, [&] { advance(engine_, advance_args()); });
    count("gather", 1, [&] { gather(engine_, gather_args()); });
    count("forward", n_.forward, [&] { cell(true); });
    count("linear forward", 1, [&] { linear_forward(engine_, linear_args()); });
    count("loss", 1, [&] { loss(engine_, loss_args()); });
    count("linear backward", 1, [&] { linear_backward(engine_, linear_args()); });
    count("backward", n_.backward, [&] { cell(false); });
    count("clip_norm", n_.norm, [&] { clip_norm(engine_, {1, parameters_, gradients_, 1.0, state_}); });
    count("adam", 1, [&] {
      adam(engine_, {{1, 0, parameters_, values_, gradients_, 0.0, state_}, 0.9, 0.999, 1e-8, 0, m_,
                     v_});
    });
    std::printf("%s: %lld launches\n", text_.c_str(), static_cast<long long>(total_));
    CHECK(total_ <= n_.step);
    CHECK(state_.group->status == REFRAIN_RUNNING && state_.group->loss > 0.0);
  }

 private:
  int64_t gates() const {
    return n_.cell == CellKind::kRnn ? 1 : (n_.cell == CellKind::kLstm ? 4 : 3);
  }

  float* memory(int64_t floats) {
    auto* data = static_cast<float*>(engine_.memory().allocate(floats * int64_t{sizeof(float)}));
    CHECK(data != nullptr);
    for (int64_t i = 0; i < floats; ++i) data[i] = 0.0f;
    blocks_.push_back(data);
    return data;
  }

  template <class Operation>
  void count(const char* part, int64_t most, const Operation& operation) {
    const int64_t before = engine_.launches();
    engine_.begin_operation();
    operation();
    const int64_t launches = engine_.launches() - before;
    CHECK(engine_.status() == REFRAIN_OK);
    if (launches > most) std::fprintf(stderr, "%s: %lld launches\n", part, static_cast<long long>(launches));
    CHECK(launches >= 1 && launches <= most);
    text_ += (text_.empty() ? "" : ", ") + std::string(part) + " " + std::to_string(launches);
    total_ += launches;
  }

  refrain_advance_args advance_args() const {
    return {0, 0, 0.0, 0.0, 0, 0.9, 0.999, state_};
  }

  refrain_gather_args gather_args() const {
    refrain_gather_args a = {};
    a.groups = a.inputs = a.outputs = a.columns = 1;
    a.steps = n_.steps;
    a.batch = n_.batch;
    a.target_shift = 1;
    a.span = n_.steps + 1;
    a.rows = 4096;
    a.series = series_;
    a.x = {x_, rows_, 1};
    a.target = {target_, rows_, 1};
    a.state = state_;
    return a;
  }

  refrain_linear_args linear_args() const {
    refrain_linear_args a = {};
    a.groups = a.outputs = 1;
    a.inputs = n_.hidden;
    a.rows = rows_;
    a.parameters = values_;
    a.gradients = gradients_;
    a.parameter_stride = parameters_;
    a.weight = linear_weight_;
    a.bias = linear_bias_;
    a.x = {y_, rows_ * n_.hidden, n_.hidden};
    a.y = {prediction_, rows_, 1};
    a.dy = {prediction_, rows_, 1};
    a.dx = {dy_, rows_ * n_.hidden, n_.hidden};
    return a;
  }

  refrain_loss_args loss_args() const {
    refrain_loss_args a = {};
    a.groups = a.outputs = 1;
    a.steps = n_.steps;
    a.batch = n_.batch;
    a.prediction = a.gradient = {prediction_, rows_, 1};
    a.target = {target_, rows_, 1};
    a.state = state_;
    return a;
  }

  template <class Args>
  Args cell_args() const {
    Args a = {};
    a.shape = {1, n_.steps, n_.batch, 1, n_.hidden, n_.hidden};
    a.parameters = {values_, gradients_, parameters_, w_, r_, -1, -1, b_w_, b_r_};
    a.sequence.x = {x_, rows_, 1};
    a.sequence.y = {y_, rows_ * n_.hidden, n_.hidden};
    a.sequence.reserve = reserve_;
    a.gradient.dy = {dy_, rows_ * n_.hidden, n_.hidden};
    return a;
  }

  refrain_gru_args gru_args() const {
    auto a = cell_args<refrain_gru_args>();
    a.form = n_.cell == CellKind::kGruAfter ? REFRAIN_RESET_AFTER : REFRAIN_RESET_BEFORE;
    return a;
  }

  int64_t reserve_floats() const {
    if (n_.cell == CellKind::kRnn) {
      const auto a = cell_args<refrain_rnn_args>();
      return cuda::reserve_size(engine_, REFRAIN_OP_RNN_FORWARD, &a);
    }
    if (n_.cell == CellKind::kLstm) {
      const auto a = cell_args<refrain_lstm_args>();
      return cuda::reserve_size(engine_, REFRAIN_OP_LSTM_FORWARD, &a);
    }
    const auto a = gru_args();
    return cuda::reserve_size(engine_, REFRAIN_OP_GRU_FORWARD, &a);
  }

  void cell(bool forward) {
    if (n_.cell == CellKind::kRnn) {
      auto a = cell_args<refrain_rnn_args>();
      a.activation = REFRAIN_RELU;
      forward ? rnn_forward(engine_, a) : rnn_backward(engine_, a);
    } else if (n_.cell == CellKind::kLstm) {
      const auto a = cell_args<refrain_lstm_args>();
      forward ? lstm_forward(engine_, a) : lstm_backward(engine_, a);
    } else {
      const auto a = gru_args();
      forward ? gru_forward(engine_, a) : gru_backward(engine_, a);
    }
  }

  Engine& engine_;
  const Network n_;
  const int64_t gates_;
  const int64_t rows_;
  int64_t w_, r_, b_w_, b_r_, linear_weight_, linear_bias_, parameters_;
  std::vector<float*> blocks_;
  float *values_, *gradients_, *m_, *v_, *series_, *x_, *target_, *prediction_, *y_, *dy_, *reserve_;
  refrain_step_state state_;
  std::string text_;
  int64_t total_ = 0;
};

// Calls that need one another's results are no neighbours: the same table twice, ids that the first one
// finds, gradients where the first one's values lie.
void check_no_neighbours(Engine& engine, const EmbeddingStep& step) {
  const int64_t before = engine.launches();
  const auto apart = [&](int32_t operation, const auto& first, const auto& second) {
    CHECK(!run_both(engine, operation, &first, &second));
    CHECK(!run_both(engine, operation, &second, &first));
  };
  for (const int32_t operation : {REFRAIN_OP_ROWS_ADAM_CATCH_UP, REFRAIN_OP_ROWS_ADAM}) {
    apart(operation, step.weights, step.weights);
    refrain_rows_adam_args other = step.embeddings;
    other.gradient = step.weights.values;
    apart(operation, step.weights, other);
    other = step.embeddings;
    other.m.data = step.weights.v.data + 1;
    apart(operation, step.weights, other);
  }
  refrain_distinct_args other = step.inputs;
  other.first = step.classes.rows;
  apart(REFRAIN_OP_DISTINCT, step.classes, other);
  apart(REFRAIN_OP_NCE, step.nce, step.nce);
  CHECK(engine.launches() == before);
}

// A step of skip-grams, sampled classes, NCE and Adam on both tables, call by call and, `recorded`, with
// neighbours taken at once.
void check_embedding_step(Engine& engine, int32_t mode, int64_t most, int64_t most_recorded) {
  std::vector<void*> blocks;
  const auto memory = [&](int64_t words) {
    void* data = engine.memory().allocate(words * 4);
    CHECK(data != nullptr);
    std::memset(data, 0, static_cast<size_t>(words) * 4);
    blocks.push_back(data);
    return data;
  };
  for (const bool recorded : {false, true}) {
    EmbeddingStep step(mode, memory, [](void* to, const void* from, int64_t size_bytes) {
      std::memcpy(to, from, static_cast<size_t>(size_bytes));
    });
    // the first step catches nothing up: zeros do for the moments
    step.moments(static_cast<float*>(memory(1 << 12)), 10);
    const int64_t before = engine.launches();
    const auto run = [&](const auto& operation, const auto& args) {
      engine.begin_operation();
      operation(engine, args);
      CHECK(engine.status() == REFRAIN_OK);
    };
    const auto run_two = [&](int32_t number, const auto& operation, const auto& first,
                             const auto& second) {
      engine.begin_operation();
      if (recorded && run_both(engine, number, &first, &second)) return;
      run(operation, first);
      run(operation, second);
    };
    run(cuda::advance, step.advance);
    run(cuda::skip_grams, step.pairs);
    run(cuda::log_uniform, step.draw);
    run_two(REFRAIN_OP_DISTINCT, cuda::distinct, step.inputs, step.classes);
    run(cuda::log_uniform_expected, step.expected);
    run_two(REFRAIN_OP_ROWS_ADAM_CATCH_UP, cuda::rows_adam_catch_up, step.embeddings, step.weights);
    run(cuda::nce, step.nce);
    run_two(REFRAIN_OP_ROWS_ADAM, cuda::rows_adam, step.embeddings, step.weights);
    const int64_t launches = engine.launches() - before;
    std::printf("embedding step, mode %d%s: %lld launches\n", mode, recorded ? ", recorded" : "",
                static_cast<long long>(launches));
    CHECK(launches >= 1 && launches <= (recorded ? most_recorded : most));
    const refrain_group_state& group = step.nce.state.group[0];
    CHECK(group.status == REFRAIN_RUNNING && group.loss > 0.0);
    check_no_neighbours(engine, step);
  }
  for (void* block : blocks) engine.memory().release(block);
}

__global__ void first_word_kernel(float* out) { out[0] = static_cast<float>(gridDim.x); }

// The limit of a kernel's shared memory is one for the whole process: a launch that needs little must not
// lower it under one of another engine, or one that is recorded.
void check_shared_memory_limit() {
  const auto one = open_engine();
  const auto other = open_engine();
  auto* out = static_cast<float*>(one->memory().allocate(sizeof(float)));
  one->launch("much", first_word_kernel, dim3(1), dim3(32), size_t{200} << 10, out);
  other->launch("little", first_word_kernel, dim3(2), dim3(32), size_t{60} << 10, out);
  CHECK(one->status() == REFRAIN_OK && other->status() == REFRAIN_OK && out[0] == 2.0f);
  cudaFuncAttributes attributes;
  CHECK(cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(first_word_kernel)) ==
        cudaSuccess);
  CHECK(attributes.maxDynamicSharedSizeBytes >= 200 << 10);
  one->memory().release(out);
}

// A layer's input product on tensor cores adds both biases and the forget bias itself: a launch that
// writes them first would write C once and read it once more.
void check_biases_on_tensor_cores(int32_t precision) {
  constexpr int64_t kM = 40, kN = 24, kK = 16, kEnd = 17, kShiftBegin = 6, kShiftEnd = 12;
  constexpr float kShift = 0.5f;
  const auto engine = open_engine(cuda::Variant::kAutomatic, precision);
  engine->begin_operation();
  float* const a = engine->scratch(kM * kK + kN * kK + 2 * kN + kM * kN);
  float* const b = a + kM * kK;
  float* const bias = b + kN * kK;
  float* const c = bias + 2 * kN;
  // Small integers, of which every product and sum is exact.
  for (int64_t i = 0; i < c - a; ++i) a[i] = static_cast<float>(i % 7 - 3);
  const auto expected = [&](int64_t row, int64_t column) {
    float sum = bias[column] + (column < kEnd ? bias[kN + column] : 0.0f);
    if (column >= kShiftBegin && column < kShiftEnd) sum += kShift;
    for (int64_t k = 0; k < kK; ++k) sum += a[row * kK + k] * b[column * kK + k];
    return sum;
  };
  cuda::Product product = {1, kM, kN, kK, {a, 0, kK}, false, {b, 0, kK}, true, {c, 0, kN},
                           cuda::Start::kBias, {bias, 0, kN}};
  product.bias_addition = {{bias + kN, 0, kN}, kEnd, kShiftBegin, kShiftEnd, kShift};
  cuda::multiply(*engine, "biases", product);
  CHECK(engine->status() == REFRAIN_OK && engine->launches() == 1);
  for (int64_t i = 0; i < kM * kN; ++i) CHECK(c[i] == expected(i / kN, i % kN));
}

cuda::Variant variant_of(Engine& engine, const Network& network) {
  cuda::Recurrence r = {};
  r.cell = cuda::Cell::kLstm;
  r.gates = 4;
  r.shape = {1, network.steps, network.batch, 1, network.hidden, network.hidden};
  engine.begin_operation();
  return choose_variant(engine, r);
}

// What the emulator says to a launch of blocks that meet.
bool refuses(Engine& engine, cuda::Meeting meeting, const char* error) {
  engine.begin_operation();
  auto* out = engine.scratch(1);
  engine.launch_meeting(meeting, 2, "meeting", first_word_kernel, dim3(2), dim3(32), 0, out);
  const std::string message = last_error();
  return engine.status() != REFRAIN_OK && message.find(error) != std::string::npos;
}

// A layer too large for a block, on a device without clusters or cooperative launches: a step runs by what
// is left, and never tries what the device refuses.
void check_missing_meetings() {
  constexpr Network kLarge = {CellKind::kLstm, 2, 2, 140, 10, 20, 40, 2};
  const auto all = open_engine();
  CHECK(variant_of(*all, kLarge) == cuda::Variant::kCluster);
  setenv("REFRAIN_EMULATOR_CLUSTER", "1", 1);
  const auto no_clusters = open_engine();
  CHECK(variant_of(*no_clusters, kLarge) == cuda::Variant::kCooperative);
  CHECK(refuses(*no_clusters, cuda::Meeting::kCluster, "cudaErrorInvalidClusterSize"));
  Training(*no_clusters, kLarge).run();
  setenv("REFRAIN_EMULATOR_COOPERATIVE", "0", 1);
  const auto neither = open_engine();
  CHECK(variant_of(*neither, kLarge) == cuda::Variant::kPerStep);
  CHECK(refuses(*neither, cuda::Meeting::kGrid, "cudaErrorNotSupported"));
  Training(*neither, kLarge).run();
  const auto forced = open_engine(cuda::Variant::kCooperative);
  variant_of(*forced, kLarge);
  CHECK(forced->status() == REFRAIN_UNAVAILABLE);
  const std::string message = last_error();
  CHECK(message.find("no cooperative launches") != std::string::npos);
  unsetenv("REFRAIN_EMULATOR_CLUSTER");
  unsetenv("REFRAIN_EMULATOR_COOPERATIVE");
}

}  // namespace
}  // namespace refrain::test

int main() {
  using refrain::test::CellKind;
  const auto engine = refrain::test::open_engine();
  CHECK(engine != nullptr);
  // Forward: the input product, the steps. Backward: the steps, all products that follow them.
  const refrain::test::Network networks[] = {
      {CellKind::kRnn, 20, 50, 100, 2, 2, 11},       {CellKind::kLstm, 20, 50, 100, 2, 2, 11},
      {CellKind::kLstm, 11, 1, 100, 2, 2, 11},       {CellKind::kGruBefore, 20, 50, 100, 2, 2, 11},
      {CellKind::kGruAfter, 20, 50, 100, 2, 2, 11},
  };
  for (const auto& network : networks) refrain::test::Training(*engine, network).run();
  refrain::test::check_embedding_step(*engine, REFRAIN_ROWS_DENSE, 14, 13);
  refrain::test::check_embedding_step(*engine, REFRAIN_ROWS_DEFERRED, 12, 9);
  refrain::test::check_embedding_step(*engine, REFRAIN_ROWS_LAZY, 10, 8);
  refrain::test::check_shared_memory_limit();
  refrain::test::check_missing_meetings();
  refrain::test::check_biases_on_tensor_cores(REFRAIN_TF32);
  refrain::test::check_biases_on_tensor_cores(REFRAIN_BF16);
  return refrain::test::report();
}
