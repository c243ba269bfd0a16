package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A training as a file keeps it: safetensors with the tensors {@code vectors} and {@code outputs}
 * [V,D] and {@code counts} [V], the words one a line in the metadata. {@link WordVectors#read}
 * reads the same file's vectors. Gradient descent has no state but how far it is.
 */
final class Word2VecState {
  private static final String VECTORS = "vectors";
  private static final String OUTPUTS = "outputs";
  private static final String COUNTS = "counts";
  private static final String WORDS = "words";
  private static final String PREFIX = "word2vec.training.";

  private final Word2VecSettings settings;
  private final Vocabulary vocabulary;
  private final float[] vectors;
  private final float[] outputs;
  private final Cursor cursor;
  private final TextMark text;

  /**
   * Puts it together; arrays are not copied.
   *
   * @param vectors [V,D]
   * @param outputs [V,D]
   * @param cursor how far training is
   * @param text which text it was trained on
   */
  Word2VecState(
      Word2VecSettings settings,
      Vocabulary vocabulary,
      float[] vectors,
      float[] outputs,
      Cursor cursor,
      TextMark text) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.vectors = vectors;
    this.outputs = outputs;
    this.cursor = cursor;
    this.text = text;
  }

  Word2VecSettings settings() {
    return settings;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  float[] vectors() {
    return vectors;
  }

  float[] outputs() {
    return outputs;
  }

  Cursor cursor() {
    return cursor;
  }

  TextMark text() {
    return text;
  }

  /**
   * Where training is.
   *
   * @param epoch passes that are done
   * @param next the next number of the encoded text
   * @param loss sum of losses in this pass so far
   * @param pairs of them
   */
  record Cursor(int epoch, long next, double loss, long pairs) {
    static final Cursor START = new Cursor(0, 0, 0, 0);
  }

  /** By what an encoded text is known again. */
  record TextMark(long length, long words, long checksum) {
    static TextMark of(EncodedCorpus text) {
      return new TextMark(text.length(), text.words(), text.checksum());
    }
  }

  void write(Path file) throws IOException {
    List<Long> shape = List.of((long) vocabulary.size(), (long) settings.dimensions());
    SafetensorsWriter writer = new SafetensorsWriter();
    settings.toMetadata().forEach(writer::metadata);
    writer
        .metadata(PREFIX + "epoch", Integer.toString(cursor.epoch()))
        .metadata(PREFIX + "next", Long.toString(cursor.next()))
        .metadata(PREFIX + "loss", Double.toString(cursor.loss()))
        .metadata(PREFIX + "pairs", Long.toString(cursor.pairs()))
        .metadata(PREFIX + "textLength", Long.toString(text.length()))
        .metadata(PREFIX + "textWords", Long.toString(text.words()))
        .metadata(PREFIX + "textChecksum", Long.toHexString(text.checksum()))
        .metadata(PREFIX + "totalWords", Long.toString(vocabulary.totalWords()))
        .metadata(WORDS, String.join("\n", vocabulary.words()))
        .floats(VECTORS, shape, vectors)
        .floats(OUTPUTS, shape, outputs)
        .longs(COUNTS, List.of((long) vocabulary.size()), vocabulary.counts())
        .write(file);
  }

  static Word2VecState read(Path file) throws IOException {
    try (SafetensorsFile in = SafetensorsFile.open(file)) {
      for (String name : List.of(VECTORS, OUTPUTS, COUNTS)) {
        if (in.tensor(name) == null) {
          throw new MalformedFileException(
              file, "has no tensor '" + name + "'; give a file of training, not of vectors alone");
        }
      }
      return read(in);
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(
          file, "holds no training of word vectors: " + e.getMessage(), e);
    }
  }

  private static Word2VecState read(SafetensorsFile in) throws IOException {
    Word2VecSettings settings = Word2VecSettings.ofMetadata(in.metadata());
    List<String> words = List.of(text(in, WORDS).split("\n", -1));
    Vocabulary vocabulary =
        Vocabulary.of(
            words,
            in.longs(COUNTS),
            UnknownWords.DROP,
            Long.parseLong(text(in, PREFIX + "totalWords")));
    List<Long> shape = List.of((long) vocabulary.size(), (long) settings.dimensions());
    requireShape(in.tensor(VECTORS), shape);
    requireShape(in.tensor(OUTPUTS), shape);
    Cursor cursor =
        new Cursor(
            Integer.parseInt(text(in, PREFIX + "epoch")),
            Long.parseLong(text(in, PREFIX + "next")),
            Double.parseDouble(text(in, PREFIX + "loss")),
            Long.parseLong(text(in, PREFIX + "pairs")));
    TextMark mark =
        new TextMark(
            Long.parseLong(text(in, PREFIX + "textLength")),
            Long.parseLong(text(in, PREFIX + "textWords")),
            Long.parseUnsignedLong(text(in, PREFIX + "textChecksum"), 16));
    if (cursor.epoch() < 0 || cursor.next() < 0 || cursor.next() > mark.length()) {
      throw new IllegalArgumentException("it says that it is at " + cursor);
    }
    return new Word2VecState(
        settings, vocabulary, in.floats(VECTORS), in.floats(OUTPUTS), cursor, mark);
  }

  private static String text(SafetensorsFile in, String key) {
    String value = in.metadata().get(key);
    if (value == null) {
      throw new IllegalArgumentException("it does not say " + key);
    }
    return value;
  }

  private static void requireShape(TensorInfo info, List<Long> shape) {
    if (!info.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "'" + info.name() + "' has the shape " + info.shape() + ", not " + shape);
    }
  }

  Word2VecTraining resume(Kernels kernels, WordSource source) throws IOException {
    EncodedCorpus encoded =
        EncodedCorpus.encode(Word2VecTraining.withPhrases(settings, source), vocabulary);
    if (!TextMark.of(encoded).equals(text)) {
      encoded.close();
      throw new IllegalArgumentException(
          source
              + " is not the text of the training that was broken off; give the same, or go on with"
              + " a new one");
    }
    return Word2VecTraining.of(kernels, this, encoded);
  }

  Word2VecTraining goOn(Kernels kernels, WordSource source, int epochs) throws IOException {
    EncodedCorpus encoded =
        EncodedCorpus.encode(Word2VecTraining.withPhrases(settings, source), vocabulary);
    return Word2VecTraining.of(
        kernels,
        new Word2VecState(
            settings.withEpochs(epochs),
            vocabulary,
            vectors,
            outputs,
            Cursor.START,
            TextMark.of(encoded)),
        encoded);
  }
}
