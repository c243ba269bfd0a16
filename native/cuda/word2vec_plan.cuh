// What the centers of a batch meet, found by a thread a center before they are learned one by one:
// the draws of Philox, the tables' reads and the search for equal words of 32 centers run at once.
#pragma once

#include "cuda/word2vec.cuh"

namespace refrain::cuda {

// A center's entries, kWarp numbers from one to the next: a head, its different contexts, exact:
// the copies of their rows; its different targets, and how often each comes.
class Word2vecPlan {
 public:
  static constexpr int kContextBits = 16;

  // That of the center of a lane.
  __device__ Word2vecPlan(const refrain_word2vec_args& args, int32_t* plan, int lane)
      : args_(args), entries_(plan + lane) {}

  __device__ __forceinline__ int contexts() const { return head() & 0x1ff; }
  __device__ __forceinline__ int targets() const { return head() >> 9 & 0xff; }
  // Contexts with each as often as it comes; 0: the center is passed over.
  __device__ __forceinline__ int uses() const { return head() >> 17; }

  // Where a context stands, from the center's place - window on.
  __device__ int context_place(int m) const { return at(1 + m) & ((1 << kContextBits) - 1); }
  __device__ float context_times(int m) const {
    return static_cast<float>(at(1 + m) >> kContextBits);
  }
  __device__ int32_t& context_copy(int m) const { return at(1 + 2 * args_.window + m); }
  // A word; exact: in the end the copy of its row.
  __device__ int32_t& target(int n) const { return at(first_target() + n); }
  __device__ float target_times(int n) const { return static_cast<float>(times(n)); }

  // For the center that stands at c among the words.
  __device__ void make(const int32_t* words, const int64_t* places, int32_t c) const {
    const Word2vecText text = {args_};
    PhiloxWords numbers = text.draw(places[c], 0);
    int uses = 0;
    const int contexts = find_contexts(words, c, text.half_window(numbers.word[0]), uses);
    int targets = 0;
    if (uses > 0) {
      target(0) = words[c];
      times(0) = 1;
      targets = 1;
      for (int j = 1; j <= args_.negatives; ++j) {
        if (j % 4 == 0) numbers = text.draw(places[c], j / 4);
        targets = add_target(text.noise(word_at(numbers, j % 4)), targets);
      }
    }
    at(0) = contexts | targets << 9 | uses << 17;
  }

  __device__ void make_none() const { at(0) = 0; }

 private:
  __device__ int head() const { return at(0); }
  __device__ __forceinline__ int32_t& at(int entry) const { return entries_[static_cast<int64_t>(entry) * kWarp]; }
  __device__ int first_target() const { return 1 + (args_.exact ? 4 : 2) * args_.window; }
  __device__ int32_t& times(int n) const { return at(first_target() + 1 + args_.negatives + n); }

  __device__ int find_contexts(const int32_t* words, int32_t c, int half, int& uses) const {
    int begin = c;
    while (begin > c - half && words[begin - 1] != kSentenceEnd) --begin;
    int end = c + 1;
    while (end <= c + half && words[end] != kSentenceEnd) ++end;
    uses = end - begin - 1;
    const int32_t* window = words + c - args_.window;
    int count = 0;
    for (int i = begin; i < end; ++i) {
      if (i == c) continue;
      int k = 0;
      while (k < count && window[context_place(k)] != words[i]) ++k;
      if (k < count) {
        at(1 + k) += 1 << kContextBits;
      } else {
        at(1 + count++) = (i - c + args_.window) | 1 << kContextBits;
      }
    }
    return count;
  }

  __device__ int add_target(int32_t word, int count) const {
    if (word == target(0)) return count;
    int k = 1;
    while (k < count && target(k) != word) ++k;
    if (k < count) {
      ++times(k);
      return count;
    }
    target(count) = word;
    times(count) = 1;
    return count + 1;
  }

  const refrain_word2vec_args& args_;
  int32_t* const entries_;
};

}  // namespace refrain::cuda
