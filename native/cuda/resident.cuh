// The launches of the kernel that keeps R on chip (resident_kernel.cuh): a layer's variants block,
// cluster and, in FP32, cooperative.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "cuda/cell.cuh"
#include "cuda/recurrence.h"
#include "cuda/resident_kernel.cuh"
#include "cuda/resident_plan.h"
#include "refrain/context.h"

namespace refrain::cuda {

// A layer's way through its steps by one of the variants that keep R on chip.
template <class Unit>
class ResidentSteps {
 public:
  // Takes what scratch memory it needs.
  ResidentSteps(CellCall& call, const Recurrence& recurrence, Variant variant)
      : call_(call),
        variant_(variant),
        plan_(plan_if_resident(call.engine, recurrence, variant)) {
    if (plan_.blocks == 0 || call.engine.status() != REFRAIN_OK) return;
    choose_rows();
    if (variant_ != Variant::kCooperative) return;
    exchange_ = call.layout.take(teams_ * 2 * rows_ * plan_.row_floats);
    counters_ = call.layout.take(teams_ * kCounterStride);
  }

  // Whether the variant is one of these.
  bool planned() const { return plan_.blocks > 0; }

  void run(const char* name, const Unit& cell) const {
    Engine& engine = call_.engine;
    if (engine.status() != REFRAIN_OK) return;
    ResidentCall r = {};
    r.way = variant_ == Variant::kBlock
                 ? Exchange::kBlock
                 : (variant_ == Variant::kCluster ? Exchange::kCluster : Exchange::kCooperative);
    r.groups = static_cast<int>(call_.groups);
    r.chunks = static_cast<unsigned>(divide_up(call_.batch, rows_));
    r.group_stride = static_cast<int>(teams_ / r.chunks);
    r.chunk_stride = static_cast<unsigned>(teams_ % r.chunks);
    r.steps = static_cast<int>(call_.steps.count);
    r.batch = static_cast<int>(call_.batch);
    r.hidden = static_cast<int>(call_.hidden);
    r.blocks = plan_.blocks;
    r.units = plan_.units;
    r.lanes = plan_.lanes;
    r.pieces[0] = plan_.pieces[0];
    r.pieces[1] = plan_.pieces[1];
    r.row_floats = plan_.row_floats;
    r.rows = static_cast<int>(rows_);
    r.staged_rows = static_cast<int>(plan_.staged_rows(variant_, rows_));
    r.buffer_floats = plan_.buffers(variant_) == 1 ? 0 : r.staged_rows * r.row_floats;
    r.weight_floats = static_cast<int>(plan_.weight_floats);
    r.r = call_.parameter(call_.parameters.r, call_.hidden);
    Meeting meeting = variant_ == Variant::kCluster ? Meeting::kCluster : Meeting::kNever;
    if (variant_ == Variant::kCooperative) {
      meeting = Meeting::kGrid;
      r.exchange = call_.scratch(exchange_, 1, 1).data;
      r.counters = reinterpret_cast<unsigned*>(call_.scratch(counters_, 1, 1).data);
      engine.clear(name, r.counters,
                   teams_ * kCounterStride * static_cast<int64_t>(sizeof(unsigned)));
    }
    engine.launch_meeting(meeting, static_cast<unsigned>(plan_.blocks), name, kernel(),
                          dim3(static_cast<unsigned>(teams_ * plan_.blocks)),
                          dim3(static_cast<unsigned>(plan_.threads)),
                          static_cast<size_t>(plan_.shared_bytes(variant_, rows_)), cell, r);
  }

 private:
  // Without blocks by the other variants.
  static ResidentPlan plan_if_resident(const Engine& engine, const Recurrence& recurrence,
                                       Variant variant) {
    const bool resident = variant == Variant::kBlock || variant == Variant::kCluster ||
                          (variant == Variant::kCooperative && engine.precision() == REFRAIN_FP32);
    return resident ? plan_resident(engine, recurrence, Unit::kDirection, variant)
                    : ResidentPlan{};
  }

  using Kernel = void (*)(Unit, ResidentCall);

  Kernel kernel() const {
    constexpr Kernel kernels[kThreadClasses] = {resident_kernel<Unit, 0>, resident_kernel<Unit, 1>,
                                                resident_kernel<Unit, 2>};
    return kernels[plan_.thread_class];
  }

  // Teams that the device holds at once.
  int64_t teams_that_fit(int64_t rows) const {
    Engine& engine = call_.engine;
    const auto shared_bytes = static_cast<size_t>(plan_.shared_bytes(variant_, rows));
    const int64_t teams =
        variant_ == Variant::kCluster
            ? engine.resident_clusters(kernel(), plan_.threads, shared_bytes, plan_.blocks)
            : engine.resident_blocks(kernel(), plan_.threads, shared_bytes) / plan_.blocks;
    return larger(1, teams);
  }

  // As few rows a team as let all teams work at once.
  void choose_rows() {
    const int64_t most = smaller(call_.batch, plan_.most_rows(variant_));
    const int64_t teams_of_group = larger(1, teams_that_fit(1) / call_.groups);
    rows_ = smaller(most, divide_up(call_.batch, teams_of_group));
    teams_ = smaller(call_.groups * divide_up(call_.batch, rows_), teams_that_fit(rows_));
  }

  const CellCall& call_;
  const Variant variant_;
  const ResidentPlan plan_;
  int64_t rows_ = 0;
  int64_t teams_ = 0;
  int64_t exchange_ = 0;
  int64_t counters_ = 0;
};

}  // namespace refrain::cuda
