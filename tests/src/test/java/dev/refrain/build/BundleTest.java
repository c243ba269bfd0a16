package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.refrain.kernels.Engine;
import dev.refrain.kernels.Engines;
import java.io.File;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundle for a machine with a GPU, made of what these tests run with, and run with an empty
 * environment and a PATH of a few ordinary tools: no Java, no Maven, no Python.
 */
class BundleTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  private static final String EMULATED = System.getProperty("refrain.emulated.library", "");
  private static final long MOST_BYTES = 60_000_000;

  private static final List<String> TOOLS =
      List.of(
          "basename",
          "cat",
          "cut",
          "date",
          "dirname",
          "env",
          "expr",
          "grep",
          "head",
          "ls",
          "mkdir",
          "mktemp",
          "rm",
          "sed",
          "sh",
          "sort",
          "tail",
          "tee",
          "timeout",
          "tr",
          "wc");

  @TempDir private static Path folder;

  private static Path bundle;
  private static Path tools;

  @BeforeAll
  static void makeBundle() throws Exception {
    assumeTrue(
        Files.isExecutable(JAVA_HOME.resolve("bin/jlink")),
        "this Java has no jlink: a JDK that has it makes the bundle");
    Path natives = Files.createDirectory(folder.resolve("natives"));
    if (!EMULATED.isEmpty() && Files.exists(Path.of(EMULATED))) {
      Files.copy(Path.of(EMULATED), natives.resolve("librefrain_emulated.so"));
    }
    bundle = folder.resolve("bundle");
    Command make = make(natives, bundle);
    assertEquals(0, make.exitCode(), make.output());
    tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : TOOLS) {
      Files.createSymbolicLink(tools.resolve(tool), whereIs(tool));
    }
  }

  @Test
  void isSmall() throws Exception {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(bundle)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes < MOST_BYTES, bytes + " bytes");
  }

  /** What would travel no more is refused, and nothing of it is left to be taken for a bundle. */
  @Test
  void refusesToBeTooLarge() throws Exception {
    Path natives = Files.createDirectory(folder.resolve("large"));
    try (RandomAccessFile large =
        new RandomAccessFile(natives.resolve("librefrain_cuda.so").toFile(), "rw")) {
      large.setLength(MOST_BYTES);
    }
    Path tooLarge = folder.resolve("too-large");
    Path archive = Files.createFile(folder.resolve("too-large.tar.xz"));
    Command make = make(natives, tooLarge);
    assertEquals(1, make.exitCode(), make.output());
    assertTrue(
        make.output()
            .matches(
                "(?s).* MB: engine 60\\.0, .*: it has \\d+ bytes, and the most is 60000000: name"
                    + " fewer --architectures, e\\.g\\. 90-real\n"),
        make.output());
    assertFalse(Files.exists(tooLarge));
    assertFalse(Files.exists(archive));
  }

  @Test
  void failsForWantOfADevice() throws Exception {
    Engine cuda = engine("cuda");
    assumeFalse(cuda.availability().available(), "there is a CUDA device");
    Engine cpu = engine("cpu");
    assumeTrue(cpu.availability().available(), cpu.availability().reason());
    Command tests = run("tests", "--require=cuda", "--packages=dev.refrain.golden.LossGoldenTest");
    assertEquals(1, tests.exitCode(), tests.output());
    assertTrue(tests.output().contains(start(cuda.availability().reason())), tests.output());
    String end = "tests: 3 parts, 1 failed: " + start(cuda.availability().reason());
    assertTrue(tests.output().contains(end), tests.output());
    assertTrue(tests.output().endsWith(": FAILED\n"), tests.output());
    String table = Files.readString(folder.resolve("out/tests.md"));
    assertTrue(table.contains("dev.refrain.TestEnginesTest: "), table);
    assertTrue(table.contains("| golden.LossGoldenTest |"), table);
  }

  @Test
  void saysWhatMeasuringAndSanitizingNeed() throws Exception {
    Command sanitize = run("sanitize");
    assertEquals(1, sanitize.exitCode(), sanitize.output());
    assertTrue(
        sanitize.output().endsWith("natives/gpu_bench is missing here: FAILED\n"),
        sanitize.output());
    for (String part : List.of("info", "parity", "bench")) {
      Command run = run(part);
      assertEquals(1, run.exitCode(), run.output());
      assertTrue(
          run.output().endsWith(part + ": natives/gpu_bench is missing here: FAILED\n"),
          run.output());
    }
  }

  /** By a stand-in for the program that measures, and without PyTorch. */
  @Test
  void ourTimesAreJudgedWithoutPytorch() throws Exception {
    Path stand = bundle.resolve("natives/gpu_bench");
    try {
      Files.writeString(
          stand,
          """
          #!/bin/sh
          [ "$3" = bench ] || { echo 'device: a script'; exit; }
          echo '| step | G | I | H | N | T | precision | run by | us | aim |'
          echo '|---|---|---|---|---|---|---|---|---|---|'
          echo '| LSTM | 1 | 1 | 12 | 3 | 4 | FP32 | auto | 90.0 | 120 us, 10 x PyTorch eager |'
          """);
      assertTrue(stand.toFile().setExecutable(true));
      String row =
          "| LSTM | 1 | 1 | 12 | 3 | 4 | FP32 | auto | 90.0 | - | - | - | - |"
              + " 120 us: reached; 10 x PyTorch eager: not known |";
      Command bench = run("bench");
      assertEquals(0, bench.exitCode(), bench.output());
      assertTrue(bench.output().contains(row), bench.output());
      assertTrue(bench.output().endsWith("bench: passed: ok\n"), bench.output());
      Command peers = run("peers");
      assertEquals(1, peers.exitCode(), peers.output());
      assertTrue(peers.output().endsWith("peers: there is no Python: FAILED\n"), peers.output());
      String speed = Files.readString(folder.resolve("out/speed.md"));
      assertTrue(speed.contains(row), speed);
      assertTrue(
          speed.contains("* LSTM in FP32: no time of PyTorch: peers: there is no Python: FAILED\n"),
          speed);
    } finally {
      Files.deleteIfExists(stand);
    }
  }

  @Test
  void passesOnTheEnginesThatNeedNoDevice() throws Exception {
    String required =
        Stream.of("reference", "cpu", "emulated")
            .filter(name -> engine(name).availability().available())
            .collect(Collectors.joining(","));
    Command tests =
        run(
            "tests",
            "--require=" + required,
            "--packages=dev.refrain.parity.LinearParityTest,dev.refrain.golden.LossGoldenTest");
    assertEquals(0, tests.exitCode(), tests.output());
    assertTrue(tests.output().endsWith("tests: 4 parts, 0 failed: ok\n"), tests.output());
    String table = Files.readString(folder.resolve("out/tests.md"));
    assertTrue(table.contains("| parity.LinearParityTest |"), table);
    assertTrue(table.contains("| golden.LossGoldenTest |"), table);
    assertFalse(table.contains(folder.toString()), table);
  }

  @Test
  void saysWhatItKnows() throws Exception {
    Command usage = run("nothing");
    assertEquals(2, usage.exitCode(), usage.output());
    assertTrue(usage.output().contains("info|parity|tests|bench|peers|sanitize|first|second|all"));
  }

  private static Command make(Path natives, Path out) throws Exception {
    return Command.run(
        folder,
        Map.of("JAVA_HOME", JAVA_HOME.toString()),
        List.of(
            "sh",
            Checkout.root().resolve("benchmarks/bundle/make").toString(),
            "--class-path=" + classPath(),
            "--natives=" + natives,
            "--out=" + out,
            "--archive=no"));
  }

  private static Command run(String... arguments) throws Exception {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("/usr/bin/env", "-i", "PATH=" + tools));
    words.add(bundle.resolve("run").toString());
    words.addAll(List.of(arguments));
    words.add("--out=" + folder.resolve("out"));
    return Command.run(folder, Map.of(), words);
  }

  private static Engine engine(String name) {
    return Engines.installed().stream()
        .filter(engine -> engine.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Enough of a sentence to know it by, without the folders that may follow. */
  private static String start(String sentence) {
    return sentence.substring(0, Math.min(40, sentence.length()));
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static Path whereIs(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + tool + " on the PATH"));
  }
}
