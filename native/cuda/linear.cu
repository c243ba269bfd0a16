#include "cuda/elementwise.cuh"
#include "cuda/operations.h"
#include "cuda/product.cuh"

namespace refrain::cuda {
namespace {

// A tensor of the parameters or their gradients, whose rows have `columns` elements.
refrain_view tensor(float* data, int64_t group_stride, int64_t offset, int64_t columns) {
  return offset < 0 ? absent() : refrain_view{data + offset, group_stride, columns};
}

}  // namespace

void linear_forward(Engine& engine, const refrain_linear_args& args) {
  const int64_t stride = args.parameter_stride;
  const refrain_view weight = tensor(args.parameters, stride, args.weight, args.inputs);
  const refrain_view bias = tensor(args.parameters, stride, args.bias, args.outputs);
  multiply(engine, "linear_forward's product",
           {args.groups, args.rows, args.outputs, args.inputs, args.x, false, weight, true, args.y,
            Start::kBias, bias});
}

void linear_backward(Engine& engine, const refrain_linear_args& args) {
  const int64_t stride = args.parameter_stride;
  const refrain_view weight = tensor(args.parameters, stride, args.weight, args.inputs);
  const refrain_view dweight = tensor(args.gradients, stride, args.weight, args.inputs);
  const refrain_view dbias = tensor(args.gradients, stride, args.bias, args.outputs);
  const bool accumulate = args.accumulate_parameters != 0;
  ProductBatch batch(engine);
  batch.add("linear_backward's weight gradient",
            Product{args.groups, args.outputs, args.inputs, args.rows, args.dy, true, args.x, false,
                    dweight, accumulate ? Start::kC : Start::kZero, absent()});
  batch.add("bias gradient", ColumnSums{args.groups, args.rows, args.outputs, args.dy, absent(),
                                        dbias, absent(), accumulate});
  if (args.dx.data != nullptr) {
    batch.add("input gradient",
              Product{args.groups, args.rows, args.inputs, args.outputs, args.dy, false, weight,
                      false, args.dx, Start::kZero, absent()});
  }
  batch.run();
}

}  // namespace refrain::cuda
