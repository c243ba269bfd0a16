package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The native tests (tests/native), those of the emulated CUDA kernels among them, compiled with
 * AddressSanitizer and UBSan: one test each.
 */
class NativeSanitizerTest {
  private static final Pattern RESULT =
      Pattern.compile("Test +#\\d+: (\\S+) \\.*\\s*(Passed|\\*\\*\\*.*?) +[\\d.]+ sec");

  private static final String PROCESSORS =
      String.valueOf(Runtime.getRuntime().availableProcessors());
  private static final String LONGEST_SECONDS = "600";

  /** In order, and one shuffled order: each takes minutes under the sanitizers. */
  private static final String ORDERS_OF_THREADS = "0 1";

  private static final String EMULATED = "refrain.emulated";

  private final Path root = Checkout.root();
  private final Path build = root.resolve("tests/target/native-sanitized");

  @TestFactory
  Stream<DynamicTest> nativeTests() throws Exception {
    String natives = System.getProperty("refrain.natives", "auto");
    if (natives.equals("off")) {
      return skipped("refrain.natives is off");
    }
    if (!natives.equals("required") && !compilerIsInstalled()) {
      return skipped("no C++ compiler or CMake found");
    }
    Command.succeed(
        root,
        "cmake",
        "-S",
        root.resolve("native").toString(),
        "-B",
        build.toString(),
        "-DREFRAIN_EMULATED=" + (System.getProperty(EMULATED, "auto").equals("off") ? "OFF" : "ON"),
        "-DREFRAIN_SANITIZE=address,undefined");
    Command.succeed(root, "cmake", "--build", build.toString(), "-j", PROCESSORS);
    String output = runAll();
    Map<String, String> results = new LinkedHashMap<>();
    RESULT.matcher(output).results().forEach(match -> results.put(match.group(1), match.group(2)));
    assertFalse(results.isEmpty(), () -> "tests/native holds no test: " + output);
    return results.entrySet().stream()
        .map(result -> dynamicTest(result.getKey(), () -> judge(result.getValue(), output)));
  }

  /** All at once, as many at a time as there are processors; the longest take minutes. */
  private String runAll() throws Exception {
    return Command.run(
            build,
            Map.of("UBSAN_OPTIONS", "print_stacktrace=1", "REFRAIN_SEEDS", ORDERS_OF_THREADS),
            List.of("ctest", "-j", PROCESSORS, "--output-on-failure", "--timeout", LONGEST_SECONDS))
        .output();
  }

  private static void judge(String result, String output) {
    Assumptions.assumeFalse(result.equals("***Skipped"), "it needs a GPU");
    assertEquals("Passed", result, output);
  }

  /** One test that says why it did not run: a factory without tests would say nothing. */
  private static Stream<DynamicTest> skipped(String reason) {
    return Stream.of(dynamicTest("native tests", () -> Assumptions.abort(reason)));
  }

  private static boolean compilerIsInstalled() {
    return Command.isInstalled("cmake")
        && Stream.of("c++", "g++", "clang++").anyMatch(Command::isInstalled);
  }
}
