package dev.refrain.cli.chart;

import java.awt.Color;
import java.util.Locale;

/** Writes a picture of dots, lines and words as SVG. */
final class SvgText {
  private static final String FONTS = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

  private final StringBuilder out = new StringBuilder();

  /** Begins an empty white picture. */
  SvgText(int width, int height) {
    add("<?xml version=\"1.0\" encoding=\"UTF-8\"?>%n");
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " viewBox=\"0 0 %d %d\" font-family=\"%s\">%n",
        width, height, width, height, FONTS);
    add("<rect width=\"100%%\" height=\"100%%\" fill=\"#FFFFFF\"/>%n");
  }

  void circle(Color color, double x, double y, double radius) {
    add("<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\"/>%n", x, y, radius, name(color));
  }

  void line(Color color, double width, double fromX, double fromY, double toX, double toY) {
    add(
        "<path d=\"M%.2f %.2fL%.2f %.2f\" stroke=\"%s\" stroke-width=\"%.2f\"/>%n",
        fromX, fromY, toX, toY, name(color), width);
  }

  /**
   * Adds a line of text.
   *
   * @param width to stretch it to, or 0 to leave it as wide as the viewer's font makes it
   */
  void text(
      Color color,
      String weight,
      double size,
      String text,
      double left,
      double baseline,
      double width) {
    add(
        "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" font-weight=\"%s\" fill=\"%s\"",
        left, baseline, size, weight, name(color));
    if (width > 0) {
      add(" textLength=\"%.2f\" lengthAdjust=\"spacingAndGlyphs\"", width);
    }
    out.append('>').append(escaped(text)).append("</text>\n");
  }

  /** Ends the picture and returns it. */
  String end() {
    return out.append("</svg>\n").toString();
  }

  private void add(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format.replace("%n", "\n"), values));
  }

  private static String name(Color color) {
    return String.format("#%06X", color.getRGB() & 0xFFFFFF);
  }

  /** Text as XML takes it; what XML has no place for at all becomes a question mark. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                default -> escaped.appendCodePoint(isAllowed(c) ? c : '?');
              }
            });
    return escaped.toString();
  }

  private static boolean isAllowed(int c) {
    return c >= 0x20 && c != 0xFFFE && c != 0xFFFF && (c < 0xD800 || c > 0xDFFF);
  }
}
