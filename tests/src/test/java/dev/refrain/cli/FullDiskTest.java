package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A disk that fills up: no file may grow beyond 48 KB there. */
class FullDiskTest {
  private static final List<String> LIMITED =
      List.of("bash", "-c", "ulimit -f 48; exec \"$@\"", "limited");

  @TempDir private Path folder;

  /**
   * Written once, then again with another seed and no room for the file that is named; which
   * picture is too large first is up to the fonts.
   */
  @ParameterizedTest
  @CsvSource({
    "model.safetensors, forecast airline-passengers.csv --steps 2 --members 1 --units 96",
    "forecast.csv, forecast airline-passengers.csv --steps 2 --members 1 --units 4 --horizon 3000",
    "fleet-forecast.csv, forecast airline-passengers.csv --fleet --steps 2 --horizon 3000",
    "fleet-checkpoint.safetensors, forecast airline-passengers.csv --fleet --steps 2 --units 96",
    "checkpoint.safetensors, train airline-passengers.csv --steps 2 --units 64 --resume",
    "'', tutorial sine --cell lstm --iterations 2"
  })
  void whatWasThereStaysWhole(String named, String command) throws Exception {
    String[] words = (command + " --out o --seed ").split(" ");
    Refrain.run(folder, with(words, "1")).endedWith(0);
    // Only the same training goes on; it would write the same bits.
    boolean resuming = command.startsWith("train");
    String[] again = resuming ? more(words) : with(words, "2");
    Map<String, byte[]> before = files();
    Refrain run = Refrain.start(folder, LIMITED, again).await().endedWith(1);
    Matcher matcher = Pattern.compile("cannot write (\\S+):").matcher(run.err());
    assertTrue(matcher.find(), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    String failed = matcher.group(1);
    assertTrue(failed.endsWith(named), () -> failed + " in " + run.err());
    Map<String, byte[]> after = files();
    assertArrayEquals(before.get(failed), after.get(failed));
    Set<String> expected = new TreeSet<>(before.keySet());
    if (named.equals("fleet-forecast.csv")) {
      expected.add("o/fleet-checkpoint.safetensors"); // What was learnt is kept to go on from.
    }
    assertEquals(expected, after.keySet(), "something is lost, or left half written");
  }

  private static String[] with(String[] words, String last) {
    return Stream.concat(Stream.of(words), Stream.of(last)).toArray(String[]::new);
  }

  private static String[] more(String[] words) {
    return String.join(" ", with(words, "1")).replace("--steps 2", "--steps 4").split(" ");
  }

  /** By their paths, as messages write them. */
  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder.resolve("o"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  /** A heap that is too small is a failure with a sentence, too. */
  @Test
  void aFullMemoryIsSaid() throws Exception {
    StringBuilder text = new StringBuilder("shop,sales\n");
    for (int t = 0; t < 400_000; t++) {
      text.append("shop").append(t % 10).append(',').append(t * 7919L % 100_003).append('\n');
    }
    Files.writeString(folder.resolve("big.csv"), text);
    Refrain run =
        Refrain.start(
                folder,
                List.of("env", "JAVA_TOOL_OPTIONS=-Xmx32m"),
                "forecast big.csv --fleet --units 7".split(" "))
            .await()
            .endedWith(1);
    assertTrue(run.err().contains("Java's memory of"), run.err());
    assertTrue(run.err().contains("lower --units 7, or give it more"), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }
}
