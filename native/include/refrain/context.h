/*
 * A context is one open engine: a device, its memory, its threads or stream, its scratch memory, and
 * the recording that may be open on it. One thread at a time uses a context; different contexts are
 * independent. Functions set a message for the calling thread when they fail.
 */
#ifndef REFRAIN_CONTEXT_H
#define REFRAIN_CONTEXT_H

#include "shapes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_context refrain_context;
typedef struct refrain_recording refrain_recording;

/* Version of this contract: a backend built against another one is refused. */
#define REFRAIN_ABI 6

/*
 * Storage, elementwise arithmetic, sums and optimizers are float32. In TF32 and BF16 matrix products MAY
 * round their inputs to that format (a permission: small ones, and recurrent products of the variants
 * block and cluster, stay float32).
 */
enum refrain_precision { REFRAIN_FP32 = 0, REFRAIN_TF32 = 1, REFRAIN_BF16 = 2 };

/* NVIDIA's libraries that the cuda backend may use where it finds them; flags. */
enum refrain_libraries { REFRAIN_LIBRARY_CUBLAS = 1, REFRAIN_LIBRARY_CUDNN = 2 };

typedef struct refrain_options {
  const char* backend;  /* "cpu", or the name of a loaded backend */
  const char* variant;  /* cpu: "portable", "avx2", "avx512"; cuda: how recurrent layers are run,
                           "block", "perStep", ...; null for the fastest */
  int32_t device;       /* index of the device, from 0 */
  int32_t threads;      /* cpu: worker threads including the caller; 0: one a core */
  int32_t precision;    /* refrain_precision; the cpu knows FP32 alone, TF32 and BF16 need
                           compute capability 8.0 */
  int32_t libraries;    /* refrain_libraries; 0: own kernels alone */
  int32_t autotune;     /* cuda: 1: time the variants of a recurrent layer once for each shape and keep
                           the fastest, instead of fixed rules; bits may then differ from run to run */
  int64_t memory_limit; /* bytes of all memory that the context takes; 0: no limit */
} refrain_options;

/* What a device is. */
typedef struct refrain_device_info {
  char name[256];
  int32_t capability;      /* compute capability, e.g. 90 */
  int32_t multiprocessors;
  int64_t total_bytes;     /* memory of the device */
} refrain_device_info;

/*
 * What a backend's devices need besides themselves, found or not: the same whether there is a device or none.
 * Versions are 0 and texts are empty where something is missing or does not apply.
 */
typedef struct refrain_software_info {
  char driver[32];         /* release of the driver, e.g. "580.95.05" */
  int32_t driver_version;  /* the CUDA version that the driver knows, e.g. 13000 for 13.0 */
  int32_t runtime_version; /* the CUDA version that the backend was built with */
  int32_t cublas_version;  /* e.g. 130000 for 13.0.0 */
  int32_t cudnn_version;   /* e.g. 92500 for 9.25.0 */
  char cublas_reason[512]; /* why it was not found */
  char cudnn_reason[512];
} refrain_software_info;

/* Version of the library, e.g. "0.1.0". */
REFRAIN_API const char* refrain_version(void);
/* The message of the calling thread's last failed call; never null. */
REFRAIN_API const char* refrain_last_error(void);

/* Opens the backend in a shared library (path), which then answers to its name in refrain_options. */
REFRAIN_API int refrain_load_backend(const char* path);
/* Number of devices of a backend; 0 with a message when there is none. */
REFRAIN_API int refrain_device_count(const char* backend, int32_t* count);
/* Asks no more of a device than its properties: other programs' devices are not touched. */
REFRAIN_API int refrain_describe_device(const char* backend, int32_t device,
                                        refrain_device_info* info);
/* Memory of a device that nobody uses. On a GPU asking makes CUDA's context there, which takes some itself. */
REFRAIN_API int refrain_free_memory(const char* backend, int32_t device, int64_t* free_bytes);
REFRAIN_API int refrain_describe_software(const char* backend, refrain_software_info* info);

/* What refrain_options.variant may be, separated by commas: "auto,block,perStep". */
REFRAIN_API int refrain_variants(const char* backend, const char** names);

REFRAIN_API int refrain_context_create(const refrain_options* options, refrain_context** context);
/* Releases everything, buffers included, whatever the status says; null is allowed. */
REFRAIN_API int refrain_context_destroy(refrain_context* context);
/* What runs: e.g. "cpu avx512, 2 threads". Valid while the context lives. */
REFRAIN_API const char* refrain_context_description(refrain_context* context);
/* The chosen instruction set or device variant, e.g. "avx512". */
REFRAIN_API const char* refrain_context_variant(refrain_context* context);
/*
 * What the context has found by timing (refrain_options.autotune), as text: one line a choice, "lstm G=1 T=20
 * ... block". Writes at most size_bytes with the closing zero, and returns the length of the whole. Given
 * back to another context, before a layer of that shape is run or its reserve's size asked, the text makes
 * the same choices there, whether that one times or not; a variant that the device does not have is not
 * taken. Empty, and ignored, on a backend that times nothing.
 */
REFRAIN_API int64_t refrain_context_choices(refrain_context* context, char* buffer, int64_t size_bytes);
REFRAIN_API int refrain_context_set_choices(refrain_context* context, const char* text);
/*
 * Which way each operation of each shape was run so far, and why each faster one was not, one line a shape in
 * the order of their text: "product m=1000 n=400 k=100: own kernels; cuBLAS: not 2^24 terms". For people; it
 * may change from release to release. Written and measured as choices are. Empty on a backend without a choice.
 */
REFRAIN_API int64_t refrain_context_decisions(refrain_context* context, char* buffer, int64_t size_bytes);
/* What whoever opened the context should know and no status tells, such as a library that is not used because
 * its memory could not be had: one line each, in the order in which they came up. */
REFRAIN_API int64_t refrain_context_notices(refrain_context* context, char* buffer, int64_t size_bytes);
/* Waits until everything that was started is done. */
REFRAIN_API int refrain_synchronize(refrain_context* context);
/*
 * Bytes of buffers and scratch that live now. What the engine keeps until it is closed (workspace of
 * libraries, counters), and released memory that it keeps for the next buffer, is not among them; all of
 * it counts against refrain_options.memory_limit.
 */
REFRAIN_API int64_t refrain_allocated_bytes(refrain_context* context);
/* Operations run so far (one a call, whatever G; replayed ones count too). */
REFRAIN_API int64_t refrain_operation_count(refrain_context* context);

/* Device memory, zeroed, aligned to 64 bytes. Not while recording. */
REFRAIN_API int refrain_allocate(refrain_context* context, int64_t size_bytes, void** data);
REFRAIN_API int refrain_release(refrain_context* context, void* data);
/* Host to device and back, finished on return. Not while recording. */
REFRAIN_API int refrain_write(refrain_context* context, void* device, const void* host,
                              int64_t size_bytes);
REFRAIN_API int refrain_read(refrain_context* context, void* host, const void* device,
                             int64_t size_bytes);

/* data[0..count) = value. Recordable. */
REFRAIN_API int refrain_fill(refrain_context* context, float* data, int64_t count, float value);
/* target[g,row,column] = source[g,row,column] over [groups, rows, columns]; no overlap. Recordable. */
REFRAIN_API int refrain_copy(refrain_context* context, int32_t groups, int64_t rows, int64_t columns,
                             const refrain_view* source, const refrain_view* target);

/*
 * While a recording is open, an operation checks its arguments and appends itself, or is captured on the
 * context's stream, instead of running. run(times) then performs the list `times` times in one call,
 * with the same bits as `times` eager rounds. Buffers named in a recording must outlive it; scratch that
 * it uses lives as long as it does.
 */
REFRAIN_API int refrain_record_begin(refrain_context* context);
REFRAIN_API int refrain_record_end(refrain_context* context, refrain_recording** recording);
/* Drops the open recording, if there is one. */
REFRAIN_API void refrain_record_abort(refrain_context* context);
REFRAIN_API int refrain_recording_run(refrain_recording* recording, int64_t times);
REFRAIN_API int64_t refrain_recording_length(refrain_recording* recording);
/* Null is allowed. Before the context's destruction. It is gone whatever the status says. */
REFRAIN_API int refrain_recording_destroy(refrain_recording* recording);

#ifdef __cplusplus
}
#endif
#endif
