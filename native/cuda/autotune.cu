#include "cuda/autotune.h"

#include <algorithm>
#include <array>

#include "cuda/check.cuh"
#include "cuda/graph.h"
#include "cuda/operations.h"
#include "cuda/recurrence.h"

namespace refrain::cuda {
namespace {

// The median of so many times, each of so many runs, after one that is not counted.
constexpr int kTimes = 5;
constexpr int kRuns = 2;

void forward(Engine& engine, const refrain_rnn_args& args) { rnn_forward(engine, args); }
void forward(Engine& engine, const refrain_lstm_args& args) { lstm_forward(engine, args); }
void forward(Engine& engine, const refrain_gru_args& args) { gru_forward(engine, args); }
void backward(Engine& engine, const refrain_rnn_args& args) { rnn_backward(engine, args); }
void backward(Engine& engine, const refrain_lstm_args& args) { lstm_backward(engine, args); }
void backward(Engine& engine, const refrain_gru_args& args) { gru_backward(engine, args); }

// Two events on the engine's stream, and the time between them.
class Stopwatch {
 public:
  explicit Stopwatch(Engine& engine) : engine_(engine), stream_(engine.stream()) {
    status_ = check(cudaEventCreate(&begin_), "making an event");
    if (status_ == REFRAIN_OK) status_ = check(cudaEventCreate(&end_), "making an event");
  }
  ~Stopwatch() {
    for (cudaEvent_t event : {begin_, end_}) {
      if (event != nullptr) engine_.checked(cudaEventDestroy(event), "ending an event");
    }
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  void start() { note(cudaEventRecord(begin_, stream_)); }
  // Milliseconds since start(); negative where something failed.
  float stop() {
    float milliseconds = 0.0f;
    note(cudaEventRecord(end_, stream_));
    if (status_ == REFRAIN_OK) note(cudaEventSynchronize(end_));
    if (status_ == REFRAIN_OK) note(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return status_ == REFRAIN_OK ? milliseconds : -1.0f;
  }

 private:
  void note(cudaError_t error) {
    if (status_ == REFRAIN_OK) status_ = check(error, "timing a variant");
  }

  Engine& engine_;
  const cudaStream_t stream_;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  int status_ = REFRAIN_OK;
};

// The arrays of a layer like the one of `given`, all in one block of memory, and its arguments.
template <class Args>
class Trial {
 public:
  Trial(Engine& engine, const Args& given, int gates, int64_t reserve_floats)
      : engine_(engine), args_(given) {
    const refrain_cell_shape& s = given.shape;
    const int64_t rows = int64_t{s.steps} * s.batch;
    refrain_cell_parameters& p = args_.parameters;
    ScratchLayout parameters;
    p.w = parameters.take(int64_t{gates} * s.hidden * s.inputs);
    p.r = parameters.take(int64_t{gates} * s.hidden * s.outputs);
    if (p.projection >= 0) p.projection = parameters.take(int64_t{s.outputs} * s.hidden);
    if (p.peepholes >= 0) p.peepholes = parameters.take(int64_t{3} * s.hidden);
    p.b_w = parameters.take(int64_t{gates} * s.hidden);
    p.b_r = parameters.take(int64_t{gates} * s.hidden);
    p.group_stride = parameters.size();

    ScratchLayout layout;
    const int64_t values = layout.take(s.groups * p.group_stride);
    const int64_t gradients = layout.take(s.groups * p.group_stride);
    const int64_t x = layout.take(s.groups * rows * s.inputs);
    const int64_t dx = layout.take(s.groups * rows * s.inputs);
    const int64_t y = layout.take(s.groups * rows * s.outputs);
    const int64_t dy = layout.take(s.groups * rows * s.outputs);
    const int64_t reserve = layout.take(reserve_floats);
    const int64_t size_bytes = layout.size() * static_cast<int64_t>(sizeof(float));
    memory_ = static_cast<float*>(engine.memory().allocate(size_bytes));
    if (memory_ == nullptr) return;
    if (check(cudaMemsetAsync(memory_, 0, size_bytes, engine.stream()),
              "clearing a trial's arrays") != REFRAIN_OK) {
      release();
      return;
    }
    p.data = memory_ + values;
    p.gradients = memory_ + gradients;
    args_.sequence = {};
    args_.sequence.x = view(x, rows, s.inputs);
    args_.sequence.y = view(y, rows, s.outputs);
    args_.sequence.reserve = memory_ + reserve;
    args_.gradient = {};
    args_.gradient.dx = view(dx, rows, s.inputs);
    args_.gradient.dy = view(dy, rows, s.outputs);
  }
  ~Trial() {
    engine_.wait("ending a trial");  // what failed is told by the next call, too
    release();
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  bool has_room() const { return memory_ != nullptr; }

  // The time of the variant that is chosen now; negative where it failed.
  float time() {
    Graph graph(engine_, "a trial of a recurrent layer's variant");
    if (graph.capture([this] { return run(); }) != REFRAIN_OK) return -1.0f;
    if (graph.replay() != REFRAIN_OK) return -1.0f;
    Stopwatch stopwatch(engine_);
    std::array<float, kTimes> times;
    for (float& time : times) {
      stopwatch.start();
      for (int i = 0; i < kRuns; ++i) {
        if (graph.replay() != REFRAIN_OK) return -1.0f;
      }
      time = stopwatch.stop();
      if (time < 0) return -1.0f;
    }
    std::nth_element(times.begin(), times.begin() + kTimes / 2, times.end());
    return times[kTimes / 2];
  }

 private:
  refrain_view view(int64_t offset, int64_t rows, int64_t columns) const {
    return {memory_ + offset, rows * columns, columns};
  }

  int run() {
    engine_.begin_operation();
    forward(engine_, args_);
    if (engine_.status() != REFRAIN_OK) return engine_.status();
    engine_.begin_operation();
    backward(engine_, args_);
    return engine_.status();
  }

  void release() {
    if (memory_ != nullptr) engine_.memory().release(memory_);
    memory_ = nullptr;
  }

  Engine& engine_;
  Args args_;
  float* memory_ = nullptr;
};

template <class Args>
void tune(Engine& engine, int32_t operation, const Args& args) {
  const Recurrence layer = recurrence_of(args);
  const std::string name = layer_text(layer);
  if (engine.choices().of(name) != Variant::kAutomatic || engine.choices().gave_up(name)) return;
  const std::vector<Variant> candidates = variants_of(engine, layer);
  if (candidates.size() < 2) return;
  int64_t reserve_floats = 0;
  for (const Variant candidate : candidates) {
    engine.begin_operation();
    engine.choices().set(name, candidate);
    const int64_t floats = reserve_size(engine, operation, &args);
    reserve_floats = floats > reserve_floats ? floats : reserve_floats;
  }
  Variant fastest = candidates.front();
  float least = -1.0f;
  {
    Trial<Args> trial(engine, args, layer.gates, reserve_floats);
    for (const Variant candidate : candidates) {
      if (!trial.has_room()) break;
      engine.choices().set(name, candidate);
      const float milliseconds = trial.time();
      if (milliseconds < 0 || (least >= 0 && milliseconds >= least)) continue;
      least = milliseconds;
      fastest = candidate;
    }
  }
  engine.release_scratch();
  engine.choices().forget(name);
  if (least < 0) return engine.choices().give_up(name);
  engine.choices().set(name, fastest);
}

}  // namespace

void autotune(Engine& engine, int32_t operation, const void* arguments) {
  if (!engine.autotunes() || engine.variant() != Variant::kAutomatic) return;
  switch (operation) {
    case REFRAIN_OP_RNN_FORWARD:
      return tune(engine, operation, *static_cast<const refrain_rnn_args*>(arguments));
    case REFRAIN_OP_LSTM_FORWARD:
      return tune(engine, operation, *static_cast<const refrain_lstm_args*>(arguments));
    case REFRAIN_OP_GRU_FORWARD:
      return tune(engine, operation, *static_cast<const refrain_gru_args*>(arguments));
    default:
      return;
  }
}

}  // namespace refrain::cuda
