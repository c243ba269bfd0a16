package dev.refrain.cli.chart;

import dev.refrain.io.AtomicFiles;
import dev.refrain.series.TimeIndex;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.w3c.dom.Document;

/**
 * A forecast beside what came before and what came true.
 *
 * <p>The end of the history, the true values where they are known, the forecast, and other
 * forecasts to compare with, over dates or row numbers.
 */
public final class ForecastChart {
  private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

  private static final int WIDTH = 1000;
  private static final int HEIGHT = 560;

  /** Pixels of the PNG to a unit, so that it stays sharp on dense screens. */
  private static final int PNG_SCALE = 2;

  /** So much history is shown that the forecast takes about a sixth of the width. */
  private static final int HISTORY_HORIZONS = 5;

  private static final int LEAST_HISTORY = 48;

  /** Single steps are marked until there are too many of them. */
  private static final int MOST_MARKED_STEPS = 40;

  private static final double TITLE_WIDTH = 0.84 * WIDTH;
  private static final int LARGEST_TITLE_SIZE = 18;
  private static final int SMALLEST_TITLE_SIZE = 11;

  /** What fits the height. */
  private static final int LONGEST_NAME = 50;

  private static final double SMALLEST_PLAIN = 1e-3;
  private static final double LARGEST_PLAIN = 1e7;

  private static final Color INK = new Color(0x30, 0x36, 0x3D);
  private static final Color GRID = new Color(0xE3, 0xE6, 0xEA);

  // Okabe and Ito's palette, which colour-blind readers can tell apart.
  private static final Color PAST_COLOR = new Color(0x6B, 0x72, 0x7B);
  private static final Color ACTUAL_COLOR = new Color(0x00, 0x00, 0x00);
  private static final Color FORECAST_COLOR = new Color(0xD5, 0x5E, 0x00);
  private static final List<Color> BASELINE_COLORS =
      List.of(
          new Color(0x00, 0x72, 0xB2),
          new Color(0x00, 0x9E, 0x73),
          new Color(0xCC, 0x79, 0xA7),
          new Color(0x56, 0xB4, 0xE9));

  private static final BasicStroke HAIR = stroke(1.2f);
  private static final BasicStroke THIN = stroke(1.6f);
  private static final BasicStroke THICK = stroke(2.6f);
  private static final BasicStroke DOTTED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 4}, 0);

  static {
    // Without this AWT looks for a screen, and fails on a server that has none.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private final String title;
  private final String valueName;
  private final double[] values;
  private final TimeIndex times;
  private final double[] forecast;
  private final int firstForecastRow;
  private final Map<String, double[]> baselines = new LinkedHashMap<>();

  /**
   * Begins a chart.
   *
   * @param title stands above
   * @param valueName what is measured, beside the axis of values
   * @param values [rows], oldest first: the history and, as far as they are known, the true values
   * @param times when the rows happened, or null if they are numbered
   * @param firstForecastRow the row that the forecast begins at, from 1 to the number of rows
   * @param forecast at least one value
   * @throws IllegalArgumentException if the forecast is empty or begins elsewhere
   */
  public ForecastChart(
      String title,
      String valueName,
      double[] values,
      TimeIndex times,
      int firstForecastRow,
      double[] forecast) {
    if (forecast.length == 0) {
      throw new IllegalArgumentException("a forecast of no steps cannot be drawn");
    }
    if (firstForecastRow < 1 || firstForecastRow > values.length) {
      throw new IllegalArgumentException(
          "the forecast begins at row %d, but must begin at 1 to %d"
              .formatted(firstForecastRow, values.length));
    }
    this.title = title;
    this.valueName = valueName;
    this.values = values.clone();
    this.times = times;
    this.firstForecastRow = firstForecastRow;
    this.forecast = forecast.clone();
  }

  /**
   * Adds a forecast to compare with.
   *
   * @param name for the legend
   * @param baseline as many values as the forecast
   * @return this chart
   * @throws IllegalArgumentException if the lengths differ
   */
  public ForecastChart with(String name, double[] baseline) {
    if (baseline.length != forecast.length) {
      throw new IllegalArgumentException(
          "%s has %d values, the forecast %d".formatted(name, baseline.length, forecast.length));
    }
    baselines.put(name, baseline.clone());
    return this;
  }

  /**
   * Draws into a PNG file of 2000 by 1120 pixels.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public void writePng(Path file) throws IOException {
    BufferedImage image =
        new BufferedImage(WIDTH * PNG_SCALE, HEIGHT * PNG_SCALE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.scale(PNG_SCALE, PNG_SCALE);
    paint(graphics);
    graphics.dispose();
    AtomicFiles.write(file, out -> ImageIO.write(image, "png", out));
  }

  /**
   * Draws into an SVG file. Letters are drawn as shapes, so that it looks the same everywhere.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public void writeSvg(Path file) throws IOException {
    SVGGraphics2D graphics = new SVGGraphics2D(emptySvg());
    graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
    paint(graphics);
    AtomicFiles.write(
        file,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          graphics.stream(writer, true);
          writer.flush();
        });
  }

  private void paint(Graphics2D graphics) throws IOException {
    try {
      chart().paint(graphics, WIDTH, HEIGHT);
    } catch (InternalError | LinkageError e) {
      throw new IOException(
          "cannot draw the chart: Java finds no fonts on this machine;"
              + " install fontconfig and a font such as DejaVu",
          e);
    }
  }

  private XYChart chart() {
    int firstRow = Math.max(0, firstForecastRow - shownHistory());
    TimeAxis axis = new TimeAxis(times, firstRow, firstForecastRow + forecast.length - 1);
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .yAxisTitle(shortened(valueName, LONGEST_NAME))
            .build();
    style(chart.getStyler());
    chart
        .getStyler()
        .setXAxisMin(axis.min())
        .setXAxisMax(axis.max())
        .setXAxisTickMarkSpacingHint(axis.markSpacing(WIDTH))
        .setChartTitleFont(titleFont());
    chart.setCustomXAxisTickLabelsFormatter(axis::label);
    chart.setCustomYAxisTickLabelsFormatter(valueFormat()::format);
    chart.addAnnotation(new AnnotationLine(axis.position(firstForecastRow - 1), true, false));
    addLines(chart, axis, firstRow);
    return chart;
  }

  /** Later lines are drawn over earlier ones. */
  private void addLines(XYChart chart, TimeAxis axis, int firstRow) {
    double[] past = Arrays.copyOfRange(values, firstRow, firstForecastRow);
    add(chart, axis, "Past", firstRow, past, PAST_COLOR, THIN);
    int index = 0;
    for (Map.Entry<String, double[]> baseline : baselines.entrySet()) {
      Color color = BASELINE_COLORS.get(index++ % BASELINE_COLORS.size());
      add(chart, axis, baseline.getKey(), firstForecastRow, baseline.getValue(), color, HAIR);
    }
    if (values.length > firstForecastRow) {
      // From the last row before on, so that the line of what happened has no hole.
      int end = Math.min(values.length, firstForecastRow + forecast.length);
      double[] actual = Arrays.copyOfRange(values, firstForecastRow - 1, end);
      add(chart, axis, "True values", firstForecastRow - 1, actual, ACTUAL_COLOR, THIN);
    }
    XYSeries line = add(chart, axis, "Forecast", firstForecastRow, forecast, FORECAST_COLOR, THICK);
    if (forecast.length <= MOST_MARKED_STEPS) {
      line.setMarker(SeriesMarkers.CIRCLE);
    }
  }

  private static XYSeries add(
      XYChart chart,
      TimeAxis axis,
      String name,
      int firstRow,
      double[] lineValues,
      Color color,
      BasicStroke stroke) {
    double[] positions = new double[lineValues.length];
    Arrays.setAll(positions, i -> axis.position(firstRow + i));
    XYSeries line = chart.addSeries(name, positions, lineValues);
    line.setLineColor(color);
    line.setMarkerColor(color);
    line.setLineStyle(stroke);
    line.setMarker(SeriesMarkers.NONE);
    return line;
  }

  /** As large as the width allows. */
  private Font titleFont() {
    FontRenderContext context = new FontRenderContext(null, true, true);
    Font font = font(Font.BOLD, LARGEST_TITLE_SIZE);
    double width = font.getStringBounds(title, context).getWidth();
    double size = LARGEST_TITLE_SIZE * Math.min(1, TITLE_WIDTH / width);
    return font(Font.BOLD, (int) Math.max(SMALLEST_TITLE_SIZE, size));
  }

  private int shownHistory() {
    return Math.max(LEAST_HISTORY, HISTORY_HORIZONS * forecast.length);
  }

  /** Plain numbers where they are short enough, else powers of ten. */
  private DecimalFormat valueFormat() {
    double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
    boolean plain = largest == 0 || (largest >= SMALLEST_PLAIN && largest < LARGEST_PLAIN);
    return new DecimalFormat(
        plain ? "#,##0.######" : "0.###E0", DecimalFormatSymbols.getInstance(Locale.ROOT));
  }

  private static void style(XYStyler style) {
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setChartFontColor(INK);
    style.setChartPadding(16);
    style.setChartTitleBoxVisible(false);
    style.setChartTitlePadding(14);
    style.setAxisTitleFont(font(Font.PLAIN, 14));
    style.setXAxisTitleVisible(false);
    style.setAxisTickLabelsFont(font(Font.PLAIN, 13));
    style.setAxisTickLabelsColor(INK);
    style.setAxisTickMarksColor(GRID);
    style.setPlotGridLinesColor(GRID);
    style.setPlotGridLinesStroke(stroke(1));
    style.setPlotGridVerticalLinesVisible(false);
    style.setPlotMargin(0);
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setLegendBorderColor(Color.WHITE);
    style.setLegendFont(font(Font.PLAIN, 14));
    style.setLegendSeriesLineLength(34);
    style.setLegendPadding(14);
    style.setMarkerSize(7);
    style.setAnnotationLineColor(PAST_COLOR);
    style.setAnnotationLineStroke(DOTTED);
    style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
  }

  private static String shortened(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1) + "…";
  }

  private static Font font(int weight, int size) {
    return new Font(Font.SANS_SERIF, weight, size);
  }

  private static BasicStroke stroke(float width) {
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  private static Document emptySvg() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(SVG_NAMESPACE, "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this Java has no XML parser", e);
    }
  }
}
