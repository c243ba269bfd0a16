// Rows copied from view to view, for operations that end with it.
#pragma once

#include "cuda/engine.h"

namespace refrain::cuda {

// An absent source stands for zeros.
void copy_rows(Engine& engine, int64_t groups, int64_t rows, int64_t columns,
               const refrain_view& source, const refrain_view& target);

}  // namespace refrain::cuda
