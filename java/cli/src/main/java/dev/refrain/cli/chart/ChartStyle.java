package dev.refrain.cli.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;

/** How all charts look. */
final class ChartStyle {
  static final Color INK = new Color(0x30, 0x36, 0x3D);
  static final Color PAST = new Color(0x6B, 0x72, 0x7B);
  private static final Color GRID = new Color(0xE3, 0xE6, 0xEA);

  // Okabe and Ito's palette, which colour-blind readers can tell apart.
  static final Color BLACK = new Color(0x00, 0x00, 0x00);
  static final Color VERMILION = new Color(0xD5, 0x5E, 0x00);
  static final Color BLUE = new Color(0x00, 0x72, 0xB2);
  static final Color GREEN = new Color(0x00, 0x9E, 0x73);
  static final Color PURPLE = new Color(0xCC, 0x79, 0xA7);
  static final Color SKY = new Color(0x56, 0xB4, 0xE9);
  static final Color ORANGE = new Color(0xE6, 0x9F, 0x00);

  static final BasicStroke HAIR = stroke(1.2f);
  static final BasicStroke THIN = stroke(1.6f);
  static final BasicStroke THICK = stroke(2.6f);
  static final BasicStroke DASHED =
      new BasicStroke(
          1.6f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {7, 4}, 0);
  static final BasicStroke DOTTED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {2, 4}, 0);

  static final int LARGEST_TITLE_SIZE = 18;
  private static final int SMALLEST_TITLE_SIZE = 11;
  private static final double TITLE_SHARE = 0.84;

  private static final double SMALLEST_PLAIN = 1e-3;
  private static final double LARGEST_PLAIN = 1e7;

  /** What fits the height of a chart. */
  private static final int LONGEST_NAME = 50;

  private ChartStyle() {}

  /** Colours of lines that are alike, in their order. */
  static List<Color> palette() {
    return List.of(BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK);
  }

  static void apply(XYStyler style) {
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setChartFontColor(INK);
    style.setChartPadding(16);
    style.setChartTitleBoxVisible(false);
    style.setChartTitlePadding(14);
    style.setAxisTitleFont(font(Font.PLAIN, 14));
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
    style.setAnnotationLineColor(PAST);
    style.setAnnotationLineStroke(DOTTED);
    style.setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right);
  }

  /** As large as the width of the chart allows. */
  static Font titleFont(String title, int width) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    Font font = font(Font.BOLD, LARGEST_TITLE_SIZE);
    double length = font.getStringBounds(title, context).getWidth();
    double size = LARGEST_TITLE_SIZE * Math.min(1, TITLE_SHARE * width / length);
    return font(Font.BOLD, (int) Math.max(SMALLEST_TITLE_SIZE, size));
  }

  /** Plain numbers where they are short enough, else powers of ten. */
  static DecimalFormat valueFormat(double... values) {
    double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
    boolean plain = largest == 0 || (largest >= SMALLEST_PLAIN && largest < LARGEST_PLAIN);
    return format(plain ? "#,##0.######" : "0.###E0");
  }

  /** Positions along an axis: without the commas that XChart would set a little higher. */
  static DecimalFormat positionFormat() {
    return format("0.######");
  }

  /** Numbers of one digit on a scale of powers: plain ones, if none is too long for that. */
  static DecimalFormat powerFormat(double lowest, double highest) {
    return format(lowest >= 1e-6 && highest < LARGEST_PLAIN ? "#,##0.######" : "0E0");
  }

  private static DecimalFormat format(String pattern) {
    return new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT));
  }

  /** A name that fits beside its axis. */
  static String axisName(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 1) + "…";
  }

  static Font font(int weight, int size) {
    return new Font(Font.SANS_SERIF, weight, size);
  }

  /** Draws letters as shapes, so that an SVG looks the same where other fonts are. */
  static void drawText(Graphics2D graphics, Font font, String text, double x, double y) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    graphics.fill(font.createGlyphVector(context, text).getOutline((float) x, (float) y));
  }

  private static BasicStroke stroke(float width) {
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }
}
