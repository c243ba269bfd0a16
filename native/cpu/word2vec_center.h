// Learns one center after the other, on rows that somebody else finds: those of the model, or copies.
#pragma once

#include "cpu/math.h"
#include "cpu/phases.h"
#include "cpu/word2vec_products.h"
#include "cpu/word2vec_text.h"

namespace refrain::REFRAIN_TARGET {

struct Totals {
  double loss = 0;
  int64_t pairs = 0;
  int64_t centers = 0;
};

REFRAIN_INLINE int64_t most_pairs(const refrain_word2vec_args& a) {
  return (a.cbow ? 1 : 2 * a.window) * (1 + int64_t{a.negatives});
}

// Scratch memory of one thread or lane.
struct CenterScratch {
  StretchWords words;
  float** context_rows;  // [2 window]
  float** target_rows;   // [1 + K]
  float* context_times;  // [2 window], how often each comes
  float* target_times;   // [1 + K]
  int32_t* context_ids;
  int32_t* target_ids;
  uint32_t* numbers;
  int32_t* noise;
  float* scores;   // [pairs], errors later
  float* weights;  // [pairs]
  float* left;     // [2 window, kLanes]
  float* mean;     // [row_stride], CBOW's h, and
  float* before;   // [row_stride] what it was before
};

// Points into `base`, which may be null, and returns how many floats that takes.
inline int64_t layout(const refrain_word2vec_args& a, float* base, CenterScratch& s) {
  ScratchLayout layout;
  const auto take = [&](int64_t floats) {
    const int64_t begin = layout.take(floats);
    return base == nullptr ? nullptr : base + begin;
  };
  const int64_t words = most_stretch_words(a);
  const int64_t contexts = 2 * a.window;
  const int64_t targets = 1 + a.negatives;
  constexpr int64_t kWide = sizeof(void*) / sizeof(float);
  s.words.word = reinterpret_cast<int32_t*>(take(words));
  s.words.place = reinterpret_cast<int64_t*>(take(2 * words));
  s.context_rows = reinterpret_cast<float**>(take(kWide * contexts));
  s.target_rows = reinterpret_cast<float**>(take(kWide * targets));
  s.context_times = take(contexts);
  s.target_times = take(targets);
  s.context_ids = reinterpret_cast<int32_t*>(take(contexts));
  s.target_ids = reinterpret_cast<int32_t*>(take(targets));
  s.numbers = reinterpret_cast<uint32_t*>(take(CenterDraws::numbers_size(a)));
  s.noise = reinterpret_cast<int32_t*>(take(CenterDraws::noise_size(a)));
  s.scores = take(most_pairs(a) + 2 * kLanes);
  s.weights = take(most_pairs(a) + 2 * kLanes);
  s.left = take(contexts * kLanes);
  s.mean = take(a.row_stride);
  s.before = take(a.row_stride);
  return layout.size();
}

// softplus(z) = max(z, 0) + log1p(e) and sigmoid(z), from e = exp(-|z|).
struct LogisticPair {
  Vec sigmoid;
  Vec softplus;
};

REFRAIN_INLINE LogisticPair logistic(Vec z) {
  const Vec one = broadcast(1.0f);
  const SplitExponential split = split_exponential(zero() - min(broadcast(87.0f), abs(z)));
  const Vec e = fma(split.power, split.part, split.power);
  const Vec smaller = e / (one + e);
  // log1p(e) = 2 artanh(t), t = e / (2 + e) <= 1/3; the rest of the series is below 2e-9.
  const Vec t = e / (broadcast(2.0f) + e);
  const Vec square = t * t;
  Vec series = broadcast(1.0f / 15);
  series = fma(series, square, broadcast(1.0f / 13));
  series = fma(series, square, broadcast(1.0f / 11));
  series = fma(series, square, broadcast(1.0f / 9));
  series = fma(series, square, broadcast(1.0f / 7));
  series = fma(series, square, broadcast(1.0f / 5));
  series = fma(series, square, broadcast(1.0f / 3));
  series = fma(series, square, one);
  const Vec log1p = (t + t) * series;
  return {select(zero() < z, one - smaller, smaller), max(zero(), z) + log1p};
}

template <class RowSource>
class CenterLearner {
 public:
  CenterLearner(const refrain_word2vec_args& args, const CenterScratch& scratch, RowSource& rows)
      : args_(args), s_(scratch), rows_(rows), draws_(args, s_.numbers, s_.noise) {}

  void learn(int64_t begin, int64_t end, Totals& totals) {
    StretchReader(args_).read(begin, end, s_.words);
    const double rate = args_.rate + args_.rate_slope * static_cast<double>(begin - args_.first);
    rate_ = static_cast<float>(rate < args_.rate_floor ? args_.rate_floor : rate);
    int32_t centers[CenterDraws::kCenters];
    int64_t places[CenterDraws::kCenters];
    int32_t next = s_.words.first_center;
    while (next < s_.words.last_center) {
      int count = 0;
      for (; next < s_.words.last_center && count < CenterDraws::kCenters; ++next) {
        if (s_.words.word[next] == kSentenceEnd) continue;
        centers[count] = next;
        places[count++] = s_.words.place[next];
      }
      draws_.draw(places, count);
      loss_ = zero();
      for (int i = 0; i < count; ++i) {
        if (i + 1 < count) prefetch(centers[i + 1], draws_.noise(i + 1));
        learn_center(centers[i], draws_.half_window(i), draws_.noise(i), totals);
      }
      float lanes[kLanes];
      store(lanes, loss_);
      for (int i = 0; i < kLanes; ++i) totals.loss += lanes[i];
    }
  }

 private:
  void prefetch(int32_t center, const int32_t* noise) const {
    const int32_t* word = s_.words.word;
    const int32_t ahead = center + args_.window;
    if (ahead < s_.words.size && word[ahead] != kSentenceEnd) rows_.prefetch_input(word[ahead]);
    rows_.prefetch_output(word[center]);
    for (int j = 0; j < args_.negatives; ++j) rows_.prefetch_output(noise[j]);
  }

  void learn_center(int32_t center, int32_t half, const int32_t* noise, Totals& totals) {
    const int uses = gather_contexts(center, half);
    if (uses == 0) return;
    gather_targets(s_.words.word[center], noise);
    if (args_.cbow) {
      learn_mean(uses);
    } else {
      learn_rows(s_.context_rows, context_count_);
    }
    totals.pairs += args_.cbow ? 1 : uses;
    ++totals.centers;
  }

  void learn_rows(float* const* contexts, int count) {
    const CenterRows rows = {contexts, s_.target_rows, count, target_count_, args_.row_stride};
    score(rows, s_.scores);
    make_errors(count);
    change(rows, s_.scores, s_.left);
  }

  void learn_mean(int uses) {
    const float share = 1.0f / static_cast<float>(uses);
    for (int d = 0; d < args_.row_stride; d += kLanes) {
      Vec sum = zero();
      for (int m = 0; m < context_count_; ++m) {
        sum = fma(broadcast(s_.context_times[m]), load(s_.context_rows[m] + d), sum);
      }
      sum = sum * broadcast(share);
      store(s_.mean + d, sum);
      store(s_.before + d, sum);
    }
    contexts_repeat_ = false;
    learn_rows(&s_.mean, 1);
    for (int d = 0; d < args_.row_stride; d += kLanes) {
      const Vec moved = load(s_.mean + d) - load(s_.before + d);
      for (int m = 0; m < context_count_; ++m) {
        float* row = s_.context_rows[m] + d;
        store(row, fma(broadcast(share * s_.context_times[m]), moved, load(row)));
      }
    }
  }

  int gather_contexts(int32_t center, int32_t half) {
    context_count_ = 0;
    contexts_repeat_ = false;
    const int32_t* word = s_.words.word;
    int32_t begin = center;
    while (begin > center - half && word[begin - 1] != kSentenceEnd) --begin;
    int32_t end = center + 1;
    while (end <= center + half && word[end] != kSentenceEnd) ++end;
    for (int32_t i = begin; i < end; ++i) {
      if (i != center) add_context(word[i]);
    }
    return end - begin - 1;
  }

  REFRAIN_INLINE void add_context(int32_t id) {
    for (int m = 0; m < context_count_; ++m) {
      if (s_.context_ids[m] == id) {
        s_.context_times[m] += 1;
        contexts_repeat_ = true;
        return;
      }
    }
    s_.context_ids[context_count_] = id;
    s_.context_times[context_count_] = 1;
    s_.context_rows[context_count_++] = rows_.input(id);
  }

  void gather_targets(int32_t center, const int32_t* noise) {
    targets_repeat_ = false;
    s_.target_ids[0] = center;
    s_.target_times[0] = 1;
    s_.target_rows[0] = rows_.output(center);
    target_count_ = 1;
    for (int j = 0; j < args_.negatives; ++j) add_target(noise[j]);
  }

  REFRAIN_INLINE void add_target(int32_t id) {
    if (id == s_.target_ids[0]) return;
    for (int n = 1; n < target_count_; ++n) {
      if (s_.target_ids[n] == id) {
        s_.target_times[n] += 1;
        targets_repeat_ = true;
        return;
      }
    }
    s_.target_ids[target_count_] = id;
    s_.target_times[target_count_] = 1;
    s_.target_rows[target_count_++] = rows_.output(id);
  }

  // Scores become errors: y - sigmoid(s) is -sigmoid(s), or sigmoid(-s) where y = 1.
  void make_errors(int count) {
    const int pairs = count * target_count_;
    float* labels = s_.weights;
    const Vec one = broadcast(1.0f);
    const bool repeat = contexts_repeat_ || targets_repeat_;
    for (int i = 0; i < pairs; i += kLanes) store(labels + i, zero());
    for (int m = 0; m < count; ++m) labels[m * target_count_] = 1;
    for (int i = 0; i < pairs; i += kLanes) {
      const int lanes = pairs - i < kLanes ? pairs - i : kLanes;
      const Vec y = load(labels + i);
      const Vec s = load_lanes(s_.scores + i, lanes);
      const LogisticPair p = logistic(fnma(y + y, s, s));  // of -s where y = 1
      Vec times = one;
      if (repeat) times = pair_times(i);
      float part[kLanes];
      store(part, times * p.softplus);
      loss_ = loss_ + load_lanes(part, lanes);
      store(s_.scores + i, broadcast(rate_) * times * (y + y - one) * p.sigmoid);
    }
  }

  Vec pair_times(int first) const {
    float times[kLanes];
    for (int i = 0; i < kLanes; ++i) {
      const int m = (first + i) / target_count_;
      times[i] = m >= context_count_ ? 1.0f
                                     : (args_.cbow ? 1.0f : s_.context_times[m]) *
                                           s_.target_times[(first + i) % target_count_];
    }
    return load(times);
  }

  const refrain_word2vec_args& args_;
  CenterScratch s_;
  RowSource& rows_;
  CenterDraws draws_;
  float rate_ = 0;
  Vec loss_ = zero();
  int context_count_ = 0;
  int target_count_ = 0;
  bool contexts_repeat_ = false;
  bool targets_repeat_ = false;
};

}  // namespace refrain::REFRAIN_TARGET
