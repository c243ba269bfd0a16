// The table by which the operations of one instruction set are called.
#pragma once

#include "core/backend.h"
#include "cpu/engine.h"

namespace refrain {

// Arguments have been checked by the core; the struct is the one that refrain_operation names.
using OperationFunction = int (*)(Engine& engine, const void* arguments);

struct OperationTable {
  OperationFunction run[REFRAIN_OP_COUNT];
};

}  // namespace refrain
