package dev.refrain.cli.chart;

import java.awt.Color;
import java.awt.Graphics2D;
import java.util.List;

/** One chart, or several side by side, as one picture. */
public final class Figure extends Picture {
  private static final int SINGLE_WIDTH = 1000;
  private static final int PANEL_WIDTH = 720;
  private static final int HEIGHT = 560;

  private final List<LineChart> charts;

  /**
   * Puts charts together.
   *
   * @param charts from left to right, at least one
   */
  public Figure(LineChart... charts) {
    super(charts.length == 1 ? SINGLE_WIDTH : charts.length * PANEL_WIDTH, HEIGHT);
    this.charts = List.of(charts);
  }

  @Override
  void draw(Graphics2D graphics) {
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width(), height());
    int panelWidth = width() / charts.size();
    for (int i = 0; i < charts.size(); i++) {
      Graphics2D panel = (Graphics2D) graphics.create();
      panel.translate(i * panelWidth, 0);
      charts.get(i).draw(panel, panelWidth, HEIGHT);
      panel.dispose();
    }
  }
}
