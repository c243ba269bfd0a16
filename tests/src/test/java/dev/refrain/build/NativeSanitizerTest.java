package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
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
  private static final Pattern TEST = Pattern.compile("Test +#\\d+: (\\S+)");

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
    Command.succeed(
        root,
        "cmake",
        "--build",
        build.toString(),
        "-j",
        String.valueOf(Runtime.getRuntime().availableProcessors()));
    List<String> tests =
        TEST.matcher(Command.succeed(build, "ctest", "--show-only").output())
            .results()
            .map(match -> match.group(1))
            .toList();
    assertFalse(tests.isEmpty(), "tests/native holds no test");
    return tests.stream().map(test -> dynamicTest(test, () -> runNative(test)));
  }

  /** One test that says why it did not run: a factory without tests would say nothing. */
  private static Stream<DynamicTest> skipped(String reason) {
    return Stream.of(dynamicTest("native tests", () -> Assumptions.abort(reason)));
  }

  private static boolean compilerIsInstalled() {
    return Command.isInstalled("cmake")
        && Stream.of("c++", "g++", "clang++").anyMatch(Command::isInstalled);
  }

  private void runNative(String test) throws Exception {
    Command ctest =
        Command.run(
            build,
            Map.of("UBSAN_OPTIONS", "print_stacktrace=1"),
            List.of("ctest", "--output-on-failure", "-R", "^" + test + "$"));
    assertEquals(0, ctest.exitCode(), ctest.output());
  }
}
