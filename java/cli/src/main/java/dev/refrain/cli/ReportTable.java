package dev.refrain.cli;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A CSV file as a table of HTML: its first rows, with numbers below each other to be compared. */
final class ReportTable {
  private static final int MOST_ROWS = 60;

  /** What a reader can compare; the file has them all. */
  private static final int SIGNIFICANT_DIGITS = 6;

  /** What begins with a zero that it does not need, such as 007, is a name. */
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,3})?");

  private final List<List<String>> rows = new ArrayList<>();
  private final List<Column> columns = new ArrayList<>();
  private int more;

  private ReportTable() {}

  /** How a column is shown. */
  private record Column(boolean numbers, int decimals) {
    String show(String field) {
      if (!numbers || field.isEmpty()) {
        return field;
      }
      BigDecimal number = new BigDecimal(field);
      BigDecimal shown = number.setScale(decimals, RoundingMode.HALF_EVEN);
      return shown.signum() == 0 && number.signum() != 0
          ? ReportPage.number(number.doubleValue())
          : shown.toPlainString();
    }
  }

  /** The table, or a word on why there is none. */
  static String of(Path file) throws IOException {
    ReportTable table = new ReportTable();
    try {
      table.read(file);
    } catch (CsvParseException | UncheckedIOException e) {
      return "<p>this file cannot be read as a table</p>";
    }
    return table.html();
  }

  private void read(Path file) throws IOException {
    try (CsvReader<CsvRecord> lines = CsvReader.builder().ofCsvRecord(file)) {
      for (CsvRecord line : lines) {
        if (rows.size() <= MOST_ROWS) {
          rows.add(line.getFields());
        } else {
          more++;
        }
      }
    }
    int width = rows.stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < width; i++) {
      columns.add(column(i));
    }
  }

  /** Of numbers if all of its fields are, but for the heading and those that are empty. */
  private Column column(int index) {
    double largest = 0;
    int decimals = 0;
    boolean any = false;
    for (int row = 1; row < rows.size(); row++) {
      String field = field(rows.get(row), index);
      if (field.isEmpty()) {
        continue;
      }
      if (!NUMBER.matcher(field).matches()) {
        return new Column(false, 0);
      }
      BigDecimal number = new BigDecimal(field);
      any = true;
      largest = Math.max(largest, Math.abs(number.doubleValue()));
      decimals = Math.max(decimals, number.stripTrailingZeros().scale());
    }
    int before = largest < 1 ? 0 : (int) Math.floor(Math.log10(largest)) + 1;
    return new Column(any, Math.min(decimals, Math.max(0, SIGNIFICANT_DIGITS - before)));
  }

  private static String field(List<String> row, int index) {
    return index < row.size() ? row.get(index) : "";
  }

  private String html() {
    StringBuilder html = new StringBuilder("<div class=\"wide\"><table>");
    for (int row = 0; row < rows.size(); row++) {
      String cell = row == 0 ? "th" : "td";
      html.append("<tr>");
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        String field = field(rows.get(row), i);
        // The first column says what a row is of, be it a name such as 1e5: it stays as written.
        html.append('<').append(cell).append(column.numbers ? " class=\"number\">" : ">");
        html.append(ReportPage.escape(row == 0 || i == 0 ? field : column.show(field)));
        html.append("</").append(cell).append('>');
      }
      html.append("</tr>\n");
    }
    html.append("</table></div>");
    if (more > 0) {
      html.append("<p>").append(more).append(" more rows in the file.</p>");
    }
    return html.toString();
  }
}
