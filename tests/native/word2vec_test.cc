// word2vec through the C interface, on every instruction set, with no element to spare in its arrays:
// one thread, two and five must leave the same bits, and a text that is learned in two calls those of one
// call. Racing threads are run as well, where no ThreadSanitizer is to see them: they race on purpose.
// Whether the numbers are right is judged by the Java tests.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "check.h"
#include "refrain/refrain.h"

#if defined(__SANITIZE_THREAD__)
constexpr bool kRacesAreFaults = true;
#else
constexpr bool kRacesAreFaults = false;
#endif

namespace {

struct Case {
  int64_t vocabulary;
  int32_t stride, window, negatives, cbow, lanes, stretch;
  int64_t count;
};

struct Model {
  std::vector<int32_t> ids, keep, noise;
  std::vector<float> inputs, outputs;
  std::vector<int32_t> totals = std::vector<int32_t>(6, 0);

  explicit Model(const Case& c)
      : ids(c.count), keep(c.vocabulary), noise(2 * c.vocabulary),
        inputs(c.vocabulary * c.stride), outputs(c.vocabulary * c.stride) {
    for (int64_t i = 0; i < c.count; ++i) {
      const int64_t word = (i * i * 7 + i * 3) % (c.vocabulary + 2);
      ids[i] = static_cast<int32_t>(word < c.vocabulary ? word : (i % 2 == 0 ? -1 : word + 9));
    }
    for (int64_t i = 0; i < c.vocabulary; ++i) {
      keep[i] = static_cast<int32_t>(0xffffffffu - 0x9000000u * static_cast<uint32_t>(i % 20));
      noise[2 * i] = static_cast<int32_t>(0x9E3779B9u * static_cast<uint32_t>(i));
      noise[2 * i + 1] = static_cast<int32_t>((i * 5 + 1) % (c.vocabulary + 1));
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs[i] = 0.2f * std::sin(0.37f * static_cast<float>(i));
      outputs[i] = 0.2f * std::cos(0.23f * static_cast<float>(i));
    }
  }

  bool same_bits(const Model& other) const {
    const size_t bytes = inputs.size() * sizeof(float);
    return std::memcmp(inputs.data(), other.inputs.data(), bytes) == 0 &&
           std::memcmp(outputs.data(), other.outputs.data(), bytes) == 0 && totals == other.totals;
  }
};

refrain_word2vec_args arguments(const Case& c, Model& model, bool exact) {
  refrain_word2vec_args args = {};
  args.vocabulary = c.vocabulary;
  args.row_stride = c.stride;
  args.window = c.window;
  args.negatives = c.negatives;
  args.cbow = c.cbow;
  args.exact = exact ? 1 : 0;
  args.lanes = c.lanes;
  args.stretch = c.stretch;
  args.epoch = 1;
  args.seed = 77;
  args.text_position = 1 << 20;
  args.count = c.count;
  args.last = c.count;
  args.rate = 0.05;
  args.ids = model.ids.data();
  args.keep = model.keep.data();
  args.noise = model.noise.data();
  args.inputs = model.inputs.data();
  args.outputs = model.outputs.data();
  args.totals = model.totals.data();
  return args;
}

void learn(const char* variant, int threads, const Case& c, Model& model, bool exact, int64_t cut) {
  refrain_options options = {};
  options.backend = "cpu";
  options.variant = variant;
  options.threads = threads;
  refrain_context* context = nullptr;
  CHECK(refrain_context_create(&options, &context) == REFRAIN_OK);
  refrain_word2vec_args args = arguments(c, model, exact);
  args.last = cut;
  CHECK(refrain_word2vec(context, &args) == REFRAIN_OK);
  if (cut < c.count) {
    args.first = cut;
    args.last = c.count;
    CHECK(refrain_word2vec(context, &args) == REFRAIN_OK);
  }
  refrain_context_destroy(context);
}

int64_t centers(const Model& model) {
  int64_t count;
  std::memcpy(&count, model.totals.data() + 4, sizeof count);
  return count;
}

void check_case(const char* variant, const Case& c) {
  Model one(c);
  learn(variant, 1, c, one, true, c.count);
  CHECK(centers(one) > 0);
  for (const float value : one.inputs) CHECK(std::isfinite(value));
  for (const int threads : {2, 5}) {
    Model several(c);
    learn(variant, threads, c, several, true, c.count);
    CHECK(one.same_bits(several));
  }
  const int64_t round = int64_t{c.lanes} * c.stretch;
  if (round < c.count) {
    Model cut(c);
    learn(variant, 2, c, cut, true, round);
    cut.totals = one.totals;  // its loss is summed in another order
    CHECK(one.same_bits(cut));
  }
  Model racing(c);
  learn(variant, kRacesAreFaults ? 1 : 3, c, racing, false, c.count);
  CHECK(centers(racing) == centers(one));
  for (const float value : racing.outputs) CHECK(std::isfinite(value));
}

}  // namespace

int main() {
  const Case cases[] = {
      {2, 16, 1, 1, 0, 1, 1, 9},          {50, 160, 5, 5, 0, 8, 16, 700},
      {13, 32, 2, 7, 0, 4, 11, 150},      {200, 48, 128, 128, 0, 3, 40, 300},
      {31, 16, 3, 6, 1, 4, 9, 200},       {3, 16, 5, 5, 0, 2, 8, 40},
  };
  for (const char* variant : {"portable", "avx2", "avx512"}) {
    refrain_options options = {};
    options.backend = "cpu";
    options.variant = variant;
    refrain_context* probe = nullptr;
    if (refrain_context_create(&options, &probe) == REFRAIN_UNAVAILABLE) {
      std::printf("no %s here: %s\n", variant, refrain_last_error());
      continue;
    }
    refrain_context_destroy(probe);
    for (const Case& c : cases) check_case(variant, c);
  }
  return refrain::test::report();
}
