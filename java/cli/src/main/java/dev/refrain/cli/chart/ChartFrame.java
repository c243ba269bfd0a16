package dev.refrain.cli.chart;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.util.List;
import org.knowm.xchart.XYChart;

/** What stands around a plot: the title above it, and below it a legend of our own. */
final class ChartFrame {
  private static final int TITLE_BASELINE = 42;
  private static final int TITLE_HEIGHT = 52;
  private static final int LEGEND_GAP = 8;

  private ChartFrame() {}

  /** A plot without title and legend. */
  @FunctionalInterface
  interface Plot {
    XYChart of(int width, int height);
  }

  /** Draws title, plot and legend from the origin on. */
  static void draw(
      Graphics2D graphics,
      String title,
      int width,
      int height,
      List<Legend.Entry> entries,
      Plot plot) {
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    Font titleFont = ChartStyle.titleFont(title, width);
    graphics.setColor(ChartStyle.INK);
    double titleWidth =
        titleFont.getStringBounds(title, new FontRenderContext(null, true, true)).getWidth();
    ChartStyle.drawText(graphics, titleFont, title, (width - titleWidth) / 2, TITLE_BASELINE);
    Legend legend = new Legend(entries, width);
    int plotHeight = height - TITLE_HEIGHT - legend.height() - 2 * LEGEND_GAP;
    Graphics2D below = (Graphics2D) graphics.create();
    below.translate(0, TITLE_HEIGHT);
    XYChart chart = plot.of(width, plotHeight);
    chart.getStyler().setChartTitleVisible(false).setLegendVisible(false);
    chart.paint(below, width, plotHeight);
    below.dispose();
    legend.draw(graphics, height - legend.height() - LEGEND_GAP - LEGEND_GAP / 2);
  }
}
