#include "cuda/cudnn_layer.h"

#include "cuda/copy.cuh"
#include "cuda/cudnn_staging.cuh"
#include "cuda/operations.h"
#include "cuda/vendor.h"

namespace refrain::cuda {
namespace {

// Beyond any pre-activation, so that a sigmoid of it is 0 or 1 and a ReLU 0.
constexpr float kShut = 1e9f;
// Addresses that cuDNN is given are multiples of this, as those of whole allocations are.
constexpr int64_t kAlignedFloats = 64;

int64_t round_up(int64_t count, int64_t multiple) { return divide_up(count, multiple) * multiple; }

int64_t floats_of(size_t bytes) {
  return round_up(divide_up(static_cast<int64_t>(bytes), 4), kAlignedFloats);
}

bool aligned(const float* address) { return reinterpret_cast<uintptr_t>(address) % 16 == 0; }

// What closes a gate: of W's further column, which meets a 1 where a sequence has ended.
float ended_weight(cudnnRNNMode_t cell, int gate) {
  switch (cell) {
    case CUDNN_RNN_RELU:
      return -kShut;
    case CUDNN_LSTM:  // i, f, g, o: c' = c
      return gate == 0 ? -kShut : (gate == 1 ? kShut : 0.0f);
    case CUDNN_GRU:  // r, z, n: h' = h
      return gate == 1 ? kShut : 0.0f;
    default:
      return 0.0f;  // the states of a tanh RNN stay bounded
  }
}

CudnnShape shape_of(const CudnnLayer& layer, bool has_lengths) {
  const refrain_cell_shape& s = layer.shape;
  // The further column, and zeros that keep rows aligned.
  const int32_t inputs = has_lengths ? static_cast<int32_t>(round_up(s.inputs + 1, 4)) : s.inputs;
  return {layer.cell, s.steps, s.batch, inputs, s.hidden, s.outputs};
}

// The matrices of W and R of each gate, then the projection: cuDNN's order and ours.
WeightParts weight_parts(const CudnnLayer& layer, const CudnnPlan& plan) {
  const refrain_cell_parameters& p = layer.parameters;
  const int64_t hidden = layer.shape.hidden;
  const int gates = plan.shape.gates();
  WeightParts weights = {};
  for (const CudnnPart& found : plan.parts) {
    const int i = weights.count;
    WeightPart& part = weights.parts[weights.count++];
    const bool input = i < gates;
    const int gate = input ? i : i - gates;
    const int64_t columns = input ? layer.shape.inputs : layer.shape.outputs;
    const int64_t bias = input ? p.b_w : p.b_r;
    part = {hidden,
            input ? plan.shape.inputs : columns,
            found.matrix,
            found.bias,
            (input ? p.w : p.r) + gate * hidden * columns,
            columns,
            bias < 0 ? -1 : bias + gate * hidden,
            layer.cell == CUDNN_LSTM && i == 1 ? layer.forget_bias : 0.0f,
            input ? ended_weight(layer.cell, gate) : 0.0f};
    if (i == 2 * gates) {
      part = {layer.shape.outputs, hidden, found.matrix, -1, p.projection, hidden, -1, 0, 0};
    }
  }
  return weights;
}

// A call's arrays: some as they are, others staged in scratch memory.
class CudnnArrays {
 public:
  CudnnArrays(Engine& engine, const CudnnLayer& layer, CudnnPlan& plan)
      : engine_(engine),
        layer_(layer),
        plan_(plan),
        groups_(layer.shape.groups),
        rows_(int64_t{layer.shape.steps} * layer.shape.batch),
        weights_floats_(floats_of(plan.weights_bytes)) {}

  int64_t take(int64_t floats) {
    // Pieces are aligned to 128 bytes: with room to move up to 256.
    return layout_.take(floats + kAlignedFloats);
  }
  void allocate() { scratch_ = engine_.scratch(layout_.size()); }
  float* at(int64_t offset) const {
    const auto address = reinterpret_cast<uintptr_t>(scratch_ + offset);
    constexpr uintptr_t kBytes = kAlignedFloats * sizeof(float);
    return reinterpret_cast<float*>((address + kBytes - 1) / kBytes * kBytes);
  }
  // A piece as [G,rows,columns] where it is wanted; else absent.
  refrain_view view(int64_t offset, bool wanted, int64_t rows, int64_t columns) const {
    if (!wanted) return absent();
    return {at(offset), group_floats(rows, columns), columns};
  }
  static int64_t group_floats(int64_t rows, int64_t columns) {
    return round_up(rows * columns, kAlignedFloats);
  }
  int64_t take_array(bool wanted, int64_t rows, int64_t columns) {
    return take(wanted ? groups_ * group_floats(rows, columns) : 0);
  }

  RunningOrder order() const {
    return {layer_.sequence.lengths, layer_.shape.batch, layer_.shape.steps,
            layer_.sequence.reverse != 0};
  }
  // Whether cuDNN can use a sequence where it lies.
  bool straight(const refrain_view& view, int64_t columns) const {
    return layer_.sequence.lengths == nullptr && layer_.sequence.reverse == 0 &&
           view.data != nullptr && view.row_stride == columns && aligned(view.data) &&
           view.group_stride % 4 == 0;
  }

  template <class Body>
  void run(const char* name, int64_t count, const Body& body) const {
    for_each(engine_, name, groups_, count, body);
  }

  int64_t groups() const { return groups_; }
  int64_t rows() const { return rows_; }
  int64_t weights_floats() const { return weights_floats_; }

  // The y that cuDNN writes and the reserve behind it, of each group.
  int64_t kept_floats() const {
    return group_floats(rows_, layer_.shape.outputs) + floats_of(plan_.reserve_bytes);
  }
  refrain_view kept_output(float* kept) const {
    return {kept, kept_floats(), layer_.shape.outputs};
  }
  float* kept_reserve(float* kept, int64_t group) const {
    return kept + group * kept_floats() + group_floats(rows_, layer_.shape.outputs);
  }

 private:
  Engine& engine_;
  const CudnnLayer& layer_;
  CudnnPlan& plan_;
  const int64_t groups_;
  const int64_t rows_;
  const int64_t weights_floats_;
  ScratchLayout layout_;
  float* scratch_ = nullptr;
};

float* group_of(const refrain_view& view, int64_t group) {
  return view.data == nullptr ? nullptr : view.data + group * view.group_stride;
}

CudnnPlan* plan_of(Engine& engine, const CudnnLayer& layer, bool backward) {
  Cudnn& cudnn = *engine.vendor().cudnn();
  CudnnPlan* plan = cudnn.plan(engine, shape_of(layer, layer.sequence.lengths != nullptr));
  const refrain_cell_sequence& q = layer.sequence;
  const refrain_cell_gradients& d = layer.gradient;
  if (plan != nullptr && engine.measuring()) {
    cudnn.warm_up(engine, *plan,
                  {backward || q.reserve != nullptr, q.hx.data != nullptr, q.cx.data != nullptr,
                   !backward && q.cy.data != nullptr, backward, backward && d.dhx.data != nullptr,
                   backward && d.dcx.data != nullptr, backward && d.dcy.data != nullptr});
  }
  return engine.status() == REFRAIN_OK ? plan : nullptr;
}

// The weight space of each group, packed in scratch memory.
float* pack_weights(Engine& engine, const CudnnPlan& plan, const CudnnArrays& arrays,
                    int64_t offset, const CudnnLayer& layer, const WeightParts& parts) {
  float* space = arrays.at(offset);
  if (plan.unused_weights_bytes() != 0) {
    // Scratch memory may hold NaN, which no zero of the library's hides.
    engine.clear("clearing cuDNN's weight space", space,
                 arrays.groups() * arrays.weights_floats() * int64_t{sizeof(float)});
  }
  arrays.run("cuDNN's weights", parts.elements(),
             PackWeights{parts, layer.parameters.data, layer.parameters.group_stride, space,
                         arrays.weights_floats()});
  return space;
}

}  // namespace

CudnnLayer cudnn_layer(const refrain_rnn_args& args) {
  return {args.activation == REFRAIN_RELU ? CUDNN_RNN_RELU : CUDNN_RNN_TANH, args.shape,
          args.parameters, args.sequence, args.gradient, 0.0f};
}

CudnnLayer cudnn_layer(const refrain_lstm_args& args) {
  return {CUDNN_LSTM, args.shape, args.parameters, args.sequence, args.gradient,
          static_cast<float>(args.forget_bias)};
}

CudnnLayer cudnn_layer(const refrain_gru_args& args) {
  return {CUDNN_GRU, args.shape, args.parameters, args.sequence, args.gradient, 0.0f};
}

std::string cudnn_declines(Engine& engine, const Recurrence& r) {
  if (engine.vendor().cudnn() == nullptr) return engine.vendor().cudnn_reason();
  if (r.cell == Cell::kGruResetBefore) return "cuDNN's GRU has the form reset-after";
  if (r.activation != REFRAIN_TANH &&
      !(r.cell == Cell::kRnn && r.activation == REFRAIN_RELU)) {
    return "cuDNN's cells have tanh, and its RNN has ReLU";
  }
  if (r.peeps) return "cuDNN's LSTM has no peepholes";
  if (r.clips) return "cuDNN clips cell states by another rule";
  if (r.projects && r.shape.outputs >= r.shape.hidden) {
    return "cuDNN projects to fewer outputs than hidden units alone";
  }
  if (engine.precision() == REFRAIN_BF16) return "cuDNN has no bf16 for float32 layers";
  const char* refusal = engine.vendor().cudnn()->refusal(engine);
  return refusal == nullptr ? "" : refusal;
}

int64_t cudnn_reserve_size(Engine& engine, const CudnnLayer& layer) {
  int64_t most = -1;
  // The query does not tell whether there will be lengths.
  for (const bool has_lengths : {false, true}) {
    CudnnPlan* plan = engine.vendor().cudnn()->plan(engine, shape_of(layer, has_lengths));
    if (plan == nullptr) return -1;
    most = larger(most, CudnnArrays(engine, layer, *plan).kept_floats());
  }
  return most;
}

void cudnn_forward(Engine& engine, const CudnnLayer& layer) {
  const refrain_cell_shape& s = layer.shape;
  const refrain_cell_sequence& q = layer.sequence;
  const bool training = q.reserve != nullptr;
  CudnnPlan* plan = plan_of(engine, layer, false);
  if (plan == nullptr) return;
  CudnnArrays arrays(engine, layer, *plan);
  const bool x_straight = arrays.straight(q.x, s.inputs);
  const bool y_straight = arrays.straight(q.y, s.outputs);
  const int64_t weights_offset = arrays.take(arrays.groups() * arrays.weights_floats());
  const int64_t x_offset = arrays.take_array(!x_straight, arrays.rows(), plan->shape.inputs);
  const int64_t y_offset = arrays.take_array(!training && !y_straight, arrays.rows(), s.outputs);
  const int64_t hx_offset = arrays.take_array(q.hx.data != nullptr, s.batch, s.outputs);
  const int64_t cx_offset = arrays.take_array(q.cx.data != nullptr, s.batch, s.hidden);
  const int64_t cy_offset = arrays.take_array(q.cy.data != nullptr, s.batch, s.hidden);
  const int64_t workspace_offset = arrays.take(floats_of(
      training ? plan->training_workspace_bytes : plan->inference_workspace_bytes));
  arrays.allocate();

  const RunningOrder order = arrays.order();
  const refrain_view x =
      x_straight ? q.x : arrays.view(x_offset, true, arrays.rows(), plan->shape.inputs);
  const refrain_view y =
      y_straight ? q.y
                 : (training ? arrays.kept_output(q.reserve)
                             : arrays.view(y_offset, true, arrays.rows(), s.outputs));
  const refrain_view hx = arrays.view(hx_offset, q.hx.data != nullptr, s.batch, s.outputs);
  const refrain_view cx = arrays.view(cx_offset, q.cx.data != nullptr, s.batch, s.hidden);
  const refrain_view cy = arrays.view(cy_offset, q.cy.data != nullptr, s.batch, s.hidden);
  const float* weights =
      pack_weights(engine, *plan, arrays, weights_offset, layer, weight_parts(layer, *plan));
  if (!x_straight) {
    arrays.run("cuDNN's x", arrays.rows() * plan->shape.inputs,
               StageInput{order, s.inputs, plan->shape.inputs, q.x, x});
  }
  if (hx.data != nullptr) copy_rows(engine, s.groups, s.batch, s.outputs, q.hx, hx);
  if (cx.data != nullptr) copy_rows(engine, s.groups, s.batch, s.hidden, q.cx, cx);
  for (int64_t g = 0; g < s.groups && !engine.measuring(); ++g) {
    engine.vendor().cudnn()->forward(
        engine, *plan,
        {training, group_of(x, g), group_of(y, g), group_of(hx, g), group_of(cx, g),
         group_of(cy, g), weights + g * arrays.weights_floats(),
         arrays.at(workspace_offset), training ? arrays.kept_reserve(q.reserve, g) : nullptr});
  }
  if (!y_straight) {
    arrays.run("cuDNN's y", arrays.rows() * s.outputs, TakeOutput{order, s.outputs, y, q.y});
  }
  if (q.hy.data != nullptr) {
    arrays.run("cuDNN's hy", int64_t{s.batch} * s.outputs,
               TakeFinalState{order, s.outputs, q.hx, y, q.hy});
  }
  if (cy.data != nullptr) copy_rows(engine, s.groups, s.batch, s.hidden, cy, q.cy);
}

void cudnn_backward(Engine& engine, const CudnnLayer& layer) {
  const refrain_cell_shape& s = layer.shape;
  const refrain_cell_sequence& q = layer.sequence;
  const refrain_cell_gradients& d = layer.gradient;
  CudnnPlan* plan = plan_of(engine, layer, true);
  if (plan == nullptr) return;
  CudnnArrays arrays(engine, layer, *plan);
  const bool x_straight = arrays.straight(q.x, s.inputs);
  const bool dy_straight = d.dhy.data == nullptr && arrays.straight(d.dy, s.outputs);
  const bool dx_straight = d.accumulate_dx == 0 && arrays.straight(d.dx, s.inputs);
  const int64_t space_floats = arrays.groups() * arrays.weights_floats();
  const int64_t weights_offset = arrays.take(space_floats);
  const int64_t dweights_offset = arrays.take(space_floats);
  const int64_t x_offset = arrays.take_array(!x_straight, arrays.rows(), plan->shape.inputs);
  const int64_t dy_offset = arrays.take_array(!dy_straight, arrays.rows(), s.outputs);
  const int64_t dx_offset = arrays.take_array(!dx_straight, arrays.rows(), plan->shape.inputs);
  const int64_t hx_offset = arrays.take_array(q.hx.data != nullptr, s.batch, s.outputs);
  const int64_t dhx_offset = arrays.take_array(d.dhx.data != nullptr, s.batch, s.outputs);
  const int64_t cx_offset = arrays.take_array(q.cx.data != nullptr, s.batch, s.hidden);
  const int64_t dcy_offset = arrays.take_array(d.dcy.data != nullptr, s.batch, s.hidden);
  const int64_t dcx_offset = arrays.take_array(d.dcx.data != nullptr, s.batch, s.hidden);
  const int64_t workspace_offset = arrays.take(floats_of(plan->training_workspace_bytes));
  arrays.allocate();

  const RunningOrder order = arrays.order();
  const refrain_view x =
      x_straight ? q.x : arrays.view(x_offset, true, arrays.rows(), plan->shape.inputs);
  const refrain_view y =
      arrays.straight(q.y, s.outputs) ? q.y : arrays.kept_output(q.reserve);
  const refrain_view dy =
      dy_straight ? d.dy : arrays.view(dy_offset, true, arrays.rows(), s.outputs);
  const refrain_view dx =
      dx_straight ? d.dx : arrays.view(dx_offset, true, arrays.rows(), plan->shape.inputs);
  const refrain_view hx = arrays.view(hx_offset, q.hx.data != nullptr, s.batch, s.outputs);
  const refrain_view dhx = arrays.view(dhx_offset, d.dhx.data != nullptr, s.batch, s.outputs);
  const refrain_view cx = arrays.view(cx_offset, q.cx.data != nullptr, s.batch, s.hidden);
  const refrain_view dcy = arrays.view(dcy_offset, d.dcy.data != nullptr, s.batch, s.hidden);
  const refrain_view dcx = arrays.view(dcx_offset, d.dcx.data != nullptr, s.batch, s.hidden);
  const WeightParts parts = weight_parts(layer, *plan);
  const float* weights = pack_weights(engine, *plan, arrays, weights_offset, layer, parts);
  float* dweights = arrays.at(dweights_offset);
  fill(engine, {dweights, space_floats, 0.0f});
  if (!x_straight) {
    arrays.run("cuDNN's x", arrays.rows() * plan->shape.inputs,
               StageInput{order, s.inputs, plan->shape.inputs, q.x, x});
  }
  if (!dy_straight) {
    arrays.run("cuDNN's dy", arrays.rows() * s.outputs,
               StageOutputGradient{order, s.outputs, d.dy, d.dhy, dy});
  }
  if (hx.data != nullptr) copy_rows(engine, s.groups, s.batch, s.outputs, q.hx, hx);
  if (cx.data != nullptr) copy_rows(engine, s.groups, s.batch, s.hidden, q.cx, cx);
  if (dcy.data != nullptr) copy_rows(engine, s.groups, s.batch, s.hidden, d.dcy, dcy);
  for (int64_t g = 0; g < s.groups && !engine.measuring(); ++g) {
    const int64_t space = g * arrays.weights_floats();
    engine.vendor().cudnn()->backward(
        engine, *plan,
        {group_of(x, g), group_of(y, g), group_of(dy, g), group_of(dx, g),
         group_of(hx, g), group_of(dhx, g), group_of(cx, g), group_of(dcy, g), group_of(dcx, g),
         weights + space, dweights + space, arrays.at(workspace_offset),
         arrays.kept_reserve(q.reserve, g)});
  }
  if (!dx_straight && d.dx.data != nullptr) {
    arrays.run("cuDNN's dx", arrays.rows() * s.inputs,
               TakeInputGradient{order, s.inputs, d.accumulate_dx != 0, dx, d.dx});
  }
  if (dhx.data != nullptr) {
    arrays.run("cuDNN's dhx", int64_t{s.batch} * s.outputs,
               TakeStateGradient{order, s.outputs, dhx, d.dhy, d.dhx});
  }
  if (dcx.data != nullptr) copy_rows(engine, s.groups, s.batch, s.hidden, dcx, d.dcx);
  arrays.run("cuDNN's parameter gradients", parts.elements(),
             TakeWeightGradients{parts, d.accumulate_parameters != 0, dweights,
                                 arrays.weights_floats(), layer.parameters.gradients,
                                 layer.parameters.group_stride});
}

}  // namespace refrain::cuda
