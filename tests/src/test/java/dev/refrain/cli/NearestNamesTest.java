package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
  private static final List<String> KNOWN = List.of("adamw", "adagrad", "adam", "sgd");

  @Test
  void nearestNamesComeFirstAndFarOnesNotAtAll() {
    assertEquals(List.of("adam", "adamw"), NearestNames.of("adam", KNOWN));
    assertEquals(List.of("adam"), NearestNames.of("ADAN", KNOWN));
    assertEquals(List.of("adagrad"), NearestNames.of("adargad", KNOWN));
    assertEquals(List.of(), NearestNames.of("newton", KNOWN));
  }

  @Test
  void suggestionsAreWorded() {
    assertEquals("did you mean 'sgd'?", NearestNames.suggestion("sdg", KNOWN));
    assertEquals("did you mean 'adam' or 'adamw'?", NearestNames.suggestion("adam", KNOWN));
    assertEquals(
        "choose one of 'adamw', 'adagrad', 'adam', 'sgd'",
        NearestNames.suggestion("newton", KNOWN));
  }
}
