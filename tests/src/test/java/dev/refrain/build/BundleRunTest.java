package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the bundle's {@code run} does with the native programs: scripts stand in for them, for the
 * device and for compute-sanitizer, and write down how they were called.
 */
class BundleRunTest {
  private static final Path BUNDLE = Checkout.root().resolve("benchmarks/bundle");

  /** The usage of a program that judges any backend in a library, in its first lines. */
  private static final Pattern JUDGE =
      Pattern.compile("(?m)^//   (\\w+_test) \\[?LIBRARY BACKEND\\b.*$");

  private static final String PASSES = "echo '7 checks, 0 failed'\n";

  @TempDir private Path folder;

  @BeforeEach
  void makeBundle() throws IOException {
    Files.copy(BUNDLE.resolve("run"), folder.resolve("run"));
    Files.writeString(folder.resolve("commit"), "0123456789ab\n");
    Path engine = folder.resolve("engine/dev/refrain/kernels/cuda/linux-x86_64");
    Files.createDirectories(engine);
    Files.createFile(engine.resolve("librefrain_cuda.so"));
    Files.createDirectories(folder.resolve("natives"));
    Files.createDirectories(folder.resolve("sanitizer"));
    script(
        "natives/gpu_bench",
        "case $3 in info) echo 'device: a script' ;; variants) echo auto,block,perStep ;; esac\n");
    for (String program : judges()) {
      script("natives/" + program, called(program) + PASSES);
    }
    // --tool TOOL --error-exitcode 99 --print-limit 20 PROGRAM ...
    script(
        "sanitizer/compute-sanitizer",
        "printf '%s ' $2 >>\"$(dirname \"$0\")/../calls\"\nshift 6\nexec \"$@\"\n");
  }

  @Test
  void everyProgramThatJudgesABackendIsInTheBundle() throws IOException {
    Matcher programs =
        Pattern.compile("(?m)^programs='([^']*)'$")
            .matcher(Files.readString(BUNDLE.resolve("make"), StandardCharsets.UTF_8));
    assertTrue(programs.find());
    Set<String> made = new TreeSet<>(Arrays.asList(programs.group(1).split(" ", -1)));
    assertTrue(made.remove("gpu_bench"));
    assertEquals(judges(), made);
  }

  @Test
  void parityRunsEachProgramAndEachVariant() throws Exception {
    Command parity = run("parity");
    assertEquals(0, parity.exitCode(), parity.output());
    assertTrue(parity.output().endsWith("parity: 6 runs on cuda, 0 failed: ok\n"), parity.output());
    assertEquals(
        List.of(
            "parity_test cuda auto pool",
            "parity_test cuda block pool",
            "parity_test cuda perStep pool",
            "rows_test cuda pool",
            "precision_test cuda TF32 pool",
            "precision_test cuda BF16 pool"),
        calls());
    assertRow("parity", "| rows | passed | \\d+ | 7 checks, 0 failed |");
  }

  /**
   * A variant that is forced fails where it cannot run: without cuDNN there is nothing to judge.
   */
  @Test
  void withoutCudnnItsVariantIsSkipped() throws Exception {
    script(
        "natives/gpu_bench",
        "case $3 in info) echo \"cuDNN: $(cat cudnn)\" ;; variants) echo auto,cudnn,perStep ;; esac\n");
    Files.writeString(folder.resolve("cudnn"), "9.25.0\n");
    run("parity");
    assertTrue(calls().contains("parity_test cuda cudnn pool"), calls()::toString);
    Files.delete(folder.resolve("calls"));
    Files.writeString(folder.resolve("cudnn"), "not found\n");
    Command parity = run("parity");
    assertTrue(parity.output().endsWith("parity: 5 runs on cuda, 0 failed: ok\n"), parity.output());
    assertFalse(calls().contains("parity_test cuda cudnn pool"), calls()::toString);
    assertRow("parity", "| cudnn | skipped, cuDNN was not found | | |");
  }

  @Test
  void sanitizesTheSameWithoutAPoolOfMemory() throws Exception {
    run("parity");
    List<String> judged = calls().stream().map(call -> call.replace(" pool", " no pool")).toList();
    Files.delete(folder.resolve("calls"));
    Command sanitize = run("sanitize");
    assertEquals(0, sanitize.exitCode(), sanitize.output());
    Set<String> both = new TreeSet<>();
    for (String tool : List.of("memcheck", "racecheck")) {
      judged.forEach(call -> both.add(tool + " " + call));
      assertRow("sanitize", "| " + tool + " | rows | passed |.*");
    }
    assertEquals(both, new TreeSet<>(calls()));
    assertEquals(both.size(), calls().size());
  }

  /** Two loans of a machine, each with what fits: nothing is left out, nothing run twice. */
  @Test
  void theShortRunsAndTheRestAreAll() throws Exception {
    run("sanitize");
    List<String> every = calls();
    Files.delete(folder.resolve("calls"));
    run("sanitize", "--runs=short");
    assertEquals(
        List.of(
            "memcheck parity_test cuda auto no pool",
            "memcheck rows_test cuda no pool",
            "racecheck parity_test cuda auto no pool",
            "racecheck rows_test cuda no pool"),
        calls());
    run("sanitize", "--runs=rest");
    assertEquals(every, calls());
  }

  @Test
  void theTwoPlansHaveAllParts() throws Exception {
    script("natives/python3", "echo 'peers have run'\n");
    Files.createFile(folder.resolve("peers.py"));
    Command first = runWithTools("first", "--packages=none");
    assertTrue(first.output().contains("parity: 6 runs on cuda, 0 failed: ok\n"), first.output());
    assertTrue(first.output().contains("tests: "), first.output());
    assertTrue(first.output().contains("sanitize: 4 runs, 0 failed: ok\n"), first.output());
    // of a bundle without Java
    assertTrue(first.output().endsWith("first: 1 parts failed: FAILED\n"), first.output());
    assertTrue(table("first").contains("parity: 6 runs on cuda, 0 failed: ok\n"), table("first"));
    Command second = runWithTools("second");
    assertEquals(0, second.exitCode(), second.output());
    assertTrue(second.output().contains("bench: passed: ok\n"), second.output());
    assertTrue(second.output().contains("peers have run\npeers: passed: ok\n"), second.output());
    assertTrue(second.output().contains("sanitize: 8 runs, 0 failed: ok\n"), second.output());
    assertTrue(second.output().endsWith("second: 0 parts failed: ok\n"), second.output());
  }

  /** A machine that is taken away takes its processes, but not what they have written. */
  @Test
  void whatIsMeasuredIsWrittenAtOnce() throws Exception {
    script(
        "natives/gpu_bench",
        """
        case $3 in info) echo 'device: a script' ;;
        bench)
          echo '| a row |'
          until grep -q 'a row' "$(dirname "$0")/../out/bench.md"; do sleep 0.05; done ;;
        esac
        """);
    Command bench = run("bench", "--seconds=60");
    assertEquals(0, bench.exitCode(), bench.output());
  }

  /** compute-sanitizer has no time left for its summary then. */
  @Test
  void whatIsCutOffTellsWhatWasFoundUntilThen() throws Exception {
    script(
        "sanitizer/compute-sanitizer",
        """
        echo '========= Invalid __global__ read of size 4 bytes'
        echo '=========     at kernel()+0x10'
        exec sleep 600
        """);
    Command sanitize = run("sanitize", "--runs=short", "--seconds=1");
    assertEquals(1, sanitize.exitCode(), sanitize.output());
    assertRow("sanitize", "| memcheck | auto | cut off | 1 until then | \\d+ |");
  }

  /** What quick runs leave is the others' to take. */
  @Test
  void theLastRunsMayTakeWhatTheFirstLeave() throws Exception {
    script(
        "natives/timeout",
        "echo $3 >>\"$(dirname \"$0\")/../limits\"\nexec /usr/bin/timeout \"$@\"\n");
    Command parity = runWithTools("parity", "--seconds=6000");
    assertEquals(0, parity.exitCode(), parity.output());
    List<Integer> limits =
        Files.readAllLines(folder.resolve("limits"), StandardCharsets.UTF_8).stream()
            .map(Integer::valueOf)
            .toList();
    assertTrue(limits.get(0) >= 900, limits::toString);
    assertTrue(limits.get(limits.size() - 1) >= 5_000, limits::toString);
  }

  @Test
  void saysWhatFails() throws Exception {
    script(
        "natives/rows_test", "echo 'x.cc:1: does not hold'\necho '7 checks, 2 failed'\nexit 1\n");
    Command parity = run("parity");
    assertEquals(1, parity.exitCode(), parity.output());
    assertTrue(parity.output().contains("x.cc:1: does not hold"), parity.output());
    assertTrue(parity.output().endsWith("6 runs on cuda, 1 failed: FAILED\n"), parity.output());
    assertRow("parity", "| rows | FAILED | \\d+ | 7 checks, 2 failed |");
    script("natives/precision_test", PASSES + "exit 99\n");
    Command sanitize = run("sanitize");
    assertEquals(1, sanitize.exitCode(), sanitize.output());
    assertTrue(sanitize.output().endsWith("12 runs, 6 failed: FAILED\n"), sanitize.output());
    assertFalse(table("sanitize").contains(folder.toString()), table("sanitize"));
  }

  /** The programs of tests/native that judge whatever backend they are told. */
  private static Set<String> judges() throws IOException {
    Set<String> judges = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Checkout.root().resolve("tests/native"))) {
      for (Path file : files.filter(path -> path.toString().endsWith("_test.cc")).toList()) {
        Matcher usage = JUDGE.matcher(Files.readString(file, StandardCharsets.UTF_8));
        if (usage.find()) {
          judges.add(usage.group(1));
        }
      }
    }
    assertFalse(judges.isEmpty(), "tests/native holds no program that judges a backend");
    return judges;
  }

  /** A line that writes down the arguments but the library's, and whether memory is pooled. */
  private static String called(String program) {
    return "shift\necho "
        + program
        + " \"$@\" ${REFRAIN_MEMORY_POOL:+no }pool >>\"$(dirname \"$0\")/../calls\"\n";
  }

  private void script(String name, String lines) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + lines, StandardCharsets.UTF_8);
    assertTrue(file.toFile().setExecutable(true));
  }

  private Command run(String... words) throws Exception {
    return run(Map.of(), words);
  }

  /** With what lies beside the native programs first on the PATH. */
  private Command runWithTools(String... words) throws Exception {
    return run(Map.of("PATH", folder.resolve("natives") + ":" + System.getenv("PATH")), words);
  }

  private Command run(Map<String, String> environment, String... words) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("/usr/bin/env", "-u", "REFRAIN_MEMORY_POOL", "./run"));
    command.addAll(List.of(words));
    command.add("--out=out");
    return Command.run(folder, environment, command);
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(folder.resolve("calls"), StandardCharsets.UTF_8);
  }

  private void assertRow(String part, String row) throws IOException {
    Pattern pattern = Pattern.compile(row.replace("|", "\\|"));
    assertTrue(table(part).lines().anyMatch(pattern.asMatchPredicate()), table(part));
  }

  private String table(String part) throws IOException {
    return Files.readString(folder.resolve("out/" + part + ".md"), StandardCharsets.UTF_8);
  }
}
