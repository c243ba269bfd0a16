package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.GroupState;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RowsAdam;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.TouchedRows;
import dev.refrain.text.RowTable.Part;
import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.Steps;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Sampled losses by Adam or gradient descent: batches of pairs in the order of the text, whose
 * noise all pairs of a batch share. The learning rate falls from piece to piece of the text; before
 * it does, rows that wait for Adam catch up, so that a training that is saved between two pieces
 * goes on to the same bits.
 */
final class Word2VecBatches implements Word2VecLearner {
  private static final int LONGEST_PIECE = 1 << 16;
  private static final int SHORTEST_PIECE = 1 << 12;

  /** In a short text the rate falls in so many steps a pass. */
  private static final int PIECES_OF_PASS = 64;

  /** Losses that the device keeps. */
  private static final int HISTORY = 512;

  private final Kernels kernels;
  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final EncodedCorpus text;
  private final DeviceMemory memory = new DeviceMemory();
  private final Word2VecStep.Model model;
  private final Word2VecStep batch;
  private final TouchedRows everyRow;
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
    int words = vocabulary.size();
    int dimensions = settings.dimensions();
    int learned = dimensions + (settings.method().correctsForNoise() ? 1 : 0);
    Optimizer optimizer;
    RowTable inputs;
    RowTable outputs;
    if (settings.method().optimizer() == Word2VecOptimizer.ADAM) {
      RowsAdam rule = new RowsAdam(settings.method().rows());
      Buffer moments = moments(rule);
      optimizer = rule.adam();
      inputs = keep(new AdamTable(kernels, rule, words, dimensions, dimensions, moments));
      outputs = keep(new AdamTable(kernels, rule, words, learned, dimensions + 1, moments));
    } else {
      optimizer = new Sgd();
      inputs = keep(new SgdTable(kernels, words, dimensions, dimensions));
      outputs = keep(new SgdTable(kernels, words, learned, dimensions + 1));
    }
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
    return new Word2VecStep.Model(optimizer, inputs, outputs, steps, noise);
  }

  private RowTable keep(RowTable table) {
    return memory.keep(table, table::close);
  }

  /** What rows that wait catch up with; null where none wait. */
  private Buffer moments(RowsAdam rule) {
    if (rule.mode() != RowsAdam.Mode.DEFERRED) {
      return null;
    }
    // at a constant rate the table has as many steps as matter, however many are asked for
    Buffer moments = kernels.allocate(kernels.rowsAdamTableSize(rule, Integer.MAX_VALUE - 1));
    memory.keep(moments, moments::close);
    kernels.rowsAdamTable(rule, Integer.MAX_VALUE - 1, moments);
    return moments;
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
    model.inputs().startAt((int) step);
    model.outputs().startAt((int) step);
    state.arrays().forEach((name, values) -> Place.of(name, this).write(values));
  }

  /** Where an array of a state lies. */
  private record Place(RowTable table, Part part, int first, int width) {
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
      float[] values = new float[table.count() * width];
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
    model.state().write(0, at(now, now.step(), rate));
  }

  /** Makes rows depend on nothing but what is saved. */
  private void settle() {
    Word2VecMethod method = settings.method();
    if (method.optimizer() != Word2VecOptimizer.ADAM || method.rows() != RowsAdam.Mode.DEFERRED) {
      return;
    }
    for (RowTable table : new RowTable[] {model.inputs(), model.outputs()}) {
      // Rows catch up to the step before the state's.
      GroupState now = model.state().read(0);
      model.state().write(0, at(now, now.step() + 1, now.baseLearningRate()));
      table.catchUp(everyRow, model.state());
      model.state().write(0, now);
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
