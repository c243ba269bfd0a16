package dev.refrain.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes word vectors in word2vec's binary format: a line with the numbers of words and
 * dimensions; then for each word its UTF-8 bytes, a space and float32 numbers, little endian. Line
 * ends before a word are skipped: the original program writes them, others do not.
 *
 * <p>Source of the format: the program word2vec (code.google.com/archive/p/word2vec), whose files
 * gensim's {@code load_word2vec_format(binary=True)} reads.
 */
public final class Word2VecBinary {
  private Word2VecBinary() {}

  /**
   * Reads a file.
   *
   * @throws MalformedFileException if the counts do not fit the size (said before any memory is
   *     taken), a word is no UTF-8, the file is cut off or has more than it says
   * @throws IOException if it cannot be read
   */
  public static WordMatrix read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /** As {@link #read(Path)}, the first words only, of a file that may be far larger than memory. */
  public static WordMatrix read(Path file, int mostWords) throws IOException {
    try (LittleEndianInput in = LittleEndianInput.open(file)) {
      Word2VecHeader header =
          Word2VecHeader.read(file, in, dimensions -> 2 + dimensions * Float.BYTES, mostWords);
      int rows = Math.min(header.words(), mostWords);
      int dimensions = header.dimensions();
      List<String> words = new ArrayList<>(rows);
      float[] values = new float[rows * dimensions];
      WordBytes word = new WordBytes(file);
      for (int row = 0; row < rows; row++) {
        words.add(word(in, word, row + 1));
        in.floats(values, row * dimensions, dimensions);
      }
      if (rows == header.words()) {
        requireEnd(file, in);
      }
      return new WordMatrix(words, dimensions, values);
    }
  }

  private static String word(LittleEndianInput in, WordBytes word, long row) throws IOException {
    word.clear();
    for (int next = in.read(); next != ' '; next = in.read()) {
      if (next < 0) {
        in.bytes(1);
      }
      if (next != '\n' || !word.isEmpty()) {
        word.add(next, row);
      }
    }
    return word.word(row);
  }

  private static void requireEnd(Path file, LittleEndianInput in) throws IOException {
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next != '\n') {
        throw new MalformedFileException(
            file,
            "has more than its header says: %d bytes follow the last row"
                .formatted(in.remaining() + 1));
      }
    }
  }

  /**
   * Writes a file, whole or not at all.
   *
   * @throws IllegalArgumentException if a word is empty or has a space or line end in it
   * @throws IOException as {@link AtomicFiles#write}
   */
  public static void write(Path file, WordMatrix matrix) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          out.write(Word2VecHeader.encode(matrix));
          LittleEndianOutput numbers = new LittleEndianOutput(out);
          int dimensions = matrix.dimensions();
          int row = 0;
          for (String word : matrix.words()) {
            out.write(WordBytes.encode(word));
            out.write(' ');
            numbers.floats(matrix.values(), row * dimensions, dimensions);
            out.write('\n');
            row++;
          }
        });
  }
}
