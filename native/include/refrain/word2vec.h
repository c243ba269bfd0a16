/*
 * Learns word vectors from a piece of text: negative sampling and plain gradient descent, skip-gram or
 * CBOW, on one model. The text is numbers, words 0..V-1; any other number ends a sentence. The words at
 * ids[first .. last) are the centers of this call, those around them serve as contexts, so that a text
 * cut into calls and stretches learns the same pairs as one that is not.
 *
 * Kept words. The word at p (its place in the whole text, text_position + index) with the number w is kept
 * when keep is null or Philox(SUBSAMPLE, p) <= keep[w] as unsigned; others are as if not there.
 *
 * Windows. W(p,j) is Philox number j of center p: stream WINDOW, index 4 p c + j, c = ceil((1+K)/4).
 * The contexts of a kept center are the nearest 1 + (W(p,0) window >> 32) kept words on either side, in
 * its sentence and in ids. A center without contexts is passed over.
 *
 * Targets. The center, label y = 1, and K words of noise, y = 0: with r = W(p,j) V, j = 1..K, and
 * c = r >> 32 the word is c where the low half of r is <= noise[c].threshold, else noise[c].alias. A noise
 * word that is the center itself is left out. A word that comes u times among the contexts, or v times
 * in the noise, counts u or v times.
 *
 * Update. For each center, contexts m with rows A_m of inputs, targets n with rows B_n of outputs, all as
 * they are before this center:
 *   s_mn = A_m . B_n     e_mn = rate u_m v_n (y_n - sigmoid(s_mn))
 *   A_m += sum_n e_mn B_n     B_n += sum_m e_mn A_m     loss += u_m v_n softplus(y_n ? -s_mn : s_mn)
 * CBOW has one h = sum_m u_m A_m / sum_m u_m instead of the A_m, and each context's row takes
 * u_m / sum u of h's change (gensim's cbow_mean).
 * The rate of a stretch that begins at ids[b] is max(rate_floor, rate + rate_slope (b - first)).
 *
 * Order. Centers are learned in stretches of `stretch` numbers of the text.
 *   exact  `lanes` stretches make a round. Each begins from the rows as they are before the round, on
 *          copies of its own; then each row takes the sum of its changes, in the order of the stretches.
 *          A row that one stretch alone has touched is that stretch's. Deterministic, whatever the
 *          number of threads.
 *   else   threads take stretches as they come and work on the rows themselves without a lock (hogwild).
 *          Not deterministic on more than one thread, and a data race on purpose. The cuda engine keeps
 *          the rows of the words around a center on chip: a row is read when its word comes within
 *          window words of a center, its change is added when the word has left, and a word that stands
 *          there several times has one row; the rows of words 0..127, taken for the commonest, and those
 *          of outputs are read and added to at each center. One stretch alone is what it is on any engine.
 *
 * Sources: Mikolov et al. 2013; Ji et al. 2016 (pWord2Vec: negatives shared by a window, products of small
 * matrices); Randall et al. 2021 (FULL-W2V: a window's rows stay close); gensim 4 (window, CBOW's mean).
 */
#ifndef REFRAIN_WORD2VEC_H
#define REFRAIN_WORD2VEC_H

#include "context.h"
#include "philox.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct refrain_word2vec_args {
  int64_t vocabulary;     /* V, at most 2^31 - 1 */
  int32_t row_stride;     /* floats of a row, a multiple of 16; those behind the dimensions are 0 */
  int32_t window;         /* 1..128 */
  int32_t negatives;      /* K, 1..128 */
  int32_t cbow;           /* 1: CBOW, 0: skip-gram */
  int32_t exact;          /* 1: the same bits whatever the number of threads */
  int32_t lanes;          /* stretches of a round, 1..64; read where exact */
  int32_t stretch;        /* 1..65536 */
  int32_t epoch;          /* counter word 2 of Philox */
  int64_t seed;           /* key of Philox */
  int64_t text_position;  /* of ids[0] in the whole text */
  int64_t count;          /* numbers in ids */
  int64_t first;          /* 0 <= first <= last <= count */
  int64_t last;
  double rate;            /* learning rate at ids[first] */
  double rate_slope;      /* its change from one number of the text to the next */
  double rate_floor;
  const int32_t* ids;     /* [count] in */
  const int32_t* keep;    /* [V] in, unsigned; null: every word is kept */
  const int32_t* noise;   /* [V,2] in: threshold (unsigned) and alias; an alias outside 0..V-1 counts as c */
  float* inputs;          /* [V,row_stride] inout: the word vectors */
  float* outputs;         /* [V,row_stride] inout */
  int32_t* totals;        /* [6] inout, three numbers of 64 bits, each +=: the bits of a double, the sum of
                             losses; an integer, how many pairs of context and target with y = 1 they are
                             of (CBOW: centers); an integer, how many centers were learned */
} refrain_word2vec_args;

REFRAIN_API int refrain_word2vec(refrain_context* context, const refrain_word2vec_args* args);

#ifdef __cplusplus
}
#endif
#endif
