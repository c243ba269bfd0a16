// What a unit of a vanilla layer does in resident_kernel.cuh.
#pragma once

#include "cuda/activation.cuh"
#include "cuda/resident_unit.cuh"

namespace refrain::cuda {

struct RnnForwardUnit {
  static constexpr Cell kCell = Cell::kRnn;
  static constexpr Direction kDirection = Direction::kForward;
  static constexpr bool ends_with_product = true;

  struct Loaded {
    float a;
    int32_t length;
  };
  using State = UnitState<1>;  // h

  Steps steps;
  int32_t activation;
  refrain_view hx;
  refrain_view a;  // W x + bias
  refrain_view h;
  refrain_view y;
  refrain_view hy;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    return {row_at(steps, a, steps.time(order), at)[at.unit],
            steps.lengths.length(at.group, at.n)};
  }

  __device__ void begin(const Seat& at, const Sender& sender) const {
    if (!at.exists) return;
    const float before = element_or_zero(hx, at.group, at.n, at.unit);
    if (at.copy == 0) at.states[0] = before;
    sender.send(at, at.unit, before);
  }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    const int t = steps.time(order);
    const bool active = t < loaded.length;
    const float value = active ? activate(activation, loaded.a + sum) : state.value[0];
    sender.send(at, at.unit, value);
    if (!at.exists || at.copy != 0) return;
    at.states[0] = value;
    row_at(steps, h, t, at)[at.unit] = value;
    row_at(steps, y, t, at)[at.unit] = active ? value : 0.0f;
    if (order + 1 == steps.count) write_element(hy, at.group, at.n, at.unit, value);
  }
};

struct RnnBackwardUnit {
  static constexpr Cell kCell = Cell::kRnn;
  static constexpr Direction kDirection = Direction::kBackward;

  struct Loaded {
    float h;
    float dy;
    int32_t length;
  };
  using State = UnitState<1>;  // the part of dh that passes R by

  Steps steps;
  int32_t activation;
  bool ends_with_product;  // dhx is wanted
  refrain_view h;
  refrain_view dy;
  refrain_view dhy;
  refrain_view dhx;
  refrain_view da;

  template <int kPhase>
  __device__ Loaded load(const Seat& at, int order) const {
    if (order == 0) return {};
    const int t = steps.time(order - 1);
    return {row_at(steps, h, t, at)[at.unit],
            element_at(steps, dy, t, at),
            steps.lengths.length(at.group, at.n)};
  }

  __device__ void begin(const Seat& at, const Sender&) const {
    if (at.exists && at.copy == 0) {
      at.states[0] = element_or_zero(dhy, at.group, at.n, at.unit);
    }
  }

  template <int kPhase>
  __device__ void apply(const Seat& at, int order, float sum, const Loaded& loaded,
                        const State& state, const Sender& sender) const {
    const float dh = state.value[0] + sum;
    if (order == 0) {
      if (at.exists && at.copy == 0) write_element(dhx, at.group, at.n, at.unit, dh);
      return;
    }
    const int t = steps.time(order - 1);
    const bool active = t < loaded.length;
    const float gradient = active ? (dh + loaded.dy) * slope(activation, loaded.h) : 0.0f;
    sender.send(at, at.unit, gradient);
    if (!at.exists || at.copy != 0) return;
    at.states[0] = active ? 0.0f : dh;
    row_at(steps, da, t, at)[at.unit] = gradient;
  }
};

}  // namespace refrain::cuda
