// Matrix products on tensor cores, for engines in TF32 or BF16: the inputs are rounded, products
// and sums are float32.
#pragma once

#include "cuda/product.cuh"

namespace refrain::cuda {

// Why a product is not computed here; null where it is: with a precision that allows it, and unless a
// side is so short that fragments would mostly hold zeros (m, n or k below 8): those stay in float32.
// A fixed rule of the shape of one group.
const char* tensor_declines(Engine& engine, const Product& product);

void multiply_tensor(Engine& engine, const char* name, const Product& product);

}  // namespace refrain::cuda
