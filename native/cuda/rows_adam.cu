#include "cuda/catch_up.cuh"
#include "cuda/elementwise.cuh"
#include "cuda/neighbours.h"
#include "cuda/operations.h"

namespace refrain::cuda {
namespace {

// Not measured yet: a block a row of a few hundred numbers.
constexpr int kThreads = 128;

struct Table {
  refrain_rows_adam_args args;
  AdamTable moments;

  __device__ const refrain_group_state& state(int64_t group) const {
    return args.advance.state.group[group];
  }
  __device__ bool deferred() const { return args.mode == REFRAIN_ROWS_DEFERRED; }
  __device__ int32_t& last(int64_t group, int64_t row) const {
    return args.last[group * args.rows + row];
  }
  // The row that element k of the touched ones is, or -1.
  __device__ int64_t touched_row(int64_t group, int64_t k) const {
    if (k >= args.count[group]) return -1;
    const int64_t row = args.touched[group * args.most_touched + k];
    return row < args.rows ? row : -1;
  }
};

// The value of element d of a row that has waited from step s for k steps.
__device__ float waited(const Table& t, int64_t group, int64_t row, int64_t d, int64_t s, int64_t k,
                        const CatchUp& c) {
  const float m = row_of(t.args.m, group, row)[d];
  const float root = sqrtf(row_of(t.args.v, group, row)[d]);
  float p = row_of(t.args.values, group, row)[d];
  const float epsilon = static_cast<float>(t.args.epsilon);
  if (!t.moments.one_by_one()) {
    const float inverse = 1.0f / fmaf(c.mean, root, epsilon);
    const float y = root * inverse;
    const float series = fmaf(y * y, fmaf(-c.third, y, c.second), 1.0f);
    return fmaf(-(m * c.displacement * inverse), series, p);
  }
  const double root2 = sqrt(t.args.advance.beta2);
  const int64_t steps = smaller(k, t.moments.terms());
  double weight = t.state(group).base_learning_rate;
  double a = 1;
  for (int64_t j = 1; j <= steps; ++j) {
    weight *= t.args.advance.beta1;
    a *= root2;
    const float rate = static_cast<float>(weight * t.moments.rate(s + j));
    p -= rate * m / fmaf(static_cast<float>(a), root, epsilon);
  }
  return p;
}

__global__ void __launch_bounds__(kThreads) catch_up_kernel(
    const __grid_constant__ Pair<Table> tables) {
  const Table& t = tables.of[blockIdx.z];
  __shared__ CatchUp c;
  for (int64_t group = blockIdx.y; group < t.args.groups; group += gridDim.y) {
    const refrain_group_state& state = t.state(group);
    if (state.status != REFRAIN_RUNNING) continue;
    for (int64_t i = blockIdx.x; i < t.args.most_touched; i += gridDim.x) {
      const int64_t row = t.touched_row(group, i);
      if (row < 0) continue;
      const int64_t s = t.last(group, row);
      const int64_t k = state.step - 1 - s;
      if (k <= 0) continue;
      if (threadIdx.x == 0) c = t.moments.catch_up(s, k, state.base_learning_rate);
      __syncthreads();
      for (int64_t d = threadIdx.x; d < t.args.columns; d += kThreads) {
        row_of(t.args.values, group, row)[d] = waited(t, group, row, d, s, k, c);
        row_of(t.args.m, group, row)[d] *= c.decay_m;
        row_of(t.args.v, group, row)[d] *= c.decay_v;
      }
      __syncthreads();
      if (threadIdx.x == 0) t.last(group, row) = static_cast<int32_t>(state.step - 1);
    }
  }
}

__device__ void update_row(const Table& t, int64_t group, int64_t row, const float* gradient,
                           float rate) {
  const float rest1 = static_cast<float>(1.0 - t.args.advance.beta1);
  const float rest2 = static_cast<float>(1.0 - t.args.advance.beta2);
  const float epsilon = static_cast<float>(t.args.epsilon);
  float* p = row_of(t.args.values, group, row);
  float* m_of_row = row_of(t.args.m, group, row);
  float* v_of_row = row_of(t.args.v, group, row);
  for (int64_t d = threadIdx.x; d < t.args.columns; d += kThreads) {
    const float g = gradient == nullptr ? 0.0f : gradient[d];
    const float m = fmaf(g - m_of_row[d], rest1, m_of_row[d]);
    const float v = fmaf(g * g - v_of_row[d], rest2, v_of_row[d]);
    m_of_row[d] = m;
    v_of_row[d] = v;
    p[d] -= rate * m / (sqrtf(v) + epsilon);
  }
}

__device__ float rate_of_step(const refrain_group_state& state) {
  return static_cast<float>(state.learning_rate * sqrt(1.0 - state.beta2_power) /
                            (1.0 - state.beta1_power));
}

__global__ void __launch_bounds__(kThreads) update_touched_kernel(
    const __grid_constant__ Pair<Table> tables) {
  const Table& t = tables.of[blockIdx.z];
  for (int64_t group = blockIdx.y; group < t.args.groups; group += gridDim.y) {
    const refrain_group_state& state = t.state(group);
    if (state.status != REFRAIN_RUNNING) continue;
    const float rate = rate_of_step(state);
    for (int64_t k = blockIdx.x; k < t.args.most_touched; k += gridDim.x) {
      const int64_t row = t.touched_row(group, k);
      if (row < 0) continue;
      update_row(t, group, row, row_of(t.args.gradient, group, k), rate);
      if (t.deferred() && threadIdx.x == 0) {
        t.last(group, row) = static_cast<int32_t>(state.step);
      }
    }
  }
}

// Which gradient is a row's; -1 for none.
struct NoGradient {
  int32_t* gradient_of;  // [G,V]
  int64_t rows;
  __device__ void operator()(int64_t group, int64_t row) const {
    gradient_of[group * rows + row] = -1;
  }
};

struct GradientOfRow {
  Table t;
  int32_t* gradient_of;
  __device__ void operator()(int64_t group, int64_t k) const {
    const int64_t row = t.touched_row(group, k);
    if (row >= 0) gradient_of[group * t.args.rows + row] = static_cast<int32_t>(k);
  }
};

__global__ void __launch_bounds__(kThreads) update_all_kernel(Table t, const int32_t* gradient_of) {
  for (int64_t group = blockIdx.y; group < t.args.groups; group += gridDim.y) {
    const refrain_group_state& state = t.state(group);
    if (state.status != REFRAIN_RUNNING) continue;
    const float rate = rate_of_step(state);
    for (int64_t row = blockIdx.x; row < t.args.rows; row += gridDim.x) {
      const int32_t k = gradient_of[group * t.args.rows + row];
      update_row(t, group, row, k < 0 ? nullptr : row_of(t.args.gradient, group, k), rate);
    }
  }
}

__global__ void __launch_bounds__(kThreads) snapshot_kernel(Table t) {
  __shared__ CatchUp c;
  for (int64_t group = blockIdx.y; group < t.args.groups; group += gridDim.y) {
    const refrain_group_state& state = t.state(group);
    // A group that this step's loss has stopped was not updated in it.
    const int64_t now = state.status == REFRAIN_NOT_FINITE ? state.step - 1 : state.step;
    for (int64_t row = blockIdx.x; row < t.args.rows; row += gridDim.x) {
      const int64_t s = t.deferred() ? t.last(group, row) : now;
      const int64_t k = now - s;
      if (k > 0 && threadIdx.x == 0) c = t.moments.catch_up(s, k, state.base_learning_rate);
      __syncthreads();
      for (int64_t d = threadIdx.x; d < t.args.columns; d += kThreads) {
        row_of(t.args.snapshot, group, row)[d] =
            k > 0 ? waited(t, group, row, d, s, k, c) : row_of(t.args.values, group, row)[d];
      }
      __syncthreads();
    }
  }
}

Table table(const refrain_rows_adam_args& args) {
  return {args, {args.advance, reinterpret_cast<const double*>(args.table)}};
}

dim3 grid_of(const refrain_rows_adam_args& args, int64_t rows) {
  return dim3(static_cast<unsigned>(smaller(rows, kMostBlocks)),
              static_cast<unsigned>(smaller(args.groups, kMostBlocksOfGroups)));
}

// The touched rows of one table, or of two where the second is not null.
void launch_touched(Engine& engine, const char* name, void (*kernel)(Pair<Table>),
                    const refrain_rows_adam_args& first, const refrain_rows_adam_args* second) {
  dim3 grid = grid_of(first, first.most_touched);
  Pair<Table> tables = {{table(first), {}}};
  if (second != nullptr) {
    const dim3 other = grid_of(*second, second->most_touched);
    grid = dim3(grid.x > other.x ? grid.x : other.x, grid.y > other.y ? grid.y : other.y, 2);
    tables.of[1] = table(*second);
  }
  engine.launch(name, kernel, grid, dim3(kThreads), 0, tables);
}

Range whole(const refrain_rows_adam_args& args, const refrain_view& view) {
  return range_of(view, args.groups, args.rows, args.columns);
}

// Whether `other` does not need what `args` writes.
bool leaves_alone(const refrain_rows_adam_args& args, const refrain_rows_adam_args& other) {
  const auto last_of = [](const refrain_rows_adam_args& a) {
    return range_of(a.last, int64_t{a.groups} * a.rows);
  };
  return are_apart({whole(args, args.values), whole(args, args.m), whole(args, args.v),
                    last_of(args)},
                   {whole(other, other.values), whole(other, other.m), whole(other, other.v),
                    last_of(other), range_of(other.gradient, other.groups, other.most_touched,
                                             other.columns),
                    range_of(other.touched, int64_t{other.groups} * other.most_touched),
                    range_of(other.count, other.groups)});
}

bool are_neighbours(const refrain_rows_adam_args& first, const refrain_rows_adam_args& second) {
  return first.mode != REFRAIN_ROWS_DENSE && second.mode != REFRAIN_ROWS_DENSE &&
         leaves_alone(first, second) && leaves_alone(second, first);
}

}  // namespace

void rows_adam_catch_up(Engine& engine, const refrain_rows_adam_args& args) {
  if (args.mode != REFRAIN_ROWS_DEFERRED) return;
  launch_touched(engine, "rows_adam_catch_up", catch_up_kernel, args, nullptr);
}

bool rows_adam_catch_up_both(Engine& engine, const refrain_rows_adam_args& first,
                             const refrain_rows_adam_args& second) {
  const bool wait = first.mode == REFRAIN_ROWS_DEFERRED && second.mode == REFRAIN_ROWS_DEFERRED;
  if (!wait || !are_neighbours(first, second)) return false;
  launch_touched(engine, "rows_adam_catch_up", catch_up_kernel, first, &second);
  return true;
}

void rows_adam(Engine& engine, const refrain_rows_adam_args& args) {
  if (args.mode != REFRAIN_ROWS_DENSE) {
    launch_touched(engine, "rows_adam", update_touched_kernel, args, nullptr);
    return;
  }
  auto* gradient_of =
      reinterpret_cast<int32_t*>(engine.scratch(int64_t{args.groups} * args.rows));
  for_each(engine, "rows_adam's rows", args.groups, args.rows, NoGradient{gradient_of, args.rows});
  for_each(engine, "rows_adam's gradients", args.groups, args.most_touched,
           GradientOfRow{table(args), gradient_of});
  engine.launch("rows_adam", update_all_kernel, grid_of(args, args.rows), dim3(kThreads), 0,
                table(args), static_cast<const int32_t*>(gradient_of));
}

bool rows_adam_both(Engine& engine, const refrain_rows_adam_args& first,
                    const refrain_rows_adam_args& second) {
  if (!are_neighbours(first, second)) return false;
  launch_touched(engine, "rows_adam", update_touched_kernel, first, &second);
  return true;
}

void rows_adam_snapshot(Engine& engine, const refrain_rows_adam_args& args) {
  engine.launch("rows_adam_snapshot", snapshot_kernel, grid_of(args, args.rows), dim3(kThreads), 0,
                table(args));
}

}  // namespace refrain::cuda
