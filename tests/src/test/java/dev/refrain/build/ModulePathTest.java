package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.refrain.kernels.Engine;
import dev.refrain.kernels.Engines;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * A modular application that requires {@code dev.refrain} alone, compiled and run on the module
 * path: the jar must find its engines, load its natives and keep its internals to itself.
 */
class ModulePathTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir private static Path folder;

  private static String modulePath;
  private static Path classes;

  @BeforeAll
  static void compileConsumer() throws Exception {
    modulePath =
        Stream.of(Engines.class, Loader.class, Logger.class)
            .map(ModulePathTest::origin)
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    classes = folder.resolve("classes");
    Command compiler = compile(classes, "consumer/Consumer.java");
    assertEquals(0, compiler.exitCode(), compiler.output());
  }

  @Test
  void findsEveryEngineThatTheClassPathFinds() throws Exception {
    String expected =
        shippedEngines()
            .map(engine -> engine.name() + " " + engine.availability().available())
            .collect(Collectors.joining("\n", "", "\n"));
    assertEquals(expected, runConsumer("engines"));
  }

  @Test
  void computesOnEveryEngineThatWorks() throws Exception {
    List<String> working =
        shippedEngines()
            .filter(engine -> engine.availability().available())
            .map(engine -> engine.name())
            .toList();
    assertTrue(working.contains("reference"), "the reference engine works everywhere: " + working);
    for (String engine : working) {
      assertEquals("[1.5, 1.5, 1.5]\n", runConsumer("fill", engine));
    }
  }

  /** Without the engines that the tests bring themselves. */
  private static Stream<Engine> shippedEngines() {
    return Engines.installed().stream()
        .filter(engine -> origin(engine.getClass()).equals(origin(Engines.class)));
  }

  @Test
  void keepsTheGeneratedBindingsToItself() throws Exception {
    Command compiler = compile(folder.resolve("intruder"), "consumer/Intruder.java");
    assertEquals(1, compiler.exitCode(), compiler.output());
    assertTrue(
        compiler.output().contains("package dev.refrain.kernels.bridge.generated is not visible"),
        compiler.output());
  }

  private static Command compile(Path target, String source) throws Exception {
    Path sources = origin(ModulePathTest.class).resolve("module-path-consumer");
    Files.createDirectories(target);
    return Command.run(
        folder,
        Map.of(),
        List.of(
            JAVA_HOME.resolve("bin/javac").toString(),
            "-p",
            modulePath,
            "-d",
            target.toString(),
            sources.resolve("module-info.java").toString(),
            sources.resolve(source).toString()));
  }

  private static String runConsumer(String... arguments) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(JAVA_HOME.resolve("bin/java").toString());
    if (Runtime.version().feature() >= 22) {
      words.add("--enable-native-access=dev.refrain,org.bytedeco.javacpp");
    }
    words.add(
        "-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty("org.bytedeco.javacpp.cachedir"));
    words.addAll(List.of("-p", modulePath + File.pathSeparator + classes));
    words.addAll(List.of("-m", "consumer/consumer.Consumer"));
    words.addAll(List.of(arguments));
    Command consumer = Command.run(folder, Map.of(), words);
    assertEquals(0, consumer.exitCode(), consumer.output());
    // slf4j says on the same stream that the consumer brought no logging
    return consumer.output().replaceAll("(?m)^SLF4J.*\n", "");
  }

  /** The jar or folder that a class came from. */
  private static Path origin(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
