package dev.refrain.text;

import dev.refrain.io.AtomicFiles;
import dev.refrain.io.MalformedFileException;
import dev.refrain.io.Npy;
import dev.refrain.io.NpyArray;
import dev.refrain.io.NpyType;
import dev.refrain.io.Npz;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.io.SafetensorsWriter;
import dev.refrain.io.TensorInfo;
import dev.refrain.io.TensorType;
import dev.refrain.io.Word2VecBinary;
import dev.refrain.io.Word2VecText;
import dev.refrain.io.WordMatrix;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** How a file keeps word vectors; its ending says which. */
public enum VectorFormat {
  /** word2vec's binary format. */
  WORD2VEC_BINARY(".bin") {
    @Override
    WordMatrix read(Path file, int mostWords) throws IOException {
      return Word2VecBinary.read(file, mostWords);
    }

    @Override
    void write(Path file, WordMatrix matrix) throws IOException {
      Word2VecBinary.write(file, matrix);
    }
  },

  /** word2vec's text format, which fastText calls {@code .vec}. */
  WORD2VEC_TEXT(".txt", ".vec") {
    @Override
    WordMatrix read(Path file, int mostWords) throws IOException {
      return Word2VecText.read(file, mostWords);
    }

    @Override
    void write(Path file, WordMatrix matrix) throws IOException {
      Word2VecText.write(file, matrix);
    }
  },

  /**
   * numpy's {@code .npy}: the matrix alone. The words are in a text file beside it, one a line,
   * {@code NAME.words.txt} for {@code NAME.npy}.
   */
  NPY(".npy") {
    @Override
    WordMatrix read(Path file, int mostWords) throws IOException {
      return first(mostWords, matrix(file, readWords(wordsFile(file)), Npy.read(file)));
    }

    @Override
    void write(Path file, WordMatrix matrix) throws IOException {
      String lines =
          matrix.words().stream().map(VectorFormat::checked).collect(Collectors.joining("\n"));
      AtomicFiles.write(
          wordsFile(file),
          out -> out.write((lines + "\n").getBytes(StandardCharsets.UTF_8)),
          file,
          Npy.content(NpyArray.floats(shape(matrix), matrix.values())));
    }
  },

  /** numpy's {@code .npz} with the arrays {@code words} and {@code vectors}. */
  NPZ(".npz") {
    @Override
    WordMatrix read(Path file, int mostWords) throws IOException {
      Map<String, NpyArray> arrays = Npz.read(file);
      NpyArray words = arrays.get(WORDS);
      NpyArray vectors = arrays.get(VECTORS);
      if (words == null || vectors == null || words.type() != NpyType.TEXT) {
        throw new MalformedFileException(
            file,
            "has the arrays %s; word vectors are texts called 'words' and numbers called 'vectors'"
                .formatted(arrays.keySet()));
      }
      return first(mostWords, matrix(file, words.texts(), vectors));
    }

    @Override
    void write(Path file, WordMatrix matrix) throws IOException {
      Map<String, NpyArray> arrays = new LinkedHashMap<>();
      arrays.put(WORDS, NpyArray.texts(List.of((long) matrix.words().size()), matrix.words()));
      arrays.put(VECTORS, NpyArray.floats(shape(matrix), matrix.values()));
      Npz.write(file, arrays);
    }
  },

  /**
   * safetensors with the tensor {@code vectors} [V,D]; the words, one a line, are the metadata's
   * {@code words}.
   */
  SAFETENSORS(".safetensors") {
    @Override
    WordMatrix read(Path file, int mostWords) throws IOException {
      try (SafetensorsFile in = SafetensorsFile.open(file)) {
        TensorInfo info = in.tensor(VECTORS);
        String words = in.metadata().get(WORDS);
        if (info == null || words == null || info.type() != TensorType.F32) {
          throw new MalformedFileException(
              file, "has no float32 tensor 'vectors' with 'words' in its metadata");
        }
        List<String> lines = words.isEmpty() ? List.of() : List.of(words.split("\n", -1));
        int dimensions = dimensions(file, lines.size(), info.shape());
        return first(mostWords, new WordMatrix(lines, dimensions, in.floats(VECTORS)));
      }
    }

    @Override
    void write(Path file, WordMatrix matrix) throws IOException {
      String lines =
          matrix.words().stream().map(VectorFormat::checked).collect(Collectors.joining("\n"));
      new SafetensorsWriter()
          .metadata(WORDS, lines)
          .floats(VECTORS, shape(matrix), matrix.values())
          .write(file);
    }
  };

  private static final String WORDS = "words";
  private static final String VECTORS = "vectors";
  private static final String WORDS_ENDING = ".words.txt";

  private final List<String> endings;

  VectorFormat(String... endings) {
    this.endings = List.of(endings);
  }

  abstract WordMatrix read(Path file, int mostWords) throws IOException;

  abstract void write(Path file, WordMatrix matrix) throws IOException;

  /**
   * The format of a file by its name's ending, in upper or lower case.
   *
   * @throws IllegalArgumentException if it has none of the known ones; the message lists them
   */
  public static VectorFormat of(Path file) {
    String name = Objects.toString(file.getFileName(), "").toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(format -> format.endings.stream().anyMatch(name::endsWith))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the name '%s' does not say its format; let it end in %s"
                        .formatted(
                            file,
                            Arrays.stream(values())
                                .flatMap(format -> format.endings.stream())
                                .collect(Collectors.joining(", ")))));
  }

  /** The file with the words that belongs to a {@code .npy} file. */
  public static Path wordsFile(Path npy) {
    String name = npy.getFileName().toString();
    return npy.resolveSibling(name.substring(0, name.length() - ".npy".length()) + WORDS_ENDING);
  }

  private static List<String> readWords(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new IOException(
          file + ": there is no such file; a .npy file needs it for its words, one a line", e);
    } catch (CharacterCodingException e) {
      throw new MalformedFileException(file, "is not UTF-8", e);
    }
  }

  private static WordMatrix matrix(Path file, List<String> words, NpyArray vectors)
      throws MalformedFileException {
    if (vectors.type() != NpyType.F4 && vectors.type() != NpyType.F8) {
      throw new MalformedFileException(file, "its vectors hold " + vectors.type() + ", not floats");
    }
    return new WordMatrix(words, dimensions(file, words.size(), vectors.shape()), vectors.floats());
  }

  private static int dimensions(Path file, int words, List<Long> shape)
      throws MalformedFileException {
    if (shape.size() != 2
        || shape.get(0) != words
        || shape.get(1) < 1
        || shape.get(1) > Integer.MAX_VALUE) {
      throw new MalformedFileException(
          file, "has vectors of the shape %s for %d words".formatted(shape, words));
    }
    return Math.toIntExact(shape.get(1));
  }

  private static WordMatrix first(int mostWords, WordMatrix matrix) {
    int count = Math.min(mostWords, matrix.words().size());
    return count == matrix.words().size()
        ? matrix
        : new WordMatrix(
            matrix.words().subList(0, count),
            matrix.dimensions(),
            Arrays.copyOf(matrix.values(), count * matrix.dimensions()));
  }

  private static List<Long> shape(WordMatrix matrix) {
    return List.of((long) matrix.words().size(), (long) matrix.dimensions());
  }

  private static String checked(String word) {
    if (word.isEmpty() || word.contains("\n") || word.contains("\r")) {
      throw new IllegalArgumentException(
          "the word '" + word + "' is empty or has a line end, which this format cannot keep");
    }
    return word;
  }
}
