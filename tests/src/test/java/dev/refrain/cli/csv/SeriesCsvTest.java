package dev.refrain.cli.csv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.BadInputException;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesCsvTest {
  @TempDir Path folder;

  @Test
  void theSamplesAreFoundByName() {
    Series milk = SeriesCsv.read("monthly-milk-production.csv", List.of());
    assertEquals(List.of("Milk Production"), milk.names());
    assertEquals(168, milk.rows());
    assertEquals(589, milk.column(0)[0]);
    assertEquals(843, milk.column(0)[167]);
    assertEquals("1975-12-01 01:00:00", milk.label(167));
    assertEquals("1976-01-01 01:00:00", milk.label(168));
    assertEquals("monthly", frequency(milk));

    Series airline = SeriesCsv.read("airline-passengers.csv", List.of());
    assertEquals(List.of("Passengers"), airline.names());
    assertEquals(144, airline.rows());
    assertEquals(432, airline.column(0)[143]);
    assertEquals("1961-02", airline.label(145));
  }

  @Test
  void everySampleThatIsNamedShips() {
    for (String name : Samples.NAMES) {
      assertTrue(SeriesCsv.read(name, List.of()).rows() > 100, name);
    }
  }

  @Test
  void aFileGoesBeforeTheSampleOfItsName() throws IOException {
    Path own = Files.writeString(folder.resolve("airline-passengers.csv"), "Passengers\n1\n2\n");
    assertArrayEquals(new double[] {1, 2}, SeriesCsv.read(own.toString(), List.of()).column(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1962-01-01 01:00:00 | 1962-02-01 01:00:00 | 1962-03-01 01:00:00 | monthly",
        "1949-01             | 1949-02             | 1949-03             | monthly",
        "1949/11             | 1949/12             | 1950/01             | monthly",
        "1949-Q3             | 1949-Q4             | 1950-Q1             | quarterly",
        "2016-07-01          | 2016-07-02          | 2016-07-03          | daily",
        "01.07.2016          | 02.07.2016          | 03.07.2016          | daily",
        "1/31/2016           | 2/1/2016            | 2/2/2016            | daily",
        "31/12/2015          | 01/01/2016          | 02/01/2016          | daily",
        "01/01/2016          | 02/01/2016          | 03/01/2016          | monthly",
        "2016-07-01 00:00    | 2016-07-01 01:00    | 2016-07-01 02:00    | hourly",
        "1/1/2016 23:00      | 1/2/2016 0:00       | 1/2/2016 1:00       | hourly",
        "2016-07-01T00:00    | 2016-07-01T00:15    | 2016-07-01T00:30    | every 15 minutes",
        "2016-07-01T00:00:00 | 2016-07-01T00:00:01 | 2016-07-01T00:00:02 | every second",
        "2016-07-01 00:00:00.0 | 2016-07-01 00:00:00.5 | 2016-07-01 00:00:01.0"
            + " | every 500 milliseconds",
        "2016-07-01T23:00:00Z | 2016-07-02T00:00:00Z | 2016-07-02T01:00:00Z | hourly",
      })
  void commonFormsOfDatesAreReadAndGoOn(String first, String second, String next, String frequency)
      throws IOException {
    Series series = read("when,x\n" + first + ",1\n" + second + ",2\n");
    assertEquals(frequency, frequency(series));
    assertEquals(List.of("x"), series.names());
    assertEquals(first, series.label(0));
    assertEquals(next, series.label(2));
  }

  @Test
  void daylightSavingMakesNoGapWhereOffsetsAreWritten() throws IOException {
    Series series =
        read(
            """
            time,x
            2024-03-31T01:00:00+01:00,1
            2024-03-31T03:00:00+02:00,2
            2024-03-31T04:00:00+02:00,3
            """);
    assertEquals("hourly", frequency(series));
    assertEquals("2024-03-31T04:00:00+01:00", series.label(3));
  }

  @Test
  void aHeaderTellsAYearOrACompactDateFromANumber() throws IOException {
    assertEquals("2002", read("Year,x\n2000,5\n2001,6\n").label(2));
    assertEquals("20160703", read("date,x\n20160701,5\n20160702,6\n").label(2));
    Series numbers = read("height\n20160701\n20160702\n");
    assertEquals(Optional.empty(), numbers.times());
    assertArrayEquals(new double[] {20160701, 20160702}, numbers.column(0));
  }

  @Test
  void irregularDatesNumberTheRows() throws IOException {
    Series series = read("date,x\n2024-01-01,1\n2024-01-02,2\n2024-01-04,3\n2024-01-09,4\n");
    assertEquals(Optional.empty(), series.times());
    assertEquals(4, series.rows());
  }

  @Test
  void tradingDaysMayMissHolidays() throws IOException {
    StringBuilder text = new StringBuilder("Date,Close\n");
    for (int day : new int[] {16, 17, 18, 21, 22, 23, 24, 28, 29, 30, 31}) {
      text.append("2020-12-").append(day).append(",1.5\n");
    }
    Series series = read(text.toString());
    assertEquals("every weekday", frequency(series));
    assertEquals("2021-01-01", series.label(11));
    assertEquals("2021-01-04", series.label(12));
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t"})
  void delimitersAreDetected(String delimiter) throws IOException {
    String text = "Month,Milk,Note\n1962-01,589.5,a\n1962-02,561.25,b\n";
    Series series = read(text.replace(",", delimiter));
    assertEquals(List.of("Milk"), series.names());
    assertArrayEquals(new double[] {589.5, 561.25}, series.column(0));
  }

  @Test
  void aCommaInAHeaderDoesNotMakeItTheDelimiter() throws IOException {
    Series series = read("Monat;Wert, in kg\n2020-01;1\n2020-02;2\n");
    assertEquals(List.of("Wert, in kg"), series.names());
  }

  @Test
  void quotesByteOrderMarksAndWindowsLineEndsAreUnderstood() throws IOException {
    Series series =
        read("\uFEFF\"Month\",\"Milk, in \"\"lb\"\"\"\r\n\"1962-01\",\"589\"\r\n1962-02, 561 \r\n");
    assertEquals(List.of("Milk, in \"lb\""), series.names());
    assertArrayEquals(new double[] {589, 561}, series.column(0));
    assertEquals("1962-03", series.label(2));
  }

  @Test
  void numbersMayHaveSignsAndExponents() throws IOException {
    Series series = read("x\n-1.5\n+2\n3e2\n.5\n4.\n1E-3\n");
    assertArrayEquals(new double[] {-1.5, 2, 300, 0.5, 4, 0.001}, series.column(0));
  }

  @Test
  void aColumnThatCountsRowsOrHoldsTextIsNotTheSeries() throws IOException {
    assertEquals(List.of("x"), read(",x\n0,5\n1,6\n2,7\n").names());
    assertEquals(List.of("x"), read("city,x\nBonn,5\nBonn,6\n").names());
    assertEquals(List.of("id"), SeriesCsv.read(write("id,x\n1,5\n2,6\n"), List.of("id")).names());
  }

  @Test
  void columnsAreChosenByNameInTheOrderGiven() throws IOException {
    String file = write("date,a,b,c\n2020-01-01,1,2,x\n2020-01-02,3,4,y\n");
    Series series = SeriesCsv.read(file, List.of("b", "a"));
    assertEquals(List.of("b", "a"), series.names());
    assertArrayEquals(new double[][] {{2, 1}, {4, 3}}, series.rows(0, 2));
  }

  @Test
  void aBadCellOfAColumnNotAskedForDoesNoHarm() throws IOException {
    String file = write("a,b\n1,2\n3,n/a\n5,6\n");
    assertArrayEquals(new double[] {1, 3, 5}, SeriesCsv.read(file, List.of("a")).column(0));
  }

  @Test
  void aFileWithoutAHeaderHasNumberedColumns() throws IOException {
    Series series = read("1962-01,589\n1962-02,561\n");
    assertEquals(List.of("column2"), series.names());
    assertArrayEquals(new double[] {589, 561}, series.column(0));
  }

  @Test
  void blankLinesBetweenAndAfterRowsAreSkipped() throws IOException {
    assertEquals(2, read("\na,b\n\nx,1\n\nx,2\n\n\n").rows());
    assertEquals(2, read("a\n1\n2\n\n\n").rows());
  }

  @Test
  void aSingleRowHasNoStep() throws IOException {
    Series series = read("Month,x\n1962-01,5\n");
    assertEquals(1, series.rows());
    assertEquals(Optional.empty(), series.times());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "date;x\n2024-01-01;1.234,5\n2024-01-02;-0,125\n2024-01-03;7\n",
        "date;x\n2024-01-01;1234,5\n2024-01-02;-,125\n2024-01-03;7\n",
        "date\tx\n2024-01-01\t1 234,5\n2024-01-02\t-0,125\n2024-01-03\t7,\n",
        "date;x\n01.01.2024;\"1\u00a0234,50\"\n02.01.2024;-0,125\n03.01.2024;7\n",
        "2024-01-01;1.234,5\n2024-01-02;-0,125\n2024-01-03;7,0\n",
        "date;x, netto\n2024-01-01;1.234,5\n2024-01-02;-0,125\n2024-01-03;7,000\n",
      })
  void decimalCommasAreReadWhereTheFileLeavesNoDoubt(String text) throws IOException {
    Series series = read(text);
    assertArrayEquals(new double[] {1234.5, -0.125, 7}, series.column(0));
    assertEquals("daily", frequency(series));
  }

  @Test
  void whatDecimalsBeginWithMayBeSaid() throws IOException {
    String file = write("n;x\na;1,234\nb;2.345,1\nc;7\n");
    assertArrayEquals(new double[] {1.234, 2345.1, 7}, SeriesCsv.read(file, List.of()).column(0));
    assertArrayEquals(
        new double[] {1.234, 5}, decimals("x\n1,234\n5\n", Decimal.COMMA), "one column");
    assertArrayEquals(
        new double[] {1.5, 2.5}, decimals("n,x\na,\"1,5\"\nb,\"2,5\"\n", Decimal.COMMA));
    assertArrayEquals(new double[] {1234, 5}, decimals("n;x\na;1.234\nb;5\n", Decimal.COMMA));
    assertArrayEquals(new double[] {1.234, 5}, decimals("n;x\na;1.234\nb;5\n", Decimal.AUTO));
    assertTrue(
        assertThrows(BadInputException.class, () -> decimals("n;x\na;2.5\nb;5\n", Decimal.COMMA))
            .getMessage()
            .endsWith(
                "'2.5', a number with a point, and the column has decimal commas; write all alike"));
  }

  /** What is no proof of decimal commas leaves points and commas what they always were. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Another column's commas.
        "date@rate@grid;2024-01-01@1.085@3,4;2024-01-02@1.091@5,6 | rate | 1.085 | 1.091",
        "date@x@note;2024-01-01@5@1,234;2024-01-02@7@2,345 | x | 5 | 7",
        "date@0,5@x;2024-01-01@1.085@2;2024-01-02@1.091@3 | 0,5 | 1.085 | 1.091",
        "0,1@0,5;1@3;2@5 | 0,5 | 3 | 5",
        // Commas with tabs or semicolons beside them.
        "date,@value;2024-01-01,@5;2024-01-02,@6 | value | 5 | 6",
        "date@,value;2024-01-01@,5;2024-01-02@,6 | value | 5 | 6",
        "date,@a,@b;2024-01-01,@1.234,@5.678;2024-01-02,@2.5,@6.789 | b | 5.678 | 6.789",
        "idx,value@;0,5@;1,7@ | value | 5 | 7",
        "count,note@extra;5,3@abc;6,4@def | count | 5 | 6",
      })
  void filesOfDecimalPointsAreReadAsEver(String text, String column, double first, double second)
      throws IOException {
    String file = write(text.replace('@', '\t').replace(';', '\n'));
    Series series = SeriesCsv.read(file, List.of(column));
    assertArrayEquals(new double[] {first, second}, series.column(0));
    assertEquals(text.contains("2024"), series.times().isPresent());
  }

  @Test
  void aSemicolonBeforeATabSeparates() throws IOException {
    assertEquals(
        List.of("b"), SeriesCsv.read(write("a;\tb\nx;\t1\ny;\t2\n"), List.of("b")).names());
  }

  @Test
  void commasSaidToBeDecimalsDoNotSeparate() throws IOException {
    double[] expected = {1.5, 2.5, 3.5};
    assertArrayEquals(expected, decimals("1,5\n2,5\n3,5\n", Decimal.COMMA));
    assertArrayEquals(expected, decimals("Wert, netto\n1,5\n2,5\n3,5\n", Decimal.COMMA));
    assertArrayEquals(expected, decimals("n;x\na;1,5\nb;2,5\nc;3,5\n", Decimal.COMMA));
    String file = write("1,5;2,5\n2,5;3,5\n");
    assertArrayEquals(
        new double[][] {{1.5, 2.5}, {2.5, 3.5}},
        SeriesCsv.read(
                file, List.of("column1", "column2"), Missing.ERROR, HeldOut.NONE, Decimal.COMMA)
            .rows(0, 2));
    assertArrayEquals(new double[] {1234.5, 7}, decimals("1.234,5\n7,0\n", Decimal.COMMA));
  }

  @Test
  void commasGroupThousandsWherePointsAreSaidToBeginDecimals() throws IOException {
    assertArrayEquals(
        new double[] {1234, 1234567.5, 7.25},
        decimals("n;x\na;1,234\nb;1,234,567.5\nc;7.25\n", Decimal.POINT));
    assertArrayEquals(
        new double[] {1234, 0.5}, decimals("n,x\na,\"1,234\"\nb,0.500\n", Decimal.POINT));
  }

  private double[] decimals(String text, Decimal decimal) throws IOException {
    return SeriesCsv.read(write(text), List.of(), Missing.ERROR, HeldOut.NONE, decimal).column(0);
  }

  private Series read(String text) throws IOException {
    return SeriesCsv.read(write(text), List.of());
  }

  private String write(String text) throws IOException {
    return Files.writeString(folder.resolve("series.csv"), text).toString();
  }

  private static String frequency(Series series) {
    return series.times().map(TimeIndex::frequency).orElseThrow().toString();
  }
}
