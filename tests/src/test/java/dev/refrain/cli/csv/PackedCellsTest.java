package dev.refrain.cli.csv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Cells come out as they went in. */
class PackedCellsTest {
  @Test
  void cellsAreKeptAsTheyAre() {
    List<String> cells = List.of("", "Käse – 5 €", " 1.5 ", "", "\uD83D\uDE00", "x".repeat(70_000));
    PackedCells packed = PackedCells.of(cells);
    assertEquals(cells.size(), packed.size());
    for (int i = 0; i < cells.size(); i++) {
      assertEquals(cells.get(i), packed.get(i));
    }
    assertEquals("", packed.get(cells.size()));
    assertEquals(0, PackedCells.of(List.of()).size());
    assertEquals("", PackedCells.blank(3).get(2));
    assertEquals(3, PackedCells.blank(3).size());
  }
}
