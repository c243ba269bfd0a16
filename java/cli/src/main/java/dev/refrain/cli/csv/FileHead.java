package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.nio.charset.StandardCharsets;

/**
 * What the first bytes of a file tell: whether it is text at all, and what separates its cells.
 *
 * @param byteOrderMarkBytes how many bytes to skip before the text begins
 * @param delimiter what separates the cells
 * @param forms how its columns' numbers are written
 */
record FileHead(int byteOrderMarkBytes, char delimiter, NumberForms forms) {
  /** How much of a file is looked at. */
  static final int BYTES = 1 << 16;

  private static final int[] UTF8_MARK = {0xEF, 0xBB, 0xBF};
  private static final int[] UTF16_LITTLE_MARK = {0xFF, 0xFE};
  private static final int[] UTF16_BIG_MARK = {0xFE, 0xFF};
  private static final int[] ZIP_MAGIC = {'P', 'K', 3, 4};
  private static final int[] GZIP_MAGIC = {0x1F, 0x8B};

  /**
   * Looks at the head of a file.
   *
   * @param source the file, for messages
   * @param head its first bytes, at most {@link #BYTES}
   * @throws dev.refrain.cli.BadInputException if it is empty or no UTF-8 text
   */
  static FileHead of(CsvSource source, byte[] head) {
    if (startsWith(head, ZIP_MAGIC) || startsWith(head, GZIP_MAGIC)) {
      throw source.refuse(
          "is a compressed file or a spreadsheet; unpack it, or save it as CSV, and give that");
    }
    if (startsWith(head, UTF16_LITTLE_MARK) || startsWith(head, UTF16_BIG_MARK)) {
      throw source.refuse("is UTF-16 text; save it as UTF-8");
    }
    for (int i = 0; i < head.length; i++) {
      if (isControl(head[i])) {
        throw source.refuse(
            "is a binary file (byte 0x%02X at offset %d); give a CSV file".formatted(head[i], i));
      }
    }
    int mark = startsWith(head, UTF8_MARK) ? UTF8_MARK.length : 0;
    String text = new String(head, mark, head.length - mark, StandardCharsets.UTF_8);
    if (text.isBlank()) {
      throw source.refuse("is empty; it needs a header and rows of numbers");
    }
    String lines = wholeLines(text, head.length == BYTES);
    char delimiter = Delimiters.of(lines, source.decimal());
    return new FileHead(mark, delimiter, NumberForms.of(source.decimal(), lines, delimiter));
  }

  /** A reader of cells that takes rows of any length, so that the caller can judge them. */
  static CsvReader.CsvReaderBuilder csv(char delimiter) {
    return CsvReader.builder()
        .fieldSeparator(delimiter)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .skipEmptyLines(false);
  }

  private static String wholeLines(String text, boolean cut) {
    int end = cut ? text.lastIndexOf('\n') + 1 : text.length();
    return end == 0 ? text : text.substring(0, end);
  }

  private static boolean isControl(byte value) {
    return value >= 0
        && value < ' '
        && value != '\t'
        && value != '\n'
        && value != '\r'
        && value != '\f';
  }

  private static boolean startsWith(byte[] head, int[] magic) {
    if (head.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((head[i] & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
