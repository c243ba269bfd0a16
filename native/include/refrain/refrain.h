/* The native contract of Refrain, whole. Begin with shapes.h. */
#ifndef REFRAIN_H
#define REFRAIN_H

#include "shapes.h"
#include "context.h"
#include "cell.h"
#include "rnn.h"
#include "lstm.h"
#include "gru.h"
#include "linear.h"
#include "loss.h"
#include "optimizer.h"
#include "sgd.h"
#include "adam.h"
#include "rmsprop.h"
#include "adagrad.h"
#include "clip.h"
#include "philox.h"
#include "gather.h"
#include "dropout.h"
#include "advance.h"
#include "skip_grams.h"
#include "log_uniform.h"
#include "distinct.h"
#include "nce.h"
#include "rows_adam.h"
#include "rows_sgd.h"
#include "word2vec.h"

#endif
