/*
 * Gradient clipping.
 *   value: g = min(max(g, -bound), bound)
 *   norm:  per group, norm = sqrt(sum g^2) in double, fixed order; factor = norm > bound ? bound/norm : 1;
 *          g *= factor. Writes gradient_norm and clip_factor; a norm that is not finite sets the
 *          status NOT_FINITE and leaves the gradients (clip_factor 1). A group that does not run is left
 *          untouched.
 * Source: Pascanu et al. 2013; tf.clip_by_value and tf.clip_by_global_norm.
 */
#ifndef REFRAIN_CLIP_H
#define REFRAIN_CLIP_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_clip_args {
  int32_t groups;           /* G */
  int64_t parameters;       /* P */
  float* gradients;         /* [G,P] inout */
  double bound;             /* > 0; the name limit is taken in the Java bindings */
  refrain_step_state state; /* inout; unused by value */
} refrain_clip_args;

REFRAIN_API int refrain_clip_value(refrain_context* context, const refrain_clip_args* args);
REFRAIN_API int refrain_clip_norm(refrain_context* context, const refrain_clip_args* args);

#ifdef __cplusplus
}
#endif
#endif
