package dev.refrain.text;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecModel.Totals;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.Steps;
import java.io.IOException;
import java.util.Map;

/** Negative sampling by gradient descent: windows of the text, one operation a passage of it. */
final class Word2VecPassages implements Word2VecLearner {
  /** Numbers of the text that are learned one after the other. */
  private static final int RACING_STRETCH = 1024;

  static final int EXACT_STRETCH = 128;

  /** Numbers of the text in one call; a whole number of rounds in exact mode. */
  private static final int PIECE = 1 << 17;

  private static final int ROW_UNIT = 16;

  private final Kernels kernels;
  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final EncodedCorpus text;
  private final Word2vecRule rule;
  private final int rowStride;
  private final DeviceMemory memory = new DeviceMemory();
  private final Word2vecModel model;
  private final IndexBuffer ids;
  private final int[] piece = new int[PIECE + 2 * Word2VecTraining.MARGIN];

  Word2VecPassages(Kernels kernels, Word2VecState state, EncodedCorpus text) {
    this.kernels = kernels;
    this.settings = state.settings();
    this.vocabulary = state.vocabulary();
    this.text = text;
    this.rule =
        new Word2vecRule(
            settings.window(),
            settings.negatives(),
            settings.cbow(),
            settings.exact(),
            settings.lanes(),
            settings.exact() ? EXACT_STRETCH : RACING_STRETCH);
    this.rowStride = (settings.dimensions() + ROW_UNIT - 1) / ROW_UNIT * ROW_UNIT;
    WordDraws draws = new WordDraws(vocabulary, settings);
    try {
      this.model =
          new Word2vecModel(
              vocabulary.size(),
              rowStride,
              matrix(state.arrays().get(Word2VecState.VECTORS)),
              matrix(state.arrays().get(Word2VecState.OUTPUTS)),
              settings.sample() == 0 ? null : indices(draws.keep()),
              indices(AliasTable.of(draws.noise())),
              indices(new int[Word2vecModel.TOTALS]));
      this.ids = indices(piece);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private Buffer matrix(float[] values) {
    int width = settings.dimensions();
    Buffer allocated = kernels.allocate((long) vocabulary.size() * rowStride);
    Buffer buffer = memory.keep(allocated, allocated::close);
    int rows = Math.max(1, PIECE / rowStride);
    float[] block = new float[rows * rowStride];
    for (int first = 0; first < vocabulary.size(); first += rows) {
      int count = Math.min(rows, vocabulary.size() - first);
      for (int row = 0; row < count; row++) {
        System.arraycopy(values, (first + row) * width, block, row * rowStride, width);
      }
      buffer.write((long) first * rowStride, block, 0, count * rowStride);
    }
    return buffer;
  }

  private float[] values(Buffer buffer) {
    int width = settings.dimensions();
    float[] values = new float[vocabulary.size() * width];
    int rows = Math.max(1, PIECE / rowStride);
    float[] block = new float[rows * rowStride];
    for (int first = 0; first < vocabulary.size(); first += rows) {
      int count = Math.min(rows, vocabulary.size() - first);
      buffer.read((long) first * rowStride, block, 0, count * rowStride);
      for (int row = 0; row < count; row++) {
        System.arraycopy(block, row * rowStride, values, (first + row) * width, width);
      }
    }
    return values;
  }

  private IndexBuffer indices(int... values) {
    IndexBuffer allocated = kernels.allocateIndices(values.length);
    IndexBuffer buffer = memory.keep(allocated, allocated::close);
    buffer.write(values);
    return buffer;
  }

  @Override
  public Piece learn(Cursor from) throws IOException {
    long next = from.next();
    long end = Math.min(text.length(), next + PIECE);
    long begin = Math.max(0, next - Word2VecTraining.MARGIN);
    int count = (int) (Math.min(text.length(), end + Word2VecTraining.MARGIN) - begin);
    text.read(begin, piece, 0, count);
    ids.write(0, piece, 0, count);
    LinearDecay rate = new LinearDecay(settings, text.length());
    Word2vecPassage passage =
        new Word2vecPassage(
            ids,
            count,
            next - begin,
            end - begin,
            begin,
            from.epoch(),
            settings.seed(),
            rate.at(from),
            rate.slope(),
            settings.leastLearningRate());
    // From 0 each time: sums of a pass then add the same numbers whether it was broken off or not.
    model.totals().write(new int[Word2vecModel.TOTALS]);
    kernels.word2vec(rule, model, passage);
    Totals totals = Totals.of(model.totals());
    return new Piece(end, 0, totals.loss(), totals.pairs());
  }

  @Override
  public Map<String, float[]> arrays() {
    return Map.of(Word2VecState.VECTORS, vectors(), Word2VecState.OUTPUTS, values(model.outputs()));
  }

  @Override
  public float[] vectors() {
    return values(model.inputs());
  }

  @Override
  public Steps steps() {
    return Steps.NONE;
  }

  @Override
  public void close() {
    memory.close();
  }
}
