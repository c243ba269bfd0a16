#include "core/check.h"

#include <algorithm>
#include <cmath>

#include "core/checker.h"

namespace refrain {
namespace {

void check_shape(Checker& c, const refrain_cell_shape& s) {
  c.positive(s.groups, "groups");
  c.positive(s.steps, "steps");
  c.positive(s.batch, "batch");
  c.positive(s.inputs, "inputs");
  c.positive(s.hidden, "hidden");
  c.positive(s.outputs, "outputs");
}

void check_square(Checker& c, const refrain_cell_shape& s) {
  c.demand(s.outputs == s.hidden, "outputs", s.outputs, "it must be hidden without a projection");
}

void check_cell(Checker& c, const refrain_cell_shape& s, const refrain_cell_parameters& p,
                const refrain_cell_sequence& q, const refrain_cell_gradients& d, Pass pass) {
  check_shape(c, s);
  c.present(p.data, "parameters");
  c.offset(p.w, "parameters.w");
  c.offset(p.r, "parameters.r");
  c.demand(p.group_stride >= 0, "parameters.group_stride", static_cast<double>(p.group_stride),
           "it must not be negative");
  c.present_view(q.x, s.inputs, "x");
  c.present_view(q.y, s.outputs, "y");
  c.view(q.hx, s.outputs, "hx");
  c.view(q.cx, s.hidden, "cx");
  c.view(q.hy, s.outputs, "hy");
  c.view(q.cy, s.hidden, "cy");
  if (pass == Pass::kForward) return;
  c.present(p.gradients, "gradients");
  c.demand(p.group_stride > 0 || s.groups == 1, "parameters.group_stride", 0,
           "backward needs gradients of each group's own");
  c.present(q.reserve, "reserve");
  c.view(d.dy, s.outputs, "dy");
  c.view(d.dhy, s.outputs, "dhy");
  c.view(d.dcy, s.hidden, "dcy");
  c.view(d.dx, s.inputs, "dx");
  c.view(d.dhx, s.outputs, "dhx");
  c.view(d.dcx, s.hidden, "dcx");
}

void check_lstm_projection(Checker& c, const refrain_lstm_args& a) {
  if (a.parameters.projection < 0) check_square(c, a.shape);
}

void check_update(Checker& c, const refrain_update& u) {
  c.positive(u.groups, "groups");
  c.positive(u.parameters, "parameters");
  c.choice(u.decay, 3, "decay");
  c.present(u.values, "values");
  c.present(u.gradients, "gradients");
  c.demand(std::isfinite(u.weight_decay), "weight_decay", u.weight_decay, "it must be finite");
  c.state(u.state, u.groups);
}

}  // namespace

int check(const refrain_fill_args& a) {
  Checker c("fill");
  c.present(a.data, "data");
  c.demand(a.count >= 0, "count", static_cast<double>(a.count), "it must not be negative");
  return c.status();
}

int check(const refrain_copy_args& a) {
  Checker c("copy");
  c.positive(a.groups, "groups");
  c.positive(a.rows, "rows");
  c.positive(a.columns, "columns");
  c.present_view(a.source, a.columns, "source");
  c.present_view(a.target, a.columns, "target");
  return c.status();
}

int check_reserve(const refrain_rnn_args& a) {
  Checker c("rnn_reserve");
  check_shape(c, a.shape);
  check_square(c, a.shape);
  return c.status();
}

int check(const refrain_rnn_args& a, Pass pass) {
  Checker c(pass == Pass::kForward ? "rnn_forward" : "rnn_backward");
  check_cell(c, a.shape, a.parameters, a.sequence, a.gradient, pass);
  check_square(c, a.shape);
  c.choice(a.activation, 6, "activation");
  return c.status();
}

int check_reserve(const refrain_lstm_args& a) {
  Checker c("lstm_reserve");
  check_shape(c, a.shape);
  check_lstm_projection(c, a);
  return c.status();
}

int check(const refrain_lstm_args& a, Pass pass) {
  Checker c(pass == Pass::kForward ? "lstm_forward" : "lstm_backward");
  check_cell(c, a.shape, a.parameters, a.sequence, a.gradient, pass);
  check_lstm_projection(c, a);
  c.choice(a.activation, 6, "activation");
  c.demand(std::isfinite(a.forget_bias), "forget_bias", a.forget_bias, "it must be finite");
  c.demand(a.cell_clip >= 0, "cell_clip", a.cell_clip, "give a positive bound, or 0 for none");
  return c.status();
}

int check_reserve(const refrain_gru_args& a) {
  Checker c("gru_reserve");
  check_shape(c, a.shape);
  check_square(c, a.shape);
  c.choice(a.form, 2, "form");
  return c.status();
}

int check(const refrain_gru_args& a, Pass pass) {
  Checker c(pass == Pass::kForward ? "gru_forward" : "gru_backward");
  check_cell(c, a.shape, a.parameters, a.sequence, a.gradient, pass);
  check_square(c, a.shape);
  c.choice(a.activation, 6, "activation");
  c.choice(a.form, 2, "form");
  return c.status();
}

int check(const refrain_linear_args& a, Pass pass) {
  Checker c(pass == Pass::kForward ? "linear_forward" : "linear_backward");
  c.positive(a.groups, "groups");
  c.positive(a.rows, "rows");
  c.positive(a.inputs, "inputs");
  c.positive(a.outputs, "outputs");
  c.present(a.parameters, "parameters");
  c.offset(a.weight, "weight");
  c.present_view(a.x, a.inputs, "x");
  if (pass == Pass::kForward) {
    c.present_view(a.y, a.outputs, "y");
    return c.status();
  }
  c.present(a.gradients, "gradients");
  c.demand(a.parameter_stride > 0 || a.groups == 1, "parameter_stride", 0,
           "backward needs gradients of each group's own");
  c.present_view(a.dy, a.outputs, "dy");
  c.view(a.dx, a.inputs, "dx");
  return c.status();
}

int check(const refrain_loss_args& a) {
  Checker c("loss");
  c.choice(a.kind, 5, "kind");
  c.positive(a.groups, "groups");
  c.positive(a.steps, "steps");
  c.positive(a.batch, "batch");
  c.positive(a.outputs, "outputs");
  c.present_view(a.prediction, a.outputs, "prediction");
  if (a.kind == REFRAIN_SOFTMAX_CROSS_ENTROPY) {
    c.present(a.labels, "labels");
  } else {
    c.present_view(a.target, a.outputs, "target");
  }
  if (a.kind == REFRAIN_HUBER) c.demand(a.delta > 0, "delta", a.delta, "it must be above 0");
  c.view(a.gradient, a.outputs, "gradient");
  c.state(a.state, a.groups);
  return c.status();
}

int check(const refrain_sgd_args& a) {
  Checker c("sgd");
  check_update(c, a.update);
  c.demand(a.momentum >= 0, "momentum", a.momentum, "it must not be negative");
  if (a.momentum > 0) c.present(a.accumulator, "accumulator");
  return c.status();
}

int check(const refrain_adam_args& a) {
  Checker c("adam");
  check_update(c, a.update);
  c.choice(a.form, 2, "form");
  c.demand(a.beta1 >= 0 && a.beta1 < 1, "beta1", a.beta1, "it must lie in [0, 1)");
  c.demand(a.beta2 >= 0 && a.beta2 < 1, "beta2", a.beta2, "it must lie in [0, 1)");
  c.present(a.m, "m");
  c.present(a.v, "v");
  return c.status();
}

int check(const refrain_rmsprop_args& a) {
  Checker c("rmsprop");
  check_update(c, a.update);
  c.demand(a.rho >= 0 && a.rho <= 1, "rho", a.rho, "it must lie in [0, 1]");
  c.present(a.mean_square, "mean_square");
  return c.status();
}

int check(const refrain_adagrad_args& a) {
  Checker c("adagrad");
  check_update(c, a.update);
  c.present(a.sum_square, "sum_square");
  return c.status();
}

int check(const refrain_clip_args& a, Clip by) {
  Checker c(by == Clip::kValue ? "clip_value" : "clip_norm");
  c.positive(a.groups, "groups");
  c.positive(a.parameters, "parameters");
  c.present(a.gradients, "gradients");
  c.demand(a.bound > 0, "bound", a.bound, "it must be above 0");
  if (by == Clip::kNorm) c.state(a.state, a.groups);
  return c.status();
}

int check(const refrain_gather_args& a) {
  Checker c("gather");
  c.positive(a.groups, "groups");
  c.positive(a.steps, "steps");
  c.positive(a.batch, "batch");
  c.positive(a.inputs, "inputs");
  c.positive(a.columns, "columns");
  c.demand(a.input_column >= 0 && a.inputs <= a.columns - a.input_column, "input_column",
           a.input_column, "the inputs lie outside the series' columns");
  c.demand(a.input_shift >= 0, "input_shift", a.input_shift, "it must not be negative");
  c.demand(a.target_shift >= 0, "target_shift", a.target_shift, "it must not be negative");
  const int64_t shift = std::max(a.input_shift, a.target_shift);
  c.demand(a.span >= a.steps + shift, "span", static_cast<double>(a.span),
           "a window has steps and the larger shift");
  c.demand(a.span <= a.rows, "span", static_cast<double>(a.span), "the series has fewer rows");
  c.demand(a.rows - a.span < int64_t{1} << 31, "rows", static_cast<double>(a.rows),
           "at most 2^31 window starts can be drawn from");
  c.present(a.series, "series");
  if (a.starts != nullptr) c.positive(a.start_rows, "start_rows");
  c.present_view(a.x, a.inputs, "x");
  if (a.target.data != nullptr) {
    c.positive(a.outputs, "outputs");
    c.view(a.target, a.outputs, "target");
    c.demand(a.target_column >= 0 && a.outputs <= a.columns - a.target_column, "target_column",
             a.target_column, "the targets lie outside the series' columns");
  }
  c.state(a.state, a.groups);
  return c.status();
}

int check(const refrain_dropout_args& a) {
  Checker c("dropout");
  c.positive(a.groups, "groups");
  c.positive(a.rows, "rows");
  c.positive(a.columns, "columns");
  c.demand(a.layer >= 0 && a.layer < 65536, "layer", a.layer, "it must lie in 0..65535");
  c.demand(a.rate >= 0 && a.rate < 1, "rate", a.rate, "it must lie in [0, 1)");
  c.present_view(a.x, a.columns, "x");
  c.present_view(a.y, a.columns, "y");
  c.state(a.state, a.groups);
  return c.status();
}

int check(const refrain_advance_args& a) {
  Checker c("advance");
  c.choice(a.schedule, 4, "schedule");
  if (a.schedule != REFRAIN_SCHEDULE_CONSTANT) c.positive(a.period, "period");
  c.positive(a.state.groups, "state.groups");
  c.state(a.state, a.state.groups);
  return c.status();
}

int check(const refrain_word2vec_args& a) {
  Checker c("word2vec");
  c.demand(a.vocabulary >= 1 && a.vocabulary < int64_t{1} << 31, "vocabulary",
           static_cast<double>(a.vocabulary), "it must lie in 1..2^31-1");
  c.demand(a.row_stride >= 16 && a.row_stride % 16 == 0, "row_stride", a.row_stride,
           "it must be a multiple of 16");
  c.demand(a.window >= 1 && a.window <= 128, "window", a.window, "it must lie in 1..128");
  c.demand(a.negatives >= 1 && a.negatives <= 128, "negatives", a.negatives,
           "it must lie in 1..128");
  c.choice(a.cbow, 2, "cbow");
  c.choice(a.exact, 2, "exact");
  if (a.exact) c.demand(a.lanes >= 1 && a.lanes <= 64, "lanes", a.lanes, "it must lie in 1..64");
  c.demand(a.stretch >= 1 && a.stretch <= 65536, "stretch", a.stretch, "it must lie in 1..65536");
  c.demand(a.epoch >= 0, "epoch", a.epoch, "it must not be negative");
  c.demand(a.text_position >= 0, "text_position", static_cast<double>(a.text_position),
           "it must not be negative");
  c.demand(a.first >= 0 && a.first <= a.last, "first", static_cast<double>(a.first),
           "it must lie in 0..last");
  c.demand(a.last <= a.count, "last", static_cast<double>(a.last), "there are fewer numbers");
  c.demand(std::isfinite(a.rate), "rate", a.rate, "it must be finite");
  c.demand(std::isfinite(a.rate_slope), "rate_slope", a.rate_slope, "it must be finite");
  c.demand(std::isfinite(a.rate_floor), "rate_floor", a.rate_floor, "it must be finite");
  c.present(a.ids, "ids");
  c.present(a.noise, "noise");
  c.present(a.inputs, "inputs");
  c.present(a.outputs, "outputs");
  c.present(a.totals, "totals");
  return c.status();
}

}  // namespace refrain
