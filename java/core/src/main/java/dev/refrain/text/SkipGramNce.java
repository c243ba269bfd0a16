package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.Philox;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.SkipGramShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.network.NonFiniteLossException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Word vectors as TensorFlow's classic tutorial trains them: skip-grams in the order of the text,
 * noise-contrastive estimation against log-uniform candidates, and Adam on all rows of both tables.
 * A step is recorded once and replayed, with the text, the draws and the vectors on the device.
 *
 * <p>The same settings and text give the same bits on an engine, whatever the number of threads,
 * and whether steps are taken at once or a few at a time, with or without reading in between.
 *
 * <p>Lifecycle: begin or {@link #resume}, {@link #run}, read, close.
 */
public final class SkipGramNce implements AutoCloseable {
  /** Steps whose losses are kept on the device, and the most that are run at once. */
  private static final int CHUNK = 1000;

  private static final long EMBEDDINGS_STREAM = 0x4570_0001L;
  private static final long WEIGHTS_STREAM = 0x4570_0002L;

  private final Kernels kernels;
  private final SkipGramSettings settings;
  private final SkipGramShape pairs;
  private final LogUniform sampler;
  private final NceShape shape;
  private final RowsAdam rule;
  private final StepState state;
  private final IndexBuffer text;
  private final IndexBuffer inputs;
  private final IndexBuffer labels;
  private final IndexBuffer sampled;
  private final IndexBuffer tries;
  private final TouchedRows inputRows;
  private final TouchedRows classRows;
  private final Buffer logExpected;
  private final Buffer moments;
  private final AdamTable embeddings;
  private final AdamTable weights;
  private final View embeddingGradients;
  private final View weightGradients;
  private final Buffer snapshot;
  private final Recording recording;
  private double lossSum;
  private long lossSteps;

  /**
   * Begins with vectors uniform in [−1, 1), weights of a truncated normal distribution of deviation
   * {@code 1/√D}, and biases 0, drawn from the seed.
   *
   * @param kernels where to compute; closing it is the caller's
   * @param ids the words of the text, each from 0 to below {@code settings.words()}
   */
  public SkipGramNce(Kernels kernels, SkipGramSettings settings, int[] ids) {
    this.kernels = kernels;
    this.settings = settings;
    pairs =
        new SkipGramShape(
            1, settings.batch(), settings.window(), settings.skips(), ids.length, true);
    sampler = new LogUniform(settings.words(), settings.negatives());
    int words = settings.words();
    int columns = settings.dimensions();
    shape =
        new NceShape(
            1,
            settings.batch(),
            settings.negatives(),
            columns,
            words,
            words,
            SampledLoss.NCE,
            false);
    rule = new RowsAdam(settings.rows());
    state = kernels.allocateState(1, CHUNK);
    state.write(0, GroupState.initial(settings.seed(), settings.learningRate()));
    text = kernels.allocateIndices(ids.length);
    text.write(ids);
    inputs = kernels.allocateIndices(settings.batch());
    labels = kernels.allocateIndices(settings.batch());
    sampled = kernels.allocateIndices(settings.negatives());
    tries = kernels.allocateIndices(1);
    inputRows = TouchedRows.allocate(kernels, 1, settings.batch());
    classRows = TouchedRows.allocate(kernels, 1, shape.candidates());
    logExpected = kernels.allocate(shape.candidates());
    // at a constant rate the table has as many steps as matter, however many are asked for
    moments = kernels.allocate(kernels.rowsAdamTableSize(rule, Integer.MAX_VALUE - 1));
    kernels.rowsAdamTable(rule, Integer.MAX_VALUE - 1, moments);
    embeddings = new AdamTable(kernels, rule, words, columns, columns, moments);
    weights = new AdamTable(kernels, rule, words, columns + 1, columns + 1, moments);
    embeddingGradients = gradients(settings.batch(), columns);
    weightGradients = gradients(shape.candidates(), columns + 1);
    snapshot = kernels.allocate((long) words * columns);
    embeddings.write(AdamTable.Part.VALUES, 0, columns, initialEmbeddings());
    weights.write(AdamTable.Part.VALUES, 0, columns, initialWeights());
    recording = kernels.record(this::takeStep);
  }

  /**
   * The seed of a training that {@link #save} has written, without which it cannot be resumed.
   *
   * @throws dev.refrain.io.MalformedFileException if the file is damaged or another one
   * @throws IOException if it cannot be read
   */
  public static long seedOf(Path file) throws IOException {
    return SkipGramState.readSeed(file);
  }

  private View gradients(int rows, int columns) {
    int segment = AdamTable.segment(columns);
    return View.of(kernels.allocate((long) rows * segment), rows, segment);
  }

  private float[] initialEmbeddings() {
    int count = settings.words() * settings.dimensions();
    float[] values = Philox.uniformFloats(settings.seed(), EMBEDDINGS_STREAM, count);
    for (int i = 0; i < count; i++) {
      values[i] = 2 * values[i] - 1;
    }
    return values;
  }

  private float[] initialWeights() {
    int count = settings.words() * settings.dimensions();
    float[] values = Philox.truncatedNormalFloats(settings.seed(), WEIGHTS_STREAM, count);
    float deviation = (float) (1 / Math.sqrt(settings.dimensions()));
    for (int i = 0; i < count; i++) {
      values[i] *= deviation;
    }
    return values;
  }

  private void takeStep() {
    int columns = settings.dimensions();
    kernels.advance(rule.schedule(), rule.adam(), state);
    kernels.skipGrams(pairs, text, inputs, labels, state);
    kernels.logUniform(sampler, 1, sampled, tries, state);
    kernels.distinct(settings.words(), inputs, null, 0, inputRows);
    kernels.distinct(settings.words(), labels, sampled, settings.negatives(), classRows);
    kernels.logUniformExpected(
        sampler, 1, shape.candidates(), classRows.rows(), tries, logExpected);
    kernels.rowsAdamCatchUp(rule, embeddings.rows(), inputRows, state);
    kernels.rowsAdamCatchUp(rule, weights.rows(), classRows, state);
    kernels.nce(
        shape,
        new NceArguments(
            embeddings.rows().values(),
            weights.rows().values(),
            weights.rows().values().columnsFrom(columns),
            inputRows,
            classRows,
            logExpected,
            embeddingGradients,
            weightGradients,
            weightGradients.columnsFrom(columns)),
        state);
    kernels.rowsAdam(rule, embeddings.rows(), inputRows, embeddingGradients, state);
    kernels.rowsAdam(rule, weights.rows(), classRows, weightGradients, state);
  }

  /**
   * Takes so many steps, fewer if the thread is interrupted meanwhile.
   *
   * @throws NonFiniteLossException if a loss is not finite
   */
  public void run(long steps) {
    long before = step();
    long end = before + steps;
    while (before < end && !Thread.currentThread().isInterrupted()) {
      int count = (int) Math.min(CHUNK, end - before);
      recording.run(count);
      GroupState now = state.read(0);
      if (now.status() != GroupState.Status.RUNNING) {
        throw new NonFiniteLossException(
            0,
            now.step(),
            "the loss of step " + now.step() + " is " + now.loss() + "; lower the learning rate");
      }
      for (double loss : state.readHistory(before + 1, count)) {
        lossSum += loss;
      }
      lossSteps += count;
      before = now.step();
    }
  }

  /** Steps taken. */
  public long step() {
    return state.read(0).step();
  }

  /** The loss of the last step. */
  public double lastLoss() {
    return state.read(0).loss();
  }

  /** The mean loss of the steps since one was last taken; NaN if there were none. */
  public double meanLoss() {
    return lossSum / lossSteps;
  }

  /** {@link #meanLoss()}, and begins a new mean. */
  public double takeMeanLoss() {
    double mean = meanLoss();
    lossSum = 0;
    lossSteps = 0;
    return mean;
  }

  /** How many steps the next mean loss is of. */
  public long stepsOfMeanLoss() {
    return lossSteps;
  }

  /** The vectors {@code [words, dimensions]} as they are after the last step. */
  public float[] embeddings() {
    kernels.rowsAdamSnapshot(
        rule, embeddings.rows(), View.of(snapshot, settings.words(), settings.dimensions()), state);
    return snapshot.read();
  }

  /**
   * Writes everything that a run goes on with, whole or not at all.
   *
   * @param textName what tells this text from another
   */
  public void save(Path file, String textName) throws IOException {
    new SkipGramState(
            settings,
            textName,
            state.read(0),
            lossSum,
            lossSteps,
            List.of(embeddings.buffer().read(), weights.buffer().read()),
            List.of(embeddings.rows().last().read(), weights.rows().last().read()))
        .write(file);
  }

  /**
   * Goes on where {@link #save} was called: the same bits as a run that was never broken off, on
   * the same engine.
   *
   * @param ids the text, as before
   * @throws dev.refrain.io.MalformedFileException if the file is no such state, or one of other
   *     settings or another text
   * @throws IOException if it cannot be read
   */
  public static SkipGramNce resume(
      Kernels kernels, SkipGramSettings settings, int[] ids, Path file, String textName)
      throws IOException {
    SkipGramState saved = SkipGramState.read(file, settings, textName);
    SkipGramNce training = new SkipGramNce(kernels, settings, ids);
    training.state.write(0, saved.state());
    training.lossSum = saved.lossSum();
    training.lossSteps = saved.lossSteps();
    training.embeddings.buffer().write(saved.tables().get(0));
    training.weights.buffer().write(saved.tables().get(1));
    training.embeddings.rows().last().write(saved.lastSteps().get(0));
    training.weights.rows().last().write(saved.lastSteps().get(1));
    return training;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    recording.close();
    embeddings.close();
    weights.close();
    for (TouchedRows rows : List.of(inputRows, classRows)) {
      rows.rows().close();
      rows.count().close();
      rows.slots().close();
    }
    for (IndexBuffer buffer : List.of(text, inputs, labels, sampled, tries)) {
      buffer.close();
    }
    for (Buffer buffer :
        List.of(
            logExpected,
            moments,
            snapshot,
            embeddingGradients.buffer(),
            weightGradients.buffer())) {
      buffer.close();
    }
    state.close();
  }
}
