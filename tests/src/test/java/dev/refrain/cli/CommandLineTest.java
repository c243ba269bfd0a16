package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all commands share. */
class CommandLineTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "-h",
        "forecast --help",
        "doctor -h",
        "nearest --help",
        "analogy --help",
        "evaluate --help",
        "tsne --help",
        "tutorial --help",
        "tutorial lab6 --help",
        "tutorial bare-rnn --help"
      })
  void helpFitsATerminalAndEndsInExamples(String words) throws Exception {
    Refrain help = Refrain.run(folder, words.split(" ")).endedWith(0);
    assertEquals("", help.err());
    List<String> lines = help.out().lines().toList();
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("Usage: refrain")), help.out());
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("Example")), help.out());
    lines.forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void versionIsThatOfTheBuild() throws Exception {
    Refrain version = Refrain.run(folder, "--version").endedWith(0);
    assertEquals("refrain " + System.getProperty("refrain.version"), version.out().strip());
  }

  @Test
  void withoutACommandItShowsHelp() throws Exception {
    Refrain nothing = Refrain.run(folder).endedWith(0);
    assertTrue(nothing.out().contains("forecast"), nothing.out());
  }

  @Test
  void unknownWordsAreRefusedWithTheNearestOnes() throws Exception {
    Refrain.run(folder, "forcast").refused("'forcast'", "did you mean forecast");
    Refrain.run(folder, "forecast", "--windw", "3", "x.csv").refused("'--windw'", "--window");
    Refrain.run(folder, "forecast").refused("'FILE'", "refrain forecast --help");
  }
}
