// How functions of the library fail: a status, and a message for the calling thread.
#pragma once

namespace refrain {

// Keeps the message (printf's format) for refrain_last_error() and returns the status.
int fail(int status, const char* format, ...) __attribute__((format(printf, 2, 3)));

const char* last_error();

}  // namespace refrain
