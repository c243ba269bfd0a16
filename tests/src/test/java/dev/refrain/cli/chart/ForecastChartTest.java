package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.csv.SeriesCsv;
import dev.refrain.series.Baselines;
import dev.refrain.series.Series;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

class ForecastChartTest {
  private static final int FORECAST = 0xD55E00;
  private static final int TRUE_VALUES = 0x000000;
  private static final int FIRST_BASELINE = 0x0072B2;
  private static final int BAND = 0xF9E0D2;

  @TempDir Path folder;

  @Test
  void thePngShowsTheForecastToTheRightOfThePast() throws IOException {
    Path file = folder.resolve("forecast.png");
    milk().writePng(file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertEquals(2000, image.getWidth());
    assertEquals(1120, image.getHeight());
    // Above the legend, which stands in the lowest tenth.
    assertTrue(columnsOf(image, FORECAST)[0] > 1500, "the forecast is the last sixth");
    assertTrue(columnsOf(image, TRUE_VALUES)[0] > 1500, "so are the true values");
    assertTrue(columnsOf(image, FIRST_BASELINE)[0] > 1500, "and the baselines");
    assertEquals(0xFFFFFF, image.getRGB(0, 0) & 0xFFFFFF);
  }

  /** What the legend shows of the interval stands level with what it shows of the lines. */
  @Test
  void theLegendsSamplesStandInOneRow() throws IOException {
    Path file = folder.resolve("forecast.png");
    double[] bounds = {1, 1, 1};
    new ForecastChart("t", "x", new double[60], null, 57, bounds)
        .within(0.9, bounds, bounds)
        .with("Last value", bounds)
        .writePng(file);
    BufferedImage image = ImageIO.read(file.toFile());
    double band = middleRowInLegend(image, BAND);
    assertEquals(band, middleRowInLegend(image, FORECAST), 1.5);
    assertEquals(band, middleRowInLegend(image, FIRST_BASELINE), 1.5);
  }

  private static double middleRowInLegend(BufferedImage image, int color) {
    int[] rows =
        IntStream.range(image.getHeight() * 9 / 10, image.getHeight())
            .filter(
                y -> IntStream.range(0, image.getWidth()).anyMatch(x -> has(image, x, y, color)))
            .toArray();
    assertTrue(rows.length > 0, "the legend lacks the colour " + Integer.toHexString(color));
    return (rows[0] + rows[rows.length - 1]) / 2.0;
  }

  private static boolean has(BufferedImage image, int x, int y, int color) {
    return (image.getRGB(x, y) & 0xFFFFFF) == color;
  }

  @Test
  void nothingTouchesTheBorder() throws IOException {
    Path file = folder.resolve("forecast.png");
    milk().writePng(file);
    BufferedImage image = ImageIO.read(file.toFile());
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y : new int[] {0, 10, image.getHeight() - 11, image.getHeight() - 1}) {
        assertEquals(0xFFFFFF, image.getRGB(x, y) & 0xFFFFFF, x + ", " + y);
      }
    }
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x : new int[] {0, 10, image.getWidth() - 11, image.getWidth() - 1}) {
        assertEquals(0xFFFFFF, image.getRGB(x, y) & 0xFFFFFF, x + ", " + y);
      }
    }
  }

  @Test
  void theSvgIsWellFormedAndHasTheSizeAndTheLines() throws Exception {
    Path file = folder.resolve("forecast.svg");
    milk().writeSvg(file);
    String text = Files.readString(file);
    Element svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(withoutDoctype(text)))
            .getDocumentElement();
    assertEquals("svg", svg.getTagName());
    assertEquals("1000", svg.getAttribute("width"));
    assertEquals("560", svg.getAttribute("height"));
    assertTrue(text.contains("rgb(213,94,0)"), "the forecast's colour");
    assertTrue(text.contains("rgb(0,114,178)"), "the first baseline's colour");
  }

  @Test
  void theSameChartIsTheSameFile() throws IOException {
    for (String name : List.of("a", "b")) {
      milk().writeSvg(folder.resolve(name + ".svg"));
      milk().writePng(folder.resolve(name + ".png"));
    }
    assertEquals(-1, Files.mismatch(folder.resolve("a.svg"), folder.resolve("b.svg")));
    assertEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("b.png")));
  }

  @Test
  void constantSeriesSingleStepsAndLongNamesCanBeDrawn() throws IOException {
    double[] constant = new double[50];
    Arrays.fill(constant, 7);
    draws(new ForecastChart("constant", "x", constant, null, 40, new double[] {7, 7, 7}));
    draws(new ForecastChart("one of one", "x", new double[] {1}, null, 1, new double[] {2}));
    draws(
        new ForecastChart(
            "a very long title ".repeat(8),
            "a very long name ".repeat(8),
            new double[] {1, 2, 3},
            null,
            3,
            new double[] {4}));
    draws(new ForecastChart("", "", new double[] {1e-300, 1e300}, null, 2, new double[] {-1e300}));
  }

  @Test
  void whatCannotBeDrawnIsRefused() {
    assertRefused(
        "a forecast of no steps cannot be drawn",
        () -> new ForecastChart("t", "x", new double[3], null, 2, new double[0]));
    assertRefused(
        "the forecast begins at row 4, but must begin at 1 to 3",
        () -> new ForecastChart("t", "x", new double[3], null, 4, new double[1]));
    assertRefused(
        "Last value has 2 values, the forecast 1",
        () ->
            new ForecastChart("t", "x", new double[3], null, 3, new double[1])
                .with("Last value", new double[2]));
  }

  @Test
  void aMissingFolderIsNamed() {
    Path file = folder.resolve("absent").resolve("forecast.svg");
    IOException failed = assertThrows(IOException.class, () -> milk().writeSvg(file));
    assertTrue(failed.getMessage().startsWith("cannot write " + file), failed.getMessage());
  }

  private void draws(ForecastChart chart) throws IOException {
    chart.writePng(folder.resolve("chart.png"));
    chart.writeSvg(folder.resolve("chart.svg"));
    BufferedImage image = ImageIO.read(folder.resolve("chart.png").toFile());
    assertTrue(columnsOf(image, FORECAST).length > 0, "the forecast can be seen");
  }

  private static ForecastChart milk() {
    Series milk = SeriesCsv.read("monthly-milk-production.csv", List.of());
    double[] values = milk.column(0);
    double[] known = Arrays.copyOf(values, 156);
    double[] naive = Baselines.seasonalNaive(known, 12, 12);
    double[] forecast = Arrays.stream(naive).map(value -> value + 10).toArray();
    return new ForecastChart(
            "Milk", "pounds per cow", values, milk.times().orElseThrow(), 156, forecast)
        .with("Seasonal naive", naive)
        .with("Last value", Baselines.lastValue(known, 12));
  }

  /** The columns of the plot that have a pixel of a colour. */
  private static int[] columnsOf(BufferedImage image, int color) {
    int bottom = image.getHeight() * 9 / 10;
    return IntStream.range(0, image.getWidth())
        .filter(
            x -> IntStream.range(0, bottom).anyMatch(y -> (image.getRGB(x, y) & 0xFFFFFF) == color))
        .toArray();
  }

  /** Parsing it would fetch the document type from the network. */
  private static byte[] withoutDoctype(String text) {
    return text.replaceFirst("(?s)<!DOCTYPE[^>]*>", "").getBytes(StandardCharsets.UTF_8);
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
