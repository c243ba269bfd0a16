#include "cpu/catch_up.h"
#include "cpu/operations.h"
#include "cpu/partition.h"
#include "cpu/phases.h"
#include "cpu/rows.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// A row takes about a microsecond: enough of them that handing them out costs little beside.
constexpr int64_t kRowsOfPiece = 8;
// Of whole tables.
constexpr int64_t kTableRowsOfPiece = 64;
// A square root and a division take as long as some thirty multiply-adds.
constexpr double kWorkOfElement = 32;

// The row of a table that element k of the touched ones is, or -1.
int64_t touched_row(const refrain_rows_adam_args& args, int64_t group, int64_t k) {
  if (k >= args.count[group] || k >= args.most_touched) return -1;
  const int64_t row = args.touched[group * args.most_touched + k];
  return row < args.rows ? row : -1;
}

// Where a row's numbers lie.
struct RowOfTable {
  float* p;
  float* m;
  float* v;
};

RowOfTable row_of_table(const refrain_rows_adam_args& args, int64_t group, int64_t row) {
  return {rows_of(args.values, group).row(row), rows_of(args.m, group).row(row),
          rows_of(args.v, group).row(row)};
}

// Steps s+1 .. s+k of a row without gradients, its new values to p, m and v.
class Waiting {
 public:
  explicit Waiting(const refrain_rows_adam_args& args)
      : args_(args), table_(args), epsilon_(static_cast<float>(args.epsilon)) {}

  void step(const RowOfTable& from, const RowOfTable& to, int64_t s, int64_t k,
            double base_rate) const {
    const CatchUp c = table_.catch_up(s, k, base_rate);
    if (table_.one_by_one()) {
      one_by_one(from, to, s, k, base_rate, c);
    } else {
      at_once(from, to, c);
    }
  }

  // The values alone.
  void peek(const RowOfTable& from, float* p, int64_t s, int64_t k, double base_rate) const {
    step(from, {p, nullptr, nullptr}, s, k, base_rate);
  }

 private:
  void at_once(const RowOfTable& from, const RowOfTable& to, const CatchUp& c) const {
    const Vec displacement = broadcast(static_cast<float>(c.displacement));
    const Vec mean = broadcast(static_cast<float>(c.mean));
    const Vec second = broadcast(static_cast<float>(c.second));
    const Vec third = broadcast(static_cast<float>(c.third));
    const Vec decay_m = broadcast(static_cast<float>(c.decay_m));
    const Vec decay_v = broadcast(static_cast<float>(c.decay_v));
    const Vec epsilon = broadcast(epsilon_);
    const Vec one = broadcast(1.0f);
    for_vectors(args_.columns, [&](int64_t i, int lanes) {
      const Vec m = load_lanes(from.m + i, lanes);
      const Vec v = load_lanes(from.v + i, lanes);
      const Vec root = sqrt(v);
      const Vec inverse = one / fma(mean, root, epsilon);
      const Vec y = root * inverse;
      const Vec series = fma(y * y, fnma(third, y, second), one);
      const Vec p = fnma(m * displacement * inverse, series, load_lanes(from.p + i, lanes));
      store_lanes(to.p + i, p, lanes);
      if (to.m != nullptr) {
        store_lanes(to.m + i, m * decay_m, lanes);
        store_lanes(to.v + i, v * decay_v, lanes);
      }
    });
  }

  void one_by_one(const RowOfTable& from, const RowOfTable& to, int64_t s, int64_t k,
                  double base_rate, const CatchUp& c) const {
    const double root2 = std::sqrt(args_.advance.beta2);
    for (int64_t i = 0; i < args_.columns; ++i) to.p[i] = from.p[i];
    double weight = base_rate;
    double a = 1;
    for (int64_t j = 1; j <= k && j <= table_.terms(); ++j) {
      weight *= args_.advance.beta1;
      a *= root2;
      const Vec rate = broadcast(static_cast<float>(weight * table_.rate(s + j)));
      const Vec shrunk = broadcast(static_cast<float>(a));
      for_vectors(args_.columns, [&](int64_t i, int lanes) {
        const Vec m = load_lanes(from.m + i, lanes);
        const Vec root = sqrt(load_lanes(from.v + i, lanes));
        const Vec moved = rate * m / fma(shrunk, root, broadcast(epsilon_));
        store_lanes(to.p + i, load_lanes(to.p + i, lanes) - moved, lanes);
      });
    }
    if (to.m == nullptr) return;
    for (int64_t i = 0; i < args_.columns; ++i) {
      to.m[i] = from.m[i] * static_cast<float>(c.decay_m);
      to.v[i] = from.v[i] * static_cast<float>(c.decay_v);
    }
  }

  const refrain_rows_adam_args& args_;
  const AdamTable table_;
  const float epsilon_;
};

class CatchUpTouched {
 public:
  static constexpr int kPhases = 1;

  explicit CatchUpTouched(const refrain_rows_adam_args& args) : args_(args), waiting_(args) {}

  int64_t pieces(int) const { return divide_up(args_.most_touched, kRowsOfPiece); }
  double work(int) const { return kWorkOfElement * args_.most_touched * args_.columns; }

  void run(int, const Place& place) const {
    const refrain_group_state& state = args_.advance.state.group[place.group];
    if (state.status != REFRAIN_RUNNING) return;
    int32_t* last = args_.last + place.group * args_.rows;
    for (int64_t k = 0; k < kRowsOfPiece; ++k) {
      const int64_t row = touched_row(args_, place.group, place.piece * kRowsOfPiece + k);
      if (row < 0) continue;
      const int64_t steps = state.step - 1 - last[row];
      if (steps <= 0) continue;
      const RowOfTable numbers = row_of_table(args_, place.group, row);
      waiting_.step(numbers, numbers, last[row], steps, state.base_learning_rate);
      last[row] = static_cast<int32_t>(state.step - 1);
    }
  }

 private:
  const refrain_rows_adam_args& args_;
  const Waiting waiting_;
};

// A step's update of rows, by its scalars.
class Update {
 public:
  Update(const refrain_rows_adam_args& args, const refrain_group_state& state)
      : columns_(args.columns),
        rest1_(broadcast(static_cast<float>(1.0 - args.advance.beta1))),
        rest2_(broadcast(static_cast<float>(1.0 - args.advance.beta2))),
        epsilon_(broadcast(static_cast<float>(args.epsilon))),
        rate_(broadcast(static_cast<float>(state.learning_rate *
                                           std::sqrt(1.0 - state.beta2_power) /
                                           (1.0 - state.beta1_power)))) {}

  // No gradient: zeros.
  void step(const RowOfTable& row, const float* gradient) const {
    for_vectors(columns_, [&](int64_t i, int lanes) {
      const Vec g = gradient == nullptr ? zero() : load_lanes(gradient + i, lanes);
      Vec m = load_lanes(row.m + i, lanes);
      Vec v = load_lanes(row.v + i, lanes);
      m = fma(rest1_, g, fnma(rest1_, m, m));
      v = fma(rest2_, g * g, fnma(rest2_, v, v));
      store_lanes(row.m + i, m, lanes);
      store_lanes(row.v + i, v, lanes);
      store_lanes(row.p + i, load_lanes(row.p + i, lanes) - rate_ * m / (sqrt(v) + epsilon_),
                  lanes);
    });
  }

 private:
  const int64_t columns_;
  const Vec rest1_;
  const Vec rest2_;
  const Vec epsilon_;
  const Vec rate_;
};

class UpdateTouched {
 public:
  static constexpr int kPhases = 1;

  explicit UpdateTouched(const refrain_rows_adam_args& args) : args_(args) {}

  int64_t pieces(int) const { return divide_up(args_.most_touched, kRowsOfPiece); }
  double work(int) const { return kWorkOfElement * args_.most_touched * args_.columns; }

  void run(int, const Place& place) const {
    const refrain_group_state& state = args_.advance.state.group[place.group];
    if (state.status != REFRAIN_RUNNING) return;
    const Update update(args_, state);
    const Rows gradient = rows_of(args_.gradient, place.group);
    for (int64_t i = 0; i < kRowsOfPiece; ++i) {
      const int64_t k = place.piece * kRowsOfPiece + i;
      const int64_t row = touched_row(args_, place.group, k);
      if (row < 0) continue;
      update.step(row_of_table(args_, place.group, row), gradient.row(k));
      if (args_.mode == REFRAIN_ROWS_DEFERRED) {
        args_.last[place.group * args_.rows + row] = static_cast<int32_t>(state.step);
      }
    }
  }

 private:
  const refrain_rows_adam_args& args_;
};

// Every row of the table, with the gradient of those that have one.
class UpdateAll {
 public:
  static constexpr int kPhases = 2;  // which gradient is whose; the update

  // `gradient_of` [G,V]
  UpdateAll(const refrain_rows_adam_args& args, int32_t* gradient_of)
      : args_(args), gradient_of_(gradient_of) {}

  int64_t pieces(int phase) const {
    return phase == 0 ? 1 : divide_up(args_.rows, kTableRowsOfPiece);
  }
  double work(int phase) const {
    return phase == 0 ? args_.rows : kWorkOfElement * args_.rows * args_.columns;
  }

  void run(int phase, const Place& place) const {
    int32_t* gradient_of = gradient_of_ + place.slot * args_.rows;
    if (phase == 0) {
      for (int64_t row = 0; row < args_.rows; ++row) gradient_of[row] = -1;
      for (int64_t k = 0; k < args_.most_touched; ++k) {
        const int64_t row = touched_row(args_, place.group, k);
        if (row >= 0) gradient_of[row] = static_cast<int32_t>(k);
      }
      return;
    }
    const refrain_group_state& state = args_.advance.state.group[place.group];
    if (state.status != REFRAIN_RUNNING) return;
    const Update update(args_, state);
    const Rows gradient = rows_of(args_.gradient, place.group);
    const int64_t first = place.piece * kTableRowsOfPiece;
    const int64_t last = smaller(first + kTableRowsOfPiece, args_.rows);
    for (int64_t row = first; row < last; ++row) {
      const int32_t k = gradient_of[row];
      update.step(row_of_table(args_, place.group, row), k < 0 ? nullptr : gradient.row(k));
    }
  }

 private:
  const refrain_rows_adam_args& args_;
  int32_t* const gradient_of_;
};

class Snapshot {
 public:
  static constexpr int kPhases = 1;

  Snapshot(const refrain_rows_adam_args& args, const Waiting* waiting)
      : args_(args), waiting_(waiting) {}

  int64_t pieces(int) const { return divide_up(args_.rows, kTableRowsOfPiece); }
  double work(int) const { return kWorkOfElement * args_.rows * args_.columns; }

  void run(int, const Place& place) const {
    const refrain_group_state& state = args_.advance.state.group[place.group];
    const Rows snapshot = rows_of(args_.snapshot, place.group);
    const int64_t first = place.piece * kTableRowsOfPiece;
    const int64_t end = smaller(first + kTableRowsOfPiece, args_.rows);
    for (int64_t row = first; row < end; ++row) {
      const RowOfTable numbers = row_of_table(args_, place.group, row);
      const int64_t last =
          waiting_ == nullptr ? state.step : args_.last[place.group * args_.rows + row];
      // A group that this step's loss has stopped was not updated in it.
      const int64_t now = state.status == REFRAIN_NOT_FINITE ? state.step - 1 : state.step;
      if (last < now) {
        waiting_->peek(numbers, snapshot.row(row), last, now - last, state.base_learning_rate);
      } else {
        copy_row(snapshot.row(row), numbers.p, args_.columns);
      }
    }
  }

 private:
  const refrain_rows_adam_args& args_;
  const Waiting* const waiting_;
};

}  // namespace

int rows_adam_catch_up(Engine& engine, const refrain_rows_adam_args& args) {
  if (args.mode != REFRAIN_ROWS_DEFERRED) return REFRAIN_OK;
  CatchUpTouched catch_up(args);
  run_phases(engine, args.groups, catch_up);
  return REFRAIN_OK;
}

int rows_adam(Engine& engine, const refrain_rows_adam_args& args) {
  if (args.mode != REFRAIN_ROWS_DENSE) {
    UpdateTouched update(args);
    run_phases(engine, args.groups, update);
    return REFRAIN_OK;
  }
  const int64_t slots = group_slots(engine.threads().count(), args.groups);
  float* scratch = engine.scratch(slots * args.rows);
  if (scratch == nullptr) return REFRAIN_OUT_OF_MEMORY;
  UpdateAll update(args, reinterpret_cast<int32_t*>(scratch));
  run_phases(engine, args.groups, update);
  return REFRAIN_OK;
}

int rows_adam_snapshot(Engine& engine, const refrain_rows_adam_args& args) {
  if (args.mode != REFRAIN_ROWS_DEFERRED) {
    Snapshot snapshot(args, nullptr);
    run_phases(engine, args.groups, snapshot);
    return REFRAIN_OK;
  }
  const Waiting waiting(args);
  Snapshot snapshot(args, &waiting);
  run_phases(engine, args.groups, snapshot);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
