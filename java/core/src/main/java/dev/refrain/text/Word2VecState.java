package dev.refrain.text;

import dev.refrain.io.MalformedFileException;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A training as a file keeps it: safetensors with the tensors {@code vectors} and {@code outputs}
 * [V,D] and {@code counts} [V], the words one a line in the metadata, and what else the method
 * keeps: {@code biases} [V], and of these three Adam's moments, {@code .m} and {@code .v}. {@link
 * WordVectors#read} reads the same file's vectors.
 *
 * @param arrays by name, [V,D] or [V]; not copied
 * @param cursor how far training is
 * @param steps of batches so far
 * @param text which text it was trained on
 */
record Word2VecState(
    Word2VecSettings settings,
    Vocabulary vocabulary,
    Map<String, float[]> arrays,
    Cursor cursor,
    Steps steps,
    TextMark text) {
  static final String VECTORS = "vectors";
  static final String OUTPUTS = "outputs";
  static final String BIASES = "biases";
  static final String FIRST_MOMENTS = ".m";
  static final String SECOND_MOMENTS = ".v";
  private static final String COUNTS = "counts";
  private static final String WORDS = "words";
  private static final String PREFIX = "word2vec.training.";

  /**
   * Where training is.
   *
   * @param epoch passes that are done
   * @param next the next center, as its place in the encoded text
   * @param learned how many of its pairs have been learned already
   * @param loss sum of losses in this pass so far
   * @param pairs of them
   */
  record Cursor(int epoch, long next, int learned, double loss, long pairs) {
    static final Cursor START = new Cursor(0, 0, 0, 0, 0);
  }

  /** How many batches were learned, and Adam's decays to this power. */
  record Steps(long count, double beta1Power, double beta2Power) {
    static final Steps NONE = new Steps(0, 1, 1);
  }

  /** By what an encoded text is known again. */
  record TextMark(long length, long words, long checksum) {
    static TextMark of(EncodedCorpus text) {
      return new TextMark(text.length(), text.words(), text.checksum());
    }
  }

  /** The arrays that a method has. */
  static List<String> names(Word2VecMethod method) {
    List<String> values = new ArrayList<>(List.of(VECTORS, OUTPUTS));
    if (method.correctsForNoise()) {
      values.add(BIASES);
    }
    List<String> names = new ArrayList<>(values);
    if (method.optimizer() == Word2VecOptimizer.ADAM) {
      values.forEach(name -> names.addAll(List.of(name + FIRST_MOMENTS, name + SECOND_MOMENTS)));
    }
    return names;
  }

  private static List<Long> shape(String name, long words, long dimensions) {
    return name.startsWith(BIASES) ? List.of(words) : List.of(words, dimensions);
  }

  void write(Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    settings.toMetadata().forEach(writer::metadata);
    writer
        .metadata(PREFIX + "epoch", Integer.toString(cursor.epoch()))
        .metadata(PREFIX + "next", Long.toString(cursor.next()))
        .metadata(PREFIX + "learned", Integer.toString(cursor.learned()))
        .metadata(PREFIX + "loss", Double.toString(cursor.loss()))
        .metadata(PREFIX + "pairs", Long.toString(cursor.pairs()))
        .metadata(PREFIX + "steps", Long.toString(steps.count()))
        .metadata(PREFIX + "beta1Power", Double.toString(steps.beta1Power()))
        .metadata(PREFIX + "beta2Power", Double.toString(steps.beta2Power()))
        .metadata(PREFIX + "textLength", Long.toString(text.length()))
        .metadata(PREFIX + "textWords", Long.toString(text.words()))
        .metadata(PREFIX + "textChecksum", Long.toHexString(text.checksum()))
        .metadata(PREFIX + "totalWords", Long.toString(vocabulary.totalWords()))
        .metadata(WORDS, String.join("\n", vocabulary.words()));
    for (String name : names(settings.method())) {
      writer.floats(name, shape(name, vocabulary.size(), settings.dimensions()), arrays.get(name));
    }
    writer.longs(COUNTS, List.of((long) vocabulary.size()), vocabulary.counts()).write(file);
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

  /** The settings alone. */
  static Word2VecSettings readSettings(Path file) throws IOException {
    try (SafetensorsFile in = SafetensorsFile.open(file)) {
      return Word2VecSettings.ofMetadata(in.metadata());
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
    Map<String, float[]> arrays = new HashMap<>();
    for (String name : names(settings.method())) {
      if (in.tensor(name) == null) {
        throw new IllegalArgumentException("it has no tensor '" + name + "'");
      }
      requireShape(in.tensor(name), shape(name, vocabulary.size(), settings.dimensions()));
      arrays.put(name, in.floats(name));
    }
    return new Word2VecState(settings, vocabulary, arrays, cursor(in), steps(in), textMark(in))
        .checked();
  }

  private static Cursor cursor(SafetensorsFile in) {
    return new Cursor(
        Integer.parseInt(text(in, PREFIX + "epoch")),
        Long.parseLong(text(in, PREFIX + "next")),
        Integer.parseInt(in.metadata().getOrDefault(PREFIX + "learned", "0")),
        Double.parseDouble(text(in, PREFIX + "loss")),
        Long.parseLong(text(in, PREFIX + "pairs")));
  }

  private static Steps steps(SafetensorsFile in) {
    if (!in.metadata().containsKey(PREFIX + "steps")) {
      return Steps.NONE;
    }
    return new Steps(
        Long.parseLong(text(in, PREFIX + "steps")),
        Double.parseDouble(text(in, PREFIX + "beta1Power")),
        Double.parseDouble(text(in, PREFIX + "beta2Power")));
  }

  private static TextMark textMark(SafetensorsFile in) {
    return new TextMark(
        Long.parseLong(text(in, PREFIX + "textLength")),
        Long.parseLong(text(in, PREFIX + "textWords")),
        Long.parseUnsignedLong(text(in, PREFIX + "textChecksum"), 16));
  }

  private Word2VecState checked() {
    if (cursor.epoch() < 0
        || cursor.next() < 0
        || cursor.next() > text.length()
        || cursor.learned() < 0) {
      throw new IllegalArgumentException("it says that it is at " + cursor);
    }
    boolean powers =
        steps.beta1Power() >= 0
            && steps.beta1Power() <= 1
            && steps.beta2Power() >= 0
            && steps.beta2Power() <= 1;
    if (steps.count() < 0 || steps.count() >= Integer.MAX_VALUE || !powers) {
      throw new IllegalArgumentException("it says that it has taken " + steps);
    }
    return this;
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

  /** The same training before a new text. */
  Word2VecState before(EncodedCorpus other, int epochs, long seed) {
    return new Word2VecState(
        settings.with(epochs, seed), vocabulary, arrays, Cursor.START, steps, TextMark.of(other));
  }
}
