// The text of a stretch as word2vec.h defines it: which words are kept, and what a center meets.
#pragma once

#include "cpu/partition.h"
#include "cpu/philox.h"
#include "cpu/simd.h"
#include "refrain/word2vec.h"

namespace refrain::REFRAIN_TARGET {

inline constexpr int32_t kSentenceEnd = -1;

// Kept words in the order of the text, with the ends of sentences among them and one at each end.
struct StretchWords {
  int32_t* word;
  int64_t* place;        // index in ids; of centers alone
  int32_t first_center;  // [first_center, last_center) are the stretch's, ends among them
  int32_t last_center;
  int32_t size;
};

REFRAIN_INLINE int64_t most_stretch_words(const refrain_word2vec_args& a) {
  return int64_t{a.stretch} + 2 * a.window + 2;
}

// Philox numbers of the text's places, made for kCounters counters at a time.
template <int kCounters>
class PlaceNumbers {
 public:
  PlaceNumbers(const refrain_word2vec_args& args, uint32_t stream)
      : stream_(args.seed, static_cast<uint32_t>(args.epoch), stream) {}

  REFRAIN_INLINE uint32_t at(uint64_t place) {
    const uint64_t counter = place / 4;
    if (!filled_ || counter - first_ >= kCounters) {
      filled_ = true;
      first_ = counter;
      philox<kCounters>(stream_, first_, words_);
    }
    return words_[place % 4][counter - first_];
  }

 private:
  PhiloxStream stream_;
  bool filled_ = false;
  uint64_t first_ = 0;
  uint32_t words_[4][kCounters];
};

class StretchReader {
 public:
  explicit StretchReader(const refrain_word2vec_args& args) : args_(args) {}

  void read(int64_t begin, int64_t end, StretchWords& words) const {
    words.size = 0;
    words.word[words.size++] = kSentenceEnd;
    read_backwards(begin, words);
    PlaceNumbers<16> numbers(args_, REFRAIN_STREAM_SUBSAMPLE);
    words.first_center = words.size;
    for (int64_t i = begin; i < end; ++i) {
      if (is_word(args_.ids[i])) {
        if (keeps(i, numbers)) {
          words.place[words.size] = i;
          words.word[words.size++] = args_.ids[i];
        }
      } else if (words.word[words.size - 1] != kSentenceEnd) {
        words.word[words.size++] = kSentenceEnd;
      }
    }
    words.last_center = words.size;
    const int32_t most = words.size + args_.window;
    for (int64_t i = end; i < args_.count && words.size < most && is_word(args_.ids[i]); ++i) {
      if (keeps(i, numbers)) words.word[words.size++] = args_.ids[i];
    }
    words.word[words.size++] = kSentenceEnd;
  }

 private:
  bool is_word(int32_t id) const { return id >= 0 && id < args_.vocabulary; }

  template <int kCounters>
  REFRAIN_INLINE bool keeps(int64_t i, PlaceNumbers<kCounters>& numbers) const {
    return args_.keep == nullptr ||
           numbers.at(static_cast<uint64_t>(args_.text_position + i)) <=
               static_cast<uint32_t>(args_.keep[args_.ids[i]]);
  }

  // The nearest `window` words of the sentence that goes on at `begin`.
  void read_backwards(int64_t begin, StretchWords& words) const {
    PlaceNumbers<1> numbers(args_, REFRAIN_STREAM_SUBSAMPLE);
    const int32_t start = words.size;
    const int32_t most = start + args_.window;
    for (int64_t i = begin - 1; i >= 0 && words.size < most && is_word(args_.ids[i]); --i) {
      if (keeps(i, numbers)) words.word[words.size++] = args_.ids[i];
    }
    for (int32_t i = start, j = words.size - 1; i < j; ++i, --j) {
      const int32_t other = words.word[i];
      words.word[i] = words.word[j];
      words.word[j] = other;
    }
  }

  const refrain_word2vec_args& args_;
};

// Half windows and noise of several centers at once.
class CenterDraws {
 public:
  static constexpr int kCenters = 8;

  // `numbers` holds kCenters * stride() words, `noise` kCenters * K.
  CenterDraws(const refrain_word2vec_args& args, uint32_t* numbers, int32_t* noise)
      : args_(args),
        stream_(args.seed, static_cast<uint32_t>(args.epoch), REFRAIN_STREAM_WINDOW),
        counters_(divide_up(1 + args.negatives, 4)),
        numbers_(numbers),
        noise_(noise) {}

  static int64_t numbers_size(const refrain_word2vec_args& a) {
    return kCenters * 4 * divide_up(1 + a.negatives, 4);
  }

  static int64_t noise_size(const refrain_word2vec_args& a) { return kCenters * a.negatives; }

  void draw(const int64_t* places, int count) {
    for (int64_t q = 0; q < counters_; ++q) {
      uint64_t counters[kCenters];
      for (int i = 0; i < kCenters; ++i) {
        const int64_t place = args_.text_position + places[i < count ? i : 0];
        counters[i] = static_cast<uint64_t>(place) * counters_ + q;
      }
      uint32_t words[4][kCenters];
      philox_at<kCenters>(stream_, counters, words);
      for (int i = 0; i < count; ++i) {
        for (int w = 0; w < 4; ++w) numbers_[(i * counters_ + q) * 4 + w] = words[w][i];
      }
    }
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < args_.negatives; ++j) {
        noise_[i * args_.negatives + j] = noise_word(numbers_[i * counters_ * 4 + 1 + j]);
      }
    }
  }

  int32_t half_window(int i) const {
    return 1 + static_cast<int32_t>(
                   (uint64_t{numbers_[i * counters_ * 4]} * static_cast<uint64_t>(args_.window)) >>
                   32);
  }

  const int32_t* noise(int i) const { return noise_ + i * args_.negatives; }

 private:
  int32_t noise_word(uint32_t number) const {
    const uint64_t r = number * static_cast<uint64_t>(args_.vocabulary);
    const int64_t column = static_cast<int64_t>(r >> 32);
    const int32_t* entry = args_.noise + 2 * column;
    const bool own = static_cast<uint32_t>(r) <= static_cast<uint32_t>(entry[0]) ||
                     entry[1] < 0 || entry[1] >= args_.vocabulary;
    return own ? static_cast<int32_t>(column) : entry[1];
  }

  const refrain_word2vec_args& args_;
  PhiloxStream stream_;
  int64_t counters_;
  uint32_t* numbers_;
  int32_t* noise_;
};

}  // namespace refrain::REFRAIN_TARGET
