// Recurrent layers in random shapes and options, forward and backward.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "sides.h"

namespace refrain::test {
namespace {

enum class Cell { kRnn, kLstm, kGru };

// Of the engine under test, forced: what it declines is an error, so all that is compared was run by it.
std::string tested_variant;
// Layers compared, by what they have, e.g. "lstm peepholes" or "rnn activation 2".
std::map<std::string, int> compared;
int declined_layers = 0;

struct Options {
  Cell cell;
  int activation, form;
  int groups, steps, batch, inputs, hidden, outputs;
  int padding;  // what row strides exceed their columns by
  bool reverse, lengths, initial, final, dy, dfinal, dx, dinitial;
  bool b_w, b_r, projection, peepholes, accumulate_dx, accumulate_parameters, keep;
  bool shared_parameters, nan, integers;
  double forget_bias, cell_clip;
  float weights;  // their largest

  int gates() const { return cell == Cell::kRnn ? 1 : (cell == Cell::kLstm ? 4 : 3); }
  bool lstm() const { return cell == Cell::kLstm; }
};

Options choose(Cell cell, Random& random, const CellTrial& trial) {
  Options o = {};
  o.cell = cell;
  o.activation = random.below(6);
  o.form = random.below(2);
  o.groups = 1 + random.below(3);
  o.steps = 1 + random.below(5);
  o.batch =
      trial.smallest_batch + random.below(trial.largest_batch - trial.smallest_batch + 1);
  o.inputs = 1 + random.below(4);
  o.hidden = trial.hidden[static_cast<size_t>(random.below(static_cast<int>(trial.hidden.size())))];
  o.projection = trial.projections && cell == Cell::kLstm && random.below(3) == 0;
  o.outputs = o.projection ? 1 + random.below(6) : o.hidden;
  o.padding = random.below(3);
  o.reverse = random.coin();
  o.lengths = random.coin();
  o.initial = random.coin();
  o.final = random.coin();
  o.dy = random.below(4) != 0;
  o.dfinal = random.coin();
  o.dx = random.below(4) != 0;
  o.dinitial = random.coin();
  o.b_w = random.below(4) != 0;
  o.b_r = random.coin();
  o.peepholes = cell == Cell::kLstm && random.coin();
  o.accumulate_dx = random.coin();
  o.accumulate_parameters = random.coin();
  o.keep = random.below(5) != 0;
  o.shared_parameters = !o.keep && random.coin();
  o.nan = random.below(8) == 0;
  // Whether the zeros of an absent state are multiplied with a NaN is the engine's choice.
  if (o.nan) o.initial = true;
  o.forget_bias = random.coin() ? 1.0 : 0.0;
  o.cell_clip = random.coin() ? 0.3 : 0.0;
  o.weights = trial.scaled_weights ? 1.0f / std::sqrt(static_cast<float>(o.hidden)) : 0.6f;
  o.integers = trial.integers;
  if (o.integers) {
    o.activation = random.coin() ? REFRAIN_RELU : REFRAIN_IDENTITY;
    o.steps = 1 + random.below(4);
    o.nan = false;
  }
  return o;
}

// What cuDNN runs: the variant cudnn refuses the rest.
void restrict_to_cudnn(Options& o) {
  o.activation = o.cell == Cell::kRnn ? o.activation % 2 : 0;  // tanh, ReLU
  o.form = REFRAIN_RESET_AFTER;
  o.peepholes = false;
  o.cell_clip = 0.0;
  // What its ReLU makes of a NaN is not said; where a sequence has ended it does not meet x.
  o.nan = o.nan && o.activation == 0 && !o.lengths;
  if (o.outputs < o.hidden) return;
  o.projection = false;
  o.outputs = o.hidden;
}

const char* cell_name(const Options& o) {
  if (o.cell == Cell::kGru) return o.form == REFRAIN_RESET_AFTER ? "gru after" : "gru before";
  return o.lstm() ? "lstm" : "rnn";
}

std::string name_of(const Options& o) {
  char text[256];
  std::snprintf(text, sizeof text, "%s act %d form %d G%d T%d N%d I%d H%d Q%d%s%s%s%s%s",
                cell_name(o), o.activation, o.form,
                o.groups, o.steps, o.batch, o.inputs, o.hidden, o.outputs,
                o.reverse ? " reverse" : "", o.lengths ? " lengths" : "",
                o.initial ? " initial" : "", o.peepholes ? " peepholes" : "", o.nan ? " nan" : "");
  return text;
}

void count_compared(const Options& o) {
  const std::string cell = cell_name(o);
  const auto count = [&](bool has, const char* what) {
    if (has) ++compared[cell + what];
  };
  count(true, "");
  ++compared[cell + " activation " + std::to_string(o.activation)];
  count(o.lengths, " lengths");
  count(o.reverse, " reverse");
  count(o.groups > 1, " groups");
  count(o.projection, " projection");
  count(o.peepholes, " peepholes");
  count(o.lstm() && o.cell_clip > 0.0, " clip");
  count(o.keep, " backward");
}

// Where the tensors lie within P.
struct Offsets {
  int64_t w, r, projection = -1, peepholes = -1, b_w = -1, b_r = -1, size;

  explicit Offsets(const Options& o) {
    const int64_t rows = int64_t{o.gates()} * o.hidden;
    w = 0;
    r = rows * o.inputs;
    size = r + rows * o.outputs;
    if (o.projection) projection = take(int64_t{o.outputs} * o.hidden);
    if (o.peepholes) peepholes = take(int64_t{3} * o.hidden);
    if (o.b_w) b_w = take(rows);
    if (o.b_r) b_r = take(rows);
    size = (size + 15) / 16 * 16;
  }

  int64_t take(int64_t count) {
    const int64_t begin = size;
    size += count;
    return begin;
  }
};

struct Arrays {
  Array parameters, gradients, x, hx, cx, y, hy, cy, lengths, reserve;
  Array dy, dhy, dcy, dx, dhx, dcx;
};

// The parts of a call that all cells share.
struct Call {
  const Options& o;
  const Offsets offsets;
  const Arrays& arrays;

  template <class Args>
  void set(const Side& side, Args& args) const {
    args = {};
    args.shape = {o.groups, o.steps, o.batch, o.inputs, o.hidden, o.outputs};
    args.activation = o.activation;
    args.parameters = {side.floats(arrays.parameters),
                       side.floats(arrays.gradients),
                       o.shared_parameters ? 0 : offsets.size,
                       offsets.w,
                       offsets.r,
                       offsets.projection,
                       offsets.peepholes,
                       offsets.b_w,
                       offsets.b_r};
    refrain_cell_sequence& q = args.sequence;
    q.x = sequence(side, arrays.x, o.inputs);
    q.hx = states(side, arrays.hx, o.outputs);
    q.cx = states(side, arrays.cx, o.hidden);
    q.y = sequence(side, arrays.y, o.outputs);
    q.hy = states(side, arrays.hy, o.outputs);
    q.cy = states(side, arrays.cy, o.hidden);
    q.lengths = side.integers(arrays.lengths);
    q.reserve = side.floats(arrays.reserve);
    q.reverse = o.reverse;
    refrain_cell_gradients& d = args.gradient;
    d.dy = sequence(side, arrays.dy, o.outputs);
    d.dhy = states(side, arrays.dhy, o.outputs);
    d.dcy = states(side, arrays.dcy, o.hidden);
    d.dx = sequence(side, arrays.dx, o.inputs);
    d.dhx = states(side, arrays.dhx, o.outputs);
    d.dcx = states(side, arrays.dcx, o.hidden);
    d.accumulate_dx = o.accumulate_dx;
    d.accumulate_parameters = o.accumulate_parameters;
  }

  refrain_view sequence(const Side& side, Array array, int64_t columns) const {
    const int64_t stride = columns + o.padding;
    return side.view(array, stride * o.steps * o.batch, stride);
  }
  refrain_view states(const Side& side, Array array, int64_t columns) const {
    const int64_t stride = columns + o.padding;
    return side.view(array, stride * o.batch, stride);
  }

  // `what`: 0 the reserve's size into *size, 1 forward, 2 backward.
  int run(const Side& side, int what, int64_t* size = nullptr) const {
    if (o.cell == Cell::kRnn) {
      refrain_rnn_args args;
      set(side, args);
      if (what == 0) *size = refrain_rnn_reserve(side.context, &args);
      return what == 0 ? 0
                       : (what == 1 ? refrain_rnn_forward(side.context, &args)
                                    : refrain_rnn_backward(side.context, &args));
    }
    if (o.lstm()) {
      refrain_lstm_args args;
      set(side, args);
      args.forget_bias = o.forget_bias;
      args.cell_clip = o.cell_clip;
      if (what == 0) *size = refrain_lstm_reserve(side.context, &args);
      return what == 0 ? 0
                       : (what == 1 ? refrain_lstm_forward(side.context, &args)
                                    : refrain_lstm_backward(side.context, &args));
    }
    refrain_gru_args args;
    set(side, args);
    args.form = o.form;
    if (what == 0) *size = refrain_gru_reserve(side.context, &args);
    return what == 0 ? 0
                     : (what == 1 ? refrain_gru_forward(side.context, &args)
                                  : refrain_gru_backward(side.context, &args));
  }
};

// Values of all groups, each drawn by itself, so that a group alone can have the same.
std::vector<float> drawn(uint64_t seed, int groups, int first_group, int64_t count, float scale,
                         bool integers) {
  std::vector<float> values;
  for (int g = 0; g < groups; ++g) {
    Random random(seed * 1000 + static_cast<uint64_t>(first_group + g));
    for (int64_t i = 0; i < count; ++i) {
      const float value = random.uniform(-scale, scale);
      values.push_back(integers ? std::trunc(2.0f * value) : value);
    }
  }
  return values;
}

// They decline a projection, and whoever forces one is told so.
bool keeps_weights_on_chip(const std::string& variant) {
  return variant == "block" || variant == "cluster" || variant == "cooperative";
}


void check_declined(const Call& call, const Side& side, const std::string& variant) {
  for (int what = 1; what <= (call.o.keep ? 2 : 1); ++what) {
    CHECK(call.run(side, what) == REFRAIN_UNAVAILABLE);
    const std::string message = refrain_last_error();
    CHECK(message.find("the variant " + variant + " does not run this layer") != std::string::npos);
    CHECK(message.find("it does not project the state") != std::string::npos);
  }
}

struct Results {
  std::vector<std::vector<float>> values;  // of the engine under test
};

Results check_cell(refrain_context* cpu, refrain_context* other, const Options& o, uint64_t seed,
                   int first_group, double tolerance) {
  Sides sides(cpu, other, o.groups, 0);
  const Offsets offsets(o);
  const int64_t rows = int64_t{o.steps} * o.batch;
  const int64_t x_size = rows * (o.inputs + o.padding);
  const int64_t y_size = rows * (o.outputs + o.padding);
  const int64_t h_size = int64_t{o.batch} * (o.outputs + o.padding);
  const int64_t c_size = int64_t{o.batch} * (o.hidden + o.padding);
  uint64_t draws = seed * 100;
  const auto floats = [&](int64_t count, float scale) {
    return sides.floats(drawn(++draws, o.groups, first_group, count, scale, o.integers));
  };
  const auto output = [&](int64_t count) { return sides.output(count * o.groups); };
  Arrays a;
  a.parameters = floats(offsets.size, o.weights);
  a.gradients = floats(offsets.size, 0.5f);
  std::vector<float> x = drawn(++draws, o.groups, first_group, x_size, 1.0f, o.integers);
  if (o.nan) x[0] = NAN;
  a.x = sides.floats(x);
  if (o.initial) a.hx = floats(h_size, 1.0f);
  if (o.initial && o.lstm()) a.cx = floats(c_size, 1.0f);
  a.y = output(y_size);
  if (o.final) a.hy = output(h_size);
  if (o.final && o.lstm()) a.cy = output(c_size);
  if (o.lengths) {
    std::vector<int32_t> lengths;
    for (const float value : drawn(++draws, o.groups, first_group, o.batch, 1.0f, false)) {
      lengths.push_back(static_cast<int32_t>((value + 1.2f) * 0.6f * static_cast<float>(o.steps)) - 1);
    }
    a.lengths = sides.integers(lengths);
  }
  if (o.dy) a.dy = floats(y_size, 1.0f);
  if (o.dfinal) a.dhy = floats(h_size, 1.0f);
  if (o.dfinal && o.lstm()) a.dcy = floats(c_size, 1.0f);
  if (o.dx) a.dx = floats(x_size, 1.0f);
  if (o.dinitial) a.dhx = output(h_size);
  if (o.dinitial && o.lstm()) a.dcx = output(c_size);
  const Call call = {o, offsets, a};
  // Each engine has its own.
  int64_t reserve_size = 0;
  sides.run([&](const Side& side) {
    int64_t size = 0;
    const int status = call.run(side, 0, &size);
    reserve_size = size > reserve_size ? size : reserve_size;
    return status;
  });
  if (o.keep) a.reserve = sides.opaque(reserve_size);
  if (o.projection && keeps_weights_on_chip(tested_variant)) {
    ++declined_layers;
    check_declined(call, sides.tested(), tested_variant);
    return {};
  }
  sides.run([&](const Side& side) { return call.run(side, 1); });
  if (o.keep) sides.run([&](const Side& side) { return call.run(side, 2); });
  sides.compare(name_of(o), tolerance);
  count_compared(o);
  Results results;
  for (const Array array : {a.y, a.hy, a.cy, a.gradients, a.dx, a.dhx, a.dcx}) {
    if (array.index >= 0) results.values.push_back(sides.read(array, 1));
  }
  return results;
}

// A group's bits are those of the same call with that group alone.
void check_groups(refrain_context* cpu, refrain_context* other, Options o, uint64_t seed,
                  double tolerance) {
  o.nan = false;
  o.shared_parameters = false;
  const Results all = check_cell(cpu, other, o, seed, 0, tolerance);
  Options one = o;
  one.groups = 1;
  for (int g = 0; g < o.groups; ++g) {
    const Results alone = check_cell(cpu, other, one, seed, g, tolerance);
    CHECK(alone.values.size() == all.values.size());
    for (size_t i = 0; i < alone.values.size(); ++i) {
      const size_t count = alone.values[i].size();
      CHECK(all.values[i].size() == count * static_cast<size_t>(o.groups));
      CHECK(std::memcmp(all.values[i].data() + count * static_cast<size_t>(g),
                        alone.values[i].data(), count * sizeof(float)) == 0);
    }
  }
}

}  // namespace

void check_cells(refrain_context* cpu, refrain_context* other, const CellTrial& trial) {
  tested_variant = refrain_context_variant(other);
  Random random(7);
  const bool by_cudnn = tested_variant == "cudnn";
  for (const Cell cell : {Cell::kRnn, Cell::kLstm, Cell::kGru}) {
    if (trial.integers && cell != Cell::kRnn) continue;
    for (uint64_t i = 0; i < static_cast<uint64_t>(trial.layers); ++i) {
      Options o = choose(cell, random, trial);
      if (by_cudnn) restrict_to_cudnn(o);
      if (i % 10 == 9) {
        check_groups(cpu, other, o, i, trial.tolerance);
      } else {
        check_cell(cpu, other, o, i, 0, trial.tolerance);
      }
    }
  }
}

// Sizes by which the kernels that keep R on chip take other ways: weights that leave the registers for
// shared memory, more threads, several rows of a block, more rows and groups than blocks.
void check_cell_sizes(refrain_context* cpu, refrain_context* other) {
  const CellTrial trial;
  struct Sizes {
    Cell cell;
    int form, groups, steps, batch, hidden;
  };
  static const Sizes all[] = {
      {Cell::kRnn, 0, 1, 3, 2, 100},  {Cell::kRnn, 0, 1, 2, 1, 220},  {Cell::kRnn, 0, 90, 2, 5, 3},
      {Cell::kLstm, 0, 1, 3, 2, 100}, {Cell::kLstm, 0, 1, 2, 1, 115}, {Cell::kLstm, 0, 1, 2, 70, 50},
      {Cell::kLstm, 0, 60, 2, 7, 5},  {Cell::kGru, 0, 1, 3, 2, 100},  {Cell::kGru, 0, 1, 2, 1, 130},
      {Cell::kGru, 0, 60, 2, 7, 5},   {Cell::kGru, 1, 1, 3, 2, 100},  {Cell::kGru, 1, 1, 2, 1, 130},
      {Cell::kGru, 1, 60, 2, 7, 5},   {Cell::kGru, 1, 1, 2, 45, 67},
      // Four rows at once, the last of them fewer.
      {Cell::kRnn, 0, 1, 2, 90, 150}, {Cell::kLstm, 0, 1, 2, 41, 100}, {Cell::kGru, 0, 1, 2, 43, 100},
      {Cell::kGru, 1, 1, 2, 42, 101}};
  Random random(11);
  uint64_t seed = 1000;
  for (const Sizes& sizes : all) {
    Options o = choose(sizes.cell, random, trial);
    // Sums of many terms stay as large as those of few.
    o.weights = 3.0f / static_cast<float>(std::max(5, sizes.hidden));
    o.form = sizes.form;
    o.groups = sizes.groups;
    o.steps = sizes.steps;
    o.batch = sizes.batch;
    o.hidden = sizes.hidden;
    o.outputs = sizes.hidden;
    o.projection = false;
    if (tested_variant == "cudnn") restrict_to_cudnn(o);
    o.nan = false;
    o.keep = true;
    o.shared_parameters = false;
    check_cell(cpu, other, o, ++seed, 0, trial.tolerance);
  }
}

void check_cells_compared() {
  const bool by_cudnn = tested_variant == "cudnn";
  int layers = 0;
  for (const char* cell : {"rnn", "lstm", "gru before", "gru after"}) {
    if (by_cudnn && std::string(cell) == "gru before") continue;
    layers += compared[cell];
    std::vector<std::string> wanted = {"", " lengths", " reverse", " groups", " backward"};
    // cuDNN has tanh, and ReLU for the vanilla cell.
    const int activations = !by_cudnn ? 6 : (std::string(cell) == "rnn" ? 2 : 1);
    for (int i = 0; i < activations; ++i) wanted.push_back(" activation " + std::to_string(i));
    if (std::string(cell) == "lstm" && !by_cudnn) {
      wanted.insert(wanted.end(), {" peepholes", " clip"});
    }
    if (std::string(cell) == "lstm" && !keeps_weights_on_chip(tested_variant)) {
      wanted.push_back(" projection");
    }
    for (const std::string& what : wanted) {
      if (compared[cell + what] > 0) continue;
      std::fprintf(stderr, "%s: no layer compared that is %s%s\n", tested_variant.c_str(), cell,
                   what.c_str());
      CHECK(compared[cell + what] > 0);
    }
  }
  std::printf("%s: %d recurrent layers compared, %d declined\n", tested_variant.c_str(), layers,
              declined_layers);
}

}  // namespace refrain::test
