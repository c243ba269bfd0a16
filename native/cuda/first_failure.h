// What comes of several attempts that are all made: the first failure, with its message.
#pragma once

#include <string>

#include "core/status.h"
#include "refrain/shapes.h"

namespace refrain::cuda {

class FirstFailure {
 public:
  // A status with its message in last_error().
  void note(int status) {
    if (status_ != REFRAIN_OK || status == REFRAIN_OK) return;
    status_ = status;
    message_ = last_error();
  }
  int status() const {
    return status_ == REFRAIN_OK ? REFRAIN_OK : fail(status_, "%s", message_.c_str());
  }

 private:
  int status_ = REFRAIN_OK;
  std::string message_;
};

}  // namespace refrain::cuda
