package dev.refrain.cli.csv;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the first bytes of a file tell: whether it is text at all, and what separates its cells.
 *
 * @param byteOrderMarkBytes how many bytes to skip before the text begins
 * @param delimiter what separates the cells
 * @param form how numbers are written
 */
record FileHead(int byteOrderMarkBytes, char delimiter, NumberForm form) {
  /** How much of a file is looked at. */
  static final int BYTES = 1 << 16;

  private static final List<Character> DELIMITERS = List.of(',', ';', '\t');
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
   * @throws dev.refrain.cli.BadInputException if it is empty or no UTF-8 text, or its numbers can
   *     be read in two ways
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
    char delimiter = delimiter(lines, source.decimal());
    return new FileHead(mark, delimiter, NumberForm.of(source, lines, delimiter));
  }

  /** A reader of cells that takes rows of any length, so that the caller can judge them. */
  static CsvReader.CsvReaderBuilder csv(char delimiter) {
    return CsvReader.builder()
        .fieldSeparator(delimiter)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .skipEmptyLines(false);
  }

  /**
   * The delimiter that gives each line the same number of cells, more than one and the most. In a
   * single column commas are decimals where these have one.
   */
  private static char delimiter(String text, Decimal decimal) {
    char best = DELIMITERS.get(decimal == Decimal.COMMA ? 1 : 0);
    int most = 0;
    for (char candidate : DELIMITERS) {
      int cells = regularity(text, candidate);
      // As many cells by commas as by another: these are decimals.
      if (cells > 0 && cells >= most) {
        best = candidate;
        most = cells;
      }
    }
    return best;
  }

  /**
   * The header's number of cells; a delimiter that fits all lines goes before any that does not.
   */
  private static int regularity(String text, char delimiter) {
    try (CsvReader<CsvRecord> lines = csv(delimiter).allowUnclosedQuote(true).ofCsvRecord(text)) {
      int cells = 0;
      boolean regular = true;
      for (CsvRecord line : lines) {
        if (CsvRows.isBlankLine(line)) {
          continue;
        }
        cells = cells == 0 ? line.getFieldCount() : cells;
        regular &= line.getFieldCount() == cells;
      }
      return cells <= 1 ? 0 : regular ? BYTES + cells : cells;
    } catch (CsvParseException | IOException e) {
      return 0;
    }
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
