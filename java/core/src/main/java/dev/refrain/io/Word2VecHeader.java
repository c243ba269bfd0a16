package dev.refrain.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line of both word2vec formats: the number of words and of dimensions.
 *
 * @param words V, that are in the file
 * @param dimensions D
 */
record Word2VecHeader(int words, int dimensions) {
  private static final int LONGEST_LINE = 64;
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final Pattern COUNTS = Pattern.compile("(-?\\d{1,18})\\s+(-?\\d{1,18})");

  /**
   * Reads the line and holds it against the size of the file, before any memory is taken.
   *
   * @param bytesOfRow the least that a row takes, without the end of its line
   * @param mostWords so many are wanted
   */
  static Word2VecHeader read(Path file, LittleEndianInput in, RowSize bytesOfRow, int mostWords)
      throws IOException {
    String line = line(in);
    Matcher counts = COUNTS.matcher(line.strip());
    if (!counts.matches()) {
      throw new MalformedFileException(
          file,
          "begins with '"
              + printable(line)
              + "', not with a line such as '50000 150' (words, dimensions); a GloVe file needs"
              + " that line put before it");
    }
    long words = Long.parseLong(counts.group(1));
    long dimensions = Long.parseLong(counts.group(2));
    if (words < 1 || dimensions < 1) {
      throw new MalformedFileException(
          file, "says it has %d words of %d dimensions; at least 1".formatted(words, dimensions));
    }
    // Divided, not multiplied: lying counts overflow.
    if (dimensions > in.remaining()
        || words > (in.remaining() + 1) / bytesOfRow.least(dimensions)) {
      throw new MalformedFileException(
          file,
          "is cut off or lies: %d words of %d dimensions do not fit the %d bytes behind its header"
              .formatted(words, dimensions, in.remaining()));
    }
    long wanted = Math.min(words, mostWords);
    if (wanted > LARGEST_ARRAY / dimensions) {
      throw new MalformedFileException(
          file,
          "has %d words of %d dimensions, more than one matrix here holds; read its first %d words"
              .formatted(words, dimensions, LARGEST_ARRAY / dimensions));
    }
    return new Word2VecHeader((int) Math.min(words, Integer.MAX_VALUE), (int) dimensions);
  }

  /** The least bytes of a row of so many dimensions. */
  @FunctionalInterface
  interface RowSize {
    long least(long dimensions);
  }

  private static String line(LittleEndianInput in) throws IOException {
    byte[] bytes = new byte[LONGEST_LINE];
    int length = 0;
    for (int next = in.read(); next >= 0 && next != '\n' && length < LONGEST_LINE; ) {
      bytes[length++] = (byte) next;
      next = in.read();
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static String printable(String line) {
    String shown = line.length() > 40 ? line.substring(0, 40) + "…" : line;
    return shown.replaceAll("[^\\x20-\\x7E…]", "?");
  }

  /** The line as bytes. */
  static byte[] encode(WordMatrix matrix) {
    return (matrix.words().size() + " " + matrix.dimensions() + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
