package dev.refrain.cli.chart;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.List;

/** One chart, or several beside and below each other, as one picture. */
public final class Figure extends Picture {
  private static final int SINGLE_WIDTH = 1000;
  private static final int PANEL_WIDTH = 720;
  private static final int HEIGHT = 560;

  private static final int SMALL_WIDTH = 560;
  private static final int SMALL_HEIGHT = 400;

  private final List<LineChart> charts;
  private final int perRow;

  /**
   * Puts charts together.
   *
   * @param charts from left to right, at least one
   */
  public Figure(LineChart... charts) {
    super(charts.length == 1 ? SINGLE_WIDTH : charts.length * PANEL_WIDTH, HEIGHT);
    this.charts = List.of(charts);
    this.perRow = charts.length;
  }

  private Figure(List<LineChart> charts, int perRow) {
    super(perRow * SMALL_WIDTH, (charts.size() + perRow - 1) / perRow * SMALL_HEIGHT);
    this.charts = charts;
    this.perRow = perRow;
  }

  /**
   * Puts smaller charts together, two in a row; a single one is drawn as large as by itself.
   *
   * @param charts at least one
   */
  public static Figure pairs(LineChart... charts) {
    return charts.length == 1 ? new Figure(charts) : new Figure(List.of(charts), 2);
  }

  @Override
  void draw(Graphics2D graphics) {
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width(), height());
    int panelWidth = width() / perRow;
    int panelHeight = height() / ((charts.size() + perRow - 1) / perRow);
    for (int i = 0; i < charts.size(); i++) {
      Graphics2D panel = (Graphics2D) graphics.create();
      panel.translate(i % perRow * panelWidth, i / perRow * panelHeight);
      charts.get(i).draw(panel, panelWidth, panelHeight);
      panel.dispose();
    }
  }
}
