package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_adagrad_args;
import dev.refrain.kernels.bridge.generated.refrain_adam_args;
import dev.refrain.kernels.bridge.generated.refrain_advance_args;
import dev.refrain.kernels.bridge.generated.refrain_clip_args;
import dev.refrain.kernels.bridge.generated.refrain_gather_args;
import dev.refrain.kernels.bridge.generated.refrain_loss_args;
import dev.refrain.kernels.bridge.generated.refrain_rmsprop_args;
import dev.refrain.kernels.bridge.generated.refrain_sgd_args;
import dev.refrain.kernels.bridge.generated.refrain_update;
import dev.refrain.kernels.bridge.generated.refrain_word2vec_args;

/**
 * A native engine: checks each call, copies its arguments into a native struct and passes it on.
 * The loops over elements are native. Its superclasses hold the memory, then the layers; this one
 * the steps of training.
 */
public final class NativeKernels extends NativeRows {
  /**
   * Opens a device of a native engine.
   *
   * @param device what to answer to {@link #device()}; its index goes to the engine
   * @param backend name of the engine in native code
   */
  public NativeKernels(Device device, String backend, EngineOptions options) {
    super(device, backend, options);
  }

  @Override
  public void advance(Schedule schedule, Optimizer optimizer, StepState state) {
    try (refrain_advance_args a = new refrain_advance_args()) {
      a.schedule(schedule.kind().ordinal())
          .staircase(schedule.staircase() ? 1 : 0)
          .rate(schedule.rate())
          .floor_factor(schedule.floorFactor())
          .period(schedule.period())
          .beta1(optimizer.beta1())
          .beta2(optimizer.beta2());
      arguments.put(state, a.state());
      alone(() -> Native.refrain_advance(context(), a));
    }
  }

  @Override
  public void gather(GatherShape shape, GatherArguments g, StepState state) {
    Contract.gather(shape, g, state);
    long round = (long) shape.groups() * shape.batch();
    try (refrain_gather_args a = new refrain_gather_args()) {
      a.groups(shape.groups())
          .steps(shape.steps())
          .batch(shape.batch())
          .inputs(shape.inputs())
          .outputs(shape.outputs())
          .input_column(shape.inputColumn())
          .input_shift(shape.inputShift())
          .target_column(shape.targetColumn())
          .target_shift(shape.targetShift())
          .span(shape.span())
          .columns(shape.columns())
          .rows(shape.rows())
          .series(arguments.floats(g.series()))
          .series_stride(shape.sharedSeries() ? 0 : shape.rows() * shape.columns())
          .rows_of(arguments.indices(g.rowsOf()))
          .starts(arguments.indices(g.starts()))
          .start_rows(g.starts() == null ? 0 : g.starts().size() / round);
      arguments.put(g.x(), a.x());
      arguments.put(g.target(), a.target());
      arguments.put(state, a.state());
      alone(() -> Native.refrain_gather(context(), a));
    }
  }

  @Override
  public void word2vec(Word2vecRule rule, Word2vecModel model, Word2vecPassage text) {
    Contract.word2vec(model, text);
    try (refrain_word2vec_args a = new refrain_word2vec_args()) {
      a.vocabulary(model.vocabulary())
          .row_stride(model.rowStride())
          .window(rule.window())
          .negatives(rule.negatives())
          .cbow(rule.cbow() ? 1 : 0)
          .exact(rule.exact() ? 1 : 0)
          .lanes(rule.lanes())
          .stretch(rule.stretch())
          .epoch(text.epoch())
          .seed(text.seed())
          .text_position(text.position())
          .count(text.count())
          .first(text.first())
          .last(text.last())
          .rate(text.rate())
          .rate_slope(text.rateSlope())
          .rate_floor(text.rateFloor())
          .ids(arguments.indices(text.ids()))
          .keep(arguments.indices(model.keep()))
          .noise(arguments.indices(model.noise()))
          .inputs(arguments.floats(model.inputs()))
          .outputs(arguments.floats(model.outputs()))
          .totals(arguments.indices(model.totals()));
      alone(() -> Native.refrain_word2vec(context(), a));
    }
  }

  @Override
  public void loss(Loss loss, LossShape shape, LossArguments l, StepState state) {
    Contract.loss(loss, shape, l, state);
    try (refrain_loss_args a = new refrain_loss_args()) {
      a.kind(loss.kind().ordinal())
          .groups(shape.groups())
          .steps(shape.steps())
          .batch(shape.batch())
          .outputs(shape.outputs())
          .delta(loss.delta())
          .labels(arguments.indices(l.labels()))
          .lengths(arguments.indices(l.lengths()));
      arguments.put(l.prediction(), a.prediction());
      arguments.put(l.target(), a.target());
      arguments.put(l.gradient(), a.gradient());
      arguments.put(state, a.state());
      alone(() -> Native.refrain_loss(context(), a));
    }
  }

  @Override
  public void clipValue(Buffer gradients, long count, double limit) {
    Contract.clipValue(gradients, count, limit);
    try (refrain_clip_args a = new refrain_clip_args()) {
      a.groups(1).parameters(count).gradients(arguments.floats(gradients)).bound(limit);
      a.state().group(null).history(null).history_length(0).groups(0);
      alone(() -> Native.refrain_clip_value(context(), a));
    }
  }

  @Override
  public void clipNorm(
      Buffer gradients, int groups, long parameters, double limit, StepState state) {
    Contract.clipNorm(gradients, groups, parameters, limit, state);
    try (refrain_clip_args a = new refrain_clip_args()) {
      a.groups(groups).parameters(parameters).gradients(arguments.floats(gradients)).bound(limit);
      arguments.put(state, a.state());
      alone(() -> Native.refrain_clip_norm(context(), a));
    }
  }

  private void put(Optimizer rule, ParameterUpdate update, StepState state, refrain_update target) {
    Contract.update(rule, update, state);
    target
        .groups(update.groups())
        .decay(rule.decay().mode().ordinal())
        .parameters(update.parameters())
        .values(arguments.floats(update.values()))
        .gradients(arguments.floats(update.gradients()))
        .weight_decay(rule.decay().rate());
    arguments.put(state, target.state());
  }

  @Override
  public void sgd(Sgd rule, ParameterUpdate update, StepState state) {
    try (refrain_sgd_args a = new refrain_sgd_args()) {
      put(rule, update, state, a.update());
      a.momentum(rule.momentum())
          .nesterov(rule.nesterov() ? 1 : 0)
          .accumulator(rule.slots() == 0 ? null : arguments.floats(update.slots().get(0)));
      alone(() -> Native.refrain_sgd(context(), a));
    }
  }

  @Override
  public void adam(Adam rule, ParameterUpdate update, StepState state) {
    try (refrain_adam_args a = new refrain_adam_args()) {
      put(rule, update, state, a.update());
      a.beta1(rule.beta1())
          .beta2(rule.beta2())
          .epsilon(rule.epsilon())
          .form(rule.form().ordinal())
          .m(arguments.floats(update.slots().get(0)))
          .v(arguments.floats(update.slots().get(1)));
      alone(() -> Native.refrain_adam(context(), a));
    }
  }

  @Override
  public void rmsProp(RmsProp rule, ParameterUpdate update, StepState state) {
    try (refrain_rmsprop_args a = new refrain_rmsprop_args()) {
      put(rule, update, state, a.update());
      a.rho(rule.rho())
          .epsilon(rule.epsilon())
          .mean_square(arguments.floats(update.slots().get(0)));
      alone(() -> Native.refrain_rmsprop(context(), a));
    }
  }

  @Override
  public void adagrad(Adagrad rule, ParameterUpdate update, StepState state) {
    try (refrain_adagrad_args a = new refrain_adagrad_args()) {
      put(rule, update, state, a.update());
      a.epsilon(rule.epsilon()).sum_square(arguments.floats(update.slots().get(0)));
      alone(() -> Native.refrain_adagrad(context(), a));
    }
  }
}
