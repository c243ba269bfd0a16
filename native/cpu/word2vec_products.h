// The products of one center: scores S = A Bᵀ of its contexts' rows A and its targets' rows B, and the
// changes A += E B, B += Eᵀ A. Both matrices have a handful of rows that lie wherever the words' rows
// lie; a slice of all of them stays in registers. Rows are whole vectors.
#pragma once

#include "cpu/simd.h"
#include "cpu/sum_lanes.h"

namespace refrain::REFRAIN_TARGET {

// Targets whose slices, sums and errors fit the registers together.
#if defined(__AVX512F__)
inline constexpr int kTileTargets = 6;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int kTileTargets = 4;
#else
inline constexpr int kTileTargets = 2;
#endif

struct CenterRows {
  float* const* contexts;
  float* const* targets;
  int context_count;
  int target_count;
  int row_stride;
};

template <int kContexts, int kTargets>
REFRAIN_INLINE Vec score_tile(const CenterRows& rows, int m, int n) {
  const float* a[kContexts];
  const float* b[kTargets];
  for (int i = 0; i < kContexts; ++i) a[i] = rows.contexts[m + i];
  for (int j = 0; j < kTargets; ++j) b[j] = rows.targets[n + j];
  Vec sums[kLanes];
  for (int i = 0; i < kLanes; ++i) sums[i] = zero();
  for (int d = 0; d < rows.row_stride; d += kLanes) {
    Vec left[kContexts];
    for (int i = 0; i < kContexts; ++i) left[i] = load(a[i] + d);
    for (int j = 0; j < kTargets; ++j) {
      const Vec right = load(b[j] + d);
      for (int i = 0; i < kContexts; ++i) {
        sums[i * kTargets + j] = fma(left[i], right, sums[i * kTargets + j]);
      }
    }
  }
  return sum_lanes(sums);
}

// scores [context_count, target_count], with room for kLanes floats behind the last.
template <int kTargets>
void score_targets(const CenterRows& rows, int n, float* scores) {
  static_assert(2 * kTargets <= kLanes);
  const int all = rows.target_count;
  int m = 0;
  for (; m + 2 <= rows.context_count; m += 2) {
    float tile[kLanes];
    const Vec sums = score_tile<2, kTargets>(rows, m, n);
    if (all == kTargets) {
      store(scores + m * all, sums);
    } else {
      store(tile, sums);
      for (int j = 0; j < kTargets; ++j) {
        scores[m * all + n + j] = tile[j];
        scores[(m + 1) * all + n + j] = tile[kTargets + j];
      }
    }
  }
  if (m < rows.context_count) {
    float tile[kLanes];
    store(tile, score_tile<1, kTargets>(rows, m, n));
    for (int j = 0; j < kTargets; ++j) scores[m * all + n + j] = tile[j];
  }
}

// One slice of the rows: `left` takes the contexts' new values from one group of targets to the next.
template <int kTargets, bool kFirst, bool kLast>
REFRAIN_INLINE void change_slice(const CenterRows& rows, int n, int d, const float* errors,
                                 float* left) {
  Vec old_b[kTargets];
  Vec new_b[kTargets];
  for (int j = 0; j < kTargets; ++j) {
    old_b[j] = load(rows.targets[n + j] + d);
    new_b[j] = old_b[j];
  }
  for (int m = 0; m < rows.context_count; ++m) {
    const float* e = errors + m * rows.target_count + n;
    const Vec old_a = load(rows.contexts[m] + d);
    Vec new_a = kFirst ? old_a : load(left + m * kLanes);
    for (int j = 0; j < kTargets; ++j) {
      const Vec error = broadcast(e[j]);
      new_a = fma(error, old_b[j], new_a);
      new_b[j] = fma(error, old_a, new_b[j]);
    }
    store(kLast ? rows.contexts[m] + d : left + m * kLanes, new_a);
  }
  for (int j = 0; j < kTargets; ++j) store(rows.targets[n + j] + d, new_b[j]);
}

template <int kTargets>
void change_few(const CenterRows& rows, const float* errors) {
  for (int d = 0; d < rows.row_stride; d += kLanes) {
    change_slice<kTargets, true, true>(rows, 0, d, errors, nullptr);
  }
}

template <int kRest>
void change_many(const CenterRows& rows, const float* errors, float* left) {
  const int last = rows.target_count - kRest;
  for (int d = 0; d < rows.row_stride; d += kLanes) {
    change_slice<kTileTargets, true, false>(rows, 0, d, errors, left);
    for (int n = kTileTargets; n < last; n += kTileTargets) {
      change_slice<kTileTargets, false, false>(rows, n, d, errors, left);
    }
    change_slice<kRest, false, true>(rows, last, d, errors, left);
  }
}

// Calls body(integral constant) with 1 .. kTileTargets.
template <class Body>
REFRAIN_INLINE void with_targets(int count, Body&& body) {
  switch (count) {
    case 1:
      return body.template operator()<1>();
    case 2:
      return body.template operator()<2>();
#if defined(__AVX2__)
    case 3:
      return body.template operator()<3>();
    case 4:
      return body.template operator()<4>();
#endif
#if defined(__AVX512F__)
    case 5:
      return body.template operator()<5>();
    case 6:
      return body.template operator()<6>();
#endif
    default:
      return;
  }
}

struct ScoreTargets {
  const CenterRows& rows;
  int n;
  float* scores;
  template <int kTargets>
  void operator()() const {
    score_targets<kTargets>(rows, n, scores);
  }
};

struct ChangeFew {
  const CenterRows& rows;
  const float* errors;
  template <int kTargets>
  void operator()() const {
    change_few<kTargets>(rows, errors);
  }
};

struct ChangeMany {
  const CenterRows& rows;
  const float* errors;
  float* left;
  template <int kRest>
  void operator()() const {
    change_many<kRest>(rows, errors, left);
  }
};

inline void score(const CenterRows& rows, float* scores) {
  for (int n = 0; n < rows.target_count; n += kTileTargets) {
    const int count = rows.target_count - n < kTileTargets ? rows.target_count - n : kTileTargets;
    with_targets(count, ScoreTargets{rows, n, scores});
  }
}

// All changes follow from the rows' values before. `left` is scratch, [context_count, kLanes].
inline void change(const CenterRows& rows, const float* errors, float* left) {
  if (rows.target_count <= kTileTargets) {
    with_targets(rows.target_count, ChangeFew{rows, errors});
  } else {
    const int rest = (rows.target_count - 1) % kTileTargets + 1;
    with_targets(rest, ChangeMany{rows, errors, left});
  }
}

}  // namespace refrain::REFRAIN_TARGET
