package dev.refrain.cli.chart;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Words as points in the plane. A word stands beside its point where it covers no other word and no
 * point; where there is no such place, which the first words seek first, the point stands alone.
 */
public final class WordMap extends Picture {
  private static final int SIZE = 1400;
  private static final int MARGIN = 60;
  private static final int FONT_SIZE = 11;
  private static final double RADIUS = 1.8;
  private static final double GAP = 3;

  /** Where a word may stand: its lower left corner is moved by these shares of its size. */
  private static final double[][] PLACES = {
    {0, 0.35}, {-1, 0.35}, {-0.5, 0}, {-0.5, 1}, {0, 0}, {0, 1}, {-1, 0}, {-1, 1}
  };

  private final List<String> words;
  private final double[] x;
  private final double[] y;

  /**
   * Lays words out.
   *
   * @param words the most important first
   * @param x [words] of their points
   * @param y [words]
   */
  public WordMap(List<String> words, double[] x, double[] y) {
    super(SIZE, SIZE);
    if (x.length != words.size() || y.length != words.size() || words.isEmpty()) {
      throw new IllegalArgumentException(
          "%d words with %d and %d coordinates".formatted(words.size(), x.length, y.length));
    }
    this.words = List.copyOf(words);
    this.x = scaled(x, false);
    this.y = scaled(y, true);
  }

  private static double[] scaled(double[] values, boolean upwards) {
    double low = Arrays.stream(values).min().orElseThrow();
    double high = Arrays.stream(values).max().orElseThrow();
    double range = high > low ? high - low : 1;
    return Arrays.stream(values)
        .map(value -> (value - low) / range)
        .map(share -> MARGIN + (SIZE - 2 * MARGIN) * (upwards ? 1 - share : share))
        .toArray();
  }

  @Override
  void draw(Graphics2D graphics) {
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, SIZE, SIZE);
    graphics.setColor(ChartStyle.BLUE);
    for (int i = 0; i < words.size(); i++) {
      graphics.fill(new Ellipse2D.Double(x[i] - RADIUS, y[i] - RADIUS, 2 * RADIUS, 2 * RADIUS));
    }
    Font font = ChartStyle.font(Font.PLAIN, FONT_SIZE);
    graphics.setFont(font);
    graphics.setColor(ChartStyle.INK);
    List<Rectangle2D> boxes = boxes(font);
    for (int i = 0; i < words.size(); i++) {
      if (boxes.get(i) != null) {
        Rectangle2D box = boxes.get(i);
        float baseline = (float) (box.getMaxY() - 0.25 * box.getHeight());
        graphics.drawString(words.get(i), (float) box.getX(), baseline);
      }
    }
  }

  /** Where each word stands; null for those that find no place. */
  List<Rectangle2D> boxes(Font font) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    List<Rectangle2D> boxes = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      Rectangle2D size = font.getStringBounds(words.get(i), context);
      Rectangle2D found = null;
      for (double[] place : PLACES) {
        Rectangle2D box = box(i, size, place);
        if (isFree(box, boxes)) {
          found = box;
          break;
        }
      }
      boxes.add(found);
    }
    return boxes;
  }

  private Rectangle2D box(int word, Rectangle2D size, double[] place) {
    double left = x[word] + place[0] * size.getWidth();
    double top = y[word] + (place[1] - 1) * size.getHeight();
    double aside = place[0] == 0 ? GAP : (place[0] == -1 ? -GAP : 0);
    double above = place[1] == 0 ? -GAP : (place[1] == 1 ? GAP : 0);
    return new Rectangle2D.Double(left + aside, top + above, size.getWidth(), size.getHeight());
  }

  private boolean isFree(Rectangle2D box, List<Rectangle2D> taken) {
    if (box.getX() < 0 || box.getY() < 0 || box.getMaxX() > SIZE || box.getMaxY() > SIZE) {
      return false;
    }
    for (int i = 0; i < x.length; i++) {
      if (box.contains(x[i], y[i])) {
        return false;
      }
    }
    return taken.stream().noneMatch(other -> other != null && other.intersects(box));
  }
}
