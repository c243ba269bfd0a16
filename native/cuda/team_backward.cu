// What a team computes in the steps of a layer, backward. The buffer of a step's parity receives
// the gradients of its pre-activations, by gates; the step before it multiplies them with R, which
// completes the gradient of the state that dh carries.
#include "cuda/gru.cuh"
#include "cuda/team_launch.cuh"

namespace refrain::cuda {
namespace {

__device__ int parity(int64_t order) { return static_cast<int>(order % 2); }

struct GruResetBeforeBackward {
  static constexpr int kGates = gru::kGates;
  GruTeamBackward arrays;
};
struct GruResetAfterBackward {
  static constexpr int kGates = gru::kGates;
  GruTeamBackward arrays;
};

__device__ const RnnTeamBackward& arrays_of(const RnnTeamBackward& layer) { return layer; }
__device__ const LstmTeamBackward& arrays_of(const LstmTeamBackward& layer) { return layer; }
__device__ const GruTeamBackward& arrays_of(const GruResetBeforeBackward& layer) {
  return layer.arrays;
}
__device__ const GruTeamBackward& arrays_of(const GruResetAfterBackward& layer) {
  return layer.arrays;
}

// The sections whose product with R completes dh: reset-before has multiplied the candidate's by
// then.
__device__ int sections_of(const RnnTeamBackward&) { return 1; }
__device__ int sections_of(const LstmTeamBackward&) { return lstm::kGates; }
__device__ int sections_of(const GruResetAfterBackward&) { return gru::kGates; }
__device__ int sections_of(const GruResetBeforeBackward&) { return gru::kCandidate; }

// body(n, j, sum) with what the step after this one, if there is one, adds to dh.
template <class Numbers, int kTiles, class Layer, class Body>
__device__ void with_gradient(Team<Numbers, kTiles>& team, const Layer& layer, int64_t order,
                              const Body& body) {
  if (order + 1 == arrays_of(layer).steps.count) {
    team.without_product(body);
  } else {
    team.template multiply<kTiles>({parity(order + 1), 0, 0, sections_of(layer)}, body);
  }
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const RnnTeamBackward& layer, int64_t order) {
  const int64_t t = layer.steps.time(order);
  const refrain_view h = layer.steps.at(layer.h, t);
  const refrain_view dy = layer.steps.at(layer.dy, t);
  const refrain_view da = layer.steps.at(layer.da, t);
  with_gradient(team, layer, order, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float& dh = row_of(layer.dh, group, n)[j];
    const float d = dh + sum(0);
    const bool active = layer.steps.lengths.active(group, n, t);
    const float gradient = active ? (d + element_or_zero(dy, group, n, j)) *
                                        slope(layer.activation, row_of(h, group, n)[j])
                                  : 0.0f;
    dh = active ? 0.0f : d;
    row_of(da, group, n)[j] = gradient;
    team.pass_on(parity(order), 0, n, j, gradient);
  });
  team.meet_team();
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const LstmTeamBackward& layer, int64_t order) {
  const int64_t t = layer.steps.time(order);
  const refrain_view gates = layer.steps.at(layer.gates, t);
  const refrain_view c = layer.steps.at(layer.c, t);
  const refrain_view before = layer.steps.before(order, layer.cx, layer.c);
  const refrain_view dy = layer.steps.at(layer.dy, t);
  const refrain_view da = layer.steps.at(layer.da, t);
  with_gradient(team, layer, order, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float& dh = row_of(layer.dh, group, n)[j];
    const float d = dh + sum(0);
    LstmElementGradient e = {};
    dh = d;
    if (layer.steps.lengths.active(group, n, t)) {
      float gate[lstm::kGates];
      for (int k = 0; k < lstm::kGates; ++k) {
        gate[k] = row_of(gates, group, n)[k * layer.hidden + j];
      }
      float& dc = row_of(layer.dc, group, n)[j];
      e = lstm_backward_element(layer.rule, gate, row_of(c, group, n)[j],
                                element_or_zero(before, group, n, j),
                                d + element_or_zero(dy, group, n, j), dc, group, j);
      dc = e.dc;
      dh = 0.0f;
    }
    for (int k = 0; k < lstm::kGates; ++k) {
      row_of(da, group, n)[k * layer.hidden + j] = e.da[k];
      team.pass_on(parity(order), k, n, j, e.da[k]);
    }
  });
  team.meet_team();
}

__device__ GruGates gates_of(const refrain_view& gates, int64_t group, int64_t n, int64_t j,
                             int64_t hidden) {
  const float* const gate = row_of(gates, group, n) + j;
  return {gate[gru::kReset * hidden], gate[gru::kUpdate * hidden],
          gate[gru::kCandidate * hidden]};
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const GruResetAfterBackward& gru,
                     int64_t order) {
  const GruTeamBackward& layer = gru.arrays;
  const int64_t t = layer.steps.time(order);
  const refrain_view gates = layer.steps.at(layer.gates, t);
  const refrain_view recurrent = layer.steps.at(layer.recurrent, t);
  const refrain_view before = layer.steps.before(order, layer.hx, layer.h);
  const refrain_view dy = layer.steps.at(layer.dy, t);
  const refrain_view da = layer.steps.at(layer.da, t);
  with_gradient(team, gru, order, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float& dh = row_of(layer.dh, group, n)[j];
    const float d = dh + sum(0);
    // r, z, what reaches R_n, what reaches W_n.
    float gradients[gru::kGates + 1] = {};
    dh = d;
    if (layer.steps.lengths.active(group, n, t)) {
      const GruGates g = gates_of(gates, group, n, j, layer.hidden);
      const GruElementGradient e =
          gru_backward_element(layer.activation, g, element_or_zero(before, group, n, j),
                               d + element_or_zero(dy, group, n, j));
      gradients[gru::kReset] = gru_reset_gradient(g.r, row_of(recurrent, group, n)[j], e.da_n);
      gradients[gru::kUpdate] = e.da_z;
      gradients[gru::kCandidate] = e.da_n * g.r;
      gradients[gru::kGates] = e.da_n;
      dh = e.dh;
    }
    for (int k = 0; k <= gru::kGates; ++k) {
      row_of(da, group, n)[k * layer.hidden + j] = gradients[k];
      if (k < gru::kGates) team.pass_on(parity(order), k, n, j, gradients[k]);
    }
  });
  team.meet_team();
}

template <class Numbers, int kTiles>
__device__ void step(Team<Numbers, kTiles>& team, const GruResetBeforeBackward& gru,
                     int64_t order) {
  const GruTeamBackward& layer = gru.arrays;
  const int64_t t = layer.steps.time(order);
  const refrain_view gates = layer.steps.at(layer.gates, t);
  const refrain_view before = layer.steps.before(order, layer.hx, layer.h);
  const refrain_view dy = layer.steps.at(layer.dy, t);
  const refrain_view da = layer.steps.at(layer.da, t);
  const refrain_view reset = layer.steps.at(layer.reset, t);
  with_gradient(team, gru, order, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float& dh = row_of(layer.dh, group, n)[j];
    const float d = dh + sum(0);
    GruElementGradient e = {0.0f, 0.0f, d};
    float r_h = 0.0f;
    if (layer.steps.lengths.active(group, n, t)) {
      const GruGates g = gates_of(gates, group, n, j, layer.hidden);
      const float h_before = element_or_zero(before, group, n, j);
      e = gru_backward_element(layer.activation, g, h_before,
                               d + element_or_zero(dy, group, n, j));
      r_h = g.r * h_before;
    }
    dh = e.dh;
    float* const gradients = row_of(da, group, n) + j;
    gradients[gru::kUpdate * layer.hidden] = e.da_z;
    gradients[gru::kCandidate * layer.hidden] = e.da_n;
    row_of(reset, group, n)[j] = r_h;
    team.pass_on(parity(order), gru::kUpdate, n, j, e.da_z);
    team.pass_on(parity(order), gru::kCandidate, n, j, e.da_n);
  });
  team.meet_team();
  // What the gradient of r h gives to r and h.
  const TeamProduct part = {parity(order), 0, gru::kCandidate, 1};
  team.template multiply<kTiles>(part, [&](int64_t n, int64_t j, const TeamSum& sum) {
    const int64_t group = team.group();
    float gradient = 0.0f;
    if (layer.steps.lengths.active(group, n, t)) {
      const float r = row_of(gates, group, n)[gru::kReset * layer.hidden + j];
      const float d = sum(0);
      float& dh = row_of(layer.dh, group, n)[j];
      dh = fmaf(d, r, dh);
      gradient = gru_reset_gradient(r, element_or_zero(before, group, n, j), d);
    }
    row_of(da, group, n)[gru::kReset * layer.hidden + j] = gradient;
    team.pass_on(parity(order), gru::kReset, n, j, gradient);
  });
  team.meet_team();
}

template <class Layer>
struct Backward {
  static constexpr int kGates = Layer::kGates;
  Layer layer;

  template <class Numbers, int kTiles>
  __device__ void run(Team<Numbers, kTiles>& team, const refrain_view& r) const {
    const auto& arrays = arrays_of(layer);
    team.load_backward(r);
    for (int64_t order = arrays.steps.count - 1; order >= 0; --order) step(team, layer, order);
    if (!arrays.wants_dhx) return;
    with_gradient(team, layer, -1, [&](int64_t n, int64_t j, const TeamSum& sum) {
      float& dh = row_of(arrays.dh, team.group(), n)[j];
      dh += sum(0);
    });
  }
};

template <class Layer>
void launch(const char* name, const TeamCall& call, const Layer& layer) {
  launch_in_precision(name, call, absent(), Direction::kBackward, Backward<Layer>{layer});
}

}  // namespace

void run_team(const char* name, const TeamCall& call, const RnnTeamBackward& layer) {
  launch(name, call, layer);
}

void run_team(const char* name, const TeamCall& call, const LstmTeamBackward& layer) {
  launch(name, call, layer);
}

void run_team(const char* name, const TeamCall& call, const GruTeamBackward& layer) {
  if (call.recurrence.cell == Cell::kGruResetAfter) {
    launch(name, call, GruResetAfterBackward{layer});
  } else {
    launch(name, call, GruResetBeforeBackward{layer});
  }
}

}  // namespace refrain::cuda
