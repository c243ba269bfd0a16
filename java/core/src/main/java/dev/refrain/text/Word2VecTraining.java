package dev.refrain.text;

import dev.refrain.io.SafetensorsWriter;
import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Philox;
import dev.refrain.kernels.Word2vecModel;
import dev.refrain.kernels.Word2vecModel.Totals;
import dev.refrain.kernels.Word2vecPassage;
import dev.refrain.kernels.Word2vecRule;
import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.TextMark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Word vectors in training: an encoded text, and a model in a device's memory. {@link #run} trains
 * to the end or until the thread is interrupted; {@link #save} keeps everything, so that it can be
 * taken up again.
 *
 * <p>Lifecycle: {@link Word2Vec#start} or {@link Word2Vec#resume}, {@link #run}, read, {@link
 * #close}. The kernels stay open.
 */
public final class Word2VecTraining implements AutoCloseable {
  /** Numbers of the text that are learned one after the other. */
  private static final int RACING_STRETCH = 1024;

  private static final int EXACT_STRETCH = 128;

  /** Numbers of the text in one call; a whole number of rounds in exact mode. */
  private static final int PIECE = 1 << 17;

  /** Numbers before and behind a piece among which contexts are looked for. */
  private static final int MARGIN = 1 << 12;

  /** Operation's seed of the first vectors. */
  private static final long FIRST_VECTORS = 0x77326976L;

  /** Room in a file's header for all that is not words. */
  private static final int OTHER_HEADER_BYTES = 1 << 16;

  private static final int ROW_UNIT = 16;
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private final Kernels kernels;
  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final EncodedCorpus text;
  private final TextMark mark;
  private final Word2vecRule rule;
  private final int rowStride;
  private final List<AutoCloseable> memory = new ArrayList<>();
  private final Word2vecModel model;
  private final IndexBuffer ids;
  private final int[] piece = new int[PIECE + 2 * MARGIN];
  private final List<Double> epochLosses = new ArrayList<>();
  private Cursor cursor;

  private Word2VecTraining(Kernels kernels, Word2VecState state, EncodedCorpus text) {
    this.kernels = kernels;
    this.settings = state.settings();
    this.vocabulary = state.vocabulary();
    this.text = text;
    this.mark = state.text();
    this.cursor = state.cursor();
    this.rule =
        new Word2vecRule(
            settings.window(),
            settings.negatives(),
            settings.cbow(),
            settings.exact(),
            settings.lanes(),
            settings.exact() ? EXACT_STRETCH : RACING_STRETCH);
    this.rowStride = (settings.dimensions() + ROW_UNIT - 1) / ROW_UNIT * ROW_UNIT;
    try {
      this.model =
          new Word2vecModel(
              vocabulary.size(),
              rowStride,
              matrix(state.vectors()),
              matrix(state.outputs()),
              settings.sample() == 0 ? null : indices(keep()),
              indices(AliasTable.of(noise())),
              indices(new int[Word2vecModel.TOTALS]));
      this.ids = keepOpen(kernels.allocateIndices(piece.length));
    } catch (RuntimeException e) {
      closeMemory();
      throw e;
    }
  }

  static Word2VecTraining of(Kernels kernels, Word2VecState state, EncodedCorpus text)
      throws IOException {
    try {
      return new Word2VecTraining(kernels, state, text);
    } catch (RuntimeException e) {
      text.close();
      throw e;
    }
  }

  static Word2VecTraining start(Kernels kernels, Word2VecSettings settings, WordSource source)
      throws IOException {
    WordSource words = withPhrases(settings, source);
    Vocabulary vocabulary =
        Vocabulary.counting()
            .minCount(settings.minCount())
            .maxSize(settings.maxVocabulary())
            .count(words);
    if (vocabulary.size() < 2) {
      throw new IllegalArgumentException(
          source
              + ": of its words only '"
              + vocabulary.word(0)
              + "' comes "
              + settings.minCount()
              + " times; give a smaller least count, or more text");
    }
    long elements = (long) vocabulary.size() * settings.dimensions();
    if (elements > MOST_ELEMENTS) {
      throw new IllegalArgumentException(
          "%d words of %d dimensions are more than 2^31 numbers; give a larger least count or fewer"
                  .formatted(vocabulary.size(), settings.dimensions())
              + " dimensions");
    }
    requireSavable(vocabulary);
    EncodedCorpus text = EncodedCorpus.encode(words, vocabulary);
    Word2VecState state =
        new Word2VecState(
            settings,
            vocabulary,
            firstVectors(settings, (int) elements),
            new float[(int) elements],
            Cursor.START,
            TextMark.of(text));
    return of(kernels, state, text);
  }

  /** Says before the work, not after it, that no file could keep the words. */
  private static void requireSavable(Vocabulary vocabulary) {
    long bytes = 0;
    for (String word : vocabulary.words()) {
      bytes += SafetensorsWriter.headerBytes(word) + 2;
    }
    if (bytes > SafetensorsWriter.MOST_HEADER_BYTES - OTHER_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "%d words take %d bytes, more than a file of training keeps (%d); give a larger least count or a largest vocabulary"
              .formatted(
                  vocabulary.size(),
                  bytes,
                  SafetensorsWriter.MOST_HEADER_BYTES - OTHER_HEADER_BYTES));
    }
  }

  static WordSource withPhrases(Word2VecSettings settings, WordSource source) throws IOException {
    WordSource words = source;
    for (int pass = 0; pass < settings.phrasePasses(); pass++) {
      words = Phrases.join(words, settings.minCount(), settings.phraseThreshold());
    }
    return words;
  }

  /** Uniform in ±1/(2 D), as word2vec has it; the outputs begin at 0. */
  private static float[] firstVectors(Word2VecSettings settings, int elements) {
    float[] values = Philox.uniformFloats(settings.seed(), FIRST_VECTORS, elements);
    for (int i = 0; i < elements; i++) {
      values[i] = (values[i] - 0.5f) / settings.dimensions();
    }
    return values;
  }

  private Buffer matrix(float[] values) {
    int width = settings.dimensions();
    Buffer buffer = keepOpen(kernels.allocate((long) vocabulary.size() * rowStride));
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
    IndexBuffer buffer = keepOpen(kernels.allocateIndices(values.length));
    buffer.write(values);
    return buffer;
  }

  private <T extends AutoCloseable> T keepOpen(T resource) {
    memory.add(resource);
    return resource;
  }

  /** Of each word, up to which random word of 32 bits a use is kept. */
  private int[] keep() {
    int[] keep = new int[vocabulary.size()];
    double known = (double) vocabulary.knownWords();
    for (int i = 0; i < keep.length; i++) {
      double share = vocabulary.count(i) / known / settings.sample();
      double probability = (Math.sqrt(share) + 1) / share;
      keep[i] = probability >= 1 ? -1 : (int) (long) (probability * 0x1p32);
    }
    return keep;
  }

  private double[] noise() {
    double[] weights = new double[vocabulary.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.pow((double) vocabulary.count(i), settings.noisePower());
    }
    return weights;
  }

  /**
   * Trains to the end, or until the thread is interrupted, which it is found to be between two
   * calls to the engine. The thread stays interrupted.
   *
   * @param listener is told how far it is
   * @return whether it came to the end
   * @throws IllegalStateException if the loss is not finite any more
   * @throws IOException if the encoded text cannot be read
   */
  public boolean run(Word2VecProgress.Listener listener) throws IOException {
    long before = words();
    long began = System.nanoTime();
    while (cursor.epoch() < settings.epochs()) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      int epoch = cursor.epoch();
      Totals learned = learnPiece();
      if (!Double.isFinite(learned.loss())) {
        throw new IllegalStateException(
            "training diverged in pass "
                + (epoch + 1)
                + ": the loss is no finite number any more; lower the learning rate");
      }
      double seconds = (System.nanoTime() - began) * 1e-9;
      boolean ended = cursor.epoch() > epoch;
      listener.onProgress(
          new Word2VecProgress(
              epoch,
              words(),
              totalWords(),
              learned.meanLoss(),
              (words() - before) / seconds,
              ended ? epochLosses.get(epochLosses.size() - 1) : Double.NaN));
    }
    return true;
  }

  private Totals learnPiece() throws IOException {
    long next = cursor.next();
    long end = Math.min(text.length(), next + PIECE);
    long from = Math.max(0, next - MARGIN);
    long to = Math.min(text.length(), end + MARGIN);
    int count = (int) (to - from);
    text.read(from, piece, 0, count);
    ids.write(0, piece, 0, count);
    double all = (double) settings.epochs() * text.length();
    double done = (double) cursor.epoch() * text.length() + next;
    double fall = settings.learningRate() - settings.leastLearningRate();
    Word2vecPassage passage =
        new Word2vecPassage(
            ids,
            count,
            next - from,
            end - from,
            from,
            cursor.epoch(),
            settings.seed(),
            settings.learningRate() - fall * (done / all),
            -fall / all,
            settings.leastLearningRate());
    // From 0 each time: sums of a pass then add the same numbers whether it was broken off or not.
    model.totals().write(new int[Word2vecModel.TOTALS]);
    kernels.word2vec(rule, model, passage);
    Totals learned = Totals.of(model.totals());
    advance(end, learned);
    return learned;
  }

  private void advance(long end, Totals learned) {
    double loss = cursor.loss() + learned.loss();
    long pairs = cursor.pairs() + learned.pairs();
    if (end < text.length()) {
      cursor = new Cursor(cursor.epoch(), end, loss, pairs);
    } else {
      epochLosses.add(loss / pairs);
      cursor = new Cursor(cursor.epoch() + 1, 0, 0, 0);
    }
  }

  /** Words of the text gone through, all passes counted. */
  public long words() {
    double share = (double) cursor.next() / text.length();
    return cursor.epoch() * text.sourceWords() + Math.round(share * text.sourceWords());
  }

  /** Words of all passes. */
  public long totalWords() {
    return settings.epochs() * text.sourceWords();
  }

  /** Numbers of a vector. */
  public int dimensions() {
    return settings.dimensions();
  }

  /** Passes that are done. */
  public int epochsDone() {
    return cursor.epoch();
  }

  /**
   * Mean loss of a pair in each pass that ended since {@link Word2Vec#start} or {@link
   * Word2Vec#resume}, each pair's before its own update.
   */
  public List<Double> epochLosses() {
    return List.copyOf(epochLosses);
  }

  /** The words. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The vectors as they are now; reading them changes nothing. */
  public WordVectors vectors() {
    return new WordVectors(vocabulary.words(), settings.dimensions(), values(model.inputs()));
  }

  /**
   * Writes everything that training goes on from, whole or not at all: safetensors, whatever the
   * file's name. {@link WordVectors#read} reads its vectors where the name ends in {@code
   * .safetensors}.
   *
   * @throws IOException if it cannot be written
   */
  public void save(Path file) throws IOException {
    new Word2VecState(
            settings, vocabulary, values(model.inputs()), values(model.outputs()), cursor, mark)
        .write(file);
  }

  @Override
  public void close() throws IOException {
    closeMemory();
    text.close();
  }

  private void closeMemory() {
    for (AutoCloseable resource : memory) {
      if (resource instanceof Buffer buffer) {
        buffer.close();
      } else if (resource instanceof IndexBuffer buffer) {
        buffer.close();
      }
    }
    memory.clear();
  }
}
