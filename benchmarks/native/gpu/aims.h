// The steps that the CUDA engine is judged by, and what is aimed at on an H200.
#pragma once

#include "training_step.h"

namespace refrain::bench {

struct Aim {
  Shape shape;
  int32_t precision;
  const char* aim;  // models/s: trained models of 4,000 steps in a second of device time
};

constexpr Aim kAims[] = {
    {{"LSTM, whole step", 4, 1, 1, 100, 50, 20, true}, REFRAIN_FP32,
     "120 us, 10 x PyTorch eager"},
    {{"ReLU RNN, whole step", 1, 1, 1, 100, 50, 20, true}, REFRAIN_FP32, "60 us"},
    {{"GRU, whole step", 3, 1, 1, 100, 50, 20, true}, REFRAIN_FP32, "-"},
    {{"milk's LSTM, whole step", 4, 1, 1, 100, 1, 11, true}, REFRAIN_FP32, "60 us"},
    {{"LSTM 512, forward and backward", 4, 1, 512, 512, 64, 256, false}, REFRAIN_FP32,
     "3 x PyTorch"},
    {{"LSTM 1024, forward and backward", 4, 1, 1024, 1024, 64, 256, false}, REFRAIN_TF32,
     "1.5 x PyTorch"},
    {{"LSTM 1024, forward and backward", 4, 1, 1024, 1024, 64, 256, false}, REFRAIN_BF16, "-"},
    {{"4000 of milk's LSTM", 4, 4000, 1, 100, 1, 11, true}, REFRAIN_FP32, "200 models/s"},
};

constexpr Aim kTiny[] = {
    {{"LSTM, whole step", 4, 1, 1, 12, 3, 4, true}, REFRAIN_FP32, "-"},
    {{"ReLU RNN, whole step", 1, 1, 1, 12, 3, 4, true}, REFRAIN_FP32, "-"},
    {{"GRU, whole step", 3, 1, 1, 12, 3, 4, true}, REFRAIN_FP32, "-"},
    {{"LSTM, forward and backward", 4, 1, 5, 24, 4, 3, false}, REFRAIN_TF32, "-"},
    {{"LSTM, forward and backward", 4, 1, 5, 24, 4, 3, false}, REFRAIN_BF16, "-"},
    {{"three LSTMs", 4, 3, 1, 12, 1, 4, true}, REFRAIN_FP32, "-"},
};

inline const char* name_of(int32_t precision) {
  return precision == REFRAIN_FP32 ? "FP32" : precision == REFRAIN_TF32 ? "TF32" : "BF16";
}

}  // namespace refrain::bench
