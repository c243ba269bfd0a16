// What a unit of a GRU does in resident_kernel.cuh, in both forms.
#pragma once

#include "cuda/gru.cuh"
#include "cuda/resident.cuh"

namespace refrain::cuda {

// What the forward of both forms begins and ends with. Lanes of a unit hold the same after their
// exchange and share what is to be written.
struct GruForwardEnds {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  refrain_view hx;
  refrain_view a;  // W x + bias, and afterwards the gates
  refrain_view h;
  refrain_view y;
  refrain_view hy;

  __device__ void begin(const Seat& at, const Sender& sender) const {
    if (!at.exists) return;
    const float before = element_or_zero(hx, at.group, at.n, at.unit);
    if (at.copy == 0) at.states[0] = before;
    sender.send(at, at.unit, before);
  }

  __device__ float* gates(const Seat& at, int t) const {
    return row_at(steps, a, t, at) + at.unit;
  }

  __device__ void write(const Seat& at, int order, bool active, float state) const {
    const int t = steps.time(order);
    if (at.copy == 0) {
      at.states[0] = state;
      row_at(steps, y, t, at)[at.unit] = active ? state : 0.0f;
    } else if (at.copy == 3) {
      row_at(steps, h, t, at)[at.unit] = state;
      if (order + 1 == steps.count) write_element(hy, at.group, at.n, at.unit, state);
    }
  }
};

// Of the four lanes of a unit the first three have a gate each.
struct GruAfterForwardUnit {
  static constexpr Cell kCell = Cell::kGruResetAfter;
  static constexpr Direction kDirection = Direction::kForward;
  static constexpr bool ends_with_product = true;

  struct Loaded {
    float a;  // of the lane's gate
    int32_t length;
  };
  using State = UnitState<1>;  // h

  GruForwardEnds ends;
  refrain_view b_rn;       // may be absent
  refrain_view recurrent;  // R_n h + b_Rn

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    const float* gates = ends.gates(at, ends.steps.time(order));
    return {at.out < gru::kGates ? gates[at.out * ends.hidden] : 0.0f,
            ends.steps.lengths.length(at.group, at.n)};
  }

  __device__ void begin(const Seat& at, const Sender& sender) const { ends.begin(at, sender); }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    const int t = ends.steps.time(order);
    const bool active = t < loaded.length;
    const float product =
        at.exists && at.out == gru::kCandidate ? sum + element_or_zero(b_rn, at.group, 0, at.unit)
                                             : sum;
    float gate = sigmoid(loaded.a + product);
    const float r = __shfl_sync(kAllLanes, gate, gru::kReset, 4);
    const float z = __shfl_sync(kAllLanes, gate, gru::kUpdate, 4);
    if (at.out == gru::kCandidate) {
      gate = activate(ends.activation, fmaf(r, product, loaded.a));
    }
    const float candidate = __shfl_sync(kAllLanes, gate, gru::kCandidate, 4);
    const float next = active ? gru_state(z, state.value[0], candidate) : state.value[0];
    sender.send(at, at.unit, next);
    if (!at.exists) return;
    if (active && at.copy < gru::kGates) {
      ends.gates(at, t)[at.out * ends.hidden] = gate;
      if (at.copy == gru::kCandidate) {
        row_at(ends.steps, recurrent, t, at)[at.unit] = product;
      }
    }
    ends.write(at, order, active, next);
  }
};

struct GruBeforeForwardUnit {
  static constexpr Cell kCell = Cell::kGruResetBefore;
  static constexpr Direction kDirection = Direction::kForward;
  static constexpr bool ends_with_product = true;

  struct Loaded {
    float a;  // of the lane's gate: r or z, and then n
    int32_t length;
  };
  using State = UnitState<2>;  // h, z

  GruForwardEnds ends;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    const int gate = kPhase == 0 ? (at.out & 1) : static_cast<int>(gru::kCandidate);
    return {ends.gates(at, ends.steps.time(order))[gate * ends.hidden],
            ends.steps.lengths.length(at.group, at.n)};
  }

  __device__ void begin(const Seat& at, const Sender& sender) const { ends.begin(at, sender); }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    const int t = ends.steps.time(order);
    const bool active = t < loaded.length;
    const float h = state.value[0];
    if constexpr (kPhase == 0) {
      const float gate = sigmoid(loaded.a + sum);
      const float r = __shfl_sync(kAllLanes, gate, gru::kReset, 2);
      sender.send(at, at.unit, r * h);
      if (!at.exists || at.copy > gru::kUpdate) return;
      if (active) ends.gates(at, t)[at.out * ends.hidden] = gate;
      if (at.copy == gru::kUpdate) at.states[at.state_stride] = gate;
    } else {
      const float candidate = activate(ends.activation, loaded.a + sum);
      const float next = active ? gru_state(state.value[1], h, candidate) : h;
      sender.send(at, at.unit, next);
      if (!at.exists) return;
      if (active && at.copy == 1) ends.gates(at, t)[gru::kCandidate * ends.hidden] = candidate;
      ends.write(at, order, active, next);
    }
  }
};

// What the backward of both forms shares.
struct GruBackwardEnds {
  Steps steps;
  int64_t hidden;
  int32_t activation;
  refrain_view hx;
  refrain_view gates;
  refrain_view h;
  refrain_view dy;
  refrain_view dhy;
  refrain_view dhx;
  refrain_view da;

  __device__ void begin(const Seat& at) const {
    if (at.exists && at.copy == 0) {
      at.states[0] = element_or_zero(dhy, at.group, at.n, at.unit);
    }
  }

  __device__ float before(const Seat& at, int order) const {
    return element_or_zero(steps.before(order, hx, h), at.group, at.n, at.unit);
  }

  __device__ float* gradient(const Seat& at, int t) const {
    return row_at(steps, da, t, at) + at.unit;
  }
};

// What a step loads of a row.
struct GruStepLoaded {
  GruGates gates;
  float recurrent;
  float before;
  float dy;
  int32_t length;
};

__device__ inline GruStepLoaded load_gru_step(const GruBackwardEnds& ends,
                                              const refrain_view& recurrent, const Seat& at,
                                              int order) {
  GruStepLoaded loaded = {};
  const int t = ends.steps.time(order);
  const float* gate = row_at(ends.steps, ends.gates, t, at) + at.unit;
  loaded.gates = {gate[gru::kReset * ends.hidden], gate[gru::kUpdate * ends.hidden],
                  gate[gru::kCandidate * ends.hidden]};
  loaded.recurrent = element_at(ends.steps, recurrent, t, at);
  loaded.before = ends.before(at, order);
  loaded.dy = element_at(ends.steps, ends.dy, t, at);
  loaded.length = ends.steps.lengths.length(at.group, at.n);
  return loaded;
}

// Columns of da: r, z, r da_n (what reaches R_n), da_n (what reaches W_n).
struct GruAfterBackwardUnit {
  static constexpr Cell kCell = Cell::kGruResetAfter;
  static constexpr Direction kDirection = Direction::kBackward;

  using Loaded = GruStepLoaded;
  using State = UnitState<1>;  // the part of dh that passes R by

  bool ends_with_product;  // dhx is wanted
  GruBackwardEnds ends;
  refrain_view recurrent;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    return order == 0 ? Loaded{} : load_gru_step(ends, recurrent, at, order - 1);
  }

  __device__ void begin(const Seat& at, const Sender&) const { ends.begin(at); }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    if (!at.exists) return;
    const float dh = state.value[0] + sum;
    if (order == 0) {
      if (at.copy == 0) write_element(ends.dhx, at.group, at.n, at.unit, dh);
      return;
    }
    const int t = ends.steps.time(order - 1);
    float da[gru::kGates + 1] = {};
    float passing = dh;
    if (t < loaded.length) {
      const GruElementGradient e =
          gru_backward_element(ends.activation, loaded.gates, loaded.before, dh + loaded.dy);
      da[gru::kReset] = gru_reset_gradient(loaded.gates.r, loaded.recurrent, e.da_n);
      da[gru::kUpdate] = e.da_z;
      da[gru::kCandidate] = e.da_n * loaded.gates.r;
      da[gru::kGates] = e.da_n;
      passing = e.dh;
    }
    float* gradient = ends.gradient(at, t);
    REFRAIN_UNROLL
    for (int k = 0; k < gru::kGates + 1; ++k) {
      if (k < gru::kGates) sender.send(at, k * ends.hidden + at.unit, da[k]);
      // The lanes that hold the same share what is to be written.
      if (at.copy == (k & (at.copies - 1))) gradient[k * ends.hidden] = da[k];
    }
    if (at.copy == 0) at.states[0] = passing;
  }
};

// The first phase of a step sums the gradient of r h, and sends da of r and z; the second one sums
// dh and sends da_n of the step before.
struct GruBeforeBackwardUnit {
  static constexpr Cell kCell = Cell::kGruResetBefore;
  static constexpr Direction kDirection = Direction::kBackward;

  using Loaded = GruStepLoaded;
  using State = UnitState<2>;  // the part of dh that passes R by, da_z

  bool ends_with_product;  // dhx is wanted
  GruBackwardEnds ends;
  refrain_view reset;  // r h, for the gradient of R_n

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    if constexpr (kPhase == 0) return load_reset(at, order);
    return order == 0 ? Loaded{} : load_gru_step(ends, absent(), at, order - 1);
  }

  __device__ void begin(const Seat& at, const Sender&) const { ends.begin(at); }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    if (!at.exists) return;
    if constexpr (kPhase == 0) {
      apply_reset(at, order, sum, loaded, state, sender);
    } else {
      apply_outer(at, order, sum, loaded, state, sender);
    }
  }

  __device__ Loaded load_reset(const Seat& at, int order) const {
    Loaded loaded = {};
    const int t = ends.steps.time(order);
    loaded.gates.r = row_at(ends.steps, ends.gates, t, at)[at.unit];
    loaded.before = ends.before(at, order);
    loaded.length = ends.steps.lengths.length(at.group, at.n);
    return loaded;
  }

  __device__ void apply_reset(const Seat& at, int order, float sum, const Loaded& loaded,
                              const State& state, const Sender& sender) const {
    const int t = ends.steps.time(order);
    const float r = loaded.gates.r;
    const bool active = t < loaded.length;
    const float da_r = active ? gru_reset_gradient(r, loaded.before, sum) : 0.0f;
    sender.send(at, at.unit, da_r);
    sender.send(at, ends.hidden + at.unit, state.value[1]);
    if (at.copy != 0) return;
    ends.gradient(at, t)[0] = da_r;
    if (active) at.states[0] = fmaf(sum, r, state.value[0]);
  }

  __device__ void apply_outer(const Seat& at, int order, float sum, const Loaded& loaded,
                              const State& state, const Sender& sender) const {
    const float dh = state.value[0] + sum;
    if (order == 0) {
      if (at.copy == 0) write_element(ends.dhx, at.group, at.n, at.unit, dh);
      return;
    }
    const int t = ends.steps.time(order - 1);
    GruElementGradient e = {0.0f, 0.0f, dh};
    float reset_state = 0.0f;
    if (t < loaded.length) {
      e = gru_backward_element(ends.activation, loaded.gates, loaded.before, dh + loaded.dy);
      reset_state = loaded.gates.r * loaded.before;
    }
    sender.send(at, at.unit, e.da_n);
    if (at.copy != 0) return;
    float* gradient = ends.gradient(at, t);
    gradient[gru::kUpdate * ends.hidden] = e.da_z;
    gradient[gru::kCandidate * ends.hidden] = e.da_n;
    row_at(ends.steps, reset, t, at)[at.unit] = reset_state;
    at.states[0] = e.dh;
    at.states[at.state_stride] = e.da_z;
  }
};

// The steps of either form.
template <class Before, class After>
class GruResident {
 public:
  GruResident(CellCall& call, const Recurrence& recurrence, Variant variant)
      : after_form_(recurrence.cell == Cell::kGruResetAfter),
        before_(call, recurrence, after_form_ ? Variant::kPerStep : variant),
        after_(call, recurrence, after_form_ ? variant : Variant::kPerStep) {}

  bool planned() const { return before_.planned() || after_.planned(); }

  void run(const char* name, const Before& before, const After& after) const {
    if (after_form_) {
      after_.run(name, after);
    } else {
      before_.run(name, before);
    }
  }

 private:
  const bool after_form_;
  ResidentSteps<Before> before_;
  ResidentSteps<After> after_;
};

}  // namespace refrain::cuda
