package dev.refrain.cli.csv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.BadInputException;
import dev.refrain.series.Series;
import dev.refrain.series.TimeIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of many series, of which some are bad: these are named, and the others go on. */
class FleetCsvTest {
  private static final int SHOPS = 1_000;
  private static final int MONTHS = 24;

  @TempDir private Path folder;

  /** Shops s0, s1, ...; the cells of a row are those of its shop and month. */
  private static List<String> longLines(int shops) {
    List<String> lines = new ArrayList<>(List.of("shop,date,sales"));
    for (int t = 0; t < MONTHS; t++) {
      for (int shop = 0; shop < shops; shop++) {
        lines.add("s%d,%s,%d".formatted(shop, date(t), 100 + shop + t % 7));
      }
    }
    return lines;
  }

  private static int line(int shops, int shop, int month) {
    return 1 + month * shops + shop;
  }

  private static String date(int t) {
    return String.format(Locale.ROOT, "%d-%02d-01", 2010 + t / 12, t % 12 + 1);
  }

  @Test
  void badRowsOfALongFileAreTheirSeriesProblem() throws IOException {
    List<String> lines = longLines(SHOPS);
    lines.set(line(SHOPS, 3, 5), "s3,2010-06-01");
    lines.set(line(SHOPS, 4, 5), "s4,2010-06-01,oops");
    lines.set(line(SHOPS, 5, 5), "s5,June,104");
    lines.set(line(SHOPS, 6, 5), "s6,2010-06-01,1,234");
    lines.set(line(SHOPS, 7, 0), "s7,?,107");
    lines.set(line(SHOPS, 8, 5), "s8,2009-06-01,108");
    FleetCsv.Fleet fleet = read(lines);
    assertEquals(SHOPS - 6, fleet.series().size());
    assertEquals(Set.of("s3", "s4", "s5", "s6", "s7", "s8"), fleet.problems().keySet());
    assertProblem(fleet, "s3", "row 5004 (line 5005) has 2 cells, but the header has 3");
    assertProblem(fleet, "s4", "(line 5006), column 'sales' is 'oops', not a number");
    assertProblem(fleet, "s5", "(line 5007), column 'date' is 'June', not a date like");
    assertProblem(fleet, "s6", "(line 5008) has 4 cells, but the header has 3");
    assertProblem(fleet, "s7", "(line 9), column 'date' is '?', not a date like '2010-02-01'");
    assertProblem(fleet, "s8", "is '2009-06-01', which does not come after");
  }

  @Test
  void datesThatAreAlikeAreHeldOnce() throws IOException {
    List<Series> series = read(longLines(3), List.of(), Missing.ERROR).series();
    TimeIndex times = series.get(0).times().orElseThrow();
    assertSame(times, series.get(1).times().orElseThrow());
    assertSame(times, series.get(2).times().orElseThrow());
    List<String> later = longLines(2);
    later.remove(1);
    series = read(later, List.of(), Missing.ERROR).series();
    assertEquals(
        List.of("2010-02-01", "2010-01-01"),
        series.stream()
            .sorted(Comparator.comparing((Series each) -> each.names().get(0)))
            .map(each -> each.times().orElseThrow().label(0))
            .toList());
  }

  @Test
  void aBadFirstRowDoesNotHideTheDates() throws IOException {
    List<String> lines = longLines(3);
    lines.set(1, "s0,?,100");
    FleetCsv.Fleet fleet = read(lines);
    assertEquals(2, fleet.series().size());
    assertTrue(fleet.series().get(0).times().isPresent());
    assertProblem(fleet, "s0", "(line 2), column 'date' is '?'");
  }

  @Test
  void rowsThatBelongToNoSeriesAreListedByTheirLine() throws IOException {
    List<String> lines = longLines(3);
    lines.set(line(3, 1, MONTHS - 1), "nobody;7");
    lines.add("\"\",2012-01-01,5");
    FleetCsv.Fleet fleet = read(lines);
    assertEquals(3, fleet.series().size());
    assertEquals(Set.of("(no series)"), fleet.problems().keySet());
    assertProblem(fleet, "(no series)", "row 73 (line 74), column 'shop' is blank");
    assertProblem(fleet, "(no series)", "and 1 more rows");
    // Nothing tells which series lacks a row where there are no dates.
    List<String> undated = new ArrayList<>(List.of("shop,sales"));
    for (int t = 0; t < MONTHS; t++) {
      undated.addAll(List.of("a," + t, "b," + t * 2));
    }
    undated.set(7, "a");
    assertEquals(Set.of("a"), read(undated).problems().keySet());
    undated.set(8, "?");
    assertTrue(refusal(undated).contains("no dates that would tell"), () -> refusal(undated));
    assertTrue(refusal(undated).contains("(line 9) has 1 cell"), () -> refusal(undated));
  }

  private static List<String> wideLines(int shops) {
    StringBuilder header = new StringBuilder("date");
    for (int shop = 0; shop < shops; shop++) {
      header.append(",s").append(shop);
    }
    List<String> lines = new ArrayList<>(List.of(header.toString()));
    for (int t = 0; t < MONTHS; t++) {
      StringBuilder line = new StringBuilder(date(t));
      for (int shop = 0; shop < shops; shop++) {
        line.append(',').append(100 + shop + t % 7);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  @Test
  void badCellsOfAWideFileAreTheirColumnsProblem() throws IOException {
    List<String> lines = wideLines(SHOPS);
    lines.set(9, lines.get(9).replace(",111,", ",oops,"));
    // As spreadsheets leave off what is blank.
    lines.set(11, lines.get(11).substring(0, lines.get(11).lastIndexOf(',')));
    for (int t = 1; t <= MONTHS; t++) {
      lines.set(t, lines.get(t).replaceFirst(",[^,]*", ",#REF! " + t));
    }
    FleetCsv.Fleet fleet = read(lines);
    assertEquals(SHOPS - 3, fleet.series().size());
    assertEquals(Set.of("s0", "s10", "s999"), fleet.problems().keySet());
    assertProblem(fleet, "s0", "'#REF! 1', not a number");
    assertProblem(fleet, "s10", "row 9 (line 10), column 's10' is 'oops'");
    assertProblem(fleet, "s999", "row 11 (line 12) has 1000 cells, but the header has 1001");
  }

  @Test
  void aWideRowOfTooManyCellsIsNobodysAndEverybodys() throws IOException {
    List<String> lines = wideLines(3);
    lines.set(5, lines.get(5) + ",7");
    assertTrue(refusal(lines).contains("row 5 (line 6) has 5 cells"), () -> refusal(lines));
    assertTrue(refusal(lines).contains("--missing interpolate"), () -> refusal(lines));
    FleetCsv.Fleet fleet = read(lines, List.of(), Missing.INTERPOLATE);
    assertEquals(3, fleet.series().size());
    assertEquals(MONTHS, fleet.series().get(0).rows());
    assertEquals((103 + 105) / 2.0, fleet.series().get(0).column(0)[4]);
    List<String> undated = lines.stream().map(line -> line.replaceFirst("[^,]*,", "")).toList();
    assertEquals(
        (103 + 105) / 2.0,
        read(undated, List.of(), Missing.INTERPOLATE).series().get(0).column(0)[4]);
  }

  @Test
  void aWideFileIsReadByTheColumnsThatAreNamed() throws IOException {
    List<String> lines = wideLines(7);
    lines.set(9, lines.get(9).replace(",101,", ",oops,"));
    FleetCsv.Fleet fleet = read(lines, List.of("s4", "s2"), Missing.ERROR);
    assertEquals(
        List.of("s4", "s2"), fleet.series().stream().map(each -> each.names().get(0)).toList());
    assertTrue(fleet.problems().isEmpty());
    assertEquals(104, fleet.series().get(0).column(0)[0]);
    assertTrue(refusal(lines, "s22").contains("'s22'; did you mean"), () -> refusal(lines, "s22"));
    assertTrue(refusal(lines, "date").contains("dates"), () -> refusal(lines, "date"));
    List<String> shops = longLines(2);
    assertTrue(
        refusal(shops, "sales", "shop").contains("is a long file"),
        () -> refusal(shops, "sales", "shop"));
    assertEquals(2, read(shops, List.of("sales"), Missing.ERROR).series().size());
  }

  private FleetCsv.Fleet read(List<String> lines) throws IOException {
    return read(lines, List.of(), Missing.ERROR);
  }

  private FleetCsv.Fleet read(List<String> lines, List<String> columns, Missing missing)
      throws IOException {
    Path file = Files.write(folder.resolve("fleet.csv"), lines);
    return FleetCsv.read(file.toString(), null, columns, missing, 0);
  }

  private String refusal(List<String> lines, String... columns) {
    return assertThrows(
            BadInputException.class, () -> read(lines, Arrays.asList(columns), Missing.ERROR))
        .getMessage();
  }

  private static void assertProblem(FleetCsv.Fleet fleet, String series, String words) {
    String problem = fleet.problems().get(series);
    assertTrue(problem.contains(words), problem);
  }
}
