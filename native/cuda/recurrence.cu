#include "cuda/recurrence.h"

#include <cstdio>
#include <cstring>

#include "core/status.h"
#include "cuda/cooperative_tensor.cuh"
#include "cuda/cudnn_layer.h"
#include "cuda/reserve.h"
#include "cuda/resident_plan.h"

namespace refrain::cuda {
namespace {

// Why a variant does not run a layer: a sentence, or nothing if it does.
using Declines = std::string (*)(Engine& engine, const Recurrence& recurrence);

std::string cooperative_declines(Engine& engine, const Recurrence& recurrence) {
  return engine.precision() == REFRAIN_FP32 ? cooperative_resident_declines(engine, recurrence)
                                            : cooperative_tensor_declines(engine, recurrence);
}

template <std::string (*kDeclines)(const Engine&, const Recurrence&)>
std::string resident_declines(Engine& engine, const Recurrence& recurrence) {
  return kDeclines(engine, recurrence);
}

std::string takes_all(Engine&, const Recurrence&) { return ""; }

struct Entry {
  Variant variant;
  const char* name;
  Declines declines;
};

// Fastest first.
constexpr Entry kEntries[] = {
    {Variant::kBlock, "block", resident_declines<block_declines>},
    {Variant::kCluster, "cluster", resident_declines<cluster_declines>},
    {Variant::kCooperative, "cooperative", cooperative_declines},
    {Variant::kCudnn, "cudnn", cudnn_declines},
    {Variant::kPerStep, "perStep", takes_all},
};

constexpr char kAutomaticName[] = "auto";

Recurrence recurrence(Cell cell, int gates, const refrain_cell_shape& shape, int32_t activation,
                      const refrain_cell_sequence& sequence) {
  Recurrence r = {};
  r.cell = cell;
  r.gates = gates;
  r.shape = shape;
  r.activation = activation;
  r.reverse = sequence.reverse != 0;
  r.has_lengths = sequence.lengths != nullptr;
  return r;
}

template <class Args>
const Args& as(const void* arguments) {
  return *static_cast<const Args*>(arguments);
}

const char* name_of(Cell cell) {
  switch (cell) {
    case Cell::kRnn:
      return "rnn";
    case Cell::kLstm:
      return "lstm";
    case Cell::kGruResetBefore:
      return "gru_reset_before";
    default:
      return "gru_reset_after";
  }
}

int64_t options_of(const Recurrence& recurrence) {
  return (recurrence.projects ? 1 : 0) + (recurrence.peeps ? 2 : 0) + (recurrence.clips ? 4 : 0);
}

// `own`: floats of one group where the variant is one of our own.
template <class Args>
int64_t reserve_size(Engine& engine, const Args& args, int64_t own) {
  const bool by_cudnn = choose_variant(engine, recurrence_of(args)) == Variant::kCudnn;
  return args.shape.groups *
         (by_cudnn ? cudnn_reserve_size(engine, cudnn_layer(args)) : own);
}

}  // namespace

Recurrence recurrence_of(const refrain_rnn_args& args) {
  return recurrence(Cell::kRnn, 1, args.shape, args.activation, args.sequence);
}

Recurrence recurrence_of(const refrain_lstm_args& args) {
  Recurrence r = recurrence(Cell::kLstm, 4, args.shape, args.activation, args.sequence);
  r.projects = args.parameters.projection >= 0;
  r.peeps = args.parameters.peepholes >= 0;
  r.clips = args.cell_clip > 0;
  return r;
}

Recurrence recurrence_of(const refrain_gru_args& args) {
  const Cell cell =
      args.form == REFRAIN_RESET_AFTER ? Cell::kGruResetAfter : Cell::kGruResetBefore;
  return recurrence(cell, 3, args.shape, args.activation, args.sequence);
}

std::vector<Variant> variants_of(Engine& engine, const Recurrence& recurrence) {
  std::vector<Variant> variants;
  for (const Entry& entry : kEntries) {
    if (entry.declines(engine, recurrence).empty()) variants.push_back(entry.variant);
  }
  return variants;
}

std::string layer_text(const Recurrence& recurrence) {
  const refrain_cell_shape& s = recurrence.shape;
  char text[192];
  std::snprintf(text, sizeof text, "%s G=%d T=%d N=%d I=%d H=%d Q=%d activation=%d options=%d",
                name_of(recurrence.cell), s.groups, s.steps, s.batch, s.inputs, s.hidden, s.outputs,
                recurrence.activation, static_cast<int>(options_of(recurrence)));
  return text;
}

namespace {

Variant variant_of(Engine& engine, const Recurrence& recurrence, Declined* declined) {
  if (engine.variant() == Variant::kAutomatic && !engine.choices().empty()) {
    const Variant chosen = engine.choices().of(layer_text(recurrence));
    for (const Entry& entry : kEntries) {
      if (entry.variant != chosen || !entry.declines(engine, recurrence).empty()) continue;
      declined->emplace_back("others", std::string(entry.name) + " was timed or given");
      return chosen;
    }
  }
  for (const Entry& entry : kEntries) {
    if (engine.variant() != Variant::kAutomatic && engine.variant() != entry.variant) continue;
    const std::string reason = entry.declines(engine, recurrence);
    if (reason.empty()) {
      const bool forced = engine.variant() != Variant::kAutomatic;
      if (forced) declined->emplace_back("others", std::string(entry.name) + " is forced");
      return entry.variant;
    }
    declined->emplace_back(entry.name, reason);
    if (engine.variant() == Variant::kAutomatic) continue;
    engine.set_failed(fail(REFRAIN_UNAVAILABLE,
                           "the variant %s does not run this layer: %s: take auto or perStep",
                           entry.name, reason.c_str()));
  }
  return Variant::kPerStep;
}

}  // namespace

Variant choose_variant(Engine& engine, const Recurrence& recurrence) {
  Declined declined;
  const Variant variant = variant_of(engine, recurrence, &declined);
  if (engine.status() != REFRAIN_OK) return variant;
  const refrain_cell_shape& s = recurrence.shape;
  const Decisions::Key key = {
      Decisions::kRecurrence, static_cast<int64_t>(recurrence.cell), s.groups, s.steps, s.batch,
      s.inputs, s.hidden, s.outputs, recurrence.activation, options_of(recurrence)};
  if (!engine.decisions().knows(key, name_of(variant))) {
    engine.decisions().note(key, layer_text(recurrence), name_of(variant), declined);
  }
  return variant;
}

const char* name_of(Variant variant) {
  for (const Entry& entry : kEntries) {
    if (entry.variant == variant) return entry.name;
  }
  return kAutomaticName;
}

bool variant_named(const char* name, Variant* variant) {
  *variant = Variant::kAutomatic;
  if (name == nullptr || *name == '\0' || std::strcmp(name, kAutomaticName) == 0) return true;
  for (const Entry& entry : kEntries) {
    if (std::strcmp(name, entry.name) != 0) continue;
    *variant = entry.variant;
    return true;
  }
  return false;
}

std::string names_of_variants() {
  std::string names = kAutomaticName;
  for (const Entry& entry : kEntries) {
    names += entry.variant == Variant::kPerStep ? " or " : ", ";
    names += entry.name;
  }
  return names;
}

std::string list_of_variants() {
  std::string names = kAutomaticName;
  for (const Entry& entry : kEntries) names += std::string(",") + entry.name;
  return names;
}

int64_t reserve_size(Engine& engine, int32_t operation, const void* arguments) {
  switch (operation) {
    case REFRAIN_OP_RNN_FORWARD: {
      const auto& args = as<refrain_rnn_args>(arguments);
      return reserve_size(engine, args, rnn_reserve(args).size);
    }
    case REFRAIN_OP_LSTM_FORWARD: {
      const auto& args = as<refrain_lstm_args>(arguments);
      return reserve_size(engine, args, lstm_reserve(args).size);
    }
    default: {
      const auto& args = as<refrain_gru_args>(arguments);
      return reserve_size(engine, args, gru_reserve(args).size);
    }
  }
}

}  // namespace refrain::cuda
