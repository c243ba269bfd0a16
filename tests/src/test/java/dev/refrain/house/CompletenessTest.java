package dev.refrain.house;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An operation has one stem, and with it a header, a cpu and a CUDA kernel, a reference and a
 * parity test. The stems are read from the headers, so a new header asks for its siblings.
 */
class CompletenessTest {
  private static final Path ROOT = Path.of(System.getProperty("refrain.root", ".."));

  /** A function that takes the struct of an operation's arguments. */
  private static final Pattern OPERATION =
      Pattern.compile("REFRAIN_API\\s+\\w+\\s+refrain_\\w+\\s*\\([^)]*refrain_(\\w+)_args\\s*\\*");

  static Stream<String> stems() {
    return files("native/include/refrain")
        .filter(path -> OPERATION.matcher(text(path)).find())
        .map(path -> path.getFileName().toString().replace(".h", ""));
  }

  @Test
  void theHeadersDeclareTheOperationsOfTheirStem() {
    TreeSet<String> stems = new TreeSet<>();
    stems().forEach(stems::add);
    assertTrue(
        stems.containsAll(
            List.of(
                "rnn",
                "lstm",
                "gru",
                "linear",
                "loss",
                "sgd",
                "adam",
                "rmsprop",
                "adagrad",
                "clip",
                "gather",
                "dropout",
                "advance",
                "skip_grams",
                "log_uniform",
                "distinct",
                "nce",
                "rows_adam",
                "rows_sgd")),
        stems.toString());
    for (String stem : stems) {
      Matcher matcher =
          OPERATION.matcher(text(ROOT.resolve("native/include/refrain/" + stem + ".h")));
      while (matcher.find()) {
        assertEquals(stem, matcher.group(1), "arguments in " + stem + ".h");
      }
    }
  }

  /** What Java calls a stem: {@code rows_adam} is {@code RowsAdam}. */
  private static String typeName(String stem) {
    return Arrays.stream(stem.split("_"))
        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @MethodSource("stems")
  void everyStemHasItsSiblings(String stem) {
    String type = typeName(stem);
    List<String> missing = new ArrayList<>();
    for (String sibling :
        List.of(
            "native/cpu/" + stem + ".cc",
            "native/cuda/" + stem + ".cu",
            "java/core/src/main/java/dev/refrain/kernels/reference/" + type + "Reference.java",
            "tests/src/test/java/dev/refrain/parity/" + type + "ParityTest.java")) {
      if (!Files.isRegularFile(ROOT.resolve(sibling))) {
        missing.add(sibling);
      }
    }
    assertEquals(List.of(), missing, stem + " lacks siblings");
  }

  @Test
  void everyHeaderIsInTheOneThatHoldsThemAll() {
    String all = text(ROOT.resolve("native/include/refrain/refrain.h"));
    List<String> left =
        files("native/include/refrain")
            .map(path -> path.getFileName().toString())
            .filter(name -> !name.equals("refrain.h"))
            .filter(name -> !all.contains("#include \"" + name + "\""))
            .toList();
    assertEquals(List.of(), left);
  }

  @Test
  void generatedBindingsAreNotCommitted() throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.exists(ROOT.resolve(".git")), "not a git checkout");
    Process git =
        new ProcessBuilder("git", "ls-files", "*bridge/generated*", "*.so", "*.class", "*.jar")
            .directory(ROOT.toFile())
            .redirectErrorStream(true)
            .start();
    String tracked = new String(git.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, git.waitFor(), tracked);
    assertEquals("", tracked);
  }

  private static Stream<Path> files(String folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files.filter(Files::isRegularFile).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
