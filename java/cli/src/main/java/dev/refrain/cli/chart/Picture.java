package dev.refrain.cli.chart;

import dev.refrain.io.AtomicFiles;
import java.awt.Dimension;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.w3c.dom.Document;

/** What can be drawn into a PNG and into an SVG file, the same in both, also without a screen. */
public abstract class Picture {
  private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

  /** Pixels of the PNG to a unit, so that it stays sharp on dense screens. */
  private static final int PNG_SCALE = 2;

  static {
    // Without this AWT looks for a screen, and fails on a server that has none.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private final int width;
  private final int height;

  /**
   * Begins a picture.
   *
   * @param width in units, pixels of the SVG
   * @param height in units
   */
  Picture(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /** Draws everything. */
  abstract void draw(Graphics2D graphics);

  final int width() {
    return width;
  }

  final int height() {
    return height;
  }

  /**
   * Draws into a PNG file, two pixels to a unit.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public final void writePng(Path file) throws IOException {
    BufferedImage image =
        new BufferedImage(width * PNG_SCALE, height * PNG_SCALE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.scale(PNG_SCALE, PNG_SCALE);
    paint(graphics);
    graphics.dispose();
    AtomicFiles.write(file, out -> ImageIO.write(image, "png", out));
  }

  /**
   * Draws into an SVG file. Letters are drawn as shapes, so that it looks the same everywhere.
   *
   * @param file written whole or not at all
   * @throws IOException if it cannot be written or this machine has no fonts
   */
  public final void writeSvg(Path file) throws IOException {
    SVGGraphics2D graphics = new SVGGraphics2D(emptySvg());
    graphics.setSVGCanvasSize(new Dimension(width, height));
    paint(graphics);
    AtomicFiles.write(
        file,
        out -> {
          Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
          graphics.stream(writer, true);
          writer.flush();
        });
  }

  private void paint(Graphics2D graphics) throws IOException {
    try {
      draw(graphics);
    } catch (InternalError | LinkageError e) {
      throw new IOException(
          "cannot draw the chart: Java finds no fonts on this machine;"
              + " install fontconfig and a font such as DejaVu",
          e);
    }
  }

  private static Document emptySvg() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(SVG_NAMESPACE, "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this Java has no XML parser", e);
    }
  }
}
