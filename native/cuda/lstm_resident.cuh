// What a unit of an LSTM without projection does in resident_kernel.cuh.
#pragma once

#include "cuda/lstm.cuh"
#include "cuda/resident_unit.cuh"

namespace refrain::cuda {

// Four neighbouring lanes serve a unit, each with a gate.
struct LstmForwardUnit {
  static constexpr Cell kCell = Cell::kLstm;
  static constexpr Direction kDirection = Direction::kForward;
  static constexpr bool ends_with_product = true;

  struct Loaded {
    float a;  // of the lane's gate
    int32_t length;
  };
  using State = UnitState<2>;  // c, h

  Steps steps;
  int64_t hidden;
  LstmRule rule;
  refrain_view hx;
  refrain_view cx;
  refrain_view a;  // W x + bias, and afterwards the gates
  refrain_view c;
  refrain_view h;
  refrain_view y;
  refrain_view hy;
  refrain_view cy;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    return {row_at(steps, a, steps.time(order), at)[at.out * hidden + at.unit],
            steps.lengths.length(at.group, at.n)};
  }

  __device__ void begin(const Seat& at, const Sender& sender) const {
    if (!at.exists) return;
    const float before = element_or_zero(hx, at.group, at.n, at.unit);
    if (at.copy == 0) {
      at.states[0] = element_or_zero(cx, at.group, at.n, at.unit);
      at.states[at.state_stride] = before;
    }
    sender.send(at, at.unit, before);
  }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    const int t = steps.time(order);
    const bool active = t < loaded.length;
    const bool peeps = rule.peepholes.data != nullptr && at.exists;
    const float before = state.value[0];
    float pre = loaded.a + sum;
    if (peeps && at.out <= lstm::kForget) {
      pre = fmaf(rule.peephole(at.group, at.out, at.unit), before, pre);
    }
    float gate = at.out == lstm::kCandidate ? activate(rule.activation, pre) : sigmoid(pre);
    const float i = __shfl_sync(kAllLanes, gate, lstm::kInput, lstm::kGates);
    const float f = __shfl_sync(kAllLanes, gate, lstm::kForget, lstm::kGates);
    const float g = __shfl_sync(kAllLanes, gate, lstm::kCandidate, lstm::kGates);
    const float cell = active ? rule.clipped(unbounded_cell(i, f, g, before)) : before;
    if (peeps && at.out == lstm::kOutput) {
      gate = sigmoid(fmaf(rule.peephole(at.group, 2, at.unit), cell, pre));
    }
    const float o = __shfl_sync(kAllLanes, gate, lstm::kOutput, lstm::kGates);
    const float output = active ? o * activate(rule.activation, cell) : state.value[1];
    sender.send(at, at.unit, output);
    if (!at.exists || at.copy >= lstm::kGates) return;
    if (active) {
      row_at(steps, a, t, at)[at.out * hidden + at.unit] = gate;
    }
    write(at, order, active, cell, output);
  }

  // The four lanes share what is to be written.
  __device__ void write(const Seat& at, int order, bool active, float cell,
                        float output) const {
    const int t = steps.time(order);
    const bool last = order + 1 == steps.count;
    if (at.copy == 0) {
      at.states[0] = cell;
      row_at(steps, c, t, at)[at.unit] = cell;
      if (last) write_element(cy, at.group, at.n, at.unit, cell);
    } else if (at.copy == 1) {
      at.states[at.state_stride] = output;
      row_at(steps, h, t, at)[at.unit] = output;
      if (last) write_element(hy, at.group, at.n, at.unit, output);
    } else if (at.copy == 2) {
      row_at(steps, y, t, at)[at.unit] = active ? output : 0.0f;
    }
  }
};

struct LstmBackwardUnit {
  static constexpr Cell kCell = Cell::kLstm;
  static constexpr Direction kDirection = Direction::kBackward;

  struct Loaded {
    float gates[lstm::kGates];
    float c;
    float before;
    float dy;
    int32_t length;
  };
  using State = UnitState<2>;  // dc, and the part of dh that passes R by

  Steps steps;
  int64_t hidden;
  LstmRule rule;
  bool ends_with_product;  // dhx is wanted
  refrain_view gates;
  refrain_view cx;
  refrain_view c;
  refrain_view dy;
  refrain_view dhy;
  refrain_view dcy;
  refrain_view dhx;
  refrain_view dcx;
  refrain_view da;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    Loaded loaded = {};
    if (order == 0) return loaded;
    const int t = steps.time(order - 1);
    const float* gate = row_at(steps, gates, t, at) + at.unit;
    REFRAIN_UNROLL
    for (int k = 0; k < lstm::kGates; ++k) loaded.gates[k] = gate[k * hidden];
    loaded.c = row_at(steps, c, t, at)[at.unit];
    loaded.before = element_or_zero(steps.before(order - 1, cx, c), at.group, at.n, at.unit);
    loaded.dy = element_at(steps, dy, t, at);
    loaded.length = steps.lengths.length(at.group, at.n);
    return loaded;
  }

  __device__ void begin(const Seat& at, const Sender&) const {
    if (!at.exists || at.copy != 0) return;
    at.states[0] = element_or_zero(dcy, at.group, at.n, at.unit);
    at.states[at.state_stride] = element_or_zero(dhy, at.group, at.n, at.unit);
  }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    if (!at.exists) return;
    const float dh = state.value[1] + sum;
    if (order == 0) {
      if (at.copy != 0) return;
      write_element(dhx, at.group, at.n, at.unit, dh);
      write_element(dcx, at.group, at.n, at.unit, state.value[0]);
      return;
    }
    const int t = steps.time(order - 1);
    const bool active = t < loaded.length;
    LstmElementGradient e = {{}, state.value[0]};
    if (active) {
      e = lstm_backward_element(rule, loaded.gates, loaded.c, loaded.before, dh + loaded.dy,
                                state.value[0], at.group, at.unit);
    }
    float* gradient = row_at(steps, da, t, at) + at.unit;
    REFRAIN_UNROLL
    for (int k = 0; k < lstm::kGates; ++k) {
      sender.send(at, k * hidden + at.unit, e.da[k]);
      // The lanes that hold the same share what is to be written.
      if (at.copy == (k & (at.copies - 1))) gradient[k * hidden] = e.da[k];
    }
    if (at.copy != 0) return;
    at.states[0] = e.dc;
    at.states[at.state_stride] = active ? 0.0f : dh;
  }
};

}  // namespace refrain::cuda
