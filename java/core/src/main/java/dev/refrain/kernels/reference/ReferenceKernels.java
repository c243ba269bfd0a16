package dev.refrain.kernels.reference;

import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.GatherArguments;
import dev.refrain.kernels.GatherShape;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.LossArguments;
import dev.refrain.kernels.LossShape;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.ParameterUpdate;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.RowsContract;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.SgdRows;
import dev.refrain.kernels.SkipGramShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;

/**
 * The reference engine, opened: on top of memory and layers the steps of training, and tables of
 * which a batch names a few rows.
 */
final class ReferenceKernels extends ReferenceLayers {

  ReferenceKernels(Device device, Precision precision, long memoryLimitBytes) {
    super(device, precision, memoryLimitBytes);
  }

  // Training

  @Override
  public void advance(Schedule schedule, Optimizer optimizer, StepState state) {
    memory.requireOpen();
    ReferenceState own = requireOwn(state);
    perform(() -> AdvanceReference.advance(schedule, optimizer, own));
  }

  @Override
  public void gather(GatherShape shape, GatherArguments arguments, StepState state) {
    memory.requireOpen();
    Contract.gather(shape, arguments, state);
    memory.requireOwn(arguments.series());
    memory.requireOwn(arguments.rowsOf(), arguments.starts());
    memory.requireOwn(arguments.x(), arguments.target());
    ReferenceState own = requireOwn(state);
    perform(() -> GatherReference.gather(shape, arguments, own));
  }

  @Override
  public void loss(Loss loss, LossShape shape, LossArguments arguments, StepState state) {
    memory.requireOpen();
    Contract.loss(loss, shape, arguments, state);
    memory.requireOwn(arguments.prediction(), arguments.target(), arguments.gradient());
    memory.requireOwn(arguments.labels(), arguments.lengths());
    ReferenceState own = requireOwn(state);
    perform(() -> LossReference.loss(loss, shape, arguments, own));
  }

  @Override
  public void clipValue(Buffer gradients, long count, double limit) {
    memory.requireOpen();
    Contract.clipValue(gradients, count, limit);
    memory.requireOwn(gradients);
    perform(() -> ClipReference.value((ReferenceBuffer) gradients, (int) count, limit));
  }

  @Override
  public void clipNorm(
      Buffer gradients, int groups, long parameters, double limit, StepState state) {
    memory.requireOpen();
    Contract.clipNorm(gradients, groups, parameters, limit, state);
    memory.requireOwn(gradients);
    ReferenceState own = requireOwn(state);
    perform(
        () ->
            ClipReference.norm((ReferenceBuffer) gradients, groups, (int) parameters, limit, own));
  }

  @Override
  public void sgd(Sgd rule, ParameterUpdate update, StepState state) {
    ReferenceState own = checkUpdate(rule, update, state);
    perform(() -> SgdReference.update(rule, update, own));
  }

  @Override
  public void adam(Adam rule, ParameterUpdate update, StepState state) {
    ReferenceState own = checkUpdate(rule, update, state);
    perform(() -> AdamReference.update(rule, update, own));
  }

  @Override
  public void rmsProp(RmsProp rule, ParameterUpdate update, StepState state) {
    ReferenceState own = checkUpdate(rule, update, state);
    perform(() -> RmspropReference.update(rule, update, own));
  }

  @Override
  public void adagrad(Adagrad rule, ParameterUpdate update, StepState state) {
    ReferenceState own = checkUpdate(rule, update, state);
    perform(() -> AdagradReference.update(rule, update, own));
  }

  @Override
  public void word2vec(Word2vecRule rule, Word2vecModel model, Word2vecPassage text) {
    memory.requireOpen();
    Contract.word2vec(model, text);
    memory.requireOwn(model.inputs(), model.outputs());
    memory.requireOwn(model.keep(), model.noise());
    memory.requireOwn(model.totals(), text.ids());
    perform(() -> Word2vecReference.learn(rule, model, text));
  }

  private ReferenceState checkUpdate(Optimizer rule, ParameterUpdate update, StepState state) {
    memory.requireOpen();
    Contract.update(rule, update, state);
    memory.requireOwn(update.values(), update.gradients());
    update.slots().forEach(memory::requireOwn);
    return requireOwn(state);
  }

  // Tables of which a batch names a few rows

  @Override
  public void skipGrams(
      SkipGramShape shape,
      IndexBuffer text,
      IndexBuffer inputs,
      IndexBuffer labels,
      StepState state) {
    memory.requireOpen();
    RowsContract.skipGrams(shape, text, inputs, labels, state);
    memory.requireOwn(text, inputs, labels);
    ReferenceState own = requireOwn(state);
    perform(() -> SkipGramsReference.draw(shape, text, inputs, labels, own));
  }

  @Override
  public void logUniform(
      LogUniform sampler, int groups, IndexBuffer sampled, IndexBuffer tries, StepState state) {
    memory.requireOpen();
    RowsContract.logUniform(sampler, groups, sampled, tries, state);
    memory.requireOwn(sampled, tries);
    ReferenceState own = requireOwn(state);
    perform(() -> LogUniformReference.draw(sampler, groups, sampled, tries, own));
  }

  @Override
  public void logUniformExpected(
      LogUniform sampler,
      int groups,
      int count,
      IndexBuffer ids,
      IndexBuffer tries,
      Buffer logExpected) {
    memory.requireOpen();
    RowsContract.logUniformExpected(groups, count, ids, tries, logExpected);
    memory.requireOwn(ids, tries);
    memory.requireOwn(logExpected);
    perform(() -> LogUniformReference.expected(sampler, groups, count, ids, tries, logExpected));
  }

  @Override
  public void distinct(
      int limit, IndexBuffer first, IndexBuffer second, int secondCount, TouchedRows touched) {
    memory.requireOpen();
    RowsContract.distinct(limit, first, second, secondCount, touched);
    memory.requireOwn(first, second);
    requireOwn(touched);
    perform(() -> DistinctReference.find(limit, first, second, secondCount, touched));
  }

  private void requireOwn(TouchedRows touched) {
    memory.requireOwn(touched.rows(), touched.count(), touched.slots());
  }

  @Override
  public void nce(NceShape shape, NceArguments a, StepState state) {
    memory.requireOpen();
    RowsContract.nce(shape, a, state);
    memory.requireOwn(a.embeddings(), a.weights(), a.biases());
    memory.requireOwn(a.embeddingGradients(), a.weightGradients(), a.biasGradients());
    memory.requireOwn(a.logExpected());
    requireOwn(a.inputs());
    requireOwn(a.targets());
    ReferenceState own = requireOwn(state);
    perform(() -> NceReference.nce(shape, a, own));
  }

  @Override
  public long rowsAdamTableSize(RowsAdam rule, long steps) {
    memory.requireOpen();
    RowsContract.rowsAdamTable(steps);
    return 1;
  }

  @Override
  public void rowsAdamTable(RowsAdam rule, long steps, Buffer table) {
    memory.requireTransfers("written");
    RowsContract.rowsAdamTable(steps);
    memory.requireOwn(table);
  }

  @Override
  public void rowsAdamCatchUp(RowsAdam rule, AdamRows table, TouchedRows touched, StepState state) {
    memory.requireOpen();
    RowsContract.rowsAdamCatchUp(rule, table, touched, state);
    ReferenceState own = requireOwn(table, touched, state);
    perform(() -> RowsAdamReference.catchUp(rule, table, touched, own));
  }

  @Override
  public void rowsAdam(
      RowsAdam rule, AdamRows table, TouchedRows touched, View gradients, StepState state) {
    memory.requireOpen();
    RowsContract.rowsAdam(rule, table, touched, gradients, state);
    memory.requireOwn(gradients);
    ReferenceState own = requireOwn(table, touched, state);
    perform(() -> RowsAdamReference.update(rule, table, touched, gradients, own));
  }

  private ReferenceState requireOwn(AdamRows table, TouchedRows touched, StepState state) {
    requireOwn(touched);
    return requireOwn(table, state);
  }

  private ReferenceState requireOwn(AdamRows table, StepState state) {
    memory.requireOwn(table.values(), table.m(), table.v());
    memory.requireOwn(table.last());
    memory.requireOwn(table.moments());
    return requireOwn(state);
  }

  @Override
  public void rowsAdamSnapshot(RowsAdam rule, AdamRows table, View target, StepState state) {
    memory.requireOpen();
    RowsContract.rowsAdamSnapshot(rule, table, target, state);
    memory.requireOwn(target);
    ReferenceState own = requireOwn(table, state);
    perform(() -> RowsAdamReference.snapshot(rule, table, target, own));
  }

  @Override
  public void rowsSgd(SgdRows table, TouchedRows touched, View gradients, StepState state) {
    memory.requireOpen();
    RowsContract.rowsSgd(table, touched, gradients, state);
    memory.requireOwn(table.values(), gradients);
    requireOwn(touched);
    ReferenceState own = requireOwn(state);
    perform(() -> RowsSgdReference.update(table, touched, gradients, own));
  }
}
