package dev.refrain.recording;

import dev.refrain.kernels.AdamRows;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.LogUniform;
import dev.refrain.kernels.NceArguments;
import dev.refrain.kernels.NceShape;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.SampledLoss;
import dev.refrain.kernels.SkipGramShape;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A step of skip-grams with noise-contrastive estimation and Adam, of two small models at once. */
final class EmbeddingStep implements Runnable {
  private static final int GROUPS = 2;
  private static final int WORDS = 300;
  private static final int COLUMNS = 20;
  private static final int BATCH = 24;
  private static final int SAMPLES = 8;
  private static final int TEXT = 2003;
  private static final int HISTORY = 64;

  /** Weights and their bias behind them, then the moments of both. */
  private static final int STRIDE = COLUMNS + 1;

  private static final SkipGramShape PAIRS = new SkipGramShape(GROUPS, BATCH, 2, 2, TEXT, true);
  private static final LogUniform SAMPLER = new LogUniform(WORDS, SAMPLES);
  private static final NceShape SHAPE =
      new NceShape(GROUPS, BATCH, SAMPLES, COLUMNS, WORDS, WORDS, SampledLoss.NCE, false);

  private final Kernels kernels;
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
  private final View dEmbeddings;
  private final View dWeights;
  private final AdamRows embeddings;
  private final AdamRows weights;
  private final View snapshot;

  EmbeddingStep(Kernels kernels, RowsAdam rule) {
    this.kernels = kernels;
    this.rule = rule;
    state = kernels.allocateState(GROUPS, HISTORY);
    for (int g = 0; g < GROUPS; g++) {
      state.write(g, GroupState.initial(1234 + g, 0.02));
    }
    Random random = new Random(3);
    text = kernels.allocateIndices(TEXT);
    // words fall off as in a language
    text.write(
        random.ints(TEXT, 0, 1 << 20).map(x -> (int) Math.pow(WORDS, x / 0x1p20) - 1).toArray());
    inputs = kernels.allocateIndices(GROUPS * BATCH);
    labels = kernels.allocateIndices(GROUPS * BATCH);
    sampled = kernels.allocateIndices(GROUPS * SAMPLES);
    tries = kernels.allocateIndices(GROUPS);
    inputRows = TouchedRows.allocate(kernels, GROUPS, BATCH);
    classRows = TouchedRows.allocate(kernels, GROUPS, BATCH + SAMPLES);
    logExpected = kernels.allocate(GROUPS * (BATCH + SAMPLES));
    dEmbeddings = View.of(kernels.allocate((long) GROUPS * BATCH * COLUMNS), BATCH, COLUMNS);
    dWeights =
        View.of(
            kernels.allocate((long) GROUPS * (BATCH + SAMPLES) * STRIDE), BATCH + SAMPLES, STRIDE);
    Buffer moments = kernels.allocate(kernels.rowsAdamTableSize(rule, 1000));
    kernels.rowsAdamTable(rule, 1000, moments);
    embeddings = table(COLUMNS, 1.0, random, moments);
    weights = table(STRIDE, 0.2, random, moments);
    snapshot = View.of(kernels.allocate((long) GROUPS * WORDS * STRIDE), WORDS, STRIDE);
  }

  private AdamRows table(int columns, double scale, Random random, Buffer moments) {
    int size = GROUPS * WORDS * columns;
    float[] start = new float[size];
    for (int i = 0; i < size; i++) {
      start[i] = (float) (scale * (2 * random.nextDouble() - 1));
    }
    Buffer values = kernels.allocate(size);
    values.write(start);
    return new AdamRows(
        GROUPS,
        WORDS,
        columns,
        View.of(values, WORDS, columns),
        View.of(kernels.allocate(size), WORDS, columns),
        View.of(kernels.allocate(size), WORDS, columns),
        kernels.allocateIndices(GROUPS * WORDS),
        moments);
  }

  @Override
  public void run() {
    kernels.advance(rule.schedule(), rule.adam(), state);
    kernels.skipGrams(PAIRS, text, inputs, labels, state);
    kernels.logUniform(SAMPLER, GROUPS, sampled, tries, state);
    kernels.distinct(WORDS, inputs, null, 0, inputRows);
    kernels.distinct(WORDS, labels, sampled, SAMPLES, classRows);
    kernels.logUniformExpected(
        SAMPLER, GROUPS, BATCH + SAMPLES, classRows.rows(), tries, logExpected);
    kernels.rowsAdamCatchUp(rule, embeddings, inputRows, state);
    kernels.rowsAdamCatchUp(rule, weights, classRows, state);
    kernels.nce(
        SHAPE,
        new NceArguments(
            embeddings.values(),
            weights.values(),
            weights.values().columnsFrom(COLUMNS),
            inputRows,
            classRows,
            logExpected,
            dEmbeddings,
            dWeights,
            dWeights.columnsFrom(COLUMNS)),
        state);
    kernels.rowsAdam(rule, embeddings, inputRows, dEmbeddings, state);
    kernels.rowsAdam(rule, weights, classRows, dWeights, state);
  }

  /** What is on the device: raw rows that may wait, and the state. */
  Map<String, Object> raw() {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Map.Entry<String, AdamRows> table :
        Map.of("embeddings", embeddings, "weights", weights).entrySet()) {
      values.put(table.getKey(), table.getValue().values().buffer().read());
      values.put(table.getKey() + " m", table.getValue().m().buffer().read());
      values.put(table.getKey() + " v", table.getValue().v().buffer().read());
      values.put(table.getKey() + " last", table.getValue().last().read());
    }
    values.put("state", state.read());
    return values;
  }

  /** The embeddings as they stand now. */
  float[] embeddings() {
    View target = View.of(snapshot.buffer(), WORDS, COLUMNS);
    kernels.rowsAdamSnapshot(rule, embeddings, target, state);
    float[] values = new float[GROUPS * WORDS * COLUMNS];
    target.buffer().read(0, values, 0, values.length);
    return values;
  }

  /** The losses of the last steps of the first model. */
  double[] losses(long firstStep, int count) {
    double[] all = state.readHistory(firstStep, count);
    return Arrays.copyOf(all, count);
  }
}
