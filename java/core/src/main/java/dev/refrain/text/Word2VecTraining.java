package dev.refrain.text;

import dev.refrain.io.SafetensorsWriter;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.Philox;
import dev.refrain.text.Word2VecLearner.Piece;
import dev.refrain.text.Word2VecState.Cursor;
import dev.refrain.text.Word2VecState.Steps;
import dev.refrain.text.Word2VecState.TextMark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Word vectors in training: an encoded text, and a model in a device's memory. {@link #run} trains
 * to the end or until the thread is interrupted; {@link #save} keeps everything, so that it can be
 * taken up again.
 *
 * <p>Lifecycle: {@link Word2Vec#start} or {@link Word2Vec#resume}, {@link #run}, read, {@link
 * #close}. The kernels stay open. One thread at a time uses it.
 */
public final class Word2VecTraining implements AutoCloseable {
  /** Numbers before and behind a piece of text among which contexts are looked for. */
  static final int MARGIN = 1 << 12;

  /** Operation's seed of the first vectors. */
  private static final long FIRST_VECTORS = 0x77326976L;

  /** Room in a file's header for all that is not words. */
  private static final int OTHER_HEADER_BYTES = 1 << 16;

  /**
   * A pair's loss for each of its logits that no training comes to but one that diverges: the first
   * are below 25, what the logarithm of the rarest noise is. Float32 takes steps far beyond it
   * before a number is infinite, with nothing left to learn.
   */
  private static final double DIVERGED = 1000;

  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final EncodedCorpus text;
  private final TextMark mark;
  private final Word2VecLearner learner;
  private final List<Double> epochLosses = new ArrayList<>();
  private Cursor cursor;

  private Word2VecTraining(Kernels kernels, Word2VecState state, EncodedCorpus text) {
    this.settings = state.settings();
    this.vocabulary = state.vocabulary();
    this.text = text;
    this.mark = state.text();
    this.cursor = state.cursor();
    this.learner =
        settings.method().inBatches()
            ? new Word2VecBatches(kernels, state, text)
            : new Word2VecPassages(kernels, state, text);
  }

  private static Word2VecTraining of(Kernels kernels, Word2VecState state, EncodedCorpus text)
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
    Word2VecBatches.check(settings, vocabulary.size());
    requireSavable(vocabulary);
    EncodedCorpus text = encode(words, vocabulary);
    return of(
        kernels,
        new Word2VecState(
            withLanes(settings, vocabulary),
            vocabulary,
            firstArrays(settings, vocabulary.size()),
            Cursor.START,
            Steps.NONE,
            TextMark.of(text)),
        text);
  }

  private static Word2VecSettings withLanes(Word2VecSettings settings, Vocabulary vocabulary) {
    return settings.lanes() == Word2VecSettings.LANES_BY_TEXT
        ? settings.withLanes(Word2VecLanes.of(vocabulary, settings))
        : settings;
  }

  private static EncodedCorpus encode(WordSource words, Vocabulary vocabulary) throws IOException {
    return withNeighbours(words, EncodedCorpus.encode(words, vocabulary));
  }

  private static EncodedCorpus withNeighbours(WordSource words, EncodedCorpus text)
      throws IOException {
    if (!text.hasNeighbours()) {
      text.close();
      throw new IllegalArgumentException(
          words
              + ": no sentence has two words of the vocabulary, so that there is nothing to learn a"
              + " word from; a line is a sentence: put more words in a line, or give a smaller least"
              + " count or more text");
    }
    return text;
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

  private static WordSource withPhrases(Word2VecSettings settings, WordSource source)
      throws IOException {
    WordSource words = source;
    for (int pass = 0; pass < settings.phrasePasses(); pass++) {
      words = Phrases.join(words, settings.minCount(), settings.phraseThreshold());
    }
    return words;
  }

  /** Vectors uniform in ±1/(2 D), as word2vec has it; all else begins at 0. */
  private static Map<String, float[]> firstArrays(Word2VecSettings settings, int words) {
    Map<String, float[]> arrays = new HashMap<>();
    int elements = words * settings.dimensions();
    for (String name : Word2VecState.names(settings.method())) {
      arrays.put(name, new float[name.startsWith(Word2VecState.BIASES) ? words : elements]);
    }
    float[] values = Philox.uniformFloats(settings.seed(), FIRST_VECTORS, elements);
    for (int i = 0; i < elements; i++) {
      values[i] = (values[i] - 0.5f) / settings.dimensions();
    }
    arrays.put(Word2VecState.VECTORS, values);
    return arrays;
  }

  static Word2VecTraining resume(Kernels kernels, Word2VecState state, WordSource source)
      throws IOException {
    WordSource words = withPhrases(state.settings(), source);
    EncodedCorpus text = EncodedCorpus.encode(words, state.vocabulary());
    // Before all else that is wrong with a text which is not the right one.
    if (!TextMark.of(text).equals(state.text())) {
      text.close();
      throw new IllegalArgumentException(
          source
              + " is not the text of the training that was broken off; give the same, or go on with"
              + " a new one");
    }
    return of(kernels, state, withNeighbours(words, text));
  }

  /** A null seed: the saved one. */
  static Word2VecTraining goOn(
      Kernels kernels, Word2VecState state, WordSource source, int epochs, Long seed)
      throws IOException {
    // What is a phrase was found in the first text; its vectors stand for these phrases alone.
    WordSource words =
        state.settings().phrasePasses() == 0
            ? source
            : new KnownPhrases(source, state.vocabulary());
    EncodedCorpus text = encode(words, state.vocabulary());
    long drawn = seed == null ? state.settings().seed() : seed;
    return of(kernels, state.before(text, epochs, drawn), text);
  }

  /**
   * Trains to the end, or until the thread is interrupted, which it is found to be between two
   * calls to the engine. The thread stays interrupted.
   *
   * @param listener is told how far it is
   * @return whether it came to the end
   * @throws IllegalStateException if training diverges: the loss is not finite any more, or huge
   * @throws IllegalArgumentException if subsampling leaves a pass without a pair of words
   * @throws IOException if the encoded text cannot be read
   */
  public boolean run(Word2VecProgress.Listener listener) throws IOException {
    Objects.requireNonNull(listener, "listener");
    long before = words();
    long began = System.nanoTime();
    while (cursor.epoch() < settings.epochs()) {
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      int epoch = cursor.epoch();
      Piece learned = learner.learn(cursor);
      advance(learned);
      double most = DIVERGED * (1 + settings.negatives()) * learned.pairs();
      if (!(Math.abs(learned.loss()) <= most)) {
        throw new IllegalStateException(
            "training diverged in pass %d: the loss of a pair is %.3g on average; lower the learning rate, which is %s%s"
                .formatted(
                    epoch + 1,
                    learned.loss() / learned.pairs(),
                    settings.learningRate(),
                    orFewerLanes()));
      }
      double seconds = (System.nanoTime() - began) * 1e-9;
      boolean ended = cursor.epoch() > epoch;
      listener.onProgress(
          new Word2VecProgress(
              epoch,
              words(),
              totalWords(),
              learned.loss() / learned.pairs(),
              (words() - before) / seconds,
              ended ? epochLosses.get(epochLosses.size() - 1) : Double.NaN));
    }
    return true;
  }

  /** As {@link #run(Word2VecProgress.Listener)}, and tells nobody. */
  public boolean run() throws IOException {
    return run(progress -> {});
  }

  private String orFewerLanes() {
    boolean sums = settings.exact() && !settings.method().inBatches() && settings.lanes() > 1;
    return sums ? ", or lanes, which are " + settings.lanes() : "";
  }

  private void advance(Piece learned) {
    double loss = cursor.loss() + learned.loss();
    long pairs = cursor.pairs() + learned.pairs();
    if (learned.next() < text.length()) {
      cursor = new Cursor(cursor.epoch(), learned.next(), learned.learned(), loss, pairs);
    } else {
      if (pairs == 0) {
        throw new IllegalArgumentException(
            "sample is %s, and in pass %d subsampling left no word with a neighbour to learn it from; give a larger share (0 drops none), or more text"
                .formatted(settings.sample(), cursor.epoch() + 1));
      }
      epochLosses.add(loss / pairs);
      cursor = new Cursor(cursor.epoch() + 1, 0, 0, 0, 0);
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

  /** Bytes of the vectors' numbers: what a file of them takes at least. */
  public long vectorBytes() {
    return (long) vocabulary.size() * settings.dimensions() * Float.BYTES;
  }

  /** Bytes that {@link #save} writes at least. */
  public long savedBytes() {
    return vectorBytes()
        * Word2VecState.names(settings.method()).stream()
            .filter(name -> !name.startsWith(Word2VecState.BIASES))
            .count();
  }

  /**
   * What it is trained by, by the names of {@link Word2Vec.Builder}'s methods: {@code lanes}, where
   * they were left to the text, as it has decided.
   */
  public Map<String, String> settings() {
    return settings.named();
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
    return new WordVectors(vocabulary.words(), settings.dimensions(), learner.vectors());
  }

  /**
   * Writes everything that training goes on from, whole or not at all: safetensors, whatever the
   * file's name. {@link WordVectors#read} reads its vectors where the name ends in {@code
   * .safetensors}.
   *
   * @throws IOException if it cannot be written
   */
  public void save(Path file) throws IOException {
    new Word2VecState(settings, vocabulary, learner.arrays(), cursor, learner.steps(), mark)
        .write(file);
  }

  @Override
  public void close() throws IOException {
    learner.close();
    text.close();
  }
}
