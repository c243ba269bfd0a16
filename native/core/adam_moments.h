// The table by which rows_adam.h catches up in O(1), in doubles, computed on the host for every backend:
//
//   header   [kTableHeader]  see TableHeader
//   powers   [kTablePowers, 2]  beta1^k, beta2^{k/2}
//   moments  [steps + 1, 4]  M_n(s), n = 0..3, for a base learning rate of 1
//   rates    [steps + 1]     lr_t for a base learning rate of 1; rates[0] is not used
#pragma once

#include <cstdint>
#include <vector>

#include "refrain/rows_adam.h"

namespace refrain {

enum TableHeader {
  kTableSteps,    // steps that moments and rates cover
  kTableSettled,  // 1: the rate no longer changes, so that the last entries hold for ever
  kTableTerms,    // terms of a sum over j after which nothing is left of beta1^j
  kTableOneByOne, // 1: the series leaves out too much
  kTableHeader = 8
};
constexpr int64_t kTablePowers = 1024;

int64_t adam_table_floats(const refrain_rows_adam_args& args);
std::vector<double> adam_table(const refrain_rows_adam_args& args);

}  // namespace refrain
