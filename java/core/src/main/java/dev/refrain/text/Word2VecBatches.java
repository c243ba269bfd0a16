package dev.refrain.text;

import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.Schedule;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.kernels.View;
import dev.refrain.kernels.WeightDecay;
import dev.refrain.text.AdamTable.Part;
import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.Steps;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Sampled losses and Adam: batches of pairs in the order of the text, whose noise all pairs of a
 * batch share. The learning rate falls from piece to piece of the text; before it does, rows that
 * wait for Adam catch up, so that a training that is saved between two pieces goes on to the same
 * bits.
 */
final class Word2VecBatches implements Word2VecLearner {
  private static final int LONGEST_PIECE = 1 << 16;
  private static final int SHORTEST_PIECE = 1 << 12;

  /** In a short text the rate falls in so many steps a pass. */
  private static final int PIECES_OF_PASS = 64;

  /** Losses that the device keeps. */
  private static final int HISTORY = 512;

  /** Rows that are cleared at once. */
  private static final int ZERO_ROWS = 1 << 10;

  /**
   * An epsilon beside which √v is nothing: without decays, Adam's rule is then {@code p −= lr/ε g}.
   * A power of two, so that it rounds nothing.
   */
  private static final double PLAIN_EPSILON = 0x1p40;

  private final Kernels kernels;
  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final EncodedCorpus text;
  private final boolean plain;
  private final DeviceMemory memory = new DeviceMemory();
  private final Word2VecStep.Model model;
  private final Word2VecStep batch;
  private final TouchedRows everyRow;
  private final View zeros;
  private final SkipGramPairs pairs;
  private final int[] piece;
  private final int[] centers;
  private final int[] contexts;
  private long step;
  private long summed;
  private double loss;

  Word2VecBatches(Kernels kernels, Word2VecState state, EncodedCorpus text) {
    this.kernels = kernels;
    this.settings = state.settings();
    this.vocabulary = state.vocabulary();
    this.text = text;
    Word2VecMethod method = settings.method();
    plain = method.optimizer() == Word2VecOptimizer.SGD;
    piece = new int[pieceLength(text.length()) + 2 * Word2VecTraining.MARGIN];
    centers = new int[method.batch()];
    contexts = new int[method.batch()];
    WordDraws draws = new WordDraws(vocabulary, settings);
    pairs =
        new SkipGramPairs(
            settings.window(),
            settings.sample() == 0 ? null : draws.keep(),
            settings.seed(),
            piece.length);
    UnigramNoise noise =
        method.noise() == Word2VecNoise.UNIGRAM
            ? new UnigramNoise(draws.noise(), settings.negatives(), settings.seed())
            : null;
    try {
      model = model(state, noise);
      everyRow = everyRow();
      int width = settings.dimensions() + 1;
      zeros = View.of(buffer((long) ZERO_ROWS * width), ZERO_ROWS, width);
      start(state);
      Word2VecStep made = new Word2VecStep(kernels, settings, model, method.batch());
      batch = memory.keep(made, made::close);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Says what noise a vocabulary is too small for. */
  static void check(Word2VecSettings settings, int words) {
    boolean different = settings.method().noise() == Word2VecNoise.LOG_UNIFORM;
    if (settings.method().inBatches() && different && settings.negatives() > words) {
      throw new IllegalArgumentException(
          "%d different words of noise cannot be drawn from a vocabulary of %d; give fewer negatives, a smaller least count or more text"
              .formatted(settings.negatives(), words));
    }
  }

  private static int pieceLength(long length) {
    return (int) Math.max(SHORTEST_PIECE, Math.min(LONGEST_PIECE, length / PIECES_OF_PASS));
  }

  private Word2VecStep.Model model(Word2VecState state, UnigramNoise noise) {
    Adam adam =
        plain ? new Adam(0, 0, PLAIN_EPSILON, Adam.Form.TENSORFLOW, WeightDecay.NONE) : new Adam();
    RowsAdam.Mode mode = plain ? RowsAdam.Mode.LAZY : settings.method().rows();
    RowsAdam rule = new RowsAdam(adam, mode, Schedule.CONSTANT);
    Buffer moments = null;
    if (mode == RowsAdam.Mode.DEFERRED) {
      // at a constant rate the table has as many steps as matter, however many are asked for
      moments = buffer(kernels.rowsAdamTableSize(rule, Integer.MAX_VALUE - 1));
      kernels.rowsAdamTable(rule, Integer.MAX_VALUE - 1, moments);
    }
    int words = vocabulary.size();
    int dimensions = settings.dimensions();
    int learned = dimensions + (settings.method().correctsForNoise() ? 1 : 0);
    AdamTable inputs = new AdamTable(kernels, words, dimensions, dimensions, moments);
    memory.keep(inputs, inputs::close);
    AdamTable outputs = new AdamTable(kernels, words, learned, dimensions + 1, moments);
    memory.keep(outputs, outputs::close);
    StepState steps = kernels.allocateState(1, HISTORY);
    memory.keep(steps, steps::close);
    step = state.steps().count();
    summed = step;
    steps.write(
        0,
        new GroupState(
            step,
            settings.seed(),
            0,
            0,
            state.steps().beta1Power(),
            state.steps().beta2Power(),
            0,
            0,
            1,
            GroupState.Status.RUNNING));
    return new Word2VecStep.Model(rule, inputs, outputs, steps, noise);
  }

  private Buffer buffer(long size) {
    Buffer made = kernels.allocate(size);
    return memory.keep(made, made::close);
  }

  private TouchedRows everyRow() {
    int[] rows = new int[vocabulary.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    TouchedRows every = TouchedRows.allocate(kernels, 1, rows.length);
    for (IndexBuffer part : new IndexBuffer[] {every.rows(), every.count(), every.slots()}) {
      memory.keep(part, part::close);
    }
    every.rows().write(rows);
    every.slots().write(rows);
    every.count().write(rows.length);
    return every;
  }

  private void start(Word2VecState state) {
    int[] last = new int[vocabulary.size()];
    Arrays.fill(last, (int) step);
    for (AdamTable table : new AdamTable[] {model.inputs(), model.outputs()}) {
      table.rows().last().write(last);
    }
    state.arrays().forEach((name, values) -> Place.of(name, this).write(values));
  }

  /** Where an array of a state lies. */
  private record Place(AdamTable table, Part part, int first, int width) {
    static Place of(String name, Word2VecBatches own) {
      int dot = name.indexOf('.');
      String array = dot < 0 ? name : name.substring(0, dot);
      Part part = Part.VALUES;
      if (dot >= 0) {
        part =
            name.endsWith(Word2VecState.FIRST_MOMENTS) ? Part.FIRST_MOMENTS : Part.SECOND_MOMENTS;
      }
      boolean bias = array.equals(Word2VecState.BIASES);
      int dimensions = own.settings.dimensions();
      return new Place(
          array.equals(Word2VecState.VECTORS) ? own.model.inputs() : own.model.outputs(),
          part,
          bias ? dimensions : 0,
          bias ? 1 : dimensions);
    }

    void write(float[] values) {
      table.write(part, first, width, values);
    }

    float[] read() {
      float[] values = new float[table.rows().rows() * width];
      table.read(part, first, width, values);
      return values;
    }
  }

  @Override
  public Piece learn(Cursor from) throws IOException {
    setRate(new LinearDecay(settings, text.length()).at(from));
    long end = Math.min(text.length(), from.next() + pieceLength(text.length()));
    long begin = Math.max(0, from.next() - Word2VecTraining.MARGIN);
    int count = (int) (Math.min(text.length(), end + Word2VecTraining.MARGIN) - begin);
    text.read(begin, piece, 0, count);
    pairs.begin(
        piece,
        count,
        (int) (from.next() - begin),
        (int) (end - begin),
        begin,
        from.epoch(),
        from.learned());
    loss = 0;
    long learned = 0;
    long next = pairs.center();
    int ofCenter = pairs.learned();
    int filled = pairs.fill(centers, contexts);
    while (filled == centers.length) {
      learn(batch);
      learned += filled;
      next = pairs.center();
      ofCenter = pairs.learned();
      filled = pairs.fill(centers, contexts);
    }
    // Pairs that fill no batch wait for the next piece; the last ones are a smaller batch.
    if (end == text.length() || learned == 0) {
      learnRest(filled);
      learned += filled;
      next = end;
      ofCenter = 0;
    }
    sumLosses(batch.size());
    settle();
    return new Piece(next, ofCenter, loss, learned);
  }

  private void learn(Word2VecStep taken) {
    taken.learn(centers, contexts, step + 1);
    step++;
    if (step - summed == HISTORY) {
      sumLosses(taken.size());
    }
  }

  private void learnRest(int count) {
    sumLosses(batch.size());
    if (count > 0) {
      try (Word2VecStep rest = new Word2VecStep(kernels, settings, model, count)) {
        learn(rest);
        sumLosses(count);
      }
    }
  }

  private void sumLosses(int size) {
    GroupState now = model.state().read(0);
    if (now.status() != GroupState.Status.RUNNING) {
      loss = Double.NaN;
    } else if (step > summed) {
      for (double mean : model.state().readHistory(summed + 1, (int) (step - summed))) {
        loss += mean * size;
      }
    }
    summed = step;
  }

  private void setRate(double rate) {
    GroupState now = model.state().read(0);
    model.state().write(0, at(now, now.step(), plain ? rate * PLAIN_EPSILON : rate));
  }

  /** Makes rows depend on nothing but what is saved. */
  private void settle() {
    for (AdamTable table : new AdamTable[] {model.inputs(), model.outputs()}) {
      if (plain) {
        // Of a first moment without decay nothing but rounding errors is left.
        for (int first = 0; first < table.rows().rows(); first += ZERO_ROWS) {
          int rows = Math.min(ZERO_ROWS, table.rows().rows() - first);
          kernels.copy(1, rows, table.rows().columns(), zeros, table.rows().m().rowsFrom(first));
        }
      } else if (settings.method().rows() == RowsAdam.Mode.DEFERRED) {
        // Rows catch up to the step before the state's.
        GroupState now = model.state().read(0);
        model.state().write(0, at(now, now.step() + 1, now.baseLearningRate()));
        kernels.rowsAdamCatchUp(model.rule(), table.rows(), everyRow, model.state());
        model.state().write(0, now);
      }
    }
  }

  private static GroupState at(GroupState state, long step, double rate) {
    return new GroupState(
        step,
        state.seed(),
        rate,
        rate,
        state.beta1Power(),
        state.beta2Power(),
        state.loss(),
        state.gradientNorm(),
        state.clipFactor(),
        state.status());
  }

  @Override
  public Map<String, float[]> arrays() {
    Map<String, float[]> arrays = new HashMap<>();
    for (String name : Word2VecState.names(settings.method())) {
      arrays.put(name, Place.of(name, this).read());
    }
    return arrays;
  }

  @Override
  public float[] vectors() {
    return Place.of(Word2VecState.VECTORS, this).read();
  }

  @Override
  public Steps steps() {
    GroupState now = model.state().read(0);
    return new Steps(now.step(), now.beta1Power(), now.beta2Power());
  }

  @Override
  public void close() {
    memory.close();
  }
}
