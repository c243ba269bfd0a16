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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * The examples of embedding, as a user would have them: compiled and run with Refrain and its two
 * dependencies alone.
 */
class EmbeddingExampleTest {
  private static final Path ROOT = Path.of(System.getProperty("refrain.root"));
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir private Path folder;

  @Test
  void tenLinesForecastAYear() throws Exception {
    assertEquals(10, Files.readAllLines(source("NextYear")).size());
    double[] months = new double[60];
    Arrays.setAll(months, t -> 100 + t + 20 * Math.sin(2 * Math.PI * t / 12));
    String said =
        output("NextYear", Arrays.stream(months).mapToObj(Double::toString).toArray(String[]::new));
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

  @Test
  void sequencesOfSeveralLengthsAreTold() throws Exception {
    String said = output("SequenceClasses", folder.resolve("classes.safetensors").toString());
    assertTrue(lastNumber(said, "(\\d+) of 32") >= 30, said);
  }

  @Test
  void aStreamIsFollowed() throws Exception {
    String said = output("Streaming");
    assertTrue(lastNumber(said, "largest error (\\S+)") < 0.05, said);
  }

  /**
   * Noise is learnt by heart in a few hundred steps of the 2,000, and what did best before is kept.
   */
  @Test
  void trainingStopsInTime() throws Exception {
    String said = output("StopInTime", folder.resolve("best.safetensors").toString());
    assertTrue(lastNumber(said, "ended at step (\\d+)") < 1_000, said);
    double end = lastNumber(said, "error at the end (\\S+)");
    assertTrue(lastNumber(said, "error of the best (\\S+)") < 0.95 * end, said);
    assertTrue(said.contains("the file holds it: true"), said);
  }

  /** A guess of 0 would lose the variance of a mean of eight numbers, 1/96. */
  @Test
  void kernelsAloneTrainALayer() throws Exception {
    String said = output("BareKernels");
    assertTrue(lastNumber(said, "500 (\\S+)") < 0.05 / 96, said);
  }

  /** What users read and copy is what is compiled here. */
  @Test
  void theReadmeShowsTheSameLines() throws Exception {
    String shown = "```java\n" + Files.readString(source("NextYear")) + "```\n";
    assertTrue(Files.readString(ROOT.resolve("README.md")).contains(shown), shown);
  }

  private static Path source(String name) {
    return ROOT.resolve("docs/examples").resolve(name + ".java");
  }

  private static double lastNumber(String said, String pattern) {
    return Pattern.compile(pattern)
        .matcher(said)
        .results()
        .mapToDouble(found -> Double.parseDouble(found.group(1)))
        .reduce((before, after) -> after)
        .orElseThrow(() -> new AssertionError(said));
  }

  /** Compiles an example and runs it. */
  private String output(String name, String... arguments) throws Exception {
    String classPath =
        Stream.of(Engines.class, Loader.class, Logger.class)
            .map(EmbeddingExampleTest::origin)
            .collect(Collectors.joining(File.pathSeparator));
    run("bin/javac", "-cp", classPath, "-d", folder.toString(), source(name).toString());
    List<String> words = new ArrayList<>();
    if (Runtime.version().feature() >= 22) {
      words.add("--enable-native-access=ALL-UNNAMED");
    }
    words.add(
        "-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty("org.bytedeco.javacpp.cachedir"));
    words.addAll(List.of("-cp", classPath + File.pathSeparator + folder, name));
    words.addAll(List.of(arguments));
    return run("bin/java", words.toArray(String[]::new));
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
