// A block learns one stretch of text after the other. Not measured on a device yet: its threads share out
// the pairs of a center, a warp a pair, then the columns of the rows.
#include "cuda/word2vec.cuh"

#include "cuda/operations.h"
#include "cuda/reduce.cuh"

namespace refrain::cuda {
namespace {

// One center: rows that its pairs are of.
struct Center {
  int32_t context_ids[kMostContexts];
  float context_times[kMostContexts];
  float* context_rows[kMostContexts];
  int32_t target_ids[kMostTargets];
  float target_times[kMostTargets];
  float* target_rows[kMostTargets];
  int32_t noise[kMostTargets];
  int contexts;
  int targets;
  int uses;
  int first_center;
  int last_center;
  int fresh;  // copies that were there before this center's
  int size;
};

template <bool kExact>
struct Block {
  const refrain_word2vec_args& args;
  const Word2vecMemory& m;
  Word2vecText text;
  Center& center;
  double* warp_loss;  // [threads / warp]

  __device__ static bool leads() { return threadIdx.x == 0; }

  // Kept words of a stretch, by one thread after the other in turns of the whole block.
  __device__ void read(int64_t begin, int64_t end) {
    if (leads()) {
      int32_t size = 0;
      m.words[size++] = kSentenceEnd;
      for (int64_t i = begin - 1; i >= 0 && size <= args.window && text.is_word(args.ids[i]); --i) {
        if (text.keeps(i)) m.words[size++] = args.ids[i];
      }
      for (int32_t i = 1, j = size - 1; i < j; ++i, --j) {
        const int32_t other = m.words[i];
        m.words[i] = m.words[j];
        m.words[j] = other;
      }
      center.first_center = size;
      center.size = size;
    }
    __syncthreads();
    for (int64_t turn = begin; turn < end; turn += blockDim.x) read_turn(turn + threadIdx.x, end);
    if (leads()) {
      int32_t size = center.size;
      center.last_center = size;
      for (int64_t i = end; i < args.count && size < center.last_center + args.window &&
                            text.is_word(args.ids[i]);
           ++i) {
        if (text.keeps(i)) m.words[size++] = args.ids[i];
      }
      m.words[size] = kSentenceEnd;
    }
    __syncthreads();
  }

  __device__ void read_turn(int64_t i, int64_t end) {
    constexpr int kWarps = kWord2vecThreads / kWarp;
    __shared__ int counts[kWarps];
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const bool word = i < end && text.is_word(args.ids[i]);
    const bool taken = i < end && (!word || text.keeps(i));
    const unsigned mask = __ballot_sync(0xffffffffu, taken);
    if (lane == 0) counts[warp] = __popc(mask);
    __syncthreads();
    int at = center.size + __popc(mask & ((1u << lane) - 1u));
    for (int w = 0; w < warp; ++w) at += counts[w];
    if (taken) {
      m.words[at] = word ? args.ids[i] : kSentenceEnd;
      m.places[at] = i;
    }
    __syncthreads();
    if (leads()) {
      for (int w = 0; w < kWarps; ++w) center.size += counts[w];
    }
    __syncthreads();
  }

  __device__ void learn(int64_t begin, int64_t end) {
    read(begin, end);
    const double rate = args.rate + args.rate_slope * static_cast<double>(begin - args.first);
    const float used = static_cast<float>(rate < args.rate_floor ? args.rate_floor : rate);
    const int first = center.first_center;
    const int last = center.last_center;
    for (int c = first; c < last; ++c) {
      if (m.words[c] != kSentenceEnd) learn_center(c, used);
    }
  }

  __device__ void learn_center(int c, float rate) {
    const int64_t place = m.places[c];
    for (int j = threadIdx.x; j < args.negatives; j += blockDim.x) {
      center.noise[j] = text.noise(place, 1 + j);
    }
    __syncthreads();
    if (leads()) {
      gather_contexts(c, text.half_window(place));
      if (center.uses > 0) gather_targets(m.words[c]);
    }
    __syncthreads();
    if (center.uses > 0) {
      if (kExact) fill_copies();
      if (args.cbow) {
        learn_mean(rate);
      } else {
        learn_rows(center.context_rows, center.context_times, center.contexts, rate);
      }
    }
    __syncthreads();
  }

  __device__ void gather_contexts(int c, int half) {
    center.contexts = 0;
    int begin = c;
    while (begin > c - half && m.words[begin - 1] != kSentenceEnd) --begin;
    int end = c + 1;
    while (end <= c + half && m.words[end] != kSentenceEnd) ++end;
    center.uses = end - begin - 1;
    if (kExact) start_copies();
    for (int i = begin; i < end; ++i) {
      if (i == c) continue;
      int k = 0;
      while (k < center.contexts && center.context_ids[k] != m.words[i]) ++k;
      if (k < center.contexts) {
        center.context_times[k] += 1.0f;
        continue;
      }
      center.context_ids[k] = m.words[i];
      center.context_times[k] = 1.0f;
      center.context_rows[k] = row(0, m.words[i]);
      ++center.contexts;
    }
    if (center.uses == 0) return;
    m.pairs[0] += args.cbow ? 1 : center.uses;
    m.pairs[1] += 1;
  }

  __device__ void gather_targets(int32_t word) {
    center.target_ids[0] = word;
    center.target_times[0] = 1.0f;
    center.target_rows[0] = row(1, word);
    center.targets = 1;
    for (int j = 0; j < args.negatives; ++j) {
      const int32_t id = center.noise[j];
      if (id == word) continue;
      int k = 1;
      while (k < center.targets && center.target_ids[k] != id) ++k;
      if (k < center.targets) {
        center.target_times[k] += 1.0f;
        continue;
      }
      center.target_ids[k] = id;
      center.target_times[k] = 1.0f;
      center.target_rows[k] = row(1, id);
      ++center.targets;
    }
  }

  __device__ float* row(int matrix, int32_t word) {
    float* model = matrix == 0 ? args.inputs : args.outputs;
    if (!kExact) return model + static_cast<int64_t>(word) * args.row_stride;
    const RowCopies& copies = m.copies[matrix];
    uint32_t slot;
    int32_t copy = copies.find(word, &slot);
    if (copy < 0) {
      copy = m.sizes[matrix]++;
      copies.words[copy] = word;
      copies.slots[slot] = copy + 1;
    }
    return copies.rows + static_cast<int64_t>(copy) * args.row_stride;
  }

  // New copies stand behind those that are filled.
  __device__ void start_copies() {
    if (center.fresh < 0) {
      m.sizes[0] = 0;
      m.sizes[1] = 0;
      center.fresh = 0;
      filled()[0] = 0;
      filled()[1] = 0;
    }
  }

  __device__ static int32_t* filled() {
    __shared__ int32_t copies[2];
    return copies;
  }

  __device__ void fill_copies() {
    for (int matrix = 0; matrix < 2; ++matrix) {
      const RowCopies& copies = m.copies[matrix];
      const float* model = matrix == 0 ? args.inputs : args.outputs;
      for (int32_t copy = filled()[matrix]; copy < m.sizes[matrix]; ++copy) {
        const float* from = model + static_cast<int64_t>(copies.words[copy]) * args.row_stride;
        float* to = copies.rows + static_cast<int64_t>(copy) * args.row_stride;
        for (int d = threadIdx.x; d < args.row_stride; d += blockDim.x) to[d] = from[d];
      }
    }
    __syncthreads();
    if (leads()) {
      filled()[0] = m.sizes[0];
      filled()[1] = m.sizes[1];
    }
    __syncthreads();
  }

  __device__ void learn_mean(float rate) {
    const float share = 1.0f / static_cast<float>(center.uses);
    float* before = m.mean + args.row_stride;
    for (int d = threadIdx.x; d < args.row_stride; d += blockDim.x) {
      float sum = 0.0f;
      for (int k = 0; k < center.contexts; ++k) {
        sum = fmaf(center.context_times[k], center.context_rows[k][d], sum);
      }
      m.mean[d] = sum * share;
      before[d] = sum * share;
    }
    __syncthreads();
    float* one[1] = {m.mean};
    const float times[1] = {1.0f};
    learn_rows(one, times, 1, rate);
    for (int d = threadIdx.x; d < args.row_stride; d += blockDim.x) {
      const float change = m.mean[d] - before[d];
      for (int k = 0; k < center.contexts; ++k) {
        float* row = center.context_rows[k];
        row[d] = fmaf(share * center.context_times[k], change, row[d]);
      }
    }
  }

  __device__ void learn_rows(float* const* contexts, const float* times, int count, float rate) {
    make_errors(contexts, times, count, rate);
    __syncthreads();
    for (int d = threadIdx.x; d < args.row_stride; d += blockDim.x) change(contexts, count, d);
  }

  // A warp a pair: its score, then rate u_m v_n (y_n - sigmoid).
  __device__ void make_errors(float* const* contexts, const float* times, int count, float rate) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    for (int pair = warp; pair < count * center.targets; pair += kWord2vecThreads / kWarp) {
      const int k = pair / center.targets;
      const int n = pair - k * center.targets;
      const float* a = contexts[k];
      const float* b = center.target_rows[n];
      float sum = 0.0f;
      for (int d = lane; d < args.row_stride; d += kWarp) sum = fmaf(a[d], b[d], sum);
      const float score = warp_sum(sum);
      if (lane == 0) {
        const float z = n == 0 ? -score : score;
        const float e = expf(-fabsf(z));
        const float smaller = e / (1.0f + e);
        const float sigmoid = z > 0.0f ? 1.0f - smaller : smaller;
        const float weight = times[k] * center.target_times[n];
        m.errors[pair] = rate * weight * (n == 0 ? sigmoid : -sigmoid);
        warp_loss[warp] += weight * (fmaxf(z, 0.0f) + log1pf(e));
      }
    }
  }

  // One column of all rows, from their values before.
  __device__ void change(float* const* contexts, int count, int d) {
    for (int k = 0; k < count; ++k) {
      float sum = contexts[k][d];
      const float* e = m.errors + k * center.targets;
      for (int n = 0; n < center.targets; ++n) sum = fmaf(e[n], center.target_rows[n][d], sum);
      m.changed[k * args.row_stride + d] = sum;
    }
    for (int n = 0; n < center.targets; ++n) {
      float sum = center.target_rows[n][d];
      for (int k = 0; k < count; ++k) {
        sum = fmaf(m.errors[k * center.targets + n], contexts[k][d], sum);
      }
      center.target_rows[n][d] = sum;
    }
    for (int k = 0; k < count; ++k) contexts[k][d] = m.changed[k * args.row_stride + d];
  }
};

__device__ int64_t stretch_begin(const refrain_word2vec_args& args, int64_t i) {
  return smaller(args.first + i * args.stretch, args.last);
}

// Blocks work on the model's rows (hogwild), or block b on lane b's copies.
template <bool kExact>
__global__ void __launch_bounds__(kWord2vecThreads) word2vec_kernel(Word2vecJob job) {
  __shared__ Center center;
  __shared__ double warp_loss[kWord2vecThreads / kWarp];
  const Word2vecMemory memory = memory_of(job, blockIdx.x);
  if (threadIdx.x < kWord2vecThreads / kWarp) warp_loss[threadIdx.x] = 0.0;
  if (threadIdx.x == 0) center.fresh = -1;
  if (kExact) {
    for (int matrix = 0; matrix < 2; ++matrix) {
      for (int64_t i = threadIdx.x; i < job.capacity[matrix]; i += blockDim.x) {
        memory.copies[matrix].slots[i] = 0;
      }
    }
    if (threadIdx.x < 2) memory.sizes[threadIdx.x] = 0;
  }
  __syncthreads();
  Block<kExact> block = {job.args, memory, {job.args}, center, warp_loss};
  const int64_t end = kExact ? smaller(job.first_stretch + job.args.lanes, job.stretches)
                             : job.stretches;
  for (int64_t i = job.first_stretch + blockIdx.x; i < end; i += gridDim.x) {
    block.learn(stretch_begin(job.args, i), stretch_begin(job.args, i + 1));
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (const double loss : warp_loss) *memory.loss += loss;
  }
}

// A block a copied row: the lowest lane's that has touched the row adds all lanes' changes.
__global__ void __launch_bounds__(kWord2vecThreads) word2vec_merge_kernel(Word2vecJob job) {
  const int lane = static_cast<int>(blockIdx.y);
  const int matrix = static_cast<int>(blockIdx.z);
  const Word2vecMemory own = memory_of(job, lane);
  float* model = matrix == 0 ? job.args.inputs : job.args.outputs;
  for (int64_t copy = blockIdx.x; copy < own.sizes[matrix]; copy += gridDim.x) {
    const int32_t word = own.copies[matrix].words[copy];
    bool lowest = true;
    for (int i = 0; i < lane && lowest; ++i) {
      lowest = memory_of(job, i).copies[matrix].copy_of(word) == nullptr;
    }
    if (!lowest) continue;
    const float* copies[64];
    int touched = 0;
    for (int i = lane; i < static_cast<int>(gridDim.y); ++i) {
      const float* other = memory_of(job, i).copies[matrix].copy_of(word);
      if (other != nullptr) copies[touched++] = other;
    }
    float* row = model + static_cast<int64_t>(word) * job.args.row_stride;
    for (int d = threadIdx.x; d < job.args.row_stride; d += blockDim.x) {
      const float before = row[d];
      float sum = before;
      for (int i = 0; i < touched; ++i) sum += copies[i][d] - before;
      row[d] = touched == 1 ? copies[0][d] : sum;
    }
  }
}

__global__ void word2vec_clear_kernel(Word2vecJob job) {
  const Word2vecMemory memory = memory_of(job, blockIdx.x);
  *memory.loss = 0.0;
  memory.pairs[0] = 0;
  memory.pairs[1] = 0;
}

__global__ void word2vec_totals_kernel(Word2vecJob job, int blocks) {
  // 64 bits at a time need an address that the array may not have
  int64_t totals[3];
  for (int i = 0; i < 3; ++i) {
    totals[i] = static_cast<int64_t>(static_cast<uint64_t>(
                    static_cast<uint32_t>(job.args.totals[2 * i]))) |
                (static_cast<int64_t>(job.args.totals[2 * i + 1]) << 32);
  }
  double loss = __longlong_as_double(totals[0]);
  for (int i = 0; i < blocks; ++i) {
    const Word2vecMemory memory = memory_of(job, i);
    loss += *memory.loss;
    totals[1] += memory.pairs[0];
    totals[2] += memory.pairs[1];
  }
  totals[0] = __double_as_longlong(loss);
  for (int i = 0; i < 3; ++i) {
    job.args.totals[2 * i] = static_cast<int32_t>(totals[i]);
    job.args.totals[2 * i + 1] = static_cast<int32_t>(totals[i] >> 32);
  }
}

// Places in a block's memory; base is null while its size is asked for.
int64_t lay_out(Word2vecJob& job, float* base) {
  const refrain_word2vec_args& a = job.args;
  ScratchLayout layout;
  const auto take = [&](int64_t floats) {
    const int64_t begin = layout.take(floats);
    return base == nullptr ? nullptr : base + begin;
  };
  const int64_t words = int64_t{a.stretch} + 2 * a.window + 2;
  const int64_t contexts = 2 * a.window;
  Word2vecMemory& m = job.memory;
  m.words = reinterpret_cast<int32_t*>(take(words));
  m.places = reinterpret_cast<int64_t*>(take(2 * words));
  m.errors = take(contexts * (1 + a.negatives));
  m.changed = take(contexts * a.row_stride);
  m.mean = take(2 * int64_t{a.row_stride});
  m.sizes = reinterpret_cast<int32_t*>(take(2));
  m.loss = reinterpret_cast<double*>(take(2));
  m.pairs = reinterpret_cast<int64_t*>(take(4));
  for (int i = 0; i < 2; ++i) {
    const int64_t uses = i == 0 ? words : int64_t{a.stretch} * (1 + a.negatives);
    job.most[i] = a.exact ? smaller(uses, a.vocabulary) : 1;
    job.capacity[i] = 16;
    while (job.capacity[i] < 2 * job.most[i]) job.capacity[i] *= 2;
    RowCopies& copies = m.copies[i];
    copies.source = i == 0 ? a.inputs : a.outputs;
    copies.rows = take(job.most[i] * a.row_stride);
    copies.words = reinterpret_cast<int32_t*>(take(job.most[i]));
    copies.slots = reinterpret_cast<int32_t*>(take(job.capacity[i]));
    copies.mask = static_cast<uint32_t>(job.capacity[i] - 1);
    copies.stride = a.row_stride;
  }
  job.stride_bytes = layout.size() * static_cast<int64_t>(sizeof(float));
  return layout.size();
}

// Blocks that a multiprocessor works on at a time, so that memory of one hides behind another's work.
constexpr int64_t kBlocksOfMultiprocessor = 4;

}  // namespace

void word2vec(Engine& engine, const refrain_word2vec_args& args) {
  Word2vecJob job = {};
  job.args = args;
  job.stretches = divide_up(args.last - args.first, args.stretch);
  const int64_t blocks =
      args.exact ? args.lanes
                 : larger(1, smaller(job.stretches,
                                     kBlocksOfMultiprocessor * engine.multiprocessors()));
  const int64_t floats = lay_out(job, nullptr);
  float* scratch = engine.scratch(floats * blocks);
  if (scratch == nullptr) return;
  lay_out(job, scratch);
  const dim3 grid(static_cast<unsigned>(blocks));
  const dim3 threads(kWord2vecThreads);
  engine.launch("word2vec's clearing", word2vec_clear_kernel, grid, dim3(1), 0, job);
  if (!args.exact) {
    engine.launch("word2vec", word2vec_kernel<false>, grid, threads, 0, job);
  }
  for (int64_t first = 0; args.exact && first < job.stretches; first += args.lanes) {
    job.first_stretch = first;
    const unsigned lanes = static_cast<unsigned>(smaller(args.lanes, job.stretches - first));
    const unsigned rows = static_cast<unsigned>(smaller(larger(job.most[0], job.most[1]), 256));
    engine.launch("word2vec's lanes", word2vec_kernel<true>, dim3(lanes), threads, 0, job);
    engine.launch("word2vec's merging", word2vec_merge_kernel, dim3(rows, lanes, 2), threads, 0,
                  job);
  }
  engine.launch("word2vec's totals", word2vec_totals_kernel, dim3(1), dim3(1), 0, job,
                static_cast<int>(blocks));
}

}  // namespace refrain::cuda
