package dev.refrain.cli.chart;

import dev.refrain.series.TimeIndex;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A forecast beside what came before and what came true.
 *
 * <p>The end of the history, the true values where they are known, the forecast, and other
 * forecasts to compare with, over dates or row numbers.
 */
public final class ForecastChart extends Picture {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 560;

  /** So much history is shown that the forecast takes about a sixth of the width. */
  private static final int HISTORY_HORIZONS = 5;

  private static final int LEAST_HISTORY = 48;

  /** Single steps are marked until there are too many of them. */
  private static final int MOST_MARKED_STEPS = 40;

  private static final Color PAST_COLOR = ChartStyle.PAST;
  private static final Color ACTUAL_COLOR = ChartStyle.BLACK;
  private static final Color FORECAST_COLOR = ChartStyle.VERMILION;

  /** A tint of the forecast's colour. */
  private static final Color BAND_COLOR = new Color(0xF9, 0xE0, 0xD2);

  private static final List<Color> BASELINE_COLORS =
      List.of(ChartStyle.BLUE, ChartStyle.GREEN, ChartStyle.PURPLE, ChartStyle.SKY);

  private static final BasicStroke HAIR = ChartStyle.HAIR;
  private static final BasicStroke THIN = ChartStyle.THIN;
  private static final BasicStroke THICK = ChartStyle.THICK;

  private final String title;
  private final String valueName;
  private final double[] values;
  private final TimeIndex times;
  private final double[] forecast;
  private final int firstForecastRow;

  /** Null where no interval is known. */
  private String bandName;

  private double[] lower;
  private double[] upper;
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
    super(WIDTH, HEIGHT);
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
   * Adds the interval that true values are meant to lie in, drawn behind all lines.
   *
   * @param level share of true values that it is meant to hold, for the legend
   * @param newLower as many values as the forecast
   * @param newUpper as many
   * @return this chart
   * @throws IllegalArgumentException if the lengths differ
   */
  public ForecastChart within(double level, double[] newLower, double[] newUpper) {
    if (newLower.length != forecast.length || newUpper.length != forecast.length) {
      throw new IllegalArgumentException(
          "the interval has %d and %d bounds, the forecast %d values"
              .formatted(newLower.length, newUpper.length, forecast.length));
    }
    bandName = String.format(Locale.ROOT, "%.4g %% interval", 100 * level).replace(".00 %", " %");
    lower = newLower.clone();
    upper = newUpper.clone();
    return this;
  }

  @Override
  void draw(Graphics2D graphics) {
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
    List<Line> lines = lines();
    List<Legend.Entry> entries = new ArrayList<>();
    if (bandName != null) {
      entries.add(Legend.Entry.area(bandName, BAND_COLOR));
    }
    lines.forEach(
        line -> entries.add(new Legend.Entry(line.name, line.color, line.stroke, line.marker)));
    ChartFrame.draw(
        graphics, title, WIDTH, HEIGHT, entries, (width, height) -> chart(width, height, lines));
  }

  private int firstRow() {
    return Math.max(0, firstForecastRow - shownHistory());
  }

  private XYChart chart(int width, int height, List<Line> lines) {
    TimeAxis axis = new TimeAxis(times, firstRow(), firstForecastRow + forecast.length - 1);
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .yAxisTitle(ChartStyle.axisName(valueName))
            .build();
    ChartStyle.apply(chart.getStyler());
    chart
        .getStyler()
        .setXAxisTitleVisible(false)
        .setXAxisMin(axis.min())
        .setXAxisMax(axis.max())
        .setXAxisTickMarkSpacingHint(axis.markSpacing(width));
    chart.setCustomXAxisTickLabelsFormatter(axis::label);
    chart.setCustomYAxisTickLabelsFormatter(ChartStyle.valueFormat(values)::format);
    chart.addAnnotation(new AnnotationLine(axis.position(firstForecastRow - 1), true, false));
    addBand(chart, axis);
    lines.forEach(line -> line.add(chart, axis));
    return chart;
  }

  /** Later lines are drawn over earlier ones. */
  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    double[] past = Arrays.copyOfRange(values, firstRow(), firstForecastRow);
    lines.add(new Line("Past", firstRow(), past, PAST_COLOR, THIN, null));
    int index = 0;
    for (Map.Entry<String, double[]> baseline : baselines.entrySet()) {
      Color color = BASELINE_COLORS.get(index++ % BASELINE_COLORS.size());
      double[] compared = baseline.getValue();
      lines.add(new Line(baseline.getKey(), firstForecastRow, compared, color, HAIR, null));
    }
    if (values.length > firstForecastRow) {
      // From the last row before on, so that the line of what happened has no hole.
      int end = Math.min(values.length, firstForecastRow + forecast.length);
      double[] actual = Arrays.copyOfRange(values, firstForecastRow - 1, end);
      lines.add(new Line("True values", firstForecastRow - 1, actual, ACTUAL_COLOR, THIN, null));
    }
    Marker marker = forecast.length <= MOST_MARKED_STEPS ? SeriesMarkers.CIRCLE : null;
    lines.add(new Line("Forecast", firstForecastRow, forecast, FORECAST_COLOR, THICK, marker));
    return lines;
  }

  /** One polygon, out along the upper bounds and back along the lower. */
  private void addBand(XYChart chart, TimeAxis axis) {
    if (bandName == null) {
      return;
    }
    int steps = forecast.length;
    double[] positions = new double[2 * steps];
    double[] bounds = new double[2 * steps];
    for (int step = 0; step < steps; step++) {
      positions[step] = axis.position(firstForecastRow + step);
      bounds[step] = upper[step];
      positions[2 * steps - 1 - step] = positions[step];
      bounds[2 * steps - 1 - step] = lower[step];
    }
    XYSeries band = chart.addSeries(bandName, positions, bounds);
    band.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
    band.setFillColor(BAND_COLOR);
    band.setLineColor(BAND_COLOR);
    band.setLineStyle(HAIR);
    band.setMarker(SeriesMarkers.NONE);
  }

  /** Values from a row on; the marker is null where the line alone is drawn. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Line(
      String name, int firstRow, double[] values, Color color, BasicStroke stroke, Marker marker) {
    void add(XYChart chart, TimeAxis axis) {
      double[] positions = new double[values.length];
      Arrays.setAll(positions, i -> axis.position(firstRow + i));
      XYSeries line = chart.addSeries(name, positions, values);
      line.setLineColor(color);
      line.setMarkerColor(color);
      line.setLineStyle(stroke);
      line.setMarker(marker == null ? SeriesMarkers.NONE : marker);
    }
  }

  private int shownHistory() {
    return Math.max(LEAST_HISTORY, HISTORY_HORIZONS * forecast.length);
  }
}
