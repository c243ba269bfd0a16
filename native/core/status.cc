#include "core/status.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace refrain {
namespace {

thread_local char message[2048] = "";

}  // namespace

int fail(int status, const char* format, ...) {
  // Not straight into place: the old message may be one of the arguments.
  char text[sizeof message];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::memcpy(message, text, sizeof message);
  return status;
}

const char* last_error() { return message; }

}  // namespace refrain
