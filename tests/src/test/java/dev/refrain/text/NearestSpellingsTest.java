package dev.refrain.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestSpellingsTest {
  @Test
  void insertionsDeletionsReplacementsAndSwapsCountOne() {
    assertEquals(0, NearestSpellings.editDistance("gru", "gru"));
    assertEquals(1, NearestSpellings.editDistance("gru", "gruu"));
    assertEquals(1, NearestSpellings.editDistance("lstm", "ltm"));
    assertEquals(1, NearestSpellings.editDistance("lstm", "lstn"));
    assertEquals(1, NearestSpellings.editDistance("lstm", "ltsm"));
    assertEquals(3, NearestSpellings.editDistance("kitten", "sitting"));
    assertEquals(4, NearestSpellings.editDistance("", "lstm"));
  }

  @Test
  void earlierWordsComeFirstAmongEquals() {
    assertEquals(
        List.of("car", "cat", "cap"),
        NearestSpellings.of("cab", List.of("dog", "car", "cat", "cap", "can")));
    assertEquals(List.of("Paris"), NearestSpellings.of("parris", List.of("Pretoria", "Paris")));
  }
}
