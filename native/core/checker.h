// What the checks of arguments are written with.
#pragma once

#include <cstdint>

#include "core/status.h"
#include "refrain/refrain.h"

namespace refrain {

// Collects the first thing that is wrong with an operation's arguments.
class Checker {
 public:
  explicit Checker(const char* operation) : operation_(operation) {}

  int status() const { return status_; }

  void demand(bool holds, const char* name, double value, const char* rule) {
    if (holds || status_ != REFRAIN_OK) return;
    status_ = fail(REFRAIN_BAD_ARGUMENT, "%s: %s is %.17g; %s", operation_, name, value, rule);
  }

  void positive(int64_t value, const char* name) {
    demand(value >= 1, name, static_cast<double>(value), "it must be at least 1");
  }

  void present(const void* pointer, const char* name) {
    if (pointer != nullptr || status_ != REFRAIN_OK) return;
    status_ = fail(REFRAIN_BAD_ARGUMENT, "%s: %s is null; it must be there", operation_, name);
  }

  void offset(int64_t value, const char* name) {
    demand(value >= 0, name, static_cast<double>(value), "this offset must be there");
  }

  void choice(int32_t value, int32_t choices, const char* name) {
    demand(value >= 0 && value < choices, name, value, "it is none of the enum's values");
  }

  void view(const refrain_view& v, int64_t columns, const char* name) {
    if (v.data == nullptr) return;
    demand(v.row_stride >= columns, name, static_cast<double>(v.row_stride),
           "its row_stride must not be below its columns");
    demand(v.group_stride >= 0, name, static_cast<double>(v.group_stride),
           "its group_stride must not be negative");
  }

  void present_view(const refrain_view& v, int64_t columns, const char* name) {
    present(v.data, name);
    view(v, columns, name);
  }

  void state(const refrain_step_state& s, int32_t groups) {
    present(s.group, "state.group");
    demand(s.groups == groups, "state.groups", s.groups, "the operation has another number");
    demand(s.history_length >= 0, "state.history_length", static_cast<double>(s.history_length),
           "it must not be negative");
    if (s.history_length > 0) present(s.history, "state.history");
  }

 private:
  const char* operation_;
  int status_ = REFRAIN_OK;
};

}  // namespace refrain
