package dev.refrain.cli.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.geom.Line2D;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;

/** Says what each line of a chart is: entries in centred rows, as many as the width asks for. */
final class Legend {
  private static final int ROW_HEIGHT = 22;
  private static final int SAMPLE_WIDTH = 32;
  private static final int SAMPLE_GAP = 8;
  private static final int ENTRY_GAP = 26;
  private static final int MARGIN = 24;
  private static final int MARKER_SIZE = 7;
  private static final int AREA_HEIGHT = 14;
  private static final Font FONT = ChartStyle.font(Font.PLAIN, 14);

  private final List<List<Entry>> rows = new ArrayList<>();
  private final int width;

  /**
   * A line of the chart; with neither stroke nor marker, an area.
   *
   * @param stroke null where points alone are drawn
   * @param marker null where the line alone is drawn
   */
  record Entry(String name, Color color, BasicStroke stroke, Marker marker) {
    /** An area that is filled. */
    static Entry area(String name, Color color) {
      return new Entry(name, color, null, null);
    }

    private int width() {
      FontRenderContext context = new FontRenderContext(null, true, true);
      return SAMPLE_WIDTH
          + SAMPLE_GAP
          + (int) Math.ceil(FONT.getStringBounds(name, context).getWidth());
    }
  }

  /** Breaks entries into rows of a chart's width. */
  Legend(List<Entry> entries, int width) {
    this.width = width;
    rows.addAll(broken(entries, entries.size()));
    // As many rows, but none of them almost empty.
    int perRow = (entries.size() + rows.size() - 1) / rows.size();
    List<List<Entry>> even = broken(entries, perRow);
    if (even.size() == rows.size()) {
      rows.clear();
      rows.addAll(even);
    }
  }

  /** Rows that are no wider than the chart, of at most so many entries. */
  private List<List<Entry>> broken(List<Entry> entries, int mostEntries) {
    List<List<Entry>> broken = new ArrayList<>();
    int used = width;
    for (Entry entry : entries) {
      if (used + ENTRY_GAP + entry.width() > width - 2 * MARGIN
          || broken.get(broken.size() - 1).size() == mostEntries) {
        broken.add(new ArrayList<>());
        used = -ENTRY_GAP;
      }
      broken.get(broken.size() - 1).add(entry);
      used += ENTRY_GAP + entry.width();
    }
    return broken;
  }

  int height() {
    return rows.size() * ROW_HEIGHT;
  }

  void draw(Graphics2D graphics, int top) {
    for (int row = 0; row < rows.size(); row++) {
      List<Entry> entries = rows.get(row);
      int length = entries.stream().mapToInt(entry -> entry.width() + ENTRY_GAP).sum() - ENTRY_GAP;
      int x = (width - length) / 2;
      int middle = top + row * ROW_HEIGHT + ROW_HEIGHT / 2;
      for (Entry entry : entries) {
        draw(graphics, entry, x, middle);
        x += entry.width() + ENTRY_GAP;
      }
    }
  }

  private static void draw(Graphics2D graphics, Entry entry, int x, int middle) {
    graphics.setColor(entry.color);
    if (entry.stroke == null && entry.marker == null) {
      graphics.fillRect(x, middle - AREA_HEIGHT / 2, SAMPLE_WIDTH, AREA_HEIGHT);
    }
    if (entry.stroke != null) {
      graphics.setStroke(entry.stroke);
      graphics.draw(new Line2D.Double(x, middle, x + SAMPLE_WIDTH, middle));
    }
    if (entry.marker != null) {
      graphics.setStroke(ChartStyle.THIN);
      entry.marker.paint(graphics, x + SAMPLE_WIDTH / 2.0, middle, MARKER_SIZE);
    }
    graphics.setColor(ChartStyle.INK);
    // Where the letters' middle is, about a third of their size above the baseline.
    ChartStyle.drawText(
        graphics, FONT, entry.name, x + SAMPLE_WIDTH + SAMPLE_GAP, middle + FONT.getSize() / 3.0);
  }
}
