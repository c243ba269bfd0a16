// The arithmetic of one center, by one warp: its contexts' rows lie in the window, those of up to
// six targets at a time are in registers, old and new.
#pragma once

#include "cuda/word2vec_window.cuh"

namespace refrain::cuda {

template <bool kExact, class Columns>
class Word2vecCenter {
 public:
  using Window = Word2vecWindow<kExact, Columns>;

  __device__ __forceinline__ Word2vecCenter(const refrain_word2vec_args& args, const Word2vecMemory& memory,
                            const Word2vecLayout& layout, float* small, float* rows)
      : args_(args),
        m_(memory),
        context_slots_(reinterpret_cast<int32_t*>(small + layout.context_slots)),
        errors_(small + layout.errors),
        next_(rows + layout.next),
        mean_(rows + layout.mean) {}

  // The center at place c; its plan is that of all lanes.
  __device__ __forceinline__ void learn(Window& window, const Word2vecPlan& plan, int32_t c,
                                        float rate) {
    const int contexts = plan.contexts();
    load_targets(plan, 0, 0);
    for (int k = lane(); k < contexts; k += kWarp) {
      const int32_t slot = window.slot_of_place(c - args_.window + plan.context_place(k));
      context_slots_[k] = slot;
      window.use(slot, kExact ? plan.context_copy(k) : 0);
    }
    __syncwarp();
    if (!kExact) load_common(window, contexts);
    if (args_.cbow) {
      make_mean(window, plan, contexts);
      learn_rows(window, plan, 1, rate);
      share_change(window, plan, contexts);
    } else {
      learn_rows(window, plan, contexts, rate);
    }
    __syncwarp();
  }

  __device__ __forceinline__ double loss() const { return loss_; }

 private:
  static __device__ __forceinline__ int lane() { return static_cast<int>(threadIdx.x) % kWarp; }

  __device__ __forceinline__ float* target_row(int32_t target) const {
    return kExact ? m_.copies[1].row(target)
                  : args_.outputs + static_cast<int64_t>(target) * args_.row_stride;
  }

  __device__ __forceinline__ int32_t context_word(const Window& window, int k) const { return window.word(context_slots_[k]); }

  // Whatever A is: a context's row, or CBOW's h.
  __device__ __forceinline__ float* left_row(const Window& window, int k) const {
    return args_.cbow ? mean_ : window.row(context_slots_[k]);
  }

  // Columns from d on of the targets from `first` on.
  __device__ __forceinline__ void load_targets(const Word2vecPlan& plan, int first, int d) {
    const int n = first + lane();
    const bool mine = lane() < kTileTargets && n < plan.targets();
    const int32_t own = mine ? plan.target(n) : -1;
    REFRAIN_UNROLL
    for (int i = 0; i < kTileTargets; ++i) {
      ids_[i] = __shfl_sync(0xffffffffu, own, i);
      if (ids_[i] < 0) {
        targets_[i].clear();
      } else if (kExact) {
        targets_[i].load(target_row(ids_[i]) + d, args_.row_stride - d);
      } else {
        targets_[i].load_racing(target_row(ids_[i]) + d, args_.row_stride - d);
      }
    }
  }

  // The present rows of the commonest words, a few at a time.
  __device__ __forceinline__ void load_common(const Window& window, int contexts) const {
    constexpr int kAtOnce = 3;
    for (int base = 0; base < contexts; base += kWarp) {
      const int k = base + lane();
      unsigned mask =
          __ballot_sync(0xffffffffu, k < contexts && Window::is_common(context_word(window, k)));
      while (mask != 0) {
        int32_t slots[kAtOnce];
        REFRAIN_UNROLL
        for (int i = 0; i < kAtOnce; ++i) {
          slots[i] = mask == 0 ? -1 : context_slots_[base + __popc(lanes_before_first(mask))];
          mask &= mask - 1;
        }
        for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
          const int left = args_.row_stride - d;
          Columns rows[kAtOnce];
          REFRAIN_UNROLL
          for (int i = 0; i < kAtOnce; ++i) {
            if (slots[i] < 0) {
              rows[i].clear();
            } else {
              rows[i].load_racing(window.model_row(window.word(slots[i])) + d, left);
            }
          }
          REFRAIN_UNROLL
          for (int i = 0; i < kAtOnce; ++i) {
            if (slots[i] >= 0) rows[i].store(window.row(slots[i]) + d, left);
          }
        }
      }
    }
  }

  // Scores and changes, for the targets that the registers hold and then for the next ones. All
  // changes follow from the rows before: left rows take theirs when the last targets are done.
  __device__ __forceinline__ void learn_rows(const Window& window, const Word2vecPlan& plan, int count, float rate) {
    const int targets = plan.targets();
    const bool in_one_go = args_.row_stride <= Columns::kWidth;
    for (int first = 0; first < targets; first += kTileTargets) {
      if (first > 0 && in_one_go) load_targets(plan, first, 0);
      for (int k = 0; k < count; k += kTileContexts) {
        score(window, plan, first, k, count, rate, in_one_go);
      }
      __syncwarp();
      for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
        if (!in_one_go) load_targets(plan, first, d);
        change(window, first, count, d, first + kTileTargets >= targets);
      }
      __syncwarp();
    }
  }

  // rate u_m v_n (y_n - sigmoid(s_mn)) of a tile of pairs, a lane a pair.
  __device__ __forceinline__ void score(const Window& window, const Word2vecPlan& plan, int first, int k, int count, float rate,
                        bool in_one_go) {
    const int m = k + lane() / kTileTargets;
    const int n = first + lane() % kTileTargets;
    const bool is_pair = lane() < kTileContexts * kTileTargets && m < count;
    const bool counts = is_pair && n < plan.targets();
    const float weight =
        counts ? plan.target_times(n) * (args_.cbow ? 1.0f : plan.context_times(m)) : 0.0f;
    float sums[kWarp];
    REFRAIN_UNROLL
    for (int i = 0; i < kWarp; ++i) sums[i] = 0.0f;
    for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
      if (!in_one_go) load_targets(plan, first, d);
      REFRAIN_UNROLL
      for (int i = 0; i < kTileContexts; ++i) {
        if (k + i >= count) continue;
        Columns left;
        left.load(left_row(window, k + i) + d, args_.row_stride - d);
        REFRAIN_UNROLL
        for (int j = 0; j < kTileTargets; ++j) {
          sums[i * kTileTargets + j] = left.dot(targets_[j], sums[i * kTileTargets + j]);
        }
      }
    }
    const float sum = sum_of_lane(sums);
    const float z = n == 0 ? -sum : sum;
    const float e = expf(-fabsf(z));
    const float smaller = e / (1.0f + e);
    const float sigmoid = z > 0.0f ? 1.0f - smaller : smaller;
    if (is_pair) {
      errors_[m * kErrorStride + lane() % kTileTargets] =
          counts ? rate * weight * (n == 0 ? sigmoid : -sigmoid) : 0.0f;
    }
    if (counts) loss_ += static_cast<double>(weight * (fmaxf(z, 0.0f) + log1pf(e)));
  }

  __device__ __forceinline__ void change(const Window& window, int first, int count, int d, bool is_last) {
    const int left = args_.row_stride - d;
    Columns changed[kTileTargets];
    REFRAIN_UNROLL
    for (int n = 0; n < kTileTargets; ++n) changed[n] = targets_[n];
    for (int m = 0; m < count; ++m) {
      const float4 four = *reinterpret_cast<const float4*>(errors_ + m * kErrorStride);
      const float e[kTileTargets] = {four.x, four.y, four.z, four.w,
                                     errors_[m * kErrorStride + 4], errors_[m * kErrorStride + 5]};
      Columns old;
      old.load(left_row(window, m) + d, left);
      float* next = next_ + int64_t{m} * args_.row_stride + d;
      Columns row = old;
      if (first > 0) row.load(next, left);
      REFRAIN_UNROLL
      for (int n = 0; n < kTileTargets; ++n) {
        row.add_product(e[n], targets_[n]);
        changed[n].add_product(e[n], old);
      }
      if (is_last) {
        finish(window, m, d, old, row);
      } else {
        row.store(next, left);
      }
    }
    REFRAIN_UNROLL
    for (int n = 0; n < kTileTargets; ++n) {
      if (ids_[n] < 0) continue;
      float* to = target_row(ids_[n]) + d;
      if (kExact) {
        changed[n].store(to, left);
      } else {
        changed[n].add_change(to, left, targets_[n]);
      }
    }
  }

  __device__ __forceinline__ void finish(const Window& window, int m, int d, const Columns& old, const Columns& row) const {
    const int left = args_.row_stride - d;
    if (!kExact && !args_.cbow && Window::is_common(context_word(window, m))) {
      row.add_change(window.model_row(context_word(window, m)) + d, left, old);
    } else {
      row.store(left_row(window, m) + d, left);
    }
  }

  __device__ __forceinline__ void make_mean(const Window& window, const Word2vecPlan& plan, int contexts) const {
    const float share = 1.0f / static_cast<float>(plan.uses());
    for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
      const int left = args_.row_stride - d;
      Columns sum;
      sum.clear();
      for (int k = 0; k < contexts; ++k) {
        Columns row;
        row.load(window.row(context_slots_[k]) + d, left);
        sum.add_product(plan.context_times(k), row);
      }
      REFRAIN_UNROLL
      for (int i = 0; i < Columns::kCount; ++i) sum.at[i] *= share;
      sum.store(mean_ + d, left);
      sum.store(mean_ + args_.row_stride + d, left);
    }
  }

  // Each context's part of what h has changed by.
  __device__ __forceinline__ void share_change(const Window& window, const Word2vecPlan& plan, int contexts) const {
    const float share = 1.0f / static_cast<float>(plan.uses());
    for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
      const int left = args_.row_stride - d;
      Columns change;
      change.load(mean_ + d, left);
      Columns before;
      before.load(mean_ + args_.row_stride + d, left);
      REFRAIN_UNROLL
      for (int i = 0; i < Columns::kCount; ++i) change.at[i] -= before.at[i];
      for (int k = 0; k < contexts; ++k) {
        float* to = window.row(context_slots_[k]) + d;
        Columns old;
        old.load(to, left);
        Columns row = old;
        row.add_product(share * plan.context_times(k), change);
        if (Window::is_common(context_word(window, k))) {
          row.add_change(window.model_row(context_word(window, k)) + d, left, old);
        } else {
          row.store(to, left);
        }
      }
    }
  }

  const refrain_word2vec_args& args_;
  const Word2vecMemory& m_;
  int32_t* const context_slots_;
  float* const errors_;
  float* const next_;
  float* const mean_;
  double loss_ = 0.0;
  int32_t ids_[kTileTargets];
  Columns targets_[kTileTargets];
};

}  // namespace refrain::cuda
