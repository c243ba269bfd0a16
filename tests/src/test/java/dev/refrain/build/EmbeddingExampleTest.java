package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Engines;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * The example of embedding, as a user would have it: ten lines, compiled and run with Refrain and
 * its two dependencies alone.
 */
class EmbeddingExampleTest {
  private static final Path SOURCE = Path.of("docs/examples/NextYear.java");
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir private Path folder;

  @Test
  void tenLinesForecastAYear() throws Exception {
    Path source = Path.of(System.getProperty("refrain.root")).resolve(SOURCE);
    assertEquals(10, Files.readAllLines(source).size());
    String classPath =
        Stream.of(Engines.class, Loader.class, Logger.class)
            .map(EmbeddingExampleTest::origin)
            .collect(Collectors.joining(File.pathSeparator));
    run("bin/javac", "-cp", classPath, "-d", folder.toString(), source.toString());
    List<String> words = new ArrayList<>();
    if (Runtime.version().feature() >= 22) {
      words.add("--enable-native-access=ALL-UNNAMED");
    }
    words.add(
        "-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty("org.bytedeco.javacpp.cachedir"));
    words.addAll(List.of("-cp", classPath + File.pathSeparator + folder, "NextYear"));
    double[] months = new double[60];
    Arrays.setAll(months, t -> 100 + t + 20 * Math.sin(2 * Math.PI * t / 12));
    Arrays.stream(months).mapToObj(Double::toString).forEach(words::add);
    String said = run("bin/java", words.toArray(String[]::new));
    String line = said.lines().filter(each -> each.startsWith("[")).findFirst().orElseThrow();
    double[] forecast =
        Arrays.stream(line.substring(1, line.length() - 1).split(", ", -1))
            .mapToDouble(Double::parseDouble)
            .toArray();
    assertEquals(12, forecast.length);
    for (int step = 0; step < 12; step++) {
      double expected = 160 + step + 20 * Math.sin(2 * Math.PI * (60 + step) / 12);
      assertEquals(expected, forecast[step], 15);
    }
  }

  /** What users read and copy is what is compiled here. */
  @Test
  void theReadmeShowsTheSameLines() throws Exception {
    Path root = Path.of(System.getProperty("refrain.root"));
    String shown = "```java\n" + Files.readString(root.resolve(SOURCE)) + "```\n";
    assertTrue(Files.readString(root.resolve("README.md")).contains(shown), shown);
  }

  private String run(String program, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(JAVA_HOME.resolve(program).toString()));
    words.addAll(List.of(arguments));
    Command command = Command.run(folder, Map.of(), words);
    assertEquals(0, command.exitCode(), command.output());
    assertTrue(!command.output().contains("\tat "), command.output());
    return command.output();
  }

  /** The jar or folder that a class came from. */
  private static String origin(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
