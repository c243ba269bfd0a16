// A block learns one stretch of text after the other, by one warp, center by center. Where blocks race
// (hogwild) that is all of it. Exact: seven more warps make the plans and the copies of rows.
#include "cuda/operations.h"
#include "cuda/word2vec_center.cuh"

namespace refrain::cuda {
namespace {

constexpr int kTotalsThreads = 256;
constexpr int kMergeWarps = 4;

// Stretches under way on a multiprocessor where blocks race: two warps for each of its schedulers.
constexpr int64_t kStretchesOfMultiprocessor = 8;
// Plans and small arrays beyond this lie in memory.
constexpr int64_t kMostPlanBytes = 8 << 10;

template <bool kExact>
constexpr int kWarpsOf = kExact ? kExactWarps : 1;

template <bool kExact, class Columns>
class Learner {
 public:
  static constexpr int kWarps = kWarpsOf<kExact>;
  static constexpr int kThreads = kWarps * kWarp;

  __device__ __forceinline__ Learner(const refrain_word2vec_args& args, const Word2vecMemory& memory,
                     const Word2vecLayout& layout, float* small, float* rows, int32_t* plan)
      : args_(args),
        m_(memory),
        plans_(plan),
        plan_entries_(layout.plan_entries),
        window_(args, memory, layout, small, rows),
        center_(args, memory, layout, small, rows) {}

  __device__ __forceinline__ void learn(int64_t begin, int64_t end) {
    const Word2vecStretch stretch = read(begin, end);
    const double rate = args_.rate + args_.rate_slope * static_cast<double>(begin - args_.first);
    const float used = static_cast<float>(rate < args_.rate_floor ? args_.rate_floor : rate);
    if (leads()) window_.begin(stretch);
    int32_t found = stretch.first;
    for (int32_t c = stretch.first_center; c < stretch.last_center; c += kThreads) {
      const int32_t behind = static_cast<int32_t>(smaller(c + kThreads, stretch.last_center));
      make_plans(c, behind);
      if (kExact) {
        make_copies(c, behind);
        const int32_t until =
            static_cast<int32_t>(smaller(behind + args_.window + 1, stretch.size));
        find_copies(found, until);
        found = until;
        barrier();
      }
      if (leads()) {
        for (int32_t i = c; i < behind; ++i) {
          window_.move_to(i);
          const Word2vecPlan plan = plan_of(i - c);
          if (plan.uses() > 0) center_.learn(window_, plan, i, used);
        }
      }
      barrier();
    }
    if (leads()) window_.end();
    barrier();
  }

  // Of this thread.
  __device__ __forceinline__ int64_t pairs() const { return pairs_; }
  __device__ __forceinline__ int64_t centers() const { return centers_; }
  __device__ __forceinline__ double loss() const { return leads() ? center_.loss() : 0.0; }

 private:
  static __device__ __forceinline__ int warp() { return static_cast<int>(threadIdx.x) / kWarp; }
  static __device__ __forceinline__ bool leads() { return warp() == 0; }

  static __device__ __forceinline__ void barrier() {
    if (kExact) {
      __syncthreads();
    } else {
      __syncwarp();
    }
  }

  __device__ __forceinline__ Word2vecStretch read(int64_t begin, int64_t end) const {
    __shared__ Word2vecStretch stretch;
    if (leads()) {
      const Word2vecStretch words = Word2vecReader(args_, m_.words, m_.places).read(begin, end);
      if (threadIdx.x == 0) stretch = words;
    }
    barrier();
    return stretch;
  }

  // That of the i-th center of a batch.
  __device__ __forceinline__ Word2vecPlan plan_of(int32_t i) const {
    return Word2vecPlan(args_, plans_ + i / kWarp * plan_entries_ * kWarp, i % kWarp);
  }

  // By a thread a center.
  __device__ __forceinline__ void make_plans(int32_t first, int32_t behind) {
    const int32_t c = first + static_cast<int32_t>(threadIdx.x);
    const Word2vecPlan plan = plan_of(static_cast<int32_t>(threadIdx.x));
    if (c < behind && m_.words[c] != kSentenceEnd) {
      plan.make(m_.words, m_.places, c);
      pairs_ += args_.cbow && plan.uses() > 0 ? 1 : plan.uses();
      centers_ += plan.uses() > 0 ? 1 : 0;
    } else {
      plan.make_none();
    }
    barrier();
  }

  // Exact: copies of all rows that the batch's centers change.
  __device__ __forceinline__ void make_copies(int32_t first, int32_t behind) {
    const int32_t c = first + static_cast<int32_t>(threadIdx.x);
    const Word2vecPlan plan = plan_of(static_cast<int32_t>(threadIdx.x));
    const int contexts = c < behind ? plan.contexts() : 0;
    const int targets = c < behind ? plan.targets() : 0;
    const int32_t* window = m_.words + c - args_.window;
    for (int k = 0; k < contexts; ++k) {
      m_.copies[0].add(window[plan.context_place(k)], &m_.sizes[0]);
    }
    for (int n = 0; n < targets; ++n) m_.copies[1].add(plan.target(n), &m_.sizes[1]);
    barrier();
    for (int k = 0; k < contexts; ++k) {
      plan.context_copy(k) = m_.copies[0].find(window[plan.context_place(k)]);
    }
    for (int n = 0; n < targets; ++n) plan.target(n) = m_.copies[1].find(plan.target(n));
    filled_[0] = fill(m_.copies[0], args_.inputs, filled_[0], m_.sizes[0]);
    filled_[1] = fill(m_.copies[1], args_.outputs, filled_[1], m_.sizes[1]);
  }

  // A warp a few rows at a time.
  __device__ __forceinline__ int32_t fill(const RowCopies& copies, const float* model, int32_t first,
                          int32_t size) const {
    constexpr int kAtOnce = 4;
    for (int32_t k = first + warp() * kAtOnce; k < size; k += kWarps * kAtOnce) {
      for (int d = 0; d < args_.row_stride; d += Columns::kWidth) {
        const int left = args_.row_stride - d;
        Columns rows[kAtOnce];
        REFRAIN_UNROLL
        for (int i = 0; i < kAtOnce; ++i) {
          const int64_t word = copies.words[k + i < size ? k + i : k];
          rows[i].load(model + word * args_.row_stride + d, left);
        }
        REFRAIN_UNROLL
        for (int i = 0; i < kAtOnce; ++i) {
          if (k + i < size) rows[i].store(copies.row(k + i) + d, left);
        }
      }
    }
    return size;
  }

  // Where the rows of the words that come into the window lie.
  __device__ __forceinline__ void find_copies(int32_t first, int32_t until) const {
    for (int32_t i = first + static_cast<int32_t>(threadIdx.x); i < until; i += kThreads) {
      const int32_t word = m_.words[i];
      m_.copy_of_place[i] = word == kSentenceEnd ? -1 : m_.copies[0].find(word);
    }
  }

  const refrain_word2vec_args& args_;
  const Word2vecMemory& m_;
  int32_t* const plans_;
  const int32_t plan_entries_;
  Word2vecWindow<kExact, Columns> window_;
  Word2vecCenter<kExact, Columns> center_;
  int32_t filled_[2] = {0, 0};
  int64_t pairs_ = 0;
  int64_t centers_ = 0;
};

__device__ int64_t stretch_begin(const refrain_word2vec_args& args, int64_t i) {
  return smaller(args.first + i * args.stretch, args.last);
}

__device__ void clear_copies(const Word2vecJob& job, const Word2vecMemory& memory) {
  for (int matrix = 0; matrix < 2; ++matrix) {
    for (int64_t i = threadIdx.x; i < job.capacity[matrix]; i += blockDim.x) {
      memory.copies[matrix].keys[i] = 0;
    }
  }
  if (threadIdx.x < 2) memory.sizes[threadIdx.x] = 0;
  __syncthreads();
}

// Block b works on the model's rows and takes every so many-th stretch, or on lane b's copies and takes
// one. kOnChip: the window's rows are in shared memory.
template <bool kExact, bool kOnChip, class Columns>
__global__ void __launch_bounds__(kWarpsOf<kExact>* kWarp, 1) word2vec_kernel(
    const __grid_constant__ Word2vecJob job) {
  constexpr int kThreads = kWarpsOf<kExact> * kWarp;
  const Word2vecMemory memory = memory_of(job, blockIdx.x);
  const Word2vecLayout& layout = job.layout;
  float* small = dynamic_shared();
  float* rows = kOnChip ? small + layout.small : memory.window;
  int32_t* plan =
      job.plan_on_chip ? reinterpret_cast<int32_t*>(small + layout.plan) : memory.plan;
  if (kExact) clear_copies(job, memory);
  Learner<kExact, Columns> learner(job.args, memory, layout, small, rows, plan);
  const int64_t end = kExact ? smaller(job.first_stretch + job.args.lanes, job.stretches)
                             : job.stretches;
  for (int64_t i = job.first_stretch + blockIdx.x; i < end; i += gridDim.x) {
    learner.learn(stretch_begin(job.args, i), stretch_begin(job.args, i + 1));
  }
  __shared__ double sum_of_losses[kWarp];
  __shared__ int64_t sum_of_counts[kWarp];
  const double loss = block_sum<kThreads>(learner.loss(), sum_of_losses);
  const int64_t pairs = block_sum<kThreads>(learner.pairs(), sum_of_counts);
  const int64_t centers = block_sum<kThreads>(learner.centers(), sum_of_counts);
  if (threadIdx.x == 0) {
    const bool is_first = job.first_stretch == 0;
    *memory.loss = (is_first ? 0.0 : *memory.loss) + loss;
    memory.pairs[0] = (is_first ? 0 : memory.pairs[0]) + pairs;
    memory.pairs[1] = (is_first ? 0 : memory.pairs[1]) + centers;
  }
}

// Lane b's copies of one matrix. By a condition: an index that is not known would put all of the job into
// memory.
__device__ __forceinline__ RowCopies copies_of(const Word2vecJob& job, int b, int matrix) {
  const int64_t bytes = b * job.stride_bytes;
  RowCopies copies = matrix == 0 ? job.memory.copies[0] : job.memory.copies[1];
  copies.rows = moved(copies.rows, bytes);
  copies.words = moved(copies.words, bytes);
  copies.keys = moved(copies.keys, bytes);
  copies.numbers = moved(copies.numbers, bytes);
  return copies;
}

// Which of a round's stretches have touched a row, one bit each; the lanes of a warp look for two each.
__device__ uint64_t lanes_with(const Word2vecJob& job, int matrix, int32_t word, int lanes,
                               int32_t (&copies)[2]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  uint64_t mask = 0;
  for (int i = 0; i < 2; ++i) {
    const int other = i * kWarp + lane;
    copies[i] = other < lanes ? copies_of(job, other, matrix).find(word) : -1;
    mask |= static_cast<uint64_t>(__ballot_sync(0xffffffffu, copies[i] >= 0)) << (i * kWarp);
  }
  return mask;
}

// A warp a copied row: the lowest stretch that has touched the row adds all stretches' changes.
__global__ void __launch_bounds__(kMergeWarps* kWarp) word2vec_merge_kernel(
    const __grid_constant__ Word2vecJob job) {
  const int lanes = static_cast<int>(gridDim.y);
  const int lane = static_cast<int>(blockIdx.y);
  const int matrix = static_cast<int>(blockIdx.z);
  const int stride = job.args.row_stride;
  const RowCopies own = copies_of(job, lane, matrix);
  const int32_t size = memory_of(job, lane).sizes[matrix];
  float* model = matrix == 0 ? job.args.inputs : job.args.outputs;
  const int64_t first = int64_t{blockIdx.x} * kMergeWarps + threadIdx.x / kWarp;
  for (int64_t copy = first; copy < size; copy += int64_t{gridDim.x} * kMergeWarps) {
    const int32_t word = own.words[copy];
    int32_t copies[2];
    const uint64_t touched = lanes_with(job, matrix, word, lanes, copies);
    if ((touched & ((uint64_t{1} << lane) - 1)) != 0) continue;
    const bool alone = (touched & (touched - 1)) == 0;
    float* row = model + static_cast<int64_t>(word) * stride;
    for (int first_column = 0; first_column < stride; first_column += kWarp) {
      const int d = first_column + static_cast<int>(threadIdx.x) % kWarp;
      const bool inside = d < stride;
      const float before = inside ? row[d] : 0.0f;
      float sum = before;
      for (int i = lane; i < lanes; ++i) {
        if ((touched >> i & 1) == 0) continue;
        const int32_t number = __shfl_sync(0xffffffffu, i < kWarp ? copies[0] : copies[1], i % kWarp);
        if (!inside) continue;
        const float changed = copies_of(job, i, matrix).row(number)[d];
        sum = alone ? changed : sum + (changed - before);
      }
      if (inside) row[d] = sum;
    }
  }
}

__global__ void __launch_bounds__(kTotalsThreads) word2vec_totals_kernel(
    const __grid_constant__ Word2vecJob job, int blocks) {
  __shared__ double sum_of_losses[kWarp];
  __shared__ int64_t sum_of_counts[kWarp];
  double loss = 0.0;
  int64_t counts[2] = {0, 0};
  for (int i = threadIdx.x; i < blocks; i += kTotalsThreads) {
    const Word2vecMemory memory = memory_of(job, i);
    loss += *memory.loss;
    counts[0] += memory.pairs[0];
    counts[1] += memory.pairs[1];
  }
  loss = block_sum<kTotalsThreads>(loss, sum_of_losses);
  for (int64_t& count : counts) count = block_sum<kTotalsThreads>(count, sum_of_counts);
  if (threadIdx.x != 0) return;
  // 64 bits at a time need an address that the array may not have
  int64_t totals[3];
  for (int i = 0; i < 3; ++i) {
    totals[i] = static_cast<int64_t>(static_cast<uint64_t>(
                    static_cast<uint32_t>(job.args.totals[2 * i]))) |
                (static_cast<int64_t>(job.args.totals[2 * i + 1]) << 32);
  }
  totals[0] = __double_as_longlong(__longlong_as_double(totals[0]) + loss);
  totals[1] += counts[0];
  totals[2] += counts[1];
  for (int i = 0; i < 3; ++i) {
    job.args.totals[2 * i] = static_cast<int32_t>(totals[i]);
    job.args.totals[2 * i + 1] = static_cast<int32_t>(totals[i] >> 32);
  }
}

// Places in a block's memory; base is null while its size is asked for.
int64_t lay_out(Word2vecJob& job, float* base, int64_t window_floats) {
  const refrain_word2vec_args& a = job.args;
  ScratchLayout layout;
  const auto take = [&](int64_t floats) {
    const int64_t begin = layout.take(floats);
    return base == nullptr ? nullptr : base + begin;
  };
  const int64_t words = int64_t{a.stretch} + 2 * a.window + 2;
  Word2vecMemory& m = job.memory;
  m.words = reinterpret_cast<int32_t*>(take(words));
  m.places = reinterpret_cast<int64_t*>(take(2 * words));
  m.plan = reinterpret_cast<int32_t*>(
      take(job.plan_on_chip ? 1 : plan_entries(a) * kWarp * (a.exact ? kExactWarps : 1)));
  m.copy_of_place = reinterpret_cast<int32_t*>(take(a.exact ? words : 1));
  m.window = take(window_floats);
  m.loss = reinterpret_cast<double*>(take(2));
  m.pairs = reinterpret_cast<int64_t*>(take(4));
  m.sizes = reinterpret_cast<int32_t*>(take(2));
  for (int i = 0; i < 2; ++i) {
    const int64_t uses = i == 0 ? words : int64_t{a.stretch} * (1 + a.negatives);
    job.most[i] = a.exact ? smaller(uses, a.vocabulary) : 1;
    job.capacity[i] = 16;
    while (job.capacity[i] < 2 * job.most[i]) job.capacity[i] *= 2;
    RowCopies& copies = m.copies[i];
    copies.rows = take(job.most[i] * a.row_stride);
    copies.words = reinterpret_cast<int32_t*>(take(job.most[i]));
    copies.keys = reinterpret_cast<int32_t*>(take(job.capacity[i]));
    copies.numbers = reinterpret_cast<int32_t*>(take(job.capacity[i]));
    copies.mask = static_cast<uint32_t>(job.capacity[i] - 1);
    copies.stride = a.row_stride;
  }
  job.stride_bytes = layout.size() * static_cast<int64_t>(sizeof(float));
  return layout.size();
}

using Word2vecKernel = void (*)(Word2vecJob);

// Rows that lie at sixteen bytes, by their width; all others, and windows that shared memory has no room
// for, take single columns. Exact blocks are few, so that a kernel of their own for each width is not
// worth its compilation.
template <bool kExact>
Word2vecKernel kernel_of(int32_t stride, bool on_chip) {
  if (!on_chip) return word2vec_kernel<kExact, false, LaneColumns<0, 4>>;
  if constexpr (!kExact) {
    if (stride <= 128) return word2vec_kernel<kExact, true, LaneColumns<1, 0>>;
    if (stride > 160 && stride <= 256) return word2vec_kernel<kExact, true, LaneColumns<2, 0>>;
  }
  if (stride <= 160) return word2vec_kernel<kExact, true, LaneColumns<1, 1>>;
  return word2vec_kernel<kExact, true, LaneColumns<2, 2>>;
}

bool is_aligned(const float* rows) { return reinterpret_cast<uintptr_t>(rows) % 16 == 0; }

}  // namespace

void word2vec(Engine& engine, const refrain_word2vec_args& args) {
  Word2vecJob job = {};
  job.args = args;
  job.stretches = divide_up(args.last - args.first, args.stretch);
  if (job.stretches == 0) return;
  const int64_t plan_bytes =
      plan_entries(args) * kWarp * static_cast<int64_t>(sizeof(int32_t));
  job.plan_on_chip = !args.exact && plan_bytes <= kMostPlanBytes;
  job.layout = Word2vecLayout(args, job.plan_on_chip);
  const Word2vecLayout& layout = job.layout;
  const int64_t small_bytes = layout.small * int64_t{sizeof(float)};
  const int64_t bytes = small_bytes + layout.rows * int64_t{sizeof(float)};
  // static shared memory of the kernel comes beside it
  const bool on_chip = is_aligned(args.inputs) && is_aligned(args.outputs) &&
                       bytes <= engine.shared_bytes() - 1024;
  const int64_t shared_bytes = on_chip ? bytes : small_bytes;
  const Word2vecKernel kernel = args.exact ? kernel_of<true>(args.row_stride, on_chip)
                                           : kernel_of<false>(args.row_stride, on_chip);
  int64_t blocks = smaller(args.lanes, job.stretches);
  if (!args.exact) {
    const int64_t most = smaller(kStretchesOfMultiprocessor * engine.multiprocessors(),
                                 engine.resident_blocks(kernel, kWarp, shared_bytes));
    blocks = larger(1, smaller(job.stretches, most));
  }
  const int64_t window_floats = on_chip ? 1 : layout.rows;
  const int64_t floats = lay_out(job, nullptr, window_floats);
  float* scratch = engine.scratch(floats * blocks);
  if (scratch == nullptr) return;
  lay_out(job, scratch, window_floats);
  if (!args.exact) {
    engine.launch("word2vec", kernel, dim3(static_cast<unsigned>(blocks)), dim3(kWarp),
                  shared_bytes, job);
  }
  for (int64_t first = 0; args.exact && first < job.stretches; first += args.lanes) {
    job.first_stretch = first;
    const unsigned lanes = static_cast<unsigned>(smaller(args.lanes, job.stretches - first));
    const int64_t most = larger(job.most[0], job.most[1]);
    const unsigned parts = static_cast<unsigned>(smaller(divide_up(most, kMergeWarps), 256));
    engine.launch("word2vec's lanes", kernel, dim3(lanes), dim3(kExactWarps * kWarp),
                  shared_bytes, job);
    engine.launch("word2vec's merging", word2vec_merge_kernel, dim3(parts, lanes, 2),
                  dim3(kMergeWarps * kWarp), 0, job);
  }
  engine.launch("word2vec's totals", word2vec_totals_kernel, dim3(1), dim3(kTotalsThreads), 0, job,
                static_cast<int>(blocks));
}

}  // namespace refrain::cuda
