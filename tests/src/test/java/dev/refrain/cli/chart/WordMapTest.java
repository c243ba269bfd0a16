package dev.refrain.cli.chart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordMapTest {
  private static final Font FONT = ChartStyle.font(Font.PLAIN, 11);

  @TempDir private Path folder;

  private static WordMap map(int count, double spread) {
    Random random = new Random(1);
    List<String> words = new ArrayList<>();
    double[] x = new double[count];
    double[] y = new double[count];
    for (int i = 0; i < count; i++) {
      words.add("word" + i);
      // a dense heap and a few far away
      x[i] = i % 50 == 0 ? random.nextDouble() : spread * random.nextGaussian();
      y[i] = i % 50 == 0 ? random.nextDouble() : spread * random.nextGaussian();
    }
    return new WordMap(words, x, y);
  }

  @Test
  void wordsDoNotPileUp() {
    List<Rectangle2D> boxes = map(500, 0.05).boxes(FONT);
    List<Rectangle2D> placed = boxes.stream().filter(box -> box != null).toList();
    for (int i = 0; i < placed.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertFalse(placed.get(i).intersects(placed.get(j)), i + " and " + j);
      }
    }
    assertTrue(placed.size() > 50, placed.size() + " words found a place");
  }

  @Test
  void allWordsStandWhereThereIsRoom() {
    List<Rectangle2D> boxes = map(40, 1).boxes(FONT);
    assertEquals(40, boxes.stream().filter(box -> box != null).count());
  }

  @Test
  void drawsBothFiles() throws Exception {
    WordMap map = map(30, 1);
    map.writePng(folder.resolve("map.png"));
    map.writeSvg(folder.resolve("map.svg"));
    assertTrue(Files.size(folder.resolve("map.png")) > 10_000);
    assertTrue(Files.readString(folder.resolve("map.svg")).contains("<svg"));
  }
}
