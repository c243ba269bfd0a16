// What a team computes in the steps of a layer, forward. The buffer of a step's parity has the
// states that the step begins with; reset-before has them in the first, and r h in the second.
#include "cuda/gru.cuh"
#include "cuda/team_launch.cuh"

namespace refrain::cuda {
namespace {

__device__ int parity(int64_t order) { return static_cast<int>(order % 2); }

struct GruResetBeforeForward {
  static constexpr int kGates = gru::kGates;
  GruTeamForward arrays;
};
struct GruResetAfterForward {
  static constexpr int kGates = gru::kGates;
  GruTeamForward arrays;
};

// The state after a step, where it is kept, where it is seen and where the team needs it.
template <class Numbers, int kTiles, class Layer>
__device__ void leave_state(Team<Numbers, kTiles>& team, const Layer& layer, int64_t t, int buffer,
                            int64_t n, int64_t j, bool active, float state) {
  const int64_t group = team.group();
  row_of(layer.steps.at(layer.h, t), group, n)[j] = state;
  row_of(layer.steps.at(layer.y, t), group, n)[j] = active ? state : 0.0f;
  team.pass_on(buffer, 0, n, j, state);
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const RnnTeamForward& layer, int64_t order) {
  const int64_t t = layer.steps.time(order);
  const refrain_view a = layer.steps.at(layer.a, t);
  const refrain_view before = layer.steps.before(order, layer.hx, layer.h);
  const TeamProduct part = {parity(order), 0, 0, 1};
  team.template multiply<kTiles>(part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    const bool active = layer.steps.lengths.active(group, n, t);
    const float state = active ? activate(layer.activation, row_of(a, group, n)[j] + sum(0))
                               : element_or_zero(before, group, n, j);
    leave_state(team, layer, t, parity(order + 1), n, j, active, state);
  });
  team.meet_team();
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const LstmTeamForward& layer, int64_t order) {
  const int64_t t = layer.steps.time(order);
  const refrain_view a = layer.steps.at(layer.a, t);
  const refrain_view c = layer.steps.at(layer.c, t);
  const refrain_view h_before = layer.steps.before(order, layer.hx, layer.h);
  const refrain_view c_before = layer.steps.before(order, layer.cx, layer.c);
  const TeamProduct part = {parity(order), 0, 0, 1};
  team.template multiply<kTiles>(part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    const bool active = layer.steps.lengths.active(group, n, t);
    const float before = element_or_zero(c_before, group, n, j);
    float state;
    if (active) {
      float* const gates = row_of(a, group, n) + j;
      float pre[lstm::kGates];
      for (int k = 0; k < lstm::kGates; ++k) {
        pre[k] = gates[k * layer.hidden] + sum(k * team.units());
      }
      const LstmElement e = lstm_forward_element(layer.rule, pre, before, group, j);
      for (int k = 0; k < lstm::kGates; ++k) gates[k * layer.hidden] = e.gates[k];
      row_of(c, group, n)[j] = e.c;
      state = e.output;
    } else {
      row_of(c, group, n)[j] = before;
      state = element_or_zero(h_before, group, n, j);
    }
    leave_state(team, layer, t, parity(order + 1), n, j, active, state);
  });
  team.meet_team();
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const GruResetAfterForward& gru, int64_t order) {
  const GruTeamForward& layer = gru.arrays;
  const int64_t t = layer.steps.time(order);
  const refrain_view a = layer.steps.at(layer.a, t);
  const refrain_view recurrent = layer.steps.at(layer.recurrent, t);
  const refrain_view before = layer.steps.before(order, layer.hx, layer.h);
  const TeamProduct part = {parity(order), 0, 0, 1};
  team.template multiply<kTiles>(part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    const bool active = layer.steps.lengths.active(group, n, t);
    float state = element_or_zero(before, group, n, j);
    if (active) {
      float* const gates = row_of(a, group, n) + j;
      const float pre[gru::kGates] = {
          gates[gru::kReset * layer.hidden] + sum(gru::kReset * team.units()),
          gates[gru::kUpdate * layer.hidden] + sum(gru::kUpdate * team.units()),
          gates[gru::kCandidate * layer.hidden]};
      const float product =
          element_or_zero(layer.b_rn, group, 0, j) + sum(gru::kCandidate * team.units());
      const GruGates e = gru_gates(layer.activation, pre, product);
      gates[gru::kReset * layer.hidden] = e.r;
      gates[gru::kUpdate * layer.hidden] = e.z;
      gates[gru::kCandidate * layer.hidden] = e.n;
      row_of(recurrent, group, n)[j] = product;
      state = gru_state(e.z, state, e.n);
    }
    leave_state(team, layer, t, parity(order + 1), n, j, active, state);
  });
  team.meet_team();
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const GruResetBeforeForward& gru,
                     int64_t order) {
  const GruTeamForward& layer = gru.arrays;
  const int64_t t = layer.steps.time(order);
  const refrain_view a = layer.steps.at(layer.a, t);
  const refrain_view before = layer.steps.before(order, layer.hx, layer.h);
  constexpr int kUnitTiles = kTiles / gru::kGates;
  constexpr int kGateTiles = gru::kCandidate * kUnitTiles;
  const TeamProduct gates_part = {0, 0, 0, 1};
  team.template multiply<kGateTiles>(gates_part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float* const gates = row_of(a, group, n) + j;
    const float r =
        sigmoid(gates[gru::kReset * layer.hidden] + sum(gru::kReset * team.units()));
    gates[gru::kReset * layer.hidden] = r;
    gates[gru::kUpdate * layer.hidden] =
        sigmoid(gates[gru::kUpdate * layer.hidden] + sum(gru::kUpdate * team.units()));
    team.pass_on(1, 0, n, j, r * element_or_zero(before, group, n, j));
  });
  team.meet_team();
  const TeamProduct candidate_part = {1, kGateTiles, 0, 1};
  team.template multiply<kUnitTiles>(candidate_part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    const bool active = layer.steps.lengths.active(group, n, t);
    float state = element_or_zero(before, group, n, j);
    if (active) {
      float* const gates = row_of(a, group, n) + j;
      const float candidate =
          activate(layer.activation, gates[gru::kCandidate * layer.hidden] + sum(0));
      gates[gru::kCandidate * layer.hidden] = candidate;
      state = gru_state(gates[gru::kUpdate * layer.hidden], state, candidate);
    }
    leave_state(team, layer, t, 0, n, j, active, state);
  });
  team.meet_team();
}

__device__ const Steps& steps_of(const RnnTeamForward& layer) { return layer.steps; }
__device__ const Steps& steps_of(const LstmTeamForward& layer) { return layer.steps; }
__device__ const Steps& steps_of(const GruResetAfterForward& layer) { return layer.arrays.steps; }
__device__ const Steps& steps_of(const GruResetBeforeForward& layer) {
  return layer.arrays.steps;
}

template <class Layer>
struct Forward {
  static constexpr int kGates = Layer::kGates;
  Layer layer;

  template <class Numbers, int kTiles>
  __device__ void run(Team<Numbers, kTiles>& team, const refrain_view& r) const {
    team.load_forward(r);
    for (int64_t order = 0; order < steps_of(layer).count; ++order) step(team, layer, order);
  }
};

template <class Layer>
void launch(const char* name, const TeamCall& call, const refrain_view& hx, const Layer& layer) {
  launch_in_precision(name, call, hx, Direction::kForward, Forward<Layer>{layer});
}

}  // namespace

void run_team(const char* name, const TeamCall& call, const RnnTeamForward& layer) {
  launch(name, call, layer.hx, layer);
}

void run_team(const char* name, const TeamCall& call, const LstmTeamForward& layer) {
  launch(name, call, layer.hx, layer);
}

void run_team(const char* name, const TeamCall& call, const GruTeamForward& layer) {
  if (call.recurrence.cell == Cell::kGruResetAfter) {
    launch(name, call, layer.hx, GruResetAfterForward{layer});
  } else {
    launch(name, call, layer.hx, GruResetBeforeForward{layer});
  }
}

}  // namespace refrain::cuda
