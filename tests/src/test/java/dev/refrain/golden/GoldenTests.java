package dev.refrain.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.refrain.TestEngine;
import dev.refrain.TestEngines;
import dev.refrain.kernels.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * Every golden file of a kind on every engine in float32, and on the reference in float64. {@code
 * -Drefrain.golden=DIR} names another folder of such files.
 */
final class GoldenTests {

  /** What a file is checked on. */
  record Subject(String name, Supplier<Kernels> open, boolean exact) {}

  /** The check of one file. */
  @FunctionalInterface
  interface Check {
    void run(GoldenFile file, Kernels kernels, boolean exact);
  }

  private GoldenTests() {}

  /** Tests of all files whose names begin so. */
  static Stream<DynamicNode> of(String prefix, Check check) {
    List<Path> files = files(prefix);
    return subjects().map(subject -> container(subject, prefix, files, check));
  }

  private static Stream<Subject> subjects() {
    Stream<Subject> engines = TestEngines.all().map(e -> new Subject(e.toString(), e::open, false));
    return Stream.concat(
        engines, Stream.of(new Subject("reference float64", TestEngine::openJudge, true)));
  }

  private static DynamicNode container(
      Subject subject, String prefix, List<Path> files, Check check) {
    AtomicInteger ran = new AtomicInteger();
    List<DynamicNode> tests = new ArrayList<>();
    for (Path path : files) {
      tests.add(
          DynamicTest.dynamicTest(
              path.getFileName().toString(),
              () -> {
                ran.incrementAndGet();
                try (Kernels kernels = subject.open().get()) {
                  check.run(GoldenFile.read(path), kernels, subject.exact());
                }
              }));
    }
    tests.add(
        DynamicTest.dynamicTest(
            "all of them",
            () -> {
              System.out.printf("golden: %d files %s* on %s%n", ran.get(), prefix, subject.name());
              assertEquals(files.size(), ran.get());
            }));
    return DynamicContainer.dynamicContainer(subject.name(), tests);
  }

  private static List<Path> files(String prefix) {
    Path folder = folder();
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(path -> path.getFileName().toString().startsWith(prefix))
              .filter(path -> path.getFileName().toString().endsWith(".json"))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new IllegalStateException("there is no file " + prefix + "*.json in " + folder);
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folder() {
    String given = System.getProperty("refrain.golden", "");
    if (!given.isEmpty()) {
      return Path.of(System.getProperty("refrain.root", "")).resolve(given);
    }
    try {
      return Path.of(
          Objects.requireNonNull(GoldenTests.class.getResource("/golden"), "golden files").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
