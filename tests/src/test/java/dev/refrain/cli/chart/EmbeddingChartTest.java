package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.cli.chart.LabelLayout.Box;
import dev.refrain.cli.chart.LabelLayout.Place;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class EmbeddingChartTest {
  private static final double DOT_RADIUS = 2;

  @TempDir private Path folder;

  @Test
  void noLabelCoversAnotherADotOrALine() {
    Random random = new Random(3);
    double[] x = random.doubles(400).map(at -> 50 + 500 * at).toArray();
    double[] y = random.doubles(400).map(at -> 50 + 500 * at * at).toArray();
    Box canvas = new Box(0, 0, 600, 600);
    LabelLayout layout = new LabelLayout(canvas, x, y, DOT_RADIUS);
    Box header = new Box(0, 0, 300, 60);
    layout.reserve(header);
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      Place place = layout.place(x[i], y[i], 10 + 30 * random.nextDouble(), 10);
      if (place != null) {
        places.add(place);
      }
    }
    assertTrue(places.size() > 150 && places.size() < 400, places.size() + " found room");
    assertTrue(places.stream().anyMatch(place -> place.line() != null), "some have lines");
    for (Place place : places) {
      Box box = place.box();
      assertTrue(box.left() >= 0 && box.top() >= 0 && box.right() <= 600 && box.bottom() <= 600);
      assertTrue(!box.overlaps(header));
      for (int i = 0; i < x.length; i++) {
        assertTrue(
            !box.overlaps(new Box(x[i] - 2, y[i] - 2, x[i] + 2, y[i] + 2)), box + " covers " + i);
      }
      for (Place other : places) {
        assertTrue(other.equals(place) || !box.overlaps(other.box()), box + " and " + other.box());
        assertTrue(other.equals(place) || other.line() == null || !box.meets(other.line()));
      }
    }
  }

  @Test
  void linesAreFoundToMeetBoxes() {
    Box box = new Box(10, 10, 20, 20);
    assertTrue(box.meets(new LabelLayout.Line(0, 0, 30, 30)));
    assertTrue(box.meets(new LabelLayout.Line(12, 12, 13, 13)));
    assertTrue(box.meets(new LabelLayout.Line(15, 0, 15, 30)));
    assertTrue(!box.meets(new LabelLayout.Line(0, 0, 9, 9)));
    assertTrue(!box.meets(new LabelLayout.Line(0, 15, 5, 40)));
    assertTrue(!box.meets(new LabelLayout.Line(5, 0, 5, 30)));
  }

  @Test
  void thePicturesShowDotsAndEveryWord() throws Exception {
    List<String> words = List.of("one", "two", "<&>", "größe", "bell\u0007", "x".repeat(60));
    double[] x = {0, 1, 2, 3, 4, 5};
    EmbeddingChart chart = new EmbeddingChart("Title & more", "below", words, x, x);
    assertEquals(List.of(), chart.leftOut());
    Path png = folder.resolve("e.png");
    Path svg = folder.resolve("e.svg");
    chart.writePng(png);
    chart.writeSvg(svg);
    BufferedImage image = ImageIO.read(png.toFile());
    assertEquals(3200, image.getWidth());
    assertEquals(3200, image.getHeight());
    long dots =
        IntStream.range(0, 3200 * 3200)
            .filter(i -> (image.getRGB(i % 3200, i / 3200) & 0xFFFFFF) == 0x0072B2)
            .count();
    // Six discs of radius 2.4 units of two pixels cover 434 pixels, edges are blended.
    assertTrue(dots > 250 && dots < 450, dots + " blue pixels");
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(Files.readAllBytes(svg)))
            .getDocumentElement();
    assertEquals("1600", root.getAttribute("width"));
    assertEquals(6, root.getElementsByTagName("circle").getLength());
    NodeList texts = root.getElementsByTagName("text");
    List<String> shown =
        IntStream.range(0, texts.getLength())
            .mapToObj(i -> texts.item(i).getTextContent())
            .toList();
    assertEquals(
        List.of(
            "Title & more", "below", "one", "two", "<&>", "größe", "bell?", "x".repeat(23) + "…"),
        shown);
  }

  @Test
  void wordsWithoutRoomAreListedAndTheirDotsArePale() throws IOException {
    int count = 2000;
    Random random = new Random(1);
    double[] x = random.doubles(count).toArray();
    double[] y = random.doubles(count).toArray();
    List<String> words = IntStream.range(0, count).mapToObj(i -> "averylongword" + i).toList();
    EmbeddingChart chart = new EmbeddingChart("t", "s", words, x, y);
    List<String> leftOut = chart.leftOut();
    assertTrue(leftOut.size() > 100 && leftOut.size() < count, leftOut.size() + " left out");
    chart.writeSvg(folder.resolve("e.svg"));
    String svg = Files.readString(folder.resolve("e.svg"));
    assertEquals(leftOut.size(), svg.split("#8CBFE6", -1).length - 1);
    assertEquals(count - leftOut.size(), svg.split(">averylongword", -1).length - 1);
  }

  @Test
  void ofVeryManyWordsTheFirstFindRoom() throws IOException {
    int count = 6000;
    Random random = new Random(2);
    double[] x = random.doubles(count).toArray();
    double[] y = random.doubles(count).toArray();
    List<String> words = IntStream.range(0, count).mapToObj(i -> "w" + i).toList();
    List<String> leftOut = new EmbeddingChart("t", "s", words, x, y).leftOut();
    assertTrue(!leftOut.contains("w0") && !leftOut.contains("w300"), leftOut.toString());
    assertTrue(leftOut.contains("w2000"), "later words have no labels");
    assertTrue(count - leftOut.size() > 1000, count - leftOut.size() + " labels");
  }

  @Test
  void theSameWordsAreTheSameFileAndEqualPlacesCanBeDrawn() throws IOException {
    EmbeddingChart same =
        new EmbeddingChart("t", "s", List.of("a", "b"), new double[2], new double[2]);
    for (String name : List.of("a", "b")) {
      same.writeSvg(folder.resolve(name + ".svg"));
      same.writePng(folder.resolve(name + ".png"));
    }
    assertEquals(-1, Files.mismatch(folder.resolve("a.svg"), folder.resolve("b.svg")));
    assertEquals(-1, Files.mismatch(folder.resolve("a.png"), folder.resolve("b.png")));
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new EmbeddingChart("t", "s", List.of("a"), new double[2], new double[2]));
    assertEquals("1 words for 2 points; give as many of both, at least one", refused.getMessage());
  }
}
