package dev.refrain.cli.csv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.refrain.cli.BadInputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file that cannot be read says why: the file, the place, the value and the mend. */
class BadCsvTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("bad.csv");
  }

  @Test
  void missingFile() {
    assertEquals(
        "there is no file '%s'; check the path, or try the sample 'monthly-milk-production.csv'"
            .formatted(file),
        refusal(file.toString()));
  }

  @Test
  void misspeltSample() {
    assertEquals(
        "there is no file 'airline-pasengers.csv'; did you mean 'airline-passengers.csv'?",
        refusal("airline-pasengers.csv"));
  }

  @Test
  void aSampleIsNotFoundInAnotherFolder() {
    Path absent = folder.resolve("airline-passengers.csv");
    assertTrue(refusal(absent.toString()).startsWith("there is no file '" + absent + "'"));
  }

  @Test
  void noPathAtAll() {
    assertEquals("'a\0b' is no path: Nul character not allowed", refusal("a\0b"));
  }

  @Test
  void folderInsteadOfAFile() {
    assertEquals(
        "'%s' is a folder; name a CSV file in it".formatted(folder), refusal(folder.toString()));
  }

  @Test
  void unreadableFile() throws IOException {
    Files.writeString(file, "x\n1\n");
    assertTrue(file.toFile().setReadable(false));
    assumeFalse(Files.isReadable(file), "this user may read everything");
    assertRefused("may not be read; give yourself permission to");
  }

  @Test
  void emptyFile() throws IOException {
    assertRefused("is empty; it needs a header and rows of numbers", "");
    assertRefused("is empty; it needs a header and rows of numbers", "\n \n");
  }

  @Test
  void headerOnly() throws IOException {
    assertRefused("has a header but no rows; it needs one row a step", "Month,Passengers\n\n");
  }

  @Test
  void raggedRow() throws IOException {
    assertRefusedAt(
        "row 2 (line 3) has 3 cells, but the header has 2; give each row one cell a column",
        "Month,x\n1949-01,1\n1949-02,2,3\n");
    assertRefusedAt(
        "row 2 (line 4) has 1 cell, but the header has 2; give each row one cell a column",
        "Month,x\n1949-01,1\n\nTotal\n");
  }

  @Test
  void binaryFile() throws IOException {
    Files.write(file, new byte[] {'a', ',', 'b', '\n', 0, 1, 2});
    assertRefused("is a binary file (byte 0x00 at offset 4); give a CSV file");
  }

  @Test
  void spreadsheetOrCompressedFile() throws IOException {
    Files.write(file, new byte[] {'P', 'K', 3, 4, 20, 0});
    assertRefused(
        "is a compressed file or a spreadsheet; unpack it, or save it as CSV, and give that");
  }

  @Test
  void otherEncodings() throws IOException {
    Files.writeString(file, "Größe\n1\n", StandardCharsets.ISO_8859_1);
    assertRefused("is not UTF-8 text; save it as UTF-8");
    Files.writeString(file, "\uFEFFx\n1\n", StandardCharsets.UTF_16LE);
    assertRefused("is UTF-16 text; save it as UTF-8");
  }

  @Test
  void brokenEncodingFarInTheFile() throws IOException {
    byte[] text = "x\n".concat("1\n".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
    text[150_000] = (byte) 0xFF;
    Files.write(file, text);
    assertRefused("is not UTF-8 text; save it as UTF-8");
  }

  @Test
  void unclosedQuote() throws IOException {
    assertRefusedMatching("' is not well-formed CSV: .*; correct its quotes", "x\n1\n\"2\n3\n");
  }

  @Test
  void cellThatIsNoNumber() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'Passengers' is '1l8', not a number;"
            + " correct it or choose another column",
        "Month,Passengers\n1949-01,112\n1949-02,1l8\n");
    assertRefusedAt(
        "row 1 (line 2), column 'x' is '0x10', not a number; correct it or choose another column",
        "x\n0x10\n");
  }

  @Test
  void cellThatIsTooLargeForANumber() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'x' is '1e999', too large for a number; correct it",
        "x\n1\n1e999\n");
  }

  @Test
  void cellWithADecimalComma() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'x' is '561,5', a number with a comma;"
            + " write it with a decimal point, or give --decimal , if all decimals begin with"
            + " commas",
        "Monat;x\n1962-01;589.5\n1962-02;561,5\n");
    assertRefusedAt(
        "row 1 (line 2), column 'x' is '1,234', whose comma may begin decimals or group thousands;"
            + " give --decimal , for the one or --decimal . for the other",
        "Monat;x\n1962-01;1,234\n1962-02;7\n");
    // A point that cannot group thousands: then a comma is no decimal one.
    assertRefusedAt(
        "row 1 (line 2), column 'y' is '1,5', a number with a comma; write it with a decimal point,"
            + " or give --decimal , if all decimals begin with commas",
        "Monat;x;y\n1962-01;1;1,5\n1962-02;2.5;2,5\n",
        List.of("y"));
    assertRefusedAt(
        "row 2 (line 3), column 'x' is '1,234', whose comma may begin decimals or group thousands;"
            + " give --decimal , for the one or --decimal . for the other",
        "n,x\na,5\nb,\"1,234\"\n");
  }

  /** Among decimal commas a point is no group's without proof. */
  @Test
  void cellWithADecimalPointBesideDecimalCommas() throws IOException {
    assertRefusedAt(
        "row 1 (line 2), column 'x' is '1,5', a number with a comma; write it with a decimal point,"
            + " or give --decimal , if all decimals begin with commas",
        "n;x\na;1,5\nb;1.085\n");
    String far = "n;x\n" + "a;1,5\n".repeat(FileHead.BYTES / 6);
    int rows = FileHead.BYTES / 6 + 1;
    assertRefusedAt(
        "row %d (line %d), column 'x' is '1.085', whose point may begin decimals or group"
                .formatted(rows, rows + 1)
            + " thousands, and the column has decimal commas; write all alike, or give --decimal ,"
            + " if it groups them",
        far + "b;1.085\n");
    assertRefusedAt(
        "row %d (line %d), column 'x' is '0.500', a number with a point, and the column has decimal"
                .formatted(rows, rows + 1)
            + " commas; write all alike",
        far + "b;0.500\n");
    Files.writeString(file, "n;x\na;0.125\n");
    assertTrue(
        assertThrows(
                BadInputException.class,
                () ->
                    SeriesCsv.read(
                        file.toString(), List.of("x"), Missing.ERROR, HeldOut.NONE, Decimal.COMMA))
            .getMessage()
            .contains("column 'x' is '0.125', a number with a point"));
  }

  @Test
  void longCellsAreQuotedShortAndOnOneLine() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'x' is '%s…', not a number; correct it or choose another column"
            .formatted("a b" + "c".repeat(37)),
        "x\n1\n\"a\nb" + "c".repeat(100) + "\"\n");
  }

  @Test
  void gaps() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'x' is blank, a gap; fill it in, or give --missing where the command takes it",
        "Month,x\n1949-01,1\n1949-02,\n1949-03,3\n");
    assertRefusedAt(
        "row 2 (line 3), column 'x' is 'NaN', a gap; fill it in, or give --missing where the command takes it",
        "x\n1\nNaN\n3\n");
    assertRefusedAt(
        "row 2 (line 3), column 'x' is blank, a gap; fill it in, or give --missing where the command takes it",
        "x\n1\n\n3\n");
  }

  @Test
  void missingDate() throws IOException {
    assertRefusedAt(
        "row 5 (line 6), column 'Month' is '1949-06', but the rows are monthly, so that '1949-05'"
            + " is missing before it; add the missing rows, or give --missing where the command takes"
            + " it",
        "Month,x\n1949-01,1\n1949-02,2\n1949-03,3\n1949-04,4\n1949-06,6\n");
  }

  @Test
  void datesOutOfOrder() throws IOException {
    assertRefusedAt(
        "row 3 (line 4), column 'Month' is '1949-01', which does not come after that of the row"
            + " before, '1949-02'; sort the rows and drop repeats",
        "Month,x\n1949-01,1\n1949-02,2\n1949-01,3\n");
  }

  @Test
  void cellThatIsNoDate() throws IOException {
    assertRefusedAt(
        "row 2 (line 3), column 'Month' is '1949-13', not a date like '1949-01'; correct it",
        "Month,x\n1949-01,1\n1949-13,2\n");
    assertRefusedAt(
        "row 2 (line 3), column 'Month' is blank; write the date", "Month,x\n1949-01,1\n,2\n");
  }

  @Test
  void unknownColumn() throws IOException {
    Files.writeString(file, "date,HUFL,HULL,OT\n2016-07-01,1,2,3\n");
    assertRefused("has no column 'hufll'; did you mean 'HUFL' or 'HULL'?", List.of("hufll"));
    assertRefused(
        "has no column 'price'; choose one of 'date', 'HUFL', 'HULL', 'OT'", List.of("price"));
  }

  @Test
  void columnOfDatesOrTwoOfOneName() throws IOException {
    Files.writeString(file, "date,x,x\n2016-07-01,1,2\n");
    assertRefused("has dates in column 'date'; choose a column of numbers", List.of("date"));
    assertRefused("has 2 columns 'x'; give them different names", List.of("x"));
  }

  @Test
  void severalColumnsOfNumbers() throws IOException {
    assertRefused(
        "has 2 columns of numbers, 'a', 'b'; choose one with --column NAME, or take all with forecast --fleet",
        "date,a,b\n2016-07-01,1,2\n2016-07-02,3,4\n");
  }

  @Test
  void noColumnOfNumbers() throws IOException {
    assertRefused(
        "has no column of numbers among 'a', 'b'; the series must be numbers",
        "a,b\nx,y\nz,1\nu,v\n");
    assertRefused(
        "has dates but no column of numbers; add the values beside the dates",
        "date\n2016-07-01\n2016-07-02\n");
  }

  @Test
  void tooLargeFile() throws IOException {
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(CsvSource.MOST_BYTES + 1);
    }
    assertRefused("is larger than 256 MiB; cut out the rows to learn from");
  }

  private void assertRefused(String message, String text) throws IOException {
    Files.writeString(file, text);
    assertRefused(message);
  }

  private void assertRefused(String message) {
    assertRefused(message, List.of());
  }

  private void assertRefused(String message, List<String> columns) {
    assertEquals("'" + file + "' " + message, refusal(file.toString(), columns));
  }

  private void assertRefusedAt(String message, String text) throws IOException {
    assertRefusedAt(message, text, List.of());
  }

  private void assertRefusedAt(String message, String text, List<String> columns)
      throws IOException {
    Files.writeString(file, text);
    assertEquals("'" + file + "', " + message, refusal(file.toString(), columns));
  }

  private void assertRefusedMatching(String pattern, String text) throws IOException {
    Files.writeString(file, text);
    String refusal = refusal(file.toString());
    assertTrue(refusal.matches("'.*bad[.]csv" + pattern), refusal);
  }

  private static String refusal(String file) {
    return refusal(file, List.of());
  }

  private static String refusal(String file, List<String> columns) {
    return assertThrows(BadInputException.class, () -> SeriesCsv.read(file, columns)).getMessage();
  }
}
