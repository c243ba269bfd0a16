// The backends that contexts can be opened on.
#pragma once

#include <string>

#include "core/backend.h"

namespace refrain {

// The backend of that name, or null with a message.
const refrain_backend* find_backend(const std::string& name);

// The one that is linked in; defined in cpu/backend.cc.
const refrain_backend* cpu_backend();

}  // namespace refrain
