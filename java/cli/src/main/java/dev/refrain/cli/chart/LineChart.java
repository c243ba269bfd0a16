package dev.refrain.cli.chart;

import dev.refrain.series.TimeIndex;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines and points over numbers or dates: one panel of a {@link Figure}. Each says what it is, and
 * looks the same in all charts; later ones are drawn over earlier ones.
 */
public final class LineChart {
  /** Single points of a line are marked until there are too many of them. */
  private static final int MOST_MARKED_POINTS = 40;

  private static final double MARGIN = 0.02;
  private static final double VALUE_MARGIN = 0.04;

  private final String title;
  private final String xName;
  private final String yName;
  private final List<Line> lines = new ArrayList<>();
  private TimeIndex times;
  private boolean logarithmic;
  private double lowest = Double.NEGATIVE_INFINITY;
  private double highest = Double.POSITIVE_INFINITY;

  /** What a line shows. */
  public enum Role {
    /** What was there before: a grey line. */
    PAST(ChartStyle.PAST, ChartStyle.THIN, null),
    /** What is true: a black line. */
    TRUTH(ChartStyle.BLACK, ChartStyle.THIN, null),
    /** What a network was given: blue circles. */
    INPUT(ChartStyle.BLUE, null, SeriesMarkers.CIRCLE),
    /** What it should have said: black crosses. */
    TARGET(ChartStyle.BLACK, null, SeriesMarkers.CROSS),
    /** What it said, point by point: vermilion diamonds. */
    ANSWER(ChartStyle.VERMILION, null, SeriesMarkers.DIAMOND),
    /** What it said, as a whole: a thick vermilion line. */
    PREDICTION(ChartStyle.VERMILION, ChartStyle.THICK, SeriesMarkers.CIRCLE),
    /** One of several that are alike: a line in the next colour of the palette. */
    ALTERNATIVE(null, ChartStyle.THIN, null);

    private final Color color;
    private final BasicStroke stroke;
    private final Marker marker;

    Role(Color color, BasicStroke stroke, Marker marker) {
      this.color = color;
      this.stroke = stroke;
      this.marker = marker;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Line(String name, Role role, double[] x, double[] y) {}

  /**
   * Begins a chart.
   *
   * @param title stands above
   * @param xName what goes from left to right, with its unit; not shown where there are dates
   * @param yName what goes upwards, with its unit
   */
  public LineChart(String title, String xName, String yName) {
    this.title = title;
    this.xName = xName;
    this.yName = yName;
  }

  /**
   * Adds a line or points.
   *
   * @param name for the legend, unique in the chart
   * @param x at least one value; row numbers where there are dates
   * @param y as many values; what is not finite leaves a hole
   * @return this chart
   * @throws IllegalArgumentException if the lengths differ or are 0, or the name was given before
   */
  public LineChart add(String name, Role role, double[] x, double[] y) {
    if (x.length != y.length || x.length == 0) {
      throw new IllegalArgumentException(
          "'%s' has %d positions and %d values; give equally many, at least one"
              .formatted(name, x.length, y.length));
    }
    if (lines.stream().anyMatch(line -> line.name.equals(name))) {
      throw new IllegalArgumentException("the chart has a line '" + name + "' already");
    }
    lines.add(new Line(name, role, x.clone(), y.clone()));
    return this;
  }

  /** As {@link #add(String, Role, double[], double[])}, at rows {@code first, first + 1, ...}. */
  public LineChart add(String name, Role role, int first, double[] y) {
    double[] x = new double[y.length];
    Arrays.setAll(x, i -> first + i);
    return add(name, role, x, y);
  }

  /** Shows row numbers as the dates of these rows; null for numbers. */
  public LineChart over(TimeIndex newTimes) {
    times = newTimes;
    return this;
  }

  /** Counts upwards in powers; values that are not above 0 leave a hole. */
  public LineChart logarithmic() {
    logarithmic = true;
    return this;
  }

  /**
   * Shows values from {@code low} to {@code high} only. A line that leaves them is cut off, and the
   * legend says so.
   */
  public LineChart within(double low, double high) {
    lowest = low;
    highest = high;
    return this;
  }

  /** Draws title, plot and legend from the origin on. */
  void draw(Graphics2D graphics, int width, int height) {
    if (lines.isEmpty()) {
      throw new IllegalArgumentException("the chart '" + title + "' has no lines");
    }
    List<Legend.Entry> entries = new ArrayList<>();
    // An alternative must not look like a line whose role has a colour of its own.
    List<Color> taken = lines.stream().map(line -> line.role.color).toList();
    List<Color> palette =
        ChartStyle.palette().stream().filter(color -> !taken.contains(color)).toList();
    int alternatives = 0;
    for (Line line : lines) {
      Color color =
          line.role == Role.ALTERNATIVE
              ? palette.get(alternatives++ % palette.size())
              : line.role.color;
      Marker marker = isMarked(line) ? line.role.marker : null;
      entries.add(new Legend.Entry(nameOf(line), color, line.role.stroke, marker));
    }
    ChartFrame.draw(
        graphics,
        title,
        width,
        height,
        entries,
        (plotWidth, plotHeight) -> chart(plotWidth, plotHeight, entries));
  }

  private String nameOf(Line line) {
    for (int i = 0; i < line.y.length; i++) {
      if (line.y[i] < lowest || line.y[i] > highest) {
        return line.name + " (cut off)";
      }
    }
    return line.name;
  }

  private XYChart chart(int width, int height, List<Legend.Entry> entries) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .xAxisTitle(xName)
            .yAxisTitle(ChartStyle.axisName(yName))
            .build();
    ChartStyle.apply(chart.getStyler());
    placeValues(chart);
    TimeAxis axis = placeAxis(chart, width);
    for (int i = 0; i < lines.size(); i++) {
      draw(chart, lines.get(i), axis, entries.get(i));
    }
    if (lines.stream().noneMatch(line -> Arrays.stream(line.y).anyMatch(this::isShown))) {
      chart.addAnnotation(
          new AnnotationText("no value can be shown", width / 2.0, height / 2.0, true));
    }
    return chart;
  }

  /** The whole range of values, and a little more, so that round numbers at its ends are marked. */
  private void placeValues(XYChart chart) {
    double[] values =
        lines.stream()
            .flatMapToDouble(line -> DoubleStream.of(line.y))
            .filter(this::isShown)
            .toArray();
    double low = Arrays.stream(values).min().orElse(0);
    double high = Arrays.stream(values).max().orElse(1);
    if (logarithmic && values.length > 0) {
      new PowerScale(low, high).apply(chart);
      return;
    }
    chart.setCustomYAxisTickLabelsFormatter(ChartStyle.valueFormat(values)::format);
    double margin = high > low ? VALUE_MARGIN * (high - low) : Math.max(1, Math.abs(high)) / 2;
    chart.getStyler().setYAxisMin(low - margin).setYAxisMax(high + margin);
  }

  /** Dates where there are some; else numbers from the smallest to the largest. */
  private TimeAxis placeAxis(XYChart chart, int width) {
    double[] x = lines.stream().flatMapToDouble(line -> DoubleStream.of(line.x)).toArray();
    double first = Arrays.stream(x).min().orElseThrow();
    double last = Arrays.stream(x).max().orElseThrow();
    if (times == null) {
      double margin = last > first ? MARGIN * (last - first) : 0.5;
      chart.getStyler().setXAxisMin(first - margin / 2).setXAxisMax(last + margin);
      chart.setCustomXAxisTickLabelsFormatter(ChartStyle.positionFormat()::format);
      return null;
    }
    TimeAxis axis = new TimeAxis(times, (int) first, (int) last);
    chart
        .getStyler()
        .setXAxisTitleVisible(false)
        .setXAxisMin(axis.min())
        .setXAxisMax(axis.max())
        .setXAxisTickMarkSpacingHint(axis.markSpacing(width));
    chart.setCustomXAxisTickLabelsFormatter(axis::label);
    return axis;
  }

  private void draw(XYChart chart, Line line, TimeAxis axis, Legend.Entry look) {
    double[] x = line.x.clone();
    if (axis != null) {
      Arrays.setAll(x, i -> axis.position((int) line.x[i]));
    }
    double[] y = line.y.clone();
    Arrays.setAll(y, i -> isShown(line.y[i]) ? line.y[i] : Double.NaN);
    if (Arrays.stream(y).allMatch(Double::isNaN)) {
      // XChart takes nothing but holes for zeros, which have no place on a logarithmic axis.
      return;
    }
    XYSeries series = chart.addSeries("line " + lines.indexOf(line), x, y);
    series.setLineColor(look.color());
    series.setMarkerColor(look.color());
    series.setLineStyle(look.stroke() == null ? SeriesLines.NONE : look.stroke());
    series.setMarker(look.marker() == null ? SeriesMarkers.NONE : look.marker());
  }

  private static boolean isMarked(Line line) {
    return line.role.marker != null
        && (line.role.stroke == null || line.x.length <= MOST_MARKED_POINTS);
  }

  private boolean isShown(double value) {
    return Double.isFinite(value)
        && value >= lowest
        && value <= highest
        && (!logarithmic || value > 0);
  }
}
