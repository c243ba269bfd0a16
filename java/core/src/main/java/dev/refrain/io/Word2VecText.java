package dev.refrain.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes word vectors in word2vec's text format: a line with the numbers of words and
 * dimensions; then a line for each word with its numbers, all separated by spaces. Numbers are
 * written with as many digits as tell them apart, so that they come back bit for bit.
 *
 * <p>Source of the format: the program word2vec (code.google.com/archive/p/word2vec), whose files
 * gensim's {@code load_word2vec_format} reads. fastText's {@code .vec} files are the same.
 */
public final class Word2VecText {
  /** Longer than any number that a program prints of a float or double. */
  private static final int LONGEST_NUMBER = 64;

  private Word2VecText() {}

  /**
   * Reads a file.
   *
   * @throws MalformedFileException if the counts do not fit the size (said before any memory is
   *     taken), a word is no UTF-8, a row has more or fewer numbers, the file is cut off or has
   *     more than it says
   * @throws IOException if it cannot be read
   */
  public static WordMatrix read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /** As {@link #read(Path)}, the first words only, of a file that may be far larger than memory. */
  public static WordMatrix read(Path file, int mostWords) throws IOException {
    try (LittleEndianInput in = LittleEndianInput.open(file)) {
      // A letter, a space and a digit for each number, and the end of the line.
      Word2VecHeader header =
          Word2VecHeader.read(file, in, dimensions -> 2 + 2 * dimensions, mostWords);
      int rows = Math.min(header.words(), mostWords);
      float[] values = new float[rows * header.dimensions()];
      List<String> words = new Rows(file, in, header.dimensions(), values).read(rows);
      if (rows == header.words()) {
        requireEnd(file, in);
      }
      return new WordMatrix(words, header.dimensions(), values);
    }
  }

  private static void requireEnd(Path file, LittleEndianInput in) throws IOException {
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (!isSpace(next) && next != '\n') {
        throw new MalformedFileException(file, "has more rows than its header says");
      }
    }
  }

  private static boolean isSpace(int next) {
    return next == ' ' || next == '\t' || next == '\r';
  }

  /** The lines behind the header. */
  private static final class Rows {
    private final Path file;
    private final LittleEndianInput in;
    private final int dimensions;
    private final float[] values;
    private final WordBytes word;
    private final byte[] number = new byte[LONGEST_NUMBER];

    /** Whether the last number was the last of its line. */
    private boolean lineEnded;

    Rows(Path file, LittleEndianInput in, int dimensions, float[] values) {
      this.file = file;
      this.in = in;
      this.dimensions = dimensions;
      this.values = values;
      this.word = new WordBytes(file);
    }

    List<String> read(int rows) throws IOException {
      List<String> words = new ArrayList<>(rows);
      for (int row = 0; row < rows; row++) {
        words.add(word(row, rows));
        for (int d = 0; d < dimensions; d++) {
          values[row * dimensions + d] = number(row, d);
        }
        skipLineEnd(row);
      }
      return words;
    }

    private String word(int row, int rows) throws IOException {
      word.clear();
      int next = in.read();
      for (; next >= 0 && next != '\n' && !isSpace(next); next = in.read()) {
        word.add(next, row + 1L);
      }
      if (next < 0 && word.isEmpty()) {
        throw new MalformedFileException(
            file, "is cut off: it ends after %d of %d rows".formatted(row, rows));
      }
      if (next < 0 || next == '\n') {
        throw numbers(row, 0);
      }
      return word.word(row + 1L);
    }

    private float number(int row, int index) throws IOException {
      int next = in.read();
      while (isSpace(next)) {
        next = in.read();
      }
      int length = 0;
      for (; next >= 0 && next != '\n' && !isSpace(next); next = in.read()) {
        if (length == LONGEST_NUMBER) {
          throw notANumber(row, index, length);
        }
        number[length++] = (byte) next;
      }
      if (length == 0) {
        throw numbers(row, index);
      }
      lineEnded = next == '\n' || next < 0;
      if (lineEnded && index < dimensions - 1) {
        throw numbers(row, index + 1);
      }
      return parse(row, index, length);
    }

    private float parse(int row, int index, int length) throws MalformedFileException {
      for (int i = 0; i < length; i++) {
        if ("+-.0123456789eE".indexOf(number[i]) < 0) {
          throw notANumber(row, index, length);
        }
      }
      try {
        return Float.parseFloat(new String(number, 0, length, StandardCharsets.US_ASCII));
      } catch (NumberFormatException e) {
        throw notANumber(row, index, length);
      }
    }

    private void skipLineEnd(int row) throws IOException {
      while (!lineEnded) {
        int next = in.read();
        lineEnded = next == '\n' || next < 0;
        if (!lineEnded && !isSpace(next)) {
          throw new MalformedFileException(
              file,
              "has more than %d numbers in row %d (line %d)"
                  .formatted(dimensions, row + 1, row + 2));
        }
      }
    }

    private MalformedFileException numbers(int row, int found) {
      return new MalformedFileException(
          file,
          "has %d numbers in row %d (line %d), or is cut off there; its header says %d"
              .formatted(found, row + 1, row + 2, dimensions));
    }

    private MalformedFileException notANumber(int row, int index, int length) {
      return new MalformedFileException(
          file,
          "has '%s' in row %d (line %d), number %d, which is no finite number"
              .formatted(
                  new String(number, 0, length, StandardCharsets.UTF_8),
                  row + 1,
                  row + 2,
                  index + 1));
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
          int dimensions = matrix.dimensions();
          StringBuilder line = new StringBuilder();
          int row = 0;
          for (String word : matrix.words()) {
            out.write(WordBytes.encode(word));
            line.setLength(0);
            for (int d = 0; d < dimensions; d++) {
              line.append(' ').append(matrix.values()[row * dimensions + d]);
            }
            line.append('\n');
            out.write(line.toString().getBytes(StandardCharsets.US_ASCII));
            row++;
          }
        });
  }
}
