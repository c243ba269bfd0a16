package dev.refrain.cli.chart;

import dev.refrain.cli.chart.LabelLayout.Box;
import dev.refrain.cli.chart.LabelLayout.Line;
import dev.refrain.cli.chart.LabelLayout.Place;
import dev.refrain.io.AtomicFiles;
import dev.refrain.projection.Projection;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.LineMetrics;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * Words in the plane: a dot each, and its word beside it where there is room. Earlier words choose
 * their places first and are written larger; words for which there is no room are left out and
 * listed in {@link #leftOut}.
 */
public final class EmbeddingChart {
  private static final int SIZE = 1600;

  /** Pixels of the PNG to a unit, so that it stays sharp on dense screens. */
  private static final int PNG_SCALE = 2;

  private static final double BORDER = 24;
  private static final double HEADER = 64;

  /** From the dots to the border, so that labels have room around them. */
  private static final double MARGIN = 56;

  private static final double LARGEST_DOT_RADIUS = 2.4;
  private static final double SMALLEST_DOT_RADIUS = 0.8;

  /**
   * Where there are more words than this, dots shrink, and the words behind have dots alone: these
   * keep no labels away, since they are everywhere.
   */
  public static final int MOST_LABELS = 2000;

  private static final double LARGEST_LABEL = 17;
  private static final double SMALLEST_LABEL = 12;
  private static final int MOST_ROUNDS = 6;

  /** Few are one in so many. */
  private static final int FEW = 20;

  private static final int LONGEST_LABEL = 24;
  private static final double TITLE_SIZE = 26;
  private static final double SUBTITLE_SIZE = 16;

  private static final Color INK = new Color(0x1F, 0x24, 0x2A);
  private static final Color FAINT = new Color(0x6B, 0x72, 0x7B);
  private static final Color LINE = new Color(0x9A, 0xA1, 0xA9);
  private static final Color DOT = new Color(0x00, 0x72, 0xB2);
  private static final Color UNLABELLED_DOT = new Color(0x8C, 0xBF, 0xE6);

  static {
    // Without this AWT looks for a screen, and fails on a server that has none.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private final String title;
  private final String subtitle;
  private final List<String> words;
  private final double[] x;
  private final double[] y;
  private final double dotRadius;
  private List<Label> labels;

  /** A word as it is drawn; where {@code place} is null, its dot alone. */
  private record Label(String text, double size, double ascent, Place place) {}

  /**
   * Begins a chart.
   *
   * @param title stands above
   * @param words at least one, the most important first
   * @param projection as many points as words
   * @throws IllegalArgumentException if there is no word, or the numbers differ
   */
  public EmbeddingChart(String title, List<String> words, Projection projection) {
    this(
        title,
        String.format(
            Locale.ROOT,
            "%,d words, t-SNE, KL divergence %.3f after %,d iterations",
            words.size(),
            projection.klDivergence(),
            projection.iterations()),
        words,
        places(projection, true),
        places(projection, false));
  }

  EmbeddingChart(String title, String subtitle, List<String> words, double[] x, double[] y) {
    if (words.isEmpty() || words.size() != x.length || words.size() != y.length) {
      throw new IllegalArgumentException(
          "%d words for %d points; give as many of both, at least one"
              .formatted(words.size(), x.length));
    }
    this.title = title;
    this.subtitle = subtitle;
    this.words = List.copyOf(words);
    this.x = x.clone();
    this.y = y.clone();
    this.dotRadius =
        Math.max(
            SMALLEST_DOT_RADIUS,
            LARGEST_DOT_RADIUS * Math.min(1, Math.sqrt((double) MOST_LABELS / words.size())));
    fit();
  }

  private static double[] places(Projection projection, boolean alongX) {
    double[] places = new double[projection.size()];
    Arrays.setAll(places, i -> alongX ? projection.x(i) : projection.y(i));
    return places;
  }

  /** Scales both axes alike, so that distances stay true, and turns y upwards. */
  private void fit() {
    double lowX = Arrays.stream(x).min().orElseThrow();
    double highX = Arrays.stream(x).max().orElseThrow();
    double lowY = Arrays.stream(y).min().orElseThrow();
    double highY = Arrays.stream(y).max().orElseThrow();
    double width = SIZE - 2 * (BORDER + MARGIN);
    double height = SIZE - HEADER - 2 * BORDER - MARGIN;
    double scale = Math.min(width / (highX - lowX), height / (highY - lowY));
    if (!Double.isFinite(scale)) {
      scale = 1;
    }
    double middleX = SIZE / 2.0;
    double middleY = BORDER + HEADER + height / 2;
    for (int i = 0; i < x.length; i++) {
      x[i] = middleX + scale * (x[i] - (lowX + highX) / 2);
      y[i] = middleY - scale * (y[i] - (lowY + highY) / 2);
    }
  }

  /**
   * Words for which there was no room, in order; their dots are pale.
   *
   * @throws IOException if this machine has no fonts
   */
  public List<String> leftOut() throws IOException {
    List<String> leftOut = new ArrayList<>();
    List<Label> all = labels();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).place == null) {
        leftOut.add(words.get(i));
      }
    }
    return leftOut;
  }

  /**
   * Draws into a PNG file of 3200 by 3200 pixels.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public void writePng(Path file) throws IOException {
    List<Label> all = labels();
    BufferedImage image =
        new BufferedImage(SIZE * PNG_SCALE, SIZE * PNG_SCALE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.scale(PNG_SCALE, PNG_SCALE);
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, SIZE, SIZE);
    paint(graphics, all);
    graphics.dispose();
    AtomicFiles.write(file, out -> ImageIO.write(image, "png", out));
  }

  private void paint(Graphics2D graphics, List<Label> all) {
    text(graphics, INK, font(Font.BOLD, TITLE_SIZE), title, BORDER, titleBaseline());
    text(graphics, FAINT, font(Font.PLAIN, SUBTITLE_SIZE), subtitle, BORDER, subtitleBaseline());
    graphics.setStroke(new BasicStroke(0.8f));
    // Pale dots first, so that they lie under the others.
    for (int i = all.size() - 1; i >= 0; i--) {
      Label label = all.get(i);
      if (label.place != null && label.place.line() != null) {
        Line line = label.place.line();
        graphics.setColor(LINE);
        graphics.draw(new Line2D.Double(line.fromX(), line.fromY(), line.toX(), line.toY()));
      }
      graphics.setColor(label.place == null ? UNLABELLED_DOT : DOT);
      graphics.fill(
          new Ellipse2D.Double(x[i] - dotRadius, y[i] - dotRadius, 2 * dotRadius, 2 * dotRadius));
    }
    for (Label label : all) {
      if (label.place != null) {
        Box box = label.place.box();
        Font font = font(Font.PLAIN, label.size);
        text(graphics, INK, font, label.text, box.left(), box.top() + label.ascent);
      }
    }
  }

  private static void text(
      Graphics2D graphics, Color color, Font font, String text, double left, double baseline) {
    graphics.setColor(color);
    graphics.setFont(font);
    graphics.drawString(text, (float) left, (float) baseline);
  }

  /**
   * Draws into an SVG file. Words are text, that can be searched and copied, stretched to the width
   * that they were given room for, whatever font the viewer has.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public void writeSvg(Path file) throws IOException {
    SvgText svg = new SvgText(SIZE, SIZE);
    svg.text(INK, "bold", TITLE_SIZE, title, BORDER, titleBaseline(), 0);
    svg.text(FAINT, "normal", SUBTITLE_SIZE, subtitle, BORDER, subtitleBaseline(), 0);
    List<Label> all = labels();
    // Pale dots first, so that they lie under the others.
    for (int i = all.size() - 1; i >= 0; i--) {
      Label label = all.get(i);
      if (label.place != null && label.place.line() != null) {
        Line line = label.place.line();
        svg.line(LINE, 0.8, line.fromX(), line.fromY(), line.toX(), line.toY());
      }
      svg.circle(label.place == null ? UNLABELLED_DOT : DOT, x[i], y[i], dotRadius);
    }
    for (Label label : all) {
      if (label.place != null) {
        Box box = label.place.box();
        double width = box.right() - box.left();
        svg.text(
            INK, "normal", label.size, label.text, box.left(), box.top() + label.ascent, width);
      }
    }
    AtomicFiles.writeString(file, svg.end());
  }

  private static double titleBaseline() {
    return BORDER + TITLE_SIZE;
  }

  private static double subtitleBaseline() {
    return titleBaseline() + 24;
  }

  private List<Label> labels() throws IOException {
    if (labels == null) {
      try {
        labels = place();
      } catch (InternalError | LinkageError e) {
        throw new IOException(
            "cannot draw the chart: Java finds no fonts on this machine;"
                + " install fontconfig and a font such as DejaVu",
            e);
      }
    }
    return labels;
  }

  /** Where few find no room, these choose first in another round: they were walled in. */
  private List<Label> place() {
    Set<Integer> first = new LinkedHashSet<>();
    List<Label> best = place(first);
    List<Label> last = best;
    for (int round = 0; round < MOST_ROUNDS && countLeftOut(best) > 0; round++) {
      if (countLeftOut(best) > words.size() / FEW) {
        return best;
      }
      for (int i = 0; i < last.size(); i++) {
        if (last.get(i).place == null) {
          first.add(i);
        }
      }
      last = place(first);
      best = countLeftOut(last) < countLeftOut(best) ? last : best;
    }
    return best;
  }

  private static long countLeftOut(List<Label> all) {
    return all.stream().filter(label -> label.place == null).count();
  }

  private List<Label> place(Set<Integer> first) {
    Box canvas = new Box(BORDER, BORDER, SIZE - BORDER, SIZE - BORDER);
    int labelled = Math.min(words.size(), MOST_LABELS);
    LabelLayout layout =
        new LabelLayout(canvas, Arrays.copyOf(x, labelled), Arrays.copyOf(y, labelled), dotRadius);
    layout.reserve(new Box(0, 0, SIZE, BORDER + HEADER));
    Label[] placed = new Label[words.size()];
    for (int i : first) {
      placed[i] = place(layout, i);
    }
    for (int i = 0; i < placed.length; i++) {
      if (placed[i] == null) {
        placed[i] = place(layout, i);
      }
    }
    return List.of(placed);
  }

  private Label place(LabelLayout layout, int rank) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    String text = shown(words.get(rank));
    double size = labelSize(rank);
    Font font = font(Font.PLAIN, size);
    LineMetrics metrics = font.getLineMetrics(text, context);
    double width = font.getStringBounds(text, context).getWidth();
    // Of the height that a font keeps free above its letters, little is needed here.
    double ascent = 0.86 * metrics.getAscent();
    Place place =
        rank < MOST_LABELS
            ? layout.place(x[rank], y[rank], width, ascent + metrics.getDescent())
            : null;
    return new Label(text, size, ascent, place);
  }

  /** From the largest to the smallest by the logarithm of the rank. */
  private double labelSize(int rank) {
    double part = words.size() == 1 ? 0 : Math.log(1 + rank) / Math.log(words.size());
    return LARGEST_LABEL - (LARGEST_LABEL - SMALLEST_LABEL) * part;
  }

  /** Short enough, and without characters that cannot be drawn. */
  private static String shown(String word) {
    String plain = word.replaceAll("\\p{Cntrl}", "?");
    return plain.codePointCount(0, plain.length()) <= LONGEST_LABEL
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "…";
  }

  private static Font font(int weight, double size) {
    return new Font(Font.SANS_SERIF, weight, 1).deriveFont((float) size);
  }
}
