/*
 * The different ones among row numbers, so that a row of a table that a batch names several times is
 * caught up, summed and updated once. The ids of a group are first [G,A], then second [G,B]; R = A + B.
 * An id in 0..table_rows-1 has a row, any other has none.
 *   rows[g,k]   the k-th different id with a row, in the order of first appearance; -1 from count[g] on
 *   slots[g,i]  the k with rows[g,k] = id i; -1 where the id has no row
 */
#ifndef REFRAIN_DISTINCT_H
#define REFRAIN_DISTINCT_H

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_distinct_args {
  int32_t groups;        /* G */
  int32_t first_count;   /* A, >= 1 */
  int32_t second_count;  /* B, >= 0 */
  int32_t table_rows;
  const int32_t* first;  /* [G,A] in */
  const int32_t* second; /* [G,B] in; null if B = 0 */
  int32_t* rows;         /* [G,R] out */
  int32_t* count;        /* [G] out */
  int32_t* slots;        /* [G,R] out */
} refrain_distinct_args;

REFRAIN_API int refrain_distinct(refrain_context* context, const refrain_distinct_args* args);

#ifdef __cplusplus
}
#endif
#endif
