#include "core/context.h"

#include <cstring>

#include "core/backends.h"
#include "core/status.h"

namespace refrain {

void CallList::append(int32_t operation, const void* arguments, size_t size_bytes) {
  auto copy = std::make_unique<uint64_t[]>((size_bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::memcpy(copy.get(), arguments, size_bytes);
  calls_.push_back({operation, copy.get()});
  arguments_.push_back(std::move(copy));
}

namespace {

int not_while_recording(const char* function) {
  return fail(REFRAIN_BAD_STATE, "%s is not possible while a recording is open: end it first",
              function);
}

using Text = int64_t (*)(refrain_engine* engine, char* buffer, int64_t size_bytes);

// What a backend tells as text; empty where it has nothing of the kind.
int64_t text_of(refrain_context* context, Text text, char* buffer, int64_t size_bytes) {
  if (buffer != nullptr && size_bytes > 0) *buffer = '\0';
  if (text == nullptr) return 0;
  return text(context->engine, buffer, buffer == nullptr ? 0 : size_bytes);
}

}  // namespace
}  // namespace refrain

using refrain::fail;

int refrain_context::pass(int status) const {
  return status == REFRAIN_OK ? status : fail(status, "%s", backend->last_error());
}

int refrain_context::submit(int32_t operation, const void* arguments, size_t size_bytes) {
  if (open_recording) {
    open_recording->append(operation, arguments, size_bytes);
    return REFRAIN_OK;
  }
  ++operation_count;
  return pass(backend->run(engine, operation, arguments));
}

int refrain_context::replay(refrain_recording& recording, int64_t times) {
  const std::vector<refrain_call>& calls = recording.list.calls();
  if (recording.program != nullptr) {
    operation_count += times * static_cast<int64_t>(calls.size());
    return pass(backend->replay(engine, recording.program, times));
  }
  for (int64_t i = 0; i < times; ++i) {
    for (const refrain_call& call : calls) {
      ++operation_count;
      const int status = backend->run(engine, call.operation, call.arguments);
      if (status != REFRAIN_OK) return pass(status);
    }
  }
  return REFRAIN_OK;
}

const char* refrain_last_error(void) { return refrain::last_error(); }

int refrain_context_create(const refrain_options* options, refrain_context** context) {
  if (options == nullptr || context == nullptr) {
    return fail(REFRAIN_BAD_ARGUMENT, "options or context is null");
  }
  *context = nullptr;
  if (options->backend == nullptr) return fail(REFRAIN_BAD_ARGUMENT, "options.backend is null");
  const refrain_backend* backend = refrain::find_backend(options->backend);
  if (backend == nullptr) return REFRAIN_UNAVAILABLE;
  refrain_engine* engine = nullptr;
  const int status = backend->open(options, &engine);
  if (status != REFRAIN_OK) return fail(status, "%s", backend->last_error());
  *context = new refrain_context{backend, engine, nullptr, 0};
  return REFRAIN_OK;
}

int refrain_context_destroy(refrain_context* context) {
  if (context == nullptr) return REFRAIN_OK;
  const int status = context->pass(context->backend->close(context->engine));
  delete context;
  return status;
}

const char* refrain_context_description(refrain_context* context) {
  return context->backend->description(context->engine);
}

const char* refrain_context_variant(refrain_context* context) {
  return context->backend->variant(context->engine);
}

int64_t refrain_context_choices(refrain_context* context, char* buffer, int64_t size_bytes) {
  return refrain::text_of(context, context->backend->choices, buffer, size_bytes);
}

int64_t refrain_context_decisions(refrain_context* context, char* buffer, int64_t size_bytes) {
  return refrain::text_of(context, context->backend->decisions, buffer, size_bytes);
}

int64_t refrain_context_notices(refrain_context* context, char* buffer, int64_t size_bytes) {
  return refrain::text_of(context, context->backend->notices, buffer, size_bytes);
}

int refrain_context_set_choices(refrain_context* context, const char* text) {
  if (text == nullptr) return fail(REFRAIN_BAD_ARGUMENT, "the text of choices is null");
  if (context->backend->set_choices == nullptr) return REFRAIN_OK;
  return context->pass(context->backend->set_choices(context->engine, text));
}

int refrain_synchronize(refrain_context* context) {
  return context->pass(context->backend->synchronize(context->engine));
}

int64_t refrain_allocated_bytes(refrain_context* context) {
  return context->backend->allocated_bytes(context->engine);
}

int64_t refrain_operation_count(refrain_context* context) { return context->operation_count; }

int refrain_allocate(refrain_context* context, int64_t size_bytes, void** data) {
  if (data == nullptr) return fail(REFRAIN_BAD_ARGUMENT, "allocate: data is null");
  *data = nullptr;
  if (size_bytes < 0) {
    return fail(REFRAIN_BAD_ARGUMENT, "allocate: size_bytes is %lld; it must not be negative",
                static_cast<long long>(size_bytes));
  }
  if (context->open_recording) return refrain::not_while_recording("allocate");
  return context->pass(context->backend->allocate(context->engine, size_bytes, data));
}

int refrain_release(refrain_context* context, void* data) {
  return context->pass(context->backend->release(context->engine, data));
}

int refrain_write(refrain_context* context, void* device, const void* host, int64_t size_bytes) {
  if (context->open_recording) return refrain::not_while_recording("write");
  return context->pass(context->backend->write(context->engine, device, host, size_bytes));
}

int refrain_read(refrain_context* context, void* host, const void* device, int64_t size_bytes) {
  if (context->open_recording) return refrain::not_while_recording("read");
  return context->pass(context->backend->read(context->engine, host, device, size_bytes));
}

int refrain_record_begin(refrain_context* context) {
  if (context->open_recording) {
    return fail(REFRAIN_BAD_STATE, "a recording is open already: end or abort it first");
  }
  context->open_recording = std::make_unique<refrain::CallList>();
  return REFRAIN_OK;
}

int refrain_record_end(refrain_context* context, refrain_recording** recording) {
  if (recording == nullptr) return fail(REFRAIN_BAD_ARGUMENT, "record_end: recording is null");
  *recording = nullptr;
  if (!context->open_recording) {
    return fail(REFRAIN_BAD_STATE, "no recording is open: begin one first");
  }
  auto finished = std::make_unique<refrain_recording>();
  finished->context = context;
  finished->list = std::move(*context->open_recording);
  finished->program = nullptr;
  context->open_recording.reset();
  if (context->backend->compile != nullptr) {
    const std::vector<refrain_call>& calls = finished->list.calls();
    const int status =
        context->backend->compile(context->engine, calls.data(),
                                  static_cast<int64_t>(calls.size()), &finished->program);
    if (status != REFRAIN_OK) return context->pass(status);
  }
  *recording = finished.release();
  return REFRAIN_OK;
}

void refrain_record_abort(refrain_context* context) { context->open_recording.reset(); }

int refrain_recording_run(refrain_recording* recording, int64_t times) {
  if (recording == nullptr) return fail(REFRAIN_BAD_ARGUMENT, "the recording is null");
  if (times < 0) {
    return fail(REFRAIN_BAD_ARGUMENT, "times is %lld; it must not be negative",
                static_cast<long long>(times));
  }
  if (recording->context->open_recording) return refrain::not_while_recording("a replay");
  return recording->context->replay(*recording, times);
}

int64_t refrain_recording_length(refrain_recording* recording) {
  return static_cast<int64_t>(recording->list.calls().size());
}

int refrain_recording_destroy(refrain_recording* recording) {
  if (recording == nullptr) return REFRAIN_OK;
  refrain_context* const context = recording->context;
  int status = REFRAIN_OK;
  if (recording->program != nullptr) {
    status = context->pass(context->backend->discard(context->engine, recording->program));
  }
  const int trimmed = context->backend->trim(context->engine);
  delete recording;
  return status != REFRAIN_OK ? status : context->pass(trimmed);
}
