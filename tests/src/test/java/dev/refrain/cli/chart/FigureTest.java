package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.chart.LineChart.Role;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FigureTest {
  private static final int INPUT = 0x0072B2;
  private static final int PREDICTION = 0xD55E00;
  private static final int PAST = 0x6B727B;

  @TempDir private Path folder;

  @Test
  void panelsStandSideBySide() throws IOException {
    BufferedImage image = png(new Figure(wave("left", Role.PREDICTION), wave("right", Role.INPUT)));
    assertEquals(2 * 2 * 720, image.getWidth());
    assertEquals(2 * 560, image.getHeight());
    int[] left = columnsOf(image, PREDICTION);
    int[] right = columnsOf(image, INPUT);
    assertTrue(left[left.length - 1] < image.getWidth() / 2, "the left panel keeps to its half");
    assertTrue(right[0] > image.getWidth() / 2, "and the right one to its own");
  }

  @Test
  void aSingleChartTakesTheUsualSizeAndNothingTouchesTheBorder() throws IOException {
    BufferedImage image = png(new Figure(wave("wave", Role.PAST)));
    assertEquals(2000, image.getWidth());
    assertEquals(1120, image.getHeight());
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y : new int[] {0, 8, image.getHeight() - 9, image.getHeight() - 1}) {
        assertEquals(0xFFFFFF, image.getRGB(x, y) & 0xFFFFFF, x + ", " + y);
      }
    }
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x : new int[] {0, 8, image.getWidth() - 9, image.getWidth() - 1}) {
        assertEquals(0xFFFFFF, image.getRGB(x, y) & 0xFFFFFF, x + ", " + y);
      }
    }
  }

  @Test
  void theSameFigureIsTheSameFile() throws IOException {
    for (String name : new String[] {"a", "b"}) {
      new Figure(wave("wave", Role.PAST)).writeSvg(folder.resolve(name + ".svg"));
      new Figure(wave("wave", Role.PAST)).writePng(folder.resolve(name + ".png"));
    }
    assertEquals(-1, Files.mismatch(folder.resolve("a.svg"), folder.resolve("b.svg")));
    assertEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("b.png")));
  }

  @Test
  void whatLeavesTheRangeIsCutOffAndTheRestKeepsItsScale() throws IOException {
    double[] runaway = {0, 1, 0, 1e21, -1e21};
    LineChart chart =
        new LineChart("t", "x", "y")
            .within(-2, 2)
            .add("calm", Role.PAST, 0, new double[] {1, -1, 1, -1, 1})
            .add("wild", Role.PREDICTION, 0, runaway);
    BufferedImage image = png(new Figure(chart));
    int[] calm = columnsOf(image, PAST);
    int[] wild = columnsOf(image, PREDICTION);
    assertTrue(calm[calm.length - 1] > 0.9 * image.getWidth(), "the calm line goes on");
    assertTrue(wild[wild.length - 1] < 0.7 * image.getWidth(), "the wild one ends");
    assertTrue(
        rowsOf(image, PAST).length > image.getHeight() / 2, "the calm line fills the height");
  }

  @Test
  void manyLinesBreakTheLegendIntoRows() throws IOException {
    LineChart chart = new LineChart("t", "x", "y");
    for (int i = 0; i < 20; i++) {
      chart.add("line with a long name " + i, Role.ALTERNATIVE, 0, new double[] {i, i + 1});
    }
    png(new Figure(chart));
  }

  @Test
  void unusualValuesCanBeDrawn() throws IOException {
    png(new Figure(new LineChart("t", "x", "y").add("a", Role.PAST, 0, new double[] {7})));
    png(new Figure(new LineChart("", "", "").add("", Role.TRUTH, 0, new double[] {7, 7, 7})));
    png(
        new Figure(
            new LineChart("t", "x", "y")
                .add("a", Role.ANSWER, 0, new double[] {1, Double.NaN, Double.POSITIVE_INFINITY})));
    png(
        new Figure(
            new LineChart("t", "x", "y")
                .logarithmic()
                .add("a", Role.ALTERNATIVE, 0, new double[] {0, -1, 1e-9, 1e9})));
    png(
        new Figure(
            new LineChart("t", "x", "y")
                .logarithmic()
                .add("nothing to see", Role.ALTERNATIVE, 0, new double[] {0, Double.NaN})));
  }

  @Test
  void badChartsAreRefused() {
    LineChart chart = new LineChart("t", "x", "y").add("a", Role.PAST, 0, new double[] {1});
    assertEquals(
        "the chart has a line 'a' already",
        assertThrows(
                IllegalArgumentException.class,
                () -> chart.add("a", Role.TRUTH, 0, new double[] {1}))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> chart.add("b", Role.TRUTH, new double[2], new double[3]));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Figure(new LineChart("t", "x", "y")).writePng(folder.resolve("x.png")));
    assertFalse(Files.exists(folder.resolve("x.png")));
  }

  private BufferedImage png(Figure figure) throws IOException {
    Path file = folder.resolve("figure.png");
    figure.writePng(file);
    figure.writeSvg(folder.resolve("figure.svg"));
    assertTrue(Files.readString(folder.resolve("figure.svg")).contains("</svg"));
    return ImageIO.read(file.toFile());
  }

  private static LineChart wave(String name, Role role) {
    double[] x = new double[50];
    Arrays.setAll(x, i -> i * 0.2);
    return new LineChart("A wave", "time (s)", "sin(t)")
        .add(name, role, x, Arrays.stream(x).map(Math::sin).toArray());
  }

  /** Columns with a pixel of a colour, above the legend. */
  private static int[] columnsOf(BufferedImage image, int color) {
    int bottom = image.getHeight() * 17 / 20;
    return IntStream.range(0, image.getWidth())
        .filter(
            x -> IntStream.range(0, bottom).anyMatch(y -> (image.getRGB(x, y) & 0xFFFFFF) == color))
        .toArray();
  }

  private static int[] rowsOf(BufferedImage image, int color) {
    return IntStream.range(0, image.getHeight() * 17 / 20)
        .filter(
            y ->
                IntStream.range(0, image.getWidth())
                    .anyMatch(x -> (image.getRGB(x, y) & 0xFFFFFF) == color))
        .toArray();
  }
}
