// Pairs that share their input share its products with the candidates, so these are matrix products of the
// distinct input rows X [U,D] and candidates W [S,D]: L = X W^T, then dX = G W and dW = G^T X, where G
// [U,S] holds the slopes at L, times how many pairs and draws an element stands for.
#include "cpu/gemm.h"
#include "cpu/math.h"
#include "cpu/nce_lists.h"
#include "cpu/nce_rows.h"
#include "cpu/operations.h"
#include "cpu/packing.h"
#include "cpu/panel.h"
#include "cpu/rows.h"
#include "cpu/step_loss.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int64_t kRowsOfGather = 16;
// Rows of L, and of dW, that a piece computes: whole tiles of the products.
#if defined(__AVX512F__)
constexpr int64_t kTile = 6;
#else
constexpr int64_t kTile = 4;
#endif
constexpr int64_t kSlotsOfPiece = 16;

class Nce {
 public:
  enum Phase { kGather, kPack, kInputs, kClasses, kPhases };

  Nce(Engine& engine, const refrain_nce_args& args)
      : engine_(engine),
        args_(args),
        width_(divide_up(args.columns, kLanes) * kLanes),
        slope_stride_(divide_up(args.samples, kLanes) * kLanes),
        slots_(group_slots(engine.threads().count(), args.groups)),
        x_(slot_.take(args.batch * width_)),
        w_(slot_.take(args.samples * width_)),
        packed_w_(slot_.take(packed_size(args.samples, args.columns))),
        packed_transposed_w_(slot_.take(packed_size(args.columns, args.samples))),
        offsets_(slot_.take(slope_stride_)),
        times_(slot_.take(slope_stride_)),
        slopes_(slot_.take(args.batch * slope_stride_)),
        pair_slopes_(slot_.take(args.batch)),
        losses_(slot_.take(2 * args.batch)),
        summary_(slot_.take(sizeof(NceLists::Summary) / sizeof(float))),
        lists_(slot_.take(NceLists::size(args))),
        tile_(thread_.take(kTile * larger(slope_stride_, width_))) {}

  int run_call() {
    scratch_ = engine_.scratch(slots_ * slot_.size() + engine_.threads().count() * thread_.size());
    if (scratch_ == nullptr) return REFRAIN_OUT_OF_MEMORY;
    for (int64_t group = 0; group < slots_ && slots_ == args_.groups; ++group) prepare(group, group);
    run_phases(engine_, args_.groups, *this);
    return REFRAIN_OK;
  }

  int64_t pieces(int phase) const {
    switch (phase) {
      case kGather:
        return divide_up(args_.batch, kRowsOfGather) + divide_up(args_.samples, kRowsOfGather);
      case kPack:
        return Panels(args_.samples).count() + Panels(args_.columns).count();
      case kInputs:
        return divide_up(args_.batch, kTile);
      default:
        return 1 + divide_up(args_.samples, kTile) +
               divide_up(int64_t{args_.batch} + args_.samples, kSlotsOfPiece);
    }
  }

  double work(int phase) const {
    const double rows = args_.batch + args_.samples;
    const double products = static_cast<double>(args_.batch) * args_.samples;
    switch (phase) {
      case kGather:
        return 4 * rows * args_.columns;
      case kPack:
        return 8.0 * args_.samples * args_.columns;
      default:
        return (products + 2 * rows) * args_.columns;
    }
  }

  void run(int phase, const Place& place) {
    if (phase == kGather && place.piece == 0 && slots_ != args_.groups) {
      prepare(place.group, place.slot);
    }
    switch (phase) {
      case kGather:
        return gather(place);
      case kPack:
        return pack_candidates(place);
      case kInputs:
        return inputs(place);
      default:
        return classes(place);
    }
  }

 private:
  float* slot(int64_t slot) const { return scratch_ + slot * slot_.size(); }
  float* thread(const Place& place) const {
    return scratch_ + slots_ * slot_.size() + place.thread * thread_.size();
  }
  NceLists lists(const Place& place) const { return lists(place.group, place.slot); }
  NceLists lists(int64_t group, int64_t slot) const {
    return NceLists(args_, group, reinterpret_cast<int32_t*>(this->slot(slot) + lists_));
  }
  NceLists::Summary& summary(int64_t slot) const {
    return *reinterpret_cast<NceLists::Summary*>(this->slot(slot) + summary_);
  }
  double* losses(const Place& place) const {
    return reinterpret_cast<double*>(slot(place.slot) + losses_);
  }
  const float* weights_row(int64_t group, int64_t row) const {
    return rows_of(args_.weights, group).row(row);
  }

  // Lists, and what is added to the logits of each column.
  void prepare(int64_t group, int64_t slot) const {
    NceLists lists = this->lists(group, slot);
    summary(slot) = lists.build();
    const Rows biases = rows_of(args_.biases, group);
    float* offsets = this->slot(slot) + offsets_;
    float* times = this->slot(slot) + times_;
    for (int64_t s = 0; s < slope_stride_; ++s) {
      offsets[s] = times[s] = 0.0f;
      if (s >= summary(slot).columns) continue;
      const int32_t k = lists.slot_of(s);
      offsets[s] = *biases.row(lists.class_row(k)) - lists.log_expected(k);
      times[s] = static_cast<float>(lists.times(s));
    }
  }

  // The rows that the products read, without gaps. One without a valid row is zeros.
  void gather(const Place& place) const {
    const NceLists lists = this->lists(place);
    const int64_t pieces_of_inputs = divide_up(args_.batch, kRowsOfGather);
    float* const begin = slot(place.slot);
    if (place.piece < pieces_of_inputs) {
      const Rows embeddings = rows_of(args_.embeddings, place.group);
      const int64_t first = place.piece * kRowsOfGather;
      const int64_t last = smaller(first + kRowsOfGather, lists.input_count());
      for (int64_t k = first; k < last; ++k) {
        const int64_t row = lists.input_row(k);
        copy_padded(row < 0 ? nullptr : embeddings.row(row), begin + x_ + k * width_);
      }
      return;
    }
    const int64_t first = (place.piece - pieces_of_inputs) * kRowsOfGather;
    const int64_t last = smaller(first + kRowsOfGather, summary(place.slot).columns);
    for (int64_t s = first; s < last; ++s) {
      copy_padded(weights_row(place.group, lists.class_row(lists.slot_of(s))),
                  begin + w_ + s * width_);
    }
  }

  void copy_padded(const float* from, float* to) const {
    copy_row(to, from, args_.columns);
    clear_row(to + args_.columns, width_ - args_.columns);
  }

  void pack_candidates(const Place& place) const {
    float* const begin = slot(place.slot);
    const int64_t candidates = summary(place.slot).columns;
    if (candidates == 0) return;
    const int64_t panels_of_columns = Panels(args_.columns).count();
    if (place.piece < panels_of_columns) {
      pack(begin + w_, width_, candidates, args_.columns, place.piece, place.piece + 1,
           begin + packed_w_);
      return;
    }
    const int64_t panel = place.piece - panels_of_columns;
    if (panel >= Panels(candidates).count()) return;
    pack_transposed(begin + w_, width_, args_.columns, candidates, panel, panel + 1,
                    begin + packed_transposed_w_, 0, args_.columns);
  }

  // Logits, losses, slopes and gradients of a few input rows.
  void inputs(const Place& place) const {
    const NceLists lists = this->lists(place);
    const int64_t first = place.piece * kTile;
    const int64_t rows = smaller(kTile, lists.input_count() - first);
    if (rows <= 0) return;
    float* const begin = slot(place.slot);
    const float* x = begin + x_ + first * width_;
    float* slopes = begin + slopes_ + first * slope_stride_;
    const int64_t candidates = summary(place.slot).columns;
    if (candidates > 0) {
      multiply({rows, candidates, args_.columns, x, width_, begin + packed_transposed_w_,
                args_.columns, slopes, slope_stride_, Start::kZero, nullptr});
    }
    for (int64_t i = 0; i < rows; ++i) {
      losses(place)[first + i] =
          terms(place, lists, first + i, candidates, slopes + i * slope_stride_, x + i * width_);
    }
    const Rows dx = rows_of(args_.d_embeddings, place.group);
    multiply({rows, args_.columns, candidates, slopes, slope_stride_, begin + packed_w_, candidates,
              dx.row(first), dx.stride, Start::kZero, nullptr});
    for (int64_t i = 0; i < rows; ++i) add_pairs_to_input(place, lists, first + i, dx.row(first + i));
  }

  // From logits to slopes, of one input row's pairs with all candidates and with their labels; their loss.
  double terms(const Place& place, const NceLists& lists, int64_t input, int64_t candidates,
               float* slopes, const float* x) const {
    if (args_.loss == REFRAIN_SAMPLED_SOFTMAX) {
      return softmax_terms(place, lists, input, candidates, slopes, thread(place), x);
    }
    return candidate_terms(place, lists, input, candidates, slopes, thread(place)) +
           pair_terms(place, lists, input, x);
  }

  // By softmax a pair's slopes at the candidates are e^l times a factor of its own: `kept` sums for each
  // candidate those of the pairs that it counts to.
  double softmax_terms(const Place& place, const NceLists& lists, int64_t input,
                       int64_t candidates, float* slopes, float* kept, const float* x) const {
    const NceLists::Pairs pairs = lists.pairs_of_input(input);
    const float* offsets = slot(place.slot) + offsets_;
    const float* drawn = slot(place.slot) + times_;
    float* pair_slopes = slot(place.slot) + pair_slopes_;
    const float scale = 1.0f / static_cast<float>(args_.batch);
    const float largest = add_and_find_largest(offsets, candidates, slopes);
    double sum = 0;
    for_vectors(candidates, [&](int64_t s, int lanes) {
      const Vec e = exp(load_lanes(slopes + s, lanes) - broadcast(largest));
      store_lanes(slopes + s, e, lanes);
      float of_lane[kLanes];
      store(of_lane, e * load_lanes(drawn + s, lanes));
      for (int lane = 0; lane < lanes; ++lane) sum += of_lane[lane];
      store_lanes(kept + s, zero(), lanes);
    });
    double loss = 0;
    float factors = 0.0f;
    for (int64_t i = 0; i < pairs.count; ++i) {
      const int32_t n = pairs.begin[i];
      const int32_t hit = args_.remove_hits != 0 ? lists.column_of(lists.class_slot(n)) : -1;
      double others = sum;
      // the label's own e^l is as large as what is taken away: it hides what rounding leaves
      if (hit >= 0) others -= slopes[hit] * drawn[hit];
      if (others < 0) others = 0;
      const SoftmaxOfPair pair = softmax_of_pair(pair_logit(place, lists, n, x), largest, others);
      loss += pair.loss;
      pair_slopes[n] = -pair.others * scale;
      factors += pair.factor;
      if (hit >= 0) kept[hit] -= pair.factor;
    }
    for_vectors(candidates, [&](int64_t s, int lanes) {
      const Vec factor = (broadcast(factors) + load_lanes(kept + s, lanes)) * broadcast(scale);
      store_lanes(slopes + s,
                  load_lanes(slopes + s, lanes) * load_lanes(drawn + s, lanes) * factor, lanes);
    });
    return loss;
  }

  float pair_logit(const Place& place, const NceLists& lists, int32_t n, const float* x) const {
    const int32_t k = lists.class_slot(n);
    const int64_t row = lists.class_row(k);
    return dot(x, weights_row(place.group, row), args_.columns) +
           (*rows_of(args_.biases, place.group).row(row) - lists.log_expected(k));
  }

  // The loss of one input row's pairs with all candidates.
  double candidate_terms(const Place& place, const NceLists& lists, int64_t input,
                         int64_t candidates, float* slopes, float* times) const {
    const NceLists::Pairs pairs = lists.pairs_of_input(input);
    const float* offsets = slot(place.slot) + offsets_;
    const float* drawn = slot(place.slot) + times_;
    const Vec count = broadcast(static_cast<float>(pairs.count));
    for_vectors(candidates, [&](int64_t s, int lanes) {
      store_lanes(times + s, count * load_lanes(drawn + s, lanes), lanes);
    });
    if (args_.remove_hits != 0) {
      for (int64_t i = 0; i < pairs.count; ++i) {
        const int32_t hit = lists.column_of(lists.class_slot(pairs.begin[i]));
        if (hit >= 0) times[hit] -= drawn[hit];
      }
    }
    const Vec scale = broadcast(1.0f / static_cast<float>(args_.batch));
    double loss = 0;
    for_vectors(candidates, [&](int64_t s, int lanes) {
      const Vec logits = load_lanes(slopes + s, lanes) + load_lanes(offsets + s, lanes);
      const Vec often = load_lanes(times + s, lanes);
      const Softplus terms = softplus(logits);
      store_lanes(slopes + s, terms.slope * scale * often, lanes);
      float of_lane[kLanes];
      store(of_lane, terms.value * often);
      for (int lane = 0; lane < lanes; ++lane) loss += of_lane[lane];
    });
    return loss;
  }

  // The same of its pairs with their labels.
  double pair_terms(const Place& place, const NceLists& lists, int64_t input,
                    const float* x) const {
    const NceLists::Pairs pairs = lists.pairs_of_input(input);
    float* slopes = slot(place.slot) + pair_slopes_;
    double loss = 0;
    for (int64_t i = 0; i < pairs.count; ++i) {
      const int32_t n = pairs.begin[i];
      const float logit = pair_logit(place, lists, n, x);
      // -log sigmoid(l) = softplus(-l), whose slope in l is -sigmoid(-l)
      const Softplus term = softplus(-logit);
      loss += first_lane(term.value);
      slopes[n] = -first_lane(term.slope) / static_cast<float>(args_.batch);
    }
    return loss;
  }

  void add_pairs_to_input(const Place& place, const NceLists& lists, int64_t input,
                          float* dx) const {
    const NceLists::Pairs pairs = lists.pairs_of_input(input);
    const float* slopes = slot(place.slot) + pair_slopes_;
    for (int64_t i = 0; i < pairs.count; ++i) {
      const int32_t n = pairs.begin[i];
      add_scaled(slopes[n], weights_row(place.group, lists.class_row(lists.class_slot(n))),
                 args_.columns, dx);
    }
  }

  // Gradients of classes, and, once, the loss.
  void classes(const Place& place) const {
    const NceLists lists = this->lists(place);
    if (place.piece == 0) return finish_loss(place, lists);
    const int64_t tiles = divide_up(args_.samples, kTile);
    if (place.piece <= tiles) return candidates(place, lists, (place.piece - 1) * kTile);
    const int64_t first = (place.piece - 1 - tiles) * kSlotsOfPiece;
    const int64_t last = smaller(first + kSlotsOfPiece, lists.class_count());
    for (int64_t k = first; k < last; ++k) {
      if (lists.column_of(k) >= 0) continue;
      float* dw = rows_of(args_.d_weights, place.group).row(k);
      clear_row(dw, args_.columns);
      add_pairs_to_class(place, lists, k, dw, 0.0f);
    }
  }

  void candidates(const Place& place, const NceLists& lists, int64_t first) const {
    const int64_t columns = smaller(kTile, summary(place.slot).columns - first);
    if (columns <= 0) return;
    float* const begin = slot(place.slot);
    float* tile = thread(place);
    // kTile is so low that this needs no scratch memory
    multiply_transposed({columns, args_.columns, lists.input_count(), begin + slopes_ + first,
                         slope_stride_, begin + x_, width_, tile, width_, Start::kZero},
                        nullptr);
    float bias_sums[kTile];
    column_sums(lists.input_count(), begin + slopes_ + first, slope_stride_, columns, bias_sums);
    for (int64_t i = 0; i < columns; ++i) {
      const int32_t k = lists.slot_of(first + i);
      float* dw = rows_of(args_.d_weights, place.group).row(k);
      copy_row(dw, tile + i * width_, args_.columns);
      add_pairs_to_class(place, lists, k, dw, bias_sums[i]);
    }
  }

  void add_pairs_to_class(const Place& place, const NceLists& lists, int64_t k, float* dw,
                          float bias_sum) const {
    const NceLists::Pairs pairs = lists.pairs_of_class(k);
    const float* slopes = slot(place.slot) + pair_slopes_;
    const float* x = slot(place.slot) + x_;
    for (int64_t i = 0; i < pairs.count; ++i) {
      const int32_t n = pairs.begin[i];
      add_scaled(slopes[n], x + lists.input_slot(n) * width_, args_.columns, dw);
      bias_sum += slopes[n];
    }
    *rows_of(args_.d_biases, place.group).row(k) = bias_sum;
  }

  void finish_loss(const Place& place, const NceLists& lists) const {
    double sum = 0;
    for (int64_t k = 0; k < lists.input_count(); ++k) sum += losses(place)[k];
    keep_loss(args_.state, place.group,
              summary(place.slot).valid ? sum / args_.batch : std::nan(""));
  }

  Engine& engine_;
  const refrain_nce_args& args_;
  const int64_t width_;         // of gathered rows
  const int64_t slope_stride_;  // of L and G
  const int64_t slots_;
  ScratchLayout slot_;
  ScratchLayout thread_;
  const int64_t x_;
  const int64_t w_;
  const int64_t packed_w_;
  const int64_t packed_transposed_w_;
  const int64_t offsets_;  // bias - log Q of each column
  const int64_t times_;    // how often each column was drawn
  const int64_t slopes_;
  const int64_t pair_slopes_;
  const int64_t losses_;   // of each input row, in double
  const int64_t summary_;
  const int64_t lists_;
  const int64_t tile_;
  float* scratch_ = nullptr;
};

}  // namespace

int nce(Engine& engine, const refrain_nce_args& args) {
  Nce nce(engine, args);
  return nce.run_call();
}

}  // namespace refrain::REFRAIN_TARGET
