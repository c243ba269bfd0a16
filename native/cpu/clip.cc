#include <cmath>

#include "cpu/elementwise.h"
#include "cpu/operations.h"
#include "cpu/phases.h"

namespace refrain::REFRAIN_TARGET {
namespace {

// In double, with several chains that are added up in a fixed order.
double sum_of_squares(const float* values, int64_t count) {
  constexpr int kChains = 16;
  double sums[kChains] = {};
  int64_t i = 0;
  for (; i + kChains <= count; i += kChains) {
    for (int j = 0; j < kChains; ++j) {
      const double value = values[i + j];
      sums[j] += value * value;
    }
  }
  double total = 0.0;
  for (; i < count; ++i) total += static_cast<double>(values[i]) * values[i];
  for (int j = 0; j < kChains; ++j) total += sums[j];
  return total;
}

void scale(float* values, int64_t count, float factor) {
  for_vectors(count, [&](int64_t i, int lanes) {
    store_lanes(values + i, load_lanes(values + i, lanes) * broadcast(factor), lanes);
  });
}

// Phases: squares by stretches; the factor; scaling by stretches.
class NormClip {
 public:
  static constexpr int kPhases = 3;

  NormClip(const refrain_clip_args& args, double* sums)
      : args_(args), stretches_(stretches(args.parameters)), sums_(sums) {}

  int64_t pieces(int phase) const { return phase == 1 ? 1 : stretches_; }
  double work(int phase) const {
    return phase == 1 ? 0.0 : static_cast<double>(args_.parameters);
  }

  void run(int phase, const Place& place) const {
    refrain_group_state& state = args_.state.group[place.group];
    if (state.status != REFRAIN_RUNNING) return;
    if (phase == 1) return choose_factor(place.group, state);
    const int64_t begin = place.piece * kStretch;
    const int64_t count = smaller(kStretch, args_.parameters - begin);
    float* gradients = args_.gradients + place.group * args_.parameters + begin;
    if (phase == 0) {
      sums_[place.group * stretches_ + place.piece] = sum_of_squares(gradients, count);
    } else if (state.clip_factor != 1.0) {
      scale(gradients, count, static_cast<float>(state.clip_factor));
    }
  }

 private:
  void choose_factor(int64_t group, refrain_group_state& state) const {
    double total = 0.0;
    for (int64_t i = 0; i < stretches_; ++i) total += sums_[group * stretches_ + i];
    state.gradient_norm = std::sqrt(total);
    state.clip_factor = 1.0;
    if (!std::isfinite(state.gradient_norm)) {
      state.status = REFRAIN_NOT_FINITE;
    } else if (state.gradient_norm > args_.bound) {
      state.clip_factor = args_.bound / state.gradient_norm;
    }
  }

  const refrain_clip_args& args_;
  const int64_t stretches_;
  double* const sums_;
};

}  // namespace

int clip_value(Engine& engine, const refrain_clip_args& args) {
  const Vec bound = broadcast(static_cast<float>(args.bound));
  for_stretches(engine, args.groups, args.parameters,
                [&](int64_t group, int64_t begin, int64_t end) {
                  float* gradients = args.gradients + group * args.parameters;
                  for_vectors(end - begin, [&](int64_t i, int lanes) {
                    float* at = gradients + begin + i;
                    const Vec g = load_lanes(at, lanes);
                    store_lanes(at, max(zero() - bound, min(bound, g)), lanes);
                  });
                });
  return REFRAIN_OK;
}

int clip_norm(Engine& engine, const refrain_clip_args& args) {
  const int64_t sums = args.groups * stretches(args.parameters);
  float* scratch = engine.scratch(2 * sums);
  if (scratch == nullptr) return REFRAIN_OUT_OF_MEMORY;
  NormClip clip(args, reinterpret_cast<double*>(scratch));
  run_phases(engine, args.groups, clip);
  return REFRAIN_OK;
}

}  // namespace refrain::REFRAIN_TARGET
