package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said on stderr: nothing with {@code --quiet}, where it computes once without. */
class QuietTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train airline-passengers.csv --steps 2 --units 4 --out o --quiet",
        "forecast airline-passengers.csv --steps 2 --units 4 --quiet",
        "backtest airline-passengers.csv --steps 2 --units 4 --origins 1 --seeds 1 --quiet",
        "word2vec words.txt -o v.txt --dimensions 4 --min-count 1 --quiet",
        "tsne v.txt --iterations 20 --perplexity 2 --quiet",
        "tutorial sine --neurons 4 --iterations 2",
        "export v.safetensors w.npz",
      })
  void nothing(String words) throws Exception {
    Files.writeString(folder.resolve("words.txt"), "one two three four five six seven ".repeat(50));
    if (words.startsWith("tsne")) {
      run("word2vec words.txt -o v.txt --dimensions 4 --min-count 1 --quiet").endedWith(0);
    }
    if (words.startsWith("export")) {
      run("train airline-passengers.csv --steps 2 --units 4 --out t --quiet").endedWith(0);
      Files.move(folder.resolve("t/model.safetensors"), folder.resolve("v.safetensors"));
    }
    assertEquals("", run(words).endedWith(0).err());
  }

  @Test
  void whereItComputesIsSaidOnceInAShortLine() throws Exception {
    Refrain run =
        run("train airline-passengers.csv --steps 2 --units 4 --out o --json").endedWith(0);
    String[] lines =
        run.err().lines().filter(line -> line.contains("computing on")).toArray(String[]::new);
    assertEquals(1, lines.length, run.err());
    assertTrue(lines[0].length() <= 100, lines[0]);
  }

  private Refrain run(String words) throws Exception {
    return Refrain.run(folder, words.split(" "));
  }
}
