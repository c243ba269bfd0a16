#include "cpu/operations.h"
#include "cpu/word2vec_center.h"
#include "cpu/word2vec_lane.h"

namespace refrain::REFRAIN_TARGET {
namespace {

constexpr int kMostLanes = 64;

// The model's rows themselves.
class ModelRows {
 public:
  explicit ModelRows(const refrain_word2vec_args& args) : args_(args) {}

  float* input(int32_t word) { return args_.inputs + int64_t{word} * args_.row_stride; }
  float* output(int32_t word) { return args_.outputs + int64_t{word} * args_.row_stride; }
  void prefetch_input(int32_t word) const { prefetch(args_.inputs, word); }
  void prefetch_output(int32_t word) const { prefetch(args_.outputs, word); }

 private:
  REFRAIN_INLINE void prefetch(const float* matrix, int32_t word) const {
    const float* row = matrix + int64_t{word} * args_.row_stride;
    for (int d = 0; d < args_.row_stride; d += 16) __builtin_prefetch(row + d);
  }

  const refrain_word2vec_args& args_;
};

class LaneRows {
 public:
  LaneRows(RowCopies& inputs, RowCopies& outputs) : inputs_(inputs), outputs_(outputs) {}

  float* input(int32_t word) { return inputs_.row(word); }
  float* output(int32_t word) { return outputs_.row(word); }
  void prefetch_input(int32_t word) const { inputs_.prefetch(word); }
  void prefetch_output(int32_t word) const { outputs_.prefetch(word); }

 private:
  RowCopies& inputs_;
  RowCopies& outputs_;
};

void add(const refrain_word2vec_args& args, const Totals& totals) {
  double loss;
  int64_t pairs;
  int64_t centers;
  std::memcpy(&loss, args.totals, sizeof loss);
  std::memcpy(&pairs, args.totals + 2, sizeof pairs);
  std::memcpy(&centers, args.totals + 4, sizeof centers);
  loss += totals.loss;
  pairs += totals.pairs;
  centers += totals.centers;
  std::memcpy(args.totals, &loss, sizeof loss);
  std::memcpy(args.totals + 2, &pairs, sizeof pairs);
  std::memcpy(args.totals + 4, &centers, sizeof centers);
}

void add(Totals& sum, const Totals& part) {
  sum.loss += part.loss;
  sum.pairs += part.pairs;
  sum.centers += part.centers;
}

int64_t stretch_begin(const refrain_word2vec_args& args, int64_t i) {
  return smaller(args.first + i * args.stretch, args.last);
}

int learn_racing(Engine& engine, const refrain_word2vec_args& args) {
  Threads& threads = engine.threads();
  CenterScratch s;
  const int64_t floats = layout(args, nullptr, s);
  constexpr int64_t kTotals = 16;  // floats; a thread's own cache line
  float* scratch = engine.scratch((floats + kTotals) * threads.count());
  if (scratch == nullptr) return REFRAIN_OUT_OF_MEMORY;
  float* sums = scratch + floats * threads.count();
  std::memset(sums, 0, sizeof(float) * kTotals * threads.count());
  const auto totals_of = [&](int thread) {
    return reinterpret_cast<Totals*>(sums + thread * kTotals);
  };
  static_assert(sizeof(Totals) <= kTotals * sizeof(float));
  const int64_t stretches = divide_up(args.last - args.first, args.stretch);
  threads.parallel_for(stretches, [&](int64_t i, int thread) {
    CenterScratch own;
    layout(args, scratch + thread * floats, own);
    ModelRows rows(args);
    CenterLearner<ModelRows> learner(args, own, rows);
    Totals totals;
    learner.learn(stretch_begin(args, i), stretch_begin(args, i + 1), totals);
    add(*totals_of(thread), totals);
  });
  Totals sum;
  for (int thread = 0; thread < threads.count(); ++thread) add(sum, *totals_of(thread));
  add(args, sum);
  return REFRAIN_OK;
}

// Scratch memory of a lane.
struct LaneMemory {
  CenterScratch center;
  float* rows[2];
  int32_t* words[2];
  int32_t* slots[2];
  int64_t most[2];
};

int64_t layout_lane(const refrain_word2vec_args& a, float* base, LaneMemory& m) {
  ScratchLayout layout_of_lane;
  layout_of_lane.take(layout(a, base, m.center));
  m.most[0] = smaller(most_stretch_words(a), a.vocabulary);
  m.most[1] = smaller(int64_t{a.stretch} * (1 + a.negatives), a.vocabulary);
  for (int i = 0; i < 2; ++i) {
    const int64_t sizes[3] = {m.most[i] * a.row_stride, m.most[i],
                              RowCopies::capacity(m.most[i])};
    float* begins[3];
    for (int k = 0; k < 3; ++k) {
      const int64_t begin = layout_of_lane.take(sizes[k]);
      begins[k] = base == nullptr ? nullptr : base + begin;
    }
    m.rows[i] = begins[0];
    m.words[i] = reinterpret_cast<int32_t*>(begins[1]);
    m.slots[i] = reinterpret_cast<int32_t*>(begins[2]);
  }
  return layout_of_lane.size();
}

RowCopies copies(const refrain_word2vec_args& a, const LaneMemory& m, int i) {
  return RowCopies(i == 0 ? a.inputs : a.outputs, a.row_stride, m.rows[i], m.words[i], m.slots[i],
                   RowCopies::capacity(m.most[i]));
}

int learn_in_rounds(Engine& engine, const refrain_word2vec_args& args) {
  Threads& threads = engine.threads();
  LaneMemory lane_memory;
  const int64_t floats = layout_lane(args, nullptr, lane_memory);
  const int64_t copies_floats = divide_up(sizeof(RowCopies), sizeof(float));
  const int64_t copies_stride = divide_up(2 * copies_floats, 16) * 16;
  float* scratch = engine.scratch((floats + copies_stride) * args.lanes);
  if (scratch == nullptr) return REFRAIN_OUT_OF_MEMORY;
  RowCopies* lanes[2][kMostLanes];
  CenterScratch centers[kMostLanes];
  for (int lane = 0; lane < args.lanes; ++lane) {
    layout_lane(args, scratch + lane * floats, lane_memory);
    centers[lane] = lane_memory.center;
    auto* two = reinterpret_cast<RowCopies*>(scratch + args.lanes * floats + lane * copies_stride);
    for (int i = 0; i < 2; ++i) {
      lanes[i][lane] = two + i;
      *lanes[i][lane] = copies(args, lane_memory, i);
    }
  }
  Totals sum;
  Totals totals[kMostLanes];
  const int64_t stretches = divide_up(args.last - args.first, args.stretch);
  for (int64_t first = 0; first < stretches; first += args.lanes) {
    const int count = static_cast<int>(smaller(args.lanes, stretches - first));
    threads.parallel_for(count, [&](int64_t lane, int) {
      lanes[0][lane]->clear();
      lanes[1][lane]->clear();
      totals[lane] = {};
      LaneRows rows(*lanes[0][lane], *lanes[1][lane]);
      CenterLearner<LaneRows> learner(args, centers[lane], rows);
      learner.learn(stretch_begin(args, first + lane), stretch_begin(args, first + lane + 1),
                    totals[lane]);
    });
    const int parts = threads.count();
    threads.parallel_for(2 * parts, [&](int64_t task, int) {
      merge_rows(task % 2 == 0 ? args.inputs : args.outputs, args.row_stride, lanes[task % 2],
                 count, task / 2, parts);
    });
    for (int lane = 0; lane < count; ++lane) add(sum, totals[lane]);
  }
  add(args, sum);
  return REFRAIN_OK;
}

}  // namespace

int word2vec(Engine& engine, const refrain_word2vec_args& args) {
  return args.exact ? learn_in_rounds(engine, args) : learn_racing(engine, args);
}

}  // namespace refrain::REFRAIN_TARGET
